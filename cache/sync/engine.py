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

from cache.clock import LogicalClock, WallClock, steady_clock, system_clock
from cache.errors import CacheBroken, is_damage
from cache.models import Key, Message
from cache.outbox.delivery import Delivery
from cache.outbox.ledger import Ledger
from cache.outbox.requests import Request, RequestTable
from cache.recovery import REBUILD, diagnose, open_cache
from cache.schema import OUTBOX, open_database
from cache.store.changes import ChangeSet
from cache.store.writer import LARGE_CACHE, USUAL_CACHE, Writer
from cache.sync.gate import Busy, Sleep, never_busy, rest
from cache.sync.leader import LeaderLock
from cache.sync.once import TRIES, deliver_source, sync_source
from cache.sync.reading import TextReader
from cache.sync.remote import RemoteError
from cache.sync.source import SourceRunner
from cache.sync.spec import LOCAL_ERRORS, InThread, SourceReport, SourceSpec, Tools, local_failure
from cache.sync.status import Connection, SourceStatus

__all__ = ["Engine"]

_LOOK_SECONDS: Final = 1.0
"""How often a leader looks for edits and requests of other processes, and a follower for the lead."""

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
        steady: WallClock | None = None,
        sleep: Sleep = asyncio.sleep,
        rng: random.Random | None = None,
        in_thread: InThread = asyncio.to_thread,
        reader: TextReader | None = None,
        busy: Busy = never_busy,
    ) -> None:
        """With a `reader` a one-off sync of many submissions may use another process, and its memory."""
        self._busy = busy
        self._directory = directory
        self._specs = tuple(specs)
        self._on_change = on_change
        self._on_status = on_status
        self._summaries = summaries or {}
        self._wall = wall
        self._steady = steady or (steady_clock if wall is system_clock else wall)
        self._sleep = sleep
        self._in_thread = in_thread
        self._reader = reader
        self._rng = rng or random.Random()  # noqa: S311 - jitter, not secrets
        self._lock = LeaderLock(directory)
        self._runners: dict[str, SourceRunner] = {}
        self._outbox: sqlite3.Connection | None = None
        self._stop = asyncio.Event()
        self._damaged = False
        self._told: tuple[int | None] | None = None

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
                    await self._lead_or_mend(outbox)
                else:
                    self._follow()
                    await rest(self._sleep, _LOOK_SECONDS, self._stop)
        finally:
            self._lock.release()
            outbox.close()

    def stop(self) -> None:
        """End `run` soon."""
        self._stop.set()

    async def flush(self) -> None:
        """Try to deliver every edit now, without letting it rest; returns when each was tried once."""
        runners = self._runners.values()
        await asyncio.gather(*(runner.flush() for runner in runners), return_exceptions=True)

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

    def read(self, key: Key, *, always: bool = False) -> None:
        """Have one submission read again.

        Without `always` it is left out unless more than half of every rate window is left: each read is
        one the whole organisation cannot make any more.
        """
        self._work("read", key, always=always)

    def read_events(self, key: Key) -> "asyncio.Future[None] | None":
        """Have the timeline of one submission read.

        The future ends when it was, or with the RemoteError that says why not; None when another process
        was asked or nobody can be.
        """
        return self._work("events", key, always=True)

    async def delete(self, key: Key, container_id: str | None = None) -> None:
        """Delete a submission at its source, which has to be one that can; `container_id` is its form.

        Returns when the source has confirmed it and the submission is marked as gone. Raises RemoteError
        with a sentence for the person. Only the process that does the network work can: another one says
        so, and nothing is asked of anybody.
        """
        if not self.leads:
            leader = self._lock.leader()
            raise RemoteError(f"Nothing was deleted: {leader} does the network work; delete it there.")
        runner = self._runners.get(key.source)
        if runner is None:
            raise RemoteError("Nothing was deleted: the source is not open yet.")
        await runner.delete(key, container_id)

    async def messages(self, source: str, conversation_id: str) -> tuple[Message, ...]:
        """What was said in a conversation, oldest first. Raises RemoteError with a sentence for the person.

        Only the process that does the network work can read it; it is not kept.
        """
        runner = self._runners.get(source) if self.leads else None
        if runner is None:
            raise RemoteError(
                "The source is not open yet." if self.leads else "Another process does the network work."
            )
        return await runner.messages(conversation_id)

    def look_at(self, keys: Sequence[Key]) -> None:
        """Say which submissions are on screen, the one in view first: its edits are delivered first."""
        for name, runner in self._runners.items():
            runner.look_at(tuple(key for key in keys if key.source == name))

    def _work(self, what: str, key: Key, *, always: bool) -> "asyncio.Future[None] | None":
        if not self.leads:
            self._ask(what, {"source": key.source, "id": key.id, "always": always})
        elif key.source in self._runners:
            return self._runners[key.source].ask(what, key, always=always)
        return None

    def _ask(self, kind: str, payload: Mapping[str, object]) -> None:
        try:
            with contextlib.closing(open_database(self._directory, OUTBOX)) as conn:
                RequestTable(conn, wall=self._wall).ask(kind, payload)
        except LOCAL_ERRORS as error:
            self._told = None
            for spec in self._specs:
                status = SourceStatus(spec.name, Connection.RETRY, self._wall(), message=local_failure(error))
                self._on_status(status)

    # Leading

    async def _lead_or_mend(self, outbox: sqlite3.Connection) -> None:
        """Lead; returns when a cache that was found damaged has to be set aside first."""
        try:
            await self._lead(outbox)
        except LOCAL_ERRORS as error:
            self._suspect(outbox, error)
            if not self._damaged:
                raise

    async def _lead(self, outbox: sqlite3.Connection) -> None:
        with contextlib.closing(self._open_cache(outbox)) as cache:
            tools = self._tools(cache, outbox)
            tools.delivery.adopt()
            self._told = None
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

    def _open_cache(self, outbox: sqlite3.Connection) -> sqlite3.Connection:
        """Open the cache to write it; one that is damaged is set aside first."""
        self._damaged = False
        cache, said = open_cache(self._directory, outbox, wall=self._wall, lock=self._lock)
        if said is not None:
            self._on_change(ChangeSet(sources=True))
        return cache

    def _suspect(self, outbox: sqlite3.Connection, error: Exception) -> None:
        """A file could not be read or written. A cache that is damaged is set aside, and all begins anew."""
        if is_damage(error) and isinstance(
            diagnose(self._directory, outbox, error, wall=self._wall), CacheBroken
        ):
            self._damaged = True

    def _tools(self, cache: sqlite3.Connection, outbox: sqlite3.Connection) -> Tools:
        delivery = Delivery(outbox, wall=self._wall, steady=self._steady)
        newest = cache.execute("SELECT max(as_of) FROM triage").fetchone()[0]
        clock = LogicalClock(outbox)
        if newest is not None and newest >= clock.now():
            delivery.catch_up(newest)
        return Tools(
            writer=Writer(
                cache,
                wall=self._wall,
                summaries=self._summaries,
                page_cache=LARGE_CACHE if self._reader else USUAL_CACHE,
            ),
            delivery=delivery,
            ledger=Ledger(outbox, wall=self._wall),
            clock=clock,
            wall=self._wall,
            sleep=self._sleep,
            rng=self._rng,
            in_thread=self._in_thread,
            on_change=lambda change: self._on_change(change) if change else None,
            on_status=self._on_status,
            on_local_error=lambda error: self._suspect(outbox, error),
            steady=self._steady,
            reader=self._reader,
            busy=self._busy,
        )

    async def _look_around(self, outbox: sqlite3.Connection) -> None:
        """Notice what other processes wrote: edits to send and work they ask for."""
        requests = RequestTable(outbox, wall=self._wall)
        seen: int | None = None
        while not self._damaged:
            try:
                version = int(outbox.execute("PRAGMA data_version").fetchone()[0])
                if version != seen:
                    self.wake()
                    for request in requests.take("inbox"):
                        self._serve(request, requests)
                    seen = version
            except LOCAL_ERRORS as error:
                for runner in self._runners.values():
                    runner.gate.report(message=local_failure(error))
            await self._sleep(_LOOK_SECONDS)

    def _serve(self, request: Request, requests: RequestTable) -> None:
        payload = request.payload
        if request.kind == REBUILD:
            self._damaged = True  # the request is done when the cache is opened anew
            return
        if request.kind == "sync":
            self._serve_sync(request.id, payload.get("sources"), requests)
            return
        runner = self._runners.get(str(payload.get("source")))
        if runner is None or request.kind not in ("read", "events"):
            _finish(requests, request.id, {"ok": False, "error": "unknown"})
            return
        key = Key(str(payload["source"]), str(payload["id"]))
        future = runner.ask(request.kind, key, always=payload.get("always") is not False)
        future.add_done_callback(
            lambda done: _finish(
                requests, request.id, {"ok": not done.cancelled() and done.exception() is None}
            )
        )

    def _serve_sync(self, request: int, sources: Sequence[str] | None, requests: RequestTable) -> None:
        """Read news now and say, when that is done, which sources could not be read and why."""
        chosen = [runner for name, runner in self._runners.items() if sources is None or name in sources]
        waiting = asyncio.gather(*(runner.poll_now() for runner in chosen), return_exceptions=True)

        def tell(done: "asyncio.Future[list[tuple[None, None] | BaseException]]") -> None:
            results = [] if done.cancelled() else done.result()
            errors = {
                runner.spec.name: str(result)
                for runner, result in zip(chosen, results, strict=False)
                if isinstance(result, BaseException)
            }
            _finish(requests, request, {"ok": not errors, "errors": errors})

        if chosen:
            waiting.add_done_callback(tell)
        else:
            _finish(requests, request, {"ok": True, "errors": {}})

    # Following

    def _follow(self) -> None:
        """Say who leads, once for each leader."""
        pid = self._lock.leader().pid
        if self._told == (pid,):
            return
        self._told = (pid,)
        message = f"process {pid}" if pid is not None else None
        for spec in self._specs:
            self._on_status(
                SourceStatus(spec.name, Connection.FOLLOWING, since=self._wall(), message=message)
            )

    # Once

    async def sync_once(self, *, full: bool = False) -> list[SourceReport] | None:
        """One sync of every source, as the `sync` command makes it; None when another process leads."""

        async def sync(runner: SourceRunner, report: SourceReport) -> None:
            await sync_source(runner, full=full, report=report)

        return await self._all_once(sync)

    async def push_once(self) -> list[SourceReport] | None:
        """Deliver the edits of every source once, reading nothing else; None when another process leads."""

        async def push(runner: SourceRunner, _: SourceReport) -> None:
            await deliver_source(runner)

        return await self._all_once(push)

    async def _all_once(self, work: _Once) -> list[SourceReport] | None:
        if not self._lock.acquire():
            return None
        try:
            with (
                contextlib.closing(open_database(self._directory, OUTBOX)) as outbox,
                contextlib.closing(self._open_cache(outbox)) as cache,
            ):
                tools = self._tools(cache, outbox)
                tools.delivery.adopt()
                runners = [SourceRunner(spec, tools, tries=TRIES) for spec in self._specs]
                return list(await asyncio.gather(*(self._once(runner, work) for runner in runners)))
        finally:
            self._lock.release()

    async def _once(self, runner: SourceRunner, work: _Once) -> SourceReport:
        report = SourceReport(runner.spec.name)
        try:
            await work(runner, report)
        except RemoteError as error:
            report.error, report.failure = error.message, error
        except LOCAL_ERRORS as error:
            runner.tools.on_local_error(error)
            report.error = local_failure(error)
        finally:
            await runner.close()
        if report.error is not None:
            with contextlib.suppress(*LOCAL_ERRORS):  # it is reported anyway
                runner.tools.writer.sources.set_error(report.source, report.error, int(self._wall()))
        return report


def _finish(requests: RequestTable, request: int, result: Mapping[str, object]) -> None:
    """Answer a request. Where that cannot be written, who asked sees that the leader does not answer."""
    with contextlib.suppress(*LOCAL_ERRORS):
        requests.finish(request, result)
