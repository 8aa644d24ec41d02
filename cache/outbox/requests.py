"""How a process that does not lead asks the leader for network work, through rows both can see."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from cache.clock import WallClock
from cache.models import JSONValue
from cache.schema import transaction

__all__ = ["Request", "RequestTable"]


@dataclass(frozen=True, slots=True)
class Request:
    """One piece of work asked for."""

    id: int
    kind: str
    payload: Mapping[str, JSONValue]
    taken_by: str | None = None
    done: bool = False
    result: Mapping[str, JSONValue] | None = None


class RequestTable:
    """Ask, take, finish. Each is a short transaction of its own."""

    def __init__(self, conn: sqlite3.Connection, *, wall: WallClock) -> None:
        self._conn = conn
        self._wall = wall

    def ask(self, kind: str, payload: Mapping[str, JSONValue]) -> int:
        """Ask the leader for something; returns the request's id."""
        with transaction(self._conn):
            self._conn.execute("DELETE FROM request WHERE created_at < ?", (int(self._wall()) - 86_400,))
            row = self._conn.execute(
                "INSERT INTO request (kind, payload, created_at) VALUES (?, ?, ?) RETURNING id",
                (kind, json.dumps(payload), int(self._wall())),
            ).fetchone()
        return int(row[0])

    def get(self, request: int) -> Request | None:
        """How a request stands, None when it is not there any more."""
        row = self._conn.execute(
            "SELECT id, kind, payload, taken_by, done_at, result FROM request WHERE id = ?", (request,)
        ).fetchone()
        return _request(row) if row else None

    def take(self, who: str) -> tuple[Request, ...]:
        """Take everything that is asked for and not taken yet."""
        if self._conn.execute("SELECT 1 FROM request WHERE taken_at IS NULL LIMIT 1").fetchone() is None:
            return ()
        with transaction(self._conn):
            rows = self._conn.execute(
                "UPDATE request SET taken_by = ?, taken_at = ? WHERE taken_at IS NULL"
                " RETURNING id, kind, payload, taken_by, done_at, result",
                (who, int(self._wall())),
            ).fetchall()
        return tuple(_request(row) for row in rows)

    def finish(self, request: int, result: Mapping[str, JSONValue]) -> None:
        """Say that a request is done and how it went."""
        with transaction(self._conn):
            self._conn.execute(
                "UPDATE request SET done_at = ?, result = ? WHERE id = ?",
                (int(self._wall()), json.dumps(result), request),
            )


def _request(row: tuple[int, str, str, str | None, int | None, str | None]) -> Request:
    return Request(
        id=row[0],
        kind=row[1],
        payload=json.loads(row[2]),
        taken_by=row[3],
        done=row[4] is not None,
        result=json.loads(row[5]) if row[5] else None,
    )
