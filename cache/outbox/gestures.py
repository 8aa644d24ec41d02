"""What a person did as one step: the unit of undo and redo, kept with every value it replaced."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from cache.models import Key, TriageField, TriageValue
from cache.outbox.registers import dump_value

__all__ = ["Gesture", "GestureLog", "HistoryEntry", "HistoryKind", "Step"]

HistoryKind = Literal["edit", "undo", "redo", "merge", "discard", "lost", "implicit"]
"""What made a line of history.

`edit`, `undo`, `redo`: a gesture. `merge`: our text became part of one merged with somebody else's.
`discard`: dropped at the person's word. `lost`: the side of a conflict that was ruled against.
`implicit`: set by opening the submission.
"""

_LIVE: Final = 0
_UNDONE: Final = 1
_PAST: Final = 2
_DONE_KINDS: Final = ("edit", "redo")
_ENTRY: Final = "seq, kind, source, submission_id, field, before, after, at"


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
    """What it did when it was last done (for redo: what undoing it did), in that order."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of the history: a value that was replaced, and by what."""

    id: int
    kind: HistoryKind
    key: Key
    field: TriageField
    before: TriageValue
    after: TriageValue
    at: int
    """Seconds since the epoch."""


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
        kinds = ("undo",) if undone else _DONE_KINDS
        return Gesture(row[0], row[1], tuple(_step(line) for line in self._last_round(row[0], kinds)))

    def _last_round(self, gesture: int, kinds: Sequence[str]) -> list[tuple[Any, ...]]:
        """What was written down when the gesture was last done, or last undone."""
        lines = self._conn.execute(
            f"SELECT {_ENTRY}, clock FROM history WHERE gesture = ? ORDER BY seq", (gesture,)
        ).fetchall()
        rounds = [line for line in lines if line[1] in kinds]
        # One round is one transaction, and so one moment of the clock.
        return [line for line in rounds if line[-1] == rounds[-1][-1]]

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

    # What became of a value afterwards

    def was_dropped(self, step: Step) -> bool:
        """Whether the person themselves gave up the value a step left, by discarding it or ruling on it."""
        row = self._conn.execute(
            "SELECT kind FROM history WHERE source = ? AND submission_id = ? AND field = ? AND"
            " (before = ? AND kind IN ('discard', 'lost') OR after = ? AND kind IN ('edit', 'redo', 'undo'))"
            " ORDER BY seq DESC LIMIT 1",
            (*step.key, step.field, dump_value(step.after), dump_value(step.after)),
        ).fetchone()
        return row is not None and row[0] in ("discard", "lost")

    # Reading it

    def history(self, key: Key | None = None, *, limit: int | None = None) -> tuple[HistoryEntry, ...]:
        """The history of one submission or of all, newest first."""
        where, values = ("WHERE source = ? AND submission_id = ?", tuple(key)) if key else ("", ())
        rows = self._conn.execute(
            f"SELECT {_ENTRY} FROM history {where} ORDER BY seq DESC LIMIT ?",
            (*values, -1 if limit is None else limit),
        ).fetchall()
        return tuple(_entry(row) for row in rows)

    def entry(self, number: int) -> HistoryEntry | None:
        """One line of the history by its number."""
        row = self._conn.execute(f"SELECT {_ENTRY} FROM history WHERE seq = ?", (number,)).fetchone()
        return _entry(row) if row else None

    def untold_merges(self) -> tuple[HistoryEntry, ...]:
        """The merges nobody was told of yet, oldest first."""
        rows = self._conn.execute(
            f"SELECT {_ENTRY} FROM history WHERE kind = 'merge' AND seq >"
            " coalesce((SELECT value FROM meta WHERE key = 'told_merge'), 0) ORDER BY seq"
        ).fetchall()
        return tuple(_entry(row) for row in rows)

    def tell_merges(self, until: int) -> None:
        """Remember that the person was told of every merge up to this line."""
        self._conn.execute(
            "INSERT INTO meta (key, value) VALUES ('told_merge', ?)"
            " ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value)",
            (until,),
        )


def _step(line: Sequence[Any]) -> Step:
    return Step(Key(line[2], line[3]), line[4], json.loads(line[5]), json.loads(line[6]))


def _entry(row: Sequence[Any]) -> HistoryEntry:
    return HistoryEntry(
        row[0], row[1], Key(row[2], row[3]), row[4], json.loads(row[5]), json.loads(row[6]), row[7]
    )
