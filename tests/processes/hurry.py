"""A clock that runs faster, for a whole process: holds and rests of a minute pass in seconds.

Call `hurry` before anything of the program is imported: its clock and its sleep are bound when modules load.
Timeouts of HTTP and of SQLite stay as they are.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

__all__ = ["VARIABLE", "Hurry", "hurry"]

VARIABLE: Final = "TESTS_HURRY"
"""`FACTOR:ORIGIN`; the same for all processes of one test, so that their clocks agree."""


class Hurry:
    """Time that has run `factor` times as fast since the real moment `origin`."""

    def __init__(self, factor: float, origin: float | None = None) -> None:
        self.factor = factor
        self.origin = _real_time() if origin is None else origin

    def wall(self) -> float:
        """Seconds since the epoch, as the processes of the test see them."""
        return self.origin + (_real_time() - self.origin) * self.factor

    async def sleep(self, seconds: float) -> None:
        """Wait for that many of these seconds."""
        await _real_sleep(seconds / self.factor)

    def environ(self) -> Mapping[str, str]:
        """What tells a child process."""
        return {VARIABLE: f"{self.factor}:{self.origin!r}"}


_real_time: Final[Callable[[], float]] = time.time
_real_sleep: Final[Callable[..., Any]] = asyncio.sleep


def hurry() -> None:
    """Hurry this process if its environment says so."""
    said = os.environ.get(VARIABLE)
    if not said:
        return
    factor, _, origin = said.partition(":")
    fast = Hurry(float(factor), float(origin))

    async def sleep(delay: float, result: object = None) -> object:
        await _real_sleep(delay / fast.factor)
        return result

    time.time = fast.wall
    asyncio.sleep = sleep  # type: ignore[assignment]
    # Not `time.monotonic` itself: the event loop and the timeouts of HTTP live by it.
    import cache.clock

    cache.clock.steady_clock = fast.wall
