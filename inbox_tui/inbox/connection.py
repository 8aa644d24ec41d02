"""From what the engine tells of its sources to what the status bar says of them."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from cache.sync.budget import Budget, RateWindow
from cache.sync.status import Connection, SourceStatus
from cache.text import one_line
from inbox_tui.status import ConnectionState, Severity, SourceLine

__all__ = ["SourceNotes", "source_line", "source_sentence", "sync_sentence"]

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


def source_line(status: SourceStatus, synced_at: float | None, *, is_imported: bool = False) -> SourceLine:
    """The line of one source, from what the cache knows where the engine says nothing newer."""
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
        is_imported=is_imported,
        received=status.received,
        leader_pid=int(pid.group(1)) if pid else None,
    )


_SYNCS: Final = {
    Connection.STARTING: "connecting: news come as soon as there is an answer",
    Connection.ONLINE: "syncing now",
    Connection.SYNCING: "syncing now",
    Connection.OFFLINE: "no connection: trying again now, edits stay queued until it works",
    Connection.RETRY: "the last try failed: trying again now, edits stay queued until it works",
    Connection.RATE: "the server asked to wait: news are read and edits sent after that",
    Connection.AUTH: "the key is missing or was refused: trying again now",
    Connection.STOPPED: "the connection had stopped: trying again now",
    Connection.FOLLOWING: "another inbox-tui has the connection: it was asked to sync",
}
_STANDS: Final = {
    Connection.STARTING: "connecting",
    Connection.ONLINE: "online",
    Connection.SYNCING: "is being read",
    Connection.OFFLINE: "cannot be reached",
    Connection.RETRY: "does not answer as it should",
    Connection.RATE: "has asked to wait",
    Connection.AUTH: "refuses the key, or there is none",
    Connection.STOPPED: "is not asked any more",
    Connection.FOLLOWING: "another inbox-tui has the connection",
}
_FAILING: Final = (Connection.OFFLINE, Connection.RETRY, Connection.AUTH, Connection.STOPPED)
_NOTE_LIMIT: Final = 600
_NAME_LIMIT: Final = 24
_GOOD: Final = (Connection.ONLINE, Connection.SYNCING, Connection.STARTING, Connection.FOLLOWING)


def sync_sentence(statuses: Sequence[SourceStatus], *, is_running: bool) -> tuple[str, Severity]:
    """What asking for a sync does now, as it is with each source."""
    if not is_running:
        return "nothing can be synced, the connection has stopped: quit and start inbox-tui again", "error"
    names: dict[str, list[str]] = {}
    for status in statuses:
        names.setdefault(_SYNCS[status.connection], []).append(status.source)
    severity: Severity = "info" if all(one.connection in _GOOD for one in statuses) else "warning"
    if len(names) == 1:
        return next(iter(names)), severity
    return "; ".join(f"{', '.join(sources)}: {sentence}" for sentence, sources in names.items()), severity


class SourceNotes:
    """What is to be known of a source although it works: kept until its provider says so no more."""

    def __init__(self) -> None:
        self._notes: dict[str, str] = {}

    def take(self, status: SourceStatus) -> bool:
        """Take a status in; True when the note of its source is another one now.

        Only a connection that works tells notes: then there is no failure to be told of.
        """
        before = self._notes.get(status.source)
        if status.connection is Connection.ONLINE and not status.message:
            self._notes.pop(status.source, None)
        elif status.connection.is_up and status.message:
            self._notes[status.source] = one_line(status.message, _NOTE_LIMIT)
        return self._notes.get(status.source) != before

    @property
    def all(self) -> Mapping[str, str]:
        """Every note there is, by source."""
        return dict(self._notes)

    def of(self, source: str) -> str:
        """The note of a source, empty when there is none."""
        return self._notes.get(source, "")

    def of_view(self, source: str, statuses: Mapping[str, SourceStatus]) -> str:
        """What is said when the view of a source is opened: what fails, and the note; else nothing."""
        status = statuses.get(source)
        note = self.of(source)
        if status is not None and status.connection in _FAILING:
            return f"{one_line(source, _NAME_LIMIT)}: {source_sentence(status, note)}"
        return f"{one_line(source, _NAME_LIMIT)}: {note}" if note else ""

    def marked(self, statuses: Mapping[str, SourceStatus]) -> frozenset[str]:
        """The sources there is something to be said of."""
        failing = {name for name, status in statuses.items() if status.connection in _FAILING}
        return frozenset({*self._notes, *failing})


def source_sentence(status: SourceStatus, note: str = "") -> str:
    """How a source stands, in words, with what is to be known of it."""
    state = _STANDS[status.connection]
    if status.connection in _FAILING and status.message:
        state = one_line(status.message, _NOTE_LIMIT)
    elif status.read_only:
        state += ", and its key may only read"
    return ". ".join(text.rstrip(".") for text in (state, note) if text)


def _tightest(budget: Budget) -> RateWindow | None:
    """The window with the smallest share left."""
    return min(
        budget.windows,
        key=lambda window: window.remaining / window.limit if window.limit else 1.0,
        default=None,
    )
