"""Which pieces of the status bar fit a width: what matters most stays whole longest."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from inbox_tui.format import cell_cut, cell_len

__all__ = ["SEPARATOR", "Segment", "cut_words", "fit_essentials", "total_cells", "wrapped"]

SEPARATOR: Final = " | "
"""Stands between two segments."""

_MIN_SENTENCE: Final = 12
"""A sentence is never shortened below this many cells; it goes instead."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of the bar. `place` orders the drawing, `rank` the dropping; low ranks stay longest."""

    place: int
    rank: int
    role: str
    forms: tuple[str, ...]
    """The same said in fewer and fewer cells."""
    essential: bool = False
    sentence: bool = False
    """Whether the first form may be cut after a word."""


def total_cells(chosen: Iterable[tuple[Segment, str]], *more: str) -> int:
    """The cells that segments in their chosen forms take, and more texts beside them."""
    texts = [*(form for _, form in chosen), *more]
    return sum(cell_len(text) for text in texts) + len(SEPARATOR) * max(0, len(texts) - 1)


def fit_essentials(segments: Sequence[Segment], width: int, ellipsis: str) -> list[tuple[Segment, str]]:
    """Fit the segments that should not be missing: shorten from the least important, then drop.

    A sentence is cut only when everything that is less important is gone.
    """
    kept = list(segments)
    while kept:
        chosen = [(segment, segment.forms[0]) for segment in kept]
        for index in range(len(kept) - 1, -1, -1):
            if total_cells(chosen) <= width:
                return chosen
            segment = kept[index]
            for form in segment.forms[1:]:
                chosen[index] = (segment, form)
                if total_cells(chosen) <= width:
                    return chosen
        if total_cells(chosen) <= width:
            return chosen
        if cut := _cut_last(chosen, width, ellipsis):
            return cut
        kept.pop()
    return []


def _cut_last(
    chosen: list[tuple[Segment, str]], width: int, ellipsis: str
) -> list[tuple[Segment, str]] | None:
    """Cut the least important segment, if it is a sentence, after a word so that all fits, else None."""
    *others, (segment, text) = chosen
    if not segment.sentence:
        return None
    room = max(_MIN_SENTENCE, width - total_cells(chosen) + cell_len(text))
    shorter = cut_words(text, room, ellipsis)
    if shorter is None or total_cells(others, shorter) > width:
        return None
    return [*others, (segment, shorter)]


def cut_words(text: str, cells: int, ellipsis: str) -> str | None:
    """Keep as many whole words as fit, with an ellipsis after them; None when not even the first one does."""
    if cell_len(text) <= cells:
        return text
    kept, _ = _broken(text, cells - 1)
    return kept.rstrip(",.:;") + ellipsis if kept else None


def wrapped(text: str, width: int, ellipsis: str) -> tuple[str, str] | None:
    """A text on two lines, broken between words and cut where two are not enough; None if that fails."""
    first, rest = _broken(text, width)
    if not first:
        return None
    return first, cut_words(rest, width, ellipsis) or cell_cut(rest, width, ellipsis)


def _broken(text: str, cells: int) -> tuple[str, str]:
    """As many words as fit into `cells`, and the rest."""
    words = text.split(" ")
    kept = ""
    for at, word in enumerate(words):
        longer = f"{kept} {word}" if kept else word
        if cell_len(longer) > cells:
            return kept, " ".join(words[at:])
        kept = longer
    return kept, ""
