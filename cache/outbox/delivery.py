"""How edits leave the outbox: attempts, acknowledgements, verification. Only the leader's engine uses it."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cache.clock import WallClock
from cache.models import EditState, JSONValue, Key, PendingEdit, Triage, TriageValue
from cache.outbox.attempts import Attempt, AttemptLog
from cache.outbox.gestures import GestureLog, Step
from cache.outbox.registers import RegisterTable
from cache.outbox.write import durable_write

__all__ = ["Delivery"]


class Delivery:
    """The engine's side of the outbox. One connection, one thread; every change is durable on return."""

    def __init__(self, conn: sqlite3.Connection, *, wall: WallClock) -> None:
        self._conn = conn
        self._wall = wall
        self.registers = RegisterTable(conn)
        self.attempts = AttemptLog(conn)
        self.gestures = GestureLog(conn)

    def begin_attempt(
        self, key: Key, body: Mapping[str, JSONValue], edits: Sequence[PendingEdit]
    ) -> Attempt | None:
        """Commit that `body`, which carries `edits`, is about to be sent (rule R1).

        None when one of them was edited since it was planned: then nothing may be sent.
        """
        with durable_write(self._conn) as clock:
            held = {edit.field: edit for edit in self.registers.of(key)}
            if any(edit.field not in held or held[edit.field].clock != edit.clock for edit in edits):
                return None
            attempt = self.attempts.start(key, body, clock, int(self._wall()))
            for edit in edits:
                self.registers.put(
                    replace(edit, state=EditState.SENDING, attempts=edit.attempts + 1, error=None)
                )
        return attempt

    def acknowledge(self, attempt: Attempt, server: Triage) -> None:
        """The server holds what `attempt` sent. Only edits older than the attempt settle (rule R3)."""
        with durable_write(self._conn):
            now = int(self._wall())
            self.attempts.end(attempt, "applied", now)
            for earlier in self.attempts.unknown(attempt.key):
                if set(earlier.body) <= set(attempt.body):
                    self.attempts.end(earlier, "applied", now, "a later attempt was acknowledged")
            for edit in self.registers.of(attempt.key):
                if edit.field not in attempt.body:
                    continue
                if edit.clock < attempt.clock:
                    self.registers.drop(edit.key, edit.field)
                else:
                    base = server.value(edit.field)
                    self.registers.put(replace(edit, base=base, state=EditState.QUEUED, next_try=None))

    def end_attempt(
        self,
        attempt: Attempt,
        *,
        applied: bool | None,
        detail: str | None = None,
        next_try: int | None = None,
        state: EditState | None = None,
    ) -> None:
        """Log an attempt that was not acknowledged; `applied` is None when nobody knows (rule R4)."""
        outcome: Mapping[bool | None, EditState] = {
            None: EditState.VERIFYING,
            False: EditState.QUEUED,
            True: EditState.QUEUED,
        }
        with durable_write(self._conn):
            self.attempts.end(
                attempt,
                "unknown" if applied is None else "applied" if applied else "not_applied",
                int(self._wall()),
                detail,
            )
            for edit in self.registers.of(attempt.key):
                if edit.field in attempt.body:
                    self.registers.put(
                        replace(edit, state=state or outcome[applied], error=detail, next_try=next_try)
                    )

    def conclude(self, attempt: Attempt, *, applied: bool) -> None:
        """A read has shown what became of an attempt whose answer was lost."""
        with durable_write(self._conn):
            self.attempts.end(attempt, "applied" if applied else "not_applied", int(self._wall()), "verified")

    def update(self, edit: PendingEdit) -> None:
        """Change how an edit stands, unless the person has edited the field in the meantime."""
        with durable_write(self._conn):
            now = self.registers.get(edit.key, edit.field)
            if now is not None and now.clock == edit.clock:
                self.registers.put(edit)

    def converge(self, edit: PendingEdit) -> bool:
        """Settle an edit because a read begun after it shows its value. False when it was edited since."""
        with durable_write(self._conn):
            now = self.registers.get(edit.key, edit.field)
            if now is None or now.clock != edit.clock:
                return False
            self.registers.drop(edit.key, edit.field)
        return True

    def merge(self, edit: PendingEdit, *, theirs: TriageValue, merged: TriageValue) -> PendingEdit | None:
        """Replace what is wanted by a merge of both sides; both stay in the history."""
        with durable_write(self._conn) as clock:
            now = self.registers.get(edit.key, edit.field)
            if now is None or now.clock != edit.clock:
                return None
            step = Step(edit.key, edit.field, edit.want, merged)
            self.gestures.record(step, "merge", None, int(self._wall()), clock)
            result = replace(edit, base=theirs, want=merged, state=EditState.QUEUED)
            self.registers.put(result)
        return result

    def adopt(self) -> None:
        """Take over from a leader that died: its open attempts are of unknown outcome now."""
        with durable_write(self._conn):
            for key in self.attempts.adopt():
                for edit in self.registers.of(key):
                    if edit.state is EditState.SENDING:
                        self.registers.put(replace(edit, state=EditState.VERIFYING))
            for edit in self.registers.all():
                if edit.state is EditState.SENDING:
                    self.registers.put(replace(edit, state=EditState.QUEUED))

    def bind(self, source: str, account_id: str, account_name: str) -> str | None:
        """Bind a source to an account the first time; later the name of the other account it is bound to.

        None when the source is bound to this account.
        """
        row = self._conn.execute(
            "SELECT account_id, account_name FROM binding WHERE source = ?", (source,)
        ).fetchone()
        if row is None:
            with durable_write(self._conn):
                self._conn.execute(
                    "INSERT INTO binding (source, account_id, account_name) VALUES (?, ?, ?)",
                    (source, account_id, account_name),
                )
            return None
        return None if row[0] == account_id else str(row[1] or row[0])
