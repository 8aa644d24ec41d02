"""Tokens, the rate window and refusals of the Mimicbot contract. See docs/contracts/mimicbot.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from inbox_tui.demo.window import Window
from inbox_tui.demo.wire import bearer, json_answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from inbox_tui.demo.contract import Context
    from inbox_tui.demo.mimicbot.quirks import Quirks

__all__ = ["PUBLISHED_LIMIT", "WINDOW_SECONDS", "Call", "Desk", "MimicbotError", "Settings"]

PUBLISHED_LIMIT = 600
"""Requests of one token in an hour; the vendor gives no number, only that there is one."""
WINDOW_SECONDS = 3_600

_CODES = {
    400: "VALIDATION_ERROR",
    401: "UNAUTHENTICATED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    429: "RATE_LIMITED",
}


class MimicbotError(Exception):
    """A request that is answered with an error code."""

    def __init__(
        self, status: int, code: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        self.status = status
        self.code = code or _CODES.get(status, "INTERNAL_ERROR")
        self.headers = dict(headers or {})
        super().__init__(f"{status} {self.code}")


@dataclass
class Settings:
    """What may be changed while the server runs."""

    quirks: Quirks
    limit: int | None
    """Requests of one token in an hour; None: as many as it likes."""


@dataclass(frozen=True)
class Call:
    """One request whose token is in order."""

    request: Request
    agency: str

    @property
    def query(self) -> Mapping[str, str]:
        """Query parameters; of a repeated one the last counts."""
        return self.request.query_params

    def path(self, name: str) -> str:
        """Return one part of the path."""
        return str(self.request.path_params[name])


class Desk:
    """Checks tokens, counts requests and words refusals."""

    def __init__(self, context: Context, settings: Settings) -> None:
        self._context = context
        self._settings = settings
        self._window = Window(WINDOW_SECONDS, context.clock, refused_count=True)

    def endpoint(self, handler: Callable[[Call], Response]) -> Callable[[Request], Awaitable[Response]]:
        """Return a Starlette endpoint that lets `handler` answer agencies."""

        async def answer(request: Request) -> Response:
            try:
                return handler(self._admit(request))
            except MimicbotError as problem:
                return self.refusal(problem)

        return answer

    def refusal(self, problem: MimicbotError) -> Response:
        """Return the error in the envelope of this dialect (docs/contracts/mimicbot.md section 5)."""
        shape = self._settings.quirks.error
        error: object = {"code": problem.code}
        if shape == "code_and_message":
            error = {"code": problem.code, "message": problem.code.replace("_", " ").capitalize() + "."}
        elif shape == "string":
            error = problem.code
        return json_answer({"error": error}, problem.status, problem.headers)

    def _admit(self, request: Request) -> Call:
        token = bearer(request)
        with self._context.database.reading() as connection:
            row = connection.execute("SELECT * FROM mimicbot_tokens WHERE token = ?", (token,)).fetchone()
        if row is None or not row["valid"]:
            raise MimicbotError(401)
        limit = self._settings.limit
        if limit is not None and not self._window.take(token, limit).passed:
            raise MimicbotError(429, headers=self._retry_after())
        if row["agency"] is None:
            raise MimicbotError(403, "NO_AGENCY")
        return Call(request, row["agency"])

    def _retry_after(self) -> dict[str, str]:
        """Return the whole length of the window, whenever a slot gets free (section 6)."""
        how = self._settings.quirks.retry_after
        if how == "absent":
            return {}
        if how == "seconds":
            return {"Retry-After": str(WINDOW_SECONDS)}
        until = self._context.clock() + timedelta(seconds=WINDOW_SECONDS)
        return {"Retry-After": format_datetime(until, usegmt=True)}
