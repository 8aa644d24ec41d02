"""The answers and the JSON text of a submission, compressed as one stream that is kept in two columns.

The stream begins with the answers, so they are read without the JSON; the JSON repeats most of them, which
costs next to nothing there. It starts from a dictionary learned from other submissions of the source. The
dictionaries are kept in the file, and each row says which one it was written with.
"""

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from cache.errors import NOT_AS_STORED, CacheBroken
from cache.store.answers import Answers, decode_answers, encode_answers
from cache.store.raw import decoded, encoded

if TYPE_CHECKING:
    import zstandard

__all__ = ["LEARN_FROM", "PLAIN", "Dictionary", "Packer", "Packing"]

PLAIN: Final = 0
"""The number that stands for no dictionary."""
LEARN_FROM: Final = 16
"""With so many submissions at once a dictionary is worth making."""
_SAMPLES: Final = 500
_DICTIONARY_BYTES: Final = 2**16
_SEGMENT: Final = 512
"""Bytes that are taken into a dictionary together: about a third of a submission."""
_HASHED: Final = 8
"""Bytes that must be alike to count as found again."""
_LEVEL: Final = 3
"""Level 6 makes the columns eight hundredths smaller and takes three times as long."""
_USUAL_BYTES: Final = 2**13
"""A submission and its answers are rarely larger: the compressor's tables are made for that."""
_AT_ONCE: Final = 2**12
"""So much is unpacked between two looks at how large it has become: at most 2**27 bytes come of it."""
_MOST_BYTES: Final = 2**28
"""No submission is larger: what unpacks to more is damaged."""


class Dictionary(NamedTuple):
    """What streams start from."""

    number: int
    """By which a row names it."""
    words: bytes


class Packer:
    """Packs with one dictionary, one submission at a time; needs no file."""

    def __init__(self, dictionary: Dictionary) -> None:
        import zstandard  # 4 ms that a list without a detail need not wait for

        self._number = dictionary.number.to_bytes(2, "big")
        words = zstandard.ZstdCompressionDict(dictionary.words) if dictionary.words else None
        parameters = zstandard.ZstdCompressionParameters.from_level(
            _LEVEL,
            source_size=_USUAL_BYTES,
            dict_size=len(dictionary.words),
            format=zstandard.FORMAT_ZSTD1_MAGICLESS,
            write_content_size=0,
            write_checksum=0,
            write_dict_id=0,
        )
        if words is not None:
            words.precompute_compress(compression_params=parameters)
        self._compressor = zstandard.ZstdCompressor(dict_data=words, compression_params=parameters)
        self._end_of_part = zstandard.COMPRESSOBJ_FLUSH_BLOCK

    def pack(self, answers: Answers, raw: bytes) -> tuple[bytes, bytes]:
        """The columns `answers` and `raw`."""
        head = encoded(encode_answers(answers))
        stream = self._compressor.compressobj(size=len(head) + len(raw))
        first = stream.compress(head) + stream.flush(self._end_of_part)
        return self._number + first, stream.compress(raw) + stream.flush()


class Packing:
    """Packs and unpacks the two columns `answers` and `raw` of one file, on one connection."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn
        self._words: dict[int, bytes] = {PLAIN: b""}
        self._numbers: dict[str, int] = {}
        self._packers: dict[int, Packer] = {}
        self._unpackers: dict[int, zstandard.ZstdDecompressor] = {}

    def forget(self) -> None:
        """A transaction was rolled back: dictionaries made in it are not there."""
        self._words = {PLAIN: b""}
        self._numbers.clear()
        self._packers.clear()
        self._unpackers.clear()

    def number(self, source: str, samples: Sequence[tuple[Answers, bytes]] = ()) -> int:
        """The newest dictionary of a source, learned from `samples` where there is none and they are enough.

        A sample is what is packed of a submission.
        """
        if source not in self._numbers:
            row = self._conn.execute("SELECT max(id) FROM dictionary WHERE source = ?", (source,)).fetchone()
            if row[0] is not None:
                self._numbers[source] = row[0]
            elif len(samples) >= LEARN_FROM:
                self._numbers[source] = self._learn(source, samples)
            else:
                return PLAIN
        return self._numbers[source]

    def dictionary(self, source: str) -> Dictionary | None:
        """The newest dictionary of a source, None when it has none. It stays once it is committed."""
        number = self.number(source)
        return None if number == PLAIN else Dictionary(number, self._dictionary(number))

    def pack(self, number: int, answers: Answers, raw: bytes) -> tuple[bytes, bytes]:
        """The columns `answers` and `raw`."""
        if number not in self._packers:
            self._packers[number] = Packer(Dictionary(number, self._dictionary(number)))
        return self._packers[number].pack(answers, raw)

    def answers(self, answers: bytes) -> Answers:
        """The answers again. Raises CacheBroken when they are not what was stored."""
        return self._unpack(answers)[0]

    def raw(self, answers: bytes, raw: bytes) -> bytes:
        """The JSON text again. Raises CacheBroken when it is not what was stored."""
        return self._unpack(answers, raw)[1]

    def _unpack(self, answers: bytes, raw: bytes | None = None) -> tuple[Answers, bytes]:
        import zstandard

        try:
            stream = self._unpacker(int.from_bytes(answers[:2], "big")).decompressobj()
            first = _unpacked(stream, answers[2:])
            rest = b"" if raw is None else _unpacked(stream, raw)
            if raw is not None and not stream.eof:
                raise ValueError("the stream is cut off")
            read = decode_answers(decoded(first)) if raw is None else ()
            return read, rest
        except (ValueError, TypeError, zstandard.ZstdError) as exc:
            raise CacheBroken(NOT_AS_STORED) from exc

    def _unpacker(self, number: int) -> "zstandard.ZstdDecompressor":
        if number not in self._unpackers:
            import zstandard

            words = self._dictionary(number)
            self._unpackers[number] = zstandard.ZstdDecompressor(
                dict_data=zstandard.ZstdCompressionDict(words) if words else None,
                format=zstandard.FORMAT_ZSTD1_MAGICLESS,
            )
        return self._unpackers[number]

    def _dictionary(self, number: int) -> bytes:
        if number not in self._words:
            row = self._conn.execute("SELECT words FROM dictionary WHERE id = ?", (number,)).fetchone()
            if row is None:
                raise ValueError(f"there is no dictionary {number}")
            self._words[number] = row[0]
        return self._words[number]

    def _learn(self, source: str, samples: Sequence[tuple[Answers, bytes]]) -> int:
        """Keep a dictionary of submissions from all over; a large one counts by its beginning."""
        import zstandard

        learned = zstandard.train_dictionary(
            _DICTIONARY_BYTES,
            [
                (encoded(encode_answers(answers)) + raw)[:_DICTIONARY_BYTES]
                for answers, raw in samples[:: max(1, len(samples) // _SAMPLES)]
            ],
            k=_SEGMENT,
            d=_HASHED,
        )
        words = learned.as_bytes()
        made = self._conn.execute("INSERT INTO dictionary (source, words) VALUES (?, ?)", (source, words))
        number = made.lastrowid
        assert number is not None
        self._words[number] = words
        return number


def _unpacked(stream: "zstandard.ZstdDecompressionObj", packed: bytes) -> bytes:
    """What comes of a part of a stream. Raises ValueError when it is too much to be a submission."""
    if len(packed) <= _AT_ONCE:
        return stream.decompress(packed)
    found = bytearray()
    for start in range(0, len(packed), _AT_ONCE):
        found += stream.decompress(packed[start : start + _AT_ONCE])
        if len(found) > _MOST_BYTES:
            raise ValueError("it is larger than any submission")
    return bytes(found)
