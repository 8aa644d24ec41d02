"""Reads what an answer says about rate windows and waiting.

Facts: docs/contracts/awardee.md section 5.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from cache.sync.remote import Budget, RateWindow

if TYPE_CHECKING:
    from cache.models import JSONValue

__all__ = ["MAX_WAIT", "budget_after", "retry_after"]

MAX_WAIT: Final = 86_400.0
"""The longest wait a server is believed, in seconds."""

_WINDOW_SECONDS: Final[Mapping[str, float]] = {"minute": 60.0, "hour": 3600.0}
_SLACK: Final = 5.0
_MILLISECONDS_FROM: Final = 1e11
"""A reset time above this is in milliseconds: in seconds it would be past the year 5000."""
_DIGITS: Final = re.compile(r"\s*(\d{1,15})(?:\.\d*)?\s*")


def budget_after(old: Budget, headers: Mapping[str, str], clock_now: float) -> Budget:
    """The rate windows after an answer; a window the answer is silent about stays as it was.

    `clock_now` is seconds since the epoch by this machine's clock. `headers` has lower-case names.
    The server's reset time is turned into this machine's time through the answer's `Date`.
    """
    server_now = _http_date(headers.get("date")) or clock_now
    windows = {window.name: window for window in old.windows}
    for name, seconds in _WINDOW_SECONDS.items():
        found = _window(headers, f"-{name}", name, seconds, server_now, clock_now)
        if found is None and name == "minute":
            found = _window(headers, "", name, seconds, server_now, clock_now)
        if found is not None:
            windows[name] = found
    return Budget(tuple(windows[name] for name in _WINDOW_SECONDS if name in windows))


def retry_after(headers: Mapping[str, str], body: JSONValue, clock_now: float) -> float | None:
    """Seconds to wait after a 429, None when the answer does not say.

    `Retry-After` (seconds or a date) counts first, then `retry_after` in the body, then the reset of a
    window that is used up.
    """
    server_now = _http_date(headers.get("date")) or clock_now
    said = headers.get("retry-after")
    if said is not None:
        seconds = _integer(said)
        if seconds is not None:
            return _clamped(seconds)
        moment = _http_date(said)
        if moment is not None:
            return _clamped(moment - server_now)
    in_body = _body_wait(body)
    if in_body is not None:
        return _clamped(in_body)
    waits = []
    for suffix in ("-minute", "-hour", ""):
        reset = _reset(headers, suffix)
        if reset is not None and _integer(headers.get(f"x-ratelimit-remaining{suffix}", "0")) == 0:
            waits.append(reset - server_now)
    return _clamped(max(waits)) if waits else None


def _window(
    headers: Mapping[str, str], suffix: str, name: str, seconds: float, server_now: float, clock_now: float
) -> RateWindow | None:
    limit = _integer(headers.get(f"x-ratelimit-limit{suffix}"))
    remaining = _integer(headers.get(f"x-ratelimit-remaining{suffix}"))
    if limit is None or remaining is None or limit < 1:
        return None
    reset = _reset(headers, suffix)
    ahead = seconds if reset is None else min(max(reset - server_now, 0.0), seconds + _SLACK)
    return RateWindow(name, int(limit), int(min(remaining, limit)), clock_now + ahead)


def _reset(headers: Mapping[str, str], suffix: str) -> float | None:
    reset = _integer(headers.get(f"x-ratelimit-reset{suffix}"))
    if reset is None:
        return None
    return reset / 1000.0 if reset > _MILLISECONDS_FROM else reset


def _body_wait(body: JSONValue) -> float | None:
    for place in _places(body):
        said = place.get("retry_after")
        if isinstance(said, (int, float)) and not isinstance(said, bool):
            return float(said)
        if isinstance(said, str) and (seconds := _integer(said)) is not None:
            return seconds
    return None


def _places(body: JSONValue) -> list[Mapping[str, JSONValue]]:
    """Where a body may say how long to wait: itself, its error, and the details of either."""
    places: list[Mapping[str, JSONValue]] = [body] if isinstance(body, dict) else []
    for name in ("error", "details"):
        places += [inner for place in places if isinstance(inner := place.get(name), dict)]
    return places


def _integer(text: str | None) -> float | None:
    found = _DIGITS.fullmatch(text) if text is not None else None
    return float(found[1]) if found else None


def _clamped(seconds: float) -> float:
    return min(max(seconds, 0.0), MAX_WAIT)


def _http_date(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
