"""One row of the cache and all that is indexed of it, written together."""

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final, NamedTuple

from cache.models import Triage
from cache.schema import transaction
from cache.segments import segment
from cache.store.answers import Answers, joined
from cache.store.derive import Derived
from cache.store.facts import IndexedFacts, pack_facts, unpack_facts
from cache.store.index import Index, Searched, searched
from cache.store.inserting import insert_rows
from cache.store.packing import Packing
from cache.store.ready import Ready

__all__ = ["NewRow", "RowTable"]

_COLUMNS: Final = (
    "rowid, source, id, number, container_id, created, cleaned, who, about, email, phone, notes, person,"
    " facts, raw_hash, answers, raw"
)
_TRIAGE_COLUMNS: Final = "rowid, source, status, priority, flagged, assignee_id, as_of, seen_at"
_FIRST: Final = itemgetter(0)


class NewRow(NamedTuple):
    """A submission that is not held yet."""

    rowid: int
    item: Ready
    as_of: int
    seen_at: int


@dataclass(frozen=True, slots=True)
class _Held:
    searched: Searched
    facts: IndexedFacts


class RowTable:
    """Writes of submissions on the writing connection; every one of them inside `writing`."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn
        self.packing = Packing(conn)
        self._index = Index(conn)
        self._touched: set[int] = set()

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction, at whose end the indexes are written."""
        try:
            with transaction(self._conn):
                yield
                self._flush()
        except BaseException:
            self._forget()
            raise
        if self._conn.in_transaction:  # an outer one, which may still be rolled back
            self._forget()

    def _flush(self) -> None:
        self._index.flush()
        self._touched.clear()

    def _forget(self) -> None:
        self._touched.clear()
        self._index.forget()
        self.packing.forget()

    def _touch(self, rowid: int) -> None:
        """A row may change twice: what was gathered of the first change must be written by then."""
        if rowid in self._touched:
            self._flush()
        self._touched.add(rowid)

    def insert(self, items: Sequence[NewRow]) -> None:
        """Add rows in the order of their ids: the text index takes ascending ones best."""
        items = sorted(items, key=_FIRST)
        samples: dict[str, list[tuple[Answers, bytes]]] = {}
        for new in items:
            samples.setdefault(new.item.source, []).append((new.item.derived.answers, new.item.raw))
        numbers = {source: self.packing.number(source, each) for source, each in samples.items()}
        pack, index = self.packing.pack, self._index
        rows: list[tuple[object, ...]] = []
        triage: list[tuple[object, ...]] = []
        for rowid, item, as_of, seen_at in items:
            source, name, number, container, created, _, seen, derived, digest, raw, packed = item
            self._touch(rowid)
            index.set_texts(rowid, None, _searched(item))
            rows.append(
                (
                    *(rowid, source, name, number, container, created),
                    *_shown(derived, seen.notes),
                    derived.person,
                    pack_facts(index.add_facts(rowid, derived.facts)),
                    digest,
                    *(packed or pack(numbers[source], derived.answers, raw))[:2],
                )
            )
            triage.append((rowid, source, *_triage_values(seen), as_of, seen_at))
        insert_rows(self._conn, f"INSERT INTO submission ({_COLUMNS})", rows)
        insert_rows(self._conn, f"INSERT INTO triage ({_TRIAGE_COLUMNS})", triage)

    def update(self, rowid: int, item: Ready) -> None:
        """Replace a row by what the source shows now."""
        self._conn.execute(
            "UPDATE submission SET container_id = ?, raw_hash = ? WHERE rowid = ?",
            (item.container_id, item.digest, rowid),
        )
        self.set_triage(rowid, item.triage)
        self.set_people(self.derive(rowid, item))

    def set_triage(self, rowid: int, triage: Triage) -> None:
        """Replace the narrow triage values."""
        self._conn.execute(
            "UPDATE triage SET status = ?, priority = ?, flagged = ?, assignee_id = ? WHERE rowid = ?",
            (*_triage_values(triage), rowid),
        )

    def derive(self, rowid: int, item: Ready) -> dict[int, str | None]:
        """Write what was derived, touching an index only where something in it changed.

        Gives what the person is found by where that changed, for `set_people`.
        """
        self._touch(rowid)
        held = self._held(rowid)
        facts = self._index.numbered(item.derived.facts)
        self._index.set_texts(rowid, held.searched, _searched(item))
        self._index.set_facts(rowid, held.facts, facts)
        number = self.packing.number(item.source)
        packed = item.packed or self.packing.pack(number, item.derived.answers, item.raw)
        self._conn.execute(
            "UPDATE submission SET number = ?, cleaned = ?, who = ?, about = ?, email = ?, phone = ?,"
            " notes = ?, facts = ?, answers = ?, raw = ? WHERE rowid = ?",
            (
                item.number,
                *_shown(item.derived, item.triage.notes),
                pack_facts(facts),
                *packed[:2],
                rowid,
            ),
        )
        before = self._conn.execute("SELECT person FROM submission WHERE rowid = ?", (rowid,)).fetchone()
        person = item.derived.person
        return {} if before == (person,) else {rowid: person}

    def set_people(self, people: Mapping[int, str | None]) -> None:
        """Write what persons are found by, in one statement: their index writes a segment a statement."""
        if people:
            self._conn.execute(
                "UPDATE submission SET person = new.value FROM json_each(?) new"
                " WHERE submission.rowid = CAST(new.key AS INTEGER)",
                (json.dumps(people),),
            )

    def set_notes(self, rowid: int, notes: str | None) -> None:
        """Replace the internal note of a row."""
        self._touch(rowid)
        held = self._held(rowid).searched
        self._index.set_texts(rowid, held, held._replace(notes=segment(notes or "")))
        self._conn.execute("UPDATE submission SET notes = ? WHERE rowid = ?", (notes, rowid))

    def remove(self, rowids: Sequence[int]) -> None:
        """Delete rows and everything that is indexed of them."""
        for rowid in rowids:
            self._touch(rowid)
            held = self._held(rowid)
            self._index.set_texts(rowid, held.searched, None)
            self._index.set_facts(rowid, held.facts, IndexedFacts())
            self._conn.execute("DELETE FROM submission WHERE rowid = ?", (rowid,))

    def _held(self, rowid: int) -> _Held:
        """What is indexed of a row. Raises CacheBroken when it cannot be read any more."""
        row = self._conn.execute(
            "SELECT who, email, phone, notes, number, facts, answers FROM submission WHERE rowid = ?",
            (rowid,),
        ).fetchone()
        who, email, phone, notes, number, facts, answers = row
        body = segment(joined(self.packing.answers(answers)))
        return _Held(searched(who, email, phone, notes, body, number), unpack_facts(facts))


def _searched(item: Ready) -> Searched:
    who, _, email, phone, answers, *_ = item.derived
    body = segment(joined(answers)) if item.packed is None else item.packed.body
    return searched(who, email, phone, item.triage.notes, body, item.number)


def _shown(derived: Derived, notes: str | None) -> tuple[object, ...]:
    """The columns from `cleaned` to `notes`."""
    who, about, email, phone, _, cleaned, *_ = derived
    return int(cleaned), who, about, email, phone, notes


def _triage_values(triage: Triage) -> tuple[object, ...]:
    status, priority, flagged, assignee, _ = triage
    return status, priority, int(flagged), assignee or None
