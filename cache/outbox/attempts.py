"""The log of what was put on the wire: written before the first byte leaves (rule R1)."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cache.models import JSONValue, Key

__all__ = ["Attempt", "AttemptLog", "Outcome"]

Outcome = Literal["applied", "not_applied", "unknown"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request that changes something, and what became of it."""

    id: int
    key: Key
    body: Mapping[str, JSONValue]
    clock: int
    """The logical moment it was committed, before it was sent."""
    started_at: int
    """Seconds since the epoch."""
    outcome: Outcome | None = None
    """None while nobody knows; `unknown` when its answer was lost."""


class AttemptLog:
    """Plain reads and writes of the log; every write happens inside the caller's transaction."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    def start(self, key: Key, body: Mapping[str, JSONValue], clock: int, at: int) -> Attempt:
        """Log a request that is about to be sent."""
        row = self._conn.execute(
            "INSERT INTO attempt (source, submission_id, body, clock, started_at) VALUES (?, ?, ?, ?, ?)"
            " RETURNING id",
            (*key, json.dumps(body, ensure_ascii=False), clock, at),
        ).fetchone()
        return Attempt(int(row[0]), key, dict(body), clock, at)

    def end(self, attempt: Attempt, outcome: Outcome, at: int, detail: str | None = None) -> None:
        """Log what became of it."""
        self._conn.execute(
            "UPDATE attempt SET outcome = ?, ended_at = ?, detail = ? WHERE id = ?",
            (outcome, at, detail, attempt.id),
        )

    def adopt(self, source: str | None = None) -> list[Key]:
        """Turn attempts that were left without an outcome into unknown ones, of one source or of all."""
        rows = self._conn.execute(
            "UPDATE attempt SET outcome = 'unknown', detail = 'the program ended before the answer came'"
            " WHERE outcome IS NULL AND source = coalesce(?, source) RETURNING source, submission_id",
            (source,),
        ).fetchall()
        return [Key(*row) for row in rows]

    def is_open(self, key: Key) -> bool:
        """Whether a request about a submission may be on the wire now."""
        row = self._conn.execute(
            "SELECT 1 FROM attempt WHERE source = ? AND submission_id = ? AND outcome IS NULL", key
        ).fetchone()
        return row is not None

    def start_again(self, now: int) -> None:
        """Let attempts that seem to have begun in the future begin now: the wall clock was set back."""
        self._conn.execute(
            "UPDATE attempt SET started_at = ? WHERE started_at > ? AND outcome = 'unknown'", (now, now)
        )

    def unknown(self, key: Key) -> tuple[Attempt, ...]:
        """The attempts on one submission whose outcome is not known, oldest first."""
        rows = self._conn.execute(
            "SELECT id, body, clock, started_at FROM attempt WHERE source = ? AND submission_id = ?"
            " AND outcome = 'unknown' ORDER BY id",
            key,
        ).fetchall()
        return tuple(Attempt(row[0], key, json.loads(row[1]), row[2], row[3], "unknown") for row in rows)
