"""Edits on their way out: a lane per submission, a read before every write, each outcome a durable state."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

from cache.clock import LogicalClock, WallClock
from cache.models import EditState, Key, PendingEdit, Triage
from cache.outbox.attempts import Attempt
from cache.outbox.delivery import Delivery
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
    NotFound,
    OutcomeUnknown,
    Refused,
    Remote,
    RemoteError,
)

__all__ = ["DEBOUNCE_SECONDS", "Due", "Pusher"]

DEBOUNCE_SECONDS: Final = 3
"""How long an edit rests before it is sent, so that a change of mind costs no request."""
_SECOND_LOOK_SECONDS: Final = 30
_STAMPS: Final = ("resolved_at", "resolved_by")
_MOVING: Final = (EditState.QUEUED, EditState.VERIFYING)


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
    ) -> None:
        self._remote = remote
        self._gate = gate
        self._writer = writer
        self._delivery = delivery
        self._clock = clock
        self._wall = wall
        self._on_change = on_change
        self._one_by_one: set[Key] = set()
        self._without_stamps = False
        self._forbidden: set[Key] = set()

    def due(self, *, flush: bool = False) -> Due:
        """What is to be delivered now; `flush` does not wait for edits to rest."""
        now = int(self._wall())
        ready: dict[Key, None] = {}
        later: list[int] = []
        for edit in self._delivery.registers.all():
            if edit.key.source != self._remote.source or edit.state not in _MOVING:
                continue
            at = _due_at(edit, now, flush=flush)
            if at <= now:
                ready[edit.key] = None
            else:
                later.append(at)
        return Due(tuple(ready), min(later, default=None))

    async def deliver(self, key: Key) -> None:
        """Bring the edits of one submission a step further. Raises RemoteError when the source failed."""
        edits = [edit for edit in self._delivery.registers.of(key) if edit.state in _MOVING]
        if not edits:
            return
        read_at = self._clock.now()
        try:
            fetched = await self._call(lambda: self._remote.get(key.id))
        except (NotFound, Forbidden) as error:
            self._second_look(edits, error)
            return
        self._stored(key, fetched, read_at)
        server = fetched.submission.triage
        sends = self._decide(key, edits, server, read_at)
        if key in self._one_by_one:
            sends = sends[:1]
        if sends:
            await self._send(key, sends, server)

    def _decide(self, key: Key, edits: list[PendingEdit], server: Triage, read_at: int) -> list[PendingEdit]:
        """Carry out what needs no request and return the edits to send."""
        unknown = self._delivery.attempts.unknown(key)
        decisions, concluded = plan(edits, server, read_at, unknown, int(self._wall()))
        for conclusion in concluded:
            self._delivery.conclude(conclusion.attempt, applied=conclusion.applied)
        sends: list[PendingEdit] = []
        for decision in decisions:
            if isinstance(decision, Send):
                sends.append(decision.edit)
            elif isinstance(decision, Merge):
                merged = self._delivery.merge(decision.edit, theirs=decision.theirs, merged=decision.merged)
                sends += [merged] if merged is not None else []
            else:
                self._settle(decision)
        self._tell(key)
        return sends

    def _settle(self, decision: Decision) -> None:
        edit = decision.edit
        if isinstance(decision, Converge):
            self._delivery.converge(edit)
        elif isinstance(decision, Hold):
            self._delivery.update(replace(edit, state=EditState.VERIFYING, next_try=decision.until))
        elif isinstance(decision, Conflict):
            self._delivery.update(
                replace(
                    edit,
                    state=EditState.CONFLICT,
                    theirs=decision.theirs,
                    next_try=None,
                    error="somebody else changed it too",
                )
            )

    async def _send(self, key: Key, edits: list[PendingEdit], server: Triage) -> None:
        body = patch_body(edits, server)
        if self._without_stamps:
            body = {name: value for name, value in body.items() if name not in _STAMPS}
        attempt = self._delivery.begin_attempt(key, body, edits)
        if attempt is None:
            return
        self._tell(key)
        try:
            answer = await self._call(lambda: self._remote.patch(key.id, body))
            if answer.submission.id != key.id:
                raise BadAnswer("The server answered a change with another submission.")
        except RemoteError as error:
            self._failed(attempt, edits, error)
            self._tell(key)
            if not isinstance(error, NotFound | Forbidden | Refused):
                raise
            return
        self._stored(key, answer, self._clock.now())
        self._delivery.acknowledge(attempt, answer.submission.triage)
        self._one_by_one.discard(key)
        self._tell(key)

    def _failed(self, attempt: Attempt, edits: list[PendingEdit], error: RemoteError) -> None:
        """Turn a failed change into what it means for its edits (docs/contracts/awardee.md section 4)."""
        now = int(self._wall())
        if isinstance(error, OutcomeUnknown):
            self._delivery.end_attempt(
                attempt, applied=None, detail=error.message, next_try=now + HOLD_SECONDS
            )
        elif isinstance(error, Refused):
            self._refused(attempt, edits, error)
        elif isinstance(error, NotFound):
            self._delivery.end_attempt(attempt, applied=False, detail=error.message)
            assignee = [edit for edit in edits if edit.field == "assignee_id" and edit.want is not None]
            if assignee:
                self._reject(assignee, "this colleague is no longer a member")
            else:
                self._second_look(edits, error)
        elif isinstance(error, Forbidden):
            self._delivery.end_attempt(attempt, applied=False, detail=error.message)
            self._forbidden.add(attempt.key)
            if error.code == "insufficient_scope" or len(self._forbidden) > 1:
                self._gate.report(read_only=True, message=error.message)
                self._wait(edits, now + 3600, error.message)
            else:
                self._second_look(edits, error)
        else:
            self._delivery.end_attempt(attempt, applied=False, detail=error.message)

    def _refused(self, attempt: Attempt, edits: list[PendingEdit], error: Refused) -> None:
        self._delivery.end_attempt(attempt, applied=False, detail=error.message)
        named = [edit for edit in edits if edit.field in error.field_errors]
        if any(stamp in error.field_errors for stamp in _STAMPS):
            self._without_stamps = True
        if named:
            for edit in named:
                self._reject([edit], error.field_errors[edit.field])
        elif not any(stamp in error.field_errors for stamp in _STAMPS):
            if len(edits) == 1:
                self._reject(edits, error.message)
            else:
                self._one_by_one.add(attempt.key)

    def _second_look(self, edits: list[PendingEdit], error: RemoteError) -> None:
        """A submission that is not there is looked for once more before its edits are called orphaned."""
        now = int(self._wall())
        for edit in edits:
            if edit.error == error.message and edit.next_try is not None:
                self._delivery.update(
                    replace(edit, state=EditState.ORPHANED, next_try=None, error=error.message)
                )
            else:
                self._wait([edit], now + _SECOND_LOOK_SECONDS, error.message)
        if edits:
            if isinstance(error, NotFound):
                key = edits[0].key
                self._on_change(self._writer.set_presence(key.source, key.id, "missing"))
            self._tell(edits[0].key)

    def _reject(self, edits: list[PendingEdit], message: str) -> None:
        for edit in edits:
            self._delivery.update(replace(edit, state=EditState.REJECTED, next_try=None, error=message))

    def _wait(self, edits: list[PendingEdit], until: int, message: str) -> None:
        for edit in edits:
            self._delivery.update(replace(edit, state=EditState.QUEUED, next_try=until, error=message))

    async def _call(self, request: Callable[[], Awaitable[FetchedSubmission]]) -> FetchedSubmission:
        return await self._gate.call(Lane.DELIVER, lambda: self._remote.budget, request)

    def _stored(self, key: Key, fetched: FetchedSubmission, as_of: int) -> None:
        self._on_change(self._writer.apply(key.source, [fetched], as_of))

    def _tell(self, key: Key) -> None:
        rowid = self._writer.rowid(key.source, key.id)
        if rowid is not None:
            self._on_change(ChangeSet(frozenset({rowid})))


def _due_at(edit: PendingEdit, now: int, *, flush: bool) -> int:
    rested = now if flush or edit.edited_at > now else edit.edited_at + DEBOUNCE_SECONDS
    if edit.next_try is None or edit.next_try > now + 24 * 3600:
        return rested
    if flush and edit.state is EditState.QUEUED:
        return rested
    return max(rested, edit.next_try)
