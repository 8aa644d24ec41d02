"""When what is on the screen is read again after a change."""

import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

__all__ = ["Rereading"]

T = TypeVar("T")

_LONGEST_PAUSE: Final = 1.0
"""Seconds that news wait for each other at most, however long they take to be read."""


class Rereading:
    """Has things read again: once for many changes, one read after the other, and half of the time at most.

    A read that each change replaced by a new one would never be over while a sync brings page after page.
    What takes longer than a second may take more than half of the time.
    """

    def __init__(
        self,
        seconds: float,
        read: Callable[[bool], None],
        later: Callable[[float, Callable[[], None]], Any],
        *,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """`read` begins a read, `seconds` after a change; it is told whether a person waits for it.

        It calls `begun`, and what takes its answer or its failure goes through `taking`.
        """
        self._seconds = seconds
        self._read = read
        self._later = later
        self._steady = steady
        self._due: float | None = None
        """When the next read is to begin, as far as that is known."""
        self._again = False
        self._is_awaited = False
        """Whether a person waits for what is read next."""
        self._number = 0
        self._under_way: tuple[float, bool] | None = None
        """When the read that is not answered yet began, and whether no change replaces it."""

    @property
    def is_waiting(self) -> bool:
        """Whether a read is about to begin, or not answered yet."""
        return self._due is not None or self._again or self._under_way is not None

    def changed(self, *, awaited: bool) -> None:
        """Something is not what it was; `awaited`: because of what a person just did."""
        self._is_awaited |= awaited
        if self._due is None or (awaited and self._due > self._steady() + self._seconds):
            self._wait(self._seconds)

    def may_begin(self, *, awaited: bool) -> bool:
        """Whether a read would take the place of none, or for a person that of one nobody waits for."""
        return self._under_way is None or (awaited and not self._under_way[1])

    def begun(self, *, stays: bool) -> int:
        """A read begins, in place of the one under way; gives its number. It sees every change until now.

        One that `stays` is not replaced by what a person did meanwhile, who waits for it already.
        """
        self._number += 1
        self._under_way = self._steady(), stays
        self._again = False
        return self._number

    def taking(self, number: int, then: Callable[[T], None]) -> Callable[[T], None]:
        """What takes the answer to the read of that number, or its failure: then the next may begin."""

        def take(answer: T) -> None:
            self._done(number)
            then(answer)

        return take

    def _done(self, number: int) -> None:
        if self._under_way is None or number != self._number:
            return
        took = self._steady() - self._under_way[0]
        self._under_way = None
        if self._again:
            self._again = False
            self._wait(self._seconds if self._is_awaited else max(self._seconds, min(took, _LONGEST_PAUSE)))

    def _wait(self, seconds: float) -> None:
        self._due = due = self._steady() + seconds
        self._later(seconds, lambda: self._begin(due))

    def _begin(self, due: float) -> None:
        if due != self._due:
            return  # it began sooner, for a person
        self._due = None
        if not self.may_begin(awaited=self._is_awaited):
            self._again = True
            return
        awaited, self._is_awaited = self._is_awaited, False
        self._read(awaited)
