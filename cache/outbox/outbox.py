"""Edits: one durable transaction each, before anybody is told that they are saved."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from cache.clock import WallClock
from cache.models import PARKED, EditState, Key, PendingEdit, TriageField, TriageValue
from cache.outbox.edits import Edit, EditResult, ServerValues, Undone
from cache.outbox.gestures import GestureLog, HistoryEntry, HistoryKind, Step
from cache.outbox.notes import taken_out, with_line
from cache.outbox.opened import OpenedTable
from cache.outbox.overwrites import Overwrite, OverwriteLog
from cache.outbox.registers import RegisterTable, same_value
from cache.outbox.write import durable_write
from cache.text import scrub

__all__ = ["Edit", "EditResult", "Outbox", "ServerValues", "Undone"]

_IN_FLIGHT = (EditState.SENDING, EditState.VERIFYING)


class Outbox:
    """What a person does to the outbox. One connection, one thread; every change is durable on return."""

    def __init__(self, conn: sqlite3.Connection, *, wall: WallClock) -> None:
        self._conn = conn
        self._wall = wall
        self.registers = RegisterTable(conn)
        self.gestures = GestureLog(conn)
        self.opened = OpenedTable(conn, wall=wall)
        """Which submissions were opened here."""

    @property
    def generation(self) -> tuple[int, int]:
        """Changes whenever the file did: first by another connection, then by this one."""
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
            steps: list[Step] = []
            for edit in edits:
                if edit.implicit:
                    self._imply(edit, server, now, clock)
                elif step := self._want(_storable(edit), server, "edit", gesture, now, clock):
                    steps.append(step)
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
                shown = edit.theirs if edit.state is EditState.CONFLICT else edit.base
                self._lose(edit, edit.want, shown, "discard", clock)
        return tuple(dropped)

    def retry(self, key: Key, field: TriageField | None = None) -> tuple[PendingEdit, ...]:
        """Queue the rejected and waiting edits of a submission, or of one field of it, again."""
        with durable_write(self._conn):
            again = [
                edit
                for edit in self.registers.of(key)
                if edit.state in (EditState.REJECTED, EditState.ORPHANED, EditState.QUEUED)
                and field in (None, edit.field)
                and not edit.damaged
            ]
            for edit in again:
                self.registers.put(replace(edit, state=EditState.QUEUED, next_try=None, error=None))
        return tuple(again)

    def settle(
        self, key: Key, field: TriageField, *, mine: bool, ruled_on: PendingEdit | None = None
    ) -> PendingEdit | None:
        """Rule on a conflict: keep mine (it is sent over theirs) or take theirs. None when there is none.

        `ruled_on` is the conflict as the person saw it; when it is another one by now nothing is done.
        """
        with durable_write(self._conn) as clock:
            edit = self._conflict(key, field, ruled_on)
            if edit is None:
                return None
            if mine:
                self._lose(edit, edit.theirs, edit.want, "lost", clock, drop=False)
                self.registers.put(
                    replace(edit, base=edit.theirs, state=EditState.QUEUED, clock=clock, next_try=None)
                )
            else:
                self._lose(edit, edit.want, edit.theirs, "lost", clock)
        return edit

    def settle_as(
        self, key: Key, field: TriageField, want: TriageValue, *, ruled_on: PendingEdit | None = None
    ) -> PendingEdit | None:
        """Rule on a conflict with a value made of both, as `settle` does; both sides stay in the history."""
        want = scrub(want) if isinstance(want, str) else want
        with durable_write(self._conn) as clock:
            edit = self._conflict(key, field, ruled_on)
            if edit is None:
                return None
            for lost in (edit.want, edit.theirs):
                if not same_value(field, lost, want):
                    self._lose(edit, lost, want, "lost", clock, drop=False)
            if same_value(field, want, edit.theirs):
                self.registers.drop(key, field)
            else:
                self.registers.put(
                    replace(
                        edit,
                        base=edit.theirs,
                        want=want,
                        state=EditState.QUEUED,
                        clock=clock,
                        next_try=None,
                        error=None,
                    )
                )
        return edit

    # What was lost on the way

    def history(self, key: Key | None = None, *, limit: int | None = None) -> tuple[HistoryEntry, ...]:
        """What was changed and by what, newest first."""
        return self.gestures.history(key, limit=limit)

    def restore_entry(self, number: int, server: ServerValues, label: str) -> EditResult | None:
        """Want again what a line of the history replaced; None when there is no such line."""
        entry = self.gestures.entry(number)
        if entry is None:
            return None
        return self.edit(label, [Edit(entry.key, entry.field, entry.before)], server)

    def take_untold_merges(self) -> tuple[HistoryEntry, ...]:
        """The merges the person was not told of yet; they are told now, once."""
        if not self.gestures.untold_merges():
            return ()
        with durable_write(self._conn):
            untold = self.gestures.untold_merges()
            if untold:
                self.gestures.tell_merges(untold[-1].id)
        return untold

    def overwrites(self) -> tuple[Overwrite, ...]:
        """Values of others that ours replaced unseen and the person has not answered yet, oldest first."""
        return OverwriteLog(self._conn).open()

    def restore(self, overwrite: Overwrite, server: ServerValues, label: str) -> EditResult:
        """Want again what was overwritten, as a gesture."""
        with durable_write(self._conn):
            OverwriteLog(self._conn).close(overwrite.id)
            edits = [Edit(overwrite.key, overwrite.field, overwrite.theirs)] if overwrite.known else []
            return self.edit(label, edits, server)

    def dismiss(self, overwrite: Overwrite) -> None:
        """Let an overwritten value be."""
        with durable_write(self._conn):
            OverwriteLog(self._conn).close(overwrite.id)

    def set_me(self, source: str, user_id: str) -> None:
        """Remember who the person is at a source."""
        with durable_write(self._conn):
            self._conn.execute("INSERT OR REPLACE INTO me (source, user_id) VALUES (?, ?)", (source, user_id))

    def me(self) -> dict[str, str]:
        """Who the person said they are, by source."""
        return dict(self._conn.execute("SELECT source, user_id FROM me").fetchall())

    # How

    def _conflict(self, key: Key, field: TriageField, ruled_on: PendingEdit | None) -> PendingEdit | None:
        edit = self.registers.get(key, field)
        if edit is None or edit.state is not EditState.CONFLICT:
            return None
        if ruled_on is not None and (edit.clock, edit.theirs) != (ruled_on.clock, ruled_on.theirs):
            return None
        return edit

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
        if edit.adds is not None:
            edit = _storable(replace(edit, want=with_line(seen, edit.adds), saw=held))
        if same_value(edit.field, edit.want, seen):
            if register is not None and register.implicit:
                self.registers.put(replace(register, implicit=False, clock=clock, edited_at=now))
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
                implicit=False,
                state=state,
                clock=clock,
                edited_at=now,
                error=None,
                next_try=register.next_try if state is EditState.VERIFYING else None,
            )
        )
        return step

    def _imply(self, edit: Edit, server: ServerValues, now: int, clock: int) -> None:
        """Record that a new submission was opened. It is no step: there is nothing to take back."""
        held = server(edit.key)
        if edit.field != "status" or held is None or held.status != "new":
            return
        if self.registers.get(edit.key, edit.field) is not None:
            return
        step = Step(edit.key, edit.field, held.status, edit.want)
        self.gestures.record(step, "implicit", None, now, clock)
        self.registers.put(
            PendingEdit(
                edit.key, edit.field, held.status, edit.want, EditState.QUEUED, clock, now, implicit=True
            )
        )

    def _reverse(self, server: ServerValues, *, redo: bool) -> Undone | None:
        kind: HistoryKind = "redo" if redo else "undo"
        with durable_write(self._conn) as clock:
            gesture = self.gestures.last(undone=redo)
            if gesture is None:
                return None
            turn = _Turn(kind, gesture.id, int(self._wall()), clock)
            done: list[Step] = []
            skipped: list[Step] = []
            conflicts: list[Step] = []
            for step in reversed(gesture.steps):
                made, outcome = self._turn_back(step, server, turn)
                {"done": done, "skipped": skipped, "conflict": conflicts}[outcome].append(made)
            self.gestures.mark(gesture.id, undone=not redo)
        return Undone(gesture.label, tuple(done), tuple(skipped), tuple(conflicts))

    def _turn_back(
        self, step: Step, server: ServerValues, turn: "_Turn"
    ) -> tuple[Step, Literal["done", "skipped", "conflict"]]:
        """Bring one field from what a step left back to what it replaced."""
        there, back = step.after, step.before
        register, held = self.registers.get(step.key, step.field), server(step.key)
        if register is None and held is None:
            return step, "skipped"
        seen = register.want if register is not None else held.value(step.field)  # type: ignore[union-attr]
        if register is not None and same_value(step.field, seen, there) and _is_withdrawn(register, back):
            made = Step(step.key, step.field, there, back)
            self.gestures.record(made, turn.kind, turn.gesture, turn.now, turn.clock)
            self.registers.drop(step.key, step.field)
            return made, "done"
        if not same_value(step.field, seen, there):
            if same_value(step.field, seen, back) or self.gestures.was_dropped(step):
                return step, "skipped"
            if step.field == "notes":
                without = taken_out(there, back, seen)
                if without is None:
                    return self._clash(step, register, seen, turn)
                back = without
            elif step.field != "assignee_id" or seen is not None:  # nobody is in the way of a new assignee
                return self._clash(step, register, seen, turn)
        wish = Edit(step.key, step.field, back)
        done = self._want(wish, server, turn.kind, turn.gesture, turn.now, turn.clock)
        return (done, "done") if done is not None else (step, "skipped")

    def _clash(
        self, step: Step, register: PendingEdit | None, theirs: TriageValue, turn: "_Turn"
    ) -> tuple[Step, Literal["done", "skipped", "conflict"]]:
        """Somebody changed the field after our gesture had reached the server: the person has to rule."""
        if register is not None:
            return step, "skipped"
        made = Step(step.key, step.field, step.after, step.before)
        self.gestures.record(made, turn.kind, turn.gesture, turn.now, turn.clock)
        self.registers.put(
            PendingEdit(
                step.key,
                step.field,
                base=step.after,
                want=step.before,
                state=EditState.CONFLICT,
                clock=turn.clock,
                edited_at=turn.now,
                error="somebody changed it after you",
                theirs=theirs,
            )
        )
        return made, "conflict"

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


@dataclass(frozen=True, slots=True)
class _Turn:
    """One undo or redo while it is carried out."""

    kind: HistoryKind
    gesture: int
    now: int
    clock: int


def _is_withdrawn(register: PendingEdit, back: TriageValue) -> bool:
    """Whether going back means that an edit which waits for the person is simply not wanted any more."""
    return register.state in PARKED and same_value(register.field, back, register.base)


def _storable(edit: Edit) -> Edit:
    return replace(edit, want=scrub(edit.want)) if isinstance(edit.want, str) else edit
