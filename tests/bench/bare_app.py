"""The smallest Textual programs: one text, a list of a hundred lines, or an input."""

from __future__ import annotations

import sys

from textual.app import App, ComposeResult
from textual.widgets import Input, OptionList, Static


class BareText(App[None]):
    """One text."""

    def compose(self) -> ComposeResult:
        """One widget."""
        yield Static("bare text is here")


class BareList(App[None]):
    """A list of lines whose cursor moves."""

    def compose(self) -> ComposeResult:
        """One list."""
        yield OptionList(*(f"bare line {number}" for number in range(100)))


class BareInput(App[None]):
    """An input."""

    def compose(self) -> ComposeResult:
        """One input."""
        yield Input(placeholder="bare input is here")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["list"]:
            BareList().run()
        case ["input"]:
            BareInput().run()
        case _:
            BareText().run()
