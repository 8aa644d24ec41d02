"""Trouble that can be switched on for single routes while the server runs."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

__all__ = ["Fault", "Faults", "Kind", "LoggedRequest"]

Kind = Literal[
    "latency",
    "status",
    "rate_limited",
    "drop_before_apply",
    "drop_after_apply",
    "redirect",
    "truncated_body",
    "truncated_json",
    "oversized_body",
    "gzip_bomb",
    "html",
    "garbage_json",
    "malformed_row",
]
"""What goes wrong. `truncated_body` promises more than it sends; `truncated_json` sends half a text."""


@dataclass(frozen=True)
class LoggedRequest:
    """One request as the server saw it."""

    method: str
    path: str
    query: str
    """The raw query string, without the question mark."""
    headers: Mapping[str, str]
    """Lower-case names, without `authorization` and `x-api-key`."""
    body: bytes
    at: datetime
    status: int | None = None
    """What was answered; None when the connection was dropped instead."""


@dataclass(frozen=True)
class Fault:
    """One kind of trouble on one route."""

    route: str
    """`PATCH /v1/submissions/{id}`; `*` stands for any method, or alone for everything."""
    kind: Kind
    times: int | None = None
    """How many requests it hits; None until it is cleared."""
    after: int = 0
    """How many matching requests pass unharmed first."""
    when: Callable[[LoggedRequest], bool] | None = None
    """Hits only requests for which this is true."""
    seconds: float = 0.0
    """Latency: how long the request waits before it is handled.

    It is handled also when the client leaves meanwhile: then at once, or with `until` no sooner than else.
    """
    arrived: threading.Event | None = None
    """Latency: set when a request has begun to wait."""
    until: threading.Event | None = None
    """Latency: ends the wait early."""
    status: int = 500
    """Status, redirect (302 unless this is a 3xx), html, oversized_body: what is answered."""
    code: str | None = None
    """Status: the error code in the envelope, when there is no `body`."""
    field_errors: Mapping[str, Sequence[str]] | None = None
    """Status: messages by field in the envelope."""
    body: bytes | None = None
    """Status, html, garbage_json: sent as it is, instead of the usual text."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Added to the answer."""
    retry_after: int | str | None = None
    """Rate_limited or status: the `Retry-After` header."""
    location: str = "http://127.0.0.1:9/elsewhere"
    """Redirect: where to."""
    size: int = 16_000_000
    """Oversized_body, gzip_bomb: bytes after inflating."""
    row: object = field(default_factory=lambda: {"object": "submission", "id": None, "data": "broken"})
    """Malformed_row: what stands in place of a good row."""
    position: int = 1
    """Malformed_row: which row it replaces."""

    def matches(self, request: LoggedRequest) -> bool:
        """Return whether this fault is about the request."""
        method, _, template = self.route.rpartition(" ")
        if template != "*":
            pattern = re.sub(r"\\\{[^/]*?\\\}", "[^/]+", re.escape(template))
            if not re.fullmatch(pattern, request.path):
                return False
        if method not in ("", "*", request.method):
            return False
        return self.when is None or self.when(request)


class Faults:
    """The faults that are switched on; may be changed from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._active: list[tuple[Fault, int]] = []

    def add(self, fault: Fault) -> None:
        """Switch a fault on; older ones win."""
        with self._lock:
            self._active.append((fault, 0))

    def clear(self) -> None:
        """Switch every fault off."""
        with self._lock:
            self._active.clear()

    def take(self, request: LoggedRequest) -> tuple[list[Fault], Fault | None]:
        """Return the waits and the one other fault that hit this request, and count them."""
        waits: list[Fault] = []
        trouble: Fault | None = None
        with self._lock:
            for place, (fault, seen) in enumerate(self._active):
                if (fault.kind != "latency" and trouble is not None) or not fault.matches(request):
                    continue
                if fault.times is not None and seen >= fault.after + fault.times:
                    continue
                self._active[place] = (fault, seen + 1)
                if seen < fault.after:
                    continue
                if fault.kind == "latency":
                    waits.append(fault)
                else:
                    trouble = fault
        return waits, trouble
