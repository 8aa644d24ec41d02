"""The values a field takes here, with how many submissions have each: what Tab offers."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from cache.names import fold
from cache.query import QueryContext, QueryError
from cache.query.fields import FIELDS, PERSONS, VALUES

__all__ = ["Values", "values"]

Values: TypeAlias = tuple[tuple[str, int | None], ...]

_MOST: Final = 200
"""So many different values of one field are looked at."""
_LAST: Final = "\U0010ffff"
_UNCOUNTED: Final = frozenset(("local", "unseen"))
"""States that are offered without a number."""


def values(
    conn: sqlite3.Connection,
    context: QueryContext,
    count: Callable[[str], int],
    field: str,
    prefix: str,
) -> Values:
    """The values of a field that begin so, most frequent first; None where they are not counted.

    `count` counts the matches of a query's text. A field without a list of values has none.
    """
    begun = fold(prefix)
    if FIELDS.get(field) == "tag" or field.startswith("meta."):
        return _most(_tags(conn, field, begun), begun)
    if field in ("f", "meta"):
        return tuple((name, None) for name in _names(conn, f"{field}.", begun))
    if field == "form":
        return _most(_forms(conn, context), begun)
    if field == "resolver":
        return _most(_resolvers(conn, context), begun)
    if field == "in":
        return _most(((name, None) for name in context.views), begun)
    return _most(_counted(context, count, field), begun)


def _most(found: Iterable[tuple[str, int | None]], begun: str) -> Values:
    """Those that begin so, the most frequent first, values without a count as they came."""
    fitting = [(value, number) for value, number in found if fold(value).startswith(begun)]
    return tuple(sorted(fitting, key=lambda one: -(one[1] or 0)))


def _counted(context: QueryContext, count: Callable[[str], int], field: str) -> list[tuple[str, int | None]]:
    if field == "assignee":
        names = dict.fromkeys(member.name for member in context.members)
        known = [*PERSONS, *names]
    elif field == "source":
        known = list(context.sources)
    elif field == "provider":
        known = list(dict.fromkeys(context.providers.values()))
    else:
        known = list(VALUES.get(field, ()))
    found: list[tuple[str, int | None]] = []
    for value in known:
        if field in ("has", "no") or (field == "is" and value in _UNCOUNTED):
            found.append((value, None))
            continue
        quoted = '"' + value.replace('"', "") + '"'
        try:
            found.append((value, count(f"{field}:{quoted}")))
        except QueryError:
            continue  # nobody has said who `me` is
    return found


def _tags(conn: sqlite3.Connection, name: str, begun: str) -> list[tuple[str, int | None]]:
    return conn.execute(
        "SELECT value, (SELECT count(*) FROM main.tagged WHERE term = term.id) FROM main.term"
        " WHERE name = ? AND value >= ? AND value < ? LIMIT ?",
        (name, begun, begun + _LAST, _MOST),
    ).fetchall()


def _names(conn: sqlite3.Connection, prefix: str, begun: str) -> list[str]:
    """Labels of answers or keys of metadata, by leaps from one to the next."""
    table = "label" if prefix == "f." else "term"
    found: list[str] = []
    after = prefix + begun
    while len(found) < _MOST:
        row = conn.execute(
            f"SELECT name FROM main.{table} WHERE name >= ? AND name < ? ORDER BY name LIMIT 1",
            (after, prefix + begun + _LAST),
        ).fetchone()
        if row is None:
            break
        found.append(row[0].removeprefix(prefix))
        after = row[0] + "\x00"
    return found


def _forms(conn: sqlite3.Connection, context: QueryContext) -> list[tuple[str, int | None]]:
    numbers = dict(_tags(conn, "container", ""))
    found: Counter[str] = Counter()
    for one in context.containers:
        if one.source in context.sources:
            found[one.name] += numbers.get(f"{one.source}/{one.id}") or 0
    return list(found.items())


def _resolvers(conn: sqlite3.Connection, context: QueryContext) -> list[tuple[str, int | None]]:
    numbers = dict(_tags(conn, "resolver", ""))
    found: Counter[str] = Counter()
    for user, name in {member.user_id: member.name for member in context.members}.items():
        found[name] += numbers.get(fold(user)) or 0
    return list(found.items())
