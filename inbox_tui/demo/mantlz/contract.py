"""The Mantlz contract as one part of the reference server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Route

from inbox_tui.demo.mantlz.catalogue import credentials
from inbox_tui.demo.mantlz.desk import PUBLISHED_LIMIT, Desk, Settings
from inbox_tui.demo.mantlz.quirks import Quirks
from inbox_tui.demo.mantlz.reads import Reads
from inbox_tui.demo.mantlz.schema import SCHEMA
from inbox_tui.demo.mantlz.seeding import arrive, seed_all
from inbox_tui.demo.wire import json_answer, text_answer

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from inbox_tui.demo.contract import Context, Refusal
    from inbox_tui.demo.generate import Generator

__all__ = ["WEB_HOST", "Mantlz"]

WEB_HOST = "/mantlz-web"
"""Stands for the host of the vendor's web pages, which answers API paths with a redirect."""

_API_HOST = "/mantlz"
_TEXTS = {401: "Invalid or inactive API key", 429: "Rate limit exceeded", 500: "Internal server error"}


class Mantlz:
    """Serves `/mantlz/api/v1` for an account of each plan."""

    def __init__(self, quirks: Quirks | None = None, *, limited: bool = True) -> None:
        limit = PUBLISHED_LIMIT if limited else None
        self.settings = Settings(quirks or Quirks(), limit, limit)
        """Dialect and rate limits; may be changed while the server runs."""

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
        return "mantlz"

    @property
    def prefix(self) -> str:
        """The path of the one published version."""
        return _API_HOST + "/api/v1"

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
        """Fill the accounts; the two smaller plans get a sixth of the submissions each."""
        seed_all(connection, generator, submissions)

    def tick(self, connection: sqlite3.Connection, seed: int, now: datetime) -> None:
        """Let submissions arrive at the first account; nothing changes afterwards."""
        arrive(connection, seed, now)

    def routes(self, context: Context) -> list[BaseRoute]:
        """Return the routes of version 1, of the rest of its host, and of the web host."""
        desk, reads = Desk(context, self.settings), Reads(context, self.settings)
        form = self.prefix + "/forms/{form_id}"
        table = (
            (self.prefix + "/forms/list", reads.forms, False),
            (form, reads.form, False),
            (form + "/submissions", reads.submissions, False),
            (form + "/logs", reads.logs, False),
            (form + "/analytics", reads.analytics, False),
            (form + "/users-joined", reads.joined, True),
        )
        served: list[BaseRoute] = [
            Route(path, desk.endpoint(handler, header_only=header_only), methods=["GET"])
            for path, handler, header_only in table
        ]
        served.append(Route(WEB_HOST + "/api/v1/{rest:path}", self._moved))
        served.append(Route(_API_HOST + "/{rest:path}", _not_found))
        return served

    async def _moved(self, request: Request) -> Response:
        target = request.url.replace(path=f"{self.prefix}/{request.path_params['rest']}")
        return text_answer("Moved Permanently", 301, {"Location": str(target)})

    def refuse(self, context: Context, request: Request, refusal: Refusal) -> Response:
        """Answer with an error as the contract words it; paths and methods nobody serves get plain text."""
        if refusal.status in (404, 405) and refusal.message is None and refusal.code is None:
            return text_answer("404 Not Found", 404)
        text = _TEXTS.get(refusal.status) or refusal.message or refusal.code or "Request failed"
        return json_answer({"error": text}, refusal.status, refusal.headers)


async def _not_found(request: Request) -> Response:
    return text_answer("Not Found", 404)
