"""A small application for tests of single widgets, and plain-text views of what it shows."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.message import Message
from textual.theme import Theme
from textual.widget import Widget

import themes
from cache.models import Key, Row
from cache.store.reader import Window

__all__ = [
    "NOW",
    "Recorder",
    "WidgetApp",
    "cursor_line",
    "make_row",
    "make_window",
    "save_picture",
    "screen_text",
    "strip_text",
    "widget_text",
]


NOW = 1_779_444_840
"""22 May 2026, 10:14 UTC."""


def make_row(number: int, **changes: Any) -> Row:
    """A plausible row; the greater its number, the newer it is."""
    row = Row(
        rowid=number,
        key=Key("acme", f"id-{number}"),
        ref=f"SUB-{number:04d}",
        created=NOW - 7200,
        status="read",
        priority="medium",
        flagged=False,
        assignee_id=None,
        assignee_name=None,
        sync="clean",
        who=f"Person {number}",
        about=f"Question {number}",
        cleaned=False,
    )
    return replace(row, **changes)


def make_window(
    total: int, first: int = 0, count: int = 60, *, generation: int = 1, cursor: int | None = None
) -> Window:
    """A stretch of a list in which position 0 holds the row numbered `total`, the last one number 1."""
    end = min(total, first + count)
    rows = tuple(make_row(total - position) for position in range(first, end))
    return Window(first, rows, total, generation, cursor)


def _theme(spec: themes.ThemeSpec) -> Theme:
    colors = {name: getattr(spec, name) for name in themes.COLORS}
    # Textual's own style sheets need these two of a theme in the terminal's colours.
    extra = {"ansi-background": spec.background, "ansi-foreground": spec.foreground} if spec.ansi else {}
    variables = {**extra, **spec.variables}
    return Theme(name=spec.name, dark=spec.dark, ansi=spec.ansi, variables=variables, **colors)


class WidgetApp(App[None]):
    """Shows the given widgets one below the other under a bundled theme, and keeps their messages."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[Any]] = []
    CSS_PATH = None

    def __init__(self, *widgets: Widget, theme_name: str = themes.DEFAULT_THEME, css: str = "") -> None:
        self._widgets = widgets
        self._theme_name = theme_name
        super().__init__()
        self.animation_level = "none"
        if css:
            self.stylesheet.add_source(css, read_from=("harness", "css"))

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Every role has a colour before the theme is on."""
        return dict(themes.bundled()[themes.DEFAULT_THEME].variables)

    def compose(self) -> ComposeResult:
        """The widgets under test."""
        yield from self._widgets

    def on_mount(self) -> None:
        """Puts the theme on."""
        for spec in themes.bundled().values():
            self.register_theme(_theme(spec))
        self.theme = self._theme_name


class Recorder:
    """Keeps the messages of the wanted kinds: `app.run_test(message_hook=recorder)`."""

    def __init__(self, *kinds: type[Message]) -> None:
        self._kinds = kinds
        self._seen: dict[int, Message] = {}

    def __call__(self, message: Message) -> None:
        """Takes a message in; each counts once although several pumps see it."""
        if isinstance(message, self._kinds):
            self._seen.setdefault(id(message), message)

    @property
    def messages(self) -> list[Any]:
        """What came, oldest first."""
        return list(self._seen.values())

    def clear(self) -> None:
        """Forgets everything."""
        self._seen.clear()


def strip_text(strip: Iterable[Any]) -> str:
    """The characters of one rendered line."""
    return "".join(segment.text for segment in strip)


def screen_text(app: App[Any]) -> list[str]:
    """The lines of the whole screen as a person would read them, without trailing blanks."""
    strips = app.screen._compositor.render_strips()
    return [strip_text(strip).rstrip() for strip in strips]


def widget_text(widget: Widget) -> list[str]:
    """The lines of one widget's content as they were rendered, trailing blanks kept."""
    size = widget.size
    return [strip_text(strip) for strip in widget.render_lines(size.region)]


def cursor_line(widget: Widget) -> int:
    """The line of the widget on which the plain sign of the cursor stands."""
    return next(at for at, line in enumerate(widget_text(widget)) if line.startswith(">"))


def save_picture(app: App[Any], path: Path) -> None:
    """Writes the screen as SVG, to be looked at."""
    path.write_text(app.export_screenshot(), encoding="utf-8")
