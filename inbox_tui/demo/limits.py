"""Two rolling rate windows for each organisation. See docs/contracts/awardee.md section 5."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

__all__ = ["Limits", "Rate", "Verdict", "WindowState", "parse_rate"]

Rate = tuple[int, int]
"""Requests allowed in a minute and in an hour."""

_LENGTHS = (60, 3600)


def parse_rate(text: str) -> Rate:
    """Read `PER_MIN/PER_HOUR`.

    Raises:
        ValueError: the text is anything else, or a number is not positive.
    """
    per_minute, slash, per_hour = text.partition("/")
    if not slash or not per_minute.strip().isdecimal() or not per_hour.strip().isdecimal():
        message = f"a rate looks like 60/1000 (requests a minute, requests an hour), not {text!r}"
        raise ValueError(message)
    rate = int(per_minute), int(per_hour)
    if min(rate) < 1:
        message = f"both numbers of a rate must be at least 1, not {text!r}"
        raise ValueError(message)
    return rate


@dataclass(frozen=True)
class WindowState:
    """What a response says about one window."""

    limit: int
    remaining: int
    reset: int
    """Unix seconds at which the oldest counted request leaves the window."""


@dataclass(frozen=True)
class Verdict:
    """Whether a request may pass, and the state of both windows after it."""

    minute: WindowState
    hour: WindowState
    retry_after: int | None
    """Whole seconds until a request would pass again; None when this one passed."""

    def headers(self) -> dict[str, str]:
        """Return the `X-RateLimit-*` headers, and `Retry-After` when the request was refused."""
        found = {}
        for name, window in (("Minute", self.minute), ("Hour", self.hour)):
            found[f"X-RateLimit-Limit-{name}"] = str(window.limit)
            found[f"X-RateLimit-Remaining-{name}"] = str(window.remaining)
            found[f"X-RateLimit-Reset-{name}"] = str(window.reset)
        if self.retry_after is not None:
            found["Retry-After"] = str(self.retry_after)
        return found


class Limits:
    """Counts requests by organisation. A refused request is not counted."""

    def __init__(self, rate: Rate, clock: Callable[[], datetime]) -> None:
        self.rate = rate
        """May be changed while the server runs."""
        self._clock = clock
        self._counted: dict[str, tuple[deque[float], deque[float]]] = {}

    def take(self, who: str) -> Verdict:
        """Count one request of `who` if both windows have room."""
        now = self._clock().timestamp()
        windows = self._windows(who, now)
        waits = [
            window[len(window) - limit] + length - now
            for window, limit, length in zip(windows, self.rate, _LENGTHS, strict=True)
            if len(window) >= limit
        ]
        if not waits:
            for window in windows:
                window.append(now)
        return self._verdict(windows, now, max(1, math.ceil(max(waits))) if waits else None)

    def look(self, who: str) -> Verdict:
        """Return the state of both windows without counting anything."""
        now = self._clock().timestamp()
        return self._verdict(self._windows(who, now), now, None)

    def forget(self) -> None:
        """Empty every window."""
        self._counted.clear()

    def _windows(self, who: str, now: float) -> tuple[deque[float], deque[float]]:
        windows = self._counted.setdefault(who, (deque(), deque()))
        for window, length in zip(windows, _LENGTHS, strict=True):
            while window and window[0] <= now - length:
                window.popleft()
        return windows

    def _verdict(
        self, windows: tuple[deque[float], deque[float]], now: float, retry_after: int | None
    ) -> Verdict:
        minute, hour = (
            WindowState(
                limit, max(0, limit - len(window)), math.ceil((window[0] if window else now) + length)
            )
            for window, limit, length in zip(windows, self.rate, _LENGTHS, strict=True)
        )
        return Verdict(minute, hour, retry_after)
