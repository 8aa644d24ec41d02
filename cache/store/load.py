"""Very many submissions at once: another process reads them while this one stores the ones before.

What comes out is what `Writer.apply` would have made of the same submissions.
"""

import contextlib
import json
import marshal
import os
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from types import TracebackType
from typing import IO, Any, Final, Generic, NamedTuple, TypeVar

from cache.clock import WallClock
from cache.models import Decoder, Triage
from cache.store.bulk import begin_bulk, end_bulk
from cache.store.changes import ChangeSet
from cache.store.derive import Derived, derive, raw_hash
from cache.store.facts import Facts
from cache.store.ready import Ready, make_ready
from cache.store.writer import Writer

__all__ = ["BATCH", "Loader", "Texts", "Unreadable", "serve"]

BATCH: Final = 2_000
"""Submissions that are best handed over at once, and stored in one transaction."""
_ALONE: Final = 2_000
"""Up to so many in all are read in this process: another one takes a moment to start."""
_MANY: Final = 20_000
"""From so many on the indexes of words are merged at the end only."""
_PAGE_CACHE: Final = "cache_size=-12288"
_LENGTH: Final = struct.Struct(">Q")

T = TypeVar("T")


class Texts(NamedTuple):
    """JSON texts of one source, in bounds and storable, and how they are read."""

    source: str
    decoder: Decoder
    texts: Sequence[str]


class Unreadable(NamedTuple):
    """Stands for a text that the decoder refuses."""

    reason: str
    """Short, and without anything a person wrote."""


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
        summaries: Mapping[str, Sequence[str]] | None = None,
        other_process: bool | None = None,
        many: int = _MANY,
    ) -> None:
        """`other_process` says whether to use one; None leaves it to the number of rows and processors.

        From `many` rows on the indexes of words are merged at the end only.
        """
        self.writer = Writer(conn, wall=wall, summaries=summaries)
        self._conn = conn
        self._summaries = {name: tuple(labels) for name, labels in (summaries or {}).items()}
        self._other = other_process if other_process is not None else (os.cpu_count() or 1) > 1
        self._at_once = other_process is True
        self._reader: _Process | None = None
        self._seen = 0
        self._stored = 0
        self._many = many
        self._is_bulk = False

    def __enter__(self) -> "Loader[T]":
        (self._cache_size,) = self._conn.execute("PRAGMA cache_size").fetchone()
        self._conn.execute(f"PRAGMA {_PAGE_CACHE}")
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

    def read(
        self, jobs: Iterable[tuple[T, Sequence[Texts]]]
    ) -> Iterator[tuple[T, list[list[Ready | Unreadable]]]]:
        """Make texts ready to be stored, one item for each text, in their order.

        While the caller stores what it was given, the next ones are read in another process.
        """
        waiting: tuple[T, Sequence[Texts]] | None = None
        for job in jobs:
            self._seen += sum(len(each.texts) for each in job[1])
            if waiting is None:
                if not self._may_send(job[1]):
                    yield job[0], self._here(job[1])
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

    def _here(self, job: Sequence[Texts]) -> list[list[Ready | Unreadable]]:
        found: list[list[Ready | Unreadable]] = []
        for each in job:
            summary = self._summaries.get(each.source, ())
            found.append([_made(each.source, each.decoder, summary, text) for text in each.texts])
        return found

    # The other process

    def _may_send(self, job: Sequence[Texts]) -> bool:
        if not self._other or not (self._at_once or self._seen > _ALONE):
            return False
        return all(_name_of(each.decoder) is not None for each in job)

    def _send(self, job: Sequence[Texts]) -> None:
        if not self._other:
            return
        try:
            if self._reader is None:
                self._reader = _Process()
            told = [
                (each.source, _name_of(each.decoder), self._summaries.get(each.source, ()), list(each.texts))
                for each in job
            ]
            self._reader.send(told)
        except OSError:
            self._stop()

    def _receive(self, job: Sequence[Texts]) -> list[list[Ready | Unreadable]]:
        try:
            came = self._reader.receive() if self._reader is not None else None
        except (OSError, EOFError):
            came = None
        if came is None:  # it could not be started, or was killed: nothing is lost by that
            self._stop()
            self._other = False
            return self._here(job)
        return [
            [_unpacked(item, text) for item, text in zip(items, each.texts, strict=True)]
            for items, each in zip(came, job, strict=True)
        ]

    def _stop(self) -> None:
        if self._reader is not None:
            self._reader.stop()
            self._reader = None


class _Process:
    """Another process that reads texts. It ends with this one, and the terminal's Ctrl-C passes it by."""

    def __init__(self) -> None:
        code = (
            f"import sys, json; sys.path[:] = json.loads(sys.argv[1]); from {__name__} import serve; serve()"
        )
        self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            [sys.executable, "-c", code, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )

    def send(self, job: object) -> None:
        assert self._process.stdin is not None
        _put(self._process.stdin, job)

    def receive(self) -> Any:  # noqa: ANN401
        assert self._process.stdout is not None
        return _take(self._process.stdout)

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):  # what was not sent any more
                    stream.close()


def serve() -> None:
    """The other process: read jobs from standard input, write what was made of them to standard output."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing else may get in between
    decoders: dict[str, Decoder] = {}
    while True:
        try:
            job = _take(sys.stdin.buffer)
        except EOFError:
            return
        found = []
        for source, name, summary, texts in job:
            if name not in decoders:
                decoders[name] = _named(name)
            known: dict[object, Any] = {}
            found.append(
                [_packed(_made(source, decoders[name], summary, text), known.setdefault) for text in texts]
            )
        _put(out, found)


def _made(source: str, decoder: Decoder, summary: Sequence[str], text: str) -> Ready | Unreadable:
    try:
        submission = decoder(json.loads(text), source)
    except ValueError as error:
        return Unreadable(getattr(error, "reason", "not understood"))
    return make_ready(submission, derive(submission, summary), raw_hash(text), text)


def _packed(item: Ready | Unreadable, same: Callable[[Any, Any], Any]) -> tuple[Any, ...]:
    """Plain values without the text, which the other side has; what occurs often is the same object."""
    if isinstance(item, Unreadable):
        return (item.reason,)
    triage, derived = item.triage, item.derived
    facts = derived.facts
    return (
        *item[:6],
        (triage.status, triage.priority, triage.flagged, triage.assignee_id, triage.notes),
        (
            *derived[:4],
            tuple([(same(label, label), text) for label, text in derived.answers]),
            derived.cleaned,
            derived.person,
        ),
        tuple([same(tag, tag) for tag in facts.tags]),
        tuple([(same(name, name), value) for name, value in facts.measures]),
        same(facts.labels, facts.labels),
        item.digest,
    )


def _unpacked(packed: tuple[Any, ...], text: str) -> Ready | Unreadable:
    if len(packed) == 1:
        return Unreadable(packed[0])
    derived = Derived._make((*packed[7], Facts(*packed[8:11])))
    return Ready._make((*packed[:6], Triage(*packed[6]), derived, packed[11], text))


def _name_of(decoder: Decoder) -> str | None:
    """The name by which another process finds a decoder, None when it has none."""
    module, name = getattr(decoder, "__module__", None), getattr(decoder, "__qualname__", "")
    if module is None or module == "__main__" or getattr(import_module(module), name, None) is not decoder:
        return None
    return f"{module}:{name}"


def _named(name: str) -> Decoder:
    module, _, function = name.partition(":")
    found: Decoder = getattr(import_module(module), function)
    return found


def _put(stream: IO[bytes], value: Any) -> None:  # noqa: ANN401
    data = marshal.dumps(value)
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def _take(stream: IO[bytes]) -> Any:  # noqa: ANN401
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return marshal.loads(data)  # noqa: S302 - from our own process
