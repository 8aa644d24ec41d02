"""The store thread: every read and every edit of the inbox, one after the other, off the UI thread.

Imports nothing of Textual, so that it can open the files while Textual is still being loaded.
"""

import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from cache.clock import WallClock, system_clock
from cache.errors import CacheBroken, CacheError, Interrupted
from cache.query import QueryError, parse_query
from cache.store.reader import Window
from inbox_tui.job_queue import JobQueue, Pace
from inbox_tui.workspace import LocalCopy, Workspace

__all__ = ["ECHO_SECONDS", "EarlyRows", "StoreListener", "StoreThread"]

ECHO_SECONDS: Final = 0.010
"""So long a key may wait for its answer, to be drawn with it in one frame."""

T = TypeVar("T")

_EARLY_ROWS: Final = 120
"""About three screens."""
_EARLY_SECONDS: Final = 0.05
_LOOK_SECONDS: Final = 0.5
"""How often the store thread looks for changes nobody on it made."""
_REPLACED: Final = (
    "The local copy was damaged or removed; your edits are safe. It is read again from the sources."
)


@dataclass(frozen=True, slots=True)
class StoreListener:
    """What the store thread calls, on its own thread."""

    answered: Callable[[Callable[[Any], None], Any], None]
    failed: Callable[[Exception, Callable[[Exception], None] | None], None]
    changed: Callable[[], None]
    """Something in the files changed that nobody here asked for."""
    crashed: Callable[[BaseException], None]
    """The program itself failed on this thread; nothing is read or saved any more."""


@dataclass(frozen=True, slots=True)
class EarlyRows:
    """The first rows of a query, read before there was a screen for them."""

    query: str
    window: Window


@dataclass(frozen=True, slots=True)
class _Job(Generic[T]):
    work: Callable[[LocalCopy], T]
    then: Callable[[T], None] | None
    otherwise: Callable[[Exception], None] | None
    desk: "_Desk | None"


class _Desk:
    """Where the asker of a job waits for its answer for a moment; after that it is brought."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._came = threading.Event()
        self._is_left = False
        self._answer: tuple[Any] | None = None

    def put(self, answer: object) -> bool:
        """Lay the answer down; False when nobody waits any more."""
        with self._lock:
            if self._is_left:
                return False
            self._answer = (answer,)
        self._came.set()
        return True

    def wait(self, seconds: float) -> tuple[Any] | None:
        """The answer if it comes in time."""
        self._came.wait(seconds)
        with self._lock:
            self._is_left = True
            return self._answer


class StoreThread:
    """A first-in-first-out queue of work on the local copy."""

    def __init__(self, workspace: Workspace, *, wall: WallClock = system_clock) -> None:
        self._workspace = workspace
        self._wall = wall
        self._jobs: JobQueue[_Job[Any]] = JobQueue(self._interrupt)
        self._listener: StoreListener | None = None
        self._listening = threading.Event()
        self._opened = threading.Event()
        self._refusal: CacheError | None = None
        self.early: EarlyRows | None = None
        """What `read_early` has read."""
        self.notices: tuple[str, ...] = ()
        """What was mended when the files were opened, a sentence each."""
        self._local: LocalCopy | None = None
        self._is_replaced = False
        """Whether other files are there than were opened, and nobody was told yet."""
        self._told = ""
        self._elsewhere: tuple[int, int] | None = None
        """The last change made elsewhere that the listener knows of."""
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)

    def start(self) -> None:
        """Open the files and begin; answers wait until somebody listens."""
        self._thread.start()

    def wait_until_open(self) -> None:
        """Return once the files are open. Raises the CacheError that kept them from it."""
        self._opened.wait()
        if self._refusal is not None:
            raise self._refusal

    def listen(self, listener: StoreListener) -> None:
        """Deliver answers from now on."""
        self._listener = listener
        self._listening.set()

    def use(self, workspace: Workspace) -> None:
        """The configuration changed: files that are opened from now on follow it."""
        self._workspace = workspace

    def stop(self) -> None:
        """Finish what is queued, then end."""
        self._jobs.end()
        self._listening.set()
        self._thread.join()

    def read_early(self, query: str) -> None:
        """Read the first rows of a query before the screen is loaded.

        Waits a moment for them: a thread that reads beside one that imports gets its turn too seldom.
        """
        done = threading.Event()

        def read(local: LocalCopy) -> None:
            try:
                self.early = EarlyRows(query, local.reader.top(parse_query(query), _EARLY_ROWS))
            except QueryError:
                return  # told when the screen asks the same
            finally:
                done.set()

        self.submit(read)
        done.wait(_EARLY_SECONDS)

    def submit(
        self,
        work: Callable[[LocalCopy], T],
        then: Callable[[T], None] | None = None,
        *,
        otherwise: Callable[[Exception], None] | None = None,
        slot: str | None = None,
        pace: Pace = "whole",
        wait: float = 0.0,
    ) -> None:
        """Queue work; `then` gets its result, `otherwise` its CacheError or QueryError.

        Of several jobs of one `slot` only the newest is done: the older ones' answers are not wanted. `pace`
        says what may call a job off; one that writes is `whole`. `wait`: so many seconds the caller's thread
        waits for the result, which `then` gets before this returns; a later one is brought as any other.
        """
        desk = _Desk() if wait and then is not None else None
        self._jobs.put(_Job(work, then, otherwise, desk), slot, pace)
        if desk is not None and then is not None and (answer := desk.wait(wait)) is not None:
            then(*answer)

    def _interrupt(self) -> None:
        if (local := self._local) is not None:
            local.reader.interrupt()

    def _run(self) -> None:
        try:
            self._local = _opened(self._workspace, self._wall)
        except CacheError as error:
            self._refusal = error
            self._opened.set()
            return
        self.notices = self._local.files.notices
        self._opened.set()
        try:
            self._serve()
        except Exception as error:  # noqa: BLE001 - the top of this thread
            self._listening.wait()
            if self._listener is not None:
                self._listener.crashed(error)
        finally:
            self._close()

    def _close(self) -> None:
        local, self._local = self._local, None
        if local is not None:
            local.close()

    def _serve(self) -> None:
        due = time.monotonic() + _LOOK_SECONDS
        while True:
            job = self._jobs.get(timeout=max(0.0, due - time.monotonic()))
            if job is not None:
                self._do(job)
            elif self._jobs.is_over:
                return
            if time.monotonic() >= due:
                self._look()
                due = time.monotonic() + _LOOK_SECONDS

    def _look(self) -> None:
        try:
            changed = self._refreshed(self._current())
        except (CacheError, sqlite3.Error) as error:
            if _is_interrupt(error):
                self._renew()
                return
            said = self._explained(error)
            if str(said) != self._told:  # once, not at every look
                self._told = str(said)
                self._fail(said, None)
        else:
            self._told = ""
            if changed and self._listener is not None:
                self._listener.changed()

    def _refreshed(self, local: LocalCopy) -> bool:
        """Take in what changed; True when it was changed elsewhere and the listener does not know.

        A job before this one may have taken it in, for itself alone.
        """
        local.reader.refresh()
        known, self._elsewhere = self._elsewhere, local.reader.elsewhere
        return known not in (None, self._elsewhere)

    def _do(self, job: _Job[Any]) -> None:
        try:
            local = self._current()
            local.reader.refresh()
            if self._elsewhere is None:
                self._elsewhere = local.reader.elsewhere
            with self._jobs.interruptible():
                result = job.work(local)
        except QueryError as error:
            self._fail(error, job.otherwise)
            return
        except (CacheError, sqlite3.Error) as error:
            if _is_interrupt(error):
                self._jobs.called_off()
                self._renew()
            else:
                self._fail(self._explained(error), job.otherwise)
            return
        if job.then is not None and (job.desk is None or not job.desk.put(result)):
            self._listening.wait()
            if self._listener is not None:
                self._listener.answered(job.then, result)

    def _current(self) -> LocalCopy:
        """The files that are there now: one that was damaged may have been replaced, by any process."""
        local = self._local
        if local is not None and self._workspace.is_current(local):
            return local
        self._is_replaced |= local is not None
        self._close()
        self._local = local = _opened(self._workspace, self._wall)
        self._elsewhere = None
        if self._is_replaced or local.files.notices:
            self._is_replaced = False
            self._fail(CacheBroken(" ".join(local.files.notices) or _REPLACED), None)
        if self._listener is not None:
            self._listener.changed()
        return local

    def _renew(self) -> None:
        """A read was called off: the next job opens the files anew if it would be called off, too."""
        try:
            is_stuck = self._local is not None and self._local.reader.is_stuck()
        except sqlite3.Error:
            return  # told when something is read
        if is_stuck:
            self._close()

    def _explained(self, error: CacheError | sqlite3.Error) -> CacheError:
        """A failure as it is told: of a damaged file, which one it is and what happens now."""
        if self._local is not None:
            error = self._workspace.diagnosed(self._local, error, wall=self._wall)
        return _unreadable(error) if isinstance(error, sqlite3.Error) else error

    def _fail(self, error: Exception, otherwise: Callable[[Exception], None] | None) -> None:
        self._listening.wait()
        if self._listener is not None:
            self._listener.failed(error, otherwise)


def _is_interrupt(error: Exception) -> bool:
    """Whether a read ended because it was called off: nobody wants to hear of that."""
    if isinstance(error, sqlite3.OperationalError):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT
    return isinstance(error, Interrupted)


def _opened(workspace: Workspace, wall: WallClock) -> LocalCopy:
    try:
        return workspace.open_local(wall=wall)
    except sqlite3.Error as exc:
        raise _unreadable(exc) from exc


def _unreadable(error: sqlite3.Error) -> CacheError:
    return CacheError(f"The local copy cannot be read: {error}.")
