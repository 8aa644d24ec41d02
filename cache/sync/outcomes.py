"""What a change that did not go through means for the edits it carried.

Facts: docs/contracts/awardee.md section 4. Every outcome ends in a durable state; none drops an edit a person
made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from cache.models import TRIAGE_FIELDS, Capability, EditState, JSONValue, Key, PendingEdit, TriageField
from cache.outbox.attempts import Attempt
from cache.sync.due import LONGEST_HOLD
from cache.sync.gate import Gate
from cache.sync.planner import HOLD_SECONDS
from cache.sync.remote import (
    Forbidden,
    NeverLeft,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    RemoteError,
)
from cache.sync.rows import Rows
from cache.sync.spec import Tools

__all__ = ["STAMPS", "Outcomes"]

STAMPS: Final = ("resolved_at", "resolved_by")
"""What leaving `resolved` clears (docs/contracts/awardee.md section 2.4)."""
_SECOND_LOOK_SECONDS: Final = 30
_LONGEST_WAIT: Final = 300
_Edits: TypeAlias = Sequence[PendingEdit]


class Outcomes:
    """Turns failures of one source into states of edits, and remembers what makes trouble."""

    def __init__(
        self,
        source: str,
        rows: Rows,
        gate: Gate,
        tools: Tools,
    ) -> None:
        self._rows = rows
        self._gate = gate
        self._sources = tools.writer.sources
        self._delivery = tools.delivery
        self._clock = tools.clock
        self._wall = tools.wall
        self._steady = tools.steady
        self._on_change = tools.on_change
        self.closed = False
        """True after the server said that this credential may not write, until the person asks again."""
        self._allowed = self._sources.state(source)
        self._one_by_one: set[Key] = set()
        self._bare: set[Key] = set()
        self._without_stamps = False
        self._forbidden: set[Key] = set()
        self._second_looks: dict[Key, float] = {}
        self._troubles: dict[Key, int] = {}
        self._unsent: dict[Key, int] = {}

    # What is known of a submission

    @property
    def unhurried(self) -> dict[Key, bool]:
        """The submissions whose second look nobody may hurry."""
        now = self._steady()
        return {key: moment > now for key, moment in self._second_looks.items()}

    def is_troubled(self, key: Key) -> bool:
        """Whether something about it went wrong and has not gone right since."""
        return any(key in held for held in (self._one_by_one, self._bare, self._unsent, self._troubles))

    def chosen(self, key: Key, sends: list[PendingEdit]) -> list[PendingEdit]:
        """Which of the edits go into the next change: all, or one where something in them was refused."""
        if len(sends) < 2:
            self._one_by_one.discard(key)
        return sends[:1] if key in self._one_by_one else sends

    def without_refused_stamps(self, key: Key, body: Mapping[str, JSONValue]) -> dict[str, JSONValue]:
        """What is sent where the server does not take our stamps."""
        bare = self._without_stamps or key in self._bare
        return {name: value for name, value in body.items() if not (bare and name in STAMPS)}

    # What went right

    def was_read(self, key: Key) -> None:
        """The submission is there and can be read."""
        self._troubles.pop(key, None)
        self._second_looks.pop(key, None)

    def was_written(self, key: Key) -> None:
        """A change was acknowledged."""
        self._bare.discard(key)
        self._unsent.pop(key, None)
        self._forbidden.clear()
        if self._gate.status.read_only:
            self._gate.report(read_only=False)
            self._set_capabilities(self._allowed.capabilities if self._allowed is not None else None)

    # What went wrong

    def unreadable(self, edits: _Edits, error: RemoteError) -> None:
        """The read before a change failed."""
        if isinstance(error, NotFound | Forbidden):
            self._missed(edits, error)
        elif isinstance(error, Refused | OutcomeUnknown):
            self._later(edits, error, self._troubles)

    async def unwritten(self, attempt: Attempt, edits: _Edits, error: RemoteError) -> bool:
        """A change failed; True when that is settled here and the source goes on."""
        key = attempt.key
        if isinstance(error, OutcomeUnknown):
            self.lost(attempt, error.message)
            return False
        self._delivery.end_attempt(attempt, applied=False, detail=error.message)
        if isinstance(error, Refused):
            self._refused(attempt, edits, error)
        elif isinstance(error, NotFound):
            await self._not_found(attempt, edits, error)
        elif isinstance(error, Forbidden):
            self._missed(edits, error)
        elif isinstance(error, NeverLeft | RateLimited):
            self._later(edits, error, self._unsent)
            return self._unsent[key] < self._gate.tries  # a one-off sync comes back to it
        else:
            return False
        return True

    def lost(self, attempt: Attempt, detail: str) -> None:
        """Nobody knows what became of a change (rule R4); each time that happens it rests longer."""
        count = self._unsent[attempt.key] = self._unsent.get(attempt.key, 0) + 1
        next_try = int(self._wall()) + min(LONGEST_HOLD, HOLD_SECONDS * 2 ** min(count - 1, 9))
        self._delivery.end_attempt(attempt, applied=None, detail=detail, next_try=next_try)

    def _refused(self, attempt: Attempt, edits: _Edits, error: Refused) -> None:
        named = [edit for edit in edits if edit.field in error.field_errors]
        stamps = [name for name in STAMPS if name in attempt.body]
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
            fetched = await self._rows.get(attempt.key)
        except (NotFound, Forbidden) as gone:
            self._missed(edits, gone)
            return
        except RemoteError:
            return  # the edits are queued and will be looked at again
        self._rows.store(attempt.key, fetched, read_at)
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
        left = self._second_looks.get(key, 0.0) - self._steady()
        for edit in edits:
            if left > 0:
                self._delivery.wait(edit, now + int(left) + 1, error.message)
            elif edit.error == error.message and edit.next_try is not None:
                self._second_looks.pop(key, None)
                self._park(edit, EditState.ORPHANED, error.message)
            else:
                self._second_looks[key] = self._steady() + _SECOND_LOOK_SECONDS
                self._delivery.wait(edit, now + _SECOND_LOOK_SECONDS, error.message)
        if isinstance(error, NotFound):
            self._rows.missing(key)
        self._rows.tell(key)

    def _read_only(self, edits: _Edits, message: str) -> None:
        """This credential may not write: every edit is kept until it may, or the person says otherwise."""
        self.closed = True
        self._gate.report(read_only=True, message=message)
        self._set_capabilities(dict.fromkeys(TRIAGE_FIELDS, Capability.NONE))
        for edit in edits:
            self._delivery.wait(edit, None, message)

    def _set_capabilities(self, capabilities: Mapping[TriageField, Capability] | None) -> None:
        state = self._allowed
        if state is None or state.account_id is None:
            return
        self._on_change(
            self._sources.set_account(
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
            self._park(edit, EditState.REJECTED, message)

    def _park(self, edit: PendingEdit, state: EditState, message: str) -> None:
        """Leave it to the person; what nobody asked for is nothing they should have to answer."""
        if edit.implicit:
            self._delivery.converge(edit)
        else:
            self._delivery.update(replace(edit, next_try=None, error=message), state=state)
