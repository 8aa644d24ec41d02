"""Names of people, labels and values: how they are compared; and people's, shortened to two cells."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from cache.text import one_line, sits_on_base

__all__ = ["FACT_CUT", "fold", "fold_label", "initials"]

FACT_CUT: Final = 200
"""Labels and values that are searched for are told apart by so many characters."""

_NAME_GAPS = re.compile(r"[\s._-]+")
_ESCAPES = re.compile(r"<[^<>]*>|\\x[89][0-9a-f]")


def fold(text: str) -> str:
    """Brings `text` to the form in which names are compared: no case, accents or invisible parts."""
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).casefold()
    kept = (char for char in bare if not unicodedata.combining(char) and unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFKD", "".join(kept))


@lru_cache(maxsize=4096)
def fold_label(label: str) -> str:
    """The label of an answer or the key of a metadata value as it is kept; the same few come all the time."""
    return fold(label)[:FACT_CUT]


@lru_cache(maxsize=4096)
def initials(name: str) -> str:
    """Shortens a person's name or e-mail address to exactly two terminal cells, in lower case.

    Takes the first letters of the first and the last word, the first two letters of a single word,
    one letter where it is two cells wide, and `??` where there is no letter at all.
    """
    local = one_line(unicodedata.normalize("NFC", name), 256).partition("@")[0]
    chunks = _NAME_GAPS.split(_ESCAPES.sub(" ", local))
    words = [[char for char in chunk if char.isalnum() and not sits_on_base(char)] for chunk in chunks]
    words = [word for word in words if word]
    if not words:
        return "??"
    first = words[0][0]
    if _is_wide(first):
        return first
    last = [words[-1][0]] if len(words) > 1 else []
    second = next((char for char in last + words[0][1:] if not _is_wide(char)), " ")
    return _lower(first) + _lower(second)


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"


def _lower(char: str) -> str:
    """Lowers one letter and keeps it one character: some, as a dotted I, would become two."""
    small = char.lower()
    return small if len(small) == 1 else char
