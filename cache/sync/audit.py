"""Which values of others our changes replaced unseen: the timeline of a submission tells.

The answer to a change shows our value in any case, and a submission carries no version
(docs/contracts/awardee.md section 2.1). So what came in between the read before a change and the change
itself shows only in the timeline: there, the row of our change names the value it replaced.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from cache.clock import WallClock
from cache.models import Event, Key, TriageField, TriageValue
from cache.outbox.attempts import Audit
from cache.outbox.delivery import Delivery
from cache.outbox.overwrites import Finding, Replaced
from cache.outbox.registers import same_value
from cache.store.changes import ChangeSet
from cache.store.writer import Writer
from cache.sync.gate import Gate
from cache.sync.pace import Lane
from cache.sync.remote import Forbidden, NotFound, OutcomeUnknown, Refused, Remote

__all__ = ["Auditor", "look_through"]

_FIELDS: Final[dict[str, TriageField]] = {
    "status_changed": "status",
    "priority_changed": "priority",
    "flagged": "flagged",
    "unflagged": "flagged",
    "assigned": "assignee_id",
    "unassigned": "assignee_id",
    "notes_updated": "notes",
}
_CLOCKS_APART: Final = 300
"""By how many seconds the server's clock may differ from ours before the oldest attempt is mistaken."""
_FIRST_WAIT: Final = 60.0
_LONGEST_WAIT: Final = 3600.0
_SPARED: Final = 3
"""How many submissions in a row may have no timeline before none is asked for."""


@dataclass(frozen=True, slots=True)
class _Change:
    """One event as a change of one field."""

    event: Event
    field: TriageField
    before: TriageValue
    after: TriageValue
    known: bool


def look_through(
    audits: Sequence[Audit], events: Sequence[Event], own_actors: Collection[str]
) -> tuple[Finding, ...]:
    """Find what each attempt replaced. Audits and events are of one submission, oldest first.

    `own_actors` are the actors under which our changes are listed; several people may share one. Of several
    rows that could be ours, one that replaced something unseen is taken: better told once too often.
    """
    findings: list[Finding] = []
    claimed: set[str] = set().union(*(audit.claimed for audit in audits))
    changes = [change for event in events if (change := _change(event)) is not None]
    for audit in audits:
        replaced: list[Replaced] = []
        ours: set[str] = set()
        for name, saw in audit.saw.items():
            line = [change for change in changes if change.field == name]
            place = _place(audit, name, line, claimed, own_actors)
            if place is None:
                continue
            ours.add(line[place].event.id)
            found = _replaced(audit, name, saw, line, place, own_actors)
            if found is not None:
                replaced.append(found)
        claimed |= ours
        findings.append(Finding(audit.attempt, tuple(replaced), frozenset(ours)))
    return tuple(findings)


def _place(
    audit: Audit,
    name: TriageField,
    line: Sequence[_Change],
    claimed: Collection[str],
    own_actors: Collection[str],
) -> int | None:
    """Where in the changes of a field the one of an attempt stands."""
    want: TriageValue = audit.attempt.body[name]
    taken = [place for place, change in enumerate(line) if change.event.id in claimed]
    fits = [
        place
        for place, change in enumerate(line)
        if change.event.id not in claimed
        and (not taken or place > taken[-1])
        and (_became(name, want, change.after) if change.known else True)
        and (not own_actors or change.event.actor_id is None or change.event.actor_id in own_actors)
    ]
    if not taken:
        earliest = audit.attempt.started_at - _CLOCKS_APART
        recent = [place for place in fits if _second(line[place].event, earliest) >= earliest]
        fits = recent or fits
    later = audit.later.get(name, 0)
    fits = fits[: max(1, len(fits) - later)]
    saw = audit.saw[name]
    telling = [
        place
        for place in fits
        if line[place].known and not any(same_value(name, line[place].before, value) for value in (saw, want))
    ]
    since = taken[-1] if taken else None
    possible = [place for place in telling if _was_held(name, saw, line, since, place)]
    return next(iter(possible or telling or fits), None)


def _was_held(
    name: TriageField, value: TriageValue, line: Sequence[_Change], since: int | None, place: int
) -> bool:
    """Whether a read between an earlier change of ours and the row at `place` can have shown a value."""
    if since is None and (not line[0].known or same_value(name, line[0].before, value)):
        return True
    passed = line[since or 0 : place]
    return any(not change.known or same_value(name, change.after, value) for change in passed)


def _became(name: TriageField, want: TriageValue, after: TriageValue) -> bool:
    """Whether a value a server holds may be what it made of ours: it may trim the lines of notes."""
    if name != "notes":
        return same_value(name, after, want)
    texts = [[line.strip() for line in str(value or "").strip().splitlines()] for value in (after, want)]
    return texts[0] == texts[1]


def _replaced(
    audit: Audit,
    name: TriageField,
    saw: TriageValue,
    line: Sequence[_Change],
    place: int,
    own_actors: Collection[str],
) -> Replaced | None:
    ours, earlier = line[place], line[place - 1] if place else None
    want: TriageValue = audit.attempt.body[name]
    if ours.known:
        if same_value(name, ours.before, saw) or same_value(name, ours.before, want):
            return None
        source = earlier.event if earlier and same_value(name, earlier.after, ours.before) else ours.event
        return Replaced(name, ours.before, True, want, source)
    # The timeline names no values: a foreign change shortly before ours is all that can be told.
    since = _second(ours.event, 0) - audit.age - 1
    foreign = earlier is not None and earlier.event.actor_id not in (None, *own_actors)
    if earlier is not None and own_actors and foreign and _second(earlier.event, 0) >= since:
        return Replaced(name, None, False, want, earlier.event)
    return None


def _change(event: Event) -> _Change | None:
    name = _FIELDS.get(event.type)
    if name is None:
        return None
    if name == "flagged":
        return _Change(event, name, event.type == "unflagged", event.type == "flagged", known=True)
    before, after = event.before, event.after
    known = _is_value(name, before) and _is_value(name, after) and before != after
    return _Change(event, name, before if known else None, after if known else None, known)


def _is_value(name: TriageField, value: object) -> bool:
    return isinstance(value, str) or (value is None and name in ("assignee_id", "notes"))


def _second(event: Event, unknown: int) -> int:
    return int(event.created_at.timestamp()) if event.created_at is not None else unknown


@dataclass(slots=True)
class _Rest:
    """How long a timeline that could not be read is left alone."""

    until: float = 0.0
    tries: int = 0

    def lengthen(self, now: float, *, spared: int = 0) -> None:
        """It failed again; the first `spared` times that means no rest yet."""
        if self.tries >= spared:
            self.until = now + min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(self.tries - spared, 10))
        self.tries += 1


@dataclass(slots=True)
class Auditor:
    """Reads the timelines of one source after our changes and keeps what they replaced."""

    remote: Remote
    gate: Gate
    writer: Writer
    delivery: Delivery
    steady: WallClock
    on_change: Callable[[ChangeSet], None]
    own_actors: frozenset[str] = frozenset()
    _rests: dict[Key, _Rest] = field(default_factory=dict)
    _all: _Rest = field(default_factory=_Rest)
    """Where one timeline after the other cannot be read, all are left alone."""

    def next_key(self) -> Key | None:
        """The submission whose timeline is to be read now.

        Where there is a sign of somebody else, whatever it costs; else only while more than half of every
        rate window is left, which leaves the rest of the budget to edits and news.
        """
        plenty = self.gate.plenty(self.remote.budget)
        now = self.steady()
        if now < self._all.until:
            return None
        waiting = [
            (not contended, key)
            for key, contended in self.delivery.attempts.to_audit(self.remote.source).items()
            if (contended or plenty) and (key not in self._rests or self._rests[key].until <= now)
        ]
        return min(waiting, key=lambda pair: pair[0])[1] if waiting else None

    @property
    def waits(self) -> bool:
        """Whether there is a timeline still to be read."""
        return bool(self.delivery.attempts.to_audit(self.remote.source))

    async def audit(self, key: Key) -> None:
        """Read the timeline of a submission and compare. Raises RemoteError when the source failed."""
        audits = self.delivery.audits(key)  # only what was answered before the timeline is asked for
        try:
            events = await self.gate.call(
                Lane.FOCUS, lambda: self.remote.budget, lambda: self.remote.events(key.id)
            )
        except (NotFound, Forbidden, Refused, OutcomeUnknown) as error:
            now = self.steady()
            self._rests.setdefault(key, _Rest()).lengthen(now)
            self._all.lengthen(now, spared=0 if isinstance(error, OutcomeUnknown) else _SPARED)
            raise
        self._rests.pop(key, None)
        self._all = _Rest()
        self.on_change(self.writer.set_events(key.source, key.id, events))
        self.delivery.audited(look_through(audits, events, self.own_actors))
        rowid = self.writer.rowid(key.source, key.id)
        if audits and rowid is not None:
            self.on_change(ChangeSet(frozenset({rowid})))
