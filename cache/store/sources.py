"""What is known of each source: its account, how far it has been read, how the last sync went."""

import json
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cache.models import Capability, Container, Member, TriageField
from cache.schema import transaction
from cache.store.alone import alone
from cache.store.changes import ChangeSet

__all__ = ["Coverage", "SourceState", "SourceTable"]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which stretch of a source's list is held without gaps.

    Everything from the submission `top_id` down to `backfill_cursor` (or to the end, when `complete`)
    has been stored.
    """

    top_id: str | None = None
    top_created: int | None = None
    complete: bool = False
    backfill_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source stands, as the last process that synced it left it. Times in seconds since the epoch."""

    name: str
    provider: str
    account_id: str | None = None
    account_name: str | None = None
    user_id: str | None = None
    user_name: str | None = None
    capabilities: Mapping[TriageField, Capability] | None = None
    synced_at: int | None = None
    """When the head was last read without an error."""
    error: str | None = None
    error_at: int | None = None
    coverage: Coverage = Coverage()

    @property
    def keeps_no_triage(self) -> bool:
        """Whether the provider has no place for triage, so that it is kept locally."""
        return self.capabilities is not None and Capability.LOCAL in self.capabilities.values()


_COLUMNS = (
    "name, provider, account_id, account_name, user_id, user_name, capabilities, synced_at, error, error_at,"
    " top_id, top_created, complete, backfill_cursor"
)


class SourceTable:
    """Reads and writes of the small tables beside the submissions, on one connection."""

    def __init__(self, conn: sqlite3.Connection, lock: "threading.RLock | None" = None) -> None:
        self._conn = conn
        self.lock = lock or threading.RLock()
        """Held while a thread uses the connection."""

    @alone
    def ensure(self, name: str, provider: str) -> None:
        """Make sure the source has a row."""
        self._conn.execute("INSERT OR IGNORE INTO source (name, provider) VALUES (?, ?)", (name, provider))

    @alone
    def states(self) -> dict[str, SourceState]:
        """Every source that has ever been synced here, by name."""
        rows = self._conn.execute(f"SELECT {_COLUMNS} FROM source ORDER BY name").fetchall()
        return {row[0]: _state(row) for row in rows}

    @alone
    def state(self, name: str) -> SourceState | None:
        """One source, None when it has never been synced here."""
        row = self._conn.execute(f"SELECT {_COLUMNS} FROM source WHERE name = ?", (name,)).fetchone()
        return _state(row) if row else None

    @alone
    def set_account(
        self,
        name: str,
        *,
        account_id: str,
        account_name: str,
        user_id: str | None,
        user_name: str | None,
        capabilities: Mapping[TriageField, Capability] | None,
    ) -> ChangeSet:
        """Keep whose data the credential sees and what it may do."""
        stored = json.dumps(capabilities) if capabilities is not None else None
        self._conn.execute(
            "UPDATE source SET account_id = ?, account_name = ?, user_id = ?, user_name = ?, capabilities = ?"
            " WHERE name = ?",
            (account_id, account_name, user_id, user_name, stored, name),
        )
        return ChangeSet(names=True)

    @alone
    def coverage(self, name: str) -> Coverage:
        """How far the list of a source is held."""
        row = self._conn.execute(
            "SELECT top_id, top_created, complete, backfill_cursor FROM source WHERE name = ?", (name,)
        ).fetchone()
        return _coverage(row) if row else Coverage()

    @alone
    def set_coverage(self, name: str, coverage: Coverage) -> None:
        """Keep how far the list is held; called in the transaction that stores the rows it speaks of."""
        self._conn.execute(
            "UPDATE source SET top_id = ?, top_created = ?, complete = ?, backfill_cursor = ? WHERE name = ?",
            (
                coverage.top_id,
                coverage.top_created,
                int(coverage.complete),
                coverage.backfill_cursor,
                name,
            ),
        )

    @alone
    def forget_coverage(self, name: str) -> None:
        """Claim nothing any more about how far the list is held: it is to be read again as a whole."""
        self.set_coverage(name, Coverage())

    @alone
    def set_synced(self, name: str, at: int) -> ChangeSet:
        """The head was read without an error."""
        self._conn.execute(
            "UPDATE source SET synced_at = ?, error = NULL, error_at = NULL WHERE name = ?", (at, name)
        )
        return ChangeSet(sources=True)

    @alone
    def set_error(self, name: str, error: str, at: int) -> ChangeSet:
        """A read failed; the rows stay as they are."""
        self._conn.execute(
            "UPDATE source SET error = ?, error_at = coalesce(error_at, ?) WHERE name = ?", (error, at, name)
        )
        return ChangeSet(sources=True)

    @alone
    def rate_until(self, name: str) -> int | None:
        """Until when the server asked to send nothing, in seconds since the epoch by the clock of then."""
        row = self._conn.execute("SELECT rate_until FROM source WHERE name = ?", (name,)).fetchone()
        return row[0] if row is not None else None

    @alone
    def set_rate_until(self, name: str, until: int) -> None:
        """Keep until when the server asked to send nothing: the next process keeps to it too."""
        self._conn.execute("UPDATE source SET rate_until = ? WHERE name = ?", (until, name))

    @alone
    def members(self) -> tuple[Member, ...]:
        """Everybody who can be assigned, by name."""
        rows = self._conn.execute("SELECT source, user_id, name, role FROM member ORDER BY name, user_id")
        return tuple(Member(*row) for row in rows.fetchall())

    @alone
    def set_members(self, name: str, members: tuple[Member, ...]) -> ChangeSet:
        """Replace the members of one source."""
        with transaction(self._conn):
            self._conn.execute("DELETE FROM member WHERE source = ?", (name,))
            self._conn.executemany(
                "INSERT OR REPLACE INTO member (source, user_id, name, role) VALUES (?, ?, ?, ?)",
                [(member.source, member.user_id, member.name, member.role) for member in members],
            )
        return ChangeSet(names=True)

    @alone
    def containers(self) -> dict[tuple[str, str], str]:
        """The name of each container, by source and id."""
        rows = self._conn.execute("SELECT source, id, name FROM container").fetchall()
        return {(row[0], row[1]): row[2] for row in rows}

    @alone
    def set_containers(self, containers: tuple[Container, ...]) -> ChangeSet:
        """Add or rename containers; one that is gone keeps its name: old submissions still hang on it."""
        with transaction(self._conn):
            self._conn.executemany(
                "INSERT INTO container (source, id, name) VALUES (?, ?, ?)"
                " ON CONFLICT (source, id) DO UPDATE SET name = excluded.name",
                [(container.source, container.id, container.name) for container in containers],
            )
        return ChangeSet(names=True)


def _state(row: sqlite3.Row | tuple[Any, ...]) -> SourceState:
    name, provider, account_id, account_name, user_id, user_name, stored, synced_at, error, error_at = row[
        :10
    ]
    capabilities: Mapping[TriageField, Capability] | None = None
    if stored is not None:
        capabilities = {field: Capability(value) for field, value in json.loads(stored).items()}
    return SourceState(
        name=name,
        provider=provider,
        account_id=account_id,
        account_name=account_name,
        user_id=user_id,
        user_name=user_name,
        capabilities=capabilities,
        synced_at=synced_at,
        error=error,
        error_at=error_at,
        coverage=_coverage(row[10:14]),
    )


def _coverage(row: Sequence[Any]) -> Coverage:
    return Coverage(row[0], row[1], bool(row[2]), row[3])
