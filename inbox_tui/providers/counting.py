"""Counts the requests of the last minute, for systems that do not tell how many are left."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

__all__ = ["MINUTE", "RequestCount"]

MINUTE: Final = 60.0


class RequestCount:
    """When the requests of the last minute were sent; `clock` gives seconds since the epoch.

    With `most` no more than the newest of them are kept.
    """

    def __init__(self, clock: Callable[[], float], most: int | None = None) -> None:
        self._clock = clock
        self._sent: deque[float] = deque(maxlen=most)

    @property
    def recent(self) -> Sequence[float]:
        """When they were sent, the oldest first."""
        now = self._clock()
        while self._sent and not now - MINUTE < self._sent[0] <= now:
            self._sent.popleft()
        return self._sent

    def add(self) -> float:
        """Counts one that is about to be sent; gives its moment."""
        moment = self._clock()
        self._sent.append(moment)
        return moment

    def take_back(self, moment: float) -> None:
        """Counts one no more, if it is still among them."""
        if moment in self._sent:
            self._sent.remove(moment)
