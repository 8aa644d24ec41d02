"""The one door through which the requests of a source go: paced, and with every outcome told as a status."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, TypeAlias, TypeVar

from cache.clock import WallClock
from cache.sync.pace import Backoff, Lane, Pacer
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

__all__ = ["Gate", "Sleep"]

T = TypeVar("T")
Sleep: TypeAlias = Callable[[float], Awaitable[None]]
"""Waits for a number of seconds."""

_RATE_CAP: Final = 60.0
_AUTH_RETRY: Final = 300.0
_PATIENCE: Final = 300.0
"""The longest wait a one-off sync makes for a rate window before it gives up."""


class Gate:
    """Paces, counts and reports the requests of one source; decides nothing about their content."""

    def __init__(
        self,
        source: str,
        *,
        wall: WallClock,
        sleep: Sleep,
        rng: random.Random,
        on_status: Callable[[SourceStatus], None],
        tries: int = 1,
    ) -> None:
        self._wall = wall
        self._sleep = sleep
        self._on_status = on_status
        self._tries = tries
        self._pacer = Pacer()
        self._backoff = Backoff(rng)
        self._rate_waits = Backoff(rng, first=5.0, cap=_RATE_CAP)
        self._retry_at = 0.0
        self._opened = asyncio.Event()
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
        return self.status.connection is Connection.STOPPED

    @property
    def retry_at(self) -> float:
        """When the next request may go out after a failure, in seconds since the epoch."""
        return max(self._retry_at, self._pacer.closed_until)

    def force(self) -> None:
        """The person asks now: forget waits that are ours; one the server asked for stands."""
        self._retry_at = 0.0
        self._backoff.reset()
        self._opened.set()

    def refused(self, error: RemoteError) -> None:
        """Something failed before a request could be made."""
        self._failed(error, self.status.budget)

    async def call(self, lane: Lane, budget: Callable[[], Budget], request: Callable[[], Awaitable[T]]) -> T:
        """Make a request when it is its turn. Raises what the request raised, after the tries allowed."""
        tries = 0
        while True:
            await self._wait_for_turn(lane, budget())
            self._pacer.sent(lane, self._wall())
            tries += 1
            try:
                result = await request()
            except RemoteError as error:
                self._failed(error, budget())
                once = lane is Lane.DELIVER and isinstance(error, OutcomeUnknown)
                if once or tries >= self._tries or not _passing(error):
                    raise
                continue
            self._worked(budget())
            return result

    async def _wait_for_turn(self, lane: Lane, budget: Budget) -> None:
        while True:
            now = self._wall()
            if self._retry_at - now > _AUTH_RETRY * 2:
                self._retry_at = now  # the clock was set back
            wait = max(self._pacer.wait(lane, budget, now), self._retry_at - now)
            if wait <= 0:
                return
            if self._tries > 1 and wait > _PATIENCE:
                raise RateLimited(
                    f"The rate budget is used up; the next request may go out in {wait / 60:.0f} minutes.",
                    retry_after=wait,
                )
            if self._pacer.closed_until > now:
                self.report(connection=Connection.RATE, retry_at=now + wait)
            elif self._tries > 1 and wait > 1:
                self.report(retry_at=now + wait)  # a one-off sync says what it waits for
            self._opened.clear()
            sleeping = asyncio.ensure_future(self._sleep(wait))
            opened = asyncio.ensure_future(self._opened.wait())
            try:
                await asyncio.wait({sleeping, opened}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (sleeping, opened):
                    task.cancel()
                await asyncio.gather(sleeping, opened, return_exceptions=True)

    def _worked(self, budget: Budget) -> None:
        self._backoff.reset()
        self._rate_waits.reset()
        self._retry_at = 0.0
        usual = self.status.connection in (Connection.ONLINE, Connection.SYNCING)
        self.report(
            connection=self.status.connection if usual else Connection.ONLINE,
            retry_at=None,
            message=None,
            budget=budget,
        )

    def _failed(self, error: RemoteError, budget: Budget) -> None:
        now = self._wall()
        if isinstance(error, NotFound | Refused | Forbidden):
            self._worked(budget)
            return
        if isinstance(error, Misconfigured):
            self._retry_at = now + _AUTH_RETRY
            self.report(connection=Connection.STOPPED, message=error.message, retry_at=None)
        elif isinstance(error, AuthPaused):
            self._retry_at = now + _AUTH_RETRY
            self.report(connection=Connection.AUTH, message=error.message, retry_at=None)
        elif isinstance(error, RateLimited):
            again = self._rate_waits.tries > 0
            fallback = self._rate_waits.next()
            wait = error.retry_after if error.retry_after is not None else fallback
            self._pacer.close(now + max(wait, fallback if again else 0.0, 0.5))
            self.report(
                connection=Connection.RATE,
                message=error.message,
                retry_at=self._pacer.closed_until,
                budget=budget,
            )
        else:
            state = Connection.OFFLINE if isinstance(error, NeverLeft) else Connection.RETRY
            self._retry_at = now + self._backoff.next()
            self.report(connection=state, message=error.message, retry_at=self._retry_at)


def _passing(error: RemoteError) -> bool:
    return isinstance(error, NeverLeft | OutcomeUnknown | RateLimited)
