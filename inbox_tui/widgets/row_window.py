"""The rows that the list holds: merging what arrives, and what is to be asked for."""

from collections.abc import Sequence

from cache.models import Row
from cache.store.reader import Window

__all__ = ["Demand", "RowWindow", "overlap"]


def overlap(one: range, other: range) -> range:
    """The positions in both of two stretches; empty when they do not meet."""
    start = max(one.start, other.start)
    return range(start, max(start, min(one.stop, other.stop)))


def _stretch_of(window: Window) -> range:
    return range(window.first, window.first + len(window.rows))


class RowWindow:
    """One stretch without gaps of a list that may be far longer, and what is kept of its ends beside it."""

    def __init__(self) -> None:
        self.total = 0
        """How many rows the whole list has."""
        self.generation: int | None = None
        """Which state the rows and positions belong to; None before anything came."""
        self._held: int | None = None
        """The row that stands among them though it does not match."""
        self._first = 0
        self._rows: list[Row] = []
        self._ends: dict[bool, Window] = {}
        """The first rows under False, the last ones under True."""

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def rows(self) -> Sequence[Row]:
        """The held rows in their order."""
        return self._rows

    @property
    def stretch(self) -> range:
        """The positions that are held."""
        return range(self._first, self._first + len(self._rows))

    def get(self, position: int) -> Row | None:
        """The row at a position, None when it is not held."""
        if position in self.stretch:
            return self._rows[position - self._first]
        for end in self._ends.values():
            if position in _stretch_of(end):
                return end.rows[position - end.first]
        return None

    def covers(self, wanted: range) -> bool:
        """Says whether every position of a stretch is held together."""
        return any(
            overlap(held, wanted) == wanted for held in (self.stretch, *map(_stretch_of, self._ends.values()))
        )

    def is_of(self, window: Window) -> bool:
        """Whether the positions of a window mean the same as those held here."""
        here = self.generation, self.total, self._held
        return here == (window.generation, window.total, window.held)

    def keep_end(self, window: Window) -> bool:
        """Keeps the first or the last rows beside the others; False when they are of another state."""
        if not self.is_of(window):
            return False
        self._ends[window.first > 0] = window
        return True

    def _keep_own_end(self, count: int) -> None:
        """Keeps so many of the rows about to be let go where they begin or end the list."""
        held = self.stretch
        if self.generation is None or len(held) < count or (held.start > 0 and held.stop < self.total):
            return
        kept = held[-count:] if held.start > 0 else held[:count]
        rows = self._rows[kept.start - held.start : kept.stop - held.start]
        self.keep_end(Window(kept.start, tuple(rows), self.total, self.generation, held=self._held))

    def forget_ends(self) -> None:
        """Lets go of what is kept of the ends."""
        self._ends.clear()

    @property
    def kept(self) -> list[Row]:
        """All rows that are held: the stretch, then the ends."""
        return [*self._rows, *(row for end in self._ends.values() for row in end.rows)]

    def nearest(self, position: int) -> tuple[int, int, int] | None:
        """(generation, position, rowid) of the held row closest to a position."""
        if self.generation is None or not self._rows:
            return None
        at = max(self._first, min(position, self.stretch[-1]))
        return self.generation, at, self._rows[at - self._first].rowid

    def take(self, window: Window, visible: range, *, replace: bool = False) -> None:
        """Takes rows in: beside or over the held ones of the same state, in place of those of another.

        Rows of the same state that do not touch the held ones replace them, unless the held ones show more
        of the `visible` positions. A screen of them that begins or ends the list is kept beside them.
        """
        new = _stretch_of(window)
        same = not replace and self.is_of(window)
        self.total, self.generation, self._held = window.total, window.generation, window.held
        if not same:
            self._ends.clear()
        held = self.stretch
        if not same or not held:
            self._first, self._rows = window.first, list(window.rows)
        elif new.start <= held.stop and new.stop >= held.start:
            before = self._rows[: max(0, new.start - held.start)]
            after = self._rows[new.stop - held.start :] if new.stop < held.stop else []
            self._first = min(held.start, new.start)
            self._rows = [*before, *window.rows, *after]
        elif len(overlap(new, visible)) >= len(overlap(held, visible)):
            self._keep_own_end(len(visible) + 1)
            self._first, self._rows = window.first, list(window.rows)

    def trim(self, keep: range, screen: int) -> None:
        """Lets go of the rows outside a stretch, but for a `screen` of them that begin or end the list."""
        kept = overlap(self.stretch, keep)
        if kept == self.stretch:
            return
        self._keep_own_end(screen + 1)
        self._rows = self._rows[kept.start - self._first : kept.stop - self._first]
        self._first = kept.start


class Demand:
    """Which rows to ask for. The same question is not put twice to the same state."""

    def __init__(self) -> None:
        self._asked: range | None = None
        self._answered: range | None = None

    def next(self, held: RowWindow, visible: range, screen: int, *, goes_down: bool) -> range | None:
        """The rows to ask for, which then count as asked for; None while there is nothing to ask.

        They are those around `visible` when fewer than `screen` rows are held or asked for beyond it, on the
        side to which it goes.
        """
        whole, half = range(held.total), screen // 2 + 1
        ahead, behind = (0, screen) if goes_down else (screen, 0)
        needed = overlap(range(visible.start - ahead, visible.stop + behind), whole)
        asked = self._asked
        if held.covers(needed) or (asked and overlap(asked, needed) == needed):
            return None
        stretch = overlap(range(visible.start - ahead - half, visible.stop + behind + half), whole)
        if stretch == self._answered:
            return None
        self._asked = stretch
        return stretch

    def is_replaced(self, stretch: range) -> bool:
        """Whether other rows than these were asked for last and have not come."""
        return self._asked not in (None, stretch)

    def note_answer(self, window: Window, *, is_other: bool) -> None:
        """Forgets what was asked once it came, all of it when `window` is of another list or state."""
        asked = self._asked
        if asked and (is_other or asked.start in _stretch_of(window)):
            self._asked, self._answered = None, None if is_other else asked
        else:
            self._answered = None

    def forget_answer(self) -> None:
        """The same question may be put again: there is another amount of room."""
        self._answered = None
