"""What a parsed query is made of."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Operator", "Order", "Query", "Term", "Value", "Word"]

Operator = Literal["=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Word:
    """Text to be found in the answers, the contact or the notes."""

    text: str
    column: int
    negated: bool = False
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a term and where it stands."""

    text: str
    column: int


@dataclass(frozen=True, slots=True)
class Term:
    """A field that has any of the values."""

    field: str
    """The field's full name, aliases resolved."""
    values: tuple[Value, ...]
    column: int
    negated: bool = False
    operator: Operator = "="


@dataclass(frozen=True, slots=True)
class Order:
    """One sort key."""

    field: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    """Terms that must all hold, and the order of what they find."""

    text: str
    terms: tuple[Word | Term, ...] = ()
    order: tuple[Order, ...] = (Order("created", descending=True),)
