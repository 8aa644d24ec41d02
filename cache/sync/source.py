"""One source while its process leads: opened, bound to one account, pulled, and served with edits."""

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable
from typing import Final

from cache.models import Key, Message
from cache.sync.conversing import read_messages
from cache.sync.deleting import delete_one
from cache.sync.desk import LocalDesk
from cache.sync.due import Due
from cache.sync.gate import LONGEST_REST, Gate, rest
from cache.sync.news import News
from cache.sync.pace import Backoff, Lane
from cache.sync.queue import DeliveryQueue
from cache.sync.remote import (
    AuthPaused,
    Misconfigured,
    OutcomeUnknown,
    RateLimited,
    RemoteError,
)
from cache.sync.session import Session, open_session
from cache.sync.spec import LOCAL_ERRORS, SourceSpec, Tools, local_failure
from cache.sync.status import Connection
from cache.sync.waiting import Waiting, telling

__all__ = ["SourceRunner"]

_CONCURRENCY: Final = 2
_PATIENCE: Final = 60.0
"""Who asks for news is told why there are none when they would have to wait longer."""
_AUDIT_SECONDS: Final = 60.0
"""How often it is looked whether the rate budget allows another look at timelines."""
_SHORTEST_REST: Final = 0.05


class SourceRunner:
    """Everything the leader does for one source.

    Edits, what the person looks at, and news each have a loop of their own, so that none of them waits for
    another; they share the gate, which paces them.
    """

    def __init__(self, spec: SourceSpec, tools: Tools, *, tries: int = 1) -> None:
        self.spec = spec
        self.tools = tools
        self.gate = Gate(
            spec.name,
            wall=tools.wall,
            steady=tools.steady,
            sleep=tools.sleep,
            rng=tools.rng,
            on_status=tools.on_status,
            on_closed=self._keep_pause,
            tries=tries,
            busy=self._busy,
        )
        self.desk = LocalDesk(spec, tools) if spec.local_triage else None
        """Takes the edits of a source that stores none."""
        self.session: Session | None = None
        self._edits, self._asks, self._news = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._sent = asyncio.Event()
        self._flush = False
        self._stuck = False
        self._lost = False
        """Whether it is to be seen, once the pause is over, if the source answers again."""
        self._pushing = asyncio.Lock()
        self._to_read: dict[tuple[str, Key], Waiting] = {}
        self._always: set[Key] = set()
        self._want_push, self._want_news = Waiting(), Waiting()
        self._asked = Waiting()
        """Who waits for the news that are being read."""
        self.news: News | None = None
        self._in_view: tuple[Key, ...] = ()
        self._troubles = Backoff(tools.rng, first=2.0)

    # Asked from outside (on the engine's loop)

    def wake(self) -> None:
        """Edits may be waiting."""
        self._edits.set()
        if self.desk is not None:
            self.desk.wake()

    def poll_now(self) -> "asyncio.Future[tuple[None, None]]":
        """The person wants news now, and edits out. The future is done when that is, or says why not."""
        self._flush = True
        both = asyncio.gather(self._want_push.join(), self._want_news.join())
        self.gate.force()
        both.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._edits.set()
        self._news.set()
        return both

    def ask(self, what: str, key: Key, *, always: bool = True) -> "asyncio.Future[None]":
        """Have one submission (`read`) or its timeline (`events`) read as soon as may be.

        Without `always` that is left out while little is left of a rate window.
        """
        if always:
            self._always.add(key)
        waiting = self._to_read.setdefault((what, key), Waiting())
        self._asks.set()
        if self.session is None:
            self._news.set()  # nobody reads yet: what opens the source says why not
        return waiting.join()

    def look_at(self, keys: tuple[Key, ...]) -> None:
        """The submissions on screen, the one in view first: its edits and its questions go first."""
        self._in_view = keys

    async def flush(self) -> None:
        """Try to deliver every edit now, unless the server has asked to wait or only the person can help."""
        if self.desk is not None:
            await self.desk.push()
        elif self.session is not None and not self.gate.blocked and self.gate.rate_left <= 0:
            self.gate.force()
            await self.push(flush=True)

    async def delete(self, key: Key, container_id: str | None) -> None:
        """Delete a submission there; see `cache.sync.deleting.delete_one`. Raises RemoteError."""
        try:
            await delete_one(self.session, self.gate, self.tools, key, container_id)
        except RemoteError:
            self._see_again()
            raise
        except LOCAL_ERRORS as error:
            self.tools.on_local_error(error)
            raise RemoteError(f"It was deleted. {local_failure(error)}") from error

    async def messages(self, conversation_id: str) -> tuple[Message, ...]:
        """What was said in a conversation; see `cache.sync.conversing.read_messages`. Raises RemoteError."""
        try:
            return await read_messages(self.session, self.gate, conversation_id)
        except RemoteError:
            self._see_again()
            raise

    # The loops of a leading inbox

    async def run(self) -> None:
        """Serve the source until cancelled. Failures are told as status and tried again later."""
        taking = asyncio.ensure_future(self.desk.run()) if self.desk is not None else None
        try:
            while True:
                session = await self._until_open()
                await self._serve(session)
                await self.close()
        finally:
            if taking is not None:
                taking.cancel()
                await asyncio.gather(taking, return_exceptions=True)
            self._answer_all(RemoteError("The inbox that was asked has ended."))
            await self.close()

    async def close(self) -> None:
        """Close the connection to the source."""
        session, self.session, self.news = self.session, None, None
        if session is not None:
            await session.remote.aclose()

    async def _until_open(self) -> Session:
        while True:
            self._news.clear()
            if not self.gate.blocked and self.gate.pause_left <= 0:
                try:
                    session = await self.open()
                except RemoteError as error:
                    if not self.gate.blocked and self.gate.pause_left <= 0:
                        self.gate.hold_back(error.message, self._troubles.next())
                except LOCAL_ERRORS as error:
                    self.tools.on_local_error(error)
                    self.gate.hold_back(local_failure(error), self._troubles.next())
                else:
                    self._troubles.reset()
                    return session
            self._answer_all(self._closed_error())
            await self._rest(self.gate.pause_left or LONGEST_REST, self._news)

    async def _serve(self, session: Session) -> None:
        """Run the loops until the source has to be opened anew."""
        loops = [
            asyncio.ensure_future(self._loop(self._deliver_turn, self._edits)),
            asyncio.ensure_future(self._loop(self._read_turn, self._asks)),
            asyncio.ensure_future(self._loop(self._news_turn, self._news)),
            asyncio.ensure_future(self._loop(self._audit_turn, self._sent)),
        ]
        try:
            done, _ = await asyncio.wait(loops, return_when=asyncio.FIRST_COMPLETED)
            await session.pusher.idle()
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
        for loop in done:
            loop.result()

    async def _loop(self, turn: Callable[[], Awaitable[float | None]], news: asyncio.Event) -> None:
        """Take turns until the key or the address turns out to be no good; each says when the next is due."""
        troubles = Backoff(self.tools.rng, first=2.0)
        while True:
            news.clear()
            wait = self.gate.pause_left
            if wait <= 0:
                try:
                    until = await turn()
                except (AuthPaused, Misconfigured):
                    return
                except RemoteError as error:
                    if self.gate.pause_left <= 0:
                        self.gate.hold_back(error.message, troubles.next())
                    wait = self.gate.pause_left
                    if news is self._asks:
                        self._lost = True
                    elif news is self._sent and isinstance(error, OutcomeUnknown):
                        self._see_again()  # all timelines are left alone for a while then
                except LOCAL_ERRORS as error:
                    self._stuck = True
                    self.tools.on_local_error(error)
                    self.gate.hold_back(local_failure(error), troubles.next())
                    wait = self.gate.pause_left
                else:
                    troubles.reset()
                    wait = LONGEST_REST if until is None else until - self.tools.wall()
            else:
                self._answer_all(self._closed_error())
            await self._rest(wait, news)

    async def _deliver_turn(self) -> float | None:
        pusher = self._opened().pusher
        flush, self._flush = self._flush, False
        with telling(self._want_push.take()):
            await self.push(flush=flush)
        due = pusher.due() if self.desk is None else Due((), None)
        self._sent.set()
        return self.tools.wall() if due.keys else due.next_at

    async def _audit_turn(self) -> float | None:
        """See what the changes that went out replaced, once there are none that have to go first."""
        session = self._opened()
        if not session.pusher.due().keys and (key := session.auditor.next_key()) is not None:
            try:
                await session.auditor.audit(key)
            except RemoteError:
                if self.gate.blocked or self.gate.pause_left > 0:
                    raise
            return self.tools.wall()
        return self.tools.wall() + _AUDIT_SECONDS if session.auditor.waits else None

    def _see_again(self) -> None:
        """Once the pause is over, see whether the source answers: nobody asks again for what failed."""
        self._lost = True
        self._asks.set()

    async def _read_turn(self) -> float | None:
        session = self._opened()
        if self._lost:
            self._news.set()
        while self._to_read:
            what, key = min(self._to_read, key=self._urgency)
            waiting = self._to_read.pop((what, key))
            always = what == "events" or key in self._always
            lane = Lane.DELIVER if what == "read" and always else Lane.FOCUS
            if what == "read":
                self._always.discard(key)
            if (wait := self.gate.wait(lane, session.remote.budget)) > _PATIENCE:
                waiting.finish(_too_late("This", wait))
                continue
            try:
                with telling(waiting):
                    if what == "events":
                        await session.auditor.audit(key)
                    elif always or self.gate.plenty(session.remote.budget):
                        await session.puller.one(key, lane)
            except RemoteError:
                if self.gate.blocked or self.gate.pause_left > 0:
                    raise
        return None

    async def _news_turn(self) -> float | None:
        session = self._opened()
        if self.news is None:
            self.news = News(session, self.gate, self.tools, self.spec.poll_seconds)
        self.news.visible = self._in_view
        asked = self._asked = self._want_news.take()
        lost, self._lost = self._lost, False
        if lost and not self.gate.status.connection.is_up:
            self.news.hurry_head()
        if asked:
            self.news.hurry()
            if (wait := self.gate.wait(Lane.HEAD, session.remote.budget)) > _PATIENCE:
                asked.finish(_too_late("News", wait))
        with telling(asked):
            seconds, failure = await self.news.turn(asked=bool(asked))
            if failure is not None:
                self._say(failure)
                asked.finish(failure)
        return self.tools.wall() + seconds

    def _busy(self) -> float:
        """For how long what nobody asked for waits for a person who types."""
        return 0.0 if self._want_news or self._asked else self.tools.busy()

    def _urgency(self, ask: tuple[str, Key]) -> int:
        """The one in view first, then what the person waits for; the others keep their order."""
        what, key = ask
        if key in self._in_view[:1]:
            return 0
        return 1 if what == "events" or key in self._always else 2

    def _keep_pause(self, until: float) -> None:
        """Keep for the next process until when the server asked to send nothing."""
        with contextlib.suppress(*LOCAL_ERRORS):  # this process keeps to it in any case
            self.tools.writer.sources.set_rate_until(self.spec.name, math.ceil(until))

    def _say(self, failure: RemoteError) -> None:
        """Tell that something could not be read although the source answers."""
        now = self.tools.wall()
        if not self.gate.blocked and self.gate.pause_left <= 0:
            self.gate.report(connection=Connection.RETRY, message=failure.message)
        change = self.tools.writer.sources.set_error(self.spec.name, failure.message, int(now))
        self.tools.on_change(change)

    async def _rest(self, seconds: float, news: asyncio.Event) -> None:
        await rest(self.tools.sleep, max(seconds, _SHORTEST_REST), news)

    def _closed_error(self) -> RemoteError:
        return RemoteError(self.gate.status.message or "The source cannot be reached now.")

    def _answer_all(self, error: RemoteError) -> None:
        """Nobody waits for a source that cannot be reached."""
        for waiting in (self._want_push, self._want_news, *self._to_read.values()):
            waiting.finish(error)
        self._to_read.clear()
        self._always.clear()

    # Steps shared with a one-off sync

    async def push(self, *, flush: bool) -> None:
        """Deliver what is due, two submissions at a time."""
        if self.desk is not None:
            await self.desk.push()
            return
        async with self._pushing:
            session = self._opened()
            if self._stuck:  # an answer may have come that could not be kept
                self.tools.delivery.adopt(self.spec.name)
                self._stuck = False
            queue = DeliveryQueue(session.pusher, list(session.pusher.due(flush=flush).keys))

            async def lane() -> None:
                while (key := queue.next(self._in_view[:1])) is not None:
                    with queue.busy(key):
                        await session.pusher.deliver(key)

            results = await asyncio.gather(*(lane() for _ in range(_CONCURRENCY)), return_exceptions=True)
            for result in results:
                if isinstance(result, BaseException):
                    raise result

    async def audit(self) -> None:
        """Look through the timelines that may be read now; what fails is looked at another time."""
        session = self._opened()
        with contextlib.suppress(RemoteError):
            while (key := session.auditor.next_key()) is not None:
                if self.gate.wait(Lane.FOCUS, session.remote.budget) > 0:
                    return  # nobody waits for that alone
                await session.auditor.audit(key)

    async def open(self) -> Session:
        """Open the source unless that is done. Raises RemoteError."""
        if self.session is None:
            self.session = await open_session(
                self.spec, self.tools, self.gate, wake=self.wake, desk=self.desk
            )
        return self.session

    def _opened(self) -> Session:
        if self.session is None:
            raise RemoteError(self.gate.status.message or "The source is not open yet.")
        return self.session


def _too_late(what: str, wait: float) -> RateLimited:
    return RateLimited(f"{what} can be read in {wait / 60:.0f} minutes: the rate budget.", retry_after=wait)
