"""The Mimicbot contract as one part of the reference server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Route

from inbox_tui.demo.live import advance
from inbox_tui.demo.mimicbot.desk import PUBLISHED_LIMIT, Desk, MimicbotError, Settings
from inbox_tui.demo.mimicbot.quirks import Quirks
from inbox_tui.demo.mimicbot.reads import Reads
from inbox_tui.demo.mimicbot.schema import SCHEMA
from inbox_tui.demo.mimicbot.seeding import arrive, credentials, seed_all

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from inbox_tui.demo.contract import Context, Refusal
    from inbox_tui.demo.generate import Generator

__all__ = ["Mimicbot"]


class Mimicbot:
    """Serves `/mimicbot/api` for two agencies."""

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
        return "mimicbot"

    @property
    def prefix(self) -> str:
        """Stands for the vendor's host; every path goes on with `/api`."""
        return "/mimicbot"

    @property
    def schema(self) -> tuple[str, ...]:
        """The statements that make its tables."""
        return SCHEMA

    def keys(self, seed: int) -> Mapping[str, str]:
        """Return every token by name."""
        return credentials(seed)

    def me(self, seed: int) -> str:
        """Return nothing: there are no members."""
        return ""

    def seed(self, connection: sqlite3.Connection, generator: Generator, submissions: int) -> None:
        """Fill both agencies."""
        seed_all(connection, generator, submissions)

    def tick(self, connection: sqlite3.Connection, seed: int, now: datetime) -> None:
        """Let submissions arrive as `pending` and come to their end."""
        arrive(connection, seed, now)
        advance(connection, "mimicbot_executions", now)

    def routes(self, context: Context) -> list[BaseRoute]:
        """Return the routes for bots and what belongs to one."""
        desk, reads = Desk(context, self.settings), Reads(context, self.settings)
        bot = self.prefix + "/api/bots/{bot_id}"
        table = (
            ("GET", self.prefix + "/api/bots", reads.bots),
            ("GET", bot + "/submissions", reads.submissions),
            ("GET", bot + "/actions/executions", reads.executions),
            ("GET", bot + "/actions", reads.actions),
            ("GET", bot + "/unanswered", reads.unanswered),
            ("POST", bot + "/unanswered/{question_id}/dismiss", reads.dismiss),
        )
        return [Route(path, desk.endpoint(handler), methods=[method]) for method, path, handler in table]

    def refuse(self, context: Context, request: Request, refusal: Refusal) -> Response:
        """Answer with an error in the envelope."""
        desk = Desk(context, self.settings)
        return desk.refusal(MimicbotError(refusal.status, refusal.code, refusal.headers))
