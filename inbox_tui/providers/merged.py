"""One list, newest first, out of the lists of many forms or bots.

Some systems keep a list per form and none over all of them (docs/contracts/mantlz.md section 2). The
engine reads one list, so the lists are merged by the moment of arrival while they are read.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cache.sync.remote import (
    AuthPaused,
    Misconfigured,
    NeverLeft,
    NotFound,
    OutcomeUnknown,
    Page,
    QuarantinedItem,
    RateLimited,
    Refused,
    RemoteError,
)
from cache.text import one_line
from inbox_tui.providers.merged_walk import Part, Stream, Walk, instant

__all__ = ["EVERYBODYS", "LOST_PLACE", "Listing", "Merger", "Part", "Reading"]

LOST_PLACE: Final = "lost_place"
"""The code of a Refused with which a reading says that nothing stands at a cursor any more."""
EVERYBODYS: Final = (AuthPaused, Misconfigured, NeverLeft, RateLimited)
"""Failures that have nothing to do with the one form or bot that was asked for."""

Listing = Callable[[], Awaitable[Sequence[Part]]]
"""Gives all forms or bots the key sees. Raises RemoteError; a long list goes on where it failed."""
Reading = Callable[[Part, str | None], Awaitable[Page]]
"""Gives one page of one of them, newest first, by the system's own cursor. Raises RemoteError."""

_READS: Final = 10
"""The most requests for a page. One that would take more ends early, perhaps empty; not so the first."""
_CATCHING_UP_READS: Final = 40
"""The most for a page that has to go down to what was seen before."""
_MOST_ROWS: Final = 2_000
"""The most rows of a page that has to be longer than agreed."""
_HELD_ROWS: Final = 20_000
"""About as many rows as a walk holds between two pages."""
_WALKS: Final = 4
"""How many walks are remembered; a forgotten one reads a page of each list again."""
_LIST_SECONDS: Final = 60.0
"""How long a list of up to a hundred parts is believed; longer ones in proportion."""
_STALE_SECONDS: Final = 600.0
"""How long rows that were read ahead are believed; with many parts ten seconds more for each."""
_TROUBLES_IN_A_ROW: Final = 3
_NOTES: Final = 20


class Merger:
    """The lists of all parts of one source as one list; `page` has the meaning of `Remote.page`.

    `listing` gives the parts, `read` a page of one of them; `clock` gives seconds since the epoch. `only`
    names the parts to follow, all when it is empty. Parts known to hold nothing are not asked. `noun` is
    what a part is called in sentences.

    A part that cannot be read is left out and told of (`notes`, and a QuarantinedItem of its page, so that
    nothing of it is taken for gone); a part that no longer exists is told of in `notes` alone. What
    concerns the whole source is raised: a refused key, a rate limit, no connection, every part failing.
    """

    def __init__(
        self,
        listing: Listing,
        read: Reading,
        *,
        clock: Callable[[], float],
        page_size: int = 100,
        only: Collection[str] = (),
        noun: str = "form",
    ) -> None:
        self._listing = listing
        self._read = read
        self._clock = clock
        self._page_size = page_size
        self._only = frozenset(only)
        self._noun = noun
        self._parts: tuple[Part, ...] | None = None
        self._seen: Mapping[str, datetime | None] = {}
        self._listed_at = 0.0
        self._lock = asyncio.Lock()
        self._walks: OrderedDict[str | None, Walk] = OrderedDict()
        self._tops: dict[str, tuple[int, str]] = {}
        self._troubles: dict[str, str] = {}

    @property
    def polled(self) -> int:
        """How many parts are asked at each poll, as far as is known; at least 1."""
        return max(1, sum(not part.is_empty for part in self._parts or ()))

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence for each part that could not be read the last time, or one that there is none."""
        told = list(self._troubles.values())
        if self._parts is not None and not self._parts:
            followed = f" of the {self._noun}s that are followed" if self._seen else f" {self._noun}"
            told = [f"The key shows {'none' if self._seen else 'no'}{followed}."]
        more = len(told) - _NOTES
        return tuple(told[:_NOTES]) + ((f"So it is with {more} more.",) if more > 0 else ())

    def poll_floor(self, each: float, a_minute: float) -> float:
        """Seconds between two polls so that no part is asked more often than every `each` seconds, and
        all together `a_minute` times a minute at most.
        """
        return max(each, self.polled * 60.0 / a_minute)

    async def parts(self, *, fresh: bool = False) -> tuple[Part, ...]:
        """The parts that are followed; listed again when that was long ago, or if `fresh`.

        Raises RemoteError when they cannot be listed.
        """
        async with self._lock:
            now = self._clock()
            known = self._parts
            lasts = _LIST_SECONDS * (1 + len(known or ()) // 100)
            if known is None or fresh or not 0 <= now - self._listed_at < lasts:
                listed = {part.id: part for part in await self._listing()}
                known = tuple(part for part in listed.values() if not self._only or part.id in self._only)
                self._parts, self._listed_at = known, now
                self._seen = {part.id: part.created for part in listed.values()}
                for gone in self._troubles.keys() - listed.keys():
                    del self._troubles[gone]
                for gone in self._tops.keys() - listed.keys():
                    del self._tops[gone]
            return known

    async def seen(self) -> Mapping[str, datetime | None]:
        """Every part the key shows, followed or not, with the time it was made; they are listed for it.

        Raises RemoteError.
        """
        await self.parts(fresh=True)
        return self._seen

    async def page(self, cursor: str | None = None) -> Page:
        """A page of the merged list, newest first.

        `next_cursor` is JSON text that holds good after a restart; where a page follows, it may be empty
        all the same: opening many lists anew takes many requests, and not all are made at once. The first
        page of a walk does ask every part, goes on with that when it was interrupted, and goes down at
        least to what the first page before it began with, in every part, so that a part that was away for
        a while is caught up with.
        Raises Refused for a cursor that is none, and what concerns the whole source.
        """
        walk = self._walks.pop(cursor, None)
        if walk is None or self._is_stale(walk):
            parts, now = await self.parts(), self._clock()
            walk = Walk.begin(parts, self._tops, now) if cursor is None else Walk.resume(parts, cursor, now)
        try:
            page = await self._next_page(_Effort(walk, is_first=cursor is None))
        except BaseException:
            self._remember(cursor, walk)
            raise
        if page.next_cursor is not None:
            self._remember(page.next_cursor, walk)
        return page

    def _is_stale(self, walk: Walk) -> bool:
        lasts = max(_STALE_SECONDS, 10.0 * len(walk.streams))
        return not 0 <= self._clock() - walk.began < lasts

    def _remember(self, cursor: str | None, walk: Walk) -> None:
        self._walks[cursor] = walk
        while len(self._walks) > _WALKS:
            self._walks.popitem(last=False)

    async def _next_page(self, effort: _Effort) -> Page:
        walk = effort.walk
        if all(stream.failed is not None and not stream.told for stream in walk.streams):
            for stream in walk.streams:  # the page before ended there and was not given: ask again
                stream.failed = None
        room = max(2, _HELD_ROWS // max(1, len(walk.streams)))
        if await self._fill(effort, walk.streams, room):
            effort.reads = 0
            await self._merge(effort, room)
            if not walk.goal:
                self._tops.update(walk.first)
                walk.first = {}
        self._tell_failures(walk)
        ended = all(stream.ended for stream in walk.streams)
        if ended and (late := [stream for stream in walk.streams if stream.may_be_retried]):
            for stream in late:
                stream.retry()
            ended = False
        given, told = walk.take()
        return Page(given, told, None if ended else walk.cursor())

    async def _merge(self, effort: _Effort, room: int) -> None:
        """Gives rows until the page is full, or a list has to be read on and may not be now."""
        walk = effort.walk
        heap = [(-instant(stream.rows[0]), place) for place, stream in enumerate(walk.streams) if stream.rows]
        heapq.heapify(heap)
        walk.look_for_goal()
        while heap and (len(walk.given) < self._page_size or (walk.goal and len(walk.given) < _MOST_ROWS)):
            _, place = heap[0]
            stream = walk.streams[place]
            walk.give(stream)
            if not stream.rows and not await self._fill(effort, (stream,), room, merging=True):
                return
            if stream.rows:
                heapq.heapreplace(heap, (-instant(stream.rows[0]), place))
            else:
                heapq.heappop(heap)
            walk.look_for_goal(stream)

    async def _fill(
        self, effort: _Effort, streams: Sequence[Stream], room: int, *, merging: bool = False
    ) -> bool:
        """Reads on in every list of which no row is at hand; False when that would be too many requests."""
        most = _CATCHING_UP_READS if merging and effort.walk.goal else _READS
        if effort.is_first and not merging:
            most = len(streams) * _CATCHING_UP_READS
        for stream in streams:
            while not stream.rows and not stream.ended:
                if effort.reads >= most:
                    return False
                effort.reads += 1
                await self._read_on(effort, stream, room)
        return True

    async def _read_on(self, effort: _Effort, stream: Stream, room: int) -> None:
        try:
            page = await self._read(stream.part, stream.cursor)
        except EVERYBODYS:
            raise
        except Refused as error:
            self._refused(stream, error)
        except OutcomeUnknown as error:
            self._failed(stream, error)
            effort.in_a_row += 1
            if effort.in_a_row >= _TROUBLES_IN_A_ROW and not stream.told:
                raise
        except RemoteError as error:
            self._failed(stream, error)
        else:
            effort.in_a_row = 0
            self._troubles.pop(stream.part.id, None)
            effort.walk.took(stream, page, room)

    def _refused(self, stream: Stream, error: Refused) -> None:
        """A list may stop taking its own cursor: its rows are then looked for from its top, once."""
        if stream.cursor is None:
            self._failed(stream, error)
        elif not stream.restarted:
            stream.restart()
        elif error.code == LOST_PLACE:
            stream.finish()
        else:
            self._failed(stream, error)

    def _failed(self, stream: Stream, error: RemoteError) -> None:
        stream.failed = error
        name = one_line(stream.part.name, 60) or stream.part.id[:8]
        if isinstance(error, NotFound):
            self._listed_at = float("-inf")
            self._troubles[stream.part.id] = f"The {self._noun} “{name}” is no longer there."
        else:
            self._troubles[stream.part.id] = (
                f"The {self._noun} “{name}” could not be read: {one_line(error.message, 200)}"
            )

    def _tell_failures(self, walk: Walk) -> None:
        """Puts what could not be read on the page. Raises when that is everything."""
        untold = [stream for stream in walk.streams if stream.failed is not None and not stream.told]
        if untold and all(stream.failed is not None for stream in walk.streams):
            errors = [stream.failed for stream in untold]
            for stream in untold:
                stream.failed = None
            if errors[0] is not None:
                raise errors[0]  # what the page holds so far is kept for when it is asked for again
        for place, stream in enumerate(untold, start=1):
            stream.told = True
            if not isinstance(stream.failed, NotFound):
                passes = isinstance(stream.failed, OutcomeUnknown)
                told = QuarantinedItem(-place, self._troubles[stream.part.id], may_pass=passes)
                walk.told.append(told)


@dataclass(slots=True)
class _Effort:
    """What one page has cost so far."""

    walk: Walk
    is_first: bool
    """Whether it is the first page of its walk, which opens every list: it is never empty for nothing."""
    reads: int = 0
    in_a_row: int = 0
    """How many lists got no answer of use since the last one that could be read."""
