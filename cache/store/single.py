"""Reads of one submission: its details, its timeline, and the others by the same person."""

import json
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from cache.errors import NOT_AS_STORED, CacheBroken
from cache.models import TRIAGE_FIELDS, Decoder, Detail, Event, Key, PendingEdit, Triage, human_number
from cache.outbox.outbox import Outbox
from cache.store.functions import Functions
from cache.store.overlay import Overlay, server_triage, with_edits, worst_state
from cache.store.people import Others, PeopleTable
from cache.store.presence import ABSENT
from cache.store.raw import decoded, raw_hash
from cache.store.sources import SourceState, SourceTable
from cache.text import scrub

__all__ = ["SingleReads"]

_FEW: Final = 5
"""So many of the submissions are named that an ambiguous id may mean."""


class SingleReads:
    """The half of a `Reader` that reads single submissions."""

    _conn: sqlite3.Connection
    _outbox: Outbox
    _overlay: Overlay
    _functions: Functions
    _sources: tuple[str, ...]
    _decoders: Mapping[str, Decoder]
    _containers: dict[tuple[str, str], str]
    _names: dict[str, str]
    _people: PeopleTable
    source_table: SourceTable

    def person(self, user_id: str | None) -> str | None:
        """The name behind a user id, the start of the id when nobody active has it."""
        return None if user_id is None else self._names.get(user_id, user_id[:8])

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
        kept = self._functions.packing.raw(answers, packed)
        if raw_hash(kept) != digest:
            raise CacheBroken(NOT_AS_STORED)
        raw = decoded(kept)
        state = self.source_table.state(key.source)
        provider = state.provider if state else ""
        submission = self._decoders[provider](json.loads(raw), key.source)
        if container_id is not None:
            submission = submission._replace(container_name=self._containers.get((key.source, container_id)))
        held = server_triage(self._conn, key)
        is_local = bool(state and state.keeps_no_triage)
        if is_local and held is not None:  # what the provider sends says nothing of it
            submission = submission._replace(**{name: held.value(name) for name in TRIAGE_FIELDS})  # type: ignore[arg-type]
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

    def ref(self, key: Key) -> str:
        """The short name of a submission, also of one that is not cached."""
        row = self._conn.execute("SELECT number FROM submission WHERE source = ? AND id = ?", key).fetchone()
        return human_number(row[0] if row else None, key.id)

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

    def same_person_count(self, key: Key) -> Others:
        """How many other submissions the person made, before this one and after it."""
        return self._people.count(key)

    def find(self, reference: str, *, least: int = 4) -> tuple[tuple[Key, ...], int]:
        """What a typed id means: a number, a full id, a unique prefix, each perhaps after `SOURCE:` and `#`.

        The first few, and how many there are. More than one: it is ambiguous. None: there is no such
        submission. A prefix has `least` characters.
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
        begun = rest.removeprefix("#")
        if len(begun) >= least:
            tries.append(("id >= ? AND id < ? || char(1114111)", begun))
        for condition, value in tries:
            rows = self._conn.execute(
                "SELECT source, id, count(*) OVER () FROM submission"
                f" WHERE source IN ({marks}) AND {condition} ORDER BY source, id LIMIT {_FEW}",
                (*allowed, *([value] * condition.count("?"))),
            ).fetchall()
            if rows:
                return tuple(Key(*row[:2]) for row in rows), int(rows[0][2])
        return (), 0

    def before_status(self, key: Key, status: str) -> str | None:
        """The status before the person last set this one, as far as the history knows."""
        value = self._outbox.gestures.value_before(key, "status", status)
        return value if isinstance(value, str) else None

    def unsettled(self) -> Mapping[Key, tuple[PendingEdit, ...]]:
        """Every unsettled edit, by submission."""
        return self._overlay.pending

    def imported_sources(self) -> frozenset[str]:
        """The sources of which there is something here, out of packs, though they were never read."""
        any_one = (  # one is enough to look at, of however many: all came out of a pack, or a sync has begun
            "SELECT t.as_of FROM submission s JOIN triage t ON t.rowid = s.rowid WHERE s.source = ? LIMIT 1"
        )

        def is_imported(name: str) -> bool:
            row = self._conn.execute(any_one, (name,)).fetchone()
            return row is not None and row[0] < 0  # what a pack tells is older than every answer

        states = self.source_states().items()
        return frozenset(name for name, state in states if state.synced_at is None and is_imported(name))

    def source_states(self) -> dict[str, SourceState]:
        """How the configured sources stand."""
        states = self.source_table.states()
        return {name: state for name, state in states.items() if name in self._sources}
