"""What a query means, told a second time in plain Python: every row is looked at."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cache.models import PRIORITIES, STATUSES, Member, Row
from cache.query import Query, Term, Word

__all__ = ["Known", "naive_ids"]

_OPEN = ("new", "read", "in_progress")
_UNSETTLED = ("queued", "sending", "verifying", "conflict", "rejected", "orphaned")


@dataclass(frozen=True)
class Known:
    """A row as the person sees it, with the words it holds."""

    row: Row
    number: int | None
    words: str


def naive_ids(
    query: Query, rows: Sequence[Known], members: Sequence[Member], me: Mapping[str, str]
) -> list[int]:
    """The rows that match, in the order of the query. Texts must be plain lower-case words."""
    words = [term for term in query.terms if isinstance(term, Word)]

    def holds(known: Known) -> bool:
        for term in query.terms:
            if isinstance(term, Word):
                found = _word(term, known, last=term is words[-1])
            else:
                found = any(_value(term, value.text, known.row, members, me) for value in term.values)
            if found == term.negated:
                return False
        return True

    matches = [known for known in rows if holds(known)]
    matches.sort(key=lambda known: -known.row.rowid)
    for key in reversed(query.order):
        matches.sort(key=_KEYS[key.field], reverse=key.descending)
    return [known.row.rowid for known in matches]


_KEYS: dict[str, Callable[[Known], tuple[bool, int] | int | str]] = {
    "created": lambda known: known.row.rowid,
    "number": lambda known: (known.number is not None, known.number or 0),
    "priority": lambda known: _rank(known.row.priority, PRIORITIES),
    "status": lambda known: _rank(known.row.status, STATUSES),
    "name": lambda known: known.row.who.lower(),
}


def _rank(value: str, values: tuple[str, ...]) -> int:
    return values.index(value) if value in values else len(values)


def _word(term: Word, known: Known, *, last: bool) -> bool:
    number = None if term.quoted else re.fullmatch(r"(?:sub-|#)(\d+)", term.text, re.IGNORECASE)
    if number:
        return known.number == int(number.group(1))
    held = " ".join(re.findall(r"\w+", known.words))
    wanted = " ".join(re.findall(r"\w+", term.text))
    if not wanted:
        return term.text in known.words
    pattern = rf"\b{wanted}" if last and not term.quoted else rf"\b{wanted}\b"
    return re.search(pattern, held) is not None


def _value(term: Term, value: str, row: Row, members: Sequence[Member], me: Mapping[str, str]) -> bool:
    mine = row.assignee_id is not None and me.get(row.key.source) == row.assignee_id
    if term.field == "status":
        return row.status == value
    if term.field == "source":
        return row.key.source == value
    if term.field == "priority":
        if row.priority not in PRIORITIES:
            return False
        one, other = PRIORITIES.index(row.priority), PRIORITIES.index(value)
        return {
            "=": one == other,
            "<": one < other,
            "<=": one <= other,
            ">": one > other,
            ">=": one >= other,
        }[term.operator]
    if term.field == "assignee":
        if value in ("none", "any"):
            return (row.assignee_id is None) == (value == "none")
        if value == "me":
            return mine
        called = {m.user_id for m in members if any(p.lower().startswith(value) for p in m.name.split())}
        return row.assignee_id in called
    return {
        "open": row.status in _OPEN,
        "progress": row.status == "in_progress",
        "flagged": row.flagged,
        "unassigned": row.assignee_id is None,
        "mine": mine,
        "queued": row.sync in _UNSETTLED[:3],
        "unsettled": row.sync in _UNSETTLED,
    }.get(value, value in (row.status, row.sync))
