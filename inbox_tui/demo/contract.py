"""What a contract module offers to the reference server, and what it gets from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import sqlite3

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from inbox_tui.demo.database import Database
    from inbox_tui.demo.generate import Generator
    from inbox_tui.demo.limits import Limits

__all__ = ["Clock", "Context", "Contract", "Refusal"]

Clock = Callable[[], datetime]
"""Returns the present moment in UTC."""


@dataclass(frozen=True)
class Context:
    """What the routes of a contract work with."""

    database: Database
    clock: Clock
    limits: Limits
    new_id: Callable[[], str]
    """Returns a fresh hexadecimal id for requests."""


@dataclass(frozen=True)
class Refusal:
    """An error that the contract words in its own envelope."""

    status: int
    code: str | None = None
    message: str | None = None
    details: Mapping[str, object] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Contract(Protocol):
    """One submission system: its paths, its tables, its data and its way to say no."""

    @property
    def name(self) -> str:
        """The provider's name, e.g. `awardee`."""

    @property
    def prefix(self) -> str:
        """The path that all of its routes start with, e.g. `/v1`."""

    @property
    def schema(self) -> tuple[str, ...]:
        """The statements that make its tables; every name starts with the provider's name."""

    def keys(self, seed: int) -> Mapping[str, str]:
        """Return the credentials that a server of this seed accepts or knows as dead, by name."""

    def me(self, seed: int) -> str:
        """Return the user id behind `me` in the written configuration; empty where there are no members."""

    def seed(self, connection: sqlite3.Connection, generator: Generator, submissions: int) -> None:
        """Fill its tables inside a running transaction."""

    def tick(self, connection: sqlite3.Connection, seed: int, now: datetime) -> None:
        """Let arrivals and changes happen that are due by now, inside a running transaction."""

    def routes(self, context: Context) -> list[BaseRoute]:
        """Return its routes, with full paths."""

    def refuse(self, context: Context, request: Request, refusal: Refusal) -> Response:
        """Answer a request with an error, as the real system would."""
