"""What the engine tells on its own thread, as messages for the app: a few times a second, however much."""

import asyncio
from collections.abc import Callable
from typing import Final

from textual.message import Message

from cache.errors import CacheError
from cache.store.changes import ChangeSet
from cache.sync.status import Connection, SourceStatus
from inbox_tui.engine_thread import EngineListener
from inbox_tui.messages import CacheChanged, SourceStatusChanged, StoreFailed

__all__ = ["News"]

_PAUSE: Final = 0.2
"""Seconds between two tellings. Each is drawn, and a key that comes meanwhile waits for its frame."""


class News(EngineListener):
    """Turns what the engine tells into messages; `tell` may be called from any thread.

    Arrivals, another connection and the first news after a pause are told at once: rows that are read then
    hold the arrivals already, which are counted once they are told. What else follows is told together: of a
    source the last status, and all changes as one.
    """

    def __init__(self, tell: Callable[[Message], None]) -> None:
        self._tell = tell
        self._change = ChangeSet()
        self._statuses: dict[str, SourceStatus] = {}
        self._connections: dict[str, Connection] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._next = 0.0

    def changed(self, change: ChangeSet) -> None:
        """Rows or names changed."""
        self._change |= change
        if change.arrived:
            self._tell_now()
        else:
            self._tell_soon()

    def status(self, status: SourceStatus) -> None:
        """A source's connection changed."""
        self._statuses[status.source] = status
        if self._connections.get(status.source) is not status.connection:
            self._connections[status.source] = status.connection
            self._tell_now()
        else:
            self._tell_soon()

    def failed(self, error: CacheError) -> None:
        """The engine cannot run."""
        self._tell_now()
        self._tell(StoreFailed(error, None))

    def _tell_soon(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # the engine has ended: there is nothing more to wait for
            self._tell_now()
            return
        if self._timer is None:
            self._timer = loop.call_at(max(self._next, loop.time()), self._tell_at, loop)

    def _tell_at(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        self._next = loop.time() + _PAUSE
        self._tell_now()

    def _tell_now(self) -> None:
        statuses, change = self._statuses, self._change
        self._statuses, self._change = {}, ChangeSet()
        for status in statuses.values():
            self._tell(SourceStatusChanged(status))
        if change:
            self._tell(CacheChanged(change))
