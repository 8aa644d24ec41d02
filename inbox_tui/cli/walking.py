"""What a query finds, one submission after the other, however many they are."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cache.models import Detail, Row
    from cache.query import Query
    from cache.store.reader import Reader

__all__ = ["chunks", "details"]

_CHUNK: Final = 500


def chunks(reader: "Reader", query: "Query", limit: int | None = None) -> Iterator[list["Row"]]:
    """The rows in the query's order, a few hundred at a time."""
    known: tuple[int, int, int] | None = None
    before: frozenset[int] = frozenset()
    first = given = 0
    while limit is None or given < limit:
        window = reader.window(query, count=_CHUNK, first=first, known=known)
        rows = [row for row in window.rows if row.rowid not in before]  # the last window reaches back
        if not rows:
            return
        if limit is not None:
            rows = rows[: limit - given]
        yield rows
        given += len(rows)
        before = frozenset(row.rowid for row in window.rows)
        known = (window.generation, window.first + len(window.rows) - 1, window.rows[-1].rowid)
        first = window.first + len(window.rows)
        if first >= window.total:
            return


def details(reader: "Reader", query: "Query", limit: int | None = None) -> Iterator["Detail"]:
    """Everything about each of them; one that leaves the local copy meanwhile is left out."""
    for rows in chunks(reader, query, limit):
        for row in rows:
            detail = reader.detail(row.key)
            if detail is not None:
                yield detail
