"""How edits leave the outbox: attempts, acknowledgements, verification. Only the leader's engine uses it."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from cache.clock import LOCAL_STEPS, WallClock
from cache.models import PARKED, EditState, JSONValue, Key, PendingEdit, Triage, TriageValue
from cache.outbox.attempts import Attempt, AttemptLog, Audit
from cache.outbox.gestures import GestureLog, Step
from cache.outbox.overwrites import Finding, OverwriteLog
from cache.outbox.registers import RegisterTable, same_value
from cache.outbox.write import durable_write

__all__ = ["Delivery"]

_CLOCKS_AGREE: Final = 5.0
"""By how many seconds two clocks may differ on how much time has passed."""


class Delivery:
    """The engine's side of the outbox. One connection, one thread; every change is durable on return.

    Every method that writes raises NotSaved when the disk refuses; then nothing of it is kept.
    """

    def __init__(self, conn: sqlite3.Connection, *, wall: WallClock, steady: WallClock | None = None) -> None:
        self._conn = conn
        self._wall = wall
        self._steady = steady or wall
        """Measures holds, so that a wall clock that is set forward ends none early."""
        self._begun: dict[int, float] = {}
        self.registers = RegisterTable(conn)
        self.overwrites = OverwriteLog(conn)
        self.attempts = AttemptLog(conn)
        self.gestures = GestureLog(conn)

    def begin_attempt(
        self,
        key: Key,
        body: Mapping[str, JSONValue],
        edits: Sequence[PendingEdit],
        *,
        saw: Triage | None = None,
        age: int = 0,
        contended: bool = False,
    ) -> Attempt | None:
        """Commit that `body`, which carries `edits`, is about to be sent (rule R1).

        `saw` is what the read before it showed, `age` seconds ago: with it the timeline is to be looked at
        afterwards, which is kept in the same transaction.

        None when one of the edits was changed since it was planned, or when another attempt on the
        submission is on the wire: then nothing may be sent.
        """
        with durable_write(self._conn) as clock:
            held = {edit.field: edit for edit in self._sound(key)}
            if self.attempts.is_open(key) or not all(
                edit.field in held and _same_edit(held[edit.field], edit) for edit in edits
            ):
                return None
            attempt = self.attempts.start(
                key,
                body,
                clock,
                int(self._wall()),
                saw={edit.field: saw.value(edit.field) for edit in edits} if saw is not None else None,
                age=age,
                contended=contended,
                steady=self._steady(),
            )
            self._begun[attempt.id] = self._steady()
            for edit in (held[planned.field] for planned in edits):
                self.registers.put(
                    replace(edit, state=EditState.SENDING, attempts=edit.attempts + 1, error=None)
                )
        return attempt

    def acknowledge(self, attempt: Attempt, server: Triage, *, contended: bool = False) -> None:
        """The server holds what `attempt` sent. Only edits older than the attempt settle (rule R3).

        `contended`: the answer shows somebody else at work.
        """
        with durable_write(self._conn):
            now = int(self._wall())
            self.attempts.end(attempt, "applied", now)
            if contended:
                self.attempts.contend(attempt)
            for earlier in self.attempts.unknown(attempt.key):
                if set(earlier.body) <= set(attempt.body):
                    self.attempts.end(earlier, "applied", now, "a later attempt was acknowledged")
            for edit in self._sound(attempt.key):
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
    ) -> None:
        """Log an attempt that was not acknowledged; `applied` is None when nobody knows (rule R4)."""
        with durable_write(self._conn):
            self.attempts.end(
                attempt,
                "unknown" if applied is None else "applied" if applied else "not_applied",
                int(self._wall()),
                detail,
            )
            if applied is None:
                self.attempts.contend(attempt)
            elif not applied:
                self.attempts.forget_audit(attempt)
            state = EditState.VERIFYING if applied is None else EditState.QUEUED
            for edit in self._sound(attempt.key):
                if edit.field in attempt.body and edit.state not in PARKED:
                    self.registers.put(replace(edit, state=state, error=detail, next_try=next_try))

    def unknown(self, key: Key) -> tuple[Attempt, ...]:
        """The attempts on one submission whose outcome is not known, oldest first.

        Their `started_at` is as long ago as has been measured by the steady clock: nobody who sets the wall
        clock makes a hold of rule R4 shorter or longer. An attempt of an earlier process began when it says
        if both clocks agree on that; else, after a new start of the machine, it begins now.
        """
        now, tick = int(self._wall()), self._steady()
        measured: list[Attempt] = []
        for attempt in self.attempts.unknown(key):
            begun = self._begun.get(attempt.id)
            if begun is None:
                begun = self._begun[attempt.id] = self._began(attempt)
            measured.append(replace(attempt, started_at=now - int(tick - begun)))
        return tuple(measured)

    def _began(self, attempt: Attempt) -> float:
        """When an attempt of an earlier process began, on the steady clock of this one."""
        now, tick = self._wall(), self._steady()
        if attempt.steady is not None and tick >= attempt.steady:
            apart = (now - attempt.started_at) - (tick - attempt.steady)
            if abs(apart) <= _CLOCKS_AGREE:
                return attempt.steady
        with durable_write(self._conn):
            self.attempts.began(attempt, int(now), tick)  # or every restart would begin the hold anew
            for edit in self._sound(attempt.key):
                if edit.field in attempt.body and edit.state is EditState.VERIFYING:
                    self.registers.put(replace(edit, next_try=None))  # it was counted from what is not so
        return tick

    def conclude(self, attempt: Attempt, *, applied: bool, server: Triage) -> None:
        """A read has shown what became of an attempt whose answer was lost.

        A field that holds what the attempt sent holds our own value: an edit made since then goes on from
        there, and is no clash with somebody else.
        """
        with durable_write(self._conn):
            self.attempts.end(attempt, "applied" if applied else "not_applied", int(self._wall()), "verified")
            for edit in self._sound(attempt.key):
                if edit.field not in attempt.body:
                    continue
                shown = server.value(edit.field)
                if same_value(edit.field, shown, attempt.body[edit.field]):
                    self.registers.put(replace(edit, base=shown))

    def update(self, edit: PendingEdit, *, state: EditState, theirs: TriageValue = None) -> None:
        """Change how an edit stands, unless the person has edited the field in the meantime.

        `next_try` and `error` are taken from `edit`.
        """
        with durable_write(self._conn):
            now = self._unchanged(edit)
            if now is not None:
                self.registers.put(
                    replace(now, state=state, next_try=edit.next_try, error=edit.error, theirs=theirs)
                )

    def wait(self, edit: PendingEdit, until: int | None, error: str) -> None:
        """Leave an edit alone until `until` (seconds since the epoch), if that is known, and keep why."""
        with durable_write(self._conn):
            now = self._unchanged(edit)
            if now is not None:
                self.registers.put(replace(now, next_try=until, error=error))

    def converge(self, edit: PendingEdit) -> bool:
        """Settle an edit because a read begun after it shows its value. False when it was edited since."""
        with durable_write(self._conn):
            now = self._unchanged(edit)
            if now is None:
                return False
            self.registers.drop(edit.key, edit.field)
        return True

    def merge(self, edit: PendingEdit, *, theirs: TriageValue, merged: TriageValue) -> PendingEdit | None:
        """Replace what is wanted by a merge of both sides; both stay in the history."""
        with durable_write(self._conn) as clock:
            now = self._unchanged(edit)
            if now is None:
                return None
            step = Step(edit.key, edit.field, edit.want, merged)
            self.gestures.record(step, "merge", None, int(self._wall()), clock)
            result = replace(now, base=theirs, want=merged, state=EditState.QUEUED)
            self.registers.put(result)
        return result

    def adopt(self, source: str | None = None) -> None:
        """Take over attempts nobody waits for any more: their outcome is unknown now.

        After a leader that died, those of all sources; after a disk that failed, those of one source.
        """
        with durable_write(self._conn):
            unknown = set(self.attempts.adopt(source))
            for edit in self.registers.all():
                if edit.state is EditState.SENDING and source in (None, edit.key.source):
                    state = EditState.VERIFYING if edit.key in unknown else EditState.QUEUED
                    self.registers.put(replace(edit, state=state, next_try=None))
            for key in self.attempts.unknown_keys(source):
                self.unknown(key)  # what is left of a hold is measured from here on

    def audits(self, key: Key) -> tuple[Audit, ...]:
        """The attempts on one submission that may have written over something nobody here saw."""
        return self.attempts.audits(key)

    def audited(self, findings: Sequence[Finding]) -> None:
        """Keep what the timeline told about attempts: they are looked at no more."""
        if not findings:
            return
        with durable_write(self._conn):
            for finding in findings:
                for replaced in finding.replaced:
                    moment = replaced.event.created_at
                    self.overwrites.record(
                        finding.attempt.key,
                        replaced.field,
                        attempt=finding.attempt.id,
                        theirs=replaced.theirs,
                        known=replaced.known,
                        mine=replaced.mine,
                        actor_id=replaced.event.actor_id,
                        actor_name=replaced.event.actor_name,
                        at=int(moment.timestamp()) if moment is not None else finding.attempt.started_at,
                    )
                self.attempts.audited(finding.attempt, finding.events)

    def moved(self, source: str, seconds: int) -> None:
        """The wall clock was set forward, or back, by so many seconds: stored deadlines move with it."""
        with durable_write(self._conn):
            self.registers.shift(source, seconds)

    def catch_up(self, moment: int) -> None:
        """Bring the durable clock past a logical moment that is known to have been.

        The cache may have seen later moments than an outbox that was lost and began anew; reads would
        then be taken for old ones for ever.
        """
        with durable_write(self._conn):
            self._conn.execute(
                "UPDATE meta SET value = max(value, ?) WHERE key = 'clock'", (moment // LOCAL_STEPS + 1,)
            )

    def bind(self, source: str, account_id: str, account_name: str) -> str | None:
        """Bind a source to an account the first time; later the name of the other account it is bound to.

        None when the source is bound to this account.
        """
        bound = self.bound(source)
        if bound is None:
            self.rebind(source, account_id, account_name)
            return None
        return None if bound[0] == account_id else bound[1]

    def bound(self, source: str) -> tuple[str, str] | None:
        """The account a source is bound to and what it is called, None when it is bound to none."""
        row = self._conn.execute(
            "SELECT account_id, account_name FROM binding WHERE source = ?", (source,)
        ).fetchone()
        return (row[0], str(row[1] or row[0])) if row is not None else None

    def rebind(self, source: str, account_id: str, account_name: str) -> None:
        """Bind a source to an account, whatever it was bound to before."""
        with durable_write(self._conn):
            self._conn.execute(
                "INSERT INTO binding (source, account_id, account_name) VALUES (?, ?, ?)"
                " ON CONFLICT (source) DO UPDATE"
                " SET account_id = excluded.account_id, account_name = excluded.account_name",
                (source, account_id, account_name),
            )

    def _sound(self, key: Key) -> list[PendingEdit]:
        """The edits of a submission that can be trusted; damaged ones are left exactly as they are."""
        return [edit for edit in self.registers.of(key) if not edit.damaged]

    def _unchanged(self, edit: PendingEdit) -> PendingEdit | None:
        """How an edit stands now, None when the person has edited the field in the meantime."""
        now = self.registers.get(edit.key, edit.field)
        return now if now is not None and now.clock == edit.clock and not now.damaged else None


def _same_edit(one: PendingEdit, other: PendingEdit) -> bool:
    return one.clock == other.clock and one.state is other.state
