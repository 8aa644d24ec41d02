"""What several contracts need to speak: JSON and text answers, timestamps, bearer tokens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.responses import Response

from inbox_tui.demo.generate import from_micros

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

__all__ = ["bearer", "compact", "json_answer", "moment", "moment_ms", "text_answer"]

compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Returns a value as JSON text without needless spaces."""


def json_answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer with a JSON body in UTF-8."""
    return Response(compact(value).encode(), status, dict(headers or {}), "application/json")


def text_answer(text: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer with a plain-text body."""
    return Response(text, status, dict(headers or {}), "text/plain")


def moment(micros: int) -> str:
    """Return microseconds since 1970 as ISO 8601 with whole seconds and `Z`."""
    return from_micros(micros).replace(microsecond=0).isoformat().removesuffix("+00:00") + "Z"


def moment_ms(micros: int) -> str:
    """Return microseconds since 1970 as ISO 8601 with milliseconds and `Z`."""
    return from_micros(micros).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def bearer(request: Request) -> str:
    """Return the token of the `Authorization` header; empty when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
