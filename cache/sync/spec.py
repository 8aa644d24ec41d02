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
from cache.outbox.ledger import Ledger
from cache.store.changes import ChangeSet
from cache.store.writer import Writer
from cache.sync.gate import Busy, Sleep, never_busy
from cache.sync.reading import TextReader
from cache.sync.remote import Remote, RemoteError
from cache.sync.status import SourceStatus

__all__ = ["LOCAL_ERRORS", "InThread", "SourceReport", "SourceSpec", "Tools", "local_failure"]

_T = TypeVar("_T")


class InThread(Protocol):
    """Runs a function that takes a while: one that asks a keyring, or stores hundreds of rows."""

    def __call__(self, work: Callable[[], _T], /) -> Awaitable[_T]:
        """Run it off the loop and give what it returns."""
        ...


LOCAL_ERRORS: Final = (CacheError, sqlite3.Error)
"""What the local files can do to the engine: never a reason to end, always one to say so and to wait."""


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """What the engine needs to know of a configured source."""

    name: str
    provider: str
    open_remote: Callable[[], Remote]
    """Makes the remote; raises AuthPaused when there is no key. May take a while: runs in a thread."""
    decoder: Decoder
    poll_seconds: float = 60.0
    local_triage: bool = False
    """True when the provider stores no triage: it is kept in the local ledger."""


@dataclass(slots=True)
class SourceReport:
    """How a one-off sync of one source went."""

    source: str
    received: int = 0
    arrived: int = 0
    changed: int = 0
    unreadable: int = 0
    note: str | None = None
    """What else a person should know about what was read."""
    error: str | None = None
    failure: RemoteError | None = None
    """What `error` was said about; None when it was the local files."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What is shared by all sources of a leading process; every outside effect is passed in."""

    writer: Writer
    delivery: Delivery
    ledger: Ledger
    clock: LogicalClock
    wall: WallClock
    sleep: Sleep
    rng: random.Random
    in_thread: InThread
    on_change: Callable[[ChangeSet], None]
    on_status: Callable[[SourceStatus], None]
    on_local_error: Callable[[Exception], None]
    """Told when a local file could not be read or written."""
    steady: WallClock
    """Seconds that nobody can set."""
    reader: TextReader | None = None
    """Reads what comes in a one-off sync, where another process may be used."""
    busy: Busy = never_busy
    """Whether a person types, for whom what can wait waits."""


def local_failure(error: Exception) -> str:
    """One sentence for a person about local files that cannot be read or written."""
    if isinstance(error, CacheError):
        return str(error)
    text = str(error)
    cause = "the disk is full" if "full" in text else text
    return f"The local copy could not be written: {cause}. Nothing that was kept is lost."
