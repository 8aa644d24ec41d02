"""One rolling rate window for each caller, for systems that publish a single number."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

__all__ = ["Taken", "Window"]


@dataclass(frozen=True)
class Taken:
    """Whether a request may pass, and the state of the window after it."""

    passed: bool
    limit: int
    remaining: int
    reset: float
    """Unix seconds at which the oldest counted request leaves the window."""
    wait: int
    """Whole seconds, at least 1, until a request would pass again; 0 when this one passed."""


class Window:
    """Counts requests by caller over `seconds`."""

    def __init__(self, seconds: int, clock: Callable[[], datetime], *, refused_count: bool = False) -> None:
        self._seconds = seconds
        self._clock = clock
        self._refused_count = refused_count
        self._counted: dict[str, deque[float]] = {}

    def take(self, who: str, limit: int) -> Taken:
        """Count one request of `who` if there is room for it; a refused one too where refusals count."""
        now = self._clock().timestamp()
        moments = self._counted.setdefault(who, deque())
        while moments and moments[0] <= now - self._seconds:
            moments.popleft()
        passed = len(moments) < limit
        if passed or self._refused_count:
            moments.append(now)
        reset = (moments[0] if moments else now) + self._seconds
        wait = 0
        if not passed:
            frees = moments[len(moments) - limit] if 0 < limit <= len(moments) else now
            wait = max(1, math.ceil(frees + self._seconds - now))
        return Taken(passed, limit, max(0, limit - len(moments)), reset, wait)

    def forget(self) -> None:
        """Empty the window of every caller."""
        self._counted.clear()
