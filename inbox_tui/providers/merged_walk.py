"""A walk over many lists at once: how far each has been read, and what has been given out of them."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from cache.sync.remote import (
    FetchedSubmission,
    OutcomeUnknown,
    Page,
    QuarantinedItem,
    Refused,
    RemoteError,
)

if TYPE_CHECKING:
    from cache.models import JSONValue

__all__ = ["Part", "Stream", "Walk", "instant"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_NOTHING: Final = (-(2**63), "")
"""The top of a list without rows: older than any."""


def instant(row: FetchedSubmission) -> int:
    """When a submission came, in microseconds since the epoch."""
    return (row.submission.created_at - _EPOCH) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class Part:
    """A form or bot that has a list of its own; `count` is how many rows it is said to hold, if told."""

    id: str
    name: str
    count: int | None = None
    created: datetime | None = None
    """When it was made, if told."""

    @property
    def is_empty(self) -> bool:
        """Whether it is known to hold nothing."""
        return self.count == 0


@dataclass(slots=True, eq=False)
class Stream:
    """One of the lists of a walk: the page it is at, and what of that page is still to be given."""

    part: Part
    cursor: str | None = None
    """Where the page at hand begins, in the system's own terms; None for the top."""
    again: bool = False
    """Whether rows of that page may have been given before."""
    rows: deque[FetchedSubmission] = field(default_factory=deque)
    failed: RemoteError | None = None
    told: bool = False
    """Whether its failure was told of."""
    restarted: bool = False
    _done: bool = False
    _next: str | None = None
    _cut: bool = False
    _ids: frozenset[str] = frozenset()
    _asked: set[str] = field(default_factory=set)
    _retried: bool = False

    @property
    def ended(self) -> bool:
        """Whether nothing more comes of it."""
        return not self.rows and (self._done or self.failed is not None)

    @property
    def done(self) -> bool:
        """Whether it was read and given to its end."""
        return self._done and not self.rows

    @property
    def may_be_retried(self) -> bool:
        """Whether it failed in a way that may pass, and was not asked again since."""
        return isinstance(self.failed, OutcomeUnknown) and not self._retried

    def retry(self) -> None:
        """It is to be asked once more."""
        self.failed, self._retried = None, True

    def finish(self) -> None:
        """Nothing of it is left."""
        self._done = True

    def restart(self) -> None:
        """Reads it from its top again; what was given is passed over."""
        self.cursor, self.again, self.restarted = None, True, True
        self._ids = frozenset()
        self._asked.clear()

    def fill(self, rows: Sequence[FetchedSubmission], page: Page, room: int) -> None:
        """Takes the rows of a page that are still to be given, `room` of them at most."""
        ids = frozenset(item.submission.id for item in page.items)
        brings_nothing = bool(self._ids) and ids <= self._ids and not self.again
        ends = page.next_cursor is None or page.next_cursor in self._asked or brings_nothing
        self._next = None if ends else page.next_cursor
        if not self.again:
            rows = [row for row in rows if row.submission.id not in self._ids]
        self._ids = ids
        self._cut = len(rows) > room
        self.rows.extend(sorted(rows, key=instant, reverse=True)[:room])
        if not self.rows:
            self.turn()

    def turn(self) -> None:
        """The rows at hand were given: goes on to the next page, if there is one."""
        if self._cut:
            self.again, self._cut = True, False
            return
        if self._next is None:
            self._done = True
            return
        self.cursor, self._next, self.again = self._next, None, False
        self._asked.add(self.cursor)


@dataclass(slots=True, eq=False)
class Walk:
    """A walk from the top of the merged list to its end."""

    streams: tuple[Stream, ...]
    goal: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By part, the row (microseconds, id) down to which pages may not end before."""
    first: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By part, the row that stood at its top."""
    began: float = 0.0
    """Seconds since the epoch."""
    given: list[FetchedSubmission] = field(default_factory=list)
    told: list[QuarantinedItem] = field(default_factory=list)
    _at: int | None = None
    """When the last row that was given came."""
    _at_ids: set[str] = field(default_factory=set)
    """The rows of that very moment which were given."""

    @classmethod
    def begin(cls, parts: Sequence[Part], goal: Mapping[str, tuple[int, str]], now: float) -> Walk:
        """A walk from the top."""
        streams = tuple(Stream(part) for part in parts if not part.is_empty)
        asked = {stream.part.id for stream in streams}
        return cls(streams, {name: row for name, row in goal.items() if name in asked}, began=now)

    @classmethod
    def resume(cls, parts: Sequence[Part], cursor: str, now: float) -> Walk:
        """A walk that goes on where a cursor says. Raises Refused for one that was not made by a walk."""
        try:
            at, ids, places, done = _read_cursor(json.loads(cursor))
        except (ValueError, TypeError, KeyError, RecursionError):
            raise Refused("The place in the list cannot be understood.", status=400) from None
        streams = tuple(
            Stream(part, cursor=places.get(part.id), again=True)
            for part in parts
            if part.id not in done and not part.is_empty
        )
        for name in done:
            ended = Stream(Part(name, ""))
            ended.finish()
            streams += (ended,)
        return cls(streams, began=now, _at=at, _at_ids=ids)

    def cursor(self) -> str:
        """Where this walk stands, as text that outlives it."""
        told: dict[str, JSONValue] = {"v": 1, "open": sum(bool(stream.rows) for stream in self.streams)}
        if self._at is not None:
            told |= {"at": self._at, "ids": sorted(self._at_ids)}
        told["places"] = {
            stream.part.id: stream.cursor
            for stream in self.streams
            if stream.cursor is not None and not stream.done
        }
        told["done"] = [stream.part.id for stream in self.streams if stream.done]
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))

    def took(self, stream: Stream, page: Page, room: int) -> None:
        """Takes a page of a list that was just read; of one read a second time only what was not given."""
        rows: Sequence[FetchedSubmission] = page.items
        if stream.again:
            rows = [row for row in rows if not self._was_given(row)]
        else:
            self.told.extend(page.quarantined)
        if stream.cursor is None and not stream.again:
            newest = max(page.items, key=instant, default=None)
            self.first[stream.part.id] = (instant(newest), newest.submission.id) if newest else _NOTHING
        stream.fill(rows, page, room)

    def give(self, stream: Stream) -> None:
        """Puts the next row of a list on the page, unless another list has brought it already."""
        row = stream.rows.popleft()
        moment, identifier = instant(row), row.submission.id
        if self._at is None or moment < self._at:
            self._at, self._at_ids = moment, set()
        if moment != self._at or identifier not in self._at_ids:
            self.given.append(row)
        if moment == self._at:
            self._at_ids.add(identifier)
        if not stream.rows:
            stream.turn()

    def look_for_goal(self, stream: Stream | None = None) -> None:
        """Forgets the goals that were reached: all are looked at, or that of one list."""
        if not self.goal:
            return
        for looked in self.streams if stream is None else (stream,):
            row = self.goal.get(looked.part.id)
            if row is None:
                continue
            front = looked.rows[0] if looked.rows else None
            if front is None or instant(front) < row[0] or front.submission.id == row[1]:
                del self.goal[looked.part.id]

    def take(self) -> tuple[tuple[FetchedSubmission, ...], tuple[QuarantinedItem, ...]]:
        """What the page holds; the next one begins empty."""
        given, told = tuple(self.given), tuple(self.told)
        self.given, self.told = [], []
        return given, told

    def _was_given(self, row: FetchedSubmission) -> bool:
        if self._at is None:
            return False
        moment = instant(row)
        return moment > self._at or (moment == self._at and row.submission.id in self._at_ids)


def _read_cursor(told: JSONValue) -> tuple[int | None, set[str], dict[str, str], set[str]]:
    """The parts of a cursor. Raises ValueError, TypeError or KeyError for anything else."""
    if not isinstance(told, dict) or told.get("v") != 1:
        raise ValueError
    at, ids, places, done = told.get("at"), told.get("ids", []), told["places"], told["done"]
    fits = (at is None or type(at) is int) and isinstance(places, dict)
    fits = fits and all(isinstance(listed, list) for listed in (ids, done))
    if not fits or not all(isinstance(text, str) for text in (*ids, *done, *places.values())):
        raise ValueError
    return at, set(ids), places, set(done)
