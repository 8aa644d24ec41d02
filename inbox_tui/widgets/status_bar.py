"""The line near the bottom: position, what was done, connection, outbox, budget, age; or a long notice."""

import math
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from inbox_tui.signs import SignSet
from inbox_tui.status import StatusModel, notice_lines, status_segments
from inbox_tui.status_fit import SEPARATOR

__all__ = ["StatusBar"]


class StatusBar(Widget, inherit_bindings=False):
    """Draws a `StatusModel` on one line, the most important of it when there is little room.

    A notice that needs two lines gets them, if the owner makes room for them.
    """

    BINDINGS: ClassVar[list[BindingType]] = []

    DEFAULT_CSS = """
    StatusBar {
        height: 1;
        width: 1fr;
        padding: 0 1;
        background: $panel;
        color: $role-text;
    }
    """

    class Resized(Message):
        """Whether one line is enough may be another question now."""

    model: reactive[StatusModel] = reactive(StatusModel())
    """What is to be said."""
    now: reactive[float] = reactive(0.0)
    """The current time in whole seconds since the epoch; ages and waits are counted from it."""

    def __init__(self, signs: SignSet, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._signs = signs

    def show(self, model: StatusModel, now: float | None = None) -> None:
        """Draw another model, and with `now` also move the clock on."""
        self.model = model
        if now is not None:
            self.now = now

    def validate_now(self, now: float) -> float:
        """Whole seconds: nothing that is told of the time is shorter."""
        return float(math.floor(now))

    def use_signs(self, signs: SignSet) -> None:
        """Draw with another set of signs."""
        self._signs = signs
        self.refresh()

    def on_resize(self) -> None:
        """Tell that there is more or less room."""
        self.post_message(self.Resized())

    @property
    def needs_two_lines(self) -> bool:
        """Whether there is a notice that one line has no room for."""
        return self._lines is not None

    @property
    def _lines(self) -> tuple[str, str] | None:
        return notice_lines(self.model, self.content_size.width, self._signs.ellipsis)

    def render(self) -> Content:
        """Lay the segments that fit beside each other, or a long notice over two lines."""
        if self.content_size.height > 1 and (lines := self._lines) and self.model.notice:
            severity = self.model.notice.severity
            return Content.assemble(("\n".join(lines), f"$role-{'text' if severity == 'info' else severity}"))
        segments = status_segments(self.model, self.content_size.width, self._signs, self.now)
        parts: list[tuple[str, str]] = []
        for text, role in segments:
            if parts:
                parts.append((SEPARATOR, "$role-muted"))
            parts.append((text, f"$role-{role}"))
        return Content.assemble(*parts)
