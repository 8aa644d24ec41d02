"""Rows out: windows of a list, counts and details, with unsettled edits shown as the values they want.

What a person sees of a triage field is a pure function of two things, computed when it is read: the newest
unsettled edit, else the server's value.
"""

import itertools
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import Any, Final

from cache.clock import WallClock, system_clock
from cache.models import Container, Decoder, Key, Row, Triage, human_number
from cache.outbox.outbox import Outbox
from cache.query import Hint, Query, QueryContext, parse_query, resolve
from cache.query.compile import compile_meaning
from cache.query.statement import Statement
from cache.store import advice, completing
from cache.store.beginnings import WordBeginnings
from cache.store.functions import Functions
from cache.store.listing import Listing, guarded
from cache.store.overlay import Overlay
from cache.store.people import PeopleTable
from cache.store.presence import ABSENT
from cache.store.single import SingleReads
from cache.store.sources import SourceTable

__all__ = ["Reader", "Window"]

_STALE: Final = 30
"""Seconds after which `now` is another moment for a query, though nothing changed."""
_STATES: Final = itertools.count(1)
"""Numbers for the states of the files that are taken in, one row of them for all readers."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a list."""

    first: int
    """The position of `rows[0]` in the list."""
    rows: tuple[Row, ...]
    total: int
    """How many rows the list has, a held one included."""
    generation: int
    """Which state of the files it shows; positions of another generation mean nothing."""
    cursor: int | None = None
    """The position of the row asked for, None when it is not in the list."""
    is_whole: bool = True
    """False where `total` is what was found, and more may follow."""
    held: int | None = None
    """The row that stands in its place though it does not match; positions beside another mean nothing."""


class Reader(SingleReads):
    """Reads of the cache with the outbox laid over it. One connection, one thread."""

    def __init__(
        self,
        conn: sqlite3.Connection,
        outbox: Outbox,
        *,
        sources: Sequence[str],
        decoders: Mapping[str, Decoder],
        me: Mapping[str, str] | None = None,
        wall: WallClock = system_clock,
        zone: tzinfo = UTC,
        views: Mapping[str, str] | None = None,
    ) -> None:
        self._conn = conn
        self._outbox = outbox
        self._sources = tuple(sources)
        self._decoders = decoders
        self._configured_me = dict(me or {})
        self._files: tuple[int, ...] | None = None
        self._names: dict[str, str] = {}
        self._containers: dict[tuple[str, str], str] = {}
        self._overlay = Overlay(conn, outbox)
        self._functions = Functions(conn)
        self._listing = Listing(conn, self._overlay, self._functions)
        self._beginnings = WordBeginnings(conn)
        self._people = PeopleTable(conn, self._sources)
        self.source_table = SourceTable(conn)
        self._wall = wall
        self.context = QueryContext(self._sources, views=dict(views or {}), now=wall(), zone=zone)
        """What the names in a query mean now."""
        self.generation = 0
        """The number of the state of the files that was taken in; no two readers use the same."""
        self.elsewhere = (0, 0)
        """Changes when another connection wrote to either file and that was taken in."""

    def close(self) -> None:
        """Close the connection."""
        self._conn.close()

    def interrupt(self) -> None:
        """Call off the read that runs on another thread: it raises Interrupted. The reader stays usable."""
        self._conn.interrupt()

    def is_stuck(self) -> bool:
        """Whether reads are called off though nobody does that any more: only opening the files anew helps.

        SQLite forgets that a read was called off once no statement is under way. Its index of words leaves
        one behind in rare cases.
        """
        try:
            self._conn.execute("PRAGMA data_version").fetchone()
        except sqlite3.OperationalError as exc:
            if getattr(exc, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
                return True
            raise
        return False

    def refresh(self) -> bool:
        """Take in what changed in either file since the last call; False when nothing did.

        Raises Interrupted when it is called off; the next call makes up for it.
        """
        with guarded(self._functions):
            return self._refresh()

    def _refresh(self) -> bool:
        version = int(self._conn.execute("PRAGMA data_version").fetchone()[0])
        outbox_version, own_changes = self._outbox.generation
        files = (version, outbox_version, own_changes)
        now = self._wall()
        if files == self._files:
            if not 0 <= now - self.context.now < _STALE:
                self.context = replace(self.context, now=now)
            return False
        self._files = None  # until everything is taken in
        self.generation = next(_STATES)
        self._listing.forget()
        self._beginnings.forget()
        members = self.source_table.members()
        self._names = {member.user_id: member.name for member in members}
        self._containers = self.source_table.containers()
        states = self.source_states()
        told = {name: state.user_id for name, state in states.items() if state.user_id}
        me = {**self._outbox.me(), **self._configured_me, **told}
        self.context = replace(
            self.context,
            members=members,
            me={source: user for source, user in me.items() if source in self._sources},
            providers={name: state.provider for name, state in states.items()},
            local=frozenset(name for name, state in states.items() if state.keeps_no_triage),
            containers=tuple(Container(*key, name) for key, name in self._containers.items()),
            now=now,
        )
        self._overlay.reload(version)
        self._files = files
        self.elsewhere = (version, outbox_version)
        return True

    # Lists

    def compile(self, query: Query) -> Statement:
        """Compile a query against the names known now. Raises QueryError."""
        meaning = resolve(query, self.context)
        with guarded(self._functions):
            return compile_meaning(
                meaning, query.order, self.context, limit=query.limit, beginnings=self._beginnings
            )

    def count(self, query: Query) -> int:
        """How many submissions match, exactly."""
        return self._listing.total(self.compile(query))

    def counts(self, queries: Sequence[Query]) -> tuple[int, ...]:
        """How many submissions match each of the queries."""
        return tuple(self.count(query) for query in queries)

    def count_at_least(self, query: Query, limit: int) -> int:
        """How many submissions match, or `limit` + 1 when they are more: nothing further is counted."""
        return self._listing.at_least(self.compile(query), limit)

    def explain(self, query: Query) -> tuple[advice.Explained, ...]:
        """What each term that must hold finds alone, the parts of a group after the group."""
        return advice.explain(self, query)

    def best_drop(self, query: Query) -> tuple[str, int] | None:
        """The term without which most submissions would match, and how many; None where none helps."""
        return advice.best_drop(self, query)

    def warnings(self, query: Query) -> tuple[Hint, ...]:
        """What to tell of a query that can be run: what it was taken for, and why it matches nothing."""
        from cache.query.contradictions import warnings

        return warnings(query, self.context)

    def values(self, field: str, prefix: str = "") -> tuple[tuple[str, int | None], ...]:
        """The values of a field that begin so, most frequent first; None where they are not counted."""
        with guarded(self._functions):
            return completing.values(self._conn, self.context, self._count_text, field, prefix)

    def _count_text(self, text: str) -> int:
        return self.count(parse_query(text))

    def window(
        self,
        query: Query,
        *,
        count: int,
        first: int = 0,
        around: int | None = None,
        hold: int | None = None,
        known: tuple[int, int, int] | None = None,
    ) -> Window:
        """A stretch of `count` rows from position `first`, or with the row `around` in its middle.

        `hold` names a row that keeps its place even if it does not match. `known` is (generation,
        position, rowid) of a row of an earlier window: a hint that makes nearby stretches cheap.
        """
        statement = self.compile(query)
        total = self._listing.total(statement)
        held_at = self._held_position(statement, hold)
        cursor = self._cursor(statement, around, hold, held_at)
        if cursor is not None:
            first = cursor - count // 2
        if held_at is not None:
            total += 1
        first = max(0, min(first, total - count))
        near = known[2] if known is not None and known[0] == self.generation else None
        if held_at is None or hold is None or held_at >= first + count:
            rowids = self._listing.stretch(statement, first, count, near)
        elif held_at < first:
            rowids = self._listing.stretch(statement, first - 1, count)
        else:
            rowids = self._listing.stretch(statement, first, count - 1)
            rowids.insert(held_at - first, hold)
        unmatched = hold if held_at is not None else None
        rows = self.rows(rowids, unmatched=unmatched)
        return Window(first, rows, total, self.generation, cursor, held=unmatched)

    def top(self, query: Query, count: int) -> Window:
        """The first rows, without counting the others."""
        rowids = self._listing.stretch(self.compile(query), 0, count, counted=False)
        return Window(0, self.rows(rowids), len(rowids), self.generation, is_whole=len(rowids) < count)

    def _held_position(self, statement: Statement, hold: int | None) -> int | None:
        """Where a held row stands that does not match; None when it matches or is gone."""
        if hold is None or self._listing.matches(statement, hold):
            return None
        if self._conn.execute("SELECT 1 FROM triage WHERE rowid = ?", (hold,)).fetchone() is None:
            return None
        return self._listing.position(statement, hold)

    def _cursor(
        self, statement: Statement, around: int | None, hold: int | None, held_at: int | None
    ) -> int | None:
        if around is None:
            return None
        if around == hold and held_at is not None:
            return held_at
        if not self._listing.matches(statement, around):
            return None
        position = self._listing.position(statement, around)
        return position + 1 if held_at is not None and position >= held_at else position

    def position(self, query: Query, rowid: int) -> int:
        """How many matches stand before a row."""
        return self._listing.position(self.compile(query), rowid)

    def matches(self, query: Query, rowid: int) -> bool:
        """Whether a row is among the matches."""
        return self._listing.matches(self.compile(query), rowid)

    def rowids_from(self, query: Query, first: int, count: int) -> list[int]:
        """The matches from a position on."""
        return self._listing.stretch(self.compile(query), first, count)

    def rowids(self, query: Query, limit: int | None = None) -> list[int]:
        """Every match in the query's order, or the first `limit` of them."""
        statement = self.compile(query)
        if limit is None:
            return list(self._listing.every(statement))
        return self._listing.stretch(statement, 0, limit)

    def rows(self, rowids: Sequence[int], *, unmatched: int | None = None) -> tuple[Row, ...]:
        """The rows of the list with these ids, in this order; ids that are gone are left out."""
        found: dict[int, Row] = {}
        for start in range(0, len(rowids), 500):
            chunk = rowids[start : start + 500]
            marks = ",".join("?" * len(chunk))
            for row in self._conn.execute(
                "SELECT s.rowid, s.source, s.id, s.number, s.created, s.cleaned, s.who, s.about, t.status,"
                " t.priority, t.flagged, t.assignee_id, t.presence FROM submission s"
                f" JOIN triage t ON t.rowid = s.rowid WHERE s.rowid IN ({marks})",
                chunk,
            ):
                found[row[0]] = self._row(row, matches=row[0] != unmatched)
        return tuple(found[rowid] for rowid in rowids if rowid in found)

    def row(self, key: Key) -> Row | None:
        """The row of one submission, None when it is not cached."""
        rowid = self.rowid(key)
        return next(iter(self.rows([rowid])), None) if rowid is not None else None

    def same_person(self, key: Key, limit: int) -> tuple[Row, ...]:
        """The newest `limit` other submissions of every source that share e-mail, phone or visitor id."""
        return self.rows(self._people.others(key, limit))

    def same_person_step(self, key: Key, steps: int) -> Row | None:
        """The person's submission so many steps later (earlier, if negative), or the last one that way."""
        rowid = self._people.step(key, steps)
        return next(iter(self.rows([rowid])), None) if rowid is not None else None

    def _row(self, row: tuple[Any, ...], *, matches: bool) -> Row:
        rowid, source, submission_id, number, created, cleaned, who, about = row[:8]
        edited = self._overlay.rows.get(rowid)
        triage = edited.triage if edited else Triage(row[8], row[9], bool(row[10]), row[11])
        return Row(
            rowid=rowid,
            key=Key(source, submission_id),
            ref=human_number(number, submission_id),
            created=created,
            status=triage.status,
            priority=triage.priority,
            flagged=triage.flagged,
            assignee_id=triage.assignee_id,
            assignee_name=self.person(triage.assignee_id),
            sync=edited.sync if edited else "clean",
            who=who,
            about=about,
            cleaned=bool(cleaned),
            missing=row[12] in ABSENT,
            gone=row[12] == "gone",
            matches=matches,
        )
