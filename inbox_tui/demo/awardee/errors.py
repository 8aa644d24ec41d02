"""Refusals of the Awardee contract in its error envelope. See docs/contracts/awardee.md section 4."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["ApiError", "compact", "dump", "invalid_payload", "invalid_query", "not_found"]

_CODES = {
    400: "invalid_payload",
    401: "invalid_api_key",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    429: "rate_limited",
}


compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Returns a value as JSON text without needless spaces."""


def dump(value: object) -> bytes:
    """Encode a value as compact JSON in UTF-8."""
    return compact(value).encode()


class ApiError(Exception):
    """A request that is answered with an error."""

    def __init__(
        self,
        status: int,
        code: str | None = None,
        message: str | None = None,
        details: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.code = code or _CODES.get(status, "internal_error")
        self.message = message or self.code.replace("_", " ").capitalize() + "."
        self.details = details
        self.headers = dict(headers or {})
        super().__init__(f"{status} {self.code}: {self.message} {dict(details or {})}")

    def body(self, request_id: str) -> bytes:
        """Return the envelope."""
        envelope: dict[str, object] = {"error": self.code, "message": self.message, "request_id": request_id}
        if self.details is not None:
            envelope["details"] = dict(self.details)
        return dump(envelope)


def invalid_payload(
    fields: Mapping[str, Sequence[str]] | None = None, form: Sequence[str] = (), status: int = 400
) -> ApiError:
    """Return the refusal of a body, with messages by field and for the whole."""
    listed = {name: list(messages) for name, messages in (fields or {}).items()}
    message = "The request body is not valid."
    return ApiError(status, "invalid_payload", message, {"formErrors": list(form), "fieldErrors": listed})


def invalid_query(name: str, problem: str) -> ApiError:
    """Return the refusal of one query parameter."""
    details = {"formErrors": [], "fieldErrors": {name: [problem]}}
    return ApiError(400, "invalid_query", f"{name}: {problem}", details)


def not_found(what: str) -> ApiError:
    """Return the refusal of an id that does not exist or belongs to somebody else."""
    return ApiError(404, "not_found", f"There is no such {what}.")
