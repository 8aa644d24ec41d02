"""What a source's runner is given: the source, the tools shared by all, and the report it fills in."""

import random
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from cache.clock import LogicalClock, WallClock
from cache.errors import CacheError
from cache.models import Decoder
from cache.outbox.delivery import Delivery
from cache.store.changes import ChangeSet
from cache.store.writer import Writer
from cache.sync.gate import Sleep
from cache.sync.remote import Remote, RemoteError
from cache.sync.status import SourceStatus

__all__ = ["LOCAL_ERRORS", "InThread", "SourceReport", "SourceSpec", "Timer", "Tools", "local_failure"]

_T = TypeVar("_T")


class InThread(Protocol):
    """Runs a function that takes a while: one that asks a keyring, or stores a thousand rows."""

    def __call__(self, work: Callable[[], _T], /) -> Awaitable[_T]:
        """Run it off the loop and give what it returns."""
        ...


LOCAL_ERRORS: Final = (CacheError, sqlite3.Error)
"""What the local files can do to the engine: never a reason to end, always one to say so and to wait."""

_FIRST_RETRY: Final = 5.0
_LAST_RETRY: Final = 300.0


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """What the engine needs to know of a configured source."""

    name: str
    provider: str
    open_remote: Callable[[], Remote]
    """Makes the remote; raises AuthPaused when there is no key. May take a while: runs in a thread."""
    decoder: Decoder
    poll_seconds: float = 60.0


@dataclass(slots=True)
class SourceReport:
    """How a one-off sync of one source went."""

    source: str
    received: int = 0
    arrived: int = 0
    changed: int = 0
    unreadable: int = 0
    error: str | None = None
    failure: RemoteError | None = None
    """What `error` was said about; None when it was the local files."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What is shared by all sources of a leading process; every outside effect is passed in."""

    writer: Writer
    delivery: Delivery
    clock: LogicalClock
    wall: WallClock
    sleep: Sleep
    rng: random.Random
    in_thread: InThread
    on_change: Callable[[ChangeSet], None]
    on_status: Callable[[SourceStatus], None]


@dataclass(slots=True)
class Timer:
    """Something that is done again after a while; a clock that was set back does not stop it."""

    seconds: float
    due_at: float = 0.0
    """Seconds since the epoch."""
    failures: int = 0

    def due(self, now: float) -> bool:
        """Whether it is to be done now."""
        return now >= self.due_at or self.due_at - now > 2 * self.seconds + _LAST_RETRY

    def done(self, now: float, *, seconds: float | None = None) -> None:
        """It was done."""
        self.failures = 0
        self.due_at = now + (self.seconds if seconds is None else seconds)

    def failed(self, now: float) -> None:
        """It did not work: try again, later each time."""
        self.due_at = now + min(_LAST_RETRY, _FIRST_RETRY * 2.0 ** min(self.failures, 10))
        self.failures += 1

    def hurry(self) -> None:
        """Do it as soon as may be."""
        self.due_at = 0.0


def local_failure(error: Exception) -> str:
    """One sentence for a person about local files that cannot be read or written."""
    if isinstance(error, CacheError):
        return str(error)
    text = str(error)
    cause = "the disk is full" if "full" in text else text
    return f"The local copy could not be written: {cause}. Nothing that was kept is lost."
