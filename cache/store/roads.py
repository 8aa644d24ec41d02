"""How the rows of a statement are come by: which of its conditions leads, and the SQL that follows."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

from cache.query.statement import Condition, Parameter, Sql, Statement, Way, bounded, joined

__all__ = ["MANY", "Bound", "Road", "Roads", "both"]

MANY: Final = 50_000
"""What more rows than this satisfy is met often enough on a walk through all of them."""
FEW: Final = 1_000
"""So many matches are found and sorted sooner than met on a walk through all rows."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit on the rowids of a stretch."""

    operator: Literal["<", "<=", ">", ">=", "="]
    rowid: int


@dataclass(frozen=True, slots=True)
class Road:
    """How to come to the untouched rows of a statement."""

    leads: int | None = None
    """Which of the conditions gives the rows, None for all rows one after the other."""
    walks: bool = True
    """True when rows come newest first without being sorted."""
    dense: frozenset[int] = frozenset()
    """Conditions that so many rows satisfy that each row is asked singly."""


class Roads:
    """Chooses roads; what it has looked at is remembered until `forget`."""

    def __init__(self, conn: sqlite3.Connection, cubic_total: Callable[[Statement], int]) -> None:
        self._conn = conn
        self._cubic_total = cubic_total
        self._sizes: dict[Way, int] = {}
        self._chosen: dict[Statement, Road] = {}

    def forget(self) -> None:
        """Something changed."""
        self._sizes.clear()
        self._chosen.clear()

    def of(self, statement: Statement) -> Road:
        """The road to take."""
        if statement not in self._chosen:
            if len(self._chosen) > 500:
                self.forget()
            self._chosen[statement] = self._choose(statement)
        return self._chosen[statement]

    def counting(self, statement: Statement) -> Road:
        """The road on which rows are counted: all of them are met, so sets are worth making."""
        road = replace(self.of(statement), dense=frozenset())
        ways = {at: one.way for at, one in enumerate(statement.conditions) if one.way is not None}
        if road.leads is not None or not ways or not road.walks:
            return road
        return Road(min(ways, key=lambda at: self._size(ways[at])), walks=False)

    def singly(self, statement: Statement) -> Road:
        """The road on which one row is asked."""
        road = self.of(statement)
        leads = road.leads
        if leads is not None and not statement.conditions[leads].is_text:
            leads = None
        return Road(leads, walks=False, dense=frozenset(range(len(statement.conditions))))

    def _choose(self, statement: Statement) -> Road:
        ways = {at: one.way for at, one in enumerate(statement.conditions) if one.way is not None}
        text = next(
            (at for at, way in ways.items() if way.streams and statement.conditions[at].is_text), None
        )
        sizes = {at: self._size(way) for at, way in ways.items() if at != text}
        dense = frozenset(at for at, size in sizes.items() if size >= MANY)
        if text is not None:
            return Road(text, walks=True, dense=dense)
        triage = self._triage(statement)
        if not ways:
            return Road(walks=triage >= FEW)
        best = min(sizes, key=lambda at: (sizes[at], not ways[at].streams))
        if min(triage, sizes[best]) < MANY:
            return Road(best if sizes[best] <= triage else None, walks=False, dense=dense)
        streaming = [at for at, way in ways.items() if way.streams]
        return Road(streaming[0] if streaming else None, walks=True, dense=dense)

    def _triage(self, statement: Statement) -> int:
        """How many rows the conditions on triage leave."""
        cubic = tuple(one for one in statement.conditions if one.is_cubic)
        return self._cubic_total(replace(statement, conditions=cubic)) if cubic else MANY

    def _size(self, way: Way) -> int:
        """How many rows a way gives, as far as `MANY`."""
        if way not in self._sizes:
            sql = f"SELECT count(*) FROM (SELECT 1 FROM {way.table.text} WHERE {way.where.text} LIMIT ?)"
            found = self._conn.execute(sql, (*way.table.values, *way.where.values, MANY)).fetchone()
            self._sizes[way] = int(found[0])
        return self._sizes[way]


_INSIDE: Final = Sql("t.rowid BETWEEN (SELECT low FROM temp.stretch) AND (SELECT high FROM temp.stretch)")
_STRETCH: Final = Condition(_INSIDE, _INSIDE)


def both(
    statement: Statement,
    road: Road,
    columns: str,
    *,
    bound: Bound | None = None,
    all_sources: bool,
    has_edits: bool,
    also: int | None = None,
    in_stretch: bool = False,
) -> Sql:
    """The matches among untouched rows and, apart, among the edited ones.

    `columns` are over `t`, the rowid is spelled `{row}`. `also` is a row that is found whether it matches or
    not. With `in_stretch` only rows are found that lie in `temp.stretch`. With `all_sources` no submission is
    of another source than those asked for.
    """
    conditions = statement.conditions if all_sources else (*statement.conditions, statement.sources)
    if in_stretch:
        conditions = (*conditions, _STRETCH)
    base = _untouched(conditions, road, columns, bound, has_edits=has_edits)
    if in_stretch:
        base = bounded(base)
    if also is not None:
        base = Sql(
            f"{base.text} UNION SELECT {columns.format(row='t.rowid')} FROM main.triage t WHERE t.rowid = ?",
            (*base.values, also),
        )
        if has_edits:
            base = Sql(f"{base.text} AND t.rowid NOT IN (SELECT rowid FROM temp.edited)", base.values)
    if not has_edits:
        return base
    tests = [one.edited for one in (*statement.conditions, statement.sources)]
    where = joined("AND", [*tests, _STRETCH.edited] if in_stretch else tests, "1")
    if also is not None:
        where = Sql(f"(({where.text}) OR t.rowid = ?)", (*where.values, also))
    where = _bounded(bounded(where) if in_stretch else where, "t.rowid", bound)
    edited = f"SELECT {columns.format(row='t.rowid')} FROM temp.edited t WHERE {where.text}"
    return Sql(f"{base.text} UNION ALL {edited}", (*base.values, *where.values))


def _untouched(
    conditions: tuple[Condition, ...], road: Road, columns: str, bound: Bound | None, *, has_edits: bool
) -> Sql:
    tests = [_spelled(one, at in road.dense) for at, one in enumerate(conditions) if at != road.leads]
    row, table = "t.rowid", "main.triage AS t"
    values: tuple[Parameter, ...] = ()
    way = None if road.leads is None else conditions[road.leads].way
    where: list[Sql] = []
    if way is None:
        # Read in the order of the rows: an index would find all matches first and sort them.
        table += " NOT INDEXED" if road.walks else ""
    else:
        row, where = way.rowid, [way.where]
        table, values = way.table.text, way.table.values
        if way.repeats:
            table, values = _once_each(way)
            row, where = "d.row", []
        if tests or "t." in columns:
            table += f" CROSS JOIN main.triage AS t ON t.rowid = {row}"
    if has_edits:
        tests.insert(0, Sql(f"{row} NOT IN (SELECT rowid FROM temp.edited)"))
    whole = _bounded(joined("AND", [*where, *tests], "1"), row, bound)
    return Sql(f"SELECT {columns.format(row=row)} FROM {table} WHERE {whole.text}", (*values, *whole.values))


def _once_each(way: Way) -> tuple[str, tuple[Parameter, ...]]:
    text = f"(SELECT DISTINCT {way.rowid} AS row FROM {way.table.text} WHERE {way.where.text}) d"
    return text, (*way.table.values, *way.where.values)


def _spelled(condition: Condition, singly: bool) -> Sql:
    return condition.singly if singly and condition.singly is not None else condition.base


def _bounded(where: Sql, row: str, bound: Bound | None) -> Sql:
    if bound is None:
        return where
    return Sql(f"({where.text}) AND {row} {bound.operator} ?", (*where.values, bound.rowid))
