"""Edits on their way out: a lane per submission, a read before every write, each outcome a durable state."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from cache.models import TRIAGE_FIELDS, Capability, EditState, Key, PendingEdit, Triage
from cache.outbox.attempts import Attempt
from cache.outbox.registers import same_value
from cache.store.writer import Seen
from cache.sync.due import MOVING, Due, what_is_due
from cache.sync.gate import Gate
from cache.sync.outcomes import Outcomes
from cache.sync.pace import Lane
from cache.sync.planner import Conflict, Converge, Decision, Hold, Merge, Send, Yield, patch_body, plan
from cache.sync.preflight import FRESH_SECONDS, is_scarce, may_stand_in, oldest_allowed
from cache.sync.remote import (
    BadAnswer,
    FetchedSubmission,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    Refused,
    RemoteError,
    Writable,
)
from cache.sync.rows import Rows
from cache.sync.spec import Tools

__all__ = ["Pusher"]

_JUMP_SECONDS: Final = 5.0
"""A wall clock that moved by more than this against the steady one was set by somebody."""
_CLASH: Final = "somebody else changed it too"
_Edits: TypeAlias = Sequence[PendingEdit]


@dataclass(frozen=True, slots=True)
class _Look:
    """What the server showed before a change."""

    server: Triage
    at: float
    """When, on the steady clock."""
    lasts: float
    """For how many seconds it allows the change."""
    read_at: int
    """The logical moment the read began."""
    moved: bool = False
    """True when it differs from what was cached: somebody else is at work."""


class Pusher:
    """Delivers the edits of one source."""

    def __init__(
        self,
        remote: Writable,
        gate: Gate,
        tools: Tools,
        *,
        may_write: bool = True,
    ) -> None:
        self._remote = remote
        self._gate = gate
        self._writer = tools.writer
        self._delivery = tools.delivery
        self._clock = tools.clock
        self._wall = tools.wall
        self._steady = tools.steady
        self._may_write = may_write
        self._rows = Rows(remote, gate, tools.writer, on_change=tools.on_change)
        self._outcomes = Outcomes(remote.source, self._rows, gate, tools)
        self._offset = self._wall() - self._steady()
        self._trusted_since = self._clock.now()
        """What was read before this moment never stands in for the read before a change."""
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
        self._notice_jump()
        if not self._may_write or (self._outcomes.closed and not flush):
            return Due((), None)
        self._outcomes.closed = False
        waiting: dict[Key, list[PendingEdit]] = {}
        for edit in self._delivery.registers.all():
            if edit.key.source == self._remote.source and edit.state in MOVING:
                waiting.setdefault(edit.key, []).append(edit)
        return what_is_due(
            waiting,
            int(self._wall()),
            flush=flush,
            plenty=self._gate.plenty(self._remote.budget),
            unhurried=self._outcomes.unhurried,
        )

    def newest_due(self, key: Key) -> int | None:
        """The logical moment of the newest edit of a submission, None unless it is to be delivered now."""
        edits = [edit for edit in self._delivery.registers.of(key) if edit.state in MOVING]
        if not edits or key.source != self._remote.source or not self._may_write or self._outcomes.closed:
            return None
        now = int(self._wall())
        due = what_is_due({key: edits}, now, flush=False, plenty=False, unhurried={})
        return max(edit.clock for edit in edits) if due.keys else None

    @property
    def _is_shared(self) -> bool:
        """Whether others write there too; nobody but us writes to a local ledger."""
        return Capability.REMOTE in self._remote.capabilities.values()

    def _notice_jump(self) -> None:
        """Deadlines are kept by the wall clock: they move with it when somebody sets it."""
        offset = self._wall() - self._steady()
        if abs(offset - self._offset) > _JUMP_SECONDS:
            self._delivery.moved(self._remote.source, int(offset - self._offset))
            self._offset, self._trusted_since = offset, self._clock.now()

    def reconsider(self, keys: Sequence[Key] | None = None) -> bool:
        """Look at parked conflicts again, of some submissions or of all, in the light of what is cached.

        One that settled itself is settled; one where only the foreign value went back is sent again; where
        somebody changed it once more, the person is shown that. True when something is to be sent now.
        """
        queued = False
        parked: dict[Key, list[PendingEdit]] = {}
        for edit in self._delivery.registers.conflicts(self._remote.source):
            if keys is None or edit.key in keys:
                parked.setdefault(edit.key, []).append(edit)
        for key, edits in parked.items():
            seen = self._writer.seen(key.source, key.id)
            if seen is None:
                continue
            unknown = self._delivery.unknown(key)
            decisions, _ = plan(edits, seen.triage, seen.as_of, unknown, int(self._wall()))
            for decision in decisions:
                edit = decision.edit
                if isinstance(decision, Converge):
                    self._delivery.converge(edit)
                elif isinstance(decision, Send | Merge):
                    again = replace(edit, next_try=None, error=None)
                    self._delivery.update(again, state=EditState.QUEUED)
                    queued = True
                elif isinstance(decision, Conflict) and decision.theirs != edit.theirs:
                    self._delivery.update(edit, state=EditState.CONFLICT, theirs=decision.theirs)
                else:
                    continue
                self._rows.tell(key)
        return queued

    async def deliver(self, key: Key) -> None:
        """Bring the edits of one submission a step further. Raises RemoteError when the source failed."""
        edits = [edit for edit in self._delivery.registers.of(key) if edit.state in MOVING]
        if not edits or self._outcomes.closed:
            return
        try:
            if (look := self._look_back(key, edits)) is not None:
                await self._send(key, edits, look)
                return
            await self._gate.turn(Lane.DELIVER, lambda: self._remote.budget, need=2)
            read_at, tick = self._clock.now(), self._steady()
            fetched = await self._rows.get(key)
        except (NotFound, Forbidden, Refused) as error:
            self._outcomes.unreadable(edits, error)
            return
        except OutcomeUnknown as error:
            self._outcomes.unreadable(edits, error)
            raise
        self._outcomes.was_read(key)
        moved = self._rows.store(key, fetched, read_at)
        self.reconsider([key])
        server = fetched.submission.triage
        if (newer := self._newer(key, read_at)) is not None:
            server, read_at = newer.triage, newer.as_of
        sends = self._outcomes.chosen(key, self._decide(key, edits, server, read_at))
        if sends:
            await self._send(key, sends, _Look(server, tick, FRESH_SECONDS, read_at, moved))

    def _look_back(self, key: Key, edits: _Edits) -> _Look | None:
        """What was read a short while ago, where the rate budget is so low that it may stand in for a read.

        Never in a one-off sync, nor for what was last seen before a failure, a start, or a clock that was
        set.
        """
        status, now = self._gate.status, self._wall()
        if (
            self._gate.tries > 1
            or not status.connection.is_up
            or not is_scarce(self._remote.budget, now)
            or self._outcomes.is_troubled(key)
            or self._delivery.unknown(key)
        ):
            return None
        seen = self._writer.seen(key.source, key.id)
        if seen is None or seen.as_of <= self._trusted_since or seen.seen_at <= status.since:
            return None
        age = now - seen.seen_at
        if not may_stand_in(edits, seen.triage, age):
            return None
        return _Look(seen.triage, self._steady() - age, oldest_allowed(edits), seen.as_of)

    def _newer(self, key: Key, than: int) -> Seen | None:
        """What a read begun later has shown already: a page may overtake a slow read of one submission."""
        seen = self._writer.seen(key.source, key.id)
        return seen if seen is not None and seen.as_of > than else None

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
        self._rows.tell(key)
        return sends

    def _settle(self, decision: Decision) -> None:
        edit = decision.edit
        if isinstance(decision, Converge | Yield):
            self._delivery.converge(edit)
        elif isinstance(decision, Hold):
            held = replace(edit, next_try=decision.until)
            self._delivery.update(held, state=EditState.VERIFYING)
        elif isinstance(decision, Conflict):
            parked = replace(edit, next_try=None, error=_CLASH)
            self._delivery.update(parked, state=EditState.CONFLICT, theirs=decision.theirs)

    async def _send(self, key: Key, edits: _Edits, look: _Look) -> None:
        await self._gate.turn(Lane.DELIVER, lambda: self._remote.budget)
        age = self._steady() - look.at
        if not 0 <= age <= look.lasts or self._newer(key, look.read_at) is not None:
            return  # it had to wait: what was read may no longer be so
        body = self._outcomes.without_refused_stamps(key, patch_body(edits, look.server))
        attempt = self._delivery.begin_attempt(
            key,
            body,
            edits,
            saw=look.server if self._is_shared else None,
            age=int(age) + 1,
            contended=look.moved,
        )
        if attempt is None:
            return
        self._rows.tell(key)
        try:
            answer = await self._patch(attempt)
        except RemoteError as error:
            self._trusted_since = self._clock.now()
            settled = await self._outcomes.unwritten(attempt, edits, error)
            self._rows.tell(key)
            if settled:
                return
            raise
        shown = answer.submission.triage
        self._rows.store(key, answer, self._clock.now())
        self._delivery.acknowledge(attempt, shown, contended=_is_contended(look.server, attempt, shown))
        self._outcomes.was_written(key)
        self._rows.tell(key)

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
            self._outcomes.lost(attempt, "the program stopped waiting for the answer")
            raise
        finally:
            self._on_the_wire -= 1
            if not self._on_the_wire:
                self._idle.set()
        if answer.submission.id != attempt.key.id:
            raise BadAnswer("The server answered a change with another submission.")
        return answer


def _is_contended(before: Triage, attempt: Attempt, shown: Triage) -> bool:
    """Whether the answer to a change shows more than the change."""
    return any(
        not same_value(name, shown.value(name), attempt.body.get(name, before.value(name)))
        for name in TRIAGE_FIELDS
    )
