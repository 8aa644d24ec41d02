"""What a parsed query is made of: what was typed, before any name in it is looked up."""

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

from cache.query.record import Record

__all__ = [
    "DEFAULT_ORDER",
    "And",
    "Hint",
    "Node",
    "Not",
    "Operator",
    "Or",
    "Order",
    "Predicate",
    "Query",
    "Range",
    "Value",
    "Word",
    "conjunction",
]

Operator = Literal["=", "!=", "<", "<=", ">", ">="]


class Word(Record):
    """Text to be found in the answers, the contact or the notes."""

    text: str
    column: int
    """Where it begins, in characters from 1; so for every node."""
    quoted: bool = False


class Value(Record):
    """One value of a predicate and where it stands."""

    text: str
    column: int
    quoted: bool = False


class Range(Record):
    """Two ends, both included; None leaves one open."""

    low: Value | None
    high: Value | None
    column: int


class Predicate(Record):
    """A field that has any of the values."""

    field: str
    """The field's full name, aliases resolved; `f` and `meta` for one answer and one metadata value."""
    values: tuple[Value | Range, ...]
    """Empty for `field:*`: anything but nothing."""
    column: int
    operator: Operator = "="
    name: str = ""
    """The label after `f.` or the key after `meta.`, as typed."""


class Not(Record):
    """What must not hold."""

    node: "Node"
    column: int


class And(Record):
    """Two or more conditions that must all hold."""

    nodes: tuple["Node", ...]


class Or(Record):
    """Two or more conditions of which one must hold."""

    nodes: tuple["Node", ...]


Node: TypeAlias = Word | Predicate | Not | And | Or


class Order(Record):
    """One sort key."""

    field: str
    descending: bool


def conjunction(nodes: Sequence[Node]) -> Node | None:
    """What holds where all of the conditions hold; None of none."""
    return And(tuple(nodes)) if len(nodes) > 1 else nodes[0] if nodes else None


DEFAULT_ORDER: Final = (Order("created", descending=True),)


class Hint(Record):
    """Something to tell the person of a query that can be run."""

    kind: Literal["searched", "read_as", "impossible"]
    """A small operator is searched for, a habit of another program was understood, or nothing can match."""
    text: str
    """One sentence without a period."""


class Query(Record):
    """A condition, None where everything matches, and the order of what it finds."""

    text: str
    root: Node | None = None
    order: tuple[Order, ...] = DEFAULT_ORDER
    limit: int | None = None
    hints: tuple[Hint, ...] = ()
    """How it was read, where that may not be what was meant."""

    @property
    def terms(self) -> tuple[Node, ...]:
        """The conditions that must all hold, in the order they were typed."""
        if self.root is None:
            return ()
        return self.root.nodes if isinstance(self.root, And) else (self.root,)
