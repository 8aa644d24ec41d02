"""What a server says is left of its rate windows."""

from typing import NamedTuple

__all__ = ["Budget", "RateWindow"]


class RateWindow(NamedTuple):
    """One rate window as the last answer told it."""

    name: str
    """`minute` or `hour`."""
    limit: int
    remaining: int
    reset_at: float
    """Seconds since the epoch by this machine's clock."""


class Budget(NamedTuple):
    """What the server said is left of each rate window; empty where a provider says nothing."""

    windows: tuple[RateWindow, ...] = ()
