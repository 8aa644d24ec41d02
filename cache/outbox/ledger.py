"""Triage of submissions whose provider stores none: kept here, on this machine, and never sent."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cache.clock import WallClock
from cache.models import TRIAGE_FIELDS, JSONValue, Key, Submission, TriageField, TriageValue
from cache.outbox.registers import dump_value
from cache.outbox.write import durable_write

__all__ = ["Kept", "Ledger", "with_kept"]

_ASK_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """One value the ledger holds."""

    field: TriageField
    value: TriageValue
    at: int
    """When it was set, in seconds since the epoch."""


class Ledger:
    """One value per submission and field. It lives beside the edits and outlives the local copy."""

    def __init__(self, conn: sqlite3.Connection, *, wall: WallClock) -> None:
        self._conn = conn
        self._wall = wall

    def put(self, key: Key, changes: Mapping[str, JSONValue]) -> None:
        """Keep the triage values among `changes`; on the disk when it returns. Raises NotSaved."""
        with durable_write(self._conn) as clock:
            now = int(self._wall())
            self._conn.executemany(
                "INSERT OR REPLACE INTO ledger (source, submission_id, field, value, clock, at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (*key, name, dump_value(changes[name]), clock, now)
                    for name in TRIAGE_FIELDS
                    if name in changes
                ],
            )

    def of(self, source: str, ids: Sequence[str]) -> dict[str, tuple[Kept, ...]]:
        """What is kept of each of these submissions; one of which nothing is kept is left out."""
        found: dict[str, list[Kept]] = {}
        for first in range(0, len(ids), _ASK_AT_ONCE):
            some = ids[first : first + _ASK_AT_ONCE]
            marks = ",".join("?" * len(some))
            rows = self._conn.execute(
                f"SELECT submission_id, field, value, at FROM ledger"
                f" WHERE source = ? AND submission_id IN ({marks})",
                (source, *some),
            )
            for submission_id, field, value, at in rows:
                found.setdefault(submission_id, []).append(Kept(field, json.loads(value), at))
        return {submission_id: tuple(kept) for submission_id, kept in found.items()}

    def all(self, source: str) -> Iterator[tuple[str, Kept]]:
        """Everything that is kept of a source, by id."""
        rows = self._conn.execute(
            "SELECT submission_id, field, value, at FROM ledger WHERE source = ?"
            " ORDER BY submission_id, field",
            (source,),
        ).fetchall()
        return ((row[0], Kept(row[1], json.loads(row[2]), row[3])) for row in rows)


def with_kept(submission: Submission, kept: Sequence[Kept]) -> Submission:
    """A submission with the ledger's values in place of the provider's defaults."""
    if not kept:
        return submission
    return submission._replace(**{item.field: item.value for item in kept})  # type: ignore[arg-type]
