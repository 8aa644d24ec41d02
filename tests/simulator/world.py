"""One run: a server, people, and clients that die and come back, until all is quiet again."""

import asyncio
import contextlib
import random
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from cache.models import TRIAGE_FIELDS
from cache.outbox.outbox import Outbox
from cache.schema import CACHE, OUTBOX, open_database
from cache.sync.engine import Engine
from cache.sync.spec import SourceSpec
from tests.cache.making import make_files, scratch
from tests.simulator.clockwork import Clockwork, Stuck, pass_time
from tests.simulator.dying import ClientDied, Life, connections_of
from tests.simulator.ends import at_rest, check_end, overwritten_unseen, undelivered
from tests.simulator.judge import Judge
from tests.simulator.people import Others, Person
from tests.simulator.profile import Profile, draw_profile
from tests.simulator.record import Record, Violation
from tests.simulator.server import GHOST, POISON, SOURCE, Server, decode
from tests.simulator.watch import Files
from tests.simulator.wire import Weather, Wire

__all__ = ["Outcome", "Simulation", "finish", "run_seed"]

T = TypeVar("T")
_QUIET_LIMIT = 2_400.0
_SLOWEST_POLL = 72.0
_BUSY_LIMIT = 400
"""The most requests a client may make in this time when nothing goes wrong any more."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run went."""

    seed: object
    deaths: int
    requests: int
    edits: int
    conflicts: int
    merges: int
    virtual: float
    """Virtual seconds."""
    undelivered: int
    """Fields whose newest wish the server does not hold at the end, and the person did not drop."""
    overwritten: int = 0
    """Foreign values that were replaced before an answer showed them."""


class Simulation:
    """Everything of one run."""

    def __init__(self, seed: object, profile: Profile, directory: Path, loop: Clockwork) -> None:
        self.seed = seed
        self.profile = profile
        self.directory = directory
        self.loop = loop
        self.rng = random.Random(repr(seed))
        self.record = Record(now=loop.time)
        self.server = Server(
            self.record,
            lambda: loop.wall() - loop.skew,
            filters=profile.filters,
            normalises=profile.normalises,
            tells_fields=profile.tells_fields,
        )
        for _ in range(profile.rows):
            self.server.arrive()
        self.files = Files(self.record, self.server)
        self.judge = Judge(self.record, self.files, self.server.account)
        self.files.settled = self.judge.settled
        self.weather = Weather(profile, random.Random(repr((seed, "weather"))))
        self.others = Others(self.server, profile, self.rng)
        self.weather.ambush = self.others.ambush
        self.life: Life | None = None
        self.engine: Engine | None = None
        self.deaths = 0
        self._outside = True
        self._killed = asyncio.Event()
        self._stack = contextlib.ExitStack()

    # The client

    def current(self) -> Life | None:
        return None if self._outside else self.life

    @contextlib.contextmanager
    def _opening(self) -> Iterator[None]:
        """What is opened meanwhile is ours, not the client's."""
        self._outside = True
        try:
            yield
        finally:
            self._outside = False

    def open_files(self) -> None:
        """Make both files and look at them from outside."""
        make_files(self.directory)
        with self._opening():
            self.files.outbox = self._stack.enter_context(
                contextlib.closing(open_database(self.directory, OUTBOX))
            )
            self.files.cache = open_database(self.directory, CACHE)
            outboxes = tuple(
                Outbox(
                    self._stack.enter_context(contextlib.closing(open_database(self.directory, OUTBOX))),
                    wall=self.loop.wall,
                )
                for _ in range(2)
            )
        self.person = Person(outboxes, self.files, self.server, self.profile, self.rng, self._wake)
        self.weather.echo = lambda identifier, body: self._soon(
            lambda: self.person.edit(identifier, tuple(name for name in body if name in TRIAGE_FIELDS))
        )

    def _soon(self, work: Callable[[], None]) -> None:
        self.loop.call_later(self.weather.delay() / 2, lambda: None if self.weather.calm else work())

    def _wake(self) -> None:
        """The client's own inbox tells its engine of an edit at once, another process's does not."""
        if self.engine is not None and self.rng.random() < 0.7 and self.life and not self.life.dead:
            self.engine.wake()

    async def clients(self) -> None:
        """One client after another, until cancelled."""
        for number in range(1, 10_000):
            await self._one_life(number)
            await pass_time(self.weather.rng.choice((0.1, 1.0, 15.0)))

    async def _one_life(self, number: int) -> None:
        dies_at = None
        if self.profile.death_steps and not self.weather.calm:
            dies_at = self.weather.rng.randint(1, 2 * self.profile.death_steps)
        self._killed.clear()
        self.life = life = Life(number, dies_at, self._died)
        life.on_commit = self.files.committed
        self.record.add("starts", life=number)

        async def at_once(work: Callable[[], T]) -> T:
            return work()

        def open_remote() -> Wire:
            return Wire(self.server, self.weather, self.judge, self.record, life)

        engine = self.engine = Engine(
            self.directory,
            [SourceSpec(SOURCE, "awardee", open_remote, decode, 60.0)],
            on_change=lambda change: None,
            on_status=lambda status: None,
            wall=self.loop.wall,
            steady=self.loop.time,
            sleep=pass_time,
            rng=random.Random(repr((self.seed, number))),
            in_thread=at_once,
        )
        running = asyncio.ensure_future(engine.run())
        killed = asyncio.ensure_future(self._killed.wait())
        waiting = {running, killed}
        leaving = None
        if not self.weather.calm and dies_at is None and self.weather.rng.random() < 0.3:
            leaving = self.loop.call_later(self.weather.rng.uniform(5, 120), engine.stop)
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if leaving is not None:
                leaving.cancel()
            for task in waiting:
                task.cancel()
            results = await asyncio.gather(*waiting, return_exceptions=True)
            self.engine = None
        if not life.dead:
            fault = results[[*waiting].index(running)]
            if isinstance(fault, BaseException) and not isinstance(fault, asyncio.CancelledError):
                self.record.breaks(20, f"the engine fell over: {fault!r}")
            life.dead = True
            self.judge.death(number)
            self.record.add("leaves", life=number)

    def _died(self, what: str) -> None:
        assert self.life is not None
        self.deaths += 1
        self.record.add("DIES", life=self.life.number, where=what)
        self.judge.death(self.life.number)
        self._killed.set()
        self.files.committed("outbox")

    # What else goes on

    async def clock_trouble(self) -> None:
        """The wall clock jumps now and then, until cancelled."""
        while True:
            await pass_time(self.weather.rng.uniform(20, 100))
            if self.weather.happens(self.profile.jumps):
                jump = self.weather.rng.choice((-3e8, -86_400.0, -90.0, -5.0, 5.0, 90.0, 86_400.0, 3e8))
                self.loop.skew += jump
                self.record.add("clock", jump=jump)

    async def accidents(self) -> None:
        """Rows vanish, keys are exchanged, cursors die, until cancelled."""
        while True:
            await pass_time(self.weather.rng.uniform(20, 60))
            rng = self.weather.rng
            if self.profile.vanish and len(self.server.rows) > 1 and rng.random() < 0.5:
                self.server.vanish(rng.choice(list(self.server.rows)))
            if self.profile.wipe_cache and rng.random() < 0.5:
                self.wipe_cache()
            if self.profile.dead_cursors:
                self.server.cursor_age = self.record.order
            if self.profile.stranger:
                self.server.account = rng.choice(("org-1", "org-2"))
                self.record.add("account", is_now=self.server.account)
            if self.profile.auth:
                self.weather.auth_down = rng.random() < 0.5
                self.record.add("auth", down=self.weather.auth_down)

    def wipe_cache(self) -> None:
        """Somebody kills the client and deletes the cache."""
        if self.life is not None:
            self.life.die("the cache is deleted")
        self.files.cache.close()
        for end in ("", "-wal", "-shm"):
            (self.directory / f"{CACHE.name}{end}").unlink(missing_ok=True)
        with self._opening():
            self.files.cache = open_database(self.directory, CACHE)
        self.files.forget_cache()
        self.record.add("wiped")

    async def promptness(self) -> None:
        """No lane stands still for longer than the profile allows, until cancelled."""
        allowed = self.profile.prompt
        poisoned: set[str] = set()
        while allowed:
            await pass_time(5.0)
            now, registers = self.loop.time(), self.files.registers()
            poisoned |= {place[0] for place, held in registers.items() if held.want in (POISON, GHOST)}
            for place, held in registers.items():
                wish = self.files.wishes[place]
                if place[0] not in poisoned and held.state == "queued" and now - wish.at > allowed:
                    self.record.breaks(14, f"{place} has waited for {now - wish.at:.0f} s")
            pages = [sent.at for sent in self.judge.requests if sent.kind == "page"]
            if now - max(pages, default=0.0) > allowed + _SLOWEST_POLL:
                self.record.breaks(20, f"no news for {now - max(pages, default=0.0):.0f} s")

    async def run(self) -> Outcome:
        """The whole of it. Raises Violation."""
        self.open_files()
        outside: list[asyncio.Future[Any]] = []
        main = asyncio.current_task()
        assert main is not None
        self.record.on_break = lambda: None if _running() is main else main.cancel()
        clients = asyncio.ensure_future(self.clients())
        try:
            outside += map(
                asyncio.ensure_future,
                (
                    self.person.live(),
                    self.others.write(),
                    self.others.arrive(),
                    self.clock_trouble(),
                    self.accidents(),
                    self.promptness(),
                ),
            )
            await pass_time(self.profile.seconds)
            await self._stop(outside)
            self.calm()
            await self.quiet()
            check_end(self.files, self.server, self.judge)
            self.person.rule(chance=1.0)
            await self.quiet()
            check_end(self.files, self.server, self.judge)
        except asyncio.CancelledError:
            if self.record.broken is None:
                raise
        finally:
            await self._stop([*outside, clients])
            self.close()
        if self.record.broken is not None:
            raise self.record.broken
        kinds = [entry.kind for entry in self.record.entries]
        conflicts = sum(e.kind == "state" and e.data["state"] == "conflict" for e in self.record.entries)
        return Outcome(
            self.seed, self.deaths, len(self.judge.requests), self.person.edits, conflicts,
            kinds.count("merges"), self.loop.time(), len(undelivered(self.files, self.server)),
            len(overwritten_unseen(self.files, self.server)),
        )  # fmt: skip

    def close(self) -> None:
        """Nothing is on its way any more, and nothing open."""
        for late in self.weather.late:
            late.cancel()
        self._stack.close()
        self.files.cache.close()

    def calm(self) -> None:
        self.weather.calm = True
        self.weather.auth_down = False
        self.server.account = "org-1"
        if self.life is not None:
            self.life.dies_at = None
        self.record.add("calm")
        self._look()

    def _look(self) -> None:
        """The person asks for news: a source that was stopped tries again."""
        if self.engine is not None and self.life is not None and not self.life.dead:
            self.engine.poll_now()

    async def quiet(self) -> None:
        """Let everything settle, within a number of turns and requests."""
        asked = len(self.judge.requests)
        end = self.loop.time() + _QUIET_LIMIT
        await pass_time(40.0)
        self._look()  # an answer that was on its way may have stopped the source again
        await pass_time(30.0)
        while self.loop.time() < end and not at_rest(self.files):
            await pass_time(10.0)
        await pass_time(10.0)
        made = len(self.judge.requests) - asked
        if made > _BUSY_LIMIT:
            self.record.breaks(19, f"{made} requests to come to rest")

    async def _stop(self, tasks: list[asyncio.Future[Any]]) -> None:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        tasks.clear()
        for result in results:
            if isinstance(result, Exception):
                raise result


def run_seed(
    seed: object, profile: Profile | None = None, *, effects_only: bool = False, tail: int = 60
) -> Outcome:
    """Run one seed on its own loop and files. Raises Violation with the seed and the end of the log."""
    chosen = profile or draw_profile(random.Random(f"profile {seed!r}"))
    loop = Clockwork()
    simulation: Simulation | None = None
    with scratch() as directory:
        try:
            loop.set_exception_handler(lambda loop, context: None)
            simulation = Simulation(seed, chosen, directory / "data", loop)
            simulation.judge.effects_only = simulation.files.effects_only = effects_only
            with connections_of(simulation.current):
                return loop.run_until_complete(simulation.run())
        except Violation as broken:
            broken.seed = seed
            assert simulation is not None
            broken.tail = simulation.record.tail(tail)
            raise
        except Stuck as stuck:
            still = Violation(19, str(stuck))
            still.seed = seed
            assert simulation is not None
            still.tail = simulation.record.tail(tail)
            raise still from stuck
        finally:
            finish(loop)


def _running() -> "asyncio.Task[Any] | None":
    try:
        return asyncio.current_task()
    except RuntimeError:  # called by a timer
        return None


def finish(loop: Clockwork) -> None:
    """Leave no task behind."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()

    async def gather() -> None:
        await asyncio.gather(*left, return_exceptions=True)

    with contextlib.suppress(Stuck, ClientDied, Violation, sqlite3.Error):
        loop.run_until_complete(gather())
    loop.close()
