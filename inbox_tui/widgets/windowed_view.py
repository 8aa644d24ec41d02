"""A list of which some rows are held: knows which, and asks for those that are missing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.message import Message

from cache.models import Key, Row
from cache.store.reader import Window
from inbox_tui.widgets.row_view import HEADER_LINES, RowView
from inbox_tui.widgets.row_window import Demand, RowWindow, overlap

if TYPE_CHECKING:
    from textual.timer import Timer

__all__ = ["WindowedView"]

_REST_SECONDS: Final = 0.25
"""So long nothing must have moved, after the next page is drawn, before the ends are read."""


class WindowedView(RowView, inherit_bindings=False):
    """Holds some three screens of rows around what is in sight, and one at either end of the list.

    What is missing around what is in sight is asked for with `WindowWanted`, and once nothing has moved for a
    while the ends with `fetch_end`: somebody may go there at once.
    """

    @dataclass
    class WindowWanted(Message):
        """Show the rows from `first` on."""

        first: int
        count: int
        known: tuple[int, int, int] | None
        """(generation, position, rowid) of a row held nearby."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._window = RowWindow()
        self._demand = Demand()
        self._is_wanting = False
        self.fetch: Callable[[WindowedView.WindowWanted], None] | None = None
        """Called when a move leads to missing rows; those it shows at once are in the frame of the key."""
        self.fetch_end: Callable[[int, int], None] | None = None
        """Called with the first position and the count of rows at an end; `keep_end` takes the answer."""
        self._is_partial = False
        self._ends_timer: Timer | None = None

    @property
    def total(self) -> int:
        """How many rows the whole list has."""
        return self._window.total

    @property
    def is_loaded(self) -> bool:
        """False until the first `show`."""
        return self._window.generation is not None

    @property
    def is_partial(self) -> bool:
        """Whether more rows may follow than `total` tells: they are being counted."""
        return self._is_partial

    def row_at(self, position: int) -> Row | None:
        """The row at a position, None while it is not held."""
        return self._window.get(position)

    @property
    def generation(self) -> int | None:
        """Which state the held rows belong to; None before the first `show`."""
        return self._window.generation

    @property
    def visible_range(self) -> range:
        """The positions of which at least one line is on the screen."""
        tall, top = self.row_height, self.scroll_offset.y
        end = -(-(top + max(0, self.size.height - HEADER_LINES)) // tall)
        return overlap(range(top // tall, end), range(self.total))

    def visible_keys(self) -> list[Key]:
        """What is on screen, from the top, as far as it is loaded."""
        rows = (self.row_at(position) for position in self.visible_range)
        return [row.key for row in rows if row is not None]

    @property
    def lacks_rows(self) -> bool:
        """Whether rows that are in sight are still to come."""
        return not self._window.covers(self.visible_range)

    @property
    def wanted_count(self) -> int:
        """How many rows a first window should have: about three screens."""
        return 3 * self.rows_per_screen

    def _want(self, fetch: Callable[[WindowWanted], None] | None = None) -> None:
        """Asks for the rows around the viewport when fewer than a screen ahead of it is held.

        Where some in sight are missing, that is at once, and `fetch` is asked if there is one; else after the
        next frame: nobody waits for the others, and reading them would keep the frame waiting.
        """
        if self.lacks_rows:
            self._ask(fetch)
        elif not self._is_wanting:
            self._is_wanting = True
            self.call_after_refresh(self._want_ahead)

    def _want_ahead(self) -> None:
        self._is_wanting = False
        self._ask(None)

    def _ask(self, fetch: Callable[[WindowWanted], None] | None) -> None:
        visible, screen = self.visible_range, self.rows_per_screen
        if not visible or not self.is_loaded:
            return
        stretch = self._demand.next(self._window, visible, screen, goes_down=self.goes_down)
        if stretch is not None:
            known = self._window.nearest(stretch.start)
            (fetch or self.post_message)(self.WindowWanted(stretch.start, len(stretch), known))

    def still_wants(self, wanted: WindowWanted) -> bool:
        """Whether no other question was put since that waits for its answer."""
        return not self._demand.is_replaced(range(wanted.first, wanted.first + wanted.count))

    def ask_again(self) -> None:
        """Asks for missing rows though it did before: the question was not answered."""
        self._demand = Demand()
        self._want()

    def rested(self) -> None:
        """Asks for the ends of the list unless something moves soon."""
        if self._ends_timer is not None:
            self._ends_timer.stop()
        self._ends_timer = self.set_timer(_REST_SECONDS, self.want_ends)

    def want_ends(self) -> None:
        """Asks for the first and the last rows where they are not held."""
        count = min(self.rows_per_screen + 1, self.total)
        if self.fetch_end is None or self._is_partial or not self.size:
            return
        for first in (0, self.total - count):
            if not self._window.covers(range(first, first + count)):
                self.fetch_end(first, count)

    def keep_end(self, window: Window) -> None:
        """Takes rows at an end of the list in and draws them ahead.

        Not those of another state, and not while others are awaited on the screen: those that are awaited
        bring the frame and the cursor with them.
        """
        if self.lacks_rows or not self._window.keep_end(window):
            return
        if self.fit_columns(window.rows):
            self.refresh()
        self.ahead.begin()

    def forget_ends(self) -> None:
        """Lets go of the ends: they were read under another condition."""
        self._window.forget_ends()

    def lines_ahead(self) -> Sequence[int]:
        """The lines of the next page, then of both ends where there is room to keep so many."""
        height = self.size.height - HEADER_LINES
        ends = (0, self.max_scroll_y) if self.has_room_for(4 * height) else ()
        held = (line for top in ends for line in range(top, top + height) if self.has_row(line))
        return [*super().lines_ahead(), *held]

    def _trim(self) -> None:
        """Lets go of what is further away than a screen and a half."""
        visible = self.visible_range
        if visible:
            spare = self.rows_per_screen * 3 // 2 + 2
            self._window.trim(range(visible.start - spare, visible.stop + spare), self.rows_per_screen)
