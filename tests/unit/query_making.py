"""Queries for tests, and the names they may speak of."""

import pytest

from cache.models import Container, Member
from cache.query import QueryContext, QueryError, parse_query, resolve
from cache.query.meaning import Meaning
from cache.query.tree import And, Node, Not, Or, Predicate, Range, Value, Word

MEMBERS = (
    Member("acme", "u1", "Ben Ruiz"),
    Member("acme", "u2", "Zoë Adler"),
    Member("acme", "u3", "Benedikt Zander"),
)
CONTAINERS = (
    Container("acme", "c1", "Demo request"),
    Container("acme", "c2", "Contact / Support"),
    Container("beta", "b1", "Demo"),
)
VIEWS = {"hot": "is:open p:high", "late": "in:hot age:>2d", "circle": "x OR in:round", "round": "in:circle"}
NOW = 1_795_248_000.0 + 30
"""2026-11-21 08:00:30 UTC."""
CONTEXT = QueryContext(
    ("acme", "beta"),
    MEMBERS,
    {"acme": "u1"},
    {"acme": "awardee", "beta": "postbox"},
    frozenset({"beta"}),
    CONTAINERS,
    VIEWS,
    NOW,
)


def meaning(text: str, context: QueryContext = CONTEXT) -> Meaning:
    """What a query means."""
    return resolve(parse_query(text), context)


def refuse(text: str, context: QueryContext = CONTEXT) -> QueryError:
    """Why a query cannot be run."""
    with pytest.raises(QueryError) as caught:
        meaning(text, context)
    return caught.value


def mistake(text: str, *, partial: bool = False) -> QueryError | None:
    """Why a text is no query, None if it is one."""
    try:
        parse_query(text, partial=partial)
    except QueryError as error:
        return error
    return None


def bare(text: str, *, partial: bool = False) -> Node | None:
    """The tree of a text, every column 0."""
    root = parse_query(text, partial=partial).root
    return None if root is None else _plain(root)


def _plain(node: Node) -> Node:
    if isinstance(node, Word):
        return Word(node.text, 0, node.quoted)
    if isinstance(node, Not):
        return Not(_plain(node.node), 0)
    if isinstance(node, And | Or):
        return type(node)(tuple(map(_plain, node.nodes)))
    return Predicate(node.field, tuple(map(_value, node.values)), 0, node.operator, node.name)


def _value(value: Value | Range) -> Value | Range:
    if isinstance(value, Value):
        return Value(value.text, 0, value.quoted)
    ends = [Value(end.text, 0, end.quoted) if end else None for end in (value.low, value.high)]
    return Range(ends[0], ends[1], 0)
