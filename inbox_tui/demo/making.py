"""Making `server.db` once and finding it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox_tui.demo.database import Database
from inbox_tui.demo.generate import Generator

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from inbox_tui.demo.contract import Contract

__all__ = ["DatabaseVersionError", "open_database"]

_VERSION = "1"


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
        for contract in contracts:
            for statement in contract.schema:
                connection.execute(statement)
            contract.seed(connection, Generator(seed, now, contract.name), submissions)
