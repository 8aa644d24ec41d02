"""What SQL on a reading connection may call: texts folded, and questions about packed answers."""

import json
import re
import sqlite3
from functools import lru_cache

from cache.errors import CacheBroken
from cache.names import fold, fold_label
from cache.query.tokens import follow, text_words
from cache.store.answers import Answers, joined
from cache.store.facts import unpack_facts
from cache.store.index import dialled
from cache.store.packing import Packing

__all__ = ["Functions"]


class Functions:
    """Registers the functions on one connection.

    SQLite tells of an error inside a function nothing but that there was one: `failure` keeps it.
    """

    def __init__(self, conn: sqlite3.Connection) -> None:
        self.packing = Packing(conn)
        """Packed columns of this file, read again."""
        self.failure: CacheBroken | None = None
        """A submission that could not be unpacked, None when all could."""
        for name, count, function in (
            ("folded", 1, _folded),
            ("dialled", 1, _dialled),
            ("body_of", 1, self._body),
            ("answer_says", 4, self._says),
            ("answer_given", 2, self._given),
            ("answer_holds", 3, self._holds),
            ("is_measured", 4, _is_measured),
        ):
            conn.create_function(name, count, function, deterministic=True)

    def _answers(self, packed: bytes) -> Answers:
        try:
            return self.packing.answers(packed)
        except CacheBroken as exc:
            self.failure = exc
            raise

    def _under(self, packed: bytes, label: str) -> list[str]:
        return [text for name, text in self._answers(packed) if fold_label(name) == label]

    def _body(self, packed: bytes) -> str:
        return joined(self._answers(packed))

    def _says(self, packed: bytes, label: str, words: str, prefix: int) -> int:
        wanted, pattern = _wanted(words, bool(prefix))
        for text in self._under(packed, label):
            if text.isascii() and pattern is not None:
                if pattern.search(text.lower()):
                    return 1
            elif follow(text_words(text), wanted, prefix=bool(prefix)):
                return 1
        return 0

    def _given(self, packed: bytes, label: str) -> int:
        return int(any(self._under(packed, label)))

    def _holds(self, packed: bytes, label: str, text: str) -> int:
        return int(any(text in answer for answer in self._under(packed, label)))


def _folded(text: str | None) -> str | None:
    return fold(text) if text is not None else None


def _dialled(text: str | None) -> str | None:
    return dialled(text) if text is not None else None


def _is_measured(facts: bytes, label: int | None, low: float, high: float) -> int:
    return int(any(name == label and low <= value <= high for name, value in unpack_facts(facts).measures))


@lru_cache(maxsize=64)
def _wanted(words: str, prefix: bool) -> tuple[tuple[str, ...], "re.Pattern[str] | None"]:
    """Words that have to follow one another, and what finds them in a text of plain letters."""
    wanted = tuple(json.loads(words))
    if not all(map(str.isascii, wanted)):
        return wanted, None
    end = "" if prefix else "(?![a-z0-9])"
    return wanted, re.compile("(?<![a-z0-9])" + "[^a-z0-9]+".join(map(re.escape, wanted)) + end)
