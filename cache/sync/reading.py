"""JSON texts read by another process while this one waits for the network and stores what came before.

One process serves all sources of a sync.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Final, TypeVar

from cache.store.elsewhere import ProcessEnded, Read, ReadingProcess, Summaries, Texts, read_here

__all__ = ["TextReader"]

_ALONE: Final = 500
"""Up to so many in all are read in this process: another one takes a moment to start."""

T = TypeVar("T")


class TextReader:
    """Reads texts in the order in which it was asked to, until it is closed.

    When the other process cannot be started or was killed, texts are read here: nothing is lost by that.
    """

    def __init__(self, summaries: Summaries, *, alone: int = _ALONE) -> None:
        """Up to `alone` texts in all are read in this process, unless another one was started."""
        self._summaries = summaries
        self._alone = alone
        self._seen = 0
        self._process: ReadingProcess | None = None
        self._is_gone = False
        self._starting = threading.Lock()
        self._sending = asyncio.Lock()
        self._receiving = asyncio.Lock()
        self._threads = ThreadPoolExecutor(2, "reading")
        """Of its own: whoever waits for one of these two waits for the other."""

    def __enter__(self) -> "TextReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the other process; once more does nothing."""
        self._stop()
        self._threads.shutdown(wait=False)

    def start(self) -> None:
        """Start the other process unless it runs, so that it is there when it is needed; `read` does, too.

        Takes a few milliseconds; the process is ready some tenths of a second later.
        """
        self._started()

    async def read(self, texts: Texts) -> Read:
        """Make texts ready to be stored, one item for each, in their order.

        Whoever stops waiting for an answer ends the other process, for all: the answer would be taken for the
        next one's. Texts are read in this process then.
        """
        self._seen += len(texts.texts)
        if (self._process is None and self._seen <= self._alone) or not ReadingProcess.takes([texts]):
            (found,) = read_here([texts], self._summaries)
            return found
        await self._sending.acquire()
        try:
            try:
                process = await self._in_thread(lambda: self._send(texts))
            finally:
                self._sending.release()
            async with self._receiving:  # first come, first served: answers come in the order of the jobs
                return await self._in_thread(lambda: self._receive(process, texts))
        except asyncio.CancelledError:
            self._stop()
            raise

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _send(self, texts: Texts) -> ReadingProcess | None:
        """Gives the process that was sent the texts, None when there is none any more."""
        process = self._started()
        try:
            if process is not None:
                process.send([texts])
        except ProcessEnded:
            self._stop()
            return None
        return process

    def _started(self) -> ReadingProcess | None:
        """The other process, which is started when there was none yet; None when there is none any more."""
        with self._starting:
            try:
                if self._process is None and not self._is_gone:
                    self._process = ReadingProcess(self._summaries)
            except ProcessEnded:
                self._stop()
        if self._is_gone:  # it was stopped while it started
            self._stop()
        return self._process

    def _receive(self, process: ReadingProcess | None, texts: Texts) -> Read:
        try:
            (found,) = process.receive([texts]) if process else read_here([texts], self._summaries)
        except ProcessEnded:
            self._stop()
            (found,) = read_here([texts], self._summaries)
        return found

    def _stop(self) -> None:
        self._is_gone = True
        process, self._process = self._process, None
        if process is not None:
            process.stop()
