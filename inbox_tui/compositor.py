"""Draws the widgets whose cells changed, instead of all that lie between them.

Textual has no public place for that: this uses private names of its compositor, as they are in Textual 8. A
test compares what is written to the terminal with what Textual would write.
"""

from collections.abc import Iterable
from typing import TypeAlias

from textual._compositor import ChopsUpdate
from textual._compositor import Compositor as TextualCompositor
from textual.geometry import Region
from textual.screen import Screen, ScreenResultType
from textual.widget import Widget

__all__ = ["Compositor", "QuickScreen"]

_Placed: TypeAlias = dict[Widget, tuple[Region, Region]]
"""Where each widget is, and what of that place may be seen; those in front come first."""


class Compositor(TextualCompositor):
    """Renders only what is needed for a part of the screen.

    Textual renders every widget within the rectangle around all that changed, and each container behind them:
    with a changed first and last line that is the whole screen.
    """

    def __init__(self) -> None:
        super().__init__()
        self._needed: _Placed | None = None

    @property
    def visible_widgets(self) -> _Placed:
        """The widgets on the screen; while a part of it is rendered, those that it needs."""
        return super().visible_widgets if self._needed is None else self._needed

    def render_partial_update(self) -> ChopsUpdate | None:
        """Render what changed."""
        _ = self.cuts  # of all widgets; they are kept
        self._needed = _in_front(super().visible_widgets, self._dirty_regions)
        try:
            return super().render_partial_update()
        finally:
            self._needed = None


class QuickScreen(Screen[ScreenResultType], inherit_bindings=False):
    """A screen on which a change draws no more than what it changes."""

    def __init__(self) -> None:
        super().__init__()
        self._compositor = Compositor()


def _in_front(placed: _Placed, changed: Iterable[Region]) -> _Placed:
    """The widgets that are seen somewhere in `changed`, and perhaps one that another covers in part."""
    left = list(changed)
    needed: _Placed = {}
    for widget, (region, clip) in placed.items():
        shown = region.intersection(clip)
        if any(shown.overlaps(one) for one in left):
            needed[widget] = region, clip
            left = [one for one in left if not shown.contains_region(one)]
        if not left:
            break
    return needed
