"""When a request may go out: paced by what the server says is left for the whole organisation."""

import enum
import random
from dataclasses import dataclass
from typing import Final

from cache.sync.remote import Budget, RateWindow

__all__ = ["Backoff", "Lane", "Pacer", "Pause"]

_RESERVE: Final = 0.15
"""The share of each rate window that is kept for edits."""
_RELAXED: Final = 0.5
"""While more than this share is left, reads go back to back."""
_LONGEST_WINDOW: Final = 3_700.0


class Lane(enum.IntEnum):
    """What a request is for; the first two may use the reserve."""

    DELIVER = 0
    """Edits and what they need: verify, preflight, PATCH."""
    FOCUS = 1
    """What the person looks at or asks for."""
    HEAD = 2
    BACKGROUND = 3


@dataclass(slots=True)
class Pause:
    """A wait with a known end. A clock that is set back does not make it longer."""

    since: float = 0.0
    until: float = 0.0
    """Both in seconds since the epoch."""

    def start(self, now: float, seconds: float) -> None:
        """Wait for `seconds` from now on, unless the wait that is going on lasts longer."""
        if seconds > self.left(now):
            self.since, self.until = now, now + seconds

    def end(self) -> None:
        """Wait no longer."""
        self.since = self.until = 0.0

    def left(self, now: float) -> float:
        """How many seconds are still to be waited."""
        if now < self.since:
            self.since, self.until = now, now + (self.until - self.since)
        return max(0.0, self.until - now)


class Pacer:
    """Says how long a request of a lane has to wait. Plain arithmetic; the caller sleeps."""

    def __init__(self) -> None:
        self._last_read = 0.0
        self._closed = Pause()

    def close(self, now: float, seconds: float) -> None:
        """The server refused for rate: nothing goes out in the next `seconds`."""
        self._closed.start(now, seconds)

    def closed_for(self, now: float) -> float:
        """For how many seconds nothing goes out because the server refused."""
        return self._closed.left(now)

    def wait(self, lane: Lane, budget: Budget, now: float, *, need: int = 1) -> float:
        """Seconds to wait before a request of this lane, 0 when it may go now.

        `need` is how many requests have to follow each other: a read that is of use only with the change
        after it is not made when nothing would be left for the change.
        """
        wait = self._closed.left(now)
        for window in budget.windows:
            wait = max(wait, self._window_wait(lane, window, now, need))
        return wait

    def plenty(self, budget: Budget, now: float) -> bool:
        """Whether more than half of every window is left, so that a read may be a mere convenience."""
        return not any(
            window.reset_at > now and window.remaining <= window.limit * _RELAXED for window in budget.windows
        )

    def sent(self, lane: Lane, now: float) -> None:
        """A request of this lane goes out now."""
        if lane >= Lane.HEAD:
            self._last_read = now

    def _window_wait(self, lane: Lane, window: RateWindow, now: float, need: int) -> float:
        left = min(max(0.0, window.reset_at - now), _LONGEST_WINDOW)
        if left == 0.0 or window.limit <= 0:
            return 0.0
        if lane <= Lane.FOCUS:
            return left if window.remaining < min(need, window.limit) else 0.0
        if window.remaining > window.limit * _RELAXED:
            return 0.0
        spare = window.remaining - window.limit * _RESERVE
        if spare < 1:
            return left
        since = max(0.0, now - self._last_read)
        return max(0.0, left / spare - since)


@dataclass(slots=True)
class Backoff:
    """Full-jitter exponential waits between `first` and `cap` seconds."""

    rng: random.Random
    first: float = 1.0
    cap: float = 300.0
    _tries: int = 0

    @property
    def tries(self) -> int:
        """How many waits were given since the last success."""
        return self._tries

    def next(self) -> float:
        """The next wait in seconds, at least half a second."""
        ceiling = min(self.cap, self.first * 2.0 ** min(self._tries, 30))
        self._tries += 1
        return max(0.5, self.rng.uniform(0, ceiling))

    def reset(self) -> None:
        """Something worked."""
        self._tries = 0
