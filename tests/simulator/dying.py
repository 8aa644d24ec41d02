"""Connections of a client that may be killed at any statement, and the count of its steps."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, Final
from unittest import mock

__all__ = ["ClientDied", "Life", "connections_of"]

_WRITES: Final = ("COMMIT", "INSERT", "UPDATE", "DELETE")


class ClientDied(BaseException):
    """The client was killed here."""


class Life:
    """One incarnation of the client: the steps it has made and the one at which it dies."""

    def __init__(self, number: int, dies_at: int | None, on_death: Callable[[str], None]) -> None:
        self.number = number
        self.dies_at = dies_at
        self.steps = 0
        self.dead = False
        self._on_death = on_death
        self._connections: list[_Mortal] = []
        self.on_commit: Callable[[str], None] = lambda name: None

    def step(self, what: str) -> None:
        """One durable step, or one turn of the wire; the last one kills."""
        self.check()
        self.steps += 1
        if self.dies_at is not None and self.steps >= self.dies_at:
            self.die(what)
            raise ClientDied(what)

    def check(self) -> None:
        """Nothing a dead client does has an effect."""
        if self.dead:
            raise ClientDied("dead already")

    def die(self, what: str) -> None:
        """The process is gone: its open transactions are rolled back, its locks released."""
        if not self.dead:
            self.dead = True
            for connection in self._connections:
                connection.sever()
            self._on_death(what)

    def adopt(self, connection: "_Mortal") -> None:
        """A connection of this client."""
        self._connections.append(connection)


class _Mortal(sqlite3.Connection):
    """A connection that dies with its client, before or after a write is durable."""

    life: Life | None = None
    name = ""
    severed = False

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        life = self.life
        if life is None:
            return super().execute(sql, parameters)
        life.check()
        durable = sql == "COMMIT" or (not self.in_transaction and sql.startswith(_WRITES))
        if not durable:
            return super().execute(sql, parameters)
        life.step(f"before {self.name} {sql[:24]}")
        cursor = super().execute(sql, parameters)
        if not self.in_transaction and cursor.description is None:  # else it ends when its rows are read
            life.on_commit(self.name)
            life.step(f"after {self.name} {sql[:24]}")
        return cursor

    def executemany(self, sql: str, parameters: Any, /) -> sqlite3.Cursor:
        if self.life is not None:
            self.life.check()
        return super().executemany(sql, parameters)

    @property
    def in_transaction(self) -> bool:
        return not self.severed and super().in_transaction

    def sever(self) -> None:
        """As when the process is gone: what was not committed never was."""
        if not self.severed:
            with contextlib.suppress(sqlite3.Error):
                if super().in_transaction:
                    super().rollback()  # closing alone leaves the locks while a dead task holds a cursor
            self.severed = True
            super().close()

    def close(self) -> None:
        self.severed = True
        super().close()


@contextlib.contextmanager
def connections_of(current: Callable[[], Life | None]) -> Iterator[None]:
    """While this lasts, every connection belongs to the client that opens it."""
    connect = sqlite3.connect

    def opened(path: Any, *args: Any, **options: Any) -> sqlite3.Connection:
        life = current()
        if life is None:
            plain: sqlite3.Connection = connect(path, *args, **options)
            return plain
        life.check()
        connection: _Mortal = connect(path, *args, factory=_Mortal, **options)
        connection.name = str(path).rsplit("/", 1)[-1].removesuffix(".db")
        connection.life = life
        life.adopt(connection)
        return connection

    with mock.patch.object(sqlite3, "connect", opened):
        yield
