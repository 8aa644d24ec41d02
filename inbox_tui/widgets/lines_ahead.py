"""Draws lines before anybody waits for them."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

from textual.geometry import Size
from textual.strip import Strip

__all__ = ["LinesAhead"]

_REST_SECONDS: Final = 0.05
"""So long nothing must have moved before anything is drawn ahead."""
_AT_ONCE: Final = 7
"""Lines drawn at once: one or two milliseconds of work."""
_BETWEEN_SECONDS: Final = 0.002
"""A pause in which a key can come through."""


class View(Protocol):
    """What is scrolled over the lines."""

    @property
    def size(self) -> Size:
        """Its size in cells; none while it is hidden."""

    @property
    def is_plain(self) -> bool:
        """Whether lines can be drawn before they are in sight."""

    def lines_ahead(self) -> Sequence[int]:
        """The lines that are likely to be in sight next."""

    def line_at(self, at: int) -> Strip:
        """Draw one of them."""

    def make_ready(self, lines: Iterable[Strip]) -> None:
        """Do all to drawn lines that is done before they are on the screen, and keep it."""

    def rested(self) -> None:
        """All lines that were to be drawn ahead are drawn."""

    def set_timer(self, delay: float, callback: Callable[[], None]) -> object:
        """Call back after so many seconds."""


class LinesAhead:
    """Draws the lines a view expects to show next once nothing moves for a moment.

    It draws a few at a time, so that a key that comes meanwhile does not wait.
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self._moved_at = 0.0
        self._left: deque[int] | None = None
        """The lines still to be drawn; None until they are chosen."""
        self.is_drawing = False
        """Whether there is anything to wait for or to draw."""

    def begin(self) -> None:
        """Something has moved: choose the lines and draw them when it rests."""
        self._moved_at, self._left = time.monotonic(), None
        if not self.is_drawing:
            self.is_drawing = True
            self._view.set_timer(_REST_SECONDS, self._draw_some)

    def _draw_some(self) -> None:
        rest = self._moved_at + _REST_SECONDS - time.monotonic()
        if rest > 0:
            self._view.set_timer(rest, self._draw_some)
            return
        if self._left is None:
            self._left = deque(self._view.lines_ahead())
        if not self._left or not self._view.size or not self._view.is_plain:
            self.is_drawing = False
            if not self._left:
                self._view.rested()
            return
        some = [self._left.popleft() for _ in range(min(_AT_ONCE, len(self._left)))]
        self._view.make_ready(self._view.line_at(line) for line in some)
        self._view.set_timer(_BETWEEN_SECONDS, self._draw_some)
