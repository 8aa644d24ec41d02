"""Order without wall time: a logical clock shared by every process through `outbox.db`.

Edits and the start of a leader advance a durable counter. What the leader does in between (reads begun,
answers taken) is numbered in memory below that counter. So any two moments compare correctly: a read is
younger than an edit exactly when it began after the edit was committed.
"""

import sqlite3
import time
from collections.abc import Callable
from typing import Final, TypeAlias

__all__ = ["LOCAL_STEPS", "LogicalClock", "WallClock", "advance", "steady_clock", "system_clock"]

WallClock: TypeAlias = Callable[[], float]
"""Seconds since the epoch, for display and for stored deadlines only."""

LOCAL_STEPS: Final = 1 << 24
"""How many moments the leader can number between two durable ones."""

system_clock: WallClock = time.time


_BOOT_CLOCK: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)


def _since_boot() -> float:
    return time.monotonic() if _BOOT_CLOCK is None else time.clock_gettime(_BOOT_CLOCK)


steady_clock: WallClock = _since_boot
"""Seconds that nobody can set: what waits are measured with. Where the platform says how long the machine
was suspended, that time counts: a server does not wait for a lid to be opened."""


def advance(outbox: sqlite3.Connection) -> int:
    """Advance the durable counter inside the caller's transaction and return the new moment."""
    row = outbox.execute("UPDATE meta SET value = value + 1 WHERE key = 'clock' RETURNING value").fetchone()
    return int(row[0]) * LOCAL_STEPS


class LogicalClock:
    """The leader's view of the shared clock. Every call to `now` gives a later moment than the one before."""

    def __init__(self, outbox: sqlite3.Connection) -> None:
        self._outbox = outbox
        self._last = 0

    def now(self) -> int:
        """A moment later than every committed edit and every earlier call."""
        row = self._outbox.execute("SELECT value FROM meta WHERE key = 'clock'").fetchone()
        self._last = max(int(row[0]) * LOCAL_STEPS, self._last) + 1
        return self._last
