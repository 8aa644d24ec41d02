"""The log of what was put on the wire: written before the first byte leaves (rule R1)."""

import json
import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cache.models import JSONValue, Key, TriageField, TriageValue

__all__ = ["Attempt", "AttemptLog", "Audit", "Outcome"]

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
    steady: float | None = None
    """When it began, by a clock that nobody can set; of use only until the machine is started anew."""


@dataclass(frozen=True, slots=True)
class Audit:
    """An attempt that may have written over a value nobody here saw: the timeline will tell."""

    attempt: Attempt
    saw: Mapping[TriageField, TriageValue]
    """What the read before it showed of the fields it sent; nothing where none was kept."""
    age: int
    """How many seconds old that read was, rounded up."""
    due: bool
    """Whether the timeline is to be looked at for it; the others stand here for the rows that are theirs."""
    events: frozenset[str]
    """The rows that are known to tell of it."""


class AttemptLog:
    """Plain reads and writes of the log; every write happens inside the caller's transaction."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    def start(
        self,
        key: Key,
        body: Mapping[str, JSONValue],
        clock: int,
        at: int,
        *,
        saw: Mapping[TriageField, TriageValue] | None = None,
        age: int = 0,
        contended: bool = False,
        steady: float | None = None,
    ) -> Attempt:
        """Log a request that is about to be sent.

        With `saw`, what the read before it showed, the timeline is to be looked at afterwards.
        """
        seen = json.dumps({"values": saw, "age": age}, ensure_ascii=False) if saw is not None else None
        audit = None if saw is None else "contended" if contended else "open"
        row = self._conn.execute(
            "INSERT INTO attempt (source, submission_id, body, clock, started_at, saw, audit, steady)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (*key, json.dumps(body, ensure_ascii=False), clock, at, seen, audit, steady),
        ).fetchone()
        return Attempt(int(row[0]), key, dict(body), clock, at, steady=steady)

    def end(self, attempt: Attempt, outcome: Outcome, at: int, detail: str | None = None) -> None:
        """Log what became of it."""
        self._conn.execute(
            "UPDATE attempt SET outcome = ?, ended_at = ?, detail = ? WHERE id = ?",
            (outcome, at, detail, attempt.id),
        )

    def forget_audit(self, attempt: Attempt) -> None:
        """It certainly changed nothing."""
        self._conn.execute("UPDATE attempt SET audit = NULL WHERE id = ?", (attempt.id,))

    def contend(self, attempt: Attempt) -> None:
        """There is a sign of somebody else at work: the timeline is looked at whatever it costs."""
        self._conn.execute(
            "UPDATE attempt SET audit = 'contended' WHERE id = ? AND audit IS NOT NULL", (attempt.id,)
        )

    def audited(self, attempt: Attempt, events: Collection[str] = ()) -> None:
        """The timeline was looked at; `events` are those that tell of this attempt."""
        self._conn.execute(
            "UPDATE attempt SET audit = NULL, events = ? WHERE id = ?",
            (json.dumps(sorted(events)) if events else None, attempt.id),
        )

    def to_audit(self, source: str) -> dict[Key, bool]:
        """The submissions whose timeline is to be looked at, oldest first, and whether they are contended."""
        rows = self._conn.execute(
            "SELECT submission_id, max(audit = 'contended') FROM attempt WHERE source = ?"
            " AND audit IS NOT NULL AND outcome IN ('applied', 'not_applied')"
            " GROUP BY submission_id ORDER BY min(id)",
            (source,),
        ).fetchall()
        return {Key(source, row[0]): bool(row[1]) for row in rows}

    def audits(self, key: Key) -> tuple[Audit, ...]:
        """The attempts on one submission that a timeline may list, oldest first.

        Left out are those that changed nothing, and those whose rows were looked for and not found.
        """
        rows = self._conn.execute(
            "SELECT id, body, clock, started_at, outcome, saw, audit, events FROM attempt"
            " WHERE source = ? AND submission_id = ? ORDER BY id",
            key,
        ).fetchall()
        found: list[Audit] = []
        for number, body, clock, started_at, outcome, saw, audit, events in rows:
            due = audit is not None and outcome in ("applied", "not_applied")
            open_still = outcome != "not_applied" and (audit is not None or saw is None)
            if not (due or events or open_still):
                continue
            seen: dict[str, Any] = json.loads(saw) if saw else {"values": {}, "age": 0}
            attempt = Attempt(number, key, json.loads(body), clock, started_at, outcome)
            listed = frozenset(json.loads(events)) if events else frozenset()
            found.append(Audit(attempt, seen["values"], seen["age"], due, listed))
        return tuple(found)

    def adopt(self, source: str | None = None) -> list[Key]:
        """Turn attempts that were left without an outcome into unknown ones, of one source or of all."""
        rows = self._conn.execute(
            "UPDATE attempt SET outcome = 'unknown', detail = 'the program ended before the answer came',"
            " audit = CASE WHEN audit IS NOT NULL THEN 'contended' END"
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

    def unknown_keys(self, source: str | None = None) -> list[Key]:
        """The submissions with attempts whose outcome is not known, of one source or of all."""
        rows = self._conn.execute(
            "SELECT DISTINCT source, submission_id FROM attempt WHERE outcome = 'unknown'"
            " AND source = coalesce(?, source)",
            (source,),
        ).fetchall()
        return [Key(*row) for row in rows]

    def began(self, attempt: Attempt, at: int, steady: float) -> None:
        """Nobody can say any more when it began: take now for it."""
        self._conn.execute(
            "UPDATE attempt SET started_at = ?, steady = ? WHERE id = ?", (at, steady, attempt.id)
        )

    def unknown(self, key: Key) -> tuple[Attempt, ...]:
        """The attempts on one submission whose outcome is not known, oldest first."""
        rows = self._conn.execute(
            "SELECT id, body, clock, started_at, steady FROM attempt WHERE source = ? AND submission_id = ?"
            " AND outcome = 'unknown' ORDER BY id",
            key,
        ).fetchall()
        return tuple(
            Attempt(row[0], key, json.loads(row[1]), row[2], row[3], "unknown", row[4]) for row in rows
        )
