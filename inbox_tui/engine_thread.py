"""The engine thread: one asyncio loop with the sync engine, started once the first rows are on screen."""

import asyncio
import math
import sqlite3
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Final, TypeVar

from cache.clock import WallClock, system_clock
from cache.errors import CacheError
from cache.models import Key, Message
from inbox_tui.workspace import Workspace

if TYPE_CHECKING:
    from cache.store.changes import ChangeSet
    from cache.sync.engine import Engine
    from cache.sync.status import SourceStatus

__all__ = ["EngineListener", "EngineThread"]

T = TypeVar("T")

_STOP_SECONDS: Final = 5.0
_TYPING_SECONDS: Final = 1.0
"""So long after a key another may come, for which a page that is being stored would be in the way."""


class EngineListener:
    """What the engine tells; every method is called on the engine thread."""

    def changed(self, change: "ChangeSet") -> None:
        """Rows or names changed."""

    def status(self, status: "SourceStatus") -> None:
        """A source's connection changed."""

    def failed(self, error: CacheError) -> None:
        """The engine cannot run: its files cannot be opened or written."""


class EngineThread:
    """Runs the engine and takes requests from the UI thread, none of which waits."""

    def __init__(
        self, workspace: Workspace, listener: EngineListener, *, wall: WallClock = system_clock
    ) -> None:
        self._workspace = workspace
        self._wall = wall
        self._listener = listener
        self._loop: asyncio.AbstractEventLoop | None = None
        self._engine: Engine | None = None
        self._statuses: dict[str, SourceStatus] = {}
        self._generations: dict[str, int] = {}
        self._refusals: dict[Key, str] = {}
        self._typed_at = -math.inf
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def start(self) -> None:
        """Begin; httpx and pydantic are loaded on this thread."""
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """False before `start`, and after the engine had to give up."""
        return self._thread.is_alive()

    def status_of(self, source: str) -> "SourceStatus | None":
        """What was told last of a source; None when nothing was yet."""
        return self._statuses.get(source)

    def generation_of(self, source: str) -> int:
        """Counts how often the connection came or went: also when it is back before anybody saw it gone."""
        return self._generations.get(source, 0)

    def stop(self) -> None:
        """End the engine and wait a few seconds for it."""
        self._tell(lambda engine: engine.stop())
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    @property
    def was_typed(self) -> bool:
        """Whether any key was pressed yet."""
        return self._typed_at > -math.inf

    def typed(self) -> None:
        """A key was pressed: the news that nobody asked for wait a moment."""
        self._typed_at = time.monotonic()

    def _busy(self) -> float:
        return max(0.0, self._typed_at + _TYPING_SECONDS - time.monotonic())

    def wake(self) -> None:
        """An edit was made."""
        self._tell(lambda engine: engine.wake())

    def poll_now(self) -> None:
        """The person asks for news."""
        self._tell(lambda engine: engine.poll_now())

    def read(self, key: Key, *, always: bool = False) -> None:
        """Have one submission read again; unless `always`, only while the rate budget is ample."""
        self._tell(lambda engine: engine.read(key, always=always))

    def look_at(self, keys: Sequence[Key]) -> None:
        """Say which submissions are on screen, the one in view first: its edits go out first."""
        self._tell(lambda engine: engine.look_at(keys))

    def read_events(self, key: Key) -> None:
        """Have a timeline read; when it is refused, `refusal_of` says why and a change is told."""
        self._refusals.pop(key, None)
        self._tell(lambda engine: self._await_events(key, engine.read_events(key)))

    def refusal_of(self, key: Key) -> str | None:
        """Why the timeline of a submission was not read when it was asked for last."""
        return self._refusals.get(key)

    def _await_events(self, key: Key, answer: "asyncio.Future[None] | None") -> None:
        from cache.store.changes import ChangeSet

        def ended(done: "asyncio.Future[None]") -> None:
            if not done.cancelled() and (error := done.exception()) is not None:
                self._refusals[key] = str(error)
                self._listener.changed(ChangeSet(sources=True))

        if answer is not None:
            answer.add_done_callback(ended)

    def flush(self) -> "Future[None] | None":
        """Try to deliver every edit now; None when the engine does not run."""
        return self._ask(lambda engine: engine.flush())

    def delete(self, key: Key, container_id: str | None) -> "Future[None] | None":
        """Delete a submission at its source for good; None when the engine does not run.

        The future raises RemoteError with a sentence for the person when it was not deleted.
        """
        return self._ask(lambda engine: engine.delete(key, container_id))

    def messages(self, source: str, conversation_id: str) -> "Future[tuple[Message, ...]] | None":
        """Have the messages of a conversation read; None when the engine does not run.

        The future raises RemoteError with a sentence for the person; a change is told when it has ended.
        """
        from cache.store.changes import ChangeSet

        answer = self._ask(lambda engine: engine.messages(source, conversation_id))
        if answer is not None:
            answer.add_done_callback(lambda _: self._listener.changed(ChangeSet(sources=True)))
        return answer

    def _ask(self, what: "Callable[[Engine], Coroutine[Any, Any, T]]") -> "Future[T] | None":
        """Have something done whose end is told; None when the engine does not run."""
        engine, loop = self._engine, self._loop
        if engine is None or loop is None or not self._thread.is_alive():
            return None
        return asyncio.run_coroutine_threadsafe(what(engine), loop)

    def _tell(self, what: Callable[["Engine"], object]) -> None:
        engine, loop = self._engine, self._loop
        if engine is None or loop is None or loop.is_closed():
            return
        try:
            loop.call_soon_threadsafe(what, engine)
        except RuntimeError:
            return  # the loop ended in between: the edits are durable and go out next time

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except CacheError as error:
            self._stopped(error)
        except sqlite3.Error as error:
            self._stopped(CacheError(f"The connection stopped: the local copy cannot be written ({error})."))
        except Exception as error:  # noqa: BLE001 - the top of this thread; edits are kept and go out next time
            self._stopped(
                CacheError(f"The connection stopped because of an error of its own ({type(error).__name__}).")
            )

    def _stopped(self, error: CacheError) -> None:
        """Reading and editing go on without the network; say why for each source."""
        from cache.sync.status import Connection, SourceStatus

        for name in self._workspace.source_names:
            status = SourceStatus(name, Connection.STOPPED, since=self._wall(), message=str(error))
            self._told(status)
        self._listener.failed(error)

    def _told(self, status: "SourceStatus") -> None:
        """Keep a status and pass it on; another connection is news for whatever waits for one."""
        from cache.store.changes import ChangeSet

        before = self._statuses.get(status.source)
        self._statuses[status.source] = status
        if before is None or before.connection.is_up is not status.connection.is_up:
            self._generations[status.source] = self.generation_of(status.source) + 1
        self._listener.status(status)
        if before is None or before.connection is not status.connection:
            self._listener.changed(ChangeSet(sources=True))

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._engine = self._workspace.engine(
            on_change=self._listener.changed, on_status=self._told, wall=self._wall, busy=self._busy
        )
        await self._engine.run()
