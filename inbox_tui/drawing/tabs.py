"""The tabs of the detail pane: their names, the strip that shows them, and what each draws."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, assert_never

from cache.models import Detail
from inbox_tui.drawing.answers import fields_lines, notes_lines
from inbox_tui.drawing.context import Setting
from inbox_tui.drawing.lines import Line, Piece, said
from inbox_tui.drawing.metadata import metadata_lines
from inbox_tui.drawing.raw import raw_lines
from inbox_tui.drawing.timeline import Timeline, timeline_lines
from inbox_tui.drawing.told import no_timeline

__all__ = ["TABS", "Tab", "TabStrip", "tab_lines", "tab_strip"]

Tab: TypeAlias = Literal["fields", "notes", "timeline", "metadata", "raw"]
TABS: Final[tuple[Tab, ...]] = ("fields", "notes", "timeline", "metadata", "raw")
_LONG: Final[dict[Tab, str]] = {
    "fields": "Fields",
    "notes": "Notes",
    "timeline": "Timeline",
    "metadata": "Meta",
    "raw": "Raw",
}
_INITIAL: Final[dict[Tab, str]] = {tab: name[0] for tab, name in _LONG.items()}


@dataclass(frozen=True, slots=True)
class TabStrip:
    """One line that names the tabs, and the columns each of them takes."""

    line: Line
    places: tuple[tuple[int, int, Tab], ...]
    """First column, the column after the last one, and the tab there."""

    def tab_at(self, column: int) -> Tab | None:
        """The tab drawn at a column."""
        return next((tab for first, end, tab in self.places if first <= column < end), None)


def tab_strip(current: Tab, width: int) -> TabStrip:
    """The strip with the current tab in brackets: whole names, else initials, else the current one alone."""
    initials = {**_INITIAL, current: _LONG[current]}
    for names in (_LONG, initials, _INITIAL):
        strip = _strip(names, current)
        if strip.places[-1][1] - (TABS[-1] != current) <= width:
            return strip
    alone = _INITIAL[current]
    return TabStrip((Piece(f"[{alone}]", "accent"),), ((0, 3, current),))


def _strip(names: dict[Tab, str], current: Tab) -> TabStrip:
    pieces: list[Piece] = []
    places: list[tuple[int, int, Tab]] = []
    column = 0
    for tab in TABS:
        is_current = tab == current
        text = f"[{names[tab]}]" if is_current else f" {names[tab]} "
        pieces.append(Piece(text, "accent" if is_current else "muted"))
        places.append((column, column + len(text), tab))
        column += len(text)
    return TabStrip(tuple(pieces), tuple(places))


def tab_lines(tab: Tab, detail: Detail, timeline: Timeline, setting: Setting) -> list[Line]:
    """What one tab shows under the head."""
    setting = setting.knowing(detail)
    match tab:
        case "fields":
            return fields_lines(detail, setting)
        case "notes":
            return notes_lines(detail, setting)
        case "timeline":
            reason = no_timeline(detail.submission.provider)
            if reason is not None and not timeline.events:
                return said(reason, setting.cells)
            return timeline_lines(timeline, setting)
        case "metadata":
            return metadata_lines(detail, setting)
        case "raw":
            return raw_lines(detail.raw, setting)
    assert_never(tab)
