"""From what the engine tells of its sources to what the status bar says of them."""

import re
from typing import Final

from cache.sync.budget import Budget, RateWindow
from cache.sync.status import Connection, SourceStatus
from inbox_tui.status import ConnectionState, SourceLine

__all__ = ["source_line"]

_STATES: Final = {
    Connection.STARTING: ConnectionState.CONNECTING,
    Connection.ONLINE: ConnectionState.ONLINE,
    Connection.SYNCING: ConnectionState.SYNCING,
    Connection.OFFLINE: ConnectionState.OFFLINE,
    Connection.RETRY: ConnectionState.RETRY,
    Connection.RATE: ConnectionState.RETRY,
    Connection.AUTH: ConnectionState.AUTH,
    Connection.STOPPED: ConnectionState.STOPPED,
    Connection.FOLLOWING: ConnectionState.FOLLOWER,
}
_PID: Final = re.compile(r"process (\d+)")


def source_line(status: SourceStatus, synced_at: float | None) -> SourceLine:
    """The line of one source; `synced_at` is what the cache knows when the engine says nothing newer."""
    window = _tightest(status.budget)
    state = _STATES[status.connection]
    if status.read_only and state is ConnectionState.ONLINE:
        state = ConnectionState.READ_ONLY
    pid = _PID.fullmatch(status.message or "") if state is ConnectionState.FOLLOWER else None
    return SourceLine(
        name=status.source,
        state=state,
        since=status.since,
        retry_at=status.retry_at,
        detail="" if state is ConnectionState.FOLLOWER else status.message or "",
        budget_remaining=window.remaining if window else None,
        budget_limit=window.limit if window else None,
        budget_reset_at=window.reset_at if window else None,
        synced_at=status.synced_at if status.synced_at is not None else synced_at,
        received=status.received,
        leader_pid=int(pid.group(1)) if pid else None,
    )


def _tightest(budget: Budget) -> RateWindow | None:
    """The window with the smallest share left."""
    return min(
        budget.windows,
        key=lambda window: window.remaining / window.limit if window.limit else 1.0,
        default=None,
    )
