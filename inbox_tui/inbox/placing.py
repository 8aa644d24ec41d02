"""Where the cursor stays when the rows around it are read anew, and what came above it."""

from collections.abc import Callable

from cache.models import Row
from cache.store.reader import Window
from inbox_tui.widgets.submission_list import SubmissionList

__all__ = ["Placing"]


class Placing:
    """Takes rows in so that the submission under the cursor stays there, and on its line."""

    def __init__(self, submissions: SubmissionList, is_filling: Callable[[], bool]) -> None:
        """While it `is_filling`, the first row is what is shown first, not the first one that was read."""
        self._list = submissions
        self._is_filling = is_filling
        self._have_arrived = False

    def arrived(self) -> None:
        """Submissions came that were not there before; the rows of the list are to be read anew."""
        self._have_arrived = True

    def show(self, window: Window, row: Row | None, place: int, *, reset: bool, is_last: bool) -> None:
        """Take rows in; `row` was under the cursor at `place` when they were asked for.

        With `reset` they are those of another list. Unless it `is_last`, what arrived may be in the next.
        """
        if reset or row is None or window.cursor is None:
            self._list.show(window, reset=reset)
        elif self._list.cursor_position == 0 and self._is_filling():
            self._list.show(window, cursor=0)
        else:
            at, shift = self._moved(window, row, window.cursor, place)
            self._list.show(window, cursor=at)
            if self._have_arrived and shift > 0:
                self._list.new_above += shift
        self._have_arrived = self._have_arrived and not is_last
        self.look()

    def look(self) -> None:
        """Nothing is above what is on the screen when that begins with the first row."""
        if self._list.visible_range.start == 0:
            self._list.new_above = 0

    def forget(self) -> None:
        """Another list is shown."""
        self._list.new_above = 0

    def _moved(self, window: Window, row: Row, at: int, place: int) -> tuple[int, int]:
        """Where the cursor is now, and by how many rows it was moved."""
        current = self._list.cursor_row
        if current is not None and current.rowid == row.rowid:
            return at, at - self._list.cursor_position
        # It has gone on: a row that is not here shifted as the one that is.
        shift, rows = at - place, enumerate(window.rows, window.first)
        here = next(
            (there for there, each in rows if current is not None and each.rowid == current.rowid), None
        )
        return self._list.cursor_position + shift if here is None else here, shift
