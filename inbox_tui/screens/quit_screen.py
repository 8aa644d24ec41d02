"""Says before quitting what was not sent yet; none of it is lost."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from cache.text import one_line
from inbox_tui.keynames import key_from_textual
from inbox_tui.signs import PLAIN, SignSet

__all__ = ["QuitScreen"]

_QUIT = frozenset({"q", "enter", "y", "ctrl+q"})
_STAY = frozenset({"escape", "n", "h"})


class QuitScreen(ModalScreen[bool], inherit_bindings=False):
    """Shows the given facts and asks: q quits (True), Esc stays (False)."""

    BINDINGS: ClassVar[list[BindingType]] = []

    DEFAULT_CSS = """
    QuitScreen {
        align: center middle;
        overflow: hidden;
        & > #quit-text {
            width: auto;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            padding: 0 2;
            border: round $role-border-focus;
            background: $panel;
            color: $role-text;
        }
        &.-plain > #quit-text { border: ascii $role-border-focus; }
    }
    """

    def __init__(self, facts: Sequence[str], signs: SignSet) -> None:
        """`facts` are sentences such as `2 edits wait to be sent to acme`."""
        super().__init__()
        self._facts = tuple(one_line(fact, 300) for fact in facts)
        self.set_class(signs is PLAIN, "-plain")

    def compose(self) -> ComposeResult:
        """One box of text."""
        lines = [Content(fact) for fact in self._facts]
        lines.append(Content.styled("Edits are kept here and go out next time.", "$role-muted"))
        keys = Content.assemble(("q", "bold $role-key"), " quit  ", ("Esc", "bold $role-key"), " stay")
        text = Static(Content("\n").join([*lines, keys]), id="quit-text", markup=False)
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
