"""The one spelling of a query: what is kept in views and the history, and shown beside rows per term."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from cache.query.tree import DEFAULT_ORDER, And, Node, Not, Or, Order, Predicate, Query, Range, Value, Word

__all__ = ["canonical", "canonical_term", "order_text", "outline"]

_LABEL: Final = re.compile(r"[\w.]+")


def canonical(query: Query) -> str:
    """The query with full names in lower case; parsed again it is the same query."""
    parts = [canonical_term(query.root)] if query.root is not None else []
    if query.order != DEFAULT_ORDER:
        parts.append(f"sort:{order_text(query.order)}")
    if query.limit is not None:
        parts.append(f"limit:{query.limit}")
    return " ".join(parts)


def order_text(order: Iterable[Order]) -> str:
    """An order as it stands after `sort:`."""
    return ",".join(f"{'-' if key.descending else ''}{key.field}" for key in order)


def canonical_term(node: Node) -> str:
    """One condition in its one spelling."""
    if isinstance(node, Word):
        return f'"{node.text}"' if node.quoted else node.text
    if isinstance(node, Predicate):
        return _predicate(node)
    if isinstance(node, Not):
        inner = canonical_term(node.node)
        return f"-({inner})" if isinstance(node.node, And | Or) else f"-{inner}"
    if isinstance(node, And):
        return " ".join(
            f"({canonical_term(part)})" if isinstance(part, Or) else canonical_term(part)
            for part in node.nodes
        )
    return " OR ".join(map(canonical_term, node.nodes))


def outline(query: Query) -> Iterator[tuple[int, Node]]:
    """The terms that must all hold, those with parts before their parts, and how deep each stands."""
    for term in query.terms:
        yield from _outline(term, 0)


def _outline(node: Node, depth: int) -> Iterator[tuple[int, Node]]:
    yield depth, node
    group = node.node if isinstance(node, Not) else node
    if isinstance(group, And | Or):
        for part in group.nodes:
            yield from _outline(part, depth + 1)


def _predicate(node: Predicate) -> str:
    field = node.field
    if field in ("f", "meta"):
        field += f".{node.name}" if _LABEL.fullmatch(node.name) else f'."{node.name}"'
    sign: str = "" if node.operator == "=" else node.operator
    if not node.values:
        return f"{field}:{sign}*"
    values = ",".join(map(_value, node.values))
    if not sign and values[0] in "<>=!" and (values[0] != "!" or values.startswith("!=")):
        sign = "="
    return f"{field}:{sign}{values}"


def _value(value: Value | Range) -> str:
    if isinstance(value, Range):
        return f"{value.low.text if value.low else ''}..{value.high.text if value.high else ''}"
    return f'"{value.text}"' if value.quoted else value.text
