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
        found = self._leap(letter, letter + "\x01", "substr(word, 1, 2) || char(1114111)", _MOST_PAIRS)
        return () if len(found) > _MOST_PAIRS else (letter, *(f"{word[:2]}*" for word in found))

    def _words(self, begun: str) -> tuple[str, ...]:
        wider = self._known.get(begun[:-1]) if len(begun) - 1 > _INDEXED else None
        if wider:
            found = [word for word in wider if word.startswith(begun)]
        else:
            found = self._leap(begun, begun, "word || char(1)", _MOST_WORDS)
        return () if len(found) > _MOST_WORDS else tuple(found) or (begun,)

    def _leap(self, begun: str, start: str, onward: str, most: int) -> list[str]:
        """The words from `start` on that begin so, each the first after the leap `onward` from the last.

        One more than `most` of them says that there are too many.
        """
        if not self._ready:
            self._conn.execute(
                "CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_words"
                " USING fts5vocab (main, search, instance)"
            )
            self._ready = True
        first = "(SELECT term FROM temp.search_words WHERE term >= {} AND term < ?2 LIMIT 1)"
        rows = self._conn.execute(
            f"WITH RECURSIVE met (word) AS (SELECT {first.format('?1')}"
            f" UNION ALL SELECT {first.format(onward)} FROM met WHERE word IS NOT NULL LIMIT ?3)"
            " SELECT word FROM met WHERE word IS NOT NULL",
            (start, begun + _LAST, most + 2),
        )
        return [str(word) for (word,) in rows]
