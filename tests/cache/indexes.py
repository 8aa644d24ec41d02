"""The indexes of a cache as plain values, and what they would be if they were made anew from its rows."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing

from cache.models import Decoder
from cache.segments import segment
from cache.store.answers import joined
from cache.store.derive import derive
from cache.store.facts import IndexedFacts
from cache.store.index import Index, searched
from cache.store.packing import Packing

__all__ = ["contents", "cube_of", "fresh_index", "index_of"]

_KEPT = ("search", "ident", "contact", "term", "tagged", "label", "measured")


def contents(conn: sqlite3.Connection) -> dict[str, object]:
    """Every table but for how its values are compressed or numbered, and every index."""
    found = index_of(conn)
    for table in ("triage", "cube", "label", "event", "quarantine", "source", "timeline"):
        names = [row[1] for row in conn.execute(f"PRAGMA table_info({table})") if row[1] != "id"]
        found[table] = sorted(conn.execute(f"SELECT {', '.join(names)} FROM {table}"), key=repr)
    found["submission"] = conn.execute(
        "SELECT rowid, source, id, number, container_id, created, cleaned, who, about, email, phone, notes,"
        " person, raw_hash FROM submission"
    ).fetchall()
    return found


def index_of(conn: sqlite3.Connection) -> dict[str, object]:
    """Every entry of every index, words by their names."""
    found: dict[str, object] = {}
    for table in ("search", "ident", "contact"):
        conn.execute(f"CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, {table}, instance)")
        found[table] = set(conn.execute('SELECT term, doc, col, "offset" FROM temp.words').fetchall())
        conn.execute("DROP TABLE temp.words")
    found["tagged"] = _all(
        conn, "SELECT name, value, submission FROM tagged LEFT JOIN term ON term.id = tagged.term"
    )
    found["term"] = _all(conn, "SELECT name, value FROM term")
    found["measured"] = _all(
        conn, "SELECT name, value, submission FROM measured LEFT JOIN label ON label.id = measured.label"
    )
    return found


def fresh_index(conn: sqlite3.Connection, decoder: Decoder) -> dict[str, object]:
    """The same of indexes that are made anew from the rows of a cache."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        for name in _KEPT:
            row = conn.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()
            fresh.execute(row[0].replace("content='submission', content_rowid='rowid'", "content=''"))
        index, packing = Index(fresh), Packing(conn)
        columns = "rowid, source, who, email, phone, notes, number, answers, raw, person"
        for rowid, source, *texts, number, answers, raw, person in conn.execute(
            f"SELECT {columns} FROM submission"
        ).fetchall():
            given = packing.answers(answers)
            derived = derive(decoder(json.loads(packing.raw(answers, raw)), source))
            assert derived.answers == given
            index.set_texts(rowid, None, searched(*texts, segment(joined(given)), number))
            index.set_facts(rowid, IndexedFacts(), index.numbered(derived.facts))
            fresh.execute("INSERT INTO contact (rowid, person) VALUES (?, ?)", (rowid, person))
        index.flush()
        return index_of(fresh)


def cube_of(conn: sqlite3.Connection) -> tuple[Counter[object], Counter[object]]:
    """The counts that are kept, and those counted now."""
    columns = "source, status, priority, flagged, coalesce(assignee_id, ''), presence"
    kept = {tuple(row[:-1]): row[-1] for row in conn.execute("SELECT * FROM cube")}
    return Counter(kept), Counter(_rows(conn, f"SELECT {columns} FROM triage"))


def _all(conn: sqlite3.Connection, sql: str) -> set[tuple[object, ...]]:
    return set(_rows(conn, sql))


def _rows(conn: sqlite3.Connection, sql: str) -> Iterable[tuple[object, ...]]:
    return conn.execute(sql).fetchall()
