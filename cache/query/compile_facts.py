"""Facts, numbers, times and identifiers as conditions in SQL."""

import json
import math
from typing import Final

from cache.models import ROWIDS_A_SECOND
from cache.names import FACT_CUT
from cache.query.meaning import (
    AnswerBetween,
    AnswerGiven,
    Between,
    HasNotes,
    Holds,
    Numbered,
    Synced,
    Tagged,
    Unopened,
)
from cache.query.statement import NO_ROWS, Condition, Sql, Way, within
from cache.text import scrub

__all__ = [
    "answer_between",
    "answer_given",
    "answer_holds",
    "answer_says",
    "between",
    "has_notes",
    "holds",
    "marks",
    "numbered",
    "symbol",
    "synced",
    "tagged",
    "unopened",
]

_FURTHEST: Final = 2**58
"""Seconds beyond this are no time of any submission; times 16 they would leave the range of integers."""
_TRIGRAM: Final = 3


def marks(count: int) -> str:
    """Question marks for so many values."""
    return ",".join("?" * count)


def _same(text: str, *values: str | float) -> Condition:
    """One condition for rows with and without edits."""
    sql = Sql(text, values)
    return Condition(sql, sql)


def _of_submission(condition: str, *values: str | float) -> Condition:
    return _same(f"EXISTS (SELECT 1 FROM main.submission s WHERE s.rowid = t.rowid AND {condition})", *values)


def _with(condition: Condition, way: Way | None, singly: Sql | None = None) -> Condition:
    return Condition(condition.base, singly or condition.edited, way=way, singly=singly)


def tagged(meaning: Tagged) -> Condition:
    """A fact the provider told in words."""
    if meaning.values is None:
        terms = Sql("SELECT id FROM main.term WHERE name = ?", (meaning.name,))
        condition = _same(
            "t.rowid IN (SELECT submission FROM main.tagged"
            f" WHERE term IN ({terms.text}){within('submission')})",
            *terms.values,
        )
        streams = False
    else:
        values = sorted({value[:FACT_CUT] for value in map(scrub, meaning.values)})
        terms = Sql(
            f"SELECT id FROM main.term WHERE name = ? AND value IN ({marks(len(values))})",
            (meaning.name, *values),
        )
        condition = _same(
            f"EXISTS (SELECT 1 FROM main.tagged g WHERE g.term IN ({terms.text}) AND g.submission = t.rowid)",
            *terms.values,
        )
        streams = len(values) == 1
    where = Sql(f"d.term {'=' if streams else 'IN'} ({terms.text})", terms.values)
    way = Way(Sql("main.tagged d"), "d.submission", where, streams=streams, repeats=not streams)
    return _with(condition, way)


def _measured(label: str, low: float | None, high: float | None) -> Condition:
    bounds, values = _bounds("value", low, high)
    chosen = f"label = (SELECT id FROM main.label WHERE name = ?){bounds}"
    condition = _same(f"t.rowid IN (SELECT submission FROM main.measured WHERE {chosen})", label, *values)
    where = Sql(chosen, (label, *values))
    one = low is not None and low == high
    way = Way(Sql("main.measured d"), "d.submission", where, streams=one, repeats=not one)
    ends = tuple(
        math.copysign(math.inf, sign) if end is None else end for end, sign in ((low, -1), (high, 1))
    )
    singly = _of_submission(
        "is_measured(s.facts, (SELECT id FROM main.label WHERE name = ?), ?, ?)", label, *ends
    )
    return _with(condition, way, singly.base)


def _bounds(column: str, low: float | None, high: float | None) -> tuple[str, list[float]]:
    text, values = "", []
    for operator, end in ((">=", low), ("<=", high)):
        if end is not None:
            text += f" AND {column} {operator} ?"
            values.append(float(end))
    return text, values


def between(meaning: Between) -> Condition:
    """A number or a time of the provider."""
    if meaning.name == "created":
        return _created(meaning.low, meaning.high)
    return _measured(meaning.name[: FACT_CUT + len("meta.")], meaning.low, meaning.high)


_FREE: Final = (
    "(CASE WHEN EXISTS (SELECT 1 FROM main.triage WHERE rowid = ?)"
    " THEN (SELECT x.rowid + 1 FROM main.triage x WHERE x.rowid >= ?"
    " AND NOT EXISTS (SELECT 1 FROM main.triage y WHERE y.rowid = x.rowid + 1)"
    " ORDER BY x.rowid LIMIT 1) ELSE ? END)"
)
"""The first rowid from a second on that no submission of an earlier second can have.

A second has room for 16 submissions; more of them take the next free places.
"""
_WHEN: Final = "(SELECT c.created FROM main.submission c WHERE c.rowid = t.rowid)"


def _created(low: float | None, high: float | None) -> Condition:
    """Rowids are in order of creation; only beside a crowded second has the time itself to be read."""
    parts: list[str] = []
    values: list[int] = []
    if low is not None:
        first = math.ceil(_near(low))
        parts.append(f"t.rowid >= ? AND (t.rowid >= {_FREE} OR {_WHEN} >= ?)")
        values += [first * ROWIDS_A_SECOND, *_free(first), first]
    if high is not None:
        last = math.floor(_near(high))
        parts.append(f"t.rowid < {_FREE} AND (t.rowid < ? OR {_WHEN} <= ?)")
        values += [*_free(last + 1), (last + 1) * ROWIDS_A_SECOND, last]
    return _same(f"({' AND '.join(parts) or '1'})", *values)


def _near(moment: float) -> float:
    return max(-_FURTHEST, min(_FURTHEST, moment))


def _free(second: int) -> tuple[int, int, int]:
    before = second * ROWIDS_A_SECOND - 1
    return before, before, before + 1


def answer_between(meaning: AnswerBetween) -> Condition:
    """An answer that is a number or a date."""
    kind = {"number": "f.", "date": "d."}[meaning.kind]
    return _measured(kind + scrub(meaning.label)[:FACT_CUT], meaning.low, meaning.high)


def answer_given(meaning: AnswerGiven) -> Condition:
    """There is an answer; labels that never had one are known without a look at the submissions."""
    label = scrub(meaning.label)[:FACT_CUT]
    given = _of_submission("answer_given(s.answers, ?)", label)
    text = f"(EXISTS (SELECT 1 FROM main.label WHERE name = ?) AND {given.base.text})"
    return _same(text, f"f.{label}", *given.base.values)


def answer_says(label: str, words: list[str], *, prefix: bool) -> Condition:
    """One answer has these words, whatever the others have."""
    label = scrub(label)[:FACT_CUT]
    return _of_submission("answer_says(s.answers, ?, ?, ?)", label, json.dumps(words), int(prefix))


def answer_holds(label: str, text: str) -> Condition:
    """An answer under a label holds a text as it is."""
    return _of_submission("answer_holds(s.answers, ?, ?)", scrub(label)[:FACT_CUT], scrub(text))


def symbol(text: str) -> Condition:
    """A text as it is, without words, in name, answers or notes."""
    text = scrub(text)
    looked = "EXISTS (SELECT 1 FROM main.submission s WHERE s.rowid = t.rowid AND (instr(s.who, ?)"
    looked += " OR instr(coalesce({}.notes, ''), ?) OR instr(body_of(s.answers), ?)))"
    values = (text,) * looked.count("?")
    return Condition(Sql(looked.format("s"), values), Sql(looked.format("t"), values))


def holds(meaning: Holds) -> Condition:
    """Part of an e-mail address, a phone number or an id."""
    text = scrub(meaning.text)
    if not text:
        return NO_ROWS
    if meaning.what == "id":
        return _id_holds(text, begins=meaning.begins)
    function = {"email": "folded", "phone": "dialled"}[meaning.what]
    return _among(f"instr({function}(s.{meaning.what}), ?)", text, text)


def _id_holds(text: str, *, begins: bool) -> Condition:
    """Every id is looked at, in an index that holds nothing else."""
    where = "instr(CASE WHEN s.id GLOB '*[^ -~]*' THEN folded(s.id) ELSE lower(s.id) END, ?)"
    where += " = 1" if begins else ""
    way = Way(Sql("main.submission s"), "s.rowid", Sql(where, (text,)), streams=False)
    base = _same(f"t.rowid IN (SELECT s.rowid FROM main.submission s WHERE {where})", text)
    return _with(base, way, _of_submission(where, text).base)


def _among(test: str, value: str, needle: str | None) -> Condition:
    """Submissions that pass a test, looked for among those that have every three letters of the needle."""
    singly = _of_submission(f"coalesce({test}, 0)", value)
    three = None if needle is None else _trigrams(needle)
    if three is None:
        return singly
    table = "main.ident d CROSS JOIN main.submission s ON s.rowid = d.rowid"
    where = Sql(f"d.ident MATCH ? AND {test}", (three, value))
    base = _same(
        f"t.rowid IN (SELECT d.rowid FROM {table} WHERE {where.text}{within('d.rowid')})", *where.values
    )
    return _with(base, Way(Sql(table), "d.rowid", where, streams=True), singly.base)


def _trigrams(needle: str) -> str | None:
    parts = [needle[at : at + _TRIGRAM] for at in range(len(needle) - _TRIGRAM + 1)]
    quoted = ('"' + part.replace('"', '""') + '"' for part in dict.fromkeys(parts[:64]))
    return " AND ".join(quoted) or None


def numbered(meaning: Numbered) -> Condition:
    """The number the provider gave."""
    if meaning.digits:
        digits = scrub(meaning.digits)
        return _among("instr(CAST(s.number AS TEXT), ?)", digits, digits)
    if meaning.low is None and meaning.high is None:
        return _of_submission("s.number IS NOT NULL")
    low, high = (_inside(end) for end in (meaning.low, meaning.high))
    parts = [(">=", low), ("<=", high)]
    where = " AND ".join(f"number {operator} ?" for operator, end in parts if end is not None)
    values = tuple(end for _, end in parts if end is not None)
    condition = _same(f"t.rowid IN (SELECT rowid FROM main.submission WHERE {where})", *values)
    singly = _of_submission(where, *values)
    one = low is not None and low == high
    where = "number = ?" if one else where
    way = Way(Sql("main.submission d"), "d.rowid", Sql(where, values[:1] if one else values), streams=one)
    return _with(condition, way, singly.base)


def _inside(end: int | None) -> int | None:
    return None if end is None else max(-(2**63), min(2**63 - 1, end))


def has_notes(_: HasNotes) -> Condition:
    """There is an internal note; those who have one stand in an index of their own."""
    held = _of_submission("s.notes <> ''")
    way = Way(Sql("main.submission d"), "d.rowid", Sql("d.notes <> ''"), streams=True)
    return Condition(held.base, Sql("coalesce(t.notes, '') <> ''"), way=way)


def synced(meaning: Synced) -> Condition:
    """How its edits stand; a row without any has no state."""
    states = tuple(sorted(meaning.states))
    return Condition(Sql("0"), Sql(f"t.sync IN ({marks(len(states))})", states), is_cubic=True)


def unopened(_: Unopened) -> Condition:
    """It was never opened here."""
    sql = Sql("t.rowid NOT IN (SELECT rowid FROM temp.opened)")
    return Condition(sql, sql, is_opened=True)
