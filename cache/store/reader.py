"""Rows out: windows of a list, counts and details, with unsettled edits shown as the values they want.

What a person sees of a triage field is a pure function of two things, computed when it is read: the newest
unsettled edit, else the server's value.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from cache.errors import CacheBroken
from cache.models import TRIAGE_FIELDS, Decoder, Detail, Event, Key, PendingEdit, Row, Triage, human_number
from cache.outbox.outbox import Outbox
from cache.query import Query, QueryContext, Statement, compile_query
from cache.store.derive import raw_hash
from cache.store.listing import Listing
from cache.store.overlay import Overlay, server_triage, with_edits, worst_state
from cache.store.packing import Packing
from cache.store.people import Others, PeopleTable
from cache.store.presence import ABSENT
from cache.store.sources import SourceState, SourceTable
from cache.text import scrub

__all__ = ["Reader", "Window"]


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


class Reader:
    """Reads of the cache with the outbox laid over it. One connection, one thread."""

    def __init__(
        self,
        conn: sqlite3.Connection,
        outbox: Outbox,
        *,
        sources: Sequence[str],
        decoders: Mapping[str, Decoder],
        me: Mapping[str, str] | None = None,
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
        self._listing = Listing(conn)
        self._packing = Packing(conn)
        self._packing.register()
        self._people = PeopleTable(conn, self._sources)
        self.source_table = SourceTable(conn)
        self.context = QueryContext(self._sources)
        """What the names in a query mean now."""
        self.generation = 0
        """Counts the states of the files that were taken in."""
        self.elsewhere = (0, 0)
        """Changes when another connection wrote to either file and that was taken in."""

    def close(self) -> None:
        """Close the connection."""
        self._conn.close()

    def refresh(self) -> bool:
        """Take in what changed in either file since the last call; False when nothing did."""
        version = int(self._conn.execute("PRAGMA data_version").fetchone()[0])
        outbox_version, own_changes = self._outbox.generation
        files = (version, outbox_version, own_changes)
        if files == self._files:
            return False
        self._files = None  # until everything is taken in
        self.generation += 1
        self._listing.forget()
        members = self.source_table.members()
        self._names = {member.user_id: member.name for member in members}
        self._containers = self.source_table.containers()
        told = {name: state.user_id for name, state in self.source_table.states().items() if state.user_id}
        me = {**self._outbox.me(), **self._configured_me, **told}
        me = {source: user for source, user in me.items() if source in self._sources}
        self.context = QueryContext(self._sources, members, me)
        self._overlay.reload()
        self._files = files
        self.elsewhere = (version, outbox_version)
        return True

    # Lists

    def compile(self, query: Query) -> Statement:
        """Compile a query against the names known now. Raises QueryError."""
        return compile_query(query, self.context)

    def count(self, query: Query) -> int:
        """How many submissions match, exactly."""
        return self._listing.total(self.compile(query))

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
        return Window(first, self.rows(rowids, unmatched=unmatched), total, self.generation, cursor)

    def top(self, query: Query, count: int) -> Window:
        """The first rows, without counting the others: `total` is what was found."""
        rowids = self._listing.stretch(self.compile(query), 0, count, counted=False)
        return Window(0, self.rows(rowids), len(rowids), self.generation)

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
            return list(self._listing.array(statement))
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
        found = self._conn.execute("SELECT rowid FROM submission WHERE source = ? AND id = ?", key).fetchone()
        rows = self.rows([found[0]]) if found is not None else ()
        return rows[0] if rows else None

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

    def person(self, user_id: str | None) -> str | None:
        """The name behind a user id, the start of the id when nobody active has it."""
        return None if user_id is None else self._names.get(user_id, user_id[:8])

    # One submission

    def detail(self, key: Key) -> Detail | None:
        """Everything about one submission, None when it is not cached.

        Raises CacheBroken when its text is not what was stored.
        """
        row = self._conn.execute(
            "SELECT s.rowid, s.answers, s.raw, s.cleaned, s.container_id, t.seen_at, t.presence, s.raw_hash"
            " FROM submission s"
            " JOIN triage t ON t.rowid = s.rowid WHERE s.source = ? AND s.id = ?",
            key,
        ).fetchone()
        if row is None:
            return None
        rowid, answers, packed, cleaned, container_id, seen_at, presence, digest = row
        raw = self._packing.raw(answers, packed)
        if raw_hash(raw) != digest:
            raise CacheBroken("The local copy is damaged: a submission is not what was stored.")
        state = self.source_table.state(key.source)
        provider = state.provider if state else ""
        submission = self._decoders[provider](json.loads(raw), key.source)
        if container_id is not None:
            submission = replace(submission, container_name=self._containers.get((key.source, container_id)))
        held = server_triage(self._conn, key)
        is_local = bool(state and state.keeps_no_triage)
        if is_local and held is not None:  # what the provider sends says nothing of it
            submission = replace(submission, **{name: held.value(name) for name in TRIAGE_FIELDS})  # type: ignore[arg-type]
        pending = self._overlay.pending.get(key, ())
        seen = with_edits(submission.triage, pending)
        sign = worst_state(pending)
        return Detail(
            rowid=rowid,
            submission=submission,
            seen=seen,
            pending=pending,
            sync="local" if is_local and sign == "clean" else sign,
            seen_at=seen_at,
            raw=raw,
            cleaned=bool(cleaned),
            assignee_name=self.person(seen.assignee_id),
            missing=presence in ABSENT,
            gone=presence == "gone",
        )

    def rowid(self, key: Key) -> int | None:
        """Where a submission stands, None when it is not cached."""
        row = self._conn.execute("SELECT rowid FROM submission WHERE source = ? AND id = ?", key).fetchone()
        return int(row[0]) if row else None

    def server(self, key: Key) -> Triage | None:
        """The cached server values of one submission, None when it is not cached."""
        return server_triage(self._conn, key)

    def seen(self, key: Key) -> Triage | None:
        """The values a person sees of one submission, None when it is not cached."""
        server = self.server(key)
        return with_edits(server, self._overlay.pending.get(key, ())) if server is not None else None

    def events(self, key: Key) -> tuple[Event, ...]:
        """The cached timeline, oldest first."""
        rows = self._conn.execute(
            "SELECT id, type, at, actor_id, actor_name, before, after FROM event"
            " WHERE source = ? AND submission_id = ? ORDER BY at, id",
            key,
        ).fetchall()
        return tuple(
            Event(
                id=row[0],
                type=row[1],
                created_at=datetime.fromtimestamp(row[2], UTC) if row[2] is not None else None,
                actor_id=row[3],
                actor_name=row[4] or self.person(row[3]),
                before=json.loads(row[5]),
                after=json.loads(row[6]),
            )
            for row in rows
        )

    def has_timeline(self, key: Key) -> bool:
        """Whether the source ever told the timeline of a submission, be it that there are no events."""
        row = self._conn.execute(
            "SELECT 1 FROM timeline WHERE source = ? AND submission_id = ?", key
        ).fetchone()
        return row is not None

    def same_person(self, key: Key, limit: int) -> tuple[Row, ...]:
        """The newest `limit` other submissions of every source that share e-mail, phone or visitor id."""
        return self.rows(self._people.others(key, limit))

    def same_person_step(self, key: Key, steps: int) -> Row | None:
        """The person's submission so many steps later (earlier, if negative), or the last one that way."""
        rowid = self._people.step(key, steps)
        return next(iter(self.rows([rowid])), None) if rowid is not None else None

    def same_person_count(self, key: Key) -> Others:
        """How many other submissions the person made, before this one and after it."""
        return self._people.count(key)

    def find(self, reference: str) -> tuple[Key, ...]:
        """What a typed id means: a number, a full id, a unique prefix, each perhaps after `SOURCE:`.

        More than one key: it is ambiguous. None: there is no such submission.
        """
        reference = scrub(reference)
        source, _, rest = reference.partition(":")
        if source not in self._sources:
            source, rest = "", reference
        allowed = (source,) if source else self._sources
        marks = ",".join("?" * len(allowed))
        digits = rest.upper().removeprefix("SUB-").removeprefix("#")
        tries: list[tuple[str, str | int]] = [("id = ?", rest)]
        if digits.isascii() and digits.isdigit() and len(digits) < 16:
            tries.append(("number = ?", int(digits)))
        if len(rest) >= 4:
            tries.append(("id >= ? AND id < ? || char(1114111)", rest))
        for condition, value in tries:
            rows = self._conn.execute(
                f"SELECT source, id FROM submission WHERE source IN ({marks}) AND {condition}"
                " ORDER BY source, id LIMIT 11",
                (*allowed, *([value] * condition.count("?"))),
            ).fetchall()
            if rows:
                return tuple(Key(*row) for row in rows)
        return ()

    def before_status(self, key: Key, status: str) -> str | None:
        """The status before the person last set this one, as far as the history knows."""
        value = self._outbox.gestures.value_before(key, "status", status)
        return value if isinstance(value, str) else None

    def unsettled(self) -> Mapping[Key, tuple[PendingEdit, ...]]:
        """Every unsettled edit, by submission."""
        return self._overlay.pending

    def source_states(self) -> dict[str, SourceState]:
        """How the configured sources stand."""
        states = self.source_table.states()
        return {name: state for name, state in states.items() if name in self._sources}
