"""The one way out: JSON requests over HTTP with limits on place, time and size.

Nothing is retried here and no redirect is followed. The credential is added behind a check that the
request goes to the configured origin, so no part of the program before that point ever holds it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cache.sync.remote import BadAnswer, Budget, Misconfigured, RemoteError
from inbox_tui.providers.body import BoundedBody, TooBig, Unreadable, read_json
from inbox_tui.providers.failures import Said, from_exception, from_status, read_error, unusable
from inbox_tui.providers.light import httpx
from inbox_tui.providers.limits import budget_after

if TYPE_CHECKING:
    from cache.models import JSONValue
    from inbox_tui.secrets import Secret

__all__ = ["CONNECT_SECONDS", "DEADLINE_SECONDS", "AnswerTooBig", "JsonClient", "Wire"]

DEADLINE_SECONDS: Final = 30.0
"""How long one request may take in all."""
CONNECT_SECONDS: Final = 10.0
_CONNECTIONS: Final = 4
_IDLE_SECONDS: Final = 4.0
"""An idle connection is dropped before common servers do it, so a request seldom meets a closed one."""
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_PORTS: Final = {"https": 443, "http": 80}
_OK: Final = 200
_NO_CONTENT: Final = 204


class AnswerTooBig(BadAnswer):
    """A good answer larger or deeper than is read; the caller may ask for less."""


@dataclass(frozen=True, slots=True)
class Wire:
    """How one source is reached. `scheme` stands before the key in `header`, with its blank."""

    source: str
    base_url: str
    secret: Secret
    header: str = "Authorization"
    scheme: str = "Bearer "
    proxy: str | None = None
    ca_file: str | None = None


class _OriginGuard(httpx.AsyncBaseTransport):
    """Adds the key to requests for one origin and refuses all others."""

    def __init__(self, inner: httpx.AsyncBaseTransport, wire: Wire) -> None:
        self._inner = inner
        self._wire = wire
        self._origin = _origin(httpx.URL(wire.base_url))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if _origin(request.url) != self._origin:
            raise Misconfigured("A request to another address than the configured one was stopped.")
        wire = self._wire
        # A copy, so that the request that errors and answers refer to stays without the key.
        signed = httpx.Request(
            request.method,
            request.url,
            headers=[
                *request.headers.raw,
                (wire.header.encode(), (wire.scheme + wire.secret.reveal()).encode()),
            ],
            stream=request.stream,
            extensions=request.extensions,
        )
        return await self._inner.handle_async_request(signed)

    async def aclose(self) -> None:
        await self._inner.aclose()


class JsonClient:
    """Sends JSON requests to one source and gives back parsed JSON.

    `clock` gives seconds since the epoch; `deadline` is in seconds for a whole request; `transport` takes
    the place of the network in tests. Raises Misconfigured for an address or a `ca_file` that cannot be
    used. Every request raises nothing but `RemoteError`s.
    """

    def __init__(
        self,
        wire: Wire,
        *,
        clock: Callable[[], float],
        deadline: float = DEADLINE_SECONDS,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        _quiet_loggers()
        base = _checked_base(wire)
        self._wire = wire
        self._clock = clock
        self._deadline = deadline
        self._base = base
        self._budget = Budget()
        self._host = base.host
        self._client = httpx.AsyncClient(
            transport=_OriginGuard(transport or _network(wire, base), wire),
            follow_redirects=False,
            trust_env=False,
            timeout=httpx.Timeout(deadline, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
            headers={
                "Accept": "application/json",
                "Accept-Encoding": "gzip, deflate",
                "User-Agent": "inbox-tui",
            },
        )

    def __repr__(self) -> str:
        return f"JsonClient({self._wire.source!r}, {self._host!r})"

    @property
    def host(self) -> str:
        """The host name, as messages show it."""
        return self._host

    @property
    def budget(self) -> Budget:
        """The rate windows as the last answer told them."""
        return self._budget

    async def get(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        read: Callable[[bytes], JSONValue] = read_json,
    ) -> JSONValue:
        """GETs `path` (already percent-encoded, from the base URL on).

        `read` makes JSON of a good answer's body, and raises what `read_json` raises.
        """
        return await self._send("GET", path, params, None, read)

    async def patch(self, path: str, body: Mapping[str, JSONValue]) -> JSONValue:
        """PATCHes `path` with `body` as JSON."""
        content = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return await self._send("PATCH", path, None, content.encode("utf-8", errors="replace"))

    async def delete(self, path: str) -> None:
        """DELETEs `path`; a good answer may be empty, or larger than is read."""
        try:
            await self._send("DELETE", path, None, None)
        except AnswerTooBig:
            return
        except BadAnswer as exc:
            if exc.status != _NO_CONTENT:
                raise

    def unexpected(self, fault: str) -> BadAnswer:
        """The error for a good answer that says something else than was asked; `fault` says how."""
        return BadAnswer(unusable(fault, self._host), status=_OK)

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def _send(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        content: bytes | None,
        read: Callable[[bytes], JSONValue] = read_json,
    ) -> JSONValue:
        departure = _Departure()
        try:
            async with asyncio.timeout(self._deadline):
                response = await self._leave(method, path, params, content, departure)
                try:
                    return await self._answer(response, read)
                finally:
                    await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as exc:
            raise from_exception(exc, host=self._host, source=self._wire.source, sent=departure.sent) from exc

    async def _leave(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        content: bytes | None,
        departure: _Departure,
    ) -> httpx.Response:
        """Sends a request; the body of its answer is still to be read."""
        request = self._client.build_request(
            method,
            self._base.copy_with(raw_path=self._base.raw_path.rstrip(b"/") + path.encode("ascii")),
            params=params,
            content=content,
            headers={"Content-Type": "application/json"} if content is not None else None,
            extensions={"trace": departure.trace},
        )
        response = await self._client.send(request, stream=True)
        departure.sent = True
        return response

    async def _answer(self, response: httpx.Response, read: Callable[[bytes], JSONValue]) -> JSONValue:
        self._budget = budget_after(self._budget, response.headers, self._clock())
        if 200 <= response.status_code < 300:
            return await self._good(response, read)
        raise await self._failure(response)

    async def _good(self, response: httpx.Response, read: Callable[[bytes], JSONValue]) -> JSONValue:
        try:
            return read(await _read(response))
        except TooBig as exc:
            raise AnswerTooBig(unusable(str(exc), self._host), status=response.status_code) from exc
        except Unreadable as exc:
            raise BadAnswer(unusable(str(exc), self._host), status=response.status_code) from exc
        except httpx.RemoteProtocolError as exc:
            raise BadAnswer(unusable("it was cut short", self._host), status=response.status_code) from exc

    async def _failure(self, response: httpx.Response) -> RemoteError:
        """The status decides; a body that cannot be had only makes the error say less."""
        try:
            body = await _read(response)
        except (Unreadable, httpx.HTTPError, TimeoutError):
            body = b""
        return from_status(
            response.status_code,
            self._said(body, response.headers.get("content-type", "")),
            response.headers,
            host=self._host,
            source=self._wire.source,
            clock_now=self._clock(),
        )

    def _said(self, body: bytes, content_type: str) -> Said:
        redacted = self._wire.secret.redact(body.decode("utf-8", errors="replace"))
        try:
            return read_error(read_json(redacted.encode("utf-8", errors="replace")), "")
        except Unreadable:
            is_plain = content_type.lower().startswith("text/plain")
            return read_error(None, redacted if is_plain else "")


class _Departure:
    """Notices when a request begins to leave, so that a deadline before that is known as harmless.

    Where nothing is heard of the connection at all the request counts as sent.
    """

    def __init__(self) -> None:
        self.sent = True

    async def trace(self, name: str, info: Mapping[str, Any]) -> None:
        """Hears the steps of the connection."""
        if name.endswith("connect_tcp.started"):
            self.sent = False
        elif name.endswith("send_request_headers.started"):
            self.sent = True


async def _read(response: httpx.Response) -> bytes:
    body = BoundedBody(response.headers.get("content-encoding", ""))
    stream = response.stream
    if not isinstance(stream, httpx.AsyncByteStream):
        raise Unreadable("it has no body")
    async for chunk in stream:
        body.feed(chunk)
    return body.finish()


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or _PORTS.get(url.scheme)


def _checked_base(wire: Wire) -> httpx.URL:
    """The base address. Plain http is for this machine alone."""
    try:
        base = httpx.URL(wire.base_url)
    except (httpx.InvalidURL, ValueError) as exc:
        raise Misconfigured(f"The base_url of source {wire.source} is no address.") from exc
    if base.scheme == "https" or (base.scheme == "http" and base.host in _LOOPBACK):
        if base.host and not base.userinfo and not base.query:
            return base
        raise Misconfigured(f"The base_url of source {wire.source} needs a host and nothing but a path.")
    raise Misconfigured(f"The base_url of source {wire.source} must begin with https://.")


def _network(wire: Wire, base: httpx.URL) -> httpx.AsyncBaseTransport:
    if base.scheme == "http":
        verify: ssl.SSLContext | bool = False  # nothing to verify: loopback, without TLS
    elif wire.ca_file is None:
        verify = True
    else:
        try:
            verify = ssl.create_default_context(cafile=wire.ca_file)
        except OSError as exc:
            raise Misconfigured(f"The ca_file of source {wire.source} cannot be read.") from exc
    return httpx.AsyncHTTPTransport(
        verify=verify,
        trust_env=False,
        proxy=wire.proxy,
        limits=httpx.Limits(
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_CONNECTIONS,
            keepalive_expiry=_IDLE_SECONDS,
        ),
    )


def _quiet_loggers() -> None:
    """The HTTP libraries log whole addresses and headers: that stops here."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
