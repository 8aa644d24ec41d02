"""Virtual time: an event loop that jumps to the next timer instead of waiting for it."""

import asyncio
import selectors
from typing import Any

__all__ = ["START", "Clockwork", "Stuck", "pass_time"]

START = 1_780_000_000.0
_SPIN_LIMIT = 20_000


class Stuck(Exception):
    """Nobody would ever run again, or somebody runs without ever letting time pass."""


class _Jumping(selectors.SelectSelector):
    """Selects nothing; passes the time the loop would have slept."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.spins = 0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Stuck("everybody waits for something that never comes")
        if timeout > 0:
            self.now += timeout
            self.spins = 0
        else:
            self.spins += 1
            if self.spins > _SPIN_LIMIT:
                raise Stuck(f"{_SPIN_LIMIT} turns of the loop without a moment passing")
        return []


class Clockwork(asyncio.SelectorEventLoop):
    """A loop in virtual time, with a wall clock beside it that a schedule may set wrong."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)
        self._clock_resolution = 1e-6
        self.skew = 0.0
        """By how many seconds the wall clock is off."""

    def time(self) -> float:
        """Seconds of virtual time since the beginning."""
        return self._jumping.now

    def wall(self) -> float:
        """What the client's wall clock shows."""
        return START + self._jumping.now + self.skew


async def pass_time(seconds: float) -> None:
    """Let so many virtual seconds pass: the only wait there is in the simulator, and none of real time."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, Clockwork), "time is virtual on a Clockwork alone"
    passed = loop.create_future()
    timer = loop.call_later(seconds, lambda: passed.done() or passed.set_result(None))
    try:
        await passed
    finally:
        timer.cancel()
