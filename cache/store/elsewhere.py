"""JSON texts made ready to be stored: by another process, while this one does something else, or here."""

import contextlib
import gc
import json
import marshal
import math
import os
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import IO, Any, Final, NamedTuple

from cache.models import Decoder, Keeper, Submission, Triage
from cache.segments import segment
from cache.store.answers import joined
from cache.store.derive import Derived, derive
from cache.store.facts import Facts
from cache.store.packing import Dictionary, Packer
from cache.store.raw import encoded, raw_hash
from cache.store.ready import Packed, Ready, make_ready

__all__ = [
    "ProcessEnded",
    "Read",
    "ReadingProcess",
    "Summaries",
    "Texts",
    "Unreadable",
    "expect_many_rows",
    "read_here",
    "serve",
]

_LENGTH: Final = struct.Struct(">Q")
_AT_ONCE: Final = 100
_MANY_OBJECTS: Final = 100_000
_MOST_BYTES: Final = 2**31
"""No answer is longer: something else was written there."""


class Texts(NamedTuple):
    """JSON texts of one source, in UTF-8, and how they are read."""

    source: str
    decoder: Decoder
    texts: Sequence[bytes]
    dictionary: Dictionary | None = None
    """With one, another process packs what it has read, too."""
    keep: Keeper | None = None
    """Brings a text into bounds; without it all of them are."""


class Unreadable(NamedTuple):
    """Stands for a text that the decoder refuses."""

    reason: str
    """Short, and without anything a person wrote."""
    id: str | None = None
    """The submission's own, where it shows."""


Read = list[Ready | Unreadable]
"""What was made of the texts of one source, in their order."""
Summaries = Mapping[str, Sequence[str]]
"""By source, the labels of the answers to show as the subject."""


class ProcessEnded(Exception):
    """The other process is gone, or could not be started."""


def expect_many_rows() -> None:
    """Have Python look for objects that hold one another less often, in this process, from now on.

    Rows are none, and looking at thousands of them again and again is a twentieth of what they cost.
    """
    gc.set_threshold(_MANY_OBJECTS)


def read_here(job: Sequence[Texts], summaries: Summaries) -> list[Read]:
    """Make texts ready in this process."""
    found: list[Read] = []
    for each in job:
        found.append(_made(each, summaries.get(each.source, ())))
    return found


class ReadingProcess:
    """Another process that reads texts, job after job, and answers in that order.

    It ends with this one, and the terminal's Ctrl-C passes it by. Everything but `stop` raises ProcessEnded
    when it is gone. One thread may send while another receives and a third one stops it.
    """

    def __init__(self, summaries: Summaries) -> None:
        code = (
            f"import sys, json; sys.path[:] = json.loads(sys.argv[1]); from {__name__} import serve; serve()"
        )
        self._summaries = summaries
        with _gone():
            self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
                [sys.executable, "-P", "-c", code, json.dumps(sys.path)],  # -P: no modules from where we are
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )

    @staticmethod
    def takes(job: Sequence[Texts]) -> bool:
        """Whether another process finds the decoders by their names."""
        return all(
            _name_of(function) is not None
            for each in job
            for function in (each.decoder, each.keep)
            if function is not None
        )

    def send(self, job: Sequence[Texts]) -> None:
        """Hand a job over; waits while the process has no room for it."""
        assert self._process.stdin is not None
        told = [
            (
                each.source,
                _name_of(each.decoder),
                tuple(self._summaries.get(each.source, ())),
                list(each.texts),
                None if each.dictionary is None else tuple(each.dictionary),
                None if each.keep is None else _name_of(each.keep),
            )
            for each in job
        ]
        data = marshal.dumps(told)
        with _gone():
            _put(self._process.stdin, data)

    def receive(self, job: Sequence[Texts]) -> list[Read]:
        """Wait for the answer to the oldest job that has none yet, which is `job`."""
        assert self._process.stdout is not None
        with _gone():
            came = _take(self._process.stdout)
        return [
            [_unpacked(item, text) for item, text in zip(items, each.texts, strict=True)]
            for items, each in zip(came, job, strict=True)
        ]

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
    expect_many_rows()
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing else may get in between
    named, packer_of = lru_cache(_named), lru_cache(lambda words: Packer(Dictionary(*words)))

    def read(
        source: str,
        decoder: str,
        summary: Sequence[str],
        texts: Sequence[bytes],
        words: tuple[int, bytes] | None,
        keep: str | None,
    ) -> object:
        told = Texts(source, named(decoder), texts, keep=None if keep is None else named(keep))
        made = _made(told, summary, None if words is None else packer_of(words))
        same = dict[object, Any]().setdefault
        return [_plain(item, text, same) for item, text in zip(made, texts, strict=True)]

    with contextlib.suppress(EOFError, BrokenPipeError):  # the one that asked has ended
        while True:
            _put(out, marshal.dumps([read(*each) for each in _take(sys.stdin.buffer)]))


def _made(told: Texts, summary: Sequence[str], packer: Packer | None = None) -> Read:
    """Step by step for some at once: a processor is a fifth quicker at doing the same again."""
    found: Read = []
    for start in range(0, len(told.texts), _AT_ONCE):
        decoded = [_decoded(told, text) for text in told.texts[start : start + _AT_ONCE]]
        good = [item for item in decoded if not isinstance(item, Unreadable)]
        derived = [derive(submission, summary) for submission, _ in good]
        ready = iter([_ready(*item, about, packer) for item, about in zip(good, derived, strict=True)])
        found += [item if isinstance(item, Unreadable) else next(ready) for item in decoded]
    return found


def _ready(submission: Submission, text: bytes, derived: Derived, packer: Packer | None) -> Ready:
    packed = None
    if packer is not None:
        packed = Packed(*packer.pack(derived.answers, text), segment(joined(derived.answers)))
    return make_ready(submission, derived, raw_hash(text), text, packed)


def _decoded(told: Texts, text: bytes) -> tuple[Submission, bytes] | Unreadable:
    keep = told.keep or bytes
    try:
        try:
            value, text = _read(keep(text))
        except UnicodeDecodeError:  # each byte that is none becomes U+FFFD
            value, text = _read(keep(encoded(text.decode("utf-8", "replace"))))
        return told.decoder(value, told.source), text
    except ValueError as error:
        return Unreadable(getattr(error, "reason", "not understood"), getattr(error, "id", None))


def _read(text: bytes) -> tuple[Any, bytes]:
    """The value of a JSON text, and the text to keep. Raises ValueError.

    A number beyond what a float holds is kept as its text.
    """
    import msgspec  # a third quicker than the standard library; only a long reading needs it

    try:
        return msgspec.json.decode(text), text
    except msgspec.MsgspecError:  # such a number, half of a surrogate pair, or no JSON at all
        spelled = text.decode()
        plain, value = json.loads(spelled), json.loads(spelled, parse_float=_number)
        if value == plain:
            return value, text
        return value, encoded(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _number(text: str) -> float | str:
    value = float(text)
    return value if math.isfinite(value) else text


def _plain(item: Ready | Unreadable, text: bytes, same: Callable[[Any, Any], Any]) -> tuple[Any, ...]:
    """Plain values; what occurs often is the same object. `text`, which the other side has, is left out."""
    if isinstance(item, Unreadable):
        return tuple(item)
    triage, derived = item.triage, item.derived
    facts = derived.facts
    return (
        *item[:6],
        tuple(triage),
        (*derived[:4], derived.answers if item.packed is None else (), derived.cleaned, derived.person),
        tuple([same(tag, tag) for tag in facts.tags]),
        tuple([(same(name, name), value) for name, value in facts.measures]),
        same(facts.labels, facts.labels),
        item.digest,
        None if item.raw == text else item.raw,
        None if item.packed is None else tuple(item.packed),
    )


def _unpacked(plain: tuple[Any, ...], text: bytes) -> Ready | Unreadable:
    if len(plain) == len(Unreadable._fields):
        return Unreadable._make(plain)
    derived = Derived._make((*plain[7], Facts(*plain[8:11])))
    packed = None if plain[13] is None else Packed(*plain[13])
    return Ready._make((*plain[:6], Triage(*plain[6]), derived, plain[11], plain[12] or text, packed))


def _name_of(function: Decoder | Keeper) -> str | None:
    """The name by which another process finds a function, None when it has none."""
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", "")
    if module is None or module == "__main__" or getattr(import_module(module), name, None) is not function:
        return None
    return f"{module}:{name}"


def _named(name: str) -> Any:  # noqa: ANN401
    module, _, function = name.partition(":")
    return getattr(import_module(module), function)


@contextlib.contextmanager
def _gone() -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, ValueError) as error:  # a ValueError: another thread has closed the pipe
        raise ProcessEnded from error


def _put(stream: IO[bytes], data: bytes) -> None:
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def _take(stream: IO[bytes]) -> Any:  # noqa: ANN401
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length) if length < _MOST_BYTES else b""
    if len(data) < length:
        raise EOFError
    return marshal.loads(data)  # noqa: S302 - from our own process
