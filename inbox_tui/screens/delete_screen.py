"""Asks before something is deleted for good: its name has to be typed."""

from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widgets import Input, Static

from cache.text import one_line
from inbox_tui.screens.boxed import BoxScreen
from inbox_tui.signs import SignSet
from inbox_tui.widgets.line_input import LineInput

__all__ = ["DeleteScreen"]

_WIDEST: Final = 76
_TEXT_LIMIT: Final = 200


class DeleteScreen(BoxScreen[bool], inherit_bindings=False):
    """Shows what is to be deleted where; Enter after its name was typed deletes (True), Esc does not."""

    DEFAULT_CSS = """
    DeleteScreen {
        & > #delete-box {
            padding: 0 2;
            border: round $role-error;
            & > Static { height: auto; }
        }
        &.-plain > #delete-box { border: ascii $role-error; }
    }
    """

    def __init__(self, ref: str, what: str, place: str, signs: SignSet) -> None:
        """`ref` has to be typed; `what` tells who wrote it, `place` is the name of the source."""
        super().__init__(signs, takes_text=True)
        self._ref = one_line(ref, _TEXT_LIMIT)
        self._what = one_line(what, _TEXT_LIMIT)
        self._place = one_line(place, _TEXT_LIMIT)

    def compose(self) -> ComposeResult:
        """A box with the question, an input, and what the keys do."""
        with Container(id="delete-box", classes="box") as box:
            box.border_title = Content("Delete for good")
            yield Static(
                Content.assemble(
                    (self._ref, "bold"),
                    f"  {self._what}\n" if self._what else "\n",
                    f"It is deleted at {self._place} for good: nobody can bring it back.\n",
                    "What was noted about it on this computer is kept.\n\n",
                    "Type ",
                    (self._ref, "bold"),
                    " to delete it:",
                ),
                markup=False,
            )
            yield LineInput(placeholder=self._ref, id="delete-input")
            yield Static("", id="delete-keys", markup=False)

    def on_mount(self) -> None:
        """Start in the input."""
        self.query_one(LineInput).focus()
        self._show_keys()

    def fit(self) -> None:
        """Give the box its width."""
        self.query_one("#delete-box").styles.width = min(_WIDEST, self.room.width)

    @property
    def _is_typed(self) -> bool:
        return self.query_one(LineInput).value.strip().casefold() == self._ref.casefold()

    def _show_keys(self) -> None:
        enter = ("Enter", "bold $role-key"), " delete  "
        keys = Content.assemble(*(enter if self._is_typed else ()), ("Esc", "bold $role-key"), " keeps it")
        self.query_one("#delete-keys", Static).update(keys)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.is_open:
            self._show_keys()

    @on(LineInput.Accepted)
    def _accepted(self, event: LineInput.Accepted) -> None:
        event.stop()
        if self._is_typed:
            self.dismiss(True)
            return
        mistyped = f"That is not {self._ref}; ", "$role-error"
        keys = Content.assemble(mistyped, ("Esc", "bold $role-key"), " keeps it")
        self.query_one("#delete-keys", Static).update(keys)

    @on(LineInput.Cancelled)
    def _cancelled(self, event: LineInput.Cancelled) -> None:
        event.stop()
        self.dismiss(False)
