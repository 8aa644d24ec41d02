"""One source while its process leads: opened, bound to one account, pulled, and served with edits."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from cache.clock import LogicalClock, WallClock
from cache.models import Key
from cache.outbox.delivery import Delivery
from cache.store.changes import ChangeSet
from cache.store.writer import Decoder, Writer
from cache.sync.gate import Gate, Sleep
from cache.sync.pace import Lane
from cache.sync.pull import Puller
from cache.sync.push import Pusher
from cache.sync.remote import AuthPaused, Remote, RemoteError
from cache.sync.status import Connection, SourceStatus

__all__ = ["SourceReport", "SourceRunner", "SourceSpec", "Tools"]

_CONCURRENCY: Final = 2
_PAGES_A_TURN: Final = 10
_NAMES_SECONDS: Final = 3600.0
_OPEN_SECONDS: Final = 600.0
_STALE_LOOKS: Final = 20
_HOLD_PATIENCE: Final = 90


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """What the engine needs to know of a configured source."""

    name: str
    provider: str
    open_remote: Callable[[], Remote]
    """Makes the remote; raises AuthPaused when there is no key. May take a while: runs in a thread."""
    decoder: Decoder
    poll_seconds: float = 60.0


@dataclass(slots=True)
class SourceReport:
    """How a one-off sync of one source went."""

    source: str
    received: int = 0
    arrived: int = 0
    changed: int = 0
    unreadable: int = 0
    error: str | None = None
    failure: RemoteError | None = None
    """What `error` was said about."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What is shared by all sources of a leading process; every outside effect is passed in."""

    writer: Writer
    delivery: Delivery
    clock: LogicalClock
    wall: WallClock
    sleep: Sleep
    rng: random.Random
    on_change: Callable[[ChangeSet], None]
    on_status: Callable[[SourceStatus], None]


@dataclass(slots=True)
class _Timer:
    """Something that is done again after a while; a clock that was set back does not stop it."""

    seconds: float
    due_at: float = field(default=0.0)

    def due(self, now: float) -> bool:
        return now >= self.due_at or self.due_at - now > 2 * self.seconds + 60

    def done(self, now: float, *, seconds: float | None = None) -> None:
        self.due_at = now + (self.seconds if seconds is None else seconds)


class SourceRunner:
    """Everything the leader does for one source."""

    def __init__(self, spec: SourceSpec, tools: Tools, *, tries: int = 1) -> None:
        self.spec = spec
        self._tools = tools
        self.gate = Gate(
            spec.name,
            wall=tools.wall,
            sleep=tools.sleep,
            rng=tools.rng,
            on_status=tools.on_status,
            tries=tries,
        )
        self._remote: Remote | None = None
        self._puller: Puller | None = None
        self._pusher: Pusher | None = None
        self._wake = asyncio.Event()
        self._flush = False
        self._asked: list[tuple[Callable[[], Awaitable[None]], asyncio.Future[None]]] = []
        self._polls: list[asyncio.Future[None]] = []
        self._head = _Timer(spec.poll_seconds)
        self._names = _Timer(_NAMES_SECONDS)
        self._open = _Timer(_OPEN_SECONDS)

    # Asked from outside (on the engine's loop)

    def wake(self, *, flush: bool = False) -> None:
        """Edits may be waiting; with `flush` they are not left to rest."""
        self._flush = self._flush or flush
        self._wake.set()

    def poll_now(self) -> "asyncio.Future[None]":
        """The person wants news now; the future is done when the head was read, or says why it was not."""
        self.gate.force()
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._polls.append(future)
        now = self._tools.wall()
        self._head.done(now, seconds=0)
        self._open.done(now, seconds=0)
        self.wake(flush=True)
        return future

    def ask(self, what: str, key: Key) -> "asyncio.Future[None]":
        """Have one submission (`read`) or its timeline (`events`) read as soon as may be."""

        async def work() -> None:
            puller = self._opened_puller()
            await (puller.events(key) if what == "events" else puller.one(key))

        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._asked.append((work, future))
        self._wake.set()
        return future

    # The loop of a leading inbox

    async def run(self) -> None:
        """Serve the source until cancelled. Failures are told as status and tried again later."""
        try:
            while True:
                self._wake.clear()
                polls = len(self._polls)
                try:
                    if polls:
                        self._head.due_at = self._open.due_at = 0.0
                    await self._turn()
                except RemoteError as error:
                    self._fail_asked()
                    self._finish_polls(polls, error)
                else:
                    message = self.gate.status.message or "The source cannot be read now."
                    self._finish_polls(polls, RemoteError(message) if self.gate.blocked else None)
                await self._rest()
        finally:
            self._finish_polls(len(self._polls), RemoteError("The inbox that was asked has ended."))
            self._fail_asked()
            await self.close()

    async def close(self) -> None:
        """Close the connection to the source."""
        if self._remote is not None:
            await self._remote.aclose()
            self._remote = None

    async def _turn(self) -> None:
        if self.gate.blocked and self.gate.retry_at > self._tools.wall():
            return
        await self._open_remote()
        puller = self._opened_puller()
        await self._serve_asked()
        await self.push(flush=self._flush)
        now = self._tools.wall()
        if self._names.due(now):
            await puller.names()
            self._names.done(now)
        if self._head.due(now):
            await puller.head()
            spread = self._tools.rng.uniform(0.8, 1.2)
            floor = self._remote.poll_floor if self._remote is not None else 30.0
            self._head.done(now, seconds=max(self.spec.poll_seconds, floor) * spread)
        if not puller.coverage.complete:
            await puller.backfill(pages=_PAGES_A_TURN)
            self._open.done(self._tools.wall())
        elif self._open.due(now):
            await puller.open_ones(looks=_STALE_LOOKS)
            self._open.done(now)

    async def _rest(self) -> None:
        """Wait until something is due or somebody asks."""
        now = self._tools.wall()
        puller, pusher = self._puller, self._pusher
        until = self.gate.retry_at
        if until <= now:
            until = min(self._head.due_at, self._open.due_at, self._names.due_at)
            if puller is not None and not puller.coverage.complete and not self.gate.blocked:
                until = now
            if pusher is not None and (next_at := pusher.due().next_at) is not None:
                until = min(until, next_at)
        wait = min(max(until - now, 0.05), 300.0)
        sleeping = asyncio.ensure_future(self._tools.sleep(wait))
        waking = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait({sleeping, waking}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sleeping, waking):
                task.cancel()
            await asyncio.gather(sleeping, waking, return_exceptions=True)

    async def _serve_asked(self) -> None:
        while self._asked:
            work, future = self._asked.pop(0)
            try:
                await work()
            except RemoteError as error:
                if not future.done():
                    future.set_exception(error)
                if self.gate.retry_at > self._tools.wall():
                    raise
            else:
                if not future.done():
                    future.set_result(None)

    def _fail_asked(self) -> None:
        message = self.gate.status.message or "The source cannot be reached now."
        while self._asked:
            _, future = self._asked.pop(0)
            if not future.done():
                future.set_exception(RemoteError(message))

    def _finish_polls(self, count: int, error: RemoteError | None) -> None:
        """Tell the oldest askers for news how it went."""
        for future in self._polls[:count]:
            if not future.done():
                if error is None:
                    future.set_result(None)
                else:
                    future.set_exception(error)
        del self._polls[:count]

    # Steps shared with a one-off sync

    async def push(self, *, flush: bool) -> None:
        """Deliver what is due, two submissions at a time."""
        pusher = self._pusher
        if pusher is None:
            return
        self._flush = False
        waiting = list(pusher.due(flush=flush).keys)

        async def lane() -> None:
            while waiting:
                await pusher.deliver(waiting.pop(0))

        results = await asyncio.gather(*(lane() for _ in range(_CONCURRENCY)), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def once(self, *, full: bool, report: SourceReport) -> None:
        """Push, verify, read the head and what lies below it, and the open ones, once."""
        await self._open_remote()
        puller = self._opened_puller()
        try:
            await self.push(flush=True)
            await puller.names()
            fresh = full or not puller.coverage.complete
            if full:
                self._tools.writer.sources.forget_coverage(self.spec.name)
            await puller.head()
            while not await puller.backfill():
                await puller.head()
            if not fresh:
                await puller.open_ones(looks=100)
            await self._verify()
        finally:
            report.received, report.arrived = puller.received, puller.arrived
            report.changed, report.unreadable = puller.changed, puller.unreadable

    async def deliver_once(self) -> None:
        """Push and verify, once."""
        await self._open_remote()
        await self.push(flush=True)
        await self._verify()

    async def _verify(self) -> None:
        """Wait for edits whose last attempt may still be on its way (rule R4), but not for ever."""
        pusher = self._pusher
        deadline = self._tools.wall() + _HOLD_PATIENCE
        while pusher is not None:
            due = pusher.due()  # not flushed: an edit that was told to wait is not sent again and again
            now = self._tools.wall()
            if due.keys:
                await self.push(flush=False)
                continue
            if due.next_at is None or due.next_at > deadline or now > deadline:
                return
            await self._tools.sleep(max(0.1, due.next_at - now))

    async def _open_remote(self) -> None:
        """Make the remote, and see that the key opens the account this cache belongs to."""
        if self._remote is not None:
            return
        writer = self._tools.writer
        writer.sources.ensure(self.spec.name, self.spec.provider)
        try:
            remote = await asyncio.to_thread(self.spec.open_remote)
        except RemoteError as error:
            self.gate.refused(error)
            raise
        try:
            identity = await self.gate.call(Lane.HEAD, lambda: remote.budget, remote.identity)
            bound = self._tools.delivery.bind(self.spec.name, identity.account_id, identity.account_name)
            if bound is not None:
                message = (
                    f"The key of {self.spec.name} opens another organisation ({identity.account_name})"
                    f" than the one cached here ({bound}). Nothing is sent or read."
                    " Use another source name for it."
                )
                self.gate.report(connection=Connection.STOPPED, message=message)
                raise AuthPaused(message)
        except BaseException:
            await remote.aclose()
            raise
        change = writer.sources.set_account(
            self.spec.name,
            account_id=identity.account_id,
            account_name=identity.account_name,
            user_id=identity.user_id,
            user_name=identity.user_name,
            capabilities=identity.capabilities,
        )
        self._tools.on_change(change | writer.rederive(self.spec.name, self.spec.decoder))
        self._remote = remote
        tools = self._tools
        self._puller = Puller(
            remote, self.gate, writer, tools.clock, wall=tools.wall, on_change=tools.on_change
        )
        self._pusher = Pusher(
            remote,
            self.gate,
            writer,
            tools.delivery,
            tools.clock,
            wall=tools.wall,
            on_change=tools.on_change,
        )

    def _opened_puller(self) -> Puller:
        if self._puller is None:
            raise RemoteError(self.gate.status.message or "The source is not open yet.")
        return self._puller
