"""One register per (submission, field): what the person wants and what they saw when they said so."""

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from cache.models import EditState, Key, PendingEdit, TriageField, TriageValue

__all__ = ["DAMAGED", "RegisterTable", "dump_value", "edit_of", "same_value"]

DAMAGED: Final = "The stored edit is damaged and is not sent. Edit the field anew, or discard it."
_KEPT: Final = (
    "source, submission_id, field, base, want, state, clock, edited_at, attempts, next_try, error, theirs,"
    " implicit, checksum"
)
_READ: Final = _KEPT.replace(" state,", " CAST(state AS BLOB),").replace(" theirs,", " CAST(theirs AS BLOB),")
"""What no checksum covers is read as bytes: damaged text would raise before it could be told as damaged."""
_PLACES: Final = ",".join("?" * (_KEPT.count(",") + 1))

_STATES: Final = frozenset(EditState)
_REMEMBERED: Final = 10_000
"""So many registers are kept as they were read: with each change of one of them, all are read again."""


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


@lru_cache(maxsize=_REMEMBERED)
def edit_of(row: tuple[Any, ...]) -> PendingEdit:
    """A register as it is kept; one that does not match its checksum is parked as rejected, never sent."""
    source, submission_id, field, base, want, state, clock, edited_at, attempts, next_try = row[:10]
    error, theirs, implicit, checksum = row[10:]
    key = Key(source, submission_id)
    state = bytes(state).decode("utf-8", "replace")
    damaged = checksum != _checksum(key, field, base, want, clock) or state not in _STATES
    loaded, unreadable = _theirs(theirs)
    damaged |= unreadable
    return PendingEdit(
        key=key,
        field=field,
        base=_load(base, lenient=damaged),
        want=_load(want, lenient=damaged),
        state=EditState.REJECTED if damaged else EditState(state),
        clock=clock,
        edited_at=edited_at,
        attempts=attempts,
        next_try=None if damaged else next_try,
        error=DAMAGED if damaged else error,
        theirs=loaded,
        implicit=bool(implicit),
        damaged=damaged,
    )


def _theirs(kept: bytes | None) -> tuple[TriageValue, bool]:
    """The other side's value of a conflict, which no checksum covers, and whether its bytes are damaged."""
    if kept is None:
        return None, False
    try:
        return _load(kept.decode(), lenient=False), False
    except ValueError:
        return _load(kept.decode("utf-8", "replace"), lenient=True), True


def _load(text: str, *, lenient: bool) -> TriageValue:
    """A kept value; of a damaged one, its bare text where it is no JSON any more."""
    try:
        value: TriageValue = json.loads(text)
    except (ValueError, TypeError):
        if not lenient:
            raise
        return str(text)
    return value if value is None or isinstance(value, str | bool) else str(text)


class RegisterTable:
    """Plain reads and writes of the registers; every write happens inside the caller's transaction."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    def all(self) -> tuple[PendingEdit, ...]:
        """Every unsettled edit, oldest first."""
        return self._read("ORDER BY clock, field", ())

    def rows(self) -> list[tuple[Any, ...]]:
        """What `edit_of` makes an edit of, oldest first; the first two values are the submission's key."""
        return self._rows("ORDER BY clock, field", ())

    def of(self, key: Key) -> tuple[PendingEdit, ...]:
        """The unsettled edits of one submission."""
        return self._read("WHERE source = ? AND submission_id = ? ORDER BY field", key)

    def conflicts(self, source: str) -> tuple[PendingEdit, ...]:
        """The edits of one source that wait for the person to rule."""
        found = self._read(
            "WHERE source = ? AND state = ? ORDER BY clock, field", (source, EditState.CONFLICT.value)
        )
        return tuple(edit for edit in found if not edit.damaged)

    def get(self, key: Key, field: TriageField) -> PendingEdit | None:
        """One register, None when the field has no unsettled edit."""
        found = self._read("WHERE source = ? AND submission_id = ? AND field = ?", (*key, field))
        return found[0] if found else None

    def put(self, edit: PendingEdit) -> None:
        """Insert or replace a register."""
        base, want = dump_value(edit.base), dump_value(edit.want)
        self._conn.execute(
            f"INSERT OR REPLACE INTO register ({_KEPT}) VALUES ({_PLACES})",
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
                int(edit.implicit),
                _checksum(edit.key, edit.field, base, want, edit.clock),
            ),
        )

    def drop(self, key: Key, field: TriageField) -> None:
        """Delete a register."""
        self._conn.execute(
            "DELETE FROM register WHERE source = ? AND submission_id = ? AND field = ?", (*key, field)
        )

    def shift(self, source: str, seconds: int) -> None:
        """Move every stored deadline of a source: the wall clock was set forward or back by that much."""
        self._conn.execute(
            "UPDATE register SET next_try = next_try + ? WHERE source = ? AND next_try IS NOT NULL",
            (seconds, source),
        )

    def _read(self, where: str, values: Sequence[object]) -> tuple[PendingEdit, ...]:
        return tuple(map(edit_of, self._rows(where, values)))

    def _rows(self, where: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        return self._conn.execute(f"SELECT {_READ} FROM register {where}", tuple(values)).fetchall()
