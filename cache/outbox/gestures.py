"""What a person did as one step: the unit of undo and redo, kept with every value it replaced."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Final, Literal

from cache.models import Key, TriageField, TriageValue
from cache.outbox.registers import dump_value

__all__ = ["Gesture", "GestureLog", "HistoryKind", "Step"]

HistoryKind = Literal["edit", "undo", "redo", "merge", "discard", "lost"]

_LIVE: Final = 0
_UNDONE: Final = 1
_PAST: Final = 2


@dataclass(frozen=True, slots=True)
class Step:
    """One field a gesture changed."""

    key: Key
    field: TriageField
    before: TriageValue
    after: TriageValue


@dataclass(frozen=True, slots=True)
class Gesture:
    """One step of a person, perhaps over many submissions."""

    id: int
    label: str
    steps: tuple[Step, ...]


class GestureLog:
    """Plain reads and writes of gestures and history; every write is inside the caller's transaction."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    def start(self, label: str, at: int) -> int:
        """Open a new gesture."""
        row = self._conn.execute(
            "INSERT INTO gesture (label, at) VALUES (?, ?) RETURNING id", (label, at)
        ).fetchone()
        return int(row[0])

    def forget(self, gesture: int) -> None:
        """Drop a gesture that changed nothing."""
        self._conn.execute("DELETE FROM gesture WHERE id = ?", (gesture,))

    def end_redo(self) -> None:
        """Something new was done: what had been undone can no longer be redone."""
        self._conn.execute("UPDATE gesture SET undone = ? WHERE undone = ?", (_PAST, _UNDONE))

    def record(self, step: Step, kind: HistoryKind, gesture: int | None, at: int, clock: int) -> None:
        """Add to the history. It is only ever added to."""
        self._conn.execute(
            "INSERT INTO history (gesture, kind, source, submission_id, field, before, after, at, clock)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                gesture,
                kind,
                *step.key,
                step.field,
                dump_value(step.before),
                dump_value(step.after),
                at,
                clock,
            ),
        )

    def last(self, *, undone: bool) -> Gesture | None:
        """The gesture `undo` (or, with `undone`, `redo`) would take, None when there is none."""
        order = "ASC" if undone else "DESC"
        row = self._conn.execute(
            f"SELECT id, label FROM gesture WHERE undone = ? ORDER BY id {order} LIMIT 1",
            (_UNDONE if undone else _LIVE,),
        ).fetchone()
        if row is None:
            return None
        steps = self._conn.execute(
            "SELECT source, submission_id, field, before, after FROM history"
            " WHERE gesture = ? AND kind = 'edit' ORDER BY seq",
            (row[0],),
        ).fetchall()
        return Gesture(
            row[0],
            row[1],
            tuple(Step(Key(s[0], s[1]), s[2], json.loads(s[3]), json.loads(s[4])) for s in steps),
        )

    def mark(self, gesture: int, *, undone: bool) -> None:
        """Remember that a gesture was undone, or done again."""
        self._conn.execute(
            "UPDATE gesture SET undone = ? WHERE id = ?", (_UNDONE if undone else _LIVE, gesture)
        )

    def value_before(self, key: Key, field: TriageField, after: TriageValue) -> TriageValue:
        """What the field held before the person last set it to `after`; None when they never did."""
        row = self._conn.execute(
            "SELECT before FROM history WHERE source = ? AND submission_id = ? AND field = ? AND after = ?"
            " AND kind IN ('edit', 'redo') ORDER BY seq DESC LIMIT 1",
            (*key, field, dump_value(after)),
        ).fetchone()
        value: TriageValue = json.loads(row[0]) if row else None
        return value
