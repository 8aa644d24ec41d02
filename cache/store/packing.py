"""The answers and the JSON text of a submission, compressed as one stream that is kept in two columns.

The stream begins with the answers, so they are read without the JSON; the JSON repeats most of them, which
costs next to nothing there. It starts from a dictionary: JSON of other submissions of the source. The
dictionaries are kept in the file, and each row says which one it was written with.
"""

import sqlite3
import zlib
from collections.abc import Sequence
from typing import Final, NamedTuple

from cache.errors import NOT_AS_STORED, CacheBroken
from cache.store.answers import Answers, decode_answers, encode_answers

__all__ = ["LEARN_FROM", "PLAIN", "Dictionary", "Packer", "Packing"]

PLAIN: Final = 0
"""The number that stands for no dictionary."""
LEARN_FROM: Final = 16
"""With so many submissions at once a dictionary is worth making."""
_SAMPLES: Final = 64
_WINDOW: Final = 15
_DICTIONARY_BYTES: Final = 2**_WINDOW - 512
"""What the window reaches back to, with room for the submission itself."""
_LEVEL: Final = 5
"""A tenth quicker than level 6 and three hundredths larger. Level 3 is quicker still, but with it the file of
a million submissions is more than 1.3 times as large as their JSON."""
_MEMORY: Final = 7
"""A smaller state than usual: it is copied for each submission."""
_END_OF_PART: Final = b"\x00\x00\xff\xff"
"""What a flush ends with; left out of the file."""
_MOST_BYTES: Final = 2**28
"""No submission is larger: what unpacks to more is damaged."""


class Dictionary(NamedTuple):
    """What streams start from."""

    number: int
    """By which a row names it."""
    words: bytes


class Packer:
    """Packs with one dictionary; needs no file."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._number = dictionary.number.to_bytes(2, "big")
        self._started = zlib.compressobj(
            _LEVEL, zlib.DEFLATED, -_WINDOW, _MEMORY, zlib.Z_DEFAULT_STRATEGY, dictionary.words
        )

    def pack(self, answers: Answers, raw: str) -> tuple[bytes, bytes]:
        """The columns `answers` and `raw`."""
        stream = self._started.copy()
        first = stream.compress(encode_answers(answers).encode("utf-8", "surrogatepass"))
        first += stream.flush(zlib.Z_SYNC_FLUSH)
        rest = stream.compress(raw.encode("utf-8", "surrogatepass")) + stream.flush()
        return self._number + first.removesuffix(_END_OF_PART), rest


class Packing:
    """Packs and unpacks the two columns `answers` and `raw` of one file, on one connection."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn
        self._words: dict[int, bytes] = {PLAIN: b""}
        self._numbers: dict[str, int] = {}
        self._packers: dict[int, Packer] = {}

    def forget(self) -> None:
        """A transaction was rolled back: dictionaries made in it are not there."""
        self._words = {PLAIN: b""}
        self._numbers.clear()
        self._packers.clear()

    def number(self, source: str, texts: Sequence[str] = ()) -> int:
        """The newest dictionary of a source, made from `texts` where there is none and they are enough."""
        if source not in self._numbers:
            row = self._conn.execute("SELECT max(id) FROM dictionary WHERE source = ?", (source,)).fetchone()
            if row[0] is not None:
                self._numbers[source] = row[0]
            elif len(texts) >= LEARN_FROM:
                self._numbers[source] = self._learn(source, texts)
            else:
                return PLAIN
        return self._numbers[source]

    def dictionary(self, source: str) -> Dictionary | None:
        """The newest dictionary of a source, None when it has none. It stays once it is committed."""
        number = self.number(source)
        return None if number == PLAIN else Dictionary(number, self._dictionary(number))

    def pack(self, number: int, answers: Answers, raw: str) -> tuple[bytes, bytes]:
        """The columns `answers` and `raw`."""
        if number not in self._packers:
            self._packers[number] = Packer(Dictionary(number, self._dictionary(number)))
        return self._packers[number].pack(answers, raw)

    def answers(self, answers: bytes) -> Answers:
        """The answers again. Raises CacheBroken when they are not what was stored."""
        return self._unpack(answers)[0]

    def raw(self, answers: bytes, raw: bytes) -> str:
        """The JSON text again. Raises CacheBroken when it is not what was stored."""
        return self._unpack(answers, raw)[1]

    def _unpack(self, answers: bytes, raw: bytes | None = None) -> tuple[Answers, str]:
        try:
            unpacker = zlib.decompressobj(-_WINDOW, self._dictionary(int.from_bytes(answers[:2], "big")))
            first = unpacker.decompress(answers[2:] + _END_OF_PART, _MOST_BYTES)
            rest = b"" if raw is None else unpacker.decompress(raw, _MOST_BYTES)
            if raw is not None and not unpacker.eof:
                raise ValueError("the stream is cut off")
            read = decode_answers(first.decode("utf-8", "surrogatepass")) if raw is None else ()
            return read, rest.decode("utf-8", "surrogatepass")
        except (ValueError, TypeError, zlib.error) as exc:
            raise CacheBroken(NOT_AS_STORED) from exc

    def _dictionary(self, number: int) -> bytes:
        if number not in self._words:
            row = self._conn.execute("SELECT words FROM dictionary WHERE id = ?", (number,)).fetchone()
            if row is None:
                raise ValueError(f"there is no dictionary {number}")
            self._words[number] = row[0]
        return self._words[number]

    def _learn(self, source: str, texts: Sequence[str]) -> int:
        """Keep a dictionary: texts from all over, whole ones, the last of them nearest and so cheapest."""
        words = b""
        for text in texts[:: max(1, len(texts) // _SAMPLES)]:
            more = text.encode("utf-8", "surrogatepass")[: _DICTIONARY_BYTES // 4]
            if len(words) + len(more) > _DICTIONARY_BYTES:
                break
            words += more
        made = self._conn.execute("INSERT INTO dictionary (source, words) VALUES (?, ?)", (source, words))
        number = made.lastrowid
        assert number is not None
        self._words[number] = words
        return number
