"""Edits on their way out: a lane per submission, a read before every write, each outcome a durable state."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from cache.clock import LogicalClock, WallClock
from cache.models import (
    TRIAGE_FIELDS,
    Capability,
    EditState,
    Key,
    PendingEdit,
    Triage,
    TriageField,
)
from cache.outbox.attempts import Attempt
from cache.outbox.delivery import Delivery
from cache.outbox.registers import same_value
from cache.store.changes import ChangeSet
from cache.store.writer import Writer
from cache.sync.gate import Gate
from cache.sync.pace import Lane
from cache.sync.planner import (
    HOLD_SECONDS,
    Conflict,
    Converge,
    Decision,
    Hold,
    Merge,
    Send,
    patch_body,
    plan,
)
from cache.sync.remote import (
    BadAnswer,
    FetchedSubmission,
    Forbidden,
    NeverLeft,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Remote,
    RemoteError,
)

__all__ = ["DEBOUNCE_SECONDS", "Due", "Pusher"]

DEBOUNCE_SECONDS: Final = 3
"""How long an edit rests before it is sent, so that a change of mind costs no request."""
_SECOND_LOOK_SECONDS: Final = 30
_FRESH_SECONDS: Final = 5.0
"""A change is sent at most this long after the read that allowed it."""
_STAMPS: Final = ("resolved_at", "resolved_by")
_MOVING: Final = (EditState.QUEUED, EditState.VERIFYING)
_LONGEST_WAIT: Final = 300
_LONGEST_HOLD: Final = 600
"""A stored deadline further away than this was written before the clock was set back."""
_Edits: TypeAlias = Sequence[PendingEdit]


@dataclass(frozen=True, slots=True)
class Due:
    """Which submissions have edits to deliver now, and when the next one will."""

    keys: tuple[Key, ...]
    next_at: int | None
    """Seconds since the epoch; None when nothing waits."""


class Pusher:
    """Delivers the edits of one source."""

    def __init__(
        self,
        remote: Remote,
        gate: Gate,
        writer: Writer,
        delivery: Delivery,
        clock: LogicalClock,
        *,
        wall: WallClock,
        on_change: Callable[[ChangeSet], None],
        may_write: bool = True,
    ) -> None:
        self._remote = remote
        self._gate = gate
        self._writer = writer
        self._delivery = delivery
        self._clock = clock
        self._wall = wall
        self._on_change = on_change
        self._may_write = may_write
        self._closed = False
        self._allowed = writer.sources.state(remote.source)
        self._one_by_one: set[Key] = set()
        self._bare: set[Key] = set()
        self._without_stamps = False
        self._forbidden: set[Key] = set()
        self._second_looks: dict[Key, int] = {}
        self._troubles: dict[Key, int] = {}
        self._unsent: dict[Key, int] = {}
        self._on_the_wire = 0
        self._idle = asyncio.Event()
        self._idle.set()
        if not may_write:
            self._gate.report(read_only=True)

    async def idle(self) -> None:
        """Wait until no change is on the wire."""
        await self._idle.wait()

    def due(self, *, flush: bool = False) -> Due:
        """What is to be delivered now; `flush` does not wait for edits to rest."""
        if not self._may_write or (self._closed and not flush):
            return Due((), None)
        self._closed = False
        now = int(self._wall())
        waiting: dict[Key, list[PendingEdit]] = {}
        for edit in self._delivery.registers.all():
            if edit.key.source == self._remote.source and edit.state in _MOVING:
                waiting.setdefault(edit.key, []).append(edit)
        at = {
            key: _due_at(edits, now, flush=flush and self._second_looks.get(key, now) <= now)
            for key, edits in waiting.items()
        }
        later = [moment for moment in at.values() if moment > now]
        return Due(tuple(key for key, moment in at.items() if moment <= now), min(later, default=None))

    async def deliver(self, key: Key) -> None:
        """Bring the edits of one submission a step further. Raises RemoteError when the source failed."""
        edits = [edit for edit in self._delivery.registers.of(key) if edit.state in _MOVING]
        if not edits or self._closed:
            return
        try:
            await self._gate.turn(Lane.DELIVER, lambda: self._remote.budget, need=2)
            read_at, read_wall = self._clock.now(), self._wall()
            fetched = await self._get(key)
        except (NotFound, Forbidden) as error:
            self._missed(edits, error)
            return
        except Refused as error:
            self._later(edits, error, self._troubles)
            return
        except OutcomeUnknown as error:
            self._later(edits, error, self._troubles)
            raise
        self._troubles.pop(key, None)
        self._second_looks.pop(key, None)
        self._stored(key, fetched, read_at)
        server = fetched.submission.triage
        sends = self._decide(key, edits, server, read_at)
        if len(sends) < 2:
            self._one_by_one.discard(key)
        if key in self._one_by_one:
            sends = sends[:1]
        if sends:
            await self._send(key, sends, server, read_wall)

    def _decide(self, key: Key, edits: _Edits, server: Triage, read_at: int) -> list[PendingEdit]:
        """Carry out what needs no request and return the edits to send."""
        unknown = self._delivery.unknown(key)
        decisions, concluded = plan(edits, server, read_at, unknown, int(self._wall()))
        for conclusion in concluded:
            self._delivery.conclude(conclusion.attempt, applied=conclusion.applied, server=server)
        sends: list[PendingEdit] = []
        for decision in decisions:
            if isinstance(decision, Send):
                sends.append(decision.edit)
            elif isinstance(decision, Merge):
                merged = self._delivery.merge(decision.edit, theirs=decision.theirs, merged=decision.merged)
                if merged is not None and same_value(merged.field, merged.want, merged.base):
                    self._delivery.converge(merged)
                elif merged is not None:
                    sends.append(merged)
            else:
                self._settle(decision)
        self._tell(key)
        return sends

    def _settle(self, decision: Decision) -> None:
        edit = decision.edit
        if isinstance(decision, Converge):
            self._delivery.converge(edit)
        elif isinstance(decision, Hold):
            held = replace(edit, next_try=decision.until)
            self._delivery.update(held, state=EditState.VERIFYING)
        elif isinstance(decision, Conflict):
            parked = replace(edit, next_try=None, error="somebody else changed it too")
            self._delivery.update(parked, state=EditState.CONFLICT, theirs=decision.theirs)

    async def _send(self, key: Key, edits: _Edits, server: Triage, read_wall: float) -> None:
        await self._gate.turn(Lane.DELIVER, lambda: self._remote.budget)
        if not 0 <= self._wall() - read_wall <= _FRESH_SECONDS:
            return  # it had to wait: what was read may no longer be so
        body = patch_body(edits, server)
        if self._without_stamps or key in self._bare:
            body = {name: value for name, value in body.items() if name not in _STAMPS}
        attempt = self._delivery.begin_attempt(key, body, edits)
        if attempt is None:
            return
        self._tell(key)
        try:
            answer = await self._patch(attempt)
        except RemoteError as error:
            await self._failed(attempt, edits, error)
            self._tell(key)
            if isinstance(error, NotFound | Forbidden | Refused):
                return
            if isinstance(error, NeverLeft | RateLimited):
                self._later(edits, error, self._unsent)
                if self._unsent[key] < self._gate.tries:
                    return  # a one-off sync comes back to it
            raise
        self._stored(key, answer, self._clock.now())
        self._delivery.acknowledge(attempt, answer.submission.triage)
        self._bare.discard(key)
        self._unsent.pop(key, None)
        self._may_write_after_all()
        self._tell(key)

    async def _patch(self, attempt: Attempt) -> FetchedSubmission:
        self._on_the_wire += 1
        self._idle.clear()
        try:
            answer = await self._gate.send(
                Lane.DELIVER,
                lambda: self._remote.budget,
                lambda: self._remote.patch(attempt.key.id, attempt.body),
            )
        except asyncio.CancelledError:
            self._lost(attempt, "the program stopped waiting for the answer")
            raise
        finally:
            self._on_the_wire -= 1
            if not self._on_the_wire:
                self._idle.set()
        if answer.submission.id != attempt.key.id:
            raise BadAnswer("The server answered a change with another submission.")
        return answer

    def _lost(self, attempt: Attempt, detail: str) -> None:
        count = self._unsent[attempt.key] = self._unsent.get(attempt.key, 0) + 1
        next_try = int(self._wall()) + min(_LONGEST_HOLD, HOLD_SECONDS * 2 ** min(count - 1, 9))
        self._delivery.end_attempt(attempt, applied=None, detail=detail, next_try=next_try)

    async def _failed(self, attempt: Attempt, edits: _Edits, error: RemoteError) -> None:
        """Turn a failed change into what it means for its edits (docs/contracts/awardee.md section 4)."""
        if isinstance(error, OutcomeUnknown):
            self._lost(attempt, error.message)
            return
        self._delivery.end_attempt(attempt, applied=False, detail=error.message)
        if isinstance(error, Refused):
            self._refused(attempt, edits, error)
        elif isinstance(error, NotFound):
            await self._not_found(attempt, edits, error)
        elif isinstance(error, Forbidden):
            self._missed(edits, error)

    def _refused(self, attempt: Attempt, edits: _Edits, error: Refused) -> None:
        named = [edit for edit in edits if edit.field in error.field_errors]
        stamps = [name for name in _STAMPS if name in attempt.body]
        if any(name in error.field_errors for name in stamps):
            self._without_stamps = True
        elif not named and len(edits) > 1:
            self._one_by_one.add(attempt.key)
        elif not named and stamps:
            self._bare.add(attempt.key)  # it does not say what it refused: it may have been our stamps
        elif not named:
            self._reject(edits, error.message)
        for edit in named:
            self._reject([edit], error.field_errors[edit.field])

    async def _not_found(self, attempt: Attempt, edits: _Edits, error: NotFound) -> None:
        """A change was answered with 404: either the submission or the assignee is not there."""
        read_at = self._clock.now()
        try:
            fetched = await self._get(attempt.key)
        except (NotFound, Forbidden) as gone:
            self._missed(edits, gone)
            return
        except RemoteError:
            return  # the edits are queued and will be looked at again
        self._stored(attempt.key, fetched, read_at)
        assignee = [edit for edit in edits if edit.field == "assignee_id" and edit.want is not None]
        if assignee:
            self._reject(assignee, "this colleague is no longer a member")
        elif len(edits) > 1:
            self._one_by_one.add(attempt.key)
        else:
            self._reject(edits, error.message)

    def _missed(self, edits: _Edits, error: RemoteError) -> None:
        """The submission is not there, or this credential may not have it."""
        key = edits[0].key
        if isinstance(error, Forbidden):
            self._forbidden.add(key)
            if error.code == "insufficient_scope" or len(self._forbidden) > 1:
                self._read_only(edits, error.message)
                return
        self._second_look(edits, error)

    def _second_look(self, edits: _Edits, error: RemoteError) -> None:
        """A submission that is not there is looked for once more before its edits are called orphaned."""
        now, key = int(self._wall()), edits[0].key
        early = self._second_looks.get(key, now) > now
        for edit in edits:
            if early:
                self._delivery.wait(edit, self._second_looks[key], error.message)
            elif edit.error == error.message and edit.next_try is not None:
                self._second_looks.pop(key, None)
                parked = replace(edit, next_try=None, error=error.message)
                self._delivery.update(parked, state=EditState.ORPHANED)
            else:
                self._second_looks[key] = now + _SECOND_LOOK_SECONDS
                self._delivery.wait(edit, now + _SECOND_LOOK_SECONDS, error.message)
        if isinstance(error, NotFound):
            self._on_change(self._writer.set_presence(key.source, key.id, "missing"))
        self._tell(key)

    def _read_only(self, edits: _Edits, message: str) -> None:
        """This credential may not write: every edit is kept until it may, or the person says otherwise."""
        self._closed = True
        self._gate.report(read_only=True, message=message)
        self._set_capabilities(dict.fromkeys(TRIAGE_FIELDS, Capability.NONE))
        for edit in edits:
            self._delivery.wait(edit, None, message)

    def _may_write_after_all(self) -> None:
        self._forbidden.clear()
        if self._gate.status.read_only:
            self._gate.report(read_only=False)
            self._set_capabilities(self._allowed.capabilities if self._allowed is not None else None)

    def _set_capabilities(self, capabilities: Mapping[TriageField, Capability] | None) -> None:
        state = self._allowed
        if state is None or state.account_id is None:
            return
        self._on_change(
            self._writer.sources.set_account(
                state.name,
                account_id=state.account_id,
                account_name=state.account_name or state.account_id,
                user_id=state.user_id,
                user_name=state.user_name,
                capabilities=capabilities,
            )
        )

    def _later(self, edits: _Edits, error: RemoteError, counts: dict[Key, int]) -> None:
        """A submission that makes trouble waits longer each time: it neither holds up others nor runs hot."""
        key = edits[0].key
        count = counts[key] = counts.get(key, 0) + 1
        wait = min(_LONGEST_WAIT, 2 ** min(count, 9))
        for edit in edits:
            self._delivery.wait(edit, int(self._wall()) + wait, error.message)

    def _reject(self, edits: _Edits, message: str) -> None:
        for edit in edits:
            self._delivery.update(replace(edit, next_try=None, error=message), state=EditState.REJECTED)

    async def _get(self, key: Key) -> FetchedSubmission:
        return await self._gate.call(
            Lane.DELIVER, lambda: self._remote.budget, lambda: self._remote.get(key.id)
        )

    def _stored(self, key: Key, fetched: FetchedSubmission, as_of: int) -> None:
        self._on_change(self._writer.apply(key.source, [fetched], as_of))

    def _tell(self, key: Key) -> None:
        rowid = self._writer.rowid(key.source, key.id)
        if rowid is not None:
            self._on_change(ChangeSet(frozenset({rowid})))


def _due_at(edits: _Edits, now: int, *, flush: bool) -> int:
    """When a submission is to be delivered: all its edits have rested, and one of them need not wait."""
    rested = max(
        now if flush or edit.edited_at > now else edit.edited_at + DEBOUNCE_SECONDS for edit in edits
    )
    return max(rested, min(_wait_until(edit, now, flush=flush) for edit in edits))


def _wait_until(edit: PendingEdit, now: int, *, flush: bool) -> int:
    if flush or edit.next_try is None or edit.next_try > now + _LONGEST_HOLD:
        return now
    return edit.next_try
