"""The rows of a list by position: walked by key where the order is that of creation, else from an array."""

import bisect
import operator
import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from cache.errors import CacheBroken, Interrupted
from cache.query.statement import Sql, Statement
from cache.store.functions import Functions
from cache.store.overlay import Overlay
from cache.store.roads import Bound, Road, Roads, both

__all__ = ["Listing", "guarded"]

_REACH: Final = 2_000
"""How far a stretch may lie from a known row and still be reached by walking from it."""
STRETCH: Final = 2_048
"""So many rows are first looked through where a condition has to be made a set of."""
_PLACES: Final = 20_000
"""How many rows of lists that are walked are remembered with their position."""
_ARRAYS: Final = 2_000_000
"""So many rows of lists that are kept as arrays are kept at once."""
_CUBE: Final = (
    "(SELECT source, status, priority, flagged, nullif(assignee_id, '') AS assignee_id, rows FROM main.cube)"
)


@contextmanager
def guarded(functions: Functions) -> Iterator[None]:
    """Tell what ended a read: somebody called it off, or a submission could not be unpacked.

    Raises Interrupted or CacheBroken in place of what SQLite says of it.
    """
    try:
        yield
    except sqlite3.OperationalError as exc:
        broken, functions.failure = functions.failure, None
        if broken is not None:
            raise CacheBroken(str(broken)) from exc
        if getattr(exc, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
            raise Interrupted("The read was called off.") from exc
        raise


class Listing:
    """Answers about the matches of a compiled query, remembered until `forget`."""

    def __init__(self, conn: sqlite3.Connection, overlay: Overlay, functions: Functions) -> None:
        self._conn = conn
        self._overlay = overlay
        self._functions = functions
        self._roads = Roads(conn, self._cubic)
        self._arrays: dict[Statement, array[int]] = {}
        self._totals: dict[Statement, int] = {}
        self._places: dict[tuple[Statement, int], int] = {}
        self._sources: frozenset[str] | None = None

    def forget(self) -> None:
        """Something changed: every answer must be found again."""
        self._roads.forget()
        self._arrays.clear()
        self._totals.clear()
        self._places.clear()
        self._sources = None

    # How many

    def total(self, statement: Statement) -> int:
        """How many rows match."""
        if statement not in self._totals:
            total = self._found(statement)
            if len(self._totals) > _REACH:
                self._totals.clear()
            self._totals[statement] = total if statement.limit is None else min(total, statement.limit)
        return self._totals[statement]

    def _found(self, statement: Statement) -> int:
        if statement.cubic:
            return self._cubic(statement)
        if statement in self._arrays:
            return len(self._arrays[statement])
        if statement.limit is not None:
            return self.at_least(replace(statement, limit=None), statement.limit)
        road = self._road(statement)
        if statement.newest_first and not road.walks:
            return len(self.every(statement))
        return self._count(statement, None)

    def at_least(self, statement: Statement, limit: int) -> int:
        """How many rows match, or `limit` + 1 when they are more."""
        if statement in self._totals or statement.cubic or statement in self._arrays:
            return min(self.total(statement), limit + 1)
        self._road(statement)
        road = self._roads.counting(replace(statement, limit=None))
        sql = self._both(statement, "1", road=road)
        return self._number(Sql(f"SELECT count(*) FROM ({sql.text} LIMIT ?)", (*sql.values, limit + 1)))

    def _cubic(self, statement: Statement) -> int:
        """From the kept sums: all rows by the server's values, then the edited ones as they are seen."""
        server = [one.base for one in (*statement.conditions, statement.sources)]
        seen = [one.edited for one in (*statement.conditions, statement.sources)]
        where = [" AND ".join(one.text for one in side) or "1" for side in (server, seen)]
        values = [[value for one in side for value in one.values] for side in (server, seen)]
        sql = f"SELECT coalesce(sum(t.rows), 0) FROM {_CUBE} t WHERE {where[0]}"
        if not self._overlay.rows:
            return self._number(Sql(sql, tuple(values[0])))
        sql = (
            f"SELECT ({sql}) - (SELECT count(*) FROM temp.before t WHERE {where[0]})"
            f" + (SELECT count(*) FROM temp.edited t WHERE {where[1]})"
        )
        return self._number(Sql(sql, (*values[0], *values[0], *values[1])))

    def _count(self, statement: Statement, bound: Bound | None) -> int:
        road = self._road(statement)
        if bound is None:
            road = self._roads.counting(replace(statement, limit=None))
        sql = self._both(statement, "count(*) AS n", bound, road=road)
        return self._number(Sql(f"SELECT sum(n) FROM ({sql.text})", sql.values))

    # Which

    def matches(self, statement: Statement, rowid: int) -> bool:
        """Whether a row matches."""
        if statement in self._arrays or statement.limit is not None:
            return self._index(statement, self.every(statement), rowid) is not None
        self._road(statement)
        road = self._roads.singly(replace(statement, limit=None))
        sql = self._both(statement, "{row} AS rowid", Bound("=", rowid), road=road)
        return bool(self._column(sql))

    def position(self, statement: Statement, rowid: int) -> int:
        """How many matches stand before a row, whether the row itself matches or not."""
        road = self._road(statement)
        if statement.newest_first and statement not in self._arrays and road.walks:
            return min(self._before(statement, rowid), self._most(statement))
        rowids = self.every(statement)
        if statement.newest_first:
            return bisect.bisect_left(rowids, -rowid, key=operator.neg)
        found = self._index(statement, rowids, rowid)
        if found is not None:
            return found
        ordered = self._ordered(replace(statement, limit=None), also=rowid)
        return min(ordered.index(rowid), self._most(statement))

    def _most(self, statement: Statement) -> int:
        return statement.limit if statement.limit is not None else 2**62

    def _before(self, statement: Statement, rowid: int) -> int:
        """Counted from the nearer end, where it is known how many there are."""
        if statement.cubic:
            oldest, newest = self._ends()
            if rowid - oldest < newest - rowid:
                return self.total(replace(statement, limit=None)) - self._count(statement, Bound("<=", rowid))
        return self._count(statement, Bound(">", rowid))

    def _ends(self) -> tuple[int, int]:
        row = self._conn.execute(
            "SELECT (SELECT rowid FROM main.triage ORDER BY rowid LIMIT 1),"
            " (SELECT rowid FROM main.triage ORDER BY rowid DESC LIMIT 1)"
        ).fetchone()
        return row[0] or 0, row[1] or 0

    def _index(self, statement: Statement, rowids: Sequence[int], rowid: int) -> int | None:
        if not statement.newest_first:
            return rowids.index(rowid) if rowid in rowids else None
        at = bisect.bisect_left(rowids, -rowid, key=operator.neg)
        return at if at < len(rowids) and rowids[at] == rowid else None

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
        if statement.limit is not None:
            count = min(count, statement.limit - first)
        if count <= 0:
            return []
        if statement in self._arrays:
            return list(self._arrays[statement][first : first + count])
        if not statement.newest_first:
            if not counted:
                return list(self._ordered(statement, most=first + count)[first:])
            return list(self.every(statement)[first : first + count])
        road = self._road(statement)
        if not road.walks:
            return list(self.every(statement)[first : first + count])
        if not counted:
            return self._walk(statement, None, first, count)
        is_costly = road.leads is not None or bool(road.dense) or "/*" in statement.where
        if is_costly and first > _REACH and not self._is_near_end(statement, first, near):
            return list(self.every(statement)[first : first + count])
        return self._remembered(statement, first, self._walked(statement, first, count, near))

    def _is_near_end(self, statement: Statement, first: int, near: int | None) -> bool:
        """Whether a stretch is a short walk away from the last row or one that was seen."""
        if near is not None and abs(first - self._places.get((statement, near), -(2**62))) <= _REACH:
            return True
        return self.total(replace(statement, limit=None)) - first <= _REACH

    def _remembered(self, statement: Statement, first: int, rowids: list[int]) -> list[int]:
        if len(self._places) > _PLACES:
            self._places.clear()
        self._places.update(((statement, rowid), first + offset) for offset, rowid in enumerate(rowids))
        return rowids

    def _walked(self, statement: Statement, first: int, count: int, near: int | None) -> list[int]:
        place = self._places.get((statement, near)) if near is not None else None
        if near is not None and place is not None and abs(first - place) <= _REACH:
            return self._stretch_from(statement, first, count, place, near)
        if first <= _REACH:
            return self._walk(statement, None, first, count)
        left = self.total(replace(statement, limit=None)) - first
        if first > left:
            rowids = self._walk(statement, None, max(0, left - count), min(count, left), up=True)
            return rowids[::-1]
        return self._walk(statement, None, first, count)

    def _stretch_from(
        self, statement: Statement, first: int, count: int, position: int, rowid: int
    ) -> list[int]:
        here = Bound("<=", rowid)
        if first >= position:
            return self._walk(statement, here, first - position, count)
        above = self._walk(statement, Bound(">", rowid), 0, position - first, up=True)[::-1]
        rest = count - len(above)
        if rest <= 0:
            return above[:count]
        return above + self._walk(statement, here, 0, rest)

    def every(self, statement: Statement) -> "array[int]":
        """Every match in order."""
        if statement not in self._arrays:
            found = self._ordered(statement)
            while self._arrays and sum(map(len, self._arrays.values())) + len(found) > _ARRAYS:
                del self._arrays[next(iter(self._arrays))]
            self._arrays[statement] = found
        return self._arrays[statement]

    def _ordered(
        self, statement: Statement, also: int | None = None, most: int | None = None
    ) -> "array[int]":
        """The matches in order, with the row `also` where it would stand; at most `most`."""
        columns, joins = "{row} AS rowid", ""
        if not statement.newest_first:
            columns = (
                "{row} AS rowid, t.source AS source, t.status AS status, t.priority AS priority,"
                " t.assignee_id AS assignee_id"
            )
        if "s." in statement.order_by:
            joins += " JOIN main.submission s ON s.rowid = t.rowid"
        if "r.value" in statement.order_by:
            joins += f" LEFT JOIN ({_RESOLVED}) r ON r.submission = t.rowid"
        road = self._road(statement)
        if most is None:
            road = self._roads.counting(replace(statement, limit=None))
        sql = self._both(statement, columns, also=also, road=road)
        limits = [limit for limit in (statement.limit, most) if limit is not None]
        limit = min(limits) if limits else -1
        return array(
            "q",
            self._column(
                Sql(
                    f"SELECT t.rowid FROM ({sql.text}) t{joins} ORDER BY {statement.order_by} LIMIT ?",
                    (*sql.values, limit),
                )
            ),
        )

    def _walk(
        self, statement: Statement, bound: Bound | None, skip: int, count: int, *, up: bool = False
    ) -> list[int]:
        """Read rowids in their order from a bound on, down through the list or up."""
        if not up and "/*" in statement.where and self._road(statement).leads is None:
            return self._by_stretches(statement, bound, skip + count)[skip:]
        sql = self._both(statement, "{row} AS rowid", bound)
        order = "ASC" if up else "DESC"
        return self._column(
            Sql(
                f"SELECT rowid FROM ({sql.text}) ORDER BY rowid {order} LIMIT ? OFFSET ?",
                (*sql.values, count, skip),
            )
        )

    def _by_stretches(self, statement: Statement, bound: Bound | None, count: int) -> list[int]:
        """The first rowids from a bound on, looked for in stretches that become longer.

        A condition that is asked of the text index as a set is then asked of a part of it.
        """
        found: list[int] = []
        high, length = (2**62 if bound is None else bound.rowid), STRETCH
        while len(found) < count and high >= -(2**62):
            low = self._column(
                Sql(
                    "SELECT rowid FROM main.triage WHERE rowid <= ? ORDER BY rowid DESC LIMIT 1 OFFSET ?",
                    (high, length),
                )
            )
            self._set_stretch(low[0] if low else -(2**62), high)
            sql = self._both(statement, "{row} AS rowid", in_stretch=True)
            found += self._column(
                Sql(
                    f"SELECT rowid FROM ({sql.text}) ORDER BY rowid DESC LIMIT ?",
                    (*sql.values, count - len(found)),
                )
            )
            if not low:
                break
            high, length = low[0] - 1, length * 4
        return found

    def _set_stretch(self, low: int, high: int) -> None:
        with guarded(self._functions):
            self._conn.execute("INSERT OR REPLACE INTO temp.stretch VALUES (1, ?, ?)", (low, high))

    # SQL

    def _road(self, statement: Statement) -> Road:
        self._prepare(statement)
        with guarded(self._functions):
            return self._roads.of(replace(statement, limit=None))

    def _prepare(self, statement: Statement) -> None:
        with guarded(self._functions):
            if statement.searches and self._overlay.rows:
                self._overlay.index_texts()
            if statement.asks_opened:
                self._overlay.load_opened()

    def _both(
        self,
        statement: Statement,
        columns: str,
        bound: Bound | None = None,
        *,
        also: int | None = None,
        road: Road | None = None,
        in_stretch: bool = False,
    ) -> Sql:
        return both(
            statement,
            road or self._road(statement),
            columns,
            bound=bound,
            all_sources=self._has_only(statement),
            has_edits=bool(self._overlay.rows),
            also=also,
            in_stretch=in_stretch,
        )

    def _has_only(self, statement: Statement) -> bool:
        """Whether every submission is of a source that is asked for anyway."""
        if self._sources is None:
            with guarded(self._functions):
                found = self._conn.execute("SELECT DISTINCT source FROM main.cube WHERE rows > 0").fetchall()
            self._sources = frozenset(row[0] for row in found)
        return self._sources <= set(statement.sources.base.values)

    def _number(self, sql: Sql) -> int:
        with guarded(self._functions):
            return int(self._conn.execute(sql.text, sql.values).fetchone()[0] or 0)

    def _column(self, sql: Sql) -> list[int]:
        with guarded(self._functions):
            return [row[0] for row in self._conn.execute(sql.text, sql.values)]


_RESOLVED: Final = (
    "SELECT submission, max(value) AS value FROM main.measured"
    " WHERE label = (SELECT id FROM main.label WHERE name = 'resolved') GROUP BY submission"
)
