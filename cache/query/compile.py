"""From what a query means to one parametrised SQL condition over the alias `t`.

Every leaf is a condition that is never NULL. Words that must all hold are one question to the text index,
conditions on triage are counted from the kept sums, and the others say by which road their rows are reached.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from cache.models import PRIORITIES, STATUSES
from cache.query import compile_facts as facts
from cache.query.compile_text import Asked, Beginnings, all_words, as_asked, text_condition, text_expression
from cache.query.context import QueryContext
from cache.query.meaning import (
    All,
    AnswerBetween,
    AnswerGiven,
    AnswerText,
    Assigned,
    Between,
    Either,
    Flagged,
    HasNotes,
    Holds,
    Meaning,
    Numbered,
    OneOf,
    Phrase,
    Symbol,
    Synced,
    Tagged,
    Unopened,
    Without,
)
from cache.query.statement import ALL_ROWS, NO_ROWS, Condition, Sql, Statement, Way, joined
from cache.query.tokens import phrase_words
from cache.query.tree import DEFAULT_ORDER, Order
from cache.text import scrub

__all__ = ["compile_meaning"]


def compile_meaning(
    meaning: Meaning,
    order: Sequence[Order],
    context: QueryContext,
    *,
    limit: int | None = None,
    beginnings: Beginnings = as_asked,
) -> Statement:
    """Compile a meaning and an order.

    `beginnings` knows the indexed words that begin with what is typed of the last one.
    """
    return Statement(
        conditions=tuple(_together(_parts(meaning), beginnings)),
        sources=_one_of("source", context.sources),
        order_by=_order_by(order),
        newest_first=tuple(order[:1]) in ((), DEFAULT_ORDER),
        limit=limit,
    )


def _parts(meaning: Meaning) -> list[Meaning]:
    """What must hold, with groups inside groups taken apart; each thing once."""
    if not isinstance(meaning, All):
        return [meaning]
    return list(dict.fromkeys(part for inner in meaning.parts for part in _parts(inner)))


def _together(parts: list[Meaning], beginnings: Beginnings) -> list[Condition]:
    """Conditions that must all hold; those on texts as one, so that the index does the intersection."""
    conditions: list[Condition] = []
    wanted: list[Asked] = []
    without: list[Asked] = []
    negated: list[Meaning] = []
    for part in parts:
        if isinstance(part, AnswerText):
            words = phrase_words(part.text)
            body = text_expression(Phrase(part.text, part.prefix, "body"), beginnings)
            if body is None:
                conditions.append(facts.answer_holds(part.label, part.text))
            else:
                wanted.append(body)
                conditions.append(facts.answer_says(part.label, words, prefix=part.prefix))
            continue
        expression = text_expression(part, beginnings)
        if expression is not None:
            wanted.append(expression)
            continue
        inner = text_expression(part.part, beginnings) if isinstance(part, Without) else None
        if inner is not None:
            without.append(inner)
            negated.append(part)
        else:
            conditions.append(_compile(part, beginnings))
    if wanted:
        asked = all_words(wanted, without)
        assert asked is not None
        return [text_condition(asked), *conditions]
    return [*conditions, *(_compile(part, beginnings) for part in negated)]


def _all(conditions: list[Condition]) -> Condition:
    return _joined("AND", conditions, ALL_ROWS)


def _any(conditions: list[Condition]) -> Condition:
    return _joined("OR", conditions, NO_ROWS)


def _joined(operator: str, conditions: list[Condition], nothing: Condition) -> Condition:
    if len(conditions) < 2:
        return conditions[0] if conditions else nothing
    pieces = [joined(operator, (getattr(one, name) for one in conditions), "") for name in ("base", "edited")]
    base, edited = (Sql(f"({piece.text})", piece.values) for piece in pieces)
    return Condition(
        base,
        edited,
        way=_ways(conditions) if operator == "OR" else None,
        is_cubic=all(one.is_cubic for one in conditions),
        is_text=any(one.is_text for one in conditions),
        is_opened=any(one.is_opened for one in conditions),
    )


def _ways(conditions: list[Condition]) -> Way | None:
    """One road to the rows of either of several conditions, if there is one to each."""
    ways = [one.way for one in conditions if one.way is not None]
    if len(ways) < len(conditions):
        return None
    selects = [
        Sql(
            f"SELECT {way.rowid} AS row FROM {way.table.text} WHERE {way.where.text}",
            (*way.table.values, *way.where.values),
        )
        for way in ways
    ]
    union = joined("UNION", selects, "")
    return Way(Sql(f"({union.text}) d", union.values), "d.row", Sql("1"), streams=False)


def _compile(meaning: Meaning, beginnings: Beginnings) -> Condition:
    expression = text_expression(meaning, beginnings)
    if expression is not None:
        return text_condition(expression)
    if isinstance(meaning, All):
        return _all(_together(_parts(meaning), beginnings))
    if isinstance(meaning, Either):
        return _either(meaning, beginnings)
    if isinstance(meaning, Without):
        return _not(_compile(meaning.part, beginnings))
    if isinstance(meaning, AnswerText):
        return _all(_together([meaning], beginnings))
    if isinstance(meaning, Symbol | Phrase):  # a phrase of letters the index does not know
        return facts.symbol(meaning.text)
    return _LEAVES[type(meaning)](meaning)


def _either(meaning: Either, beginnings: Beginnings) -> Condition:
    """One of several; words among them are one question to the index."""
    parts = list(dict.fromkeys(meaning.parts))
    words = [part for part in parts if text_expression(part, beginnings) is not None]
    if len(words) < 2 or len(words) == len(parts):
        return _any([_compile(part, beginnings) for part in parts])
    others = [part for part in parts if part not in words]
    return _any(
        [_compile(Either(tuple(words)), beginnings), *(_compile(part, beginnings) for part in others)]
    )


def _not(condition: Condition) -> Condition:
    base, edited = (Sql(f"NOT ({sql.text})", sql.values) for sql in (condition.base, condition.edited))
    return Condition(
        base,
        edited,
        is_cubic=condition.is_cubic,
        is_text=condition.is_text,
        is_opened=condition.is_opened,
    )


def _cubic(text: str, *values: str) -> Condition:
    sql = Sql(text, values)
    return Condition(sql, sql, is_cubic=True)


def _one_of(column: str, values: Sequence[str]) -> Condition:
    known = sorted(map(scrub, values))
    return _cubic(f"t.{column} IN ({facts.marks(len(known))})", *known) if known else NO_ROWS


def _column(meaning: OneOf) -> Condition:
    return _one_of(meaning.column, sorted(meaning.values))


def _assigned(meaning: Assigned) -> Condition:
    options: list[Condition] = []
    anywhere = sorted(scrub(user) for source, user in meaning.people if source is None)
    if anywhere:
        text = f"(t.assignee_id IS NOT NULL AND t.assignee_id IN ({facts.marks(len(anywhere))}))"
        options.append(_cubic(text, *anywhere))
    for source, user in sorted((source, user) for source, user in meaning.people if source is not None):
        options.append(_cubic("(t.source = ? AND t.assignee_id IS ?)", scrub(source), scrub(user)))
    if meaning.nobody:
        options.append(_cubic("t.assignee_id IS NULL"))
    if meaning.anybody:
        options.append(_cubic("t.assignee_id IS NOT NULL"))
    return _any(options)


def _flagged(_: Flagged) -> Condition:
    return _cubic("t.flagged = 1")


_LEAVES: Final[Mapping[type[Meaning], Callable[[Any], Condition]]] = {
    OneOf: _column,
    Assigned: _assigned,
    Flagged: _flagged,
    HasNotes: facts.has_notes,
    Synced: facts.synced,
    Unopened: facts.unopened,
    Tagged: facts.tagged,
    Between: facts.between,
    AnswerBetween: facts.answer_between,
    AnswerGiven: facts.answer_given,
    Numbered: facts.numbered,
    Holds: facts.holds,
}


def _rank(column: str, values: tuple[str, ...]) -> str:
    whens = " ".join(f"WHEN '{value}' THEN {rank}" for rank, value in enumerate(values))
    return f"CASE {column} {whens} ELSE {len(values)} END"


_ASSIGNEE: Final = (
    "coalesce((SELECT m.name FROM main.member m WHERE m.source = t.source AND m.user_id = t.assignee_id),"
    " t.assignee_id) COLLATE NOCASE"
)
_SORTED_BY: Final[Mapping[str, str]] = {
    "created": "t.rowid",
    "number": "s.number",
    "priority": _rank("t.priority", PRIORITIES),
    "status": _rank("t.status", STATUSES),
    "name": "s.who COLLATE NOCASE",
    "assignee": _ASSIGNEE,
    "source": "t.source",
    "resolved": "r.value",
}


def _order_by(order: Sequence[Order]) -> str:
    keys: list[str] = []
    for key in order:
        keys.append(f"{_SORTED_BY[key.field]} {'DESC' if key.descending else 'ASC'}")
        if key.field == "created":
            return ", ".join(keys)
    return ", ".join([*keys, "t.rowid DESC"])
