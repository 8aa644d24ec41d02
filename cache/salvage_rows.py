"""Rows of a damaged database: read from both ends of each table, and one by one in between."""

import json
import sqlite3
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from cache.models import TRIAGE_FIELDS, EditState

__all__ = ["FoundRows", "Row", "columns_of", "is_sound", "read_rows"]

Row: TypeAlias = dict[str, Any]

_GAP: Final = 50_000
"""How many rows between two readable stretches are asked for one by one."""
_KINDS: Final[dict[str, type]] = {"INTEGER": int, "TEXT": str, "BLOB": bytes}
_JSON: Final = ("before", "after", "body", "theirs", "mine")
_STATES: Final = frozenset(state.value for state in EditState)


@dataclass(slots=True)
class FoundRows:
    """What could be read of one table."""

    rows: list[Row] = field(default_factory=list)
    broken: bool = False
    """True when something of it could not be."""


def columns_of(conn: sqlite3.Connection, table: str) -> dict[str, str]:
    """The columns of a table with their declared types; none when there is no such table."""
    return {row[1]: row[2] for row in conn.execute(f"PRAGMA table_info({table})")}


def read_rows(conn: sqlite3.Connection, table: str) -> FoundRows:
    """Every row that can be read, in the order of its key, none twice."""
    try:
        info = conn.execute(f"PRAGMA table_info({table})").fetchall()
    except sqlite3.Error:
        return FoundRows(broken=True)
    names = [column[1] for column in info]
    key = [column[1] for column in sorted(info, key=lambda column: column[5]) if column[5]]
    if not names:
        return FoundRows(broken=True)
    first, whole = _stretch(conn, table, names, ", ".join(key))
    if whole:
        return FoundRows(first)
    last, _ = _stretch(conn, table, names, ", ".join(f"{name} DESC" for name in key))
    last.reverse()
    middle: list[Row] = []
    if len(key) == 1 and first and last and isinstance(first[-1][key[0]], int):
        low, high = first[-1][key[0]], last[0][key[0]]
        for number in range(low + 1, min(high, low + _GAP)):
            with suppress(sqlite3.Error):
                middle += _all(conn, names, f"SELECT * FROM {table} WHERE {key[0]} = ?", (number,))
    seen = {tuple(row[name] for name in key): row for row in (*first, *middle, *last)}
    return FoundRows(list(seen.values()), broken=True)


def _stretch(conn: sqlite3.Connection, table: str, names: list[str], order: str) -> tuple[list[Row], bool]:
    """The rows up to the first that cannot be read, and whether there was none."""
    rows: list[Row] = []
    try:
        for row in conn.execute(f"SELECT {', '.join(names)} FROM {table} NOT INDEXED ORDER BY {order}"):
            rows.append(dict(zip(names, row, strict=True)))
    except sqlite3.Error:
        return rows, False
    return rows, True


def _all(conn: sqlite3.Connection, names: list[str], query: str, values: tuple[int, ...]) -> list[Row]:
    return [dict(zip(names, row, strict=True)) for row in conn.execute(query, values)]


def is_sound(row: Row, columns: dict[str, str]) -> bool:
    """Whether a row holds what its columns may hold: damage that SQLite does not see is seen here."""
    for name, value in row.items():
        kind = _KINDS.get(columns[name])
        if value is not None and kind is not None and not isinstance(value, kind):
            return False
        if name in _JSON and value is not None and not _is_json(value):
            return False
    if "state" in row and row["state"] not in _STATES:
        return False
    return "field" not in row or row["field"] in TRIAGE_FIELDS


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, TypeError):
        return False
    return True
