"""The line near the bottom: position, what was done, connection, outbox, budget, age."""

from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from inbox_tui.signs import SignSet
from inbox_tui.status import SEPARATOR, StatusModel, status_segments

__all__ = ["StatusBar"]


class StatusBar(Widget, inherit_bindings=False):
    """Draws a `StatusModel` on one line, the most important of it when there is little room."""

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

    model: reactive[StatusModel] = reactive(StatusModel())
    """What is to be said."""
    now: reactive[float] = reactive(0.0)
    """The current time in seconds since the epoch; ages and waits are counted from it."""

    def __init__(self, signs: SignSet, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._signs = signs

    def show(self, model: StatusModel, now: float | None = None) -> None:
        """Draw another model, and with `now` also move the clock on."""
        self.model = model
        if now is not None:
            self.now = now

    def use_signs(self, signs: SignSet) -> None:
        """Draw with another set of signs."""
        self._signs = signs
        self.refresh()

    def render(self) -> Content:
        """Lay the segments that fit beside each other."""
        segments = status_segments(self.model, self.content_size.width, self._signs, self.now)
        parts: list[tuple[str, str]] = []
        for text, role in segments:
            if parts:
                parts.append((SEPARATOR, "$role-muted"))
            parts.append((text, f"$role-{role}"))
        return Content.assemble(*parts)
