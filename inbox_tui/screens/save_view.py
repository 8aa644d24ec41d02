"""The box that asks under which name a filter is saved."""

from collections.abc import Collection
from typing import Final

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widgets import Input, Static

from cache.text import one_line
from inbox_tui.format import cell_cut
from inbox_tui.screens.boxed import BoxScreen
from inbox_tui.signs import SignSet
from inbox_tui.widgets.line_input import LineInput

__all__ = ["NAME_LIMIT", "SaveViewScreen"]

NAME_LIMIT: Final = 60
_WIDEST: Final = 64
_FRAME: Final = 4
"""Cells that border and padding take from the width."""
_TEXT_LIMIT: Final = 2_000


class SaveViewScreen(BoxScreen[str | None], inherit_bindings=False):
    """Enter returns the name, a second time where it replaces a view; Esc returns None."""

    DEFAULT_CSS = """
    SaveViewScreen {
        align: center top;
        & > .box { border-subtitle-color: $role-muted; }
        & #save-query { height: 1; color: $role-muted; }
        & #save-note { height: auto; color: $role-warning; display: none; }
        &.-noted #save-note { display: block; }
    }
    """

    def __init__(
        self, query: str, signs: SignSet, *, saved: Collection[str], others: Collection[str], name: str = ""
    ) -> None:
        """`saved` are the names of saved views, `others` names that cannot be used; `name` is offered."""
        super().__init__(signs, takes_text=True)
        self._query = one_line(query, _TEXT_LIMIT) or "everything that is cached"
        self._saved = frozenset(saved)
        self._others = frozenset(other.lower() for other in others)
        self._offered = name
        self._replaced = name
        """The name whose view may be replaced: the person was asked, or is looking at it."""

    def compose(self) -> ComposeResult:
        """The name, what is saved under it, and what is to be said of the name."""
        with Container(id="save-box", classes="box") as box:
            box.border_title = Content("Save as a view")
            box.border_subtitle = Content("Enter saves, Esc leaves")
            yield LineInput(placeholder="A name for it", id="save-name")
            yield Static("", id="save-query", markup=False)
            yield Static("", id="save-note", markup=False)

    def on_mount(self) -> None:
        """Offer the name and take keys."""
        field = self.query_one(LineInput)
        field.value = self._offered
        field.cursor_position = len(field.value)
        field.focus()

    def fit(self) -> None:
        """Give the box its place, and the query as many cells as there are."""
        width = self.width_of(_WIDEST)
        box = self.query_one("#save-box")
        box.styles.width = width
        box.styles.margin = (self.top, 0, 0, 0)
        shown = cell_cut(self._query, max(1, width - _FRAME), self.signs.ellipsis)
        self.query_one("#save-query", Static).update(Content(shown))

    def _note(self, sentence: str) -> None:
        self.set_class(bool(sentence), "-noted")
        self.query_one("#save-note", Static).update(Content(sentence))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Another name: what was said of the one before no longer holds."""
        event.stop()
        if self.is_open:
            self._note("")

    def on_line_input_accepted(self, event: LineInput.Accepted) -> None:
        """Return the name if it can be used."""
        event.stop()
        name = one_line(event.text, 1_000).strip()
        if not name:
            self._note("Type a name")
        elif len(name) > NAME_LIMIT:
            self._note(f"A name has at most {NAME_LIMIT} characters")
        elif name.lower() in self._others:
            self._note(f'"{name}" is the name of another view')
        elif name in self._saved and name != self._replaced:
            self._replaced = name
            self._note(f'There is a view "{name}". Enter replaces it')
        else:
            self.dismiss(name)

    def on_line_input_cancelled(self, event: LineInput.Cancelled) -> None:
        """Leave without saving."""
        event.stop()
        self.dismiss(None)
