"""Making `server.db` once and finding it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox_tui.demo.database import Database
from inbox_tui.demo.generate import Generator, Visitor
from inbox_tui.demo.people import LOCALES

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from inbox_tui.demo.contract import Contract

__all__ = ["DatabaseVersionError", "known_people", "open_database"]

_VERSION = "2"


class DatabaseVersionError(RuntimeError):
    """The file was made by another version of this program."""


def open_database(
    path: Path, contracts: Sequence[Contract], *, seed: int, submissions: int, now: datetime
) -> tuple[Database, int]:
    """Open the server's file, made from `seed` if it is new, and return it with the seed it was made from.

    Raises:
        DatabaseVersionError: it was made by another version.
    """
    database = Database(path)
    try:
        version = database.fact("version")
        if version is None:
            _make(database, contracts, seed, submissions, now)
        elif version != _VERSION:
            message = f"{path} was made by another version of inbox-tui; move it away to get a new one."
            raise DatabaseVersionError(message)
        return database, int(database.fact("seed") or seed)
    except BaseException:
        database.close()
        raise


def _make(
    database: Database, contracts: Sequence[Contract], seed: int, submissions: int, now: datetime
) -> None:
    with database.transaction() as connection:
        connection.execute("CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
        facts = (("version", _VERSION), ("seed", str(seed)), ("made_at", now.isoformat()))
        connection.executemany("INSERT INTO facts VALUES (?, ?)", facts)
        connection.execute(
            "CREATE TABLE people (position INTEGER PRIMARY KEY, locale TEXT NOT NULL, name TEXT NOT NULL,"
            " email TEXT NOT NULL UNIQUE, phone TEXT NOT NULL, firm TEXT NOT NULL)"
        )
        for contract in contracts:
            for statement in contract.schema:
                connection.execute(statement)
            generator = Generator(seed, now, contract.name, known_people(connection))
            contract.seed(connection, generator, submissions)
            connection.executemany(
                "INSERT OR IGNORE INTO people (locale, name, email, phone, firm) VALUES (?, ?, ?, ?, ?)",
                ((who.locale.code, who.name, who.email, who.phone, who.firm) for who in generator.people),
            )


def known_people(connection: sqlite3.Connection) -> tuple[Visitor, ...]:
    """Return the people that the systems made so far have met; any of them may write to another one."""
    locales = {locale.code: locale for locale in LOCALES}
    rows = connection.execute("SELECT locale, name, email, phone, firm FROM people ORDER BY position")
    return tuple(Visitor(locales[code], name, email, phone, firm) for code, name, email, phone, firm in rows)
