"""Which layout fits a terminal."""

from typing import Final, Literal, TypeAlias, get_args

__all__ = ["LAYOUTS", "MIN_COLUMNS", "MIN_ROWS", "Layout", "choose_layout"]

Layout: TypeAlias = Literal["wide", "medium", "stacked", "narrow", "tiny"]
LAYOUTS: Final[tuple[Layout, ...]] = get_args(Layout)

MIN_COLUMNS: Final = 40
MIN_ROWS: Final = 8
_ROOMY_ROWS: Final = 20


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
