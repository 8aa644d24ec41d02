"""Scrollbars: in plain signs, and drawn no more often than they look different."""

from typing import ClassVar, Self

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip

from inbox_tui.signs import PLAIN, SignSet

__all__ = ["QuickScrollBar", "WholeCells", "draw_scrollbars"]


class WholeCells(ScrollBarRender):
    """A thumb of whole cells, told from the rest by its colour alone: nothing but blanks."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "]
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "]


def draw_scrollbars(signs: SignSet) -> None:
    """Draw every scrollbar with these signs from now on."""
    ScrollBar.renderer = WholeCells if signs is PLAIN else ScrollBarRender


class QuickScrollBar(ScrollBar, inherit_bindings=False):
    """A vertical scrollbar whose lines are made of a few kinds and kept.

    Textual's own goes through Rich line by line, whenever anything on the screen is laid out anew.
    """

    def __init__(self, *, thickness: int = 1) -> None:
        super().__init__(vertical=True, name="vertical", thickness=thickness)
        self._drawn: tuple[tuple[object, ...], list[Strip]] | None = None

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        """Have it drawn, unless it would look as it does."""
        if layout or recompose or regions or self._drawn is None or self._look() != self._drawn[0]:
            return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        return self

    def render_lines(self, crop: Region) -> list[Strip]:
        """The visible lines, as `Widget.render_lines` would give them."""
        if self.opacity != 1.0:
            self._drawn = None
            return super().render_lines(crop)
        look = self._look()
        if self._drawn is None or self._drawn[0] != look:
            self._drawn = look, self._lines()
        strips = self._drawn[1][crop.y : crop.bottom]
        if crop.column_span != (0, self.size.width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def _look(self) -> tuple[object, ...]:
        """Everything that decides how it is drawn; of one that was taken away, what did."""
        if self.parent is None and self._drawn is not None:
            return self._drawn[0]
        bar, filters = self.render(), self.get_line_filters()
        return type(bar), *vars(bar).values(), self.size, self.rich_style, self.opacity, *filters

    def _lines(self) -> list[Strip]:
        bar, (width, height) = self.render(), self.size
        assert isinstance(bar, ScrollBarRender)
        assert isinstance(bar.style, Style)
        assert bar.style.bgcolor is not None
        assert bar.style.color is not None
        segments = bar.render_bar(
            size=height,
            virtual_size=bar.virtual_size,
            window_size=bar.window_size,
            position=bar.position,
            thickness=width,
            back_color=bar.style.bgcolor,
            bar_color=bar.style.color,
        ).segments
        kinds: dict[Segment, Strip] = {}
        return [kinds.get(segment) or kinds.setdefault(segment, self._line(segment)) for segment in segments]

    def _line(self, segment: Segment) -> Strip:
        strip = Strip(Segment.apply_style([segment], self.rich_style), self.size.width)
        for each in self.get_line_filters():
            strip = strip.apply_filter(each, self.background_colors[1])
        return strip
