"""From the tree to one parametrised SQL condition over the alias `t` (triage, or the edited rows)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from cache.models import PRIORITIES, STATUSES, Member
from cache.names import fold
from cache.query.errors import MeUnknown, QueryError
from cache.query.fields import IS_STATES, IS_STATUS
from cache.query.tree import Order, Query, Term, Value, Word
from cache.segments import phrase
from cache.text import scrub

__all__ = ["Parameter", "QueryContext", "Statement", "compile_query"]

Parameter: TypeAlias = str | int
Condition: TypeAlias = tuple[str, list[Parameter]]

_NUMBER: Final = re.compile(r"(?:SUB-|#)0*([0-9]{1,15})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class QueryContext:
    """What names in a query mean here and now."""

    sources: tuple[str, ...]
    """Sources of the config: rows of others are not listed."""
    members: tuple[Member, ...] = ()
    me: Mapping[str, str] | None = None
    """The person's user id at each source."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A condition and an order, ready to stand in a statement."""

    where: str
    """Over the alias `t`; its values are `parameters`."""
    parameters: tuple[Parameter, ...]
    order_by: str
    """Over the aliases `t` and `s` (the submission)."""
    newest_first: bool
    """True when the order is that of the rowids, newest first."""
    searches: bool
    """True when the condition reads the text index."""


def compile_query(query: Query, context: QueryContext) -> Statement:
    """Compile a query. Raises QueryError when a name in it means nothing here, MeUnknown for `me`."""
    parts: list[str] = []
    parameters: list[Parameter] = []
    words = [term for term in query.terms if isinstance(term, Word)]
    for term in query.terms:
        if isinstance(term, Word):
            sql, values = _word(term, prefix=term is words[-1])
        else:
            sql, values = _TERMS[term.field](term, context)
        parts.append(f"NOT ({sql})" if term.negated else sql)
        parameters += values
    parts.append(f"t.source IN ({_marks(context.sources)})" if context.sources else "0")
    parameters += context.sources
    return Statement(
        where=" AND ".join(parts),
        parameters=tuple(parameters),
        order_by=_order_by(query.order),
        newest_first=query.order == (Order("created", descending=True),),
        searches=bool(words),
    )


def _marks(values: tuple[object, ...] | list[Parameter]) -> str:
    return ",".join("?" * len(values))


def _one_of(column: str, values: list[Parameter]) -> Condition:
    return f"{column} IN ({_marks(values)})", values


def _word(word: Word, *, prefix: bool) -> Condition:
    text = scrub(word.text)
    number = None if word.quoted else _NUMBER.fullmatch(text)
    if number:
        return "t.rowid IN (SELECT rowid FROM submission WHERE number = ?)", [int(number.group(1))]
    if not any(character.isalnum() for character in text):
        sql = (
            "t.rowid IN (SELECT rowid FROM submission WHERE"
            " instr(who, ?1) OR instr(about, ?1) OR instr(body_of(answers), ?1)"
            " OR instr(coalesce(notes, ''), ?1))"
        ).replace("?1", "?")
        return sql, [text] * 4
    match = '"' + phrase(text).replace('"', '""') + '"' + ("*" if prefix and not word.quoted else "")
    return "t.rowid IN (SELECT rowid FROM search WHERE search MATCH ?)", [match]


def _status(term: Term, _: QueryContext) -> Condition:
    return _one_of("t.status", [value.text for value in term.values])


def _priority(term: Term, _: QueryContext) -> Condition:
    rank = PRIORITIES.index(term.values[0].text)
    chosen: dict[str, list[Parameter]] = {
        "=": [value.text for value in term.values],
        "<": list(PRIORITIES[:rank]),
        "<=": list(PRIORITIES[: rank + 1]),
        ">": list(PRIORITIES[rank + 1 :]),
        ">=": list(PRIORITIES[rank:]),
    }
    return _one_of("t.priority", chosen[term.operator])


def _source(term: Term, context: QueryContext) -> Condition:
    for value in term.values:
        if value.text not in context.sources:
            known = f" Sources: {', '.join(context.sources)}" if context.sources else ""
            raise QueryError(value.column, f'there is no source "{value.text}".{known}')
    return _one_of("t.source", [value.text for value in term.values])


def _assignee(term: Term, context: QueryContext) -> Condition:
    conditions = [_person(value, context) for value in term.values]
    return _any(conditions)


def _person(value: Value, context: QueryContext) -> Condition:
    wanted = fold(value.text)
    if wanted == "none":
        return "t.assignee_id IS NULL", []
    if wanted == "any":
        return "t.assignee_id IS NOT NULL", []
    if wanted in ("me", "@me"):
        return _mine(value.column, context)
    ids: list[Parameter] = sorted(
        {
            member.user_id
            for member in context.members
            if member.user_id == value.text
            or (wanted and any(part.startswith(wanted) for part in _name_parts(member.name)))
        }
    )
    if not ids:
        raise QueryError(
            value.column, f'no colleague is called "{value.text}". Write a name, `me`, `none` or `any`'
        )
    sql, values = _one_of("t.assignee_id", ids)
    return f"(t.assignee_id IS NOT NULL AND {sql})", values  # NULL would make a negation NULL too


def _name_parts(name: str) -> tuple[str, ...]:
    return (fold(name), *fold(name).split())


def _mine(column: int, context: QueryContext) -> Condition:
    if not context.me:
        raise MeUnknown(column)
    conditions: list[Condition] = [
        ("(t.source = ? AND t.assignee_id IS ?)", [source, user]) for source, user in context.me.items()
    ]
    return _any(conditions)


def _any(conditions: list[Condition]) -> Condition:
    sql = " OR ".join(sql for sql, _ in conditions)
    return f"({sql})", [value for _, values in conditions for value in values]


def _is(term: Term, context: QueryContext) -> Condition:
    return _any([_state(value, context) for value in term.values])


def _state(value: Value, context: QueryContext) -> Condition:
    if value.text in IS_STATUS:
        return _one_of("t.status", list(IS_STATUS[value.text]))
    if value.text in IS_STATES:
        sql, values = _one_of("sync", list(IS_STATES[value.text]))
        return f"t.rowid IN (SELECT rowid FROM temp.edited WHERE {sql})", values
    if value.text == "flagged":
        return "t.flagged = 1", []
    if value.text == "unassigned":
        return "t.assignee_id IS NULL", []
    return _mine(value.column, context)


_TERMS: Final = {
    "status": _status,
    "priority": _priority,
    "assignee": _assignee,
    "source": _source,
    "is": _is,
}


def _rank(column: str, values: tuple[str, ...]) -> str:
    whens = " ".join(f"WHEN '{value}' THEN {rank}" for rank, value in enumerate(values))
    return f"CASE {column} {whens} ELSE {len(values)} END"


_SORT_SQL: Final[Mapping[str, str]] = {
    "created": "t.rowid",
    "number": "s.number",
    "priority": _rank("t.priority", PRIORITIES),
    "status": _rank("t.status", STATUSES),
    "name": "s.who COLLATE NOCASE",
}


def _order_by(order: tuple[Order, ...]) -> str:
    keys = [f"{_SORT_SQL[key.field]} {'DESC' if key.descending else 'ASC'}" for key in order]
    if all(key.field != "created" for key in order):
        keys.append("t.rowid DESC")
    return ", ".join(keys)
