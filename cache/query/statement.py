"""A compiled query: conditions in SQL, how to come to their rows, and the order of what they find."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

__all__ = [
    "ALL_ROWS",
    "NO_ROWS",
    "Condition",
    "Parameter",
    "Sql",
    "Statement",
    "Way",
    "bounded",
    "joined",
    "within",
]

Parameter: TypeAlias = str | int | float

_WITHIN: Final = re.compile(r" /\*([a-z.]+)\*/")
_TOGETHER: Final = 200
"""SQLite takes expressions up to a depth of 1,000; longer chains are cut in halves."""


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of a statement with the values of its question marks."""

    text: str
    values: tuple[Parameter, ...] = ()


def joined(operator: str, pieces: Iterable[Sql], nothing: str) -> Sql:
    """Pieces with an operator between them, `nothing` where there are none."""
    pieces = tuple(pieces)
    if not pieces:
        return Sql(nothing)
    values = tuple(value for piece in pieces for value in piece.values)
    return Sql(_chain(f" {operator} ", [piece.text for piece in pieces]), values)


def _chain(operator: str, texts: list[str]) -> str:
    if len(texts) <= _TOGETHER:
        return operator.join(texts)
    half = len(texts) // 2
    return f"({_chain(operator, texts[:half])}){operator}({_chain(operator, texts[half:])})"


def within(column: str) -> str:
    """A place in a subquery where it can be kept to a stretch of rowids (see `bounded`)."""
    return f" /*{column}*/"


def bounded(sql: Sql) -> Sql:
    """The same with every such subquery kept to the stretch that `temp.stretch` holds."""
    return Sql(
        _WITHIN.sub(
            r" AND \1 BETWEEN (SELECT low FROM temp.stretch) AND (SELECT high FROM temp.stretch)", sql.text
        ),
        sql.values,
    )


@dataclass(frozen=True, slots=True)
class Way:
    """Another road to the rows of a condition than asking it of each row."""

    table: Sql
    """What stands after FROM, under the alias `d`."""
    rowid: str
    """The column that holds the submission's rowid."""
    where: Sql
    streams: bool
    """True when it gives rowids newest first without sorting them."""
    repeats: bool = False
    """True when a submission may stand at it several times."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What has to hold, over the alias `t`; never NULL, so that it can be negated."""

    base: Sql
    """Of a row of `triage` without unsettled edits."""
    edited: Sql
    """Of a row of `temp.edited`."""
    way: Way | None = None
    singly: Sql | None = None
    """Another spelling of `base` that costs nothing before the first row, and more for each."""
    is_cubic: bool = False
    """True when it asks for nothing but columns of `cube`."""
    is_text: bool = False
    """True when it reads the text index."""
    is_opened: bool = False
    """True when it reads which submissions were opened."""


ALL_ROWS: Final = Condition(Sql("1"), Sql("1"), is_cubic=True)
NO_ROWS: Final = Condition(Sql("0"), Sql("0"), is_cubic=True)


@dataclass(frozen=True, slots=True)
class Statement:
    """Conditions that must all hold and an order, ready to be run."""

    conditions: tuple[Condition, ...]
    sources: Condition
    """It is of a source of the config."""
    order_by: str
    """Over the aliases `t`, `s` (the submission) and `r` (when it was resolved)."""
    newest_first: bool
    """True when the order is that of the rowids, newest first."""
    limit: int | None = None
    """How many rows there are at most."""

    @property
    def where(self) -> str:
        """The whole condition on a row without edits."""
        return joined("AND", (one.base for one in (*self.conditions, self.sources)), "1").text

    @property
    def cubic(self) -> bool:
        """True when the kept sums answer how many there are."""
        return all(one.is_cubic for one in self.conditions)

    @property
    def searches(self) -> bool:
        """True when it reads the text index."""
        return any(one.is_text for one in self.conditions)

    @property
    def asks_opened(self) -> bool:
        """True when it reads which submissions were opened."""
        return any(one.is_opened for one in self.conditions)
