"""The smallest Textual programs: one text, a list of numbered lines, or an input over plain SQL."""

from __future__ import annotations

import sqlite3
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
        yield OptionList(*(f"bare line {number}" for number in range(1_000)))


class BareInput(App[None]):
    """An input; each change asks the text index for the newest rows and shows them."""

    def __init__(self, database: str) -> None:
        super().__init__()
        self._conn = sqlite3.connect(f"file:{database}?mode=ro", uri=True)

    def compose(self) -> ComposeResult:
        """An input and the rows."""
        yield Input(placeholder="bare input is here")
        yield Static("", markup=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search."""
        term = '"' + event.value.replace('"', '""') + '"*'
        rows = self._conn.execute(
            "SELECT s.who, s.about FROM search JOIN submission s ON s.rowid = search.rowid"
            " WHERE search MATCH ? ORDER BY search.rowid DESC LIMIT 30",
            (term,),
        ).fetchall()
        shown = f"<{event.value}>\n" + "\n".join(f"{who[:20]:20} {about[:60]}" for who, about in rows)
        self.query_one(Static).update(shown)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["list"]:
            BareList().run()
        case ["input", database]:
            BareInput(database).run()
        case _:
            BareText().run()
