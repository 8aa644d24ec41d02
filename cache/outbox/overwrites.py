"""Values of others that an edit of ours replaced before anybody here had seen them."""

import json
import sqlite3
from dataclasses import dataclass

from cache.models import Event, Key, TriageField, TriageValue
from cache.outbox.attempts import Attempt
from cache.outbox.registers import dump_value

__all__ = ["Finding", "Overwrite", "OverwriteLog", "Replaced"]


@dataclass(frozen=True, slots=True)
class Overwrite:
    """A foreign value that was replaced unseen, until the person restores it or lets it be."""

    id: int
    key: Key
    field: TriageField
    theirs: TriageValue
    """What was there. Meaningless unless `known`."""
    mine: TriageValue
    """What we put in its place."""
    actor_id: str | None
    actor_name: str | None
    at: int
    """When the foreign change was made, in seconds since the epoch by the server's clock."""
    known: bool = True
    """False when the timeline tells that there was a change but not of what: it cannot be restored."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """A foreign value that one of our changes replaced before anybody here saw it."""

    field: TriageField
    theirs: TriageValue
    known: bool
    """False when the timeline does not say what the value was."""
    mine: TriageValue
    event: Event
    """What tells of the foreign change, or of ours where the foreign one is not listed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the timeline tells about one attempt."""

    attempt: Attempt
    replaced: tuple[Replaced, ...]
    events: frozenset[str]
    """The events that tell of the attempt itself."""


class OverwriteLog:
    """Plain reads and writes of the log; every write happens inside the caller's transaction."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    def record(
        self,
        key: Key,
        field: TriageField,
        *,
        attempt: int,
        theirs: TriageValue,
        mine: TriageValue,
        actor_id: str | None,
        actor_name: str | None,
        at: int,
        known: bool = True,
    ) -> None:
        """Keep what an attempt replaced; once for each field it sent."""
        self._conn.execute(
            "INSERT OR IGNORE INTO overwrite (source, submission_id, field, attempt, theirs, known, mine,"
            " actor_id, actor_name, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *key,
                field,
                attempt,
                dump_value(theirs),
                int(known),
                dump_value(mine),
                actor_id,
                actor_name,
                at,
            ),
        )

    def open(self) -> tuple[Overwrite, ...]:
        """What the person has not answered yet, oldest first."""
        rows = self._conn.execute(
            "SELECT id, source, submission_id, field, theirs, mine, actor_id, actor_name, at, known"
            " FROM overwrite WHERE closed = 0 ORDER BY id"
        ).fetchall()
        return tuple(
            Overwrite(
                id=row[0],
                key=Key(row[1], row[2]),
                field=row[3],
                theirs=json.loads(row[4]),
                mine=json.loads(row[5]),
                actor_id=row[6],
                actor_name=row[7],
                at=row[8],
                known=bool(row[9]),
            )
            for row in rows
        )

    def close(self, identifier: int) -> None:
        """The person has answered it."""
        self._conn.execute("UPDATE overwrite SET closed = 1 WHERE id = ?", (identifier,))
