"""The floor of an import: the same values of the same submissions into the same file, one row at a time.

Run as `python -m tests.bench.bare_import PACK DATA`. A thousand rows are one transaction; the page cache and
the settings of the text indexes are those SQLite has by itself.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from cache.models import ROWIDS_A_SECOND
from cache.names import fold
from cache.schema import CACHE, open_database
from cache.segments import segment
from cache.store.answers import Answers, joined
from cache.store.derive import derive
from cache.store.facts import Facts, IndexedFacts, pack_facts
from cache.store.index import dialled
from cache.store.packing import Packing
from cache.store.raw import raw_hash
from inbox_tui import providers
from tests.bench.crowd import SOURCES

__all__ = ["bare_import"]

_ROWS = 1_000


def bare_import(pack: Path, data: Path) -> int:
    """Store every submission of a pack; gives how many there were."""
    with closing(open_database(data, CACHE)) as conn, pack.open(encoding="utf-8") as lines:
        for index in ("search", "ident", "contact"):
            conn.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('hashsize', 1048576)")
        bare = _Bare(conn)
        next(lines)
        count = 0
        for line in lines:
            told = json.loads(line)
            if "raw" not in told:
                break
            if count % _ROWS == 0:
                if count:
                    conn.execute("COMMIT")
                conn.execute("BEGIN IMMEDIATE")
            raw = line[line.index(',"raw":') + 7 : -2].encode()
            bare.store(told["source"], raw, told["raw"])
            count += 1
        conn.execute("COMMIT")
    return count


class _Bare:
    def __init__(self, conn: sqlite3.Connection) -> None:
        self._run = conn.execute
        self._packing = Packing(conn)
        self._samples: dict[str, list[tuple[Answers, bytes]]] = {}
        self._numbers: dict[tuple[str, ...], int] = {}
        self._last = 0

    def store(self, source: str, raw: bytes, value: dict[str, object]) -> None:
        """One submission and everything that is indexed of it."""
        submission = providers.decoder(SOURCES[source])(value, source)
        derived = derive(submission)
        held = self._run(
            "SELECT rowid FROM submission WHERE source = ? AND id = ?", (source, submission.id)
        ).fetchone()
        if held is not None:
            return
        created = int(submission.created_at.timestamp())
        rowid = self._last = max(self._last + 1, created * ROWIDS_A_SECOND)
        samples = self._samples.setdefault(source, [])
        if len(samples) < 64:
            samples.append((derived.answers, raw))
        facts = self._facts(derived.facts)
        self._run(
            "INSERT INTO submission (rowid, source, id, number, container_id, created, cleaned, who, about,"
            " email, phone, notes, person, facts, raw_hash, answers, raw)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                rowid,
                source,
                submission.id,
                submission.number,
                submission.container_id,
                created,
                int(derived.cleaned),
                derived.who,
                derived.about,
                derived.email,
                derived.phone,
                submission.notes,
                derived.person,
                pack_facts(facts),
                raw_hash(raw),
                *self._packing.pack(self._packing.number(source, samples), derived.answers, raw),
            ),
        )
        self._run(
            "INSERT INTO triage (rowid, source, status, priority, flagged, assignee_id, as_of, seen_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                rowid,
                source,
                submission.status,
                submission.priority,
                int(submission.flagged),
                submission.assignee_id,
                1,
                1,
            ),
        )
        self._run(
            "INSERT INTO search (rowid, who, email, phone, notes, body) VALUES (?, ?, ?, ?, ?, ?)",
            (
                rowid,
                segment(derived.who),
                derived.email,
                derived.phone,
                segment(submission.notes) if submission.notes else None,
                segment(joined(derived.answers)),
            ),
        )
        self._run(
            "INSERT INTO ident (rowid, email, phone, number) VALUES (?, ?, ?, ?)",
            (rowid, fold(derived.email or ""), dialled(derived.phone or ""), str(submission.number or "")),
        )
        for term in facts.terms:
            self._run("INSERT INTO tagged VALUES (?, ?)", (term, rowid))
        for label, number in facts.measures:
            self._run("INSERT INTO measured VALUES (?, ?, ?)", (label, number, rowid))

    def _facts(self, facts: Facts) -> IndexedFacts:
        for name in facts.labels:
            self._number("label", "name", (name,))
        return IndexedFacts(
            frozenset(self._number("term", "name, value", tag) for tag in facts.tags),
            frozenset((self._number("label", "name", (name,)), value) for name, value in facts.measures),
        )

    def _number(self, table: str, columns: str, values: tuple[str, ...]) -> int:
        key = (table, *values)
        if key not in self._numbers:
            marks = ",".join("?" * len(values))
            made = self._run(f"INSERT INTO {table} ({columns}) VALUES ({marks})", values)
            self._numbers[key] = made.lastrowid or 0
        return self._numbers[key]


if __name__ == "__main__":
    print(bare_import(*map(Path, sys.argv[1:3])))
