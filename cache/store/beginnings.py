"""The indexed words that begin with some letters: what a word that is being typed is asked for by."""

import sqlite3
from typing import Final

__all__ = ["WordBeginnings"]

_LAST: Final = "\U0010ffff"
_MOST_PAIRS: Final = 400
_MOST_WORDS: Final = 250
"""More are not worth it: the beginning is then asked for as it is."""
_INDEXED: Final = 3
"""Beginnings of up to so many letters have an index of their own, but for a single letter."""


class WordBeginnings:
    """Words looked up in the index by leaps from one to the next, remembered until `forget`.

    A beginning that the index has to put together from its words is put together as a whole before the first
    row is known; a few words asked for one by one give their newest rows at once.
    """

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn
        self._known: dict[str, tuple[str, ...]] = {}
        self._ready = False

    def forget(self) -> None:
        """There may be other words now."""
        self._known.clear()

    def __call__(self, begun: str) -> tuple[str, ...]:
        """What to ask for in place of the words beginning with `begun`, with a star where more may follow.

        Empty where the beginning itself is best asked for.
        """
        if 1 < len(begun) <= _INDEXED:
            return ()
        if begun not in self._known:
            self._known[begun] = self._pairs(begun) if len(begun) == 1 else self._words(begun)
        return self._known[begun]

    def _pairs(self, letter: str) -> tuple[str, ...]:
        found: list[str] = []
        after = letter + "\x01"
        while (word := self._next(after, letter)) is not None:
            found.append(word[:2])
            after = found[-1] + _LAST
            if len(found) > _MOST_PAIRS:
                return ()
        return (letter, *(f"{pair}*" for pair in found))

    def _words(self, begun: str) -> tuple[str, ...]:
        found: list[str] = []
        after = begun
        while (word := self._next(after, begun)) is not None:
            found.append(word)
            after = word + "\x01"
            if len(found) > _MOST_WORDS:
                return ()
        return tuple(found) or (begun,)

    def _next(self, after: str, begun: str) -> str | None:
        """The first word from `after` on that begins so."""
        if not self._ready:
            self._conn.execute(
                "CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_words"
                " USING fts5vocab (main, search, instance)"
            )
            self._ready = True
        row = self._conn.execute(
            "SELECT term FROM temp.search_words WHERE term >= ? AND term < ? LIMIT 1", (after, begun + _LAST)
        ).fetchone()
        return None if row is None else str(row[0])
