"""The engine: leads or follows, and runs every source while it leads.

Runs on one asyncio loop in one thread, which owns the writing connections. Everything from outside (clock,
sleep, randomness, remotes, databases) is passed in, so that the whole of it runs in a simulator.
"""

import asyncio
import contextlib
import random
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from cache.clock import LogicalClock, WallClock, system_clock
from cache.models import Key
from cache.outbox.delivery import Delivery
from cache.outbox.requests import Request, RequestTable
from cache.schema import CACHE, OUTBOX, open_database
from cache.store.changes import ChangeSet
from cache.store.writer import Writer
from cache.sync.gate import Sleep
from cache.sync.leader import LeaderLock
from cache.sync.remote import RemoteError
from cache.sync.source import SourceReport, SourceRunner, SourceSpec, Tools
from cache.sync.status import Connection, SourceStatus

__all__ = ["Engine"]

_LOOK_SECONDS: Final = 1.0
"""How often a leader looks for edits and requests of other processes, and a follower for the lead."""
_TRIES: Final = 3

_Once: TypeAlias = Callable[[SourceRunner, SourceReport], Awaitable[None]]
"""What a one-off run does with a source."""


class Engine:
    """Brings edits out and news in, for all configured sources."""

    def __init__(
        self,
        directory: Path,
        specs: Sequence[SourceSpec],
        *,
        on_change: Callable[[ChangeSet], None],
        on_status: Callable[[SourceStatus], None],
        summaries: Mapping[str, Sequence[str]] | None = None,
        wall: WallClock = system_clock,
        sleep: Sleep = asyncio.sleep,
        rng: random.Random | None = None,
    ) -> None:
        self._directory = directory
        self._specs = tuple(specs)
        self._on_change = on_change
        self._on_status = on_status
        self._summaries = summaries or {}
        self._wall = wall
        self._sleep = sleep
        self._rng = rng or random.Random()  # noqa: S311 - jitter, not secrets
        self._lock = LeaderLock(directory)
        self._runners: dict[str, SourceRunner] = {}
        self._outbox: sqlite3.Connection | None = None
        self._stop = asyncio.Event()

    @property
    def leads(self) -> bool:
        """True while this process does the network work."""
        return self._lock.held

    async def run(self) -> None:
        """Lead as soon as nobody else does, until `stop`. Rows and edits are never touched by a failure."""
        outbox = open_database(self._directory, OUTBOX)
        try:
            while not self._stop.is_set():
                if self._lock.acquire():
                    await self._lead(outbox)
                else:
                    self._follow()
                    await self._pause(_LOOK_SECONDS)
        finally:
            self._lock.release()
            outbox.close()

    def stop(self) -> None:
        """End `run` soon."""
        self._stop.set()

    async def flush(self) -> None:
        """Try to deliver every edit now, without letting it rest; returns when each was tried once."""
        runners = [runner for runner in self._runners.values() if not runner.gate.blocked]
        await asyncio.gather(*(runner.push(flush=True) for runner in runners), return_exceptions=True)

    def wake(self) -> None:
        """An edit was made."""
        for runner in self._runners.values():
            runner.wake()

    def poll_now(self, sources: Sequence[str] | None = None) -> None:
        """Read news and send edits now; a follower asks the leader."""
        if self.leads:
            for name, runner in self._runners.items():
                if sources is None or name in sources:
                    runner.poll_now()
        else:
            self._ask("sync", {"sources": list(sources) if sources is not None else None})

    def read(self, key: Key) -> None:
        """Have one submission read again."""
        self._work("read", key)

    def read_events(self, key: Key) -> None:
        """Have the timeline of one submission read."""
        self._work("events", key)

    def _work(self, what: str, key: Key) -> None:
        if not self.leads:
            self._ask(what, {"source": key.source, "id": key.id})
        elif key.source in self._runners:
            self._runners[key.source].ask(what, key)

    def _ask(self, kind: str, payload: Mapping[str, object]) -> None:
        with contextlib.closing(open_database(self._directory, OUTBOX)) as conn:
            RequestTable(conn, wall=self._wall).ask(kind, payload)

    # Leading

    async def _lead(self, outbox: sqlite3.Connection) -> None:
        with contextlib.closing(open_database(self._directory, CACHE)) as cache:
            tools = self._tools(cache, outbox)
            tools.delivery.adopt()
            self._runners = {spec.name: SourceRunner(spec, tools) for spec in self._specs}
            tasks = [asyncio.ensure_future(runner.run()) for runner in self._runners.values()]
            looking = asyncio.ensure_future(self._look_around(outbox))
            stopping = asyncio.ensure_future(self._stop.wait())
            everything = [*tasks, looking, stopping]
            try:
                done, _ = await asyncio.wait(everything, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._runners = {}
                for task in everything:
                    task.cancel()
                await asyncio.gather(*everything, return_exceptions=True)
            for task in done:
                task.result()

    def _tools(self, cache: sqlite3.Connection, outbox: sqlite3.Connection) -> Tools:
        return Tools(
            writer=Writer(cache, wall=self._wall, summaries=self._summaries),
            delivery=Delivery(outbox, wall=self._wall),
            clock=LogicalClock(outbox),
            wall=self._wall,
            sleep=self._sleep,
            rng=self._rng,
            on_change=lambda change: self._on_change(change) if change else None,
            on_status=self._on_status,
        )

    async def _look_around(self, outbox: sqlite3.Connection) -> None:
        """Notice what other processes wrote: edits to send and work they ask for."""
        requests = RequestTable(outbox, wall=self._wall)
        seen: int | None = None
        while True:
            version = int(outbox.execute("PRAGMA data_version").fetchone()[0])
            if version != seen:
                seen = version
                self.wake()
                for request in requests.take("inbox"):
                    self._serve(request, requests)
            await self._sleep(_LOOK_SECONDS)

    def _serve(self, request: Request, requests: RequestTable) -> None:
        payload = request.payload
        if request.kind == "sync":
            self._serve_sync(request.id, payload.get("sources"), requests)
            return
        runner = self._runners.get(str(payload.get("source")))
        if runner is None or request.kind not in ("read", "events"):
            requests.finish(request.id, {"ok": False, "error": "unknown"})
            return
        future = runner.ask(request.kind, Key(str(payload["source"]), str(payload["id"])))
        future.add_done_callback(
            lambda done: requests.finish(
                request.id, {"ok": not done.cancelled() and done.exception() is None}
            )
        )

    def _serve_sync(self, request: int, sources: Sequence[str] | None, requests: RequestTable) -> None:
        """Read news now and say, when that is done, which sources could not be read and why."""
        chosen = [runner for name, runner in self._runners.items() if sources is None or name in sources]
        waiting = asyncio.gather(*(runner.poll_now() for runner in chosen), return_exceptions=True)

        def tell(done: "asyncio.Future[list[BaseException | None]]") -> None:
            results = [None] * len(chosen) if done.cancelled() else done.result()
            errors = {
                runner.spec.name: str(error)
                for runner, error in zip(chosen, results, strict=True)
                if error is not None
            }
            requests.finish(request, {"ok": not errors, "errors": errors})

        if chosen:
            waiting.add_done_callback(tell)
        else:
            requests.finish(request, {"ok": True, "errors": {}})

    # Following

    def _follow(self) -> None:
        pid = self._lock.leader().pid
        message = f"process {pid}" if pid is not None else None
        for spec in self._specs:
            self._on_status(
                SourceStatus(spec.name, Connection.FOLLOWING, since=self._wall(), message=message)
            )

    async def _pause(self, seconds: float) -> None:
        sleeping = asyncio.ensure_future(self._sleep(seconds))
        stopping = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({sleeping, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sleeping, stopping):
                task.cancel()
            await asyncio.gather(sleeping, stopping, return_exceptions=True)

    # Once

    async def sync_once(self, *, full: bool = False) -> list[SourceReport] | None:
        """One sync of every source, as the `sync` command makes it; None when another process leads."""

        async def sync(runner: SourceRunner, report: SourceReport) -> None:
            await runner.once(full=full, report=report)

        return await self._all_once(sync)

    async def push_once(self) -> list[SourceReport] | None:
        """Deliver the edits of every source once, reading nothing else; None when another process leads."""

        async def push(runner: SourceRunner, _: SourceReport) -> None:
            await runner.deliver_once()

        return await self._all_once(push)

    async def _all_once(self, work: _Once) -> list[SourceReport] | None:
        if not self._lock.acquire():
            return None
        with (
            contextlib.closing(open_database(self._directory, OUTBOX)) as outbox,
            contextlib.closing(open_database(self._directory, CACHE)) as cache,
        ):
            try:
                tools = self._tools(cache, outbox)
                tools.delivery.adopt()
                runners = [SourceRunner(spec, tools, tries=_TRIES) for spec in self._specs]
                return list(await asyncio.gather(*(self._once(runner, tools, work) for runner in runners)))
            finally:
                self._lock.release()

    async def _once(self, runner: SourceRunner, tools: Tools, work: _Once) -> SourceReport:
        report = SourceReport(runner.spec.name)
        try:
            await work(runner, report)
        except RemoteError as error:
            report.error, report.failure = error.message, error
            tools.writer.sources.set_error(runner.spec.name, error.message, int(self._wall()))
        finally:
            await runner.close()
        return report
