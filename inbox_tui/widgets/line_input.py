"""The one-line text input used by the filter bar and the pickers."""

from collections.abc import Callable
from typing import ClassVar, Final

from rich.highlighter import Highlighter
from rich.text import Text
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import Reactive
from textual.widgets import Input

from cache.text import blot, one_line
from inbox_tui.keynames import EDITING_KEYS, key_from_textual
from inbox_tui.widgets.typed import typed_character

__all__ = ["LineInput"]

_PASTE_LIMIT: Final = 2_000
"""Characters taken from one paste; a filter or a name is never longer."""


class LineInput(Input, inherit_bindings=False):
    """A one-line input that keeps its editing keys to itself and lets every other key pass.

    ctrl+u empties it. What is pasted loses its line breaks and control characters.
    """

    BINDINGS: ClassVar[list[BindingType]] = []

    DEFAULT_CSS = """
    LineInput {
        height: 1;
        border: none;
        padding: 0;
        background: transparent;
        &:focus { border: none; background-tint: transparent; }
    }
    """

    virtual_size = Reactive(Size(0, 0))
    """The room its text takes. Nothing around the input depends on it: no letter lays the screen out."""

    class Accepted(Message):
        """Enter was pressed."""

        def __init__(self, sender: "LineInput", text: str) -> None:
            super().__init__()
            self.sender = sender
            self.text = text

        @property
        def control(self) -> "LineInput":
            """The input that was left."""
            return self.sender

    class Cancelled(Message):
        """Esc was pressed."""

        def __init__(self, sender: "LineInput") -> None:
            super().__init__()
            self.sender = sender

        @property
        def control(self) -> "LineInput":
            """The input that was left."""
            return self.sender

    def __init__(self, *, placeholder: str = "", id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(placeholder=placeholder, select_on_focus=False, compact=True, id=id)
        self.typed: Callable[[str], None] | None = None
        """Called with each new value at once, before the next frame is drawn; instead of `Input.Changed`."""
        self._edits: Final[dict[str, Callable[[], None]]] = self._editing_actions()

    def _editing_actions(self) -> dict[str, Callable[[], None]]:
        return {
            "left": self.action_cursor_left,
            "right": self.action_cursor_right,
            "ctrl+left": self.action_cursor_left_word,
            "ctrl+right": self.action_cursor_right_word,
            "shift+left": lambda: self.action_cursor_left(True),
            "shift+right": lambda: self.action_cursor_right(True),
            "ctrl+shift+left": lambda: self.action_cursor_left_word(True),
            "ctrl+shift+right": lambda: self.action_cursor_right_word(True),
            "home": self.action_home,
            "ctrl+a": self.action_home,
            "end": self.action_end,
            "ctrl+e": self.action_end,
            "shift+home": lambda: self.action_home(True),
            "shift+end": lambda: self.action_end(True),
            "ctrl+shift+a": self.action_select_all,
            "backspace": self.action_delete_left,
            "delete": self.action_delete_right,
            "ctrl+d": self.action_delete_right,
            "ctrl+w": self.action_delete_left_word,
            "ctrl+backspace": self.action_delete_left_word,
            "alt+backspace": self.action_delete_left_word,
            "ctrl+f": self.action_delete_right_word,
            "ctrl+k": self.action_delete_right_all,
            "ctrl+u": self.clear,
            "ctrl+x": self.action_cut,
            "ctrl+c": self.action_copy,
            "ctrl+v": self.action_paste,
        }

    def validate_value(self, value: str) -> str:
        """Keep out what must not be written to a terminal; every position stays the same."""
        return blot(value)

    def watch_value(self, value: str) -> None:
        """Tell the new value without the way through the message queue."""
        if self.typed is not None:
            self.typed(value)

    def post_message(self, message: Message) -> bool:
        """Post no change to who is told of each: passed on up to the app it would keep the frame waiting."""
        if self.typed is not None and isinstance(message, Input.Changed):
            return False
        return super().post_message(message)

    def on_key(self, event: events.Key) -> None:
        """Take the editing keys, Enter and Esc; the rest goes on to the screen."""
        key = key_from_textual(event.key, event.character)
        if key == "enter":
            self.post_message(self.Accepted(self, self.value))
        elif key == "escape":
            self.post_message(self.Cancelled(self))
        elif self.edit(key):
            pass
        elif (character := typed_character(event)) is not None and not event.is_printable:
            self.replace(character, *sorted(self.selection))
        elif key not in EDITING_KEYS:
            return
        event.stop()
        event.prevent_default()

    def edit(self, key: str) -> bool:
        """Do what an editing key does, by our name of it; False when it is none."""
        edit = self._edits.get(key)
        if edit is not None:
            edit()
        return edit is not None

    def on_paste(self, event: events.Paste) -> None:
        """Put the pasted text in as one clean line."""
        event.stop()
        event.prevent_default()
        self.replace(one_line(event.text, _PASTE_LIMIT), *sorted(self.selection))

    def mark_error(self, column: int | None) -> None:
        """Underline the character at `column`, counted from 1; None removes the mark."""
        self.highlighter = None if column is None else _ErrorMark(column)
        self.refresh()

    def cell_of(self, column: int) -> int:
        """Tell in which cell of the widget the character at `column`, from 1, is drawn; may be outside."""
        return Text(self.value[: max(0, column - 1)]).cell_len - int(self.scroll_offset.x)


class _ErrorMark(Highlighter):
    """Underlines one character of the input."""

    def __init__(self, column: int) -> None:
        self._index = column - 1

    def highlight(self, text: Text) -> None:
        text.stylize("bold underline", self._index, self._index + 1)
