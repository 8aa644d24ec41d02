"""How a source's connection stands, as the engine tells it to whoever shows it."""

import enum
from dataclasses import dataclass, field

from cache.sync.budget import Budget

__all__ = ["Connection", "SourceStatus"]


class Connection(enum.StrEnum):
    """What the status bar says of a source."""

    STARTING = "starting"
    ONLINE = "online"
    SYNCING = "syncing"
    OFFLINE = "offline"
    """Cannot be reached; tried again by itself."""
    RETRY = "retry"
    """Answers, but not in a way that can be used; tried again by itself."""
    RATE = "rate"
    """The server asked to wait."""
    AUTH = "auth"
    """The key is missing or refused."""
    STOPPED = "stopped"
    """Something only the person can mend: a redirect, another organisation behind the key."""
    FOLLOWING = "following"
    """Another process does the network work."""

    @property
    def is_up(self) -> bool:
        """Whether the server answers this process."""
        return self in (Connection.ONLINE, Connection.SYNCING)


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One source's state. Times in seconds since the epoch."""

    source: str
    connection: Connection = Connection.STARTING
    since: float = 0.0
    """When this state began."""
    retry_at: float | None = None
    """When it is tried again by itself."""
    message: str | None = None
    """One sentence for a person: what happened."""
    synced_at: float | None = None
    received: int = 0
    """Submissions received in the sync that is going on."""
    read_only: bool = False
    """True when this credential may not write."""
    budget: Budget = field(default_factory=Budget)
