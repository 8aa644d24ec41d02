"""Keys, the rate window and refusals of the Postbox contract. See docs/contracts/postbox.md sections 1, 5."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from inbox_tui.demo.window import Window
from inbox_tui.demo.wire import bearer, json_answer, text_answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from inbox_tui.demo.contract import Context
    from inbox_tui.demo.postbox.quirks import Profile, Quirks

__all__ = ["PUBLISHED_LIMIT", "Call", "Desk", "PostboxError", "Settings"]

PUBLISHED_LIMIT = 60
"""Requests in 60 seconds, counted per key in states A and B and per address in state C."""

_CODES = {
    400: "invalid_params",
    401: "unauthorized",
    404: "not_found",
    405: "method_not_allowed",
    422: "delete_failed",
    429: "rate_limited",
}


class PostboxError(Exception):
    """A request that is answered with an error."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        about: Literal["form", "submission"] = "submission",
        code: str | None = None,
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.message = message
        self.about = about
        self.code = code
        self.retry_after = retry_after
        self.headers = dict(headers or {})
        super().__init__(f"{status} {message}")


@dataclass
class Settings:
    """What may be changed while the server runs."""

    quirks: Quirks
    limit: int | None
    """Requests a minute; None: as many as anybody likes."""


@dataclass(frozen=True)
class Call:
    """One request whose key is in order."""

    request: Request
    account: str
    profile: Profile

    @property
    def query(self) -> Mapping[str, str]:
        """Query parameters; of a repeated one the last counts."""
        return self.request.query_params

    def path(self, name: str) -> str:
        """Return one part of the path."""
        return str(self.request.path_params[name])


class Desk:
    """Checks keys, counts requests and words refusals."""

    def __init__(self, context: Context, settings: Settings) -> None:
        self._context = context
        self._settings = settings
        self._window = Window(60, context.clock)

    def endpoint(self, handler: Callable[[Call], object]) -> Callable[[Request], Awaitable[Response]]:
        """Return a Starlette endpoint around a handler that returns the body of an answer."""

        async def answer(request: Request) -> Response:
            credits_left: dict[str, str] = {}
            try:
                call, credits_left = self._admit(request)
                return json_answer(handler(call), 200, credits_left)
            except PostboxError as problem:
                problem.headers |= credits_left
                return self.refusal(problem)

        return answer

    def refusal(self, problem: PostboxError) -> Response:
        """Return the error as the served state words it (docs/contracts/postbox.md section 5)."""
        quirks = self._settings.quirks
        status, headers = problem.status, problem.headers
        if quirks.profile == "A" and status == 401:
            return text_answer("Unauthorized", 401, headers)
        if quirks.profile == "A" and problem.about == "form" and status == 404:
            return json_answer({"errors": problem.message}, status, headers)
        code: object = problem.code or _CODES.get(status, "internal_error")
        if quirks.profile == "A" and status != 429 and problem.code is None:
            code = status
        error: dict[str, Any] = {"code": code, "message": problem.message}
        body: dict[str, Any] = {"error": error}
        if problem.retry_after is not None:
            place = quirks.retry_after
            if place == "error":
                error["retry_after"] = problem.retry_after
            elif place == "body":
                body["retry_after"] = problem.retry_after
            elif place == "header":
                headers = {**headers, "Retry-After": str(problem.retry_after)}
        return json_answer(body, status, headers)

    def _admit(self, request: Request) -> tuple[Call, dict[str, str]]:
        token, profile = bearer(request), self._settings.quirks.profile
        with self._context.database.reading() as connection:
            row = connection.execute("SELECT * FROM postbox_keys WHERE token = ?", (token,)).fetchone()
        if row is None or row["revoked"]:
            raise PostboxError(401, "The API key is not valid.")
        limit = self._settings.limit
        if limit is not None:
            address = request.client.host if request.client else "nobody"
            taken = self._window.take(address if profile == "C" else token, limit)
            if not taken.passed:
                raise PostboxError(429, "Too many requests.", retry_after=taken.wait)
        headers = {
            "X-Postbox-Credits-Remaining": str(row["credits"]),
            "X-Postbox-Metered": "true" if row["metered"] else "false",
        }
        return Call(request, row["account"], profile), headers
