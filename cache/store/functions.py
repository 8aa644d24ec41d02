"""What SQL on a reading connection may call: texts folded, and questions about packed answers."""

import json
import re
import sqlite3
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from cache.errors import CacheBroken
from cache.names import fold, fold_label
from cache.query.tokens import follow, text_words
from cache.store.answers import Answers, joined
from cache.store.facts import unpack_facts
from cache.store.index import dialled
from cache.store.packing import Packing

__all__ = ["Functions"]

T = TypeVar("T")


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
            ("is_measured", 4, self._is_measured),
        ):
            conn.create_function(name, count, function, deterministic=True)

    def _kept(self, read: Callable[[bytes], T], packed: bytes) -> T:
        try:
            return read(packed)
        except CacheBroken as exc:
            self.failure = exc
            raise

    def _answers(self, packed: bytes) -> Answers:
        return self._kept(self.packing.answers, packed)

    def _is_measured(self, packed: bytes, label: int | None, low: float, high: float) -> int:
        measures = self._kept(unpack_facts, packed).measures
        return int(any(name == label and low <= value <= high for name, value in measures))

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


@lru_cache(maxsize=64)
def _wanted(words: str, prefix: bool) -> tuple[tuple[str, ...], "re.Pattern[str] | None"]:
    """Words that have to follow one another, and what finds them in a text of plain letters."""
    wanted = tuple(json.loads(words))
    if not all(map(str.isascii, wanted)):
        return wanted, None
    end = "" if prefix else "(?![a-z0-9])"
    return wanted, re.compile("(?<![a-z0-9])" + "[^a-z0-9]+".join(map(re.escape, wanted)) + end)
