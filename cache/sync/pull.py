"""News on their way in: the head of the list, what lies below it, and what is open."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final, TypeVar, cast

from cache.clock import LogicalClock, WallClock
from cache.models import OPEN_STATUSES, Capability, Key
from cache.store.changes import ChangeSet
from cache.store.presence import ScanState
from cache.store.sources import Coverage
from cache.store.writer import Writer
from cache.sync.backfill import BATCH_ROWS, Asked, Batch, pages_below, read_decoded, read_texts
from cache.sync.gate import Gate
from cache.sync.pace import Lane
from cache.sync.reading import TextReader
from cache.sync.remote import (
    FetchedSubmission,
    NotFound,
    Page,
    QuarantinedItem,
    Refused,
    Remote,
    Undecoded,
    fixed_window,
    gives_texts,
    notes_of,
    reads_one,
)
from cache.sync.spec import InThread
from cache.sync.status import Connection
from cache.sync.windows import Windows

__all__ = ["Puller", "is_open"]

T = TypeVar("T")

_PAGES_MAX: Final = 100_000
"""A walk that does not end is stopped here."""
_AT_ONCE: Final = 3
"""So many pages wait to be read by another process: it is never idle, and little is held."""
_SIZES: Final = (2_000, 500)
"""Where another process may be used, and its memory: so many rows are stored at once, or while none are."""


class Puller:
    """Reads one source into the cache."""

    def __init__(
        self,
        remote: Remote,
        gate: Gate,
        writer: Writer,
        clock: LogicalClock,
        *,
        wall: WallClock,
        steady: WallClock,
        on_change: Callable[[ChangeSet], None],
        in_thread: InThread,
    ) -> None:
        self._remote = remote
        self._gate = gate
        self._writer = writer
        self._clock = clock
        self._wall = wall
        self._steady = steady
        self._on_change = on_change
        self._in_thread = in_thread
        self._windows = Windows(remote, writer, steady)
        self._doubt: str | None = None
        self.received = 0
        """Submissions received since the last reset."""
        self.arrived = 0
        self.changed = 0
        self.unreadable = 0
        self.is_partial = False
        """Whether something could not be read that may be any of the rows held."""
        self._is_cut = False

    def resume(self) -> None:
        """Go on with the waits of an earlier process for a second look at what is missing."""
        self._writer.presence.resume(self._remote.source, int(self._wall()), self._steady())

    @property
    def coverage(self) -> Coverage:
        """How much of the list is held without gaps."""
        return self._writer.sources.coverage(self._remote.source)

    async def names(self) -> None:
        """Members and containers."""
        members = await self._call(Lane.HEAD, self._remote.members)
        self._on_change(self._writer.sources.set_members(self._remote.source, members))
        containers = await self._call(Lane.HEAD, self._remote.containers)
        self._on_change(self._writer.sources.set_containers(containers))

    async def head(self) -> None:
        """Read the newest pages down to the stretch that is held already.

        The claim that there is no gap is only made once the walk has reached it.
        """
        if fixed_window(self._remote) is not None:
            await self._whole_window()
            return
        self._is_cut = False
        held = self.coverage
        new_top: FetchedSubmission | None = None
        cursor: str | None = None
        for _ in range(_PAGES_MAX):
            at, page = await self.page(Lane.HEAD, cursor)
            if new_top is None and page.items:
                new_top = page.items[0]
            if held == Coverage():
                self.keep(page, at, _first_claim(page))
                if page.next_cursor is None:
                    self._read_as_a_whole()
                break
            if _reaches(page, held):
                top = _top(new_top)
                claim = replace(held, top_id=top[0], top_created=top[1]) if top else held
                if page.next_cursor is None:  # the walk went over the whole list
                    claim = replace(claim, complete=True, backfill_cursor=None)
                self.keep(page, at, claim)
                break
            self.keep(page, at)
            cursor = page.next_cursor
        self._synced()

    async def _whole_window(self) -> None:
        """Read a list that is one page and holds a fixed number of the newest rows.

        What is older than its oldest has aged out, and is never taken for gone. Between a full page that
        shares no row with what is held and what is held there may be rows nobody will ever see.
        """
        at, page = await self.page(Lane.HEAD, None)
        if self.coverage.complete:
            self._windows.look_for_gaps(page)
        self.keep(page, at, replace(_first_claim(page), complete=True, backfill_cursor=None))
        self._on_change(self._windows.age_out(page, at))
        self._synced()

    def _synced(self) -> None:
        self._on_change(self._writer.sources.set_synced(self._remote.source, int(self._wall())))
        self._note()
        self._gate.report(synced_at=self._wall(), message=self._gate.note)

    def _note(self) -> None:
        """Have said what is to be said of the list as it is now, and nothing that no longer holds."""
        told = (self._doubt, *self._windows.notes, *notes_of(self._remote))
        self._gate.note = " ".join(filter(None, told)) or None

    async def backfill(self, *, pages: int | None = None, reader: TextReader | None = None) -> bool:
        """Read on below the held stretch; True when the end is reached.

        The next page is asked for while one is decoded, by `reader` where the source allows it. Pages that
        come quickly are stored together, on a thread of its own: the next ones are decoded meanwhile.
        """
        coverage = self.coverage
        if coverage.complete:
            return True
        if coverage.backfill_cursor is None:
            return False
        self._gate.report(connection=Connection.SYNCING, received=self.received)
        sizes = _SIZES if reader else (BATCH_ROWS, BATCH_ROWS)
        batch = Batch(self._wall(), *sizes)
        storing: asyncio.Future[None] | None = None
        elsewhere = reader if gives_texts(self._remote) else None
        below = pages_below(
            coverage.backfill_cursor,
            self._asking(elsewhere),
            pages=pages,
            at_once=_AT_ONCE if elsewhere else 0,
        )
        try:
            async with aclosing(below):
                async for page in below:
                    coverage = replace(
                        coverage, backfill_cursor=page.next_cursor, complete=page.next_cursor is None
                    )
                    batch.add(page)
                    if batch.ready(self._wall(), at_rest=storing is None or storing.done()):
                        if storing is not None:
                            await asyncio.shield(storing)  # the thread goes on in any case
                        storing = asyncio.ensure_future(self._store(batch, coverage))
                        batch = Batch(self._wall(), *sizes)
        except (Refused, NotFound):
            # The cursor is no longer good: start from the head again, which loses only time.
            await self._finish(storing, batch, coverage)
            storing, batch = None, Batch(self._wall(), *sizes)
            self._writer.sources.forget_coverage(self._remote.source)
            return False
        finally:
            await self._finish(storing, batch, coverage)
            if self._gate.status.connection is Connection.SYNCING and self.coverage.complete:
                self._gate.report(connection=Connection.ONLINE)  # not between two stretches of a long list
        if coverage.complete:
            self._read_as_a_whole()
        return coverage.complete

    def _read_as_a_whole(self) -> None:
        """The list was read to its end a moment ago: a scan of all that is held can wait."""
        if self.scan.began is None:
            self.set_scan(ScanState(spoiled=self._is_cut, scanned_at=int(self._wall())))

    @property
    def owes_a_scan(self) -> bool:
        """Whether a form or bot was left out of the list, some while ago, that may be readable now."""
        return self.scan.is_owed(int(self._wall()))

    def _asking(self, reader: TextReader | None) -> Callable[[str], Coroutine[Any, Any, Asked]]:
        """How pages below are asked for and read."""
        source = self._remote.source

        async def ask(cursor: str) -> Asked:
            at, page = await self.page(Lane.BACKFILL, cursor)
            return Asked(page.next_cursor, lambda: read_decoded(page, at, self._writer))

        if reader is None:
            return ask
        remote = cast("Undecoded", self._remote)
        dictionary = self._writer.dictionary(source)

        async def ask_texts(cursor: str) -> Asked:
            at = self._clock.now()
            page = await self._call(Lane.BACKFILL, lambda: remote.text_page(cursor=cursor))
            return Asked(page.next_cursor, lambda: read_texts(page, at, source, reader, dictionary))

        return ask_texts

    async def _store(self, batch: Batch, coverage: Coverage) -> None:
        changes = await self._in_thread(
            lambda: self._writer.apply_page(
                self._remote.source,
                batch.items,
                batch.at,
                coverage=coverage,
                quarantined=batch.quarantined,
            )
        )
        self._count(len(batch.items), batch.quarantined, changes)
        self._gate.report(received=self.received)

    async def _finish(self, storing: "asyncio.Future[None] | None", batch: Batch, coverage: Coverage) -> None:
        """Wait for what is being stored, and store what came after it."""
        if storing is not None:
            await storing
        if batch.pages:
            await self._store(batch, coverage)

    async def one(self, key: Key, lane: Lane = Lane.FOCUS) -> None:
        """Read one submission; that there is no such record is kept too."""
        if not reads_one(self._remote):
            return
        at = self._clock.now()
        try:
            fetched = await self._call(lane, lambda: self._remote.get(key.id))
        except NotFound:
            now, tick = int(self._wall()), self._steady()
            self._on_change(self._writer.presence.missed(key.source, key.id, at, now, tick))
            return
        self.keep(Page((fetched,)), at)

    async def events(self, key: Key) -> None:
        """Read the timeline of one submission."""
        events = await self._call(Lane.FOCUS, lambda: self._remote.events(key.id))
        self._on_change(self._writer.set_events(key.source, key.id, events))

    # For walks that are made a request at a time

    def moment(self) -> int:
        """A logical moment later than everything before."""
        return self._clock.now()

    async def page(self, lane: Lane, cursor: str | None, *, open_only: bool = False) -> tuple[int, Page]:
        """Read a page; with it the logical moment at which it was asked for."""
        at = self._clock.now()
        return at, await self._call(lane, lambda: self._remote.page(cursor=cursor, open_only=open_only))

    def keep(self, page: Page, at: int, coverage: Coverage | None = None) -> None:
        """Store a page that was asked for at the logical moment `at`."""
        changes = self._writer.apply(
            self._remote.source, page.items, at, coverage=coverage, quarantined=page.quarantined
        )
        self._count(len(page.items), page.quarantined, changes)

    def stale_open(self, before: int, limit: int) -> list[Key]:
        """Submissions held as open that nothing has shown since the logical moment `before`."""
        if Capability.REMOTE not in self._remote.capabilities.values():
            return []  # all of them count as open, and nobody can close one there
        return self._writer.stale_open(self._remote.source, before, limit)

    def stalest(self, keys: Sequence[Key], seconds: int) -> Key | None:
        """The one of these submissions that was seen longest ago, if that is more than `seconds`."""
        if not reads_one(self._remote):
            return None
        return self._writer.presence.stalest(self._remote.source, keys, int(self._wall()) - seconds)

    def missing(self, limit: int) -> list[Key]:
        """Missing submissions that may be asked for singly now; none of a source that has only its list."""
        if not reads_one(self._remote):
            return []
        if fixed_window(self._remote) is not None:
            return []
        return self._writer.presence.to_look_for(self._remote.source, self._steady(), limit)

    @property
    def scan(self) -> ScanState:
        """How far the walk over everything held has come."""
        return self._writer.presence.scan(self._remote.source)

    def set_scan(self, scan: ScanState) -> None:
        """Keep how far that walk has come."""
        self._writer.presence.set_scan(self._remote.source, scan)

    def mark_unseen(self, since: int) -> str | None:
        """Mark as missing what a complete walk begun at `since` has not shown.

        When that is too much to be believed, nothing is marked, and a sentence says so.
        """
        changes, missed, held = self._writer.presence.mark_unseen(self._remote.source, since)
        self._on_change(changes)
        self._doubt = None
        if missed and not changes:
            self._doubt = (
                f"{missed} of {held} submissions are no longer listed: too many to be believed,"
                " none was marked as missing."
            )
        self._note()
        if self._doubt is not None:
            self._gate.report(message=self._gate.note)
        return self._doubt

    def remove_gone(self, keep: Collection[Key]) -> None:
        """Forget what has been gone for long, but for `keep`."""
        self._on_change(self._writer.presence.remove_gone(self._remote.source, int(self._wall()), keep))

    async def _call(self, lane: Lane, request: Callable[[], Awaitable[T]]) -> T:
        return await self._gate.call(lane, lambda: self._remote.budget, request)

    def _count(self, received: int, quarantined: Collection[QuarantinedItem], changes: ChangeSet) -> None:
        self.received += received
        self.arrived += len(changes.arrived)
        self.changed += len(changes.rowids) - len(changes.arrived)
        self.unreadable += sum(1 for item in quarantined if item.position >= 0)
        self.is_partial = self.is_partial or any(item.id is None for item in quarantined)
        if any(item.may_pass for item in quarantined) and fixed_window(self._remote) is None:
            self._is_cut = True
            state = self.scan
            if state.began is None and not state.spoiled:
                self.set_scan(replace(state, spoiled=True, scanned_at=int(self._wall())))
        self._on_change(changes)


def _top(item: FetchedSubmission | None) -> tuple[str, int] | None:
    return (item.submission.id, int(item.submission.created_at.timestamp())) if item else None


def _first_claim(page: Page) -> Coverage:
    top = _top(page.items[0] if page.items else None)
    return Coverage(
        top_id=top[0] if top else None,
        top_created=top[1] if top else None,
        complete=page.next_cursor is None,
        backfill_cursor=page.next_cursor,
    )


def is_open(item: FetchedSubmission) -> bool:
    """Whether a submission is open."""
    return item.submission.triage.status in OPEN_STATUSES


def _reaches(page: Page, held: Coverage) -> bool:
    """Whether a page goes down to the held stretch.

    Where nothing readable stood above that stretch, a page without anything readable is taken for its top.
    """
    if page.next_cursor is None or (held.top_id is None and not page.items):
        return True
    return any(
        item.submission.id == held.top_id
        or (held.top_created is not None and item.submission.created_at.timestamp() < held.top_created)
        for item in page.items
    )
