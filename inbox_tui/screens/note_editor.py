"""Writes a line for the notes: a small box over the inbox, above its two lines at the bottom."""

import unicodedata
from collections.abc import Callable
from typing import Final

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, TextArea

from cache.text import one_line, safe_text
from inbox_tui.format import cell_cut
from inbox_tui.keynames import key_from_textual
from inbox_tui.screens.boxed import BoxScreen
from inbox_tui.signs import SignSet
from inbox_tui.widgets.typed import typed_character

__all__ = ["NoteEditor"]

_MOST_LINES: Final = 5
_WIDEST: Final = 100
_LEAST_MARGIN: Final = 4
"""Cells of the inbox that show beside the box; where there are fewer it takes the whole width."""
_HINTS: Final = (
    "Enter saves  ctrl+j new line  Esc keeps a draft",
    "Enter saves  Esc keeps a draft",
    "Enter saves",
)
_MESSAGE_LIMIT: Final = 400
_KEEP_SECONDS: Final = 0.7
"""What is typed is told no later than this, to be kept as a draft."""
_LINES_BELOW: Final = 2
"""The status bar and the hints stay in sight."""
_LEAST_ROWS: Final = 8


class _NoteArea(TextArea):
    """A text area in which Enter is not a line break but ctrl+j is."""

    class Left(Message):
        """Enter or Esc was pressed."""

        def __init__(self, save: bool) -> None:
            super().__init__()
            self.save = save

    def on_key(self, event: events.Key) -> None:
        """Take Enter, Esc and ctrl+j; the rest edits as usual."""
        match key_from_textual(event.key, event.character):
            case "enter":
                self.post_message(self.Left(save=True))
            case "escape":
                self.post_message(self.Left(save=False))
            case "ctrl+j":
                self.replace("\n", *self.selection, maintain_selection_offset=False)
            case _:
                character = typed_character(event)
                if character is None or event.is_printable:  # which the area takes by itself
                    return
                self.replace(character, *self.selection, maintain_selection_offset=False)
        event.stop()
        event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """Put the pasted text in without control characters."""
        event.stop()
        event.prevent_default()
        self.replace(safe_text(event.text), *self.selection, maintain_selection_offset=False)


class NoteEditor(BoxScreen[str | None], inherit_bindings=False):
    """Asks for a note and posts `Submitted`; it stays open until the caller says what became of it.

    After `Submitted` the caller calls `saved()`, which closes it with None, or `show_error(...)`, which
    keeps the text. Esc closes it with the text, for the caller to keep as a draft.
    """

    DEFAULT_CSS = """
    NoteEditor {
        align: center bottom;
        & _NoteArea {
            height: 1;
            border: none;
            padding: 0;
            background: $panel;
            color: $role-text;
            scrollbar-size: 0 1;
            &:focus { border: none; }
            & .text-area--cursor-line { background: transparent; }
        }
        & #note-error { height: auto; max-height: 3; color: $role-error; display: none; }
        &.-failed #note-error { display: block; }
    }
    """

    class Submitted(Message):
        """Enter was pressed: the note is to be saved. `editor` waits for `saved` or `show_error`."""

        def __init__(self, editor: "NoteEditor", text: str) -> None:
            super().__init__()
            self.editor = editor
            self.text = text

    def __init__(
        self,
        title: str,
        signs: SignSet,
        *,
        text: str = "",
        typed: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`text` is what the input starts with, such as a draft kept from before.

        `typed` is called with what is typed so far, a moment after it changed.
        """
        super().__init__(signs, takes_text=True)
        self._title = one_line(title, 200)
        self._initial = text if _can_be_typed(text) else safe_text(text)
        self._typed = typed
        self._told = self._initial
        self._is_told = True
        self._waiting = False

    def compose(self) -> ComposeResult:
        """Lay text and error out in a box."""
        with Container(id="note-box", classes="box"):
            yield _NoteArea(self._initial, compact=True, highlight_cursor_line=False)
            yield Static("", id="note-error", markup=False)

    def on_mount(self) -> None:
        """Start at the end of the text."""
        area = self.query_one(_NoteArea)
        area.focus()
        area.move_cursor(area.document.end)

    def on_resize(self) -> None:
        """Other lines may be too long now."""
        self.call_after_refresh(self.refit)

    @property
    def text(self) -> str:
        """What is typed now."""
        return self.query_one(_NoteArea).text

    def saved(self) -> None:
        """Close: the note is safe."""
        self.dismiss(None)

    def show_error(self, text: str) -> None:
        """Say that it was not saved, and why; what was typed stays."""
        self._waiting = False
        message = f"NOT SAVED: {one_line(text, _MESSAGE_LIMIT)}"
        self.query_one("#note-error", Static).update(Content(message))
        self.add_class("-failed")
        self.fit()
        self._tell_soon()

    def fit(self) -> None:
        """Give box and text their sizes, and say what the keys do as far as there is room."""
        size = self.room
        box = self.query_one("#note-box")
        below = _LINES_BELOW if size.height > _LEAST_ROWS else 0
        box.styles.margin = (0, 0, below, 0)
        box.styles.max_height = size.height - below
        width = size.width if size.width < _WIDEST + 2 * _LEAST_MARGIN else _WIDEST
        box.styles.width = width
        room = max(1, width - 6)
        box.border_title = Content(cell_cut(self._title, room, self.signs.ellipsis))
        hints = ("saving" + self.signs.ellipsis,) if self._waiting else _HINTS
        box.border_subtitle = Content(next((hint for hint in hints if len(hint) <= room), ""))
        self._grow()

    def _grow(self) -> None:
        """Give the text as many lines as it has, up to the most."""
        area = self.query_one(_NoteArea)
        area.styles.height = max(1, min(_MOST_LINES, area.wrapped_document.height))

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Grow with the text, and have it kept."""
        event.stop()
        if self.is_open:
            self._grow()
            self._tell_soon()

    def _tell_soon(self) -> None:
        if self._is_told and self.text != self._told:
            self._is_told = False
            self.set_timer(_KEEP_SECONDS, self._tell)

    def _tell(self) -> None:
        self._is_told = True
        if self.is_open and not self._waiting:
            self._told = self.text
            self._typed(self.text)

    def warn(self, text: str) -> None:
        """Say what is wrong while it is being typed, unless it is being saved."""
        if self.is_active and not self._waiting:
            self.show_error(text)

    @on(_NoteArea.Left)
    def _leave(self, event: _NoteArea.Left) -> None:
        """Ask for the note to be saved, or close with the draft."""
        event.stop()
        if not event.save:
            self.dismiss(self.text)
        elif not self.text.strip():
            self.dismiss("")
        elif not self._waiting:
            self._waiting = True
            self.remove_class("-failed")
            self.fit()
            self.post_message(self.Submitted(self, self.text))


def _can_be_typed(text: str) -> bool:
    """Whether a text can stay as it is, character for character: it has no controls but line breaks."""
    return all(letter == "\n" or unicodedata.category(letter) not in ("Cc", "Cs") for letter in text)
