"""One register per (submission, field): what the person wants and what they saw when they said so."""

import hashlib
import json
import sqlite3
from typing import Any, Final

from cache.models import EditState, Key, PendingEdit, TriageField, TriageValue

__all__ = ["RegisterTable", "dump_value", "same_value"]

_COLUMNS: Final = (
    "source, submission_id, field, base, want, state, clock, edited_at, attempts, next_try, error, theirs"
)


def dump_value(value: TriageValue) -> str:
    """A triage value as it is kept: its JSON text."""
    return json.dumps(value, ensure_ascii=False)


def same_value(field: TriageField, one: TriageValue, other: TriageValue) -> bool:
    """Whether two values of a field mean the same; an empty note is no note."""
    if field == "notes":
        return (one or "") == (other or "")
    return one == other


def _checksum(key: Key, field: str, base: str, want: str, clock: int) -> bytes:
    text = json.dumps([*key, field, base, want, clock])
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).digest()


def _edit(row: tuple[Any, ...]) -> PendingEdit:
    source, submission_id, field, base, want, state, clock, edited_at, attempts, next_try, error, theirs = row
    return PendingEdit(
        key=Key(source, submission_id),
        field=field,
        base=json.loads(base),
        want=json.loads(want),
        state=EditState(state),
        clock=clock,
        edited_at=edited_at,
        attempts=attempts,
        next_try=next_try,
        error=error,
        theirs=json.loads(theirs) if theirs is not None else None,
    )


class RegisterTable:
    """Plain reads and writes of the registers; every write happens inside the caller's transaction."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    def all(self) -> tuple[PendingEdit, ...]:
        """Every unsettled edit, oldest first."""
        rows = self._conn.execute(f"SELECT {_COLUMNS} FROM register ORDER BY clock, field").fetchall()
        return tuple(_edit(row) for row in rows)

    def of(self, key: Key) -> tuple[PendingEdit, ...]:
        """The unsettled edits of one submission."""
        rows = self._conn.execute(
            f"SELECT {_COLUMNS} FROM register WHERE source = ? AND submission_id = ? ORDER BY field", key
        ).fetchall()
        return tuple(_edit(row) for row in rows)

    def get(self, key: Key, field: TriageField) -> PendingEdit | None:
        """One register, None when the field has no unsettled edit."""
        row = self._conn.execute(
            f"SELECT {_COLUMNS} FROM register WHERE source = ? AND submission_id = ? AND field = ?",
            (*key, field),
        ).fetchone()
        return _edit(row) if row else None

    def put(self, edit: PendingEdit) -> None:
        """Insert or replace a register."""
        base, want = dump_value(edit.base), dump_value(edit.want)
        self._conn.execute(
            f"INSERT OR REPLACE INTO register ({_COLUMNS}, checksum) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                *edit.key,
                edit.field,
                base,
                want,
                edit.state.value,
                edit.clock,
                edit.edited_at,
                edit.attempts,
                edit.next_try,
                edit.error,
                dump_value(edit.theirs) if edit.state is EditState.CONFLICT else None,
                _checksum(edit.key, edit.field, base, want, edit.clock),
            ),
        )

    def drop(self, key: Key, field: TriageField) -> None:
        """Delete a register."""
        self._conn.execute(
            "DELETE FROM register WHERE source = ? AND submission_id = ? AND field = ?", (*key, field)
        )
