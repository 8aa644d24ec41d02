"""The order of the store thread's work: what goes first, what is wanted no more, what may be called off."""

import contextlib
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeAlias, TypeVar

from cache.errors import Interrupted

__all__ = ["JobQueue", "Pace"]

Pace: TypeAlias = Literal["whole", "read", "aside", "late"]
"""What may call a job off once it runs.

`whole` nothing: it writes, or is over in a moment. `read` a newer job of its slot. `aside` any of those: it
reads when there was nothing else to do for a moment; what called it off is done before it begins again.
`late` nothing, being over in a moment, too; it waits for such a moment, and then goes first.
"""

_REST_SECONDS: Final = 0.03
"""So long after a job nothing is done aside: its answer is being drawn, more slowly beside another read."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Entry(Generic[T]):
    job: T
    slot: str | None
    pace: Pace
    number: int

    @property
    def is_aside(self) -> bool:
        """Whether nobody waits for it."""
        return self.pace in ("aside", "late")


class JobQueue(Generic[T]):
    """First in, first out, but for jobs that are done aside. Any thread puts them in, one takes them."""

    def __init__(self, interrupt: Callable[[], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        """`interrupt` ends what is read by the job that runs; it is called on any thread."""
        self._interrupt: Final = interrupt
        self._clock: Final = clock
        self._changed = threading.Condition()
        self._first: deque[_Entry[T]] = deque()
        self._aside: deque[_Entry[T]] = deque()
        self._latest: dict[str, int] = {}
        self._number = 0
        self._current: _Entry[T] | None = None
        self._rests_until = -math.inf
        """Until then nothing is done aside."""
        self._is_reading = False
        """Whether the current job is in the part of it that may be called off."""
        self._is_off = False
        """Whether it was called off before that part began."""
        self._is_ending = False

    def put(self, job: T, slot: str | None = None, pace: Pace = "whole") -> None:
        """Queue a job; the one that runs is called off if it is wanted no more, or has to give way."""
        with self._changed:
            self._number += 1
            entry = _Entry(job, slot, pace, self._number)
            if slot is not None:
                self._latest[slot] = entry.number
            queue = self._aside if entry.is_aside else self._first
            if pace == "late":
                queue.appendleft(entry)  # it is over in a moment, and may be replaced before its turn came
            else:
                queue.append(entry)
            if self._gives_way(entry):
                self._call_off()
            self._changed.notify()

    def _call_off(self) -> None:
        self._is_off = True
        if self._is_reading:
            self._interrupt()

    def _gives_way(self, entry: _Entry[T]) -> bool:
        current = self._current
        if current is None or current.pace in ("whole", "late"):
            return False
        if not self._is_wanted(current):
            return True
        return current.is_aside and not entry.is_aside

    def _is_wanted(self, entry: _Entry[T]) -> bool:
        return entry.slot is None or self._latest[entry.slot] == entry.number

    def get(self, timeout: float) -> T | None:
        """The next job that is still wanted; None when there is none for so many seconds, and at the end."""
        with self._changed:
            if self._current is not None and not self._current.is_aside:
                self._rests_until = self._clock() + _REST_SECONDS
            self._current = None
            until = self._clock() + timeout
            while (entry := self._next()) is None:
                now = self._clock()
                if self._is_ending or now >= until:
                    return None
                self._changed.wait((min(until, self._rests_until) if self._aside else until) - now)
            self._current, self._is_off = entry, False
            return entry.job

    def _next(self) -> _Entry[T] | None:
        """Take what is to be done now; of what is not wanted any more nothing stays."""
        for queue in (self._first, self._aside):
            while queue and not self._is_wanted(queue[0]):
                queue.popleft()
        if self._first:
            return self._first.popleft()
        return self._aside.popleft() if self._aside and self._clock() >= self._rests_until else None

    @contextlib.contextmanager
    def interruptible(self) -> Iterator[None]:
        """The part of the current job that may be called off, if its pace allows it.

        Raises Interrupted when that has happened already.
        """
        with self._changed:
            if self._is_off:
                raise Interrupted("The read was called off.")
            self._is_reading = True
        try:
            yield
        finally:
            with self._changed:
                self._is_reading = False

    def called_off(self) -> None:
        """The current job was called off; it begins again later, if it is still wanted."""
        with self._changed:
            entry = self._current
            if entry is not None and self._is_wanted(entry) and not self._is_ending:
                if entry.is_aside:
                    self._aside.append(entry)  # what is over sooner gets its turn, too
                else:
                    self._first.appendleft(entry)

    def end(self) -> None:
        """Let what is queued be done, but nothing aside, and nothing after it."""
        with self._changed:
            self._is_ending = True
            self._aside.clear()
            if self._current is not None and self._current.pace == "aside":
                self._call_off()
            self._changed.notify()

    @property
    def is_over(self) -> bool:
        """Whether it was ended and nothing is left to do."""
        with self._changed:
            return self._is_ending and not self._first and not self._aside
