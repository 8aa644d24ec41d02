"""Which rows of a timeline tell of our changes, and what those replaced.

Everybody who shares a key is listed under one actor, a change that wrote what was there already has no row,
and the answer to another was lost. So the rows of a field are given to our changes of it together, in order,
and the whole that explains most is taken; of equals the one in which rows and changes are nearest in time.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cache.models import Event, TriageField, TriageValue
from cache.outbox.attempts import Audit
from cache.outbox.overwrites import Finding, Replaced
from cache.outbox.registers import same_value

__all__ = ["look_through"]

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
_KNOWN: Final = 1 << 120
"""What it is worth to give an attempt a row that is known to be its own; each of the next counts less than
any number of the one before."""
_ACKNOWLEDGED: Final = 1 << 100
"""To give an attempt that was acknowledged a row."""
_POSSIBLE: Final = 1 << 80
"""A row that replaced something unseen, where the read before can have shown what it did."""
_TELLING: Final = 1 << 60
"""A row that replaced something unseen: better told once too often."""
_ANY: Final = 1 << 40
_NEAR: Final = 1 << 20
"""A row of the very second of the attempt; one less for every second between them."""


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
    """Find what each attempt that is due replaced. Audits and events are of one submission, oldest first.

    `own_actors` are the actors under which our changes are listed; several people may share one.
    """
    replaced: dict[int, list[Replaced]] = {audit.attempt.id: [] for audit in audits if audit.due}
    ours: dict[int, set[str]] = {number: set() for number in replaced}
    changes = [change for event in events if (change := _change(event)) is not None]
    ahead = _ahead(audits, events)
    for name in dict.fromkeys(change.field for change in changes):
        line = [change for change in changes if change.field == name]
        tried = [audit for audit in audits if name in audit.attempt.body]
        for number, place in _places(tried, name, line, own_actors, ahead).items():
            audit = tried[number]
            if audit.attempt.id not in replaced or name not in audit.saw:
                continue
            ours[audit.attempt.id].add(line[place].event.id)
            found = _replaced(audit, name, line, place, own_actors)
            if found is not None:
                replaced[audit.attempt.id].append(found)
    return tuple(
        Finding(audit.attempt, tuple(replaced[audit.attempt.id]), frozenset(ours[audit.attempt.id]))
        for audit in audits
        if audit.due
    )


def _places(
    audits: Sequence[Audit],
    name: TriageField,
    line: Sequence[_Change],
    own_actors: Collection[str],
    ahead: int,
) -> Mapping[int, int]:
    """Which attempt has which row, both by their place: in order, and worth as much as can be had.

    A table of what the attempts so far are worth if the last row that was given is the n-th, 0 for none:
    it grows by one attempt at a time.
    """
    worth: list[int | None] = [0, *[None] * len(line)]
    roads: list[dict[int, int]] = []
    anchored = any(change.event.id in audit.events for audit in audits for change in line)
    taken = frozenset().union(*(audit.events for audit in audits))
    for audit in audits:
        best = _best_until(worth)
        after, road = list(worth), dict[int, int]()
        for place in _fits(audit, name, line, own_actors, taken, anchored=anchored):
            near = _nearness(audit, line[place].event, ahead)
            for since, gain in _gains(audit, name, line, place, best):
                reached = (worth[since] or 0) + gain + near
                if (so_far := after[place + 1]) is None or reached > so_far:
                    after[place + 1], road[place + 1] = reached, since
        worth = after
        roads.append(road)
    last = _best_until(worth)[-1]
    found: dict[int, int] = {}
    for number in reversed(range(len(audits))):
        if last in roads[number]:
            found[number] = last - 1
            last = roads[number][last]
    return found


def _ahead(audits: Sequence[Audit], events: Sequence[Event]) -> int:
    """By how many seconds the server's clock is ahead of ours, by the newest row that is known to be ours."""
    for event in reversed(events):
        for audit in audits:
            if event.id in audit.events and event.created_at is not None:
                return _second(event, 0) - audit.attempt.started_at
    return 0


def _nearness(audit: Audit, event: Event, ahead: int) -> int:
    """What tells rows apart between which nothing else decides."""
    if event.created_at is None:
        return 0
    return max(0, _NEAR - abs(_second(event, 0) - audit.attempt.started_at - ahead))


def _best_until(worth: Sequence[int | None]) -> list[int]:
    """For each n, where up to there the most is reached; of equals the first."""
    best = [0]
    for here, value in enumerate(worth[1:], start=1):
        most = worth[best[-1]]
        best.append(here if value is not None and (most is None or value > most) else best[-1])
    return best


def _fits(
    audit: Audit,
    name: TriageField,
    line: Sequence[_Change],
    own_actors: Collection[str],
    taken: Collection[str],
    *,
    anchored: bool,
) -> list[int]:
    """The rows that may tell of an attempt."""
    if audit.events:
        return [place for place, change in enumerate(line) if change.event.id in audit.events]
    want: TriageValue = audit.attempt.body[name]
    fits = [
        place
        for place, change in enumerate(line)
        if change.event.id not in taken
        and (not change.known or _became(name, want, change.after))
        and (not own_actors or change.event.actor_id is None or change.event.actor_id in own_actors)
    ]
    earliest = audit.attempt.started_at - _CLOCKS_APART
    recent = [place for place in fits if _second(line[place].event, earliest) >= earliest]
    return fits if anchored else recent or fits


def _gains(
    audit: Audit, name: TriageField, line: Sequence[_Change], place: int, best: Sequence[int]
) -> list[tuple[int, int]]:
    """What giving a row to an attempt adds, by the row given before it."""
    gain = _ANY
    if line[place].event.id in audit.events:
        gain += _KNOWN
    if audit.attempt.outcome == "applied":
        gain += _ACKNOWLEDGED
    before = line[place].before
    want: TriageValue = audit.attempt.body[name]
    if name not in audit.saw or not line[place].known:
        return [(best[place], gain)]
    saw = audit.saw[name]
    if same_value(name, before, saw) or same_value(name, before, want):
        return [(best[place], gain)]
    gains = [(best[place], gain + _TELLING)]
    held = _last_held(name, saw, line, place)
    if held is not None:
        gains.append((best[held], gain + _TELLING + _POSSIBLE))
    return gains


def _last_held(name: TriageField, value: TriageValue, line: Sequence[_Change], place: int) -> int | None:
    """After how many rows, at the most, a read before the row at `place` can have shown a value."""
    for count in range(place, 0, -1):
        if not line[count - 1].known or same_value(name, line[count - 1].after, value):
            return count
    return 0 if not line[0].known or same_value(name, line[0].before, value) else None


def _became(name: TriageField, want: TriageValue, after: TriageValue) -> bool:
    """Whether a value a server holds may be what it made of ours: it may trim the lines of notes."""
    if name != "notes":
        return same_value(name, after, want)
    texts = [[line.strip() for line in str(value or "").strip().splitlines()] for value in (after, want)]
    return texts[0] == texts[1]


def _replaced(
    audit: Audit,
    name: TriageField,
    line: Sequence[_Change],
    place: int,
    own_actors: Collection[str],
) -> Replaced | None:
    ours, earlier = line[place], line[place - 1] if place else None
    want: TriageValue = audit.attempt.body[name]
    saw = audit.saw[name]
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
