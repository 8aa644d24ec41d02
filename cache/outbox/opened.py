"""Which submissions were opened on this machine."""

import sqlite3

from cache.clock import WallClock
from cache.models import Key
from cache.outbox.write import durable_write

__all__ = ["OpenedTable"]


class OpenedTable:
    """When each submission was first opened here; it outlives the local copy."""

    def __init__(self, conn: sqlite3.Connection, *, wall: WallClock) -> None:
        self._conn = conn
        self._wall = wall

    def add(self, key: Key) -> bool:
        """Remember that a submission was opened; False when that was known. Raises NotSaved."""
        known = self._conn.execute("SELECT 1 FROM opened WHERE (source, submission_id) = (?, ?)", key)
        if known.fetchone() is not None:
            return False
        with durable_write(self._conn):
            self._conn.execute(
                "INSERT OR IGNORE INTO opened (source, submission_id, at) VALUES (?, ?, ?)",
                (*key, int(self._wall())),
            )
        return True

    def all(self) -> tuple[Key, ...]:
        """Every submission that was opened here."""
        rows = self._conn.execute("SELECT source, submission_id FROM opened").fetchall()
        return tuple(Key(*row) for row in rows)
