"""Says before quitting what was not sent yet; none of it is lost."""

from collections.abc import Sequence
from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from cache.text import one_line
from inbox_tui.keynames import key_from_textual
from inbox_tui.screens.boxed import BoxScreen
from inbox_tui.signs import SignSet

__all__ = ["QuitScreen"]

_QUIT: Final = frozenset({"q", "enter", "y", "ctrl+q"})
_STAY: Final = frozenset({"escape", "n", "h"})


class QuitScreen(BoxScreen[bool], inherit_bindings=False):
    """Shows the given facts and asks: q quits (True), Esc stays (False)."""

    DEFAULT_CSS = """
    QuitScreen {
        & > #quit-text { width: auto; max-width: 100%; padding: 0 2; }
    }
    """

    def __init__(self, facts: Sequence[str], signs: SignSet) -> None:
        """`facts` are sentences such as `2 edits wait to be sent to acme`."""
        super().__init__(signs)
        self._facts = tuple(one_line(fact, 300) for fact in facts)

    def compose(self) -> ComposeResult:
        """One box of text."""
        lines = [Content(fact) for fact in self._facts]
        lines.append(Content.styled("Edits are kept here and go out next time.", "$role-muted"))
        keys = Content.assemble(("q", "bold $role-key"), " quit  ", ("Esc", "bold $role-key"), " stay")
        text = Static(Content("\n").join([*lines, keys]), id="quit-text", classes="box", markup=False)
        text.border_title = Content("Quit")
        yield text

    def on_key(self, event: events.Key) -> None:
        """Answer."""
        event.stop()
        event.prevent_default()
        key = key_from_textual(event.key, event.character)
        if key in _QUIT:
            self.dismiss(True)
        elif key in _STAY:
            self.dismiss(False)
