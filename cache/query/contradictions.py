"""Why a query finds nothing whatever is cached: its terms exclude one another."""

from collections.abc import Sequence

from cache.models import PRIORITIES, STATUSES
from cache.names import fold
from cache.query.canonical import canonical_term
from cache.query.context import QueryContext
from cache.query.errors import QueryError
from cache.query.fields import IS_STATUS
from cache.query.meaning import AnswerBetween, Between, Either, Meaning, Numbered, OneOf
from cache.query.predicates import TERMS
from cache.query.tree import Hint, Node, Not, Predicate, Query, Range

__all__ = ["warnings"]


def warnings(query: Query, context: QueryContext) -> tuple[Hint, ...]:
    """What a person should know of a query that can be run: how it was read, why it can find nothing."""
    return (*query.hints, *(Hint("impossible", said) for said in _contradictions(query.terms, context)))


def _contradictions(terms: Sequence[Node], context: QueryContext) -> list[str]:
    said = [sentence for term in terms for sentence in _alone(term, context)]
    said += (
        sentence
        for sentence in (
            _disjoint("status", [_statuses(term) for term in terms], STATUSES),
            _disjoint("priority", [_priorities(term, context) for term in terms], PRIORITIES),
            _disjoint("source", [_sources(term) for term in terms], context.sources),
        )
        if sentence
    )
    spelled = {canonical_term(term) for term in terms}
    for term in terms:
        if isinstance(term, Not) and canonical_term(term.node) in spelled:
            said.append(f"matches nothing: `{canonical_term(term.node)}` is asked for and left out")
    return said


def _disjoint(field: str, asked: Sequence[frozenset[str] | None], known: Sequence[str]) -> str | None:
    """The sentence for several sets of values of one field that have none in common."""
    sets = [values for values in asked if values]
    if len(sets) < 2 or frozenset.intersection(*sets):
        return None
    every = frozenset.union(*sets)
    values = ",".join(value for value in known if value in every)
    return f"matches nothing: a submission has one {field}. Write `{field}:{values}`"


def _statuses(term: Node) -> frozenset[str] | None:
    if not isinstance(term, Predicate):
        return None
    texts = [value.text for value in term.values if not isinstance(value, Range)]
    if term.field == "status":
        return frozenset(texts)
    if term.field == "is" and all(text in IS_STATUS for text in texts):
        return frozenset(status for text in texts for status in IS_STATUS[text])
    return None


def _priorities(term: Node, context: QueryContext) -> frozenset[str] | None:
    if not isinstance(term, Predicate) or term.field != "priority":
        return None
    found = TERMS["priority"](term, context)
    return found.values if isinstance(found, OneOf) else None


def _sources(term: Node) -> frozenset[str] | None:
    if not isinstance(term, Predicate) or term.field != "source":
        return None
    return frozenset(fold(value.text) for value in term.values if not isinstance(value, Range))


def _alone(term: Node, context: QueryContext) -> list[str]:
    """What is wrong with a term by itself: an empty stretch."""
    if not isinstance(term, Predicate) or term.field not in TERMS:
        return []
    has_order = term.operator != "=" or any(isinstance(value, Range) for value in term.values)
    if not has_order:
        return []
    try:
        found = TERMS[term.field](term, context)
    except QueryError:
        return []  # told where the query is run
    if not _is_empty(found):
        return []
    spelled = canonical_term(term)
    if any(isinstance(value, Range) for value in term.values):
        return [f"matches nothing: the range `{spelled}` ends before it begins"]
    return [f"matches nothing: there is nothing beyond `{spelled}`"]


def _is_empty(found: Meaning) -> bool:
    if isinstance(found, Either):
        return all(map(_is_empty, found.parts))
    if isinstance(found, Between | Numbered | AnswerBetween):
        return found.low is not None and found.high is not None and found.low > found.high
    return False
