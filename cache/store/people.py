"""The other submissions of a person, found by the index on what persons are told by."""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from cache.models import Key

__all__ = ["Others", "PeopleTable"]


class Others(NamedTuple):
    """How many other submissions the same person made, before this one and after it."""

    earlier: int = 0
    later: int = 0

    @property
    def total(self) -> int:
        """How many there are besides this one."""
        return self.earlier + self.later


class PeopleTable:
    """Reads of the index `contact`; submissions of sources outside `sources` are left out."""

    def __init__(self, conn: sqlite3.Connection, sources: Sequence[str]) -> None:
        self._conn = conn
        self._sources = tuple(sources)
        self._from = (
            "FROM contact c CROSS JOIN triage t ON t.rowid = c.rowid"
            f" WHERE c.contact MATCH ? AND t.source IN ({','.join('?' * len(sources))}) AND t.rowid <> ?"
        )

    def others(self, key: Key, limit: int) -> list[int]:
        """The newest `limit` rows by the person of a submission, newest first, without the submission."""
        own, words = self._own(key)
        if words is None:
            return []
        rows = self._conn.execute(
            f"SELECT c.rowid {self._from} ORDER BY c.rowid DESC LIMIT ?",
            (words, *self._sources, own, max(0, limit)),
        )
        return [row[0] for row in rows]

    def step(self, key: Key, steps: int) -> int | None:
        """The row so many submissions of the person later (earlier, if negative), or the last that way."""
        own, words = self._own(key)
        if words is None or not steps:
            return None
        beyond, order = (">", "ASC") if steps > 0 else ("<", "DESC")
        rows = self._conn.execute(
            f"SELECT c.rowid {self._from} AND c.rowid {beyond} ? ORDER BY c.rowid {order} LIMIT ?",
            (words, *self._sources, own, own, abs(steps)),
        ).fetchall()
        return rows[-1][0] if rows else None

    def count(self, key: Key) -> Others:
        """How many there are; rows are in order of creation, so their ids tell before from after."""
        own, words = self._own(key)
        if words is None:
            return Others()
        row = self._conn.execute(
            f"SELECT count(*) FILTER (WHERE c.rowid < ?), count(*) FILTER (WHERE c.rowid > ?) {self._from}",
            (own, own, words, *self._sources, own),
        ).fetchone()
        return Others(*row)

    def _own(self, key: Key) -> tuple[int, str | None]:
        """The row of a submission and the words its person is found by, as the index is asked for them."""
        row = self._conn.execute(
            "SELECT rowid, person FROM submission WHERE source = ? AND id = ?", key
        ).fetchone()
        if row is None or row[1] is None:
            return 0, None
        return row[0], " OR ".join(row[1].split())
