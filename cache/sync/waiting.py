"""Those who wait for a step of the engine, and how they are told that it is done."""

import asyncio
import contextlib
from collections.abc import Iterator

from cache.sync.remote import RemoteError
from cache.sync.spec import LOCAL_ERRORS, local_failure

__all__ = ["Waiting", "telling"]


class Waiting:
    """Futures that end together, each without a value or with a RemoteError."""

    def __init__(self) -> None:
        self._futures: list[asyncio.Future[None]] = []

    def __bool__(self) -> bool:
        return bool(self._futures)

    def join(self) -> "asyncio.Future[None]":
        """One more that waits. Nobody has to look at how it ended."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._futures.append(future)
        return future

    def take(self) -> "Waiting":
        """Those who wait now; who comes later waits for the next time."""
        taken = Waiting()
        taken._futures, self._futures = self._futures, []
        return taken

    def finish(self, error: RemoteError | None = None) -> None:
        """Tell them all."""
        for future in self._futures:
            if future.done():
                continue
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)
        self._futures = []


@contextlib.contextmanager
def telling(waiting: Waiting) -> Iterator[None]:
    """Tell those who wait how the block ended; what it raised goes on."""
    try:
        yield
    except RemoteError as error:
        waiting.finish(error)
        raise
    except LOCAL_ERRORS as error:
        waiting.finish(RemoteError(local_failure(error)))
        raise
    except asyncio.CancelledError:
        waiting.finish(RemoteError("The inbox that was asked has ended."))
        raise
    waiting.finish()
