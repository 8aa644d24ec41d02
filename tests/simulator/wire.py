"""The wire between client and server: requests get lost, late, doubled; each is seen by the judge."""

import asyncio
import random
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from cache.models import TRIAGE_FIELDS, Capability, Event, Key, Member
from cache.sync.remote import (
    AuthPaused,
    BadAnswer,
    Budget,
    FetchedSubmission,
    Identity,
    NeverLeft,
    OutcomeUnknown,
    Page,
    RateLimited,
    RemoteError,
    ServerFault,
)
from tests.simulator.clockwork import pass_time
from tests.simulator.dying import Life
from tests.simulator.judge import Judge, Request
from tests.simulator.profile import Profile
from tests.simulator.record import Record
from tests.simulator.server import ME, SOURCE, Server

__all__ = ["Weather", "Wire"]

T = TypeVar("T")
_TIMEOUT = 8.0
_LATEST = 50.0
"""How long after its timeout a change may still be applied; less than the hold of rule R4 in all."""


class Weather:
    """What goes wrong; shared by every incarnation of the client."""

    def __init__(self, profile: Profile, rng: random.Random) -> None:
        self.profile = profile
        self.rng = rng
        self.calm = False
        self.auth_down = False
        self.late: set[asyncio.TimerHandle] = set()
        """Changes that are still on their way although nobody waits for them."""
        self.ambush: Callable[[str, Mapping[str, Any]], None] = lambda identifier, body: None
        self.echo: Callable[[str, Mapping[str, Any]], None] = lambda identifier, body: None

    def happens(self, chance: float) -> bool:
        """Whether something of this chance goes wrong now."""
        return not self.calm and chance > 0 and self.rng.random() < chance

    def delay(self) -> float:
        """One way through the net."""
        return self.rng.uniform(0.01, self.profile.latency)


class Wire:
    """Implements `Remote` for one incarnation of the client."""

    def __init__(self, server: Server, weather: Weather, judge: Judge, record: Record, life: Life) -> None:
        self._server = server
        self._weather = weather
        self._judge = judge
        self._record = record
        self._life = life
        self.source = SOURCE
        self.provider = "awardee"
        self.capabilities = dict.fromkeys(TRIAGE_FIELDS, Capability.REMOTE)
        self.budget = Budget()
        self.page_size = server.page_size
        self.poll_floor = 30.0

    async def identity(self) -> Identity:
        """Whose key it is."""
        account = self._server.account
        return await self._ask(
            "me",
            None,
            {},
            lambda request: Identity(account, account.upper(), ME, "Me", actor_ids=frozenset({ME})),
        )

    async def page(self, *, cursor: str | None = None, open_only: bool = False) -> Page:
        """One page of the list."""
        return await self._ask(
            "page", cursor, {}, lambda request: self._server.page(cursor, open_only=open_only)
        )

    async def get(self, submission_id: str) -> FetchedSubmission:
        """One submission."""
        return await self._ask("get", submission_id, {}, lambda request: self._server.fetched(submission_id))

    async def patch(self, submission_id: str, changes: Mapping[str, Any]) -> FetchedSubmission:
        """Change a submission."""

        def apply(request: Request) -> FetchedSubmission:
            self._server.write(submission_id, changes, ME, request.order)
            return self._server.fetched(submission_id)

        return await self._ask("patch", submission_id, changes, apply)

    async def events(self, submission_id: str) -> tuple[Event, ...]:
        """The timeline."""
        return await self._ask(
            "events", submission_id, {}, lambda request: tuple(self._server.timeline.get(submission_id, ()))
        )

    async def members(self) -> tuple[Member, ...]:
        """The colleagues."""
        return await self._ask("members", None, {}, lambda request: (Member(SOURCE, ME, "Me"),))

    async def containers(self) -> tuple[Any, ...]:
        """There are none."""
        return await self._ask("containers", None, {}, lambda request: ())

    async def aclose(self) -> None:
        """Nothing is open."""

    async def _ask(
        self, kind: str, what: str | None, body: Mapping[str, Any], work: Callable[[Request], T]
    ) -> T:
        self._life.check()
        request = self._judge.sends(self._life.number, kind, what, dict(body))
        self._life.step(f"sending {kind} {what}")
        try:
            answer = await self._travel(request, work)
        except RemoteError as error:
            self._life.check()
            self._judge.failed(request, error)
            self._life.step(f"hearing of {kind} {what}")
            raise
        except asyncio.CancelledError:
            self._judge.abandoned(request)
            raise
        self._life.check()
        self._judge.answered(request, answer)
        self._life.step(f"answer to {kind} {what}")
        return answer

    async def _travel(self, request: Request, work: Callable[[Request], T]) -> T:
        """There and back, if it gets so far. The server's part goes on when the client is gone."""
        weather, profile = self._weather, self._weather.profile
        if weather.happens(profile.never_left):
            request.left = False
            await pass_time(weather.rng.uniform(0.0, 2.0))
            raise NeverLeft("The host cannot be reached.")
        write = request.kind == "patch"
        if write and weather.happens(profile.ambush):
            weather.ambush(str(request.what), request.body)
        loop = asyncio.get_running_loop()
        if weather.happens(profile.lost_before):
            await pass_time(weather.rng.uniform(0.5, _TIMEOUT))
            raise OutcomeUnknown("The connection was reset.")
        if write and weather.happens(profile.zombie):
            wait = weather.rng.uniform(0.5, _TIMEOUT)
            late = wait + weather.rng.uniform(0.5, _LATEST)
            self._later(loop, late, lambda: self._quietly(work, request))
            await pass_time(wait)
            raise OutcomeUnknown("The connection timed out.")
        done: asyncio.Future[T] = loop.create_future()
        done.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        self._later(loop, weather.delay(), lambda: self._arrives(request, work, done))
        if write and weather.happens(profile.echo_edit):
            weather.echo(str(request.what), request.body)
        answer = await done
        back = weather.delay()
        if not write and weather.happens(profile.slow_read):
            back += weather.rng.uniform(1.0, 20.0)
        await pass_time(back)
        if weather.happens(profile.lost_after):
            await pass_time(weather.rng.uniform(0.0, _TIMEOUT - 4.0))
            raise OutcomeUnknown("The connection was reset.")
        if weather.happens(profile.unreadable):
            raise BadAnswer("The answer cannot be read.", status=200)
        return answer

    def _arrives(self, request: Request, work: Callable[[Request], T], done: "asyncio.Future[T]") -> None:
        """The server takes the request."""
        weather, profile = self._weather, self._weather.profile
        error: RemoteError | None = None
        if weather.auth_down:
            error = AuthPaused("The key is paused.", status=403, code="key_paused")
        elif weather.happens(profile.limited):
            error = RateLimited("Too many requests.", retry_after=float(weather.rng.randint(1, 40)))
        elif weather.happens(profile.fault):
            if weather.rng.random() < 0.5:
                self._quietly(work, request)
            error = weather.rng.choice(
                (ServerFault("The server failed.", status=500), OutcomeUnknown("No answer.", status=504))
            )
        if error is None:
            try:
                answer = work(request)
                if request.kind == "patch" and weather.happens(profile.duplicate):
                    answer = work(request)
            except RemoteError as refused:
                error = refused
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(answer)

    def _later(self, loop: asyncio.AbstractEventLoop, seconds: float, work: Callable[[], None]) -> None:
        def run() -> None:
            self._weather.late.discard(handle)
            work()

        handle = loop.call_later(seconds, run)
        self._weather.late.add(handle)

    def _quietly(self, work: Callable[[Request], T], request: Request) -> None:
        """The server does it, whatever becomes of its answer."""
        try:
            work(request)
        except RemoteError:
            self._record.add("refused", request=request.order)


def key_of(identifier: str) -> Key:
    """The key of a submission of the one source."""
    return Key(SOURCE, identifier)
