"""What a leading inbox reads by itself, lane by lane: the most urgent that is due goes first."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cache.sync.gate import Gate
from cache.sync.pace import Lane, Pause
from cache.sync.remote import Forbidden, NotFound, OutcomeUnknown, Refused, RemoteError
from cache.sync.session import Session
from cache.sync.spec import Tools
from cache.sync.walks import ColdWalk, OpenWalk

if TYPE_CHECKING:
    from cache.models import Key

__all__ = ["News"]

_PAGES_A_TURN: Final = 10
_NAMES_SECONDS: Final = 3600.0
_OPEN_SECONDS: Final = 600.0
_COLD_SECONDS: Final = 120.0
_LOOK_SECONDS: Final = 10.0
_VISIBLE_SECONDS: Final = 5.0
_STALE_SECONDS: Final = 1800
"""A row that is on screen is read again when it was seen longer ago."""
_NOTHING_SECONDS: Final = 60.0
"""How often it is looked whether anything is on screen."""
_STALE_LOOKS: Final = 20
_PASSED_OVER: Final = 3
"""How often a job lets others go first before it goes first itself."""
_FIRST_RETRY: Final = 5.0
_LAST_RETRY: Final = 300.0


@dataclass(slots=True)
class _Timer:
    """Something that is done again after a while; a clock that was set does not stop it."""

    seconds: float
    failures: int = 0
    _pause: Pause = field(default_factory=Pause)

    def left(self, now: float) -> float:
        """In how many seconds it is to be done, 0 when now."""
        return self._pause.left(now)

    def done(self, now: float, *, seconds: float | None = None) -> None:
        """It was done."""
        self.failures = 0
        self._pause.begin(now, self.seconds if seconds is None else seconds)

    def failed(self, now: float) -> None:
        """It did not work: try again, later each time."""
        self._pause.begin(now, min(_LAST_RETRY, _FIRST_RETRY * 2.0 ** min(self.failures, 10)))
        self.failures += 1

    def hurry(self) -> None:
        """Do it as soon as may be."""
        self._pause.end()


@dataclass(slots=True, eq=False)
class _Job:
    """One kind of reading: its lane, when it is due, and a step of it, which says when the next one is."""

    lane: Lane
    timer: _Timer
    step: Callable[[], Awaitable[float | None]]
    complete: bool | None = None
    """Whether it is for a list that is held to its end, or for one that is not yet; None: for any."""
    passed_over: int = 0


class News:
    """Reads the head, what is on screen, what is open, all that is held, and what lies below the head.

    Each pass makes a step of every job that is due and may go out; a step of the lower lanes is one request.
    """

    def __init__(self, session: Session, gate: Gate, tools: Tools, poll_seconds: float) -> None:
        self._session = session
        self._gate = gate
        self._tools = tools
        self._poll_seconds = poll_seconds
        self._open_walk: OpenWalk | None = None
        self._cold_walk = ColdWalk(session.puller)
        self.visible: tuple[Key, ...] = ()
        """The submissions on screen."""
        self._names = _Job(Lane.HEAD, _Timer(_NAMES_SECONDS), self._read_names)
        self._head = _Job(Lane.HEAD, _Timer(poll_seconds), self._read_head)
        self._seen = _Job(Lane.VISIBLE, _Timer(_VISIBLE_SECONDS), self._read_visible)
        self._open = _Job(Lane.HOT, _Timer(_OPEN_SECONDS), self._read_open, complete=True)
        self._cold = _Job(Lane.COLD, _Timer(_COLD_SECONDS), self._read_cold, complete=True)
        self._below = _Job(Lane.BACKFILL, _Timer(0.0), self._read_below, complete=False)
        self._jobs = (self._names, self._head, self._seen, self._open, self._cold, self._below)

    def hurry(self) -> None:
        """The person wants news now."""
        for job in (self._head, self._open, self._below):
            job.timer.hurry()

    def hurry_head(self) -> None:
        """It is to be seen whether the source answers again."""
        self._head.timer.hurry()

    async def turn(self, *, asked: bool) -> tuple[float, RemoteError | None]:
        """Read what is due: in how many seconds something is due again, and the first failure.

        When it was `asked` for, what is due waits for its turn and is read to its end. Raises RemoteError
        when the source as a whole cannot be read.
        """
        failures: list[RemoteError | None] = []
        went: list[_Job] = []
        for job in sorted(self._jobs, key=lambda job: (job.passed_over < _PASSED_OVER, job.lane)):
            if self._left(job) > 0 or (not asked and self._wait(job) > 0):
                continue
            went.append(job)
            failures.append(await self._go(job))
            while asked and job is self._open and self._open_walk is not None and failures[-1] is None:
                failures[-1] = await self._go(job)
        for job in self._jobs:
            if job in went:
                job.passed_over = 0
            elif went and self._left(job) <= 0:
                job.passed_over += 1
        rest = min(max(self._left(job), self._wait(job)) for job in self._jobs)
        return rest, next(filter(None, failures), None)

    def _left(self, job: _Job) -> float:
        """In how many seconds a job is due."""
        if job.complete is not None and job.complete is not self._session.puller.coverage.complete:
            return float("inf")
        return job.timer.left(self._tools.steady())

    def _wait(self, job: _Job) -> float:
        """In how many seconds a request of a job may go out."""
        return self._gate.wait(job.lane, self._session.remote.budget)

    async def _go(self, job: _Job) -> RemoteError | None:
        """Make a step. A failure of its own does not keep other things from being done."""
        try:
            seconds = await job.step()
        except (NotFound, Refused, Forbidden, OutcomeUnknown) as error:
            job.timer.failed(self._tools.steady())
            return error
        job.timer.done(self._tools.steady(), seconds=seconds)
        return None

    async def _read_names(self) -> None:
        await self._session.puller.names()

    async def _read_head(self) -> float:
        jitter = self._tools.rng.uniform(0.8, 1.2)
        await self._session.puller.head()
        # The floor grows with the forms or bots there are, which the head may have shown.
        return max(self._poll_seconds, self._session.remote.poll_floor) * jitter

    async def _read_visible(self) -> float | None:
        if not self.visible:
            return _NOTHING_SECONDS
        if self._gate.plenty(self._session.remote.budget):
            key = self._session.puller.stalest(self.visible, _STALE_SECONDS)
            if key is not None:
                await self._session.puller.one(key, Lane.VISIBLE)
        return None

    async def _read_open(self) -> float | None:
        walk, self._open_walk = self._open_walk, None
        walk = walk or OpenWalk(self._session.puller, looks=_STALE_LOOKS)
        if not await walk.step():
            return None
        self._open_walk = walk
        return 0.0

    async def _read_cold(self) -> float:
        """Look through what is held only while there is plenty: it is nobody's hurry."""
        if self._gate.plenty(self._session.remote.budget):
            now = self._tools.wall()
            if await self._cold_walk.step(now):
                keep = {edit.key for edit in self._tools.delivery.registers.all()}
                self._session.puller.remove_gone(keep)
        return _LOOK_SECONDS if self._cold_walk.looks else _COLD_SECONDS

    async def _read_below(self) -> None:
        puller = self._session.puller
        known = puller.coverage.backfill_cursor is not None
        plenty = self._gate.plenty(self._session.remote.budget)
        await puller.backfill(pages=_PAGES_A_TURN if plenty else 1)
        if puller.coverage.complete:
            self._open.timer.done(self._tools.steady())
        elif puller.coverage.backfill_cursor is None:
            if known:
                self._head.timer.hurry()
            raise Refused("The list has to be read from its head again.", status=400)
