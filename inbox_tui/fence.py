"""The last line before the terminal: no control character leaves, whatever drew it."""

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from cache.text import blot, contains_control

__all__ = ["Fence"]


class Fence(LineFilter):
    """Replaces control characters in what is about to be written. A hit is a mistake further up."""

    def __init__(self) -> None:
        super().__init__()
        self.hits = 0
        """How many segments had to be changed; tests hold it at zero."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Clean every segment of a line."""
        if not any(contains_control(segment.text) for segment in segments):
            return segments
        self.hits += 1
        return [Segment(blot(text), style, control) for text, style, control in segments]
