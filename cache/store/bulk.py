"""The indexes of words while very many rows come in: pieces are written as they come, and merged later."""

import sqlite3
from typing import Final

from cache.schema import transaction

__all__ = ["begin_bulk", "end_bulk", "is_bulk"]

_INDEXES: Final = ("search", "ident", "contact")
_USUAL: Final = {"automerge": 4, "crisismerge": 16, "usermerge": 4}
_BULK: Final = {"automerge": 0, "crisismerge": 1_000, "usermerge": 2}
_MANY: Final = {"automerge": 16, "crisismerge": 64, "usermerge": 4}
_PAGES_A_STEP: Final = 1_000
"""Pages merged in one transaction: the journal stays small, and an interruption loses little."""


def is_bulk(conn: sqlite3.Connection) -> bool:
    """Whether somebody began and did not end: the process was killed."""
    found = conn.execute("SELECT v FROM search_config WHERE k = 'automerge'").fetchone()
    return found is not None and found[0] != _USUAL["automerge"]


def begin_bulk(conn: sqlite3.Connection, *, merging: bool = False) -> None:
    """From now on nothing is merged while rows come in; with `merging` sixteen pieces at a time, not four.

    The file says so until `end_bulk`.
    """
    _configure(conn, _MANY if merging else _BULK)


def end_bulk(conn: sqlite3.Connection, *, merge: bool = True) -> None:
    """Merge what came in, in many small transactions, and go on as usual; without `merge` it comes later."""
    try:
        if merge:
            for index in _INDEXES:
                _merge(conn, index)
    finally:
        _configure(conn, _USUAL)


def _configure(conn: sqlite3.Connection, settings: dict[str, int]) -> None:
    with transaction(conn):
        for index in _INDEXES:
            for name, value in settings.items():
                conn.execute(f"INSERT INTO {index} ({index}, rank) VALUES (?, ?)", (name, value))


def _merge(conn: sqlite3.Connection, index: str) -> None:
    while True:
        before = conn.total_changes
        conn.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('merge', ?)", (_PAGES_A_STEP,))
        if conn.total_changes - before < 2:  # as SQLite's documentation tells when all is done
            return
