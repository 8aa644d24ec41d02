"""The words the text index sees in a text, for what has to be judged without it."""

import sqlite3
import threading
from collections.abc import Sequence
from functools import cache
from typing import Final

from cache.segments import phrase, segment
from cache.text import scrub

__all__ = ["follow", "phrase_words", "text_words"]

_SEPARATOR: Final = " "
_ASK: Final = "x{}x"


class _Letters(dict[int, str]):
    """What the tokenizer makes of each character: a letter, nothing for a mark above one, else a gap.

    It is asked for each character once, so that words are the same here and there in every script.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._conn = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._conn.execute(
            "CREATE VIRTUAL TABLE one USING fts5 (text, tokenize='unicode61 remove_diacritics 2')"
        )
        self._conn.execute("CREATE VIRTUAL TABLE words USING fts5vocab (one, instance)")

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if code == 0 or 0xD800 <= code <= 0xDFFF:
            return _SEPARATOR
        with self._lock:
            self._conn.execute("INSERT INTO one (rowid, text) VALUES (1, ?)", (_ASK.format(char),))
            words = [row[0] for row in self._conn.execute("SELECT term FROM words ORDER BY offset")]
            self._conn.execute("DELETE FROM one")
        self[code] = _SEPARATOR if len(words) > 1 else words[0][1:-1]
        return self[code]


@cache
def _letters() -> _Letters:
    return _Letters()


def _words(text: str) -> list[str]:
    return text.translate(_letters()).split()


def text_words(text: str) -> list[str]:
    """The words of a text as they are indexed."""
    return _words(segment(text))


def phrase_words(text: str) -> list[str]:
    """The words of a phrase as they are searched for; none where there is nothing to search for."""
    return _words(phrase(scrub(text)))


def follow(words: Sequence[str], wanted: Sequence[str], *, prefix: bool) -> bool:
    """Whether `wanted` stands in `words` without a gap; with `prefix` its last word may only be begun."""
    if not wanted:
        return False
    last = len(wanted) - 1
    head, tail = list(wanted[:last]), wanted[last]
    for at in range(len(words) - last):
        word = words[at + last]
        if (word.startswith(tail) if prefix else word == tail) and list(words[at : at + last]) == head:
            return True
    return False
