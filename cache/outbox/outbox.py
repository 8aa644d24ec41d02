"""Edits: one durable transaction each, before anybody is told that they are saved."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cache.clock import WallClock
from cache.models import EditState, Key, PendingEdit, Triage, TriageField, TriageValue
from cache.outbox.gestures import GestureLog, HistoryKind, Step
from cache.outbox.registers import RegisterTable, same_value
from cache.outbox.write import durable_write
from cache.text import scrub

__all__ = ["Edit", "EditResult", "Outbox", "ServerValues", "Undone"]

ServerValues = Callable[[Key], Triage | None]
"""Reads the cached server values of a submission, None when it is not cached."""

_IN_FLIGHT = (EditState.SENDING, EditState.VERIFYING)


@dataclass(frozen=True, slots=True)
class Edit:
    """One wish: this field of this submission shall hold this value."""

    key: Key
    field: TriageField
    want: TriageValue
    saw: Triage | None = None
    """The values on the person's screen when they said so; None: what the cache holds."""


@dataclass(frozen=True, slots=True)
class EditResult:
    """What a gesture changed. Values equal to what was seen already change nothing."""

    gesture: int | None
    steps: tuple[Step, ...] = ()
    label: str = ""

    @property
    def keys(self) -> frozenset[Key]:
        """The submissions it touched."""
        return frozenset(step.key for step in self.steps)


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo or redo did."""

    label: str
    steps: tuple[Step, ...]
    skipped: tuple[Step, ...]
    """Fields that hold something else by now and were left alone."""

    @property
    def keys(self) -> frozenset[Key]:
        """The submissions it touched."""
        return frozenset(step.key for step in self.steps)


class Outbox:
    """What a person does to the outbox. One connection, one thread; every change is durable on return."""

    def __init__(self, conn: sqlite3.Connection, *, wall: WallClock) -> None:
        self._conn = conn
        self._wall = wall
        self.registers = RegisterTable(conn)
        self.gestures = GestureLog(conn)

    @property
    def generation(self) -> tuple[int, int]:
        """Changes whenever the file did, by this connection or another."""
        row = self._conn.execute("PRAGMA data_version").fetchone()
        return int(row[0]), self._conn.total_changes

    def pending(self) -> tuple[PendingEdit, ...]:
        """Every unsettled edit, oldest first."""
        return self.registers.all()

    def close(self) -> None:
        """Close the file."""
        self._conn.close()

    # What a person does

    def edit(self, label: str, edits: Sequence[Edit], server: ServerValues) -> EditResult:
        """Record a gesture: all of it or nothing. Raises NotSaved."""
        with durable_write(self._conn) as clock:
            now = int(self._wall())
            gesture = self.gestures.start(label, now)
            made = (self._want(_storable(edit), server, "edit", gesture, now, clock) for edit in edits)
            steps = [step for step in made if step is not None]
            if not steps:
                self.gestures.forget(gesture)
                return EditResult(None, (), label)
            self.gestures.end_redo()
        return EditResult(gesture, tuple(steps), label)

    def undo(self, server: ServerValues) -> Undone | None:
        """Take back the last gesture; None when there is none. Raises NotSaved."""
        return self._reverse(server, redo=False)

    def redo(self, server: ServerValues) -> Undone | None:
        """Do again what was undone last; None when there is nothing. Raises NotSaved."""
        return self._reverse(server, redo=True)

    def discard(self, key: Key, field: TriageField | None = None) -> tuple[PendingEdit, ...]:
        """Drop unsettled edits of a submission at the person's word; their values stay in the history."""
        with durable_write(self._conn) as clock:
            dropped = [edit for edit in self.registers.of(key) if field in (None, edit.field)]
            for edit in dropped:
                self._lose(edit, edit.want, edit.base, "discard", clock)
        return tuple(dropped)

    def retry(self, key: Key) -> tuple[PendingEdit, ...]:
        """Queue the rejected and waiting edits of a submission again."""
        with durable_write(self._conn):
            again = [
                edit
                for edit in self.registers.of(key)
                if edit.state in (EditState.REJECTED, EditState.ORPHANED, EditState.QUEUED)
            ]
            for edit in again:
                self.registers.put(replace(edit, state=EditState.QUEUED, next_try=None, error=None))
        return tuple(again)

    def settle(self, key: Key, field: TriageField, *, mine: bool) -> PendingEdit | None:
        """Rule on a conflict: keep mine (it is sent over theirs) or take theirs. None when there is none."""
        with durable_write(self._conn) as clock:
            edit = self.registers.get(key, field)
            if edit is None or edit.state is not EditState.CONFLICT:
                return None
            if mine:
                self._lose(edit, edit.theirs, edit.want, "lost", clock, drop=False)
                self.registers.put(
                    replace(edit, base=edit.theirs, state=EditState.QUEUED, clock=clock, next_try=None)
                )
            else:
                self._lose(edit, edit.want, edit.theirs, "lost", clock)
        return edit

    def set_me(self, source: str, user_id: str) -> None:
        """Remember who the person is at a source."""
        with durable_write(self._conn):
            self._conn.execute("INSERT OR REPLACE INTO me (source, user_id) VALUES (?, ?)", (source, user_id))

    def me(self) -> dict[str, str]:
        """Who the person said they are, by source."""
        return dict(self._conn.execute("SELECT source, user_id FROM me").fetchall())

    # How

    def _want(
        self,
        edit: Edit,
        server: ServerValues,
        kind: HistoryKind,
        gesture: int | None,
        now: int,
        clock: int,
    ) -> Step | None:
        """Record one wish. The server value is read inside the transaction, after any acknowledgement."""
        held = server(edit.key)
        if held is None:
            return None
        server_value = held.value(edit.field)
        register = self.registers.get(edit.key, edit.field)
        seen = register.want if register else server_value
        if same_value(edit.field, edit.want, seen):
            return None
        step = Step(edit.key, edit.field, seen, edit.want)
        self.gestures.record(step, kind, gesture, now, clock)
        if register is None:
            base = edit.saw.value(edit.field) if edit.saw is not None else server_value
            register = PendingEdit(edit.key, edit.field, base, edit.want, EditState.QUEUED, clock, now)
        elif (
            not register.attempts
            and same_value(edit.field, edit.want, register.base)
            and same_value(edit.field, edit.want, server_value)
        ):
            self.registers.drop(edit.key, edit.field)
            return step
        state = register.state if register.state in _IN_FLIGHT else EditState.QUEUED
        self.registers.put(
            replace(
                register,
                want=edit.want,
                state=state,
                clock=clock,
                edited_at=now,
                error=None,
                next_try=register.next_try if state is EditState.VERIFYING else None,
            )
        )
        return step

    def _reverse(self, server: ServerValues, *, redo: bool) -> Undone | None:
        kind: HistoryKind = "redo" if redo else "undo"
        with durable_write(self._conn) as clock:
            gesture = self.gestures.last(undone=redo)
            if gesture is None:
                return None
            now = int(self._wall())
            done, skipped = [], []
            for step in gesture.steps if redo else reversed(gesture.steps):
                there, back = (step.before, step.after) if redo else (step.after, step.before)
                if not same_value(step.field, self._seen(step, server), there):
                    skipped.append(step)
                    continue
                made = self._want(Edit(step.key, step.field, back), server, kind, gesture.id, now, clock)
                if made is None:
                    skipped.append(step)
                else:
                    done.append(made)
            self.gestures.mark(gesture.id, undone=not redo)
        return Undone(gesture.label, tuple(done), tuple(skipped))

    def _seen(self, step: Step, server: ServerValues) -> TriageValue:
        register = self.registers.get(step.key, step.field)
        if register is not None:
            return register.want
        held = server(step.key)
        return held.value(step.field) if held is not None else None

    def _lose(
        self,
        edit: PendingEdit,
        lost: TriageValue,
        kept: TriageValue,
        kind: HistoryKind,
        clock: int,
        *,
        drop: bool = True,
    ) -> None:
        step = Step(edit.key, edit.field, lost, kept)
        self.gestures.record(step, kind, None, int(self._wall()), clock)
        if drop:
            self.registers.drop(edit.key, edit.field)


def _storable(edit: Edit) -> Edit:
    return replace(edit, want=scrub(edit.want)) if isinstance(edit.want, str) else edit
