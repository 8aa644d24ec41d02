"""Unsettled edits laid over the server's values, in memory and in a small temporary table."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cache.models import TRIAGE_FIELDS, EditState, Key, PendingEdit, SyncSign, Triage
from cache.outbox.outbox import Outbox

__all__ = ["EditedRow", "Overlay", "server_triage", "with_edits", "worst_state"]

_WORST: Final[tuple[EditState, ...]] = (
    EditState.CONFLICT,
    EditState.REJECTED,
    EditState.ORPHANED,
    EditState.VERIFYING,
    EditState.SENDING,
    EditState.QUEUED,
)


@dataclass(frozen=True, slots=True)
class EditedRow:
    """What a person sees of a submission that has unsettled edits."""

    triage: Triage
    sync: SyncSign


class Overlay:
    """The edited submissions. They are few: they are copied whenever either file changed.

    The temporary table `edited` has the columns of `triage` that a query may name, so that one condition
    serves both.
    """

    def __init__(self, conn: sqlite3.Connection, outbox: Outbox) -> None:
        self._conn = conn
        self._outbox = outbox
        self.pending: dict[Key, tuple[PendingEdit, ...]] = {}
        """Every unsettled edit, by submission."""
        self.rows: dict[int, EditedRow] = {}
        """The cached ones among them, by row."""
        conn.execute(
            "CREATE TEMP TABLE IF NOT EXISTS edited (rowid INTEGER PRIMARY KEY, source TEXT, status TEXT,"
            " priority TEXT, flagged INTEGER, assignee_id TEXT, presence TEXT, sync TEXT)"
        )

    def reload(self) -> None:
        """Read the outbox again; its file is not held for longer than that takes."""
        self.pending = {}
        for edit in self._outbox.pending():
            self.pending[edit.key] = (*self.pending.get(edit.key, ()), edit)
        self.rows = {}
        self._conn.execute("DELETE FROM temp.edited")
        for key, edits in self.pending.items():
            server = server_triage(self._conn, key)
            if server is None:
                continue
            rowid, presence = self._conn.execute(
                "SELECT t.rowid, t.presence FROM submission s JOIN triage t ON t.rowid = s.rowid"
                " WHERE s.source = ? AND s.id = ?",
                key,
            ).fetchone()
            seen, sync = with_edits(server, edits), worst_state(edits)
            self.rows[rowid] = EditedRow(seen, sync)
            self._conn.execute(
                "INSERT INTO temp.edited VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    rowid,
                    key.source,
                    seen.status,
                    seen.priority,
                    int(seen.flagged),
                    seen.assignee_id,
                    presence,
                    sync,
                ),
            )


def server_triage(conn: sqlite3.Connection, key: Key) -> Triage | None:
    """The cached server values of one submission, None when it is not cached."""
    row = conn.execute(
        "SELECT t.status, t.priority, t.flagged, t.assignee_id, s.notes FROM submission s"
        " JOIN triage t ON t.rowid = s.rowid WHERE s.source = ? AND s.id = ?",
        key,
    ).fetchone()
    return Triage(row[0], row[1], bool(row[2]), row[3], row[4]) if row else None


def with_edits(server: Triage, edits: Sequence[PendingEdit]) -> Triage:
    """What a person sees: the wanted value of each edited field, the server's of the others."""
    if not edits:
        return server
    wanted = {edit.field: edit.want for edit in edits}
    return Triage(**{name: wanted.get(name, server.value(name)) for name in TRIAGE_FIELDS})  # type: ignore[arg-type]


def worst_state(edits: Sequence[PendingEdit]) -> SyncSign:
    """The one sign that stands for several edits; those that nobody made in so many words have none."""
    states = {edit.state for edit in edits if not edit.implicit}
    worst = next((state for state in _WORST if state in states), None)
    sign: SyncSign = worst.value if worst is not None else "clean"
    return sign
