"""A uvicorn server that listens on the loopback address only and starts and stops without delay."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import threading
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from inbox_tui.demo.app import TRANSPORT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["LOOPBACK", "LoopbackServer", "PortBusyError", "listen"]

LOOPBACK = "127.0.0.1"
_KEEP_ALIVE_SECONDS = 60
_GRACE_SECONDS = 0.05
_LAST_SECONDS = 5.0
_BEAT_SECONDS = 1.0


class PortBusyError(OSError):
    """The wanted port is taken; the message is one sentence for people."""


def listen(port: int = 0, host: str = LOOPBACK) -> socket.socket:
    """Return a listening socket; port 0 takes any free one.

    Raises:
        ValueError: `host` is not 127.0.0.1. The server has no protection for the open network.
        PortBusyError: somebody else listens there.
    """
    if host != LOOPBACK:
        message = f"the reference server listens on {LOOPBACK} only, not on {host!r}"
        raise ValueError(message)
    # asyncio switches Nagle's algorithm off only for sockets that name their protocol.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as problem:
        listener.close()
        message = f"Port {port} on {host} cannot be used ({problem.strerror}); choose another with --port."
        raise PortBusyError(message) from problem
    listener.setblocking(False)
    return listener


class _Protocol(H11Protocol):
    """HTTP/1.1 that lets the application close its connection without an answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        inner = self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
            scope[TRANSPORT] = self.transport
            await inner(scope, receive, send)

        self.app = app


class LoopbackServer(uvicorn.Server):
    """Serves one application on one listening socket until told to stop."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        async def serve_http(scope: Scope, receive: Receive, send: Send) -> None:
            await app(scope, receive, send)

        super().__init__(
            uvicorn.Config(
                serve_http,
                http=_Protocol,
                loop="asyncio",
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            )
        )
        self._listener = listener
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.ready = threading.Event()
        """Set once connections are accepted."""
        self.on_ready: Callable[[], None] | None = None
        """Called in the serving thread at the same moment."""
        self.on_beat: Callable[[], None] | None = None
        """Called in the serving thread once a second, where set before the start."""
        self.stop_on_signals = False
        """Whether SIGINT and SIGTERM stop it; only for the main thread."""
        self.watched_input: int | None = None
        """A file descriptor whose end stops the server, so that a child goes when its parent does."""

    def run_here(self) -> None:
        """Serve in the calling thread until `stop` is called."""
        asyncio.run(self.serve(sockets=[self._listener]))

    def stop(self) -> None:
        """Ask the server to stop; may be called from any thread and more than once."""
        if self._loop is not None and self._stop is not None:
            with contextlib.suppress(RuntimeError):  # the loop may just have closed by itself
                self._loop.call_soon_threadsafe(self._stop.set)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone: `main_loop` handles them."""
        yield

    async def main_loop(self) -> None:
        """Wait for the request to stop instead of looking ten times a second."""
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        self._loop, self._stop = loop, stop
        if self.stop_on_signals:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, stop.set)
        if self.watched_input is not None:
            loop.add_reader(self.watched_input, self._look_at_input, loop, self.watched_input, stop)
        self.ready.set()
        if self.on_ready is not None:
            self.on_ready()
        while not stop.is_set():
            if self.on_beat is None:
                await stop.wait()
                continue
            self.on_beat()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _BEAT_SECONDS)

    @staticmethod
    def _look_at_input(loop: asyncio.AbstractEventLoop, descriptor: int, stop: asyncio.Event) -> None:
        if not os.read(descriptor, 4096):
            loop.remove_reader(descriptor)
            stop.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close idle connections at once and the others after a short grace."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        connections = list(self.server_state.connections)
        for connection in connections:
            connection.shutdown()
        await self._finish(_GRACE_SECONDS)
        for connection in connections:
            transport = getattr(connection, "transport", None)
            if transport is not None:
                transport.abort()
        await self._finish(_LAST_SECONDS)
        await asyncio.sleep(0)

    async def _finish(self, seconds: float) -> None:
        tasks = set(self.server_state.tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
