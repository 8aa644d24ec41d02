"""The rows of a list by position: walked by key where the order is that of creation, else from an array."""

import sqlite3
from dataclasses import replace
from typing import Final

from cache.query import Statement

__all__ = ["Listing"]

_REACH: Final = 2_000
"""How far a stretch may lie from a known row and still be reached by walking from it."""
_FEW: Final = 1_000
"""So many matches are found and sorted sooner than met on a walk through all rows."""
_ARRAYS: Final = 8
"""How many lists that have no index are kept as arrays."""
_PLACES: Final = 20_000
"""How many rows of lists that are walked are remembered with their position."""


class Listing:
    """Answers about the matches of a compiled query, remembered until `forget`."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn
        self._arrays: dict[Statement, list[int]] = {}
        self._totals: dict[Statement, int] = {}
        self._places: dict[tuple[Statement, int], int] = {}

    def forget(self) -> None:
        """Something changed: every answer must be found again."""
        self._arrays.clear()
        self._totals.clear()
        self._places.clear()

    def total(self, statement: Statement) -> int:
        """How many rows match."""
        if statement not in self._totals:
            if statement in self._arrays:
                self._totals[statement] = len(self._arrays[statement])
            else:
                self._totals[statement] = self._count(statement, "1", 0)
        return self._totals[statement]

    def matches(self, statement: Statement, rowid: int) -> bool:
        """Whether a row matches."""
        sql, parameters = _both(statement, "t.rowid", " AND t.rowid = ?", rowid)
        return self._conn.execute(sql, parameters).fetchone() is not None

    def position(self, statement: Statement, rowid: int) -> int:
        """How many matches stand before a row, whether the row itself matches or not."""
        if statement.newest_first and not statement.searches:
            return self._count(statement, "t.rowid > ?", rowid)
        rowids = self.array(statement)
        return rowids.index(rowid) if rowid in rowids else self._ordered(statement, rowid).index(rowid)

    def stretch(
        self,
        statement: Statement,
        first: int,
        count: int,
        near: int | None = None,
        *,
        counted: bool = True,
    ) -> list[int]:
        """The rows from position `first` on; the walk starts at the row `near` if that was seen nearby.

        Unless `counted`, it starts at the top, whatever is nearer, and nothing has to be counted for that.
        """
        if count <= 0:
            return []
        if not statement.newest_first or statement.searches:
            return self.array(statement)[first : first + count]
        if counted:
            rowids = self._walked(statement, first, count, near)
        else:
            rowids = self._walk(statement, "1", 0, first, count)
        if len(self._places) > _PLACES:
            self._places.clear()
        self._places.update(((statement, rowid), first + offset) for offset, rowid in enumerate(rowids))
        return rowids

    def _walked(self, statement: Statement, first: int, count: int, near: int | None) -> list[int]:
        place = self._places.get((statement, near)) if near is not None else None
        if near is not None and place is not None and abs(first - place) <= _REACH:
            return self._stretch_from(statement, first, count, place, near)
        left = self.total(statement) - first
        if first > left:
            rowids = self._walk(statement, "1", 0, max(0, left - count), min(count, left), up=True)
            return rowids[::-1]
        return self._walk(statement, "1", 0, first, count)

    def array(self, statement: Statement) -> list[int]:
        """Every match in order."""
        if statement not in self._arrays:
            found = self._ordered(statement)
            if len(self._arrays) >= _ARRAYS:
                self._arrays.clear()
            self._arrays[statement] = found
        return self._arrays[statement]

    def _ordered(self, statement: Statement, also: int | None = None) -> list[int]:
        """The matches in order, with the row `also` where it would stand."""
        if also is not None:
            where, parameters = f"(({statement.where}) OR t.rowid = ?)", (*statement.parameters, also)
            statement = replace(statement, where=where, parameters=parameters)
        sql, values = _both(statement, "t.rowid AS rowid, t.status AS status, t.priority AS priority")
        by_rowid = statement.order_by.startswith("t.rowid")
        join = "" if by_rowid else " JOIN submission s ON s.rowid = t.rowid"
        rows = self._conn.execute(
            f"SELECT t.rowid FROM ({sql}) t{join} ORDER BY {statement.order_by}", values
        )
        return [row[0] for row in rows]

    def _stretch_from(
        self, statement: Statement, first: int, count: int, position: int, rowid: int
    ) -> list[int]:
        if first >= position:
            return self._walk(statement, "t.rowid <= ?", rowid, first - position, count)
        above = self._walk(statement, "t.rowid > ?", rowid, 0, position - first, up=True)[::-1]
        rest = count - len(above)
        if rest <= 0:
            return above[:count]
        return above + self._walk(statement, "t.rowid <= ?", rowid, 0, rest)

    def _is_dense(self, statement: Statement) -> bool:
        """Whether a walk meets matches often enough, as far as is known."""
        return self._totals.get(statement, _FEW) >= _FEW

    def _count(self, statement: Statement, bound: str, value: int) -> int:
        sql, parameters = _both(statement, "count(*) AS n", f" AND ({bound})", *_values(bound, value))
        return int(self._conn.execute(f"SELECT sum(n) FROM ({sql})", parameters).fetchone()[0])

    def _walk(
        self, statement: Statement, bound: str, value: int, skip: int, count: int, *, up: bool = False
    ) -> list[int]:
        """Walk the rowids from a bound, down through the list or up."""
        # Read in the order of the rows: an index would find all matches first and sort them.
        table = "main.triage AS t NOT INDEXED" if self._is_dense(statement) else "main.triage AS t"
        sql, parameters = _both(
            statement, "t.rowid AS rowid", f" AND ({bound})", *_values(bound, value), table=table
        )
        order = "ASC" if up else "DESC"
        rows = self._conn.execute(
            f"SELECT rowid FROM ({sql}) ORDER BY rowid {order} LIMIT ? OFFSET ?", [*parameters, count, skip]
        )
        return [row[0] for row in rows]


def _values(bound: str, value: int) -> tuple[int, ...]:
    return (value,) * bound.count("?")


def _both(
    statement: Statement, select: str, extra: str = "", *values: int, table: str = "main.triage AS t"
) -> tuple[str, list[str | int]]:
    """The matches among untouched rows and, apart, among the edited ones."""
    where = f"{statement.where}{extra}"
    sql = (
        f"SELECT {select} FROM {table} WHERE {where} AND t.rowid NOT IN (SELECT rowid FROM temp.edited)"
        f" UNION ALL SELECT {select} FROM temp.edited t WHERE {where}"
    )
    return sql, [*statement.parameters, *values] * 2
