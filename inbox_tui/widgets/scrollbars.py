"""Scrollbars in plain signs."""

from typing import ClassVar

from textual.scrollbar import ScrollBar, ScrollBarRender

from inbox_tui.signs import PLAIN, SignSet

__all__ = ["WholeCells", "draw_scrollbars"]


class WholeCells(ScrollBarRender):
    """A thumb of whole cells, told from the rest by its colour alone: nothing but blanks."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "]
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "]


def draw_scrollbars(signs: SignSet) -> None:
    """Draw every scrollbar with these signs from now on."""
    ScrollBar.renderer = WholeCells if signs is PLAIN else ScrollBarRender
