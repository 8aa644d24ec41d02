"""Very many submissions at once: another process reads them while this one stores the ones before.

What comes out is what `Writer.apply` would have made of the same submissions.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Final, Generic, TypeVar

from cache.clock import WallClock
from cache.store.bulk import begin_bulk, end_bulk
from cache.store.changes import ChangeSet
from cache.store.elsewhere import ProcessEnded, Read, ReadingProcess, Summaries, Texts, read_here
from cache.store.ready import Ready
from cache.store.writer import LARGE_CACHE, Writer

__all__ = ["BATCH", "Loader"]

BATCH: Final = 2_000
"""Submissions that are best handed over at once, and stored in one transaction."""
_ALONE: Final = 2_000
"""Up to so many in all are read in this process: another one takes a moment to start."""
_MANY: Final = 20_000
"""From so many on the indexes of words are merged at the end only."""

T = TypeVar("T")


class Loader(Generic[T]):
    """Takes many submissions in, through the one writer; whoever uses it leads.

    As a context manager: at the end the indexes are put in order, which takes a tenth of the whole. After an
    exception, an interruption too, everything that was stored is sound and the rest is put off.
    """

    def __init__(
        self,
        conn: sqlite3.Connection,
        *,
        wall: WallClock,
        summaries: Summaries | None = None,
        other_process: bool | None = None,
        many: int = _MANY,
    ) -> None:
        """`other_process` says whether to use one; None leaves it to the number of rows and processors.

        From `many` rows on the indexes of words are merged at the end only.
        """
        (self._cache_size,) = conn.execute("PRAGMA cache_size").fetchone()
        self.writer = Writer(conn, wall=wall, summaries=summaries, page_cache=LARGE_CACHE)
        self._conn = conn
        self._other = other_process if other_process is not None else (os.cpu_count() or 1) > 1
        self._at_once = other_process is True
        self._reader: ReadingProcess | None = None
        self._seen = 0
        self._stored = 0
        self._many = many
        self._is_bulk = False

    def __enter__(self) -> "Loader[T]":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        if self._is_bulk:
            self._is_bulk = False
            with self.writer.lock:
                end_bulk(self._conn, merge=kind is None)
        self._conn.execute(f"PRAGMA cache_size={int(self._cache_size)}")

    def read(self, jobs: Iterable[tuple[T, Sequence[Texts]]]) -> Iterator[tuple[T, list[Read]]]:
        """Make texts ready to be stored, one item for each text, in their order.

        While the caller stores what it was given, the next ones are read in another process.
        """
        waiting: tuple[T, Sequence[Texts]] | None = None
        for job in jobs:
            self._seen += sum(len(each.texts) for each in job[1])
            if waiting is None:
                if not self._may_send(job[1]):
                    yield job[0], read_here(job[1], self.writer.summaries)
                    continue
            else:
                came = self._receive(waiting[1])
            self._send(job[1])
            if waiting is not None:
                yield waiting[0], came
            waiting = job
        if waiting is not None:
            yield waiting[0], self._receive(waiting[1])

    def apply(self, items: Sequence[tuple[Ready, int, int]]) -> ChangeSet:
        """Store items, each with its moment, as `Writer.apply_ready` does."""
        self._stored += len(items)
        if not self._is_bulk and self._stored >= self._many:
            with self.writer.lock:
                begin_bulk(self._conn)
            self._is_bulk = True
        return self.writer.apply_ready(items)

    # The other process

    def _may_send(self, job: Sequence[Texts]) -> bool:
        if not self._other or not (self._at_once or self._seen > _ALONE):
            return False
        return ReadingProcess.takes(job)

    def _send(self, job: Sequence[Texts]) -> None:
        if not self._other:
            return
        try:
            if self._reader is None:
                self._reader = ReadingProcess(self.writer.summaries)
            self._reader.send(job)
        except ProcessEnded:
            self._stop()

    def _receive(self, job: Sequence[Texts]) -> list[Read]:
        with contextlib.suppress(ProcessEnded):  # nothing is lost by that
            if self._reader is not None:
                return self._reader.receive(job)
        self._stop()
        self._other = False
        return read_here(job, self.writer.summaries)

    def _stop(self) -> None:
        if self._reader is not None:
            self._reader.stop()
            self._reader = None
