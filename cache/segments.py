"""Text of scripts that write no spaces, cut so that an index of words finds any part of it.

A run of Chinese, Japanese, Korean, Thai, Lao, Khmer or Burmese letters becomes each letter followed by the
pair it begins: `東京都` is indexed as `東 東京 京 京都 都`. A phrase of a query is cut the same way, so it is
found wherever its letters follow one another.
"""

import re
import unicodedata
from operator import add
from typing import Final

from cache.text import left_over

__all__ = ["phrase", "segment"]

_LETTERS: Final = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f"  # Burmese
    "\u1100-\u11ff"  # Korean, letter by letter
    "\u1780-\u17ff"  # Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c"  # Chinese radicals and signs
    "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff"  # Japanese syllables
    "\u3105-\u312f\u3130-\u318f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\ua9e0-\ua9fe\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff"
    "\uff66-\uff9f\uffa0-\uffdc"  # narrow Japanese and Korean
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
_RUN: Final = re.compile(f"[{_LETTERS}]+")


def segment(text: str) -> str:
    """The text as it is indexed; text without such letters comes back as it is."""
    if text.isascii() or _RUN.search(left_over(text)) is None:
        return text
    return _RUN.sub(lambda run: f" {' '.join(_with_pairs(_letters(run.group())))} ", text)


def phrase(text: str) -> str:
    """The text of a phrase, to be searched for in what `segment` gave.

    Its words follow one another there exactly where the text stands. At both ends a pair does without the
    single letter beside it: pairs are rarer.
    """
    if text.isascii() or _RUN.search(text) is None:
        return text
    parts: list[str] = []
    end = 0
    for run in _RUN.finditer(text):
        words = _with_pairs(_letters(run.group()))
        parts.append(text[end : run.start()])
        end = run.end()
        if len(words) > 2:
            first = 0 if _has_word(text[: run.start()]) else 1
            last = len(words) if _has_word(text[end:]) else -1
            words = words[first:last]
        parts.append(f" {' '.join(words)} ")
    return ("".join(parts) + text[end:]).strip()


def _letters(run: str) -> list[str]:
    """The letters of a run in one spelling, without the marks above and below, as accents are left out."""
    run = unicodedata.normalize("NFKC", run)
    if run.isalpha():  # nearly always
        return list(run)
    return [char for char in run if unicodedata.category(char)[0] in "LNC"]


def _with_pairs(letters: list[str]) -> list[str]:
    words = [""] * (2 * len(letters) - 1)
    words[::2] = letters
    words[1::2] = map(add, letters, letters[1:])
    return words


def _has_word(text: str) -> bool:
    return any(char.isalnum() for char in text)
