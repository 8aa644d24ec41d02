"""The list of submissions: draws what is on the screen and asks for the rows it does not hold."""

from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from cache.models import Row
from cache.store.reader import Window
from inbox_tui.widgets.row_renderer import RowLayout, lines_of
from inbox_tui.widgets.row_view import HEADER_LINES
from inbox_tui.widgets.windowed_view import WindowedView

__all__ = ["SubmissionList"]

_END: Final = 2**62
_MARGIN: Final = 2
"""Rows that stay in sight beyond the cursor while it moves."""


class SubmissionList(WindowedView, can_focus=True, inherit_bindings=False):
    """A list of any length with a cursor that belongs to a submission.

    Rows come in through `show`; those that arrive above the cursor move neither it nor its line on screen.
    """

    BINDINGS: ClassVar[list[BindingType]] = []
    ALLOW_SELECT = False

    class Drawn(Message):
        """The first rows are drawn: on screen by the time this is handled."""

    @dataclass
    class CursorMoved(Message):
        """Another submission is under the cursor, or its row has arrived."""

        row: Row | None
        position: int

    @dataclass
    class Activated(Message):
        """The row under the cursor was clicked."""

        row: Row

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._cursor = 0
        self._cursor_row: Row | None = None
        self._told: int | None = None
        """The rowid that the last `CursorMoved` named."""
        self._left: set[int] = set()
        """Where the cursor was drawn while moves have not arrived yet."""
        self._left_from = 0.0
        """Where the view was when the first of these moves was made."""
        self._told_position = 0
        self._is_settling = False
        self._is_moving = False
        self._beyond: int | None = None
        """Where the cursor is to go that was sent past the end of a part, once the whole is known."""
        self._click_moved = False
        self._was_drawn = False

    # What it shows

    @property
    def cursor_position(self) -> int:
        """Where the cursor is in the whole list; 0 in an empty one."""
        return self._cursor

    @property
    def cursor_row(self) -> Row | None:
        """The row under the cursor, None when the list is empty or the row is still to come."""
        return self._cursor_row

    def show(self, window: Window, *, cursor: int | None = None, reset: bool = False) -> None:
        """Takes a stretch of the list in.

        Without `cursor` the cursor follows its submission; where that is not among the rows it goes to the
        window's own cursor, else it keeps its position. `cursor` puts it on that position in any case.
        Either way its line on the screen stays. `reset` starts a new list: at `cursor`, else the window's
        cursor, else at the top.
        """
        if reset and self._left:
            self._left = set()  # where they led is in another list
            self.refresh()
        self.arrive()
        self._is_partial = not window.is_whole
        if reset:
            self._beyond = None
        elif window.is_whole and self._beyond is not None:
            cursor, self._beyond = self._beyond, None
        held, before, drawn = self._window, self._cursor_row, self._in_sight()
        line = self._cursor * self.row_height - self.scroll_offset.y
        is_first = reset or not self.is_loaded
        was_in_view = self._cursor in self.visible_range
        same_list = not reset and held.is_of(window)
        self._demand.note_answer(window, is_other=reset or not same_list)
        held.take(window, self.visible_range, replace=reset)
        if is_first:
            position = cursor if cursor is not None else window.cursor
            self._put_cursor(position or 0, None)
        else:
            here = enumerate(window.rows, window.first)
            followed = next(
                (at for at, row in here if before is not None and row.rowid == before.rowid), None
            )
            position = next((at for at in (cursor, followed, window.cursor) if at is not None), self._cursor)
            self._put_cursor(position, before if same_list and position == self._cursor else None)
        self.fit_columns(window.rows, anew=is_first)
        self._resize_virtual()
        if is_first:
            self._scroll_lines(0)
            self._reveal(_MARGIN)
        else:
            self._scroll_lines(self._cursor * self.row_height - line)
            if was_in_view or cursor is not None:
                self._reveal(0)
        if self._in_sight() != drawn:
            self.refresh()
        self._trim()
        self._settle()
        if self.lacks_rows or not self._is_partial:
            self._want()

    def _in_sight(self) -> tuple[object, ...]:
        """All that is drawn of the rows; what else there is to see is drawn anew when it is set."""
        rows = tuple(self.row_at(position) for position in self.visible_range)
        columns = (self._number_cells, self._age_cells)
        return columns, self.scroll_offset.y, self._cursor, self.is_loaded, rows

    # Moving

    def move(self, delta: int) -> None:
        """Moves the cursor by so many rows; several moves in a row arrive together."""
        if not self._left:
            self.call_later(self.arrive)
        self._leave_for(self._cursor + delta)

    def move_to(self, position: int) -> None:
        """Puts the cursor on a position, or on the nearest there is."""
        self._leave_for(position)
        self.arrive()

    def _leave_for(self, position: int) -> None:
        if not self._left:
            self._left, self._left_from = {self._cursor}, self.scroll_y
        self._beyond = position if self._is_partial and position >= self.total else None
        self._put_cursor(position, None)

    def arrive(self) -> None:
        """Has the cursor in sight and its row here, after moves that did not see to that yet."""
        if not self._left:
            return
        changed, self._left = self._left | {self._cursor}, set()
        self._is_moving = True
        self._reveal(_MARGIN)
        self._is_moving = False
        self.note_way(self._left_from, self.scroll_y)  # there may have been a step back to it
        for row in changed:
            self.refresh_lines(HEADER_LINES + row * self.row_height, self.row_height)
        self._want(self.fetch)
        self._settle()

    def move_end(self) -> None:
        """Puts the cursor on the last row."""
        self.move_to(_END if self._is_partial else self.total - 1)

    def page(self, direction: int) -> None:
        """Moves by one screen, down for 1 and up for -1."""
        self._leap(direction * max(1, self.rows_per_screen - 1))

    def half_page(self, direction: int) -> None:
        """Moves by half a screen, down for 1 and up for -1."""
        self._leap(direction * max(1, self.rows_per_screen // 2))

    def _leap(self, delta: int) -> None:
        """Moves cursor and scroll together, so that the cursor keeps its line."""
        self.arrive()
        self._leave_for(self._cursor + delta)
        self._is_moving = True
        self._scroll_lines(self.scroll_offset.y + delta * self.row_height)
        self.arrive()

    def _put_cursor(self, position: int, known: Row | None) -> None:
        self._cursor = max(0, min(position, self.total - 1))
        self._cursor_row = self._window.get(self._cursor) or known

    # Scrolling

    def _resize_virtual(self) -> None:
        """Tells the scrollbar how long the list is, without laying the screen out again."""
        tall, room = self.row_height, self.size.height - HEADER_LINES
        rows = self.total * tall
        # Whole rows scroll away at the top, so what is too little for one stays free below the last.
        lines = rows + HEADER_LINES + (room % tall if rows > room else 0)
        self.set_reactive(Widget.virtual_size, Size(self.size.width, lines))
        if self.show_vertical_scrollbar:
            self.tell_scrollbar(lines, at_least=self._is_partial)

    def _scroll_lines(self, top: int) -> None:
        if self.is_attached:
            self.scroll_to(y=max(0, min(top, self.max_scroll_y)), animate=False, force=True)

    def _reveal(self, margin: int) -> None:
        """Scrolls as little as needed to have the cursor and `margin` rows around it in sight."""
        if not self.size:
            return
        tall, top = self.row_height, self.scroll_offset.y
        margin = min(margin, (self.rows_per_screen - 1) // 2)
        highest = (self._cursor - margin) * tall
        lowest = (self._cursor + margin + 1 - self.rows_per_screen) * tall
        if top > highest or top < lowest:
            self._scroll_lines(highest if top > highest else lowest)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Asks for the rows that come into sight."""
        super().watch_scroll_y(old_value, new_value)
        if new_value != old_value and not self._is_moving:
            self._want()

    def on_resize(self) -> None:
        """Fits the columns and keeps a visible cursor visible."""
        self.forget_drawn()
        self._demand.forget_answer()
        self._resize_virtual()
        self._scroll_lines(self.scroll_offset.y)
        self._reveal(0)
        self._trim()
        self._want()
        self._settle()

    def watch_now(self) -> None:
        """Makes room for ages that have grown longer."""
        self.fit_columns(self._window.kept)

    def watch_row_layout(self, old_value: RowLayout, new_value: RowLayout) -> None:
        """Keeps the first row on the screen, and a visible cursor visible."""
        self.forget_drawn()
        tall, top = lines_of(old_value), self.scroll_offset.y
        was_in_view = tall * self._cursor in range(top, top + max(1, self.size.height - HEADER_LINES))
        self._resize_virtual()
        self._scroll_lines(top // tall * lines_of(new_value))
        if was_in_view:
            self._reveal(0)
        self.refresh()
        self._trim()
        self._want()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The visible lines; the first time there are any, it is told."""
        if self._left:
            self._left.add(self._cursor)
        if self.is_loaded and not self._was_drawn:
            self._was_drawn = True
            self.post_message(self.Drawn())
        return super().render_lines(crop)

    def _settle(self) -> None:
        """Tells about the row under the cursor, once for all that one message did to it."""
        if not self._is_settling and self.is_attached:
            self._is_settling = True
            self.call_later(self._tell)

    def _tell(self) -> None:
        self._is_settling = False
        self.ahead.begin()
        row, position = self._cursor_row, self._cursor
        rowid = None if row is None else row.rowid
        if rowid != self._told or (row is None and position != self._told_position):
            self._told, self._told_position = rowid, position
            self.post_message(self.CursorMoved(row, position))

    # The mouse

    def on_click(self, event: events.Click) -> None:
        """Moves the cursor to the row; opens it when the cursor is there already."""
        offset = event.get_content_offset(self)
        if offset is None or offset.y < HEADER_LINES:
            return
        position = (offset.y - HEADER_LINES + self.scroll_offset.y) // self.row_height
        if position >= self.total:
            return
        event.stop()
        is_on_cursor = position == self._cursor
        if event.chain == 1:
            self._click_moved = not is_on_cursor
        if not is_on_cursor:
            self._put_cursor(position, None)
            self._reveal(0)
            self.refresh()
            self._settle()
        elif self._cursor_row is not None and (event.chain == 1 or (event.chain == 2 and self._click_moved)):
            self.post_message(self.Activated(self._cursor_row))
