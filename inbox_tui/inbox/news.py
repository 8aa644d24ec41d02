"""What the engine tells on its own thread, as messages for the app."""

from collections.abc import Callable

from textual.message import Message

from cache.errors import CacheError
from cache.store.changes import ChangeSet
from cache.sync.status import SourceStatus
from inbox_tui.engine_thread import EngineListener
from inbox_tui.messages import CacheChanged, SourceStatusChanged, StoreFailed

__all__ = ["News"]


class News(EngineListener):
    """Turns what the engine tells into messages; `tell` may be called from any thread."""

    def __init__(self, tell: Callable[[Message], None]) -> None:
        self._tell = tell

    def changed(self, change: ChangeSet) -> None:
        """Rows or names changed."""
        self._tell(CacheChanged(change))

    def status(self, status: SourceStatus) -> None:
        """A source's connection changed."""
        self._tell(SourceStatusChanged(status))

    def failed(self, error: CacheError) -> None:
        """The engine cannot run."""
        self._tell(StoreFailed(error, None))
