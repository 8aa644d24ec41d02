"""How well a typed word fits a name: for the palette and the pickers."""

import re
from typing import Final

from cache.names import fold

__all__ = ["match_rank"]

_WORD: Final = re.compile(r"\w+")


def match_rank(query: str, name: str, more: str = "") -> int | None:
    """Rank how well `query` fits `name`, 0 the best; None when it does not.

    The name itself and its beginning come first, then words that begin with what was typed, then places
    inside, then what stands in `more`, last the letters in their order with others between. Case and
    accents do not count. Every word typed must fit.
    """
    typed = fold(query).split()
    if not typed:
        return 0
    target, rest = fold(name).strip(), fold(more)
    whole = " ".join(typed)
    if target == whole:
        return 0
    if target.startswith(whole):
        return 1
    name_words, rest_words = _WORD.findall(target), _WORD.findall(rest)
    if all(any(word.startswith(part) for word in name_words) for part in typed):
        return 2
    if whole in target:
        return 3
    both = name_words + rest_words
    if all(any(word.startswith(part) for word in both) for part in typed):
        return 4
    if all(part in target or part in rest for part in typed):
        return 5
    return 6 if _in_order("".join(typed), target) else None


def _in_order(letters: str, text: str) -> bool:
    """Tell whether all letters occur in `text` one after the other."""
    remaining = iter(text)
    return all(letter in remaining for letter in letters)
