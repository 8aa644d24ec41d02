"""Turns every way a request can fail into the engine's errors. Nothing else maps HTTP to them.

Facts: docs/contracts/awardee.md section 4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cache.sync.remote import (
    AuthPaused,
    BadAnswer,
    Forbidden,
    Misconfigured,
    NeverLeft,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    RemoteError,
    ServerFault,
)
from cache.text import one_line
from inbox_tui.providers.light import httpx
from inbox_tui.providers.limits import retry_after

if TYPE_CHECKING:
    from cache.models import JSONValue

__all__ = ["Said", "from_exception", "from_status", "read_error", "unusable"]

_TEXT_LIMIT: Final = 200
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_MAX_FIELDS: Final = 50
_DEAD_KEY: Final = frozenset(
    {"missing_api_key", "invalid_api_key", "api_key_paused", "api_key_revoked", "api_key_expired"}
    | {"invalid_token", "token_expired", "token_revoked", "unauthenticated"}
)


@dataclass(frozen=True, slots=True)
class Said:
    """What an error answer says of itself; every text is cleaned for display."""

    code: str | None = None
    text: str | None = None
    field_errors: Mapping[str, str] = field(default_factory=dict)
    body: JSONValue = None


def read_error(body: JSONValue, plain: str) -> Said:
    """Reads an error body: `error` as text or object, then `errors`, then `message`, then plain text.

    `body` is the parsed JSON, None when it is none; `plain` is the text then shown, empty for HTML.
    """
    if not isinstance(body, dict):
        return Said(text=_clean(plain), body=body)
    error = body.get("error")
    code: str | None = None
    text: str | None = None
    details: list[JSONValue] = [body.get("details")]
    if isinstance(error, str):
        if _CODE.fullmatch(error):
            code = error
        else:
            text = _clean(error)
    elif isinstance(error, dict):
        code = _as_code(error.get("code"))
        text = _clean(error.get("message"))
        details.insert(0, error.get("details"))
    code = code or _as_code(body.get("code"))
    text = text or _errors_text(body.get("errors")) or _clean(body.get("message"))
    fields = _field_errors([*details, {"fieldErrors": body.get("errors")}])
    return Said(code, text, fields, body)


def from_status(
    status: int, said: Said, headers: Mapping[str, str], *, host: str, source: str, clock_now: float
) -> RemoteError:
    """The error that an answer with this status stands for; `headers` has lower-case names."""
    because = f": {said.text}" if said.text else "."
    named = f" ({said.code})" if said.code else ""
    code = said.code
    if 300 <= status < 400:
        return Misconfigured(
            f"{host} sent source {source} to another address, which is never followed; check its base_url.",
            status=status,
            code=code,
        )
    if status == 429:
        wait = retry_after(headers, said.body, clock_now)
        return RateLimited(f"{host} asks to wait before the next request.", retry_after=wait, code=code)
    if status == 401 or (status == 403 and (code or "").lower() in _DEAD_KEY):
        return AuthPaused(
            f"{host} does not accept the key of source {source}{named}.", status=status, code=code
        )
    if status == 403:
        return Forbidden(f"{host} does not permit this with this key{named}{because}", status=403, code=code)
    if status in {404, 410}:
        return NotFound(f"{host} has no such record.", status=status, code=code)
    if status in {408, 502, 504}:
        return OutcomeUnknown(
            f"{host} gave up waiting (status {status}); whether the request was applied is not known.",
            status=status,
            code=code,
        )
    if status >= 500:
        return ServerFault(f"{host} failed (status {status}){because}", status=status, code=code)
    if status >= 400:
        text = f"{host} refused the request{named}{because}"
        return Refused(text, status=status, code=code, field_errors=said.field_errors)
    return BadAnswer(unusable(f"it has the unexpected status {status}", host), status=status)


def unusable(fault: str, host: str) -> str:
    """The sentence for an answer that cannot be used; `fault` says why."""
    return f"The answer of {host} cannot be used: {fault}."


def from_exception(exc: Exception, *, host: str, source: str, sent: bool) -> RemoteError:
    """The error that an exception of the HTTP library stands for; the caller raises it `from exc`.

    `sent` tells whether the request had begun to leave when a deadline struck.
    """
    match exc:
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return NeverLeft(f"No connection to {host} could be made in time.")
        case httpx.ProxyError():
            return NeverLeft(f"The proxy of source {source} did not open a connection to {host}.")
        case httpx.ConnectError():
            return NeverLeft(f"{host} cannot be reached{_tls_hint(exc)}.")
        case httpx.UnsupportedProtocol() | httpx.LocalProtocolError() | httpx.InvalidURL():
            return Misconfigured(f"The request to {host} cannot be made; check source {source}.")
        case TimeoutError() if not sent:
            return NeverLeft(f"No connection to {host} could be made in time.")
        case TimeoutError() | httpx.TimeoutException():
            return OutcomeUnknown(f"{host} did not answer in time.")
        case _:
            return OutcomeUnknown(f"The connection to {host} broke before the answer was complete.")


def _tls_hint(exc: BaseException) -> str:
    """Says so when the certificate is to blame: that is not cured by waiting."""
    seen: BaseException | None = exc
    while seen is not None:
        if type(seen).__name__ == "SSLCertVerificationError":
            return ": its certificate is not trusted here (ca_file can name another authority)"
        if isinstance(seen, OSError) and type(seen).__module__ == "ssl":
            return ": no encrypted connection could be agreed"
        seen = seen.__cause__ or seen.__context__
    return ""


def _as_code(value: JSONValue) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and _CODE.fullmatch(value) else None


def _clean(value: JSONValue) -> str | None:
    if not isinstance(value, str):
        return None
    text = one_line(value[:4000], _TEXT_LIMIT)
    if not text:
        return None
    return text if text[-1] in ".!?…" else f"{text}."


def _errors_text(errors: JSONValue) -> str | None:
    """The first sentence of an `errors` value: a text, a list of texts or objects, or texts by field."""
    first = errors
    for _ in range(3):
        if isinstance(first, list) and first:
            first = first[0]
        elif isinstance(first, dict) and first:
            first = first["message"] if "message" in first else next(iter(first.values()))
    return _clean(first)


def _field_errors(places: list[JSONValue]) -> dict[str, str]:
    """The first message of each field, from the first place that names any."""
    for place in places:
        named = place.get("fieldErrors", place.get("field_errors")) if isinstance(place, dict) else None
        if not isinstance(named, dict):
            continue
        found = {}
        for name, messages in list(named.items())[:_MAX_FIELDS]:
            text = _clean(messages[0] if isinstance(messages, list) and messages else messages)
            found[one_line(str(name), 64)] = text or "This value was refused."
        if found:
            return found
    return {}
