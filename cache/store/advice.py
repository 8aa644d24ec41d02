"""What is told of a query besides its rows: what each term finds, and which one to drop."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from cache.query import Query, canonical_term, outline
from cache.query.tree import Node, conjunction

__all__ = ["Explained", "best_drop", "explain"]


class Counter(Protocol):
    """What counts the matches of a query."""

    def count(self, query: Query) -> int:
        """How many submissions match."""
        ...


class Explained(NamedTuple):
    """A term of a query, or a part of one, and what it finds alone."""

    depth: int
    """0 for a term that must hold, one more for each group around a part."""
    term: str
    """In its canonical spelling."""
    rows: int


def explain(reader: Counter, query: Query) -> tuple[Explained, ...]:
    """What each term that must hold finds alone, the parts of a group after the group."""
    return tuple(
        Explained(depth, canonical_term(term), reader.count(_of(query, [term])))
        for depth, term in outline(query)
    )


def best_drop(reader: Counter, query: Query) -> tuple[str, int] | None:
    """The term without which most submissions would match, and how many; None where none helps."""
    terms = query.terms
    counts = [
        reader.count(_of(query, [*terms[:at], *terms[at + 1 :]])) if len(terms) > 1 else 0
        for at in range(len(terms))
    ]
    best = max(counts, default=0)
    return (canonical_term(terms[counts.index(best)]), best) if best else None


def _of(query: Query, terms: Sequence[Node]) -> Query:
    return Query(query.text, conjunction(terms), query.order)
