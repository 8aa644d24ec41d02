"""The list of views: a panel at the left where there is room, a line of tabs where there is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from rich.cells import cell_len
from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

from cache.text import one_line
from inbox_tui.format import cell_cut, cell_fit, thousands
from inbox_tui.signs import SignSet

__all__ = ["ViewChosen", "ViewEntry", "ViewTabs", "ViewsPanel"]

ViewGroup = Literal["views", "saved", "sources"]

_HEADINGS: Final[tuple[tuple[ViewGroup, str], ...]] = (
    ("views", "VIEWS"),
    ("saved", "SAVED"),
    ("sources", "SOURCES"),
)
_CURRENT: Final = "*"
_MARK: Final = "!"
_TITLE_LIMIT: Final = 60
_TAB_GAP: Final = " | "


@dataclass(frozen=True, slots=True)
class ViewEntry:
    """One view as the panel lists it."""

    name: str
    """What names the view in messages."""
    title: str
    group: ViewGroup
    count: int | None
    """Matching rows; None while they are not counted."""
    current: bool = False
    marked: bool = False
    """Whether there is something to be said of it: a sign stands beside the title."""

    @property
    def shown_title(self) -> str:
        """The title on one line, safe to draw."""
        return one_line(self.title, _TITLE_LIMIT).strip() or "(no name)"

    def shown_count(self, ellipsis: str) -> str:
        """The count as it is drawn."""
        return ellipsis if self.count is None else thousands(self.count)


class ViewChosen(Message):
    """A view was clicked."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class ViewsPanel(ScrollView, can_focus=False, inherit_bindings=False):
    """Lists the views under their headings, each with its count."""

    BINDINGS: ClassVar[list[BindingType]] = []
    Chosen = ViewChosen

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "views-panel--heading",
        "views-panel--entry",
        "views-panel--current",
        "views-panel--count",
        "views-panel--mark",
    }
    DEFAULT_CSS = """
    ViewsPanel {
        width: 18;
        height: 1fr;
        scrollbar-size: 1 1;
        scrollbar-background: $background;
        scrollbar-color: $role-border;
        overflow-x: hidden;
        & > .views-panel--heading { color: $role-muted; text-style: bold; }
        & > .views-panel--entry { color: $role-text; }
        & > .views-panel--current { color: $role-accent; text-style: bold; }
        & > .views-panel--count { color: $role-muted; }
        & > .views-panel--mark { color: $role-warning; text-style: bold; }
    }
    """

    entries: reactive[tuple[ViewEntry, ...]] = reactive(())

    def __init__(self, signs: SignSet, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._ellipsis = signs.ellipsis

    def use_signs(self, signs: SignSet) -> None:
        """Draw with another set of signs."""
        self._ellipsis = signs.ellipsis
        self.refresh()
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.refresh()

    def show(self, entries: tuple[ViewEntry, ...]) -> None:
        """Draw these views; the current one is brought into sight."""
        self.entries = entries

    def watch_entries(self) -> None:
        """Measure the lines anew."""
        self.virtual_size = Size(0, len(self._lines()))
        self.refresh()
        self.call_after_refresh(self._reveal)

    def on_resize(self) -> None:
        """Keep the current view in sight."""
        self.call_after_refresh(self._reveal)

    def _reveal(self) -> None:
        for index, line in enumerate(self._lines()):
            if isinstance(line, ViewEntry) and line.current:
                self.scroll_to_region(Region(0, index, 1, 1), animate=False, force=True, immediate=True)

    def _lines(self) -> list[ViewEntry | str]:
        lines: list[ViewEntry | str] = []
        for group, heading in _HEADINGS:
            members = [entry for entry in self.entries if entry.group == group]
            if members:
                lines += [heading, *members]
        return lines

    def render_line(self, y: int) -> Strip:
        """Draw one line: a heading, or mark, title and count."""
        width = self.scrollable_content_region.width
        lines = self._lines()
        index = y + int(self.scroll_offset.y)
        if index >= len(lines) or width < 3:
            return Strip.blank(width, self.rich_style)
        line = lines[index]
        if isinstance(line, str):
            content = Content.styled(cell_fit(line, width, ellipsis=self._ellipsis), self._style("heading"))
        else:
            content = self._entry(line, width)
        return Strip(content.render_segments(self.visual_style), width)

    def _style(self, name: str) -> Style:
        return self.get_visual_style(f"views-panel--{name}")

    def _entry(self, entry: ViewEntry, width: int) -> Content:
        style = self._style("current" if entry.current else "entry")
        mark = _CURRENT if entry.current else " "
        count = entry.shown_count(self._ellipsis)
        sign = _MARK if entry.marked else ""
        room = width - 1 - len(sign) - cell_len(count) - 2
        if room < 1:
            return Content.styled(cell_fit(mark + entry.shown_title, width, ellipsis=self._ellipsis), style)
        title = cell_cut(entry.shown_title, room, self._ellipsis)
        return Content.assemble(
            (mark + title, style),
            (sign, self._style("mark")),
            (" " * (room - cell_len(title) + 1), style),
            (count, style if entry.current else self._style("count")),
            " ",
        )

    def on_click(self, event: events.Click) -> None:
        """Choose the view under the pointer."""
        lines = self._lines()
        index = event.y + int(self.scroll_offset.y)
        if 0 <= index < len(lines) and isinstance(line := lines[index], ViewEntry):
            event.stop()
            self.post_message(ViewChosen(line.name))


def tabs_that_fit(
    entries: Sequence[ViewEntry], width: int, ellipsis: str = "…"
) -> list[tuple[str, ViewEntry | None]]:
    """Choose the tabs around the current view that fit `width` cells whole, as (text, entry).

    A text without an entry is a gap or the sign that there are more. Only the current view's own title is
    ever shortened, when it alone is too wide.
    """
    if not entries or width < 1:
        return []
    current = next((index for index, entry in enumerate(entries) if entry.current), 0)
    first = last = current
    while True:
        after = last + 1 < len(entries) and _tabs_cells(entries, ellipsis, first, last + 1) <= width
        if after:
            last += 1
        before = first > 0 and _tabs_cells(entries, ellipsis, first - 1, last) <= width
        if before:
            first -= 1
        if not (after or before):
            break
    if first == last and _tabs_cells(entries, ellipsis, first, last) > width:
        entry = entries[current]
        return [(cell_cut(entry.shown_title, width, ellipsis), entry)]
    pieces: list[tuple[str, ViewEntry | None]] = [(f"{ellipsis} ", None)] if first else []
    for index in range(first, last + 1):
        if index > first:
            pieces.append((_TAB_GAP, None))
        pieces.append((_tab(entries[index], ellipsis), entries[index]))
    if last + 1 < len(entries):
        pieces.append((f" {ellipsis}", None))
    return pieces


def _tab(entry: ViewEntry, ellipsis: str) -> str:
    current, sign = _CURRENT if entry.current else "", _MARK if entry.marked else ""
    return f"{current}{entry.shown_title}{sign} {entry.shown_count(ellipsis)}"


def _tabs_cells(entries: Sequence[ViewEntry], ellipsis: str, first: int, last: int) -> int:
    cells = sum(cell_len(_tab(entry, ellipsis)) for entry in entries[first : last + 1]) + len(_TAB_GAP) * (
        last - first
    )
    return cells + (2 if first else 0) + (2 if last + 1 < len(entries) else 0)


class ViewTabs(Widget, can_focus=False, inherit_bindings=False):
    """Draws the current view and as many of its neighbours as fit on one line."""

    BINDINGS: ClassVar[list[BindingType]] = []
    Chosen = ViewChosen

    DEFAULT_CSS = """
    ViewTabs { height: 1; width: 1fr; padding: 0 1; color: $role-text; }
    """

    entries: reactive[tuple[ViewEntry, ...]] = reactive(())

    def __init__(self, signs: SignSet, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._ellipsis = signs.ellipsis

    def use_signs(self, signs: SignSet) -> None:
        """Draw with another set of signs."""
        self._ellipsis = signs.ellipsis
        self.refresh()

    def show(self, entries: tuple[ViewEntry, ...]) -> None:
        """Draw these views, in this order."""
        self.entries = entries

    def render(self) -> Content:
        """Lay out the tabs that fit."""
        parts: list[tuple[str, str]] = []
        for text, entry in tabs_that_fit(self.entries, self.content_size.width, self._ellipsis):
            role = "$role-muted" if entry is None else "$role-text"
            parts.append((text, "bold $role-accent" if entry is not None and entry.current else role))
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """Choose the view under the pointer."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        end = 0
        for text, entry in tabs_that_fit(self.entries, self.content_size.width, self._ellipsis):
            end += cell_len(text)
            if offset.x < end:
                if entry is not None:
                    event.stop()
                    self.post_message(ViewChosen(entry.name))
                return
