"""The front desk of the Awardee contract: who calls, whether they may, and the headers of every answer.

See docs/contracts/awardee.md sections 1, 4 and 5.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.responses import Response

from inbox_tui.demo.awardee.changes import Actor
from inbox_tui.demo.awardee.errors import ApiError
from inbox_tui.demo.generate import to_micros

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from inbox_tui.demo.contract import Context

__all__ = ["Answer", "Call", "Caller", "Desk"]


@dataclass(frozen=True)
class Caller:
    """The owner of a credential that is in order."""

    org_id: str
    key_id: str
    key_name: str
    user_id: str | None
    scopes: frozenset[str] | None
    """None for an API key, which may do everything."""

    @property
    def actor(self) -> Actor:
        """This caller as the author of a change."""
        if self.user_id is not None:
            return Actor(user_id=self.user_id)
        return Actor(key_id=self.key_id, key_name=self.key_name)


@dataclass(frozen=True)
class Call:
    """One request that passed the desk."""

    request: Request
    body: bytes
    caller: Caller

    @property
    def query(self) -> Mapping[str, str]:
        """Query parameters; of a repeated one the last counts."""
        return self.request.query_params

    def path(self, name: str) -> str:
        """Return one part of the path."""
        return str(self.request.path_params[name])


@dataclass(frozen=True)
class Answer:
    """What a handler says; the desk adds the common headers."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Desk:
    """Checks credentials, counts requests and words refusals."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def endpoint(
        self, handler: Callable[[Call], Answer], scope: str | None = None
    ) -> Callable[[Request], Awaitable[Response]]:
        """Return a Starlette endpoint that lets `handler` answer callers who have `scope`."""

        async def answer(request: Request) -> Response:
            return self.answer(request, await request.body(), handler, scope)

        return answer

    def answer(
        self, request: Request, body: bytes, handler: Callable[[Call], Answer], scope: str | None
    ) -> Response:
        """Answer one request, with the rate headers and the request id on success and failure alike."""
        request_id = f"req_{self._context.new_id()}"
        row, problem = self._identify(request)
        verdict = self._context.limits.take("awardee:" + ("anonymous" if row is None else row["org_id"]))
        headers = {"X-Request-Id": request_id, **verdict.headers()}
        try:
            if verdict.retry_after is not None:
                raise ApiError(429, message="Too many requests.")
            if problem is not None or row is None:
                raise problem or ApiError(401)
            answer = handler(Call(request, body, self._admit(row, scope)))
        except ApiError as refusal:
            headers.update(refusal.headers)
            if refusal.status == 429 and verdict.retry_after is None:
                headers["X-RateLimit-Remaining-Minute"] = "0"
            answer = Answer(refusal.body(request_id), refusal.status, headers)
        headers.update(answer.headers)
        return Response(answer.body, answer.status, headers, "application/json")

    def _identify(self, request: Request) -> tuple[sqlite3.Row | None, ApiError | None]:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            return None, ApiError(401, "missing_api_key", "Send Authorization: Bearer <token>.")
        with self._context.database.reading() as connection:
            row: sqlite3.Row | None = connection.execute(
                "SELECT * FROM awardee_keys WHERE token = ?", (token,)
            ).fetchone()
        if row is None:
            return None, ApiError(401, "invalid_api_key", "This key is not known.")
        if row["state"] == "revoked":
            return row, ApiError(401, "api_key_revoked", "This key was revoked.")
        if row["expires_at"] is not None and row["expires_at"] <= to_micros(self._context.clock()):
            return row, ApiError(401, "api_key_expired", "This key has expired.")
        if row["state"] == "paused":
            return row, ApiError(403, "api_key_paused", "This key is paused.")
        return row, None

    @staticmethod
    def _admit(row: sqlite3.Row, scope: str | None) -> Caller:
        scopes = None if row["scopes"] is None else frozenset(json.loads(row["scopes"]))
        if scope is not None and scopes is not None and scope not in scopes:
            raise ApiError(403, "insufficient_scope", f"This token lacks the scope {scope}.")
        return Caller(row["org_id"], row["id"], row["name"], row["user_id"], scopes)
