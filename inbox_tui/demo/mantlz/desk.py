"""Keys, both rate layers and refusals of Mantlz. See docs/contracts/mantlz.md sections 1, 4 and 5."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inbox_tui.demo.generate import to_micros
from inbox_tui.demo.window import Taken, Window
from inbox_tui.demo.wire import json_answer, text_answer

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from inbox_tui.demo.contract import Context
    from inbox_tui.demo.mantlz.quirks import Quirks

__all__ = ["PUBLISHED_LIMIT", "Call", "Desk", "MantlzError", "Settings"]

PUBLISHED_LIMIT = 30
"""Requests in 60 seconds, in each layer."""

_KEY = re.compile(r"mk_[A-Za-z0-9_-]{32}")
_DEFAULT_LIMIT = 50
_TOP_LIMIT = 100


class MantlzError(Exception):
    """A request that is answered with an error text."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        self.text = text
        super().__init__(f"{status} {text}")


@dataclass
class Settings:
    """What may be changed while the server runs."""

    quirks: Quirks
    ip_limit: int | None
    """Requests a minute from one address over all routes; None: this layer is off."""
    route_limit: int | None
    """Requests a minute of one key on one form, or on the list of forms; None: this layer is off."""


@dataclass(frozen=True)
class Call:
    """One request whose parameters and key are in order."""

    request: Request
    account: str
    plan: str
    limit: int | float
    form_id: str

    @property
    def query(self) -> Mapping[str, str]:
        """Query parameters; of a repeated one the last counts."""
        return self.request.query_params


class Desk:
    """Checks parameters, rate, key and user in this order, as the published code does."""

    def __init__(self, context: Context, settings: Settings) -> None:
        self._context = context
        self._settings = settings
        self._by_address = Window(60, context.clock)
        self._by_route = Window(60, context.clock)

    def endpoint(
        self, handler: Callable[[Call], dict[str, object]], *, header_only: bool = False
    ) -> Callable[[Request], Awaitable[Response]]:
        """Return a Starlette endpoint around a handler that returns the body of an answer."""

        async def answer(request: Request) -> Response:
            return self._answer(request, handler, header_only)

        return answer

    def _answer(
        self, request: Request, handler: Callable[[Call], dict[str, object]], header_only: bool
    ) -> Response:
        ip_limit = self._settings.ip_limit
        if ip_limit is not None:
            address = request.client.host if request.client else "nobody"
            taken = self._by_address.take(address, ip_limit)
            if not taken.passed:
                headers = {**self._headers(taken), "Retry-After": str(taken.wait)}
                return text_answer("Too Many Requests", 429, headers)
        headers = {}
        try:
            key = self._key(request, header_only)
            limit = _limit(request.query_params.get("limit", ""))
            form_id = str(request.path_params.get("form_id", ""))
            route_limit = self._settings.route_limit
            if route_limit is not None:
                taken = self._by_route.take(f"{key} {form_id}", route_limit)
                if self._settings.quirks.limit_headers == "always" or not taken.passed:
                    headers = self._headers(taken)
                if not taken.passed:
                    raise MantlzError(429, "Rate limit exceeded")
            row = self._owner(key)
            plan = self._settings.quirks.plan or row["plan"]
            return json_answer(handler(Call(request, row["account"], plan, limit, form_id)), 200, headers)
        except MantlzError as refusal:
            return json_answer({"error": refusal.text}, refusal.status, headers)

    def _key(self, request: Request, header_only: bool) -> str:
        key = request.headers.get("x-api-key", "")
        if not key and not header_only:
            key = request.query_params.get("apiKey", "")
        if not key:
            raise MantlzError(self._settings.quirks.missing_key, "API key is required")
        if not _KEY.fullmatch(key):
            raise MantlzError(400, "Invalid API key format")
        return key

    def _owner(self, key: str) -> sqlite3.Row:
        with self._context.database.transaction() as connection:
            row: sqlite3.Row | None = connection.execute(
                "SELECT * FROM mantlz_keys WHERE token = ?", (key,)
            ).fetchone()
            if row is None or not row["active"]:
                raise MantlzError(401, "Invalid or inactive API key")
            if not row["owned"]:
                raise MantlzError(404, "User not found")
            connection.execute(
                "UPDATE mantlz_keys SET last_used_at = ? WHERE token = ?",
                (to_micros(self._context.clock()), key),
            )
        return row

    def _headers(self, taken: Taken) -> dict[str, str]:
        scale = 1_000 if self._settings.quirks.reset_unit == "milliseconds" else 1
        return {
            "X-RateLimit-Limit": str(taken.limit),
            "X-RateLimit-Remaining": str(taken.remaining),
            "X-RateLimit-Reset": str(round(taken.reset * scale)),
        }


def _limit(text: str) -> int | float:
    """Return the page size; a fraction gets through, as in the published code, and fails later."""
    if not text:
        return _DEFAULT_LIMIT
    try:
        limit = float(text)
    except ValueError as problem:
        raise MantlzError(400, "Expected number, received nan") from problem
    if not 1 <= limit <= _TOP_LIMIT:
        raise MantlzError(400, f"Number must be from 1 to {_TOP_LIMIT}")
    return int(limit) if limit.is_integer() else limit
