"""A scrolling view whose lines are put on the screen as they were drawn, instead of styled anew each time."""

from collections.abc import Iterable, Sequence
from itertools import accumulate, chain
from typing import Final, NamedTuple

from rich.style import Style
from textual.cache import LRUCache
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.strip import Strip

from inbox_tui.widgets.scrollbars import QuickScrollBar

__all__ = ["WholeLines"]

_STRIPS: Final = 256


class _Frame(NamedTuple):
    """What stands left and right of every line, ready for the screen."""

    width: int
    inner: int
    """The cells of a line without its frame."""
    left: Strip
    right: Strip
    blank: Style
    """How what is missing of a line is filled."""


class _Framed(Strip):
    """A line in its frame. It is divided where one of its parts ends without being measured again."""

    __slots__ = ("_ends", "_parts")

    def __init__(self, parts: Sequence[Strip]) -> None:
        self._parts = [part for part in parts if part.cell_length]
        self._ends = list(accumulate(part.cell_length for part in self._parts))
        super().__init__(chain.from_iterable(self._parts), self._ends[-1] if self._ends else 0)

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """The parts between the cuts."""
        cuts = list(cuts)
        return self._parts if cuts == self._ends else super().divide(cuts)


class WholeLines(ScrollView, inherit_bindings=False):
    """Keeps what a drawn line became on the screen, by the strip that `render_line` gave.

    A subclass gives the same strip again for a line that looks the same, and another for one that does not.
    """

    def __init__(
        self,
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._frame: _Frame | None = None
        self._finished: LRUCache[int, tuple[Strip, Strip]] = LRUCache(_STRIPS)
        """What was drawn, by its identity, and what it became."""

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """The scrollbar; it is made when it is first asked for."""
        if self._vertical_scrollbar is None:
            bar = QuickScrollBar(thickness=self.scrollbar_size_vertical)
            self._vertical_scrollbar = bar
            bar.display = False
            self.app._start_widget(self, bar)  # noqa: SLF001 - as the property it stands for does
        return self._vertical_scrollbar

    def notify_style_update(self) -> None:
        """Forgets what was made ready in the old colours."""
        super().notify_style_update()
        self._frame = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """The visible lines, as `Widget.render_lines` would give them."""
        if not self.is_plain:
            return super().render_lines(crop)
        strips = self.finish(self.render_line(y) for y in crop.line_range)
        if crop.column_span != (0, self.outer_size.width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def finish(self, lines: Iterable[Strip]) -> list[Strip]:
        """What drawn lines become on the screen, which is kept. Only while all are framed alike."""
        frame, found = self._framed(), self._finished
        filters, background = self.get_line_filters(), self.background_colors[1]
        strips: list[Strip] = []
        for drawn in lines:
            held = found.get(id(drawn))
            if held is None or held[0] is not drawn:
                line = drawn.crop(0, frame.inner)
                missing = frame.inner - line.cell_length
                parts = [Strip.join((frame.left, line)) if frame.left.cell_length else line]
                if missing > 0:
                    parts.append(Strip.blank(missing, frame.blank))
                if frame.right.cell_length:
                    parts.append(frame.right)
                for each in filters:
                    parts = [part.apply_filter(each, background) for part in parts]
                strip = _Framed(parts)
                found.set(id(drawn), held := (drawn, strip))
            strips.append(held[1])
        return strips

    def make_ready(self, lines: Iterable[Strip]) -> None:
        """Do all to lines that is done when they are drawn: finish, cut beside the scrollbar, escape."""
        bar, region, console = self.vertical_scrollbar.region, self.region, self.app.console
        cuts = sorted({bar.x - region.x, bar.right - region.x, region.width})
        for strip in self.finish(lines):
            for part in strip.divide(cuts):
                part.render(console)

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing above, below or over the lines, so that all are framed alike."""
        styles = self.styles
        gutter = styles.gutter
        return not (
            gutter.top
            or gutter.bottom
            or styles.tint.a
            or styles.outline
            or styles.text_opacity != 1.0
            or self.opacity != 1.0
            or styles.has_rule("hatch")
        )

    def _framed(self) -> _Frame:
        """The frame at the present size, cut out of a line as Textual draws it."""
        width = self.outer_size.width
        if self._frame is None or self._frame.width != width:
            gutter = self.styles.gutter
            (sample,) = super().render_lines(Region(0, 0, width, 1))
            left, right = sample.crop(0, gutter.left), sample.crop(width - gutter.right, width)
            inner = width - gutter.left - gutter.right
            self._frame = _Frame(width, inner, left, right, self.rich_style.background_style)
            self._finished.clear()
        return self._frame
