"""The submission that is read: its detail, its timeline, and a fresh look when the cursor rests on it."""

from collections.abc import Callable
from typing import Any, Final

from cache.models import Detail, Event, Key, Row
from cache.store.changes import ChangeSet
from inbox_tui.drawing import Timeline
from inbox_tui.engine_thread import EngineThread
from inbox_tui.store_thread import StoreThread
from inbox_tui.widgets.detail_pane import DetailPane
from inbox_tui.workspace import LocalCopy

__all__ = ["ReadingController"]

_REST_SECONDS: Final = 0.4
_FRESH_SECONDS: Final = 60


class ReadingController:
    """Keeps the detail pane showing the submission under the cursor."""

    def __init__(
        self,
        pane: DetailPane,
        store: StoreThread,
        engine: EngineThread,
        later: Callable[[float, Callable[[], None]], Any],
        now: Callable[[], float],
    ) -> None:
        self._pane = pane
        self._store = store
        self._engine = engine
        self._later = later
        self._now = now
        self._row: Row | None = None
        self._timeline_of: Key | None = None

    @property
    def detail(self) -> Detail | None:
        """What is on screen."""
        return self._pane.detail

    def show(self, row: Row | None) -> None:
        """Show the submission of a row."""
        if row is None:
            self._row = None
            self._pane.show(None)
            return
        is_other = self._row is None or self._row.key != row.key
        self._row = row
        self._read()
        if is_other:
            self._later(_REST_SECONDS, lambda: self._rested(row.key))

    def changed(self, change: ChangeSet | None) -> None:
        """Read it again if it is among what changed."""
        if self._row is not None and (change is None or change.names or self._row.rowid in change.rowids):
            self._read()

    def tab_shown(self) -> None:
        """The timeline is read when somebody looks at it."""
        if self._pane.tab == "timeline" and self._row is not None and self._timeline_of != self._row.key:
            self._timeline_of = self._row.key
            self._engine.read_events(self._row.key)
            self._read()

    def _read(self) -> None:
        row = self._row
        if row is None:
            return

        def read(local: LocalCopy) -> tuple[Detail | None, tuple[Event, ...]]:
            return local.reader.detail(row.key), local.reader.events(row.key)

        self._store.submit(read, lambda answer: self._show(row.key, *answer), slot="detail")

    def _show(self, key: Key, detail: Detail | None, events: tuple[Event, ...]) -> None:
        if self._row is None or self._row.key != key:
            return
        reading = self._timeline_of == key
        self._pane.show(detail, Timeline(events, "read" if events else "reading" if reading else "unread"))
        self.tab_shown()

    def _rested(self, key: Key) -> None:
        """The cursor stayed: have the submission read again unless that was done a moment ago."""
        detail = self._pane.detail
        if self._row is None or self._row.key != key or detail is None:
            return
        if detail.submission.key == key and self._now() - detail.seen_at > _FRESH_SECONDS:
            self._engine.read(key)
