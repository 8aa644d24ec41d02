"""The web application: routes of every contract behind a layer that logs requests and makes trouble."""

from __future__ import annotations

import asyncio
import json
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Match, Route

from inbox_tui.demo.contract import Context, Contract, Refusal
from inbox_tui.demo.faults import Fault, Faults, LoggedRequest

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Iterator, Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["TRANSPORT", "FaultLayer", "build_app"]

TRANSPORT = "inbox_tui.transport"
"""Where the protocol leaves the connection's transport in the scope."""

_LARGEST_BODY = 1_000_000
_SECRETS = (b"authorization", b"x-api-key")
_ROWS = ("data", "submissions", "items", "forms", "bots", "logs")
_CHUNK = 65_536
_POLL_SECONDS = 0.005
_HTML = b"<!doctype html><html><title>Sign in</title><body><h1>Welcome to the hotel</h1></body></html>"
_GARBAGE = b'\xff\xfe{"object":"list","data":[NaN,,]\x00'


def build_app(contracts: Sequence[Contract], context: Context) -> ASGIApp:
    """Return the application that serves these contracts."""
    routes: list[BaseRoute] = [route for contract in contracts for route in contract.routes(context)]

    async def refuse(request: Request, problem: Exception) -> Response:
        if not isinstance(problem, HTTPException):
            raise problem
        headers = {}
        if problem.status_code == 405:
            headers["Allow"] = ", ".join(_allowed(routes, request))
        return refuse_with(contracts, context, request, Refusal(problem.status_code, headers=headers))

    return Starlette(routes=routes, exception_handlers={HTTPException: refuse})


def _allowed(routes: Sequence[BaseRoute], request: Request) -> list[str]:
    methods: set[str] = set()
    for route in routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods or set()
    return sorted(methods)


def refuse_with(
    contracts: Sequence[Contract], context: Context, request: Request, refusal: Refusal
) -> Response:
    """Word a refusal as the contract that owns the path would."""
    for contract in contracts:
        if request.url.path == contract.prefix or request.url.path.startswith(contract.prefix + "/"):
            return contract.refuse(context, request, refusal)
    return PlainTextResponse("Nothing is served here.\n", 404)


@dataclass
class _Reply:
    """What the application answered, kept back."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] | None = None
    body: bytes = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message["headers"])
        else:
            self.body += message.get("body", b"")

    def response(self, body: bytes) -> Response:
        """Return the answer with another body."""
        response = Response(body, self.status)
        kept = [pair for pair in self.headers or [] if pair[0].lower() != b"content-length"]
        response.raw_headers = [*kept, (b"content-length", str(len(body)).encode())]
        return response


class FaultLayer:
    """Reads each request whole, logs it, applies the faults that match, and passes the rest on."""

    def __init__(
        self,
        app: ASGIApp,
        contracts: Sequence[Contract],
        context: Context,
        faults: Faults,
        log: deque[LoggedRequest],
    ) -> None:
        self._app = app
        self._contracts = contracts
        self._context = context
        self._faults = faults
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] != "http":
            return
        body = await _read_body(receive)
        if body is None:
            return
        entry = self._entry(scope, body)
        logged = False

        async def logging_send(message: Message) -> None:
            nonlocal logged
            if message["type"] == "http.response.start" and not logged:
                logged = True
                self._log.append(replace(entry, status=message["status"]))
            await send(message)

        body_left = [body]

        async def replay() -> Message:
            if body_left:
                return {"type": "http.request", "body": body_left.pop(), "more_body": False}
            return await receive()

        if len(body) > _LARGEST_BODY:
            response = self._refuse(
                scope, Refusal(413, "payload_too_large", "The request body is too large.")
            )
            await response(scope, replay, logging_send)
            return
        waits, trouble = self._faults.take(entry)
        for wait in waits:
            await _pause(wait, receive)
        if trouble is None:
            await self._app(scope, replay, logging_send)
        elif trouble.kind.startswith("drop_"):
            if trouble.kind == "drop_after_apply":
                await self._app(scope, replay, _Reply().send)
            self._log.append(entry)
            await _hang_up(scope, receive)
        else:
            await self._misbehave(trouble, scope, replay, receive, logging_send)

    def _entry(self, scope: Scope, body: bytes) -> LoggedRequest:
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
            if name.lower() not in _SECRETS
        }
        query = scope["query_string"].decode("latin-1")
        return LoggedRequest(scope["method"], scope["path"], query, headers, body, self._context.clock())

    def _refuse(self, scope: Scope, refusal: Refusal) -> Response:
        return refuse_with(self._contracts, self._context, Request(scope), refusal)

    async def _misbehave(
        self, fault: Fault, scope: Scope, replay: Receive, receive: Receive, send: Send
    ) -> None:
        if fault.kind in ("truncated_body", "truncated_json", "malformed_row"):
            reply = _Reply()
            await self._app(scope, replay, reply.send)
            if fault.kind == "truncated_body":
                await send(
                    {"type": "http.response.start", "status": reply.status, "headers": reply.headers or []}
                )
                half = reply.body[: len(reply.body) // 2]
                await send({"type": "http.response.body", "body": half, "more_body": True})
                await _hang_up(scope, receive)
                return
            whole = fault.kind == "malformed_row"
            body = _with_bad_row(reply.body, fault) if whole else reply.body[: len(reply.body) // 2]
            response = reply.response(body)
        else:
            response = self._made_up(fault, scope)
        for name, value in fault.headers.items():
            response.headers[name] = value
        await response(scope, replay, send)

    def _made_up(self, fault: Fault, scope: Scope) -> Response:
        retry = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        match fault.kind:
            case "rate_limited":
                return self._refuse(scope, Refusal(429, message="Too many requests.", headers=retry))
            case "redirect":
                return RedirectResponse(fault.location, fault.status if 300 <= fault.status < 400 else 302)
            case "html":
                return Response(fault.body or _HTML, 200, media_type="text/html")
            case "garbage_json":
                return Response(fault.body or _GARBAGE, 200, media_type="application/json")
            case "oversized_body":
                return StreamingResponse(_padded(fault.size), 200, media_type="application/json")
            case "gzip_bomb":
                zipped = {"Content-Encoding": "gzip"}
                return StreamingResponse(_gzipped(_padded(fault.size)), 200, zipped, "application/json")
            case _:
                if fault.body is not None:
                    return Response(fault.body, fault.status, retry, "application/json")
                details = None
                if fault.field_errors is not None:
                    listed = {name: list(messages) for name, messages in fault.field_errors.items()}
                    details = {"formErrors": [], "fieldErrors": listed}
                return self._refuse(scope, Refusal(fault.status, fault.code, None, details, retry))


async def _read_body(receive: Receive) -> bytes | None:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part: bytes = message.get("body", b"")
        body += part
        if not message.get("more_body", False) or len(body) > _LARGEST_BODY:
            return body


async def _pause(fault: Fault, receive: Receive) -> None:
    """Wait as long as the fault says; without `until` not for a client that left or a server that stops."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + fault.seconds
    if fault.arrived is not None:
        fault.arrived.set()
    gone = False
    while (left := ends - loop.time()) > 0 and not (fault.until is not None and fault.until.is_set()):
        step = left if fault.until is None else min(left, _POLL_SECONDS)
        if gone:
            await asyncio.sleep(step)
            continue
        try:
            message = await asyncio.wait_for(receive(), step)
        except TimeoutError:
            continue
        if message["type"] == "http.disconnect":
            if fault.until is None:
                return
            gone = True


async def _hang_up(scope: Scope, receive: Receive) -> None:
    """Close the connection after what was already sent, and wait until that has happened."""
    scope[TRANSPORT].close()
    while (await receive())["type"] != "http.disconnect":
        continue


def _with_bad_row(body: bytes, fault: Fault) -> bytes:
    page = json.loads(body)
    named = {"data": page} if isinstance(page, list) else page
    rows = next((named[name] for name in _ROWS if isinstance(named.get(name), list)), None)
    if rows:
        rows[min(fault.position, len(rows) - 1)] = fault.row
    return json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode()


def _padded(size: int) -> Iterator[bytes]:
    head, tail = b'{"object":"list","has_more":false,"next_cursor":null,"padding":"', b'","data":[]}'
    yield head
    left = max(0, size - len(head) - len(tail))
    while left:
        step = min(left, _CHUNK)
        yield b"x" * step
        left -= step
    yield tail


def _gzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(9, wbits=31)
    for chunk in chunks:
        packed = packer.compress(chunk)
        if packed:
            yield packed
    yield packer.flush()
