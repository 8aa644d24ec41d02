"""When a request may go out: paced by what the server says is left for the whole organisation."""

import enum
import random
from dataclasses import dataclass
from typing import Final

from cache.sync.remote import Budget, RateWindow

__all__ = ["LONGEST_WINDOW", "Backoff", "Lane", "Pacer", "Pause"]

LONGEST_WINDOW: Final = 3_700.0
"""No rate window lasts longer, in seconds; what says it does is not believed."""
_RESERVE: Final = 0.15
"""The share of each rate window that is kept for edits."""
_RELAXED: Final = 0.5
"""While more than this share is left, reads go back to back."""


class Lane(enum.IntEnum):
    """What a request is for, the most urgent first. Only the first may use the reserve."""

    DELIVER = 0
    """Edits and what they need: verify, preflight, PATCH."""
    FOCUS = 1
    """What the person looks at or asks for; it is not paced."""
    HEAD = 2
    VISIBLE = 3
    """Rows that are on screen."""
    HOT = 4
    """Open submissions, read again."""
    COLD = 5
    """All that is held, looked through for what is no longer there."""
    BACKFILL = 6


@dataclass(slots=True)
class Pause:
    """A wait with a known end, counted down each time it is looked at.

    Give it the steady clock: one that is set forward would end it early. One that is set back makes it
    longer by no more than the time since the last look.
    """

    _until: float = 0.0
    _looked: float = 0.0

    def start(self, now: float, seconds: float) -> None:
        """Wait for `seconds` from now on, unless the wait that is going on lasts longer."""
        if seconds > self.left(now):
            self.begin(now, seconds)

    def begin(self, now: float, seconds: float) -> None:
        """Wait for `seconds` from now on, whatever was waited for before."""
        self._until, self._looked = now + seconds, now

    def end(self) -> None:
        """Wait no longer."""
        self._until = 0.0

    def left(self, now: float) -> float:
        """How many seconds are still to be waited."""
        if now < self._looked:
            self._until -= self._looked - now
        self._looked = now
        return max(0.0, self._until - now)


class Pacer:
    """Says how long a request of a lane has to wait. Plain arithmetic; the caller sleeps.

    `now` is always a moment of the steady clock, which nobody sets.
    """

    def __init__(self) -> None:
        self._last_read = float("-inf")
        self._looked = 0.0
        self._closed = Pause()
        self._resets: dict[str, tuple[float, Pause]] = {}

    def close(self, now: float, seconds: float) -> None:
        """The server refused for rate: nothing goes out in the next `seconds`, an hour at the most."""
        self._closed.start(now, min(seconds, LONGEST_WINDOW))

    def closed_for(self, now: float) -> float:
        """For how many seconds nothing goes out because the server refused."""
        return self._closed.left(now)

    def told(self, budget: Budget, now: float, wall: float) -> None:
        """The server has said what is left; `wall` is now by the clock the windows are told in."""
        for window in budget.windows:
            told, _ = self._resets.get(window.name, (None, None))
            if told != window.reset_at:
                pause = Pause()
                pause.begin(now, min(max(0.0, window.reset_at - wall), LONGEST_WINDOW))
                self._resets[window.name] = (window.reset_at, pause)

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
            window.remaining <= window.limit * _RELAXED and self._reset_in(window, now) > 0
            for window in budget.windows
        )

    def sent(self, lane: Lane, now: float) -> None:
        """A request of this lane goes out now."""
        if lane >= Lane.HEAD:
            self._last_read = self._looked = now

    def _window_wait(self, lane: Lane, window: RateWindow, now: float, need: int) -> float:
        left = self._reset_in(window, now)
        if left == 0.0 or window.limit <= 0:
            return 0.0
        if lane is Lane.DELIVER:
            return left if window.remaining < min(need, window.limit) else 0.0
        if window.remaining > window.limit * _RELAXED:
            return 0.0
        spare = window.remaining - window.limit * _RESERVE
        if spare < 1:
            return left
        return 0.0 if lane is Lane.FOCUS else max(0.0, left / spare - self._ago(now))

    def _reset_in(self, window: RateWindow, now: float) -> float:
        """In how many seconds a window begins anew; 0 for one that was not told."""
        told, pause = self._resets.get(window.name, (None, None))
        return pause.left(now) if pause is not None and told == window.reset_at else 0.0

    def _ago(self, now: float) -> float:
        """How long ago the last read went out."""
        if now < self._looked:
            self._last_read -= self._looked - now
        self._looked = now
        return now - self._last_read


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
