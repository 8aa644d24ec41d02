"""The line at the top in which the list is filtered as one types."""

from collections.abc import Callable
from typing import ClassVar, Final

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from cache.text import one_line
from inbox_tui.format import cell_cut, thousands
from inbox_tui.signs import SignSet
from inbox_tui.widgets.line_input import LineInput

__all__ = ["FilterBar"]

_PREFIX: Final = "/ "
_LEAST_INPUT: Final = 16
"""Cells the input keeps; what is said at its right gets only what is left."""
_LEAST_MESSAGE: Final = 24
"""Cells below which a cut sentence says less than the column alone."""
_QUERY_LIMIT: Final = 2_000
_MESSAGE_LIMIT: Final = 400


class FilterBar(Widget, can_focus=False, inherit_bindings=False):
    """Shows the query and how many match; open, it is an input with its errors.

    A mistake is first told quietly in place of the count, since the query may only be unfinished; loudly it
    takes a line of its own with a caret under the place.
    """

    BINDINGS: ClassVar[list[BindingType]] = []

    DEFAULT_CSS = """
    FilterBar {
        height: auto;
        width: 1fr;
        padding: 0 1;
        color: $role-text;
        & > #filter-line { height: 1; }
        & #filter-prefix { width: 2; height: 1; color: $role-muted; }
        & #filter-query { width: 1fr; height: 1; color: $role-muted; }
        & LineInput { width: 1fr; color: $role-text; display: none; }
        & #filter-hint { width: 0; height: 1; color: $role-info; }
        & #filter-count { width: 0; height: 1; color: $role-muted; text-align: right; }
        & > #filter-error { height: auto; max-height: 3; color: $role-error; display: none; }
        & > #filter-error.-loud { display: block; }
        &.-open #filter-prefix { color: $role-accent; text-style: bold; }
        &.-open #filter-query { display: none; }
        &.-open LineInput { display: block; }
        & #filter-count.-quiet { color: $role-warning; }
    }
    """

    class Accepted(Message):
        """Enter: the filter is to be kept."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Cancelled(Message):
        """Esc: the filter from before is to be restored."""

    def __init__(self, signs: SignSet, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._ellipsis = signs.ellipsis
        self.typed: Callable[[str], None] | None = None
        """Called with each new text of the open bar, before the letter is drawn.

        A search begun here can have its rows in the same frame as the letter.
        """
        self._query = ""
        self._counts: tuple[int | None, int | None] = (None, None)
        self._is_floor = False
        self._hint = ""
        self._answer = ""
        """What a key was answered with; it stays until the text is another one."""
        self._error: tuple[str, int | None, bool] | None = None
        self._told = ""
        self._marked: int | None = None
        self._written: dict[str, str] = {}
        """What stands in each part."""
        self._widths: dict[str, int] = {}
        """How many cells the parts have that do not take what is left."""

    def compose(self) -> ComposeResult:
        """Make the line and the place of the error."""
        with Horizontal(id="filter-line"):
            yield Static(_PREFIX, id="filter-prefix", markup=False)
            yield Static("", id="filter-query", markup=False)
            yield LineInput(id="filter-input")
            yield Static("", id="filter-hint", markup=False)
            yield Static("", id="filter-count", markup=False)
        yield Static("", id="filter-error", markup=False)

    def use_signs(self, signs: SignSet) -> None:
        """Draw with another set of signs."""
        self._ellipsis = signs.ellipsis
        self._draw()

    @property
    def is_open(self) -> bool:
        """Whether the bar takes keys."""
        return self.has_class("-open")

    @property
    def is_quiet(self) -> bool:
        """Whether a mistake is told in place of the count."""
        return self._error is not None and not self._error[2]

    @property
    def is_loud(self) -> bool:
        """Whether a mistake has a line of its own."""
        return self._error is not None and self._error[2]

    @property
    def text(self) -> str:
        """What the open bar holds, or the query shown while it is closed."""
        return self._input.value if self.is_open else self._query

    @property
    def _input(self) -> LineInput:
        return self.query_one(LineInput)

    def open(self, text: str) -> None:
        """Take keys, starting from `text` with the cursor at its end."""
        field = self._input
        self._error, self._hint, self._answer = None, "", ""
        self.add_class("-open")
        field.typed = None
        with field.prevent(Input.Changed):
            field.value = text
        self._told = field.value
        field.typed = self._tell
        field.cursor_position = len(field.value)
        field.focus()
        self._draw()

    def close(self) -> None:
        """Stop taking keys; the query last given to `show_query` is shown."""
        self._error, self._hint, self._answer = None, "", ""
        self.remove_class("-open")
        if self._input.has_focus:
            self.screen.set_focus(None)
        self._draw()

    def show_query(self, query: str) -> None:
        """Show the query that is in force while the bar is closed."""
        self._query = query
        self._draw()

    def show_counts(
        self, matching: int | None, total: int | None, *, at_least: bool = False, hint: str = ""
    ) -> None:
        """Say how many match of how many; None is drawn as an ellipsis, and `at_least` as a plus.

        `hint` is what is worth knowing of the query: it is said quietly while the bar is open.
        """
        self._counts, self._is_floor, self._hint = (matching, total), at_least, one_line(hint, _MESSAGE_LIMIT)
        self._draw()

    def show_answer(self, sentence: str) -> None:
        """Say quietly what became of a key, in place of the hint and until the text changes."""
        self._answer = one_line(sentence, _MESSAGE_LIMIT)
        self._draw()

    def show_error(self, message: str | None, column: int | None = None, *, loud: bool = False) -> None:
        """Say what is wrong at `column`, counted in characters from 1; None takes it back.

        What was said `loud` stays so when it is said again.
        """
        if message is None and self._error is None:
            return
        was, said = self._error, one_line(message or "", _MESSAGE_LIMIT)
        loud = loud or was == (said, column, True)
        self._error = None if message is None else (said, column, loud)
        self._draw()

    @property
    def cursor(self) -> int:
        """Where the cursor stands in the text of the open bar, in characters."""
        return self._input.cursor_position

    def cell_of(self, position: int) -> int:
        """In which cell of the bar the character at a position is drawn."""
        return len(_PREFIX) + self._input.cell_of(position + 1) + 1

    def put(self, text: str, cursor: int | None = None) -> None:
        """Put another text into the open bar, as if it had been typed."""
        self._input.value = text
        self._input.cursor_position = len(text) if cursor is None else cursor

    def accept(self) -> None:
        """Do what Enter does."""
        self.post_message(self.Accepted(self._input.value))

    def cancel(self) -> None:
        """Do what Esc does."""
        self.post_message(self.Cancelled())

    def _tell(self, text: str) -> None:
        """Tell of the text, once for each."""
        if not self.is_open or text == self._told:
            return
        self._told, self._answer = text, ""
        if self.typed is not None:
            self.typed(text)

    def on_line_input_accepted(self, event: LineInput.Accepted) -> None:
        """Pass Enter on under the bar's own name."""
        event.stop()
        self.accept()

    def on_line_input_cancelled(self, event: LineInput.Cancelled) -> None:
        """Pass Esc on under the bar's own name."""
        event.stop()
        self.cancel()

    def on_mount(self) -> None:
        """Draw what was said before there was a place for it."""
        self._draw()

    def on_resize(self) -> None:
        """Fit count and error into the new width."""
        self._draw()

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        width = self.content_size.width
        error = self._error
        # Of the parts alone: a class of the bar would have all of them styled anew.
        self.query_one("#filter-error").set_class(self.is_loud, "-loud")
        self.query_one("#filter-count").set_class(self.is_quiet, "-quiet")
        room = max(0, width - len(_PREFIX) - _LEAST_INPUT)
        if error is not None and self.is_quiet:
            # What is being typed comes before what is said about it.
            room = min(room, width - len(_PREFIX) - cell_len(self._input.value) - 2)
            short = f" column {error[1]}" if error[1] is not None else " not valid"
            count = cell_cut(" " + error[0], room, self._ellipsis) if room >= _LEAST_MESSAGE else short
            cells = cell_len(count)
        else:
            count, cells = self._shown_counts(room)
        self._widen("#filter-count", cells)
        self._put("#filter-count", count)
        left = max(0, width - len(_PREFIX) - cells)
        hint = self._shown_hint(left)
        self._widen("#filter-hint", cell_len(hint))
        self._put("#filter-hint", hint)
        shown = cell_cut(one_line(self._query, _QUERY_LIMIT), left, self._ellipsis)
        self._put("#filter-query", shown)
        column = error[1] if error is not None and self.is_open else None
        if column != self._marked:
            self._marked = column
            self._input.mark_error(column)
        line = self._error_line(error[0], column, width) if error is not None and self.is_loud else ""
        self._put("#filter-error", line, layout=self.is_loud)

    def _put(self, part: str, text: str, *, layout: bool = False) -> None:
        """Write one part anew; `layout`: it may need other lines, so the screen is laid out again."""
        if self._written.get(part, "") != text:
            self._written[part] = text
            self.query_one(part, Static).update(Content(text), layout=layout)

    def _widen(self, part: str, cells: int) -> None:
        """Give a part so many cells; another number lays the whole screen out again."""
        if self._widths.get(part, 0) != cells:
            self._widths[part] = cells
            self.query_one(part, Static).styles.width = cells

    def _shown_counts(self, room: int) -> tuple[str, int]:
        """How many match of how many, and the cells it has: the same, whatever the first number."""
        if self._counts == (None, None):
            return "", 0
        matching, total = (self._ellipsis if number is None else thousands(number) for number in self._counts)
        matching += "+" if self._is_floor else ""
        for form, least in ((f" {matching} of {total}", 5 + 2 * cell_len(total)), (f" {matching}", 0)):
            if cell_len(form) <= room:
                return form, max(cell_len(form), min(least, room))
        return "", 0

    def _shown_hint(self, left: int) -> str:
        """The hint between what is typed and the count, if there is room for some of it."""
        room = left - max(_LEAST_INPUT, cell_len(self._input.value) + 2)
        hint = self._answer or self._hint
        if not hint or self._error is not None or not self.is_open or room < _LEAST_MESSAGE:
            return ""
        return cell_cut(hint, room, self._ellipsis) + " "

    def _error_line(self, message: str, column: int | None, width: int) -> str:
        """Write the message with a caret under its column when both fit, else the message alone."""
        if column is None:
            return message
        caret = len(_PREFIX) + self._input.cell_of(column)
        needed = cell_len(message)
        if not len(_PREFIX) <= caret < width:
            return message
        if caret + 2 + needed <= width:
            return " " * caret + "^ " + message
        if needed + 1 <= caret:
            return " " * (caret - needed - 1) + message + " ^"
        return " " * caret + "^\n" + message
