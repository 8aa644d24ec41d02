"""The first rows of the list, drawn before Textual is loaded, as its first frame will draw them.

What is on a screen at that moment is decided here from the same rows, signs, roles and columns; where it
stands repeats the style sheet, and a test compares every cell with what Textual draws.
"""

import shutil
import sys
import termios
import time
from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Final, NamedTuple

from rich.color import Color, ColorSystem
from rich.segment import Segment
from rich.style import Style

import themes
from cache.store.reader import Window
from cache.text import blot
from inbox_tui.config import UiConfig
from inbox_tui.early_screen import EarlyScreen
from inbox_tui.format import age_or_date
from inbox_tui.inbox.layout import choose_layout
from inbox_tui.paths import themes_dir
from inbox_tui.signs import PLAIN, SignSet
from inbox_tui.widgets.row_renderer import (
    DRAWN_ROLES,
    HEADER_LINES,
    Look,
    Palette,
    Picture,
    blank_line,
    columns_for,
    draw_header,
    draw_row,
    lines_of,
    needed_cells,
)
from inbox_tui.workspace import Workspace

__all__ = ["EarlyList", "color_system", "draw_early", "early_text", "list_place", "show_early", "theme_of"]

_FILTER_PREFIX: Final = " / "
_SCROLLBAR: Final = 1
_VIEWS_WIDTH: Final = 18
_CLOCK_STEP: Final = 10
"""Seconds by which the list's clock moves."""
_ROUNDED: Final = "│"
_ASCII: Final = "|"
_DEEP: Final = frozenset({"truecolor", "24bit"})
_BY_TERMINAL: Final = {
    "256color": ColorSystem.EIGHT_BIT,
    "kitty": ColorSystem.EIGHT_BIT,
    "16color": ColorSystem.STANDARD,
}
_OTHERWISE: Final = ("NO_COLOR", "TEXTUAL_COLOR_SYSTEM", "TEXTUAL_DRIVER", "TEXTUAL_FILTERS")
"""What changes how Textual draws in a way that is not repeated here."""


class EarlyList(NamedTuple):
    """What the list shows first; times are seconds since the epoch."""

    window: Window
    now: float
    zone: tzinfo
    signs: SignSet
    several_sources: bool
    local_sources: frozenset[str]


class Place(NamedTuple):
    """Where the list is on the screen, in cells; the scrollbar is part of its width."""

    left: int
    top: int
    width: int
    height: int
    left_border: bool
    right_border: bool
    is_narrow: bool


def show_early(
    screen: EarlyScreen,
    workspace: Workspace,
    window: Window,
    signs: SignSet,
    zone: tzinfo,
    clock: Callable[[], float] = time.time,
) -> None:
    """Show the first rows where the inbox will, if there are any and the terminal is such a one."""
    streams = (sys.__stdin__, sys.__stdout__, sys.__stderr__)
    if not all(stream is not None and stream.isatty() and _is_utf8(stream.encoding) for stream in streams):
        return
    colors, spec = color_system(workspace.environ), theme_of(workspace)
    if colors is None or spec is None:
        return
    several = len(workspace.source_names) > 1
    shown = EarlyList(window, clock(), zone, signs, several, workspace.local_sources)
    text = early_text(shown, workspace.config.ui, spec, shutil.get_terminal_size(), colors)
    if text is not None:
        try:
            screen.show(text)
        except (OSError, termios.error):
            screen.give_back()


def _is_utf8(encoding: str) -> bool:
    return encoding.lower().replace("-", "") == "utf8"


def early_text(
    shown: EarlyList, ui: UiConfig, spec: themes.ThemeSpec, size: tuple[int, int], colors: ColorSystem
) -> str | None:
    """The whole screen as one string for the terminal; None where the list is not what shows first."""
    lines = draw_early(shown, ui, spec, size)
    if lines is None:
        return None
    drawn = ("".join(_rendered(segment, colors) for segment in line) for line in lines)
    return "".join(f"\x1b[{number};1H{line}" for number, line in enumerate(drawn, 1))


def draw_early(
    shown: EarlyList, ui: UiConfig, spec: themes.ThemeSpec, size: tuple[int, int]
) -> list[list[Segment]] | None:
    """The lines of the screen; None where the list is not what shows first, or is empty."""
    place = list_place(*size, ui.layout)
    if place is None or not shown.window.rows:
        return None
    width, height = size
    palette, ground = _palette(spec), _style("", spec.background)
    blank = [Segment(" " * width, ground)]
    prefix = Segment(_FILTER_PREFIX, palette.roles["muted"])
    lines = [[prefix, Segment(" " * (width - len(_FILTER_PREFIX)), ground)]]
    lines += [blank] * (place.top - 1)
    side = Segment(
        _ASCII if shown.signs is PLAIN else _ROUNDED, _style(spec.roles["border"], spec.background)
    )
    before = [Segment(" " * place.left, ground), *[side] * place.left_border]
    used = place.left + place.left_border + place.width + place.right_border
    after = [Segment(" " * _SCROLLBAR, ground), *[side] * place.right_border]
    after.append(Segment(" " * (width - used), ground))
    lines += [[*before, *line, *after] for line in _rows(shown, place, palette)]
    lines += [blank] * (height - 2 - len(lines))
    return [*lines, [Segment(" " * width, _style("", spec.panel))], blank]


def list_place(columns: int, rows: int, setting: str) -> Place | None:
    """Where the style sheet puts the list while nothing stands beside it; None when it does not show."""
    layout = choose_layout(columns, rows, setting)
    if layout == "tiny":
        return None
    if layout == "wide":
        return Place(_VIEWS_WIDTH, 1, columns * 45 // 100 - 2, rows - 3, True, True, False)
    if layout == "medium":
        return Place(0, 2, columns // 2 - 1, rows - 4, False, True, False)
    if layout == "stacked":
        return Place(0, 2, columns, (rows - 4) * 34 // 100, False, False, False)
    return Place(0, 2, columns, rows - 4, False, False, True)


def color_system(environ: Mapping[str, str]) -> ColorSystem | None:
    """The colours of the terminal, judged by the environment as Rich does; None for nothing early."""
    terminal = environ.get("TERM", "").strip().lower()
    if terminal in ("", "dumb", "unknown") or any(name in environ for name in _OTHERWISE):
        return None
    if environ.get("COLORTERM", "").strip().lower() in _DEEP:
        return ColorSystem.TRUECOLOR
    return _BY_TERMINAL.get(terminal.rpartition("-")[2], ColorSystem.STANDARD)


def theme_of(workspace: Workspace) -> themes.ThemeSpec | None:
    """The theme that is configured; None when there is no such theme."""
    name = workspace.config.ui.theme
    if name in themes.BUNDLED:
        return themes.load_bundled(name)
    return themes.load_user_themes(themes_dir(workspace.environ)).themes.get(name)


def _rows(shown: EarlyList, place: Place, palette: Palette) -> list[list[Segment]]:
    rows, width = shown.window.rows, place.width - _SCROLLBAR
    now = shown.now - shown.now % _CLOCK_STEP
    number, age = needed_cells(rows, now, shown.zone)
    look = Look(
        width=width,
        layout="narrow" if place.is_narrow else "line",
        columns=columns_for(width, number, age, shown.several_sources),
        signs=shown.signs,
        palette=palette,
        me=frozenset(),
        local_sources=shown.local_sources,
    )
    lines = [draw_header(look)]
    tall = lines_of(look.layout)
    for at, row in enumerate(rows[: -(-(place.height - HEADER_LINES) // tall)]):
        age_text = age_or_date(row.created, now, shown.zone)
        picture = Picture(row, look, age_text, at == 0, True, 0)
        lines += [draw_row(picture._replace(line=line)) for line in range(tall)]
    lines += [blank_line(look)] * (place.height - len(lines))
    return lines[: place.height]


def _palette(spec: themes.ThemeSpec) -> Palette:
    roles, ground = spec.roles, spec.background
    return Palette(
        roles={role: _style(roles[role], ground) for role in DRAWN_ROLES},
        header=_style(roles["muted"], ground, bold=True),
        notice=_style(roles["accent"], ground, bold=True),
        dimmed=_style(roles["muted"], ground, italic=True),
        placeholder=_style(roles["muted"], ground),
        cursor=_style(roles["cursor_fg"], roles["cursor_bg"]),
        cursor_blurred=_style(roles["selection_fg"], roles["selection_bg"]),
    )


def _style(front: str, back: str, *, bold: bool | None = None, italic: bool | None = None) -> Style:
    return Style(color=_color(front) if front else None, bgcolor=_color(back), bold=bold, italic=italic)


def _color(value: str) -> Color:
    """A colour as themes write it: `#rgb`, `#rrggbb` or `ansi_NAME`."""
    if value.startswith("ansi_"):
        return Color.parse(value.removeprefix("ansi_"))
    digits = value[1:]
    return Color.parse("#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)))


def _rendered(segment: Segment, colors: ColorSystem) -> str:
    text = blot(segment.text)  # what the fence does later: no control character leaves
    return segment.style.render(text, color_system=colors) if segment.style else text
