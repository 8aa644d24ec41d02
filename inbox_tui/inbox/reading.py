"""The submission that is read: its detail, its timeline, and a fresh look when the cursor rests on it."""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, TypeAlias

from cache.models import Detail, Event, Key, Row
from cache.store.changes import ChangeSet
from cache.sync.status import Connection
from inbox_tui.drawing import SameContact, Timeline
from inbox_tui.engine_thread import EngineThread
from inbox_tui.inbox.contact import same_contact
from inbox_tui.inbox.conversation import Conversations
from inbox_tui.store_thread import StoreThread
from inbox_tui.widgets.detail_pane import DetailPane
from inbox_tui.workspace import LocalCopy

__all__ = ["ReadingController"]

_REST_SECONDS: Final = 0.4
_FRESH_SECONDS: Final = 60
_MOST_TRIES: Final = 3
"""A timeline that breaks the connection whenever it is asked for is not asked for again and again."""
_HELD_SECONDS: Final = 0.036
"""A key that is held down moves on sooner than that: what it passes is not read."""

_Road: TypeAlias = Literal["reading", "asked", "waiting", "failed"]
"""How a timeline that is wanted comes here, in the words of `Timeline.state`."""


class ReadingController:
    """Keeps the detail pane showing the submission under the cursor."""

    def __init__(
        self,
        pane: DetailPane,
        store: StoreThread,
        engine: EngineThread,
        later: Callable[[float, Callable[[], None]], Any],
        now: Callable[[], float],
        failed: Callable[[Exception], None],
        on_screen: Callable[[], Sequence[Key]] = tuple,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pane = pane
        self._say_failed = failed
        self._on_screen = on_screen
        self._store = store
        self._engine = engine
        self._later = later
        self._now = now
        self._steady = steady
        self._moved_at = -_HELD_SECONDS
        self.is_waiting = False
        """Whether the cursor is moving on so fast that nothing is read for the moment."""
        self._conversations = Conversations(engine)
        self._row: Row | None = None
        self._timeline_of: Key | None = None
        self._has_timeline = False
        """Whether the timeline of the submission that is shown was read."""
        self._asked: tuple[_Road, int] | None = None
        """The link there was when the timeline was last asked for."""
        self._is_awaited = False
        """Whether a person waits for what is being read; news in between do not make it wait."""
        self._reads = 0
        self._tries = 0
        """How often it was asked for over a connection since the submission is shown."""

    @property
    def detail(self) -> Detail | None:
        """The submission under the cursor, None until it is on screen: there may still be the one before."""
        detail = self._pane.detail
        if detail is None or self._row is None or detail.submission.key != self._row.key:
            return None
        return detail

    def show(self, row: Row | None) -> None:
        """Show the submission of a row."""
        if row is None:
            self._row = None
            self._pane.show(None)
            return
        is_other = self._row is None or self._row.key != row.key
        self._row = row
        if not is_other:
            self._read()
            return
        self._tries = 0
        self._has_timeline = False
        self._timeline_of = None  # asked for again when it is shown, however soon somebody comes back
        before, self._moved_at = self._moved_at, self._steady()
        if self.is_waiting:
            return
        if self._moved_at - before < _HELD_SECONDS:
            self.is_waiting = True
            self._later(_HELD_SECONDS, self._held)
        else:
            self._arrived(row)

    def _held(self) -> None:
        """Read the submission under the cursor, unless that has moved on again."""
        left = self._moved_at + _HELD_SECONDS - self._steady()
        if left > 0:
            self._later(left, self._held)
            return
        self.is_waiting = False
        if self._row is not None:
            self._arrived(self._row)

    def _arrived(self, row: Row) -> None:
        self._read()
        self._engine.look_at([row.key])
        self._later(_REST_SECONDS, lambda: self._rested(row.key))

    def changed(self, change: ChangeSet | None, *, awaited: bool = True) -> None:
        """Read it again if it is among what changed; ask for its timeline again over a new connection."""
        row = self._row
        if row is None:
            return
        self._show_conversation()
        wants_timeline = self._timeline_of == row.key
        if wants_timeline and self._link(row.key.source) != self._asked and self._tries < _MOST_TRIES:
            self._ask_timeline(row.key)  # what was asked before went with the connection
        if (
            change is None
            or change.names
            or change.arrived
            or not change.rowids.isdisjoint(self._shown_rowids(row))
            or (change.sources and wants_timeline)
        ):
            self._read(awaited=awaited or (wants_timeline and not self._has_timeline))

    def _shown_rowids(self, row: Row) -> set[int]:
        """The submission and those of the same person that are listed beside it."""
        contact = self._pane.contact
        others = [*contact.rows, *([contact.last] if contact.last is not None else [])]
        return {row.rowid, *(other.rowid for other in others)}

    def tab_shown(self) -> None:
        """The timeline is read when somebody looks at it."""
        if self._pane.tab == "timeline" and self._row is not None and self._timeline_of != self._row.key:
            self._timeline_of = self._row.key
            self._ask_timeline(self._row.key)
            self._read()
        self._show_conversation()

    def tab_asked(self) -> None:
        """The tab was asked for by its key, perhaps once more."""
        self._show_conversation(again=True)

    def _show_conversation(self, *, again: bool = False) -> None:
        """Have the conversation read when somebody looks at it, and draw what is known of it now."""
        self._conversations.take()
        detail, row = self._pane.detail, self._row
        if self._pane.tab != "conversation" or detail is None or row is None:
            return
        if detail.submission.key == row.key:
            self._conversations.wanted(detail, again=again)
            self._pane.show(detail, conversation=self._conversations.of(row.key))

    def _ask_timeline(self, key: Key) -> None:
        self._asked = self._link(key.source)
        self._tries += self._asked[0] == "reading"
        self._engine.read_events(key)

    def _link(self, source: str) -> tuple[_Road, int]:
        """The road, and which connection it is: what was asked over another may be lost."""
        return self._road(source), self._engine.generation_of(source)

    def _road(self, source: str) -> _Road:
        """Whether somebody who is asked for something now can bring it."""
        status = self._engine.status_of(source)
        match status.connection if status is not None else None:
            case Connection.ONLINE | Connection.SYNCING:
                return "reading"
            case Connection.FOLLOWING:
                return "asked"
            case Connection.AUTH | Connection.STOPPED:
                return "failed"
        return "waiting"

    def _read(self, *, awaited: bool = True) -> None:
        row = self._row
        if row is None:
            return

        def read(local: LocalCopy) -> tuple[Detail | None, SameContact, tuple[Event, ...], bool]:
            reader, key = local.reader, row.key
            return reader.detail(key), same_contact(reader, key), reader.events(key), reader.has_timeline(key)

        self._reads += 1
        number = self._reads

        def ended() -> None:
            if number == self._reads:
                self._is_awaited = False

        def show(answer: tuple[Detail | None, SameContact, tuple[Event, ...], bool]) -> None:
            ended()
            self._show(row.key, *answer)

        def failed(error: Exception) -> None:
            ended()
            shown = self._pane.detail
            if shown is not None and shown.submission.key != row.key:
                self._pane.show(None)  # not another submission's answers beside this one's name
            self._say_failed(error)

        self._is_awaited |= awaited
        self._store.submit(
            read,
            show,
            otherwise=failed,
            slot="detail",
            pace="whole" if self._is_awaited else "late",
        )

    def _show(
        self,
        key: Key,
        detail: Detail | None,
        contact: SameContact,
        events: tuple[Event, ...],
        has_timeline: bool,
    ) -> None:
        if self._row is None or self._row.key != key:
            return
        self._has_timeline = has_timeline
        timeline = Timeline(events, "read") if has_timeline else self._unread_timeline(key)
        self._pane.show(detail, timeline, contact, self._conversations.of(key))
        self.tab_shown()

    def _unread_timeline(self, key: Key) -> Timeline:
        if self._timeline_of != key:
            return Timeline()
        refusal = self._engine.refusal_of(key)
        if refusal is not None and (self._road(key.source) == "reading" or self._tries >= _MOST_TRIES):
            return Timeline((), "failed", refusal)
        status = self._engine.status_of(key.source)
        return Timeline((), self._road(key.source), (status.message if status is not None else None) or "")

    def _rested(self, key: Key) -> None:
        """The cursor stayed: have the submission read again unless that was done a moment ago."""
        detail = self._pane.detail
        if self._row is None or self._row.key != key:
            return
        self._engine.look_at([key, *self._on_screen()])
        if detail is None:
            return
        if detail.submission.key == key and self._now() - detail.seen_at > _FRESH_SECONDS:
            self._engine.read(key)
