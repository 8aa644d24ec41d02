"""The one door through which the requests of a source go: paced, and with every outcome told as a status."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, TypeAlias, TypeVar

from cache.clock import WallClock
from cache.sync.pace import LONGEST_WINDOW, Backoff, Lane, Pacer, Pause
from cache.sync.remote import (
    AuthPaused,
    Budget,
    Forbidden,
    Misconfigured,
    NeverLeft,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    RemoteError,
)
from cache.sync.status import Connection, SourceStatus

__all__ = ["LONGEST_REST", "Busy", "Gate", "Sleep", "never_busy", "rest"]

T = TypeVar("T")
Sleep: TypeAlias = Callable[[float], Awaitable[None]]
"""Waits for a number of seconds."""
Busy: TypeAlias = Callable[[], float]
"""For how many seconds yet what can wait is to wait: a person types, and is to be served first."""

_RATE_CAP: Final = 60.0
_AUTH_RETRY: Final = 300.0
_PATIENCE: Final = 300.0
"""The longest wait a one-off sync makes for a rate window before it gives up."""
_SHORTEST_REST: Final = 0.001
_COURTESY: Final = 2.0
"""No request waits longer than this for a person who types: some pages are stored while they do."""
LONGEST_REST: Final = 60.0
"""However long a wait is, the clock is looked at again after this many seconds: it may have been set."""


def never_busy() -> float:
    """Nobody types here."""
    return 0.0


async def rest(sleep: Sleep, seconds: float, news: asyncio.Event) -> None:
    """Wait for `seconds`, but not longer than `LONGEST_REST`, or for `news`, whichever comes first."""
    sleeping = asyncio.ensure_future(sleep(min(seconds, LONGEST_REST)))
    hearing = asyncio.ensure_future(news.wait())
    try:
        await asyncio.wait({sleeping, hearing}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (sleeping, hearing):
            task.cancel()
        await asyncio.gather(sleeping, hearing, return_exceptions=True)


class Gate:
    """Paces, counts and reports the requests of one source; decides nothing about their content."""

    def __init__(
        self,
        source: str,
        *,
        wall: WallClock,
        steady: WallClock,
        sleep: Sleep,
        rng: random.Random,
        on_status: Callable[[SourceStatus], None],
        on_closed: Callable[[float], None] = lambda until: None,
        tries: int = 1,
        busy: Busy = never_busy,
    ) -> None:
        self._busy = busy
        self._wall = wall
        self._steady = steady
        self._sleep = sleep
        self._on_status = on_status
        self._on_closed = on_closed
        self.tries = tries
        """How often one request is made before its failure is told; more than one in a one-off sync."""
        self._pacer = Pacer()
        self._backoff = Backoff(rng)
        self._rate_waits = Backoff(rng, first=5.0, cap=_RATE_CAP)
        self._pause = Pause()
        self._stopped: Misconfigured | None = None
        self._flying = 0
        self._opened = asyncio.Event()
        self.note: str | None = None
        """What is to be said while nothing worse is."""
        self.status = SourceStatus(source, since=wall())

    def report(self, **changes: object) -> None:
        """Tell a changed status; `since` moves when the connection does."""
        status = replace(self.status, **changes)  # type: ignore[arg-type]
        if status.connection is not self.status.connection:
            status = replace(status, since=self._wall())
        if status != self.status:
            self.status = status
            self._on_status(status)

    @property
    def blocked(self) -> bool:
        """True when only the person can open the source again."""
        return self._stopped is not None

    @property
    def rate_left(self) -> float:
        """For how many seconds the server has asked to send nothing."""
        return self._pacer.closed_for(self._steady())

    @property
    def pause_left(self) -> float:
        """In how many seconds the next request may go out after a failure; 0 when it may now."""
        now = self._steady()
        return max(self._pause.left(now), self._pacer.closed_for(now))

    def wait(self, lane: Lane, budget: Budget) -> float:
        """How many seconds a request of this lane would have to wait."""
        now = self._tell(budget)
        return max(self._pacer.wait(lane, budget, now), self._pause.left(now))

    def plenty(self, budget: Budget) -> bool:
        """Whether so much is left of every rate window that a mere convenience may be asked for."""
        return self._pacer.plenty(budget, self._tell(budget))

    def force(self) -> None:
        """The person asks now: forget waits that are ours; one the server asked for stands."""
        self._stopped = None
        self._pause.end()
        self._backoff.reset()
        self._opened.set()

    def close_until(self, until: float) -> None:
        """Keep to a wait the server asked an earlier process for, in seconds since the epoch."""
        left = until - self._wall()
        if 0 < left <= LONGEST_WINDOW:  # or the clock was set back since
            self._pacer.close(self._steady(), left)
            self.report(connection=Connection.RATE, retry_at=until, message="The server has asked to wait.")

    def stop(self, error: Misconfigured) -> None:
        """Send nothing more until the person asks again."""
        self._stopped = error
        self._opened.set()
        self.report(connection=Connection.STOPPED, message=error.message, retry_at=None)

    def refused(self, error: RemoteError) -> None:
        """Something failed before a request could be made."""
        self._failed(error, self.status.budget)

    def hold_back(self, message: str, seconds: float, connection: Connection = Connection.RETRY) -> None:
        """Something else failed (the disk, an answer without use): wait before the next request."""
        now = self._steady()
        self._pause.start(now, seconds)
        self.report(connection=connection, message=message, retry_at=self._at(self._pause.left(now)))

    async def turn(self, lane: Lane, budget: Callable[[], Budget], *, need: int = 1) -> None:
        """Wait until a request of this lane may go out. Raises what forbids it for good.

        What nobody asked for waits a while for a person who types, too.
        """
        asked = self._steady()
        while True:
            if self._stopped is not None:
                raise Misconfigured(self._stopped.message, status=self._stopped.status)
            left = budget()
            now = self._tell(left)
            # The budget does not know yet of requests that have not been answered.
            wait = self._pacer.wait(lane, left, now, need=need + self._flying)
            wait = max(wait, self._pause.left(now))
            if lane > Lane.FOCUS:
                wait = max(wait, min(self._busy(), asked + _COURTESY - now))
            if wait <= 0:
                return
            if self.tries > 1 and wait > _PATIENCE:
                raise RateLimited(
                    f"The rate budget is used up; the next request may go out in {wait / 60:.0f} minutes.",
                    retry_after=wait,
                )
            if self._pacer.closed_for(now) > 0:
                self.report(connection=Connection.RATE, retry_at=self._at(wait))
            elif self.tries > 1 and wait > 1:
                self.report(retry_at=self._at(wait))  # a one-off sync says what it waits for
            self._opened.clear()
            await rest(self._sleep, max(wait, _SHORTEST_REST), self._opened)

    async def call(
        self,
        lane: Lane,
        budget: Callable[[], Budget],
        request: Callable[[], Awaitable[T]],
        *,
        need: int = 1,
    ) -> T:
        """Make a request when it is its turn. Raises what the request raised, after the tries allowed."""
        for tries in range(1, self.tries + 1):
            await self.turn(lane, budget, need=need)
            try:
                return await self.send(lane, budget, request)
            except (NeverLeft, OutcomeUnknown, RateLimited) as error:
                unknown = lane is Lane.DELIVER and isinstance(error, OutcomeUnknown)
                if unknown or tries == self.tries:
                    raise
        raise AssertionError("a gate allows at least one try")

    async def send(self, lane: Lane, budget: Callable[[], Budget], request: Callable[[], Awaitable[T]]) -> T:
        """Make a request now, once; `turn` has been waited for."""
        self._pacer.sent(lane, self._steady())
        self._flying += 1
        try:
            result = await request()
        except RemoteError as error:
            self._failed(error, budget())
            raise
        finally:
            self._flying -= 1
        self._worked(budget())
        return result

    def _worked(self, budget: Budget) -> None:
        self._tell(budget)
        self._backoff.reset()
        self._rate_waits.reset()
        self._pause.end()
        if self._stopped is not None:
            return
        self.report(
            connection=self.status.connection if self.status.connection.is_up else Connection.ONLINE,
            retry_at=None,
            message=self.note,
            budget=budget,
        )

    def _failed(self, error: RemoteError, budget: Budget) -> None:
        now = self._tell(budget)
        if isinstance(error, NotFound | Refused | Forbidden):
            self._worked(budget)
        elif isinstance(error, Misconfigured):
            self.stop(error)
        elif isinstance(error, AuthPaused):
            self._pause.start(now, _AUTH_RETRY)
            self.report(connection=Connection.AUTH, message=error.message, retry_at=None)
        elif isinstance(error, RateLimited):
            again = self._rate_waits.tries > 0
            fallback = self._rate_waits.next()
            wait = error.retry_after if error.retry_after is not None else fallback
            self._pacer.close(now, max(wait, fallback if again else 0.0, 0.5))
            self._on_closed(self._at(self._pacer.closed_for(now)))
            self.report(
                connection=Connection.RATE,
                message=error.message,
                retry_at=self._at(self._pacer.closed_for(now)),
                budget=budget,
            )
        else:
            state = Connection.OFFLINE if isinstance(error, NeverLeft) else Connection.RETRY
            self._pause.start(now, self._backoff.next())
            self.report(
                connection=state,
                message=error.message,
                retry_at=self._at(self._pause.left(now)),
                budget=budget,
            )

    def _tell(self, budget: Budget) -> float:
        """Measure from now on the windows that were told in wall time; returns the moment."""
        now = self._steady()
        self._pacer.told(budget, now, self._wall())
        return now

    def _at(self, seconds: float) -> float:
        """The time in so many seconds, to be shown or stored."""
        return self._wall() + seconds
