"""Which layout fits a terminal."""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias, get_args

__all__ = ["LAYOUTS", "MIN_COLUMNS", "MIN_ROWS", "Layout", "choose_layout", "list_share"]

Layout: TypeAlias = Literal["wide", "medium", "stacked", "narrow", "tiny"]
LAYOUTS: Final[tuple[Layout, ...]] = get_args(Layout)

MIN_COLUMNS: Final = 40
MIN_ROWS: Final = 8
_ROOMY_ROWS: Final = 20
_SHARES: Final[Mapping[Layout, int]] = {"wide": 45, "medium": 50, "stacked": 34}
"""What the list has of the width (stacked: the height) in percent, as in the style sheet."""


def choose_layout(columns: int, rows: int, setting: str = "auto") -> Layout:
    """The layout for a size in cells; a setting other than `auto` is kept wherever it can be drawn."""
    if columns < MIN_COLUMNS or rows < MIN_ROWS:
        return "tiny"
    if setting == "wide" and columns >= 80:
        return "wide"
    if setting == "medium" and columns >= 70:
        return "medium"
    if setting == "stacked" and rows >= 14:
        return "stacked"
    if setting == "narrow" or rows < _ROOMY_ROWS or columns < 80:
        return "narrow"
    if columns >= 120:
        return "wide"
    return "medium" if columns >= 100 else "stacked"


def list_share(layout: Layout, more: int) -> str | None:
    """What the list has with so many percent more than by default; None where the style sheet says it."""
    return f"{_SHARES[layout] + more}%" if more and layout in _SHARES else None
