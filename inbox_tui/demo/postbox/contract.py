"""The Postbox contract as one part of the reference server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Route

from inbox_tui.demo.live import advance
from inbox_tui.demo.postbox.catalogue import credentials
from inbox_tui.demo.postbox.desk import PUBLISHED_LIMIT, Desk, PostboxError, Settings
from inbox_tui.demo.postbox.quirks import Quirks
from inbox_tui.demo.postbox.schema import SCHEMA
from inbox_tui.demo.postbox.seeding import arrive, seed_all
from inbox_tui.demo.postbox.submissions import Submissions

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from inbox_tui.demo.contract import Context, Refusal
    from inbox_tui.demo.generate import Generator

__all__ = ["Postbox"]


class Postbox:
    """Serves `/postbox/api` in one of the three published states."""

    def __init__(self, quirks: Quirks | None = None, *, limited: bool = True) -> None:
        self.settings = Settings(quirks or Quirks(), PUBLISHED_LIMIT if limited else None)
        """Dialect and rate limit; may be changed while the server runs."""

    @property
    def quirks(self) -> Quirks:
        """The dialect; may be replaced while the server runs."""
        return self.settings.quirks

    @quirks.setter
    def quirks(self, quirks: Quirks) -> None:
        self.settings.quirks = quirks

    @property
    def name(self) -> str:
        """The provider's name."""
        return "postbox"

    @property
    def prefix(self) -> str:
        """Stands for the vendor's host; every path goes on with `/api`."""
        return "/postbox"

    @property
    def schema(self) -> tuple[str, ...]:
        """The statements that make its tables."""
        return SCHEMA

    def keys(self, seed: int) -> Mapping[str, str]:
        """Return every key by name."""
        return credentials(seed)

    def me(self, seed: int) -> str:
        """Return nothing: there are no members."""
        return ""

    def seed(self, connection: sqlite3.Connection, generator: Generator, submissions: int) -> None:
        """Fill the first account."""
        seed_all(connection, generator, submissions)

    def tick(self, connection: sqlite3.Connection, seed: int, now: datetime) -> None:
        """Let submissions arrive as `pending` and move through processing."""
        arrive(connection, seed, now)
        advance(connection, "postbox_submissions", now)

    def routes(self, context: Context) -> list[BaseRoute]:
        """Return the routes for forms and submissions."""
        desk = Desk(context, self.settings)
        handlers = Submissions(context, self.settings, self.prefix)
        form = self.prefix + "/api/forms/{form_id}"
        table = (
            ("GET", self.prefix + "/api/forms", handlers.forms),
            ("GET", form, handlers.form),
            ("GET", form + "/submissions", handlers.list_page),
            ("GET", form + "/submissions/{id}", handlers.read),
            ("DELETE", form + "/submissions/{id}", handlers.delete),
        )
        return [Route(path, desk.endpoint(handler), methods=[method]) for method, path, handler in table]

    def refuse(self, context: Context, request: Request, refusal: Refusal) -> Response:
        """Answer with an error as the served state words it."""
        message = refusal.message or "The request could not be answered."
        problem = PostboxError(refusal.status, message, code=refusal.code, headers=refusal.headers)
        return Desk(context, self.settings).refusal(problem)
