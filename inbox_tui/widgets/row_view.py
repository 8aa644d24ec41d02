"""A scrolling view that draws rows and keeps what it drew; which rows there are is up to its subclass."""

from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import ClassVar, Final

from rich.style import Style
from textual.cache import LRUCache
from textual.geometry import Size
from textual.reactive import reactive
from textual.scrollbar import ScrollBar
from textual.strip import Strip

from cache.models import Row
from inbox_tui.format import age_or_date
from inbox_tui.signs import UNICODE, SignSet
from inbox_tui.timers import SureTimers
from inbox_tui.widgets.lines_ahead import LinesAhead
from inbox_tui.widgets.row_renderer import (
    DRAWN_ROLES,
    HEADER_LINES,
    LEAST_AGE,
    LEAST_NUMBER,
    Look,
    Palette,
    Picture,
    RowLayout,
    blank_line,
    columns_for,
    draw_header,
    draw_placeholder,
    draw_row,
    draw_sentence,
    lines_of,
    needed_cells,
)
from inbox_tui.widgets.whole_lines import WholeLines

__all__ = ["HEADER_LINES", "RowView"]

_STRIPS: Final = 256
_FAR: Final = 2
"""Who goes further than so many screens at once does not go on in that direction."""
_EIGHTHS: Final = 8
"""So many steps a scrollbar takes in one cell."""


class RowView(SureTimers, WholeLines, inherit_bindings=False):
    """Draws a header and rows of one or two lines. Subclasses say which row stands where."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"rows--{role}" for role in DRAWN_ROLES),
        "rows--header",
        "rows--notice",
        "rows--dimmed",
        "rows--placeholder",
        "rows--cursor",
        "rows--cursor-blurred",
    }
    DEFAULT_CSS = """
    RowView {
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        & > .rows--accent { color: $role-accent; }
        & > .rows--text { color: $role-text; }
        & > .rows--info { color: $role-info; }
        & > .rows--muted { color: $role-muted; }
        & > .rows--warning { color: $role-warning; }
        & > .rows--error { color: $role-error; }
        & > .rows--header { color: $role-muted; text-style: bold; }
        & > .rows--notice { color: $role-accent; text-style: bold; }
        & > .rows--dimmed { color: $role-muted; text-style: italic; }
        & > .rows--placeholder { color: $role-muted; }
        & > .rows--cursor {
            color: $role-cursor-fg;
            background: $role-cursor-bg;
        }
        & > .rows--cursor-blurred {
            color: $role-selection-fg;
            background: $role-selection-bg;
        }
    }
    """

    now: reactive[float] = reactive(0.0, init=False)
    """The present, in seconds since the epoch; ages are told from it."""
    tz: reactive[tzinfo] = reactive[tzinfo](UTC, init=False)
    me: reactive[frozenset[str]] = reactive(frozenset[str](), init=False)
    """The user ids behind "me"."""
    signs: reactive[SignSet] = reactive(UNICODE, init=False)
    row_layout: reactive[RowLayout] = reactive[RowLayout]("line", init=False)
    """One line a row, or two on a narrow screen."""
    several_sources: reactive[bool] = reactive(False, init=False)
    capabilities_local: reactive[frozenset[str]] = reactive(frozenset[str](), init=False)
    """Sources whose triage no provider stores."""
    new_above: reactive[int] = reactive(0, init=False)
    """How many rows arrived above the first; told in the header's line."""
    empty_text: reactive[str] = reactive("", init=False, repaint=False)
    """The sentence in an empty list; it may hold foreign text."""

    def __init__(
        self,
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.strip_cache: LRUCache[Picture, Strip] = LRUCache(_STRIPS)
        """Drawn lines, by everything they depend on."""
        self._look: Look | None = None
        self._palette: Palette | None = None
        self._look_size = Size(0, 0)
        self._number_cells = LEAST_NUMBER
        self._age_cells = LEAST_AGE
        self.ahead = LinesAhead(self)
        """Draws what is likely to be in sight next."""
        self.goes_down = True
        """Which way it is going to be scrolled, most likely."""

    # What a subclass knows

    @property
    def total(self) -> int:
        """How many rows the whole list has."""
        raise NotImplementedError

    @property
    def cursor_position(self) -> int:
        """Where the cursor is in the whole list; 0 in an empty one."""
        raise NotImplementedError

    @property
    def is_loaded(self) -> bool:
        """False until it is known what the list holds."""
        raise NotImplementedError

    def row_at(self, position: int) -> Row | None:
        """The row at a position, None while it is not here."""
        raise NotImplementedError

    # Sizes

    @property
    def row_height(self) -> int:
        """Lines a row takes."""
        return lines_of(self.row_layout)

    @property
    def rows_per_screen(self) -> int:
        """How many whole rows fit on the screen, at least one."""
        return max(1, (self.size.height - HEADER_LINES) // self.row_height)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Draws the lines that are in sight now; the scrollbar only when its thumb is seen to move."""
        if self.show_vertical_scrollbar:
            bar = self.vertical_scrollbar
            step = max(1, self.virtual_size.height // (_EIGHTHS * max(1, self.size.height)))
            at_end = new_value >= self.max_scroll_y
            bar.position = new_value if at_end else new_value // step * step
        self.note_way(old_value, new_value)
        if round(old_value) != round(new_value):
            self.refresh(self.size.region)

    def note_way(self, old: float, new: float) -> None:
        """Expect it to go on as it went from one line to another."""
        if abs(new - old) > _FAR * self.size.height:
            self.goes_down = new < self.max_scroll_y  # reading goes on downwards, but from the end
        elif new != old:
            self.goes_down = new <= 0 or new > old

    def tell_scrollbar(self, lines: int, *, at_least: bool = False) -> None:
        """How long the list is, or is at least; drawn only when that is seen in the scrollbar."""
        bar, height = self.vertical_scrollbar, self.size.height
        held = bar.window_virtual_size
        lines = max(lines, held) if at_least else lines
        if bar.position == 0 and min(lines, held) >= height * height:
            bar.set_reactive(ScrollBar.window_virtual_size, lines)  # one cell, at the top, as before
        else:
            bar.window_virtual_size = lines

    # Inputs

    def watch_me(self) -> None:
        self.forget_drawn()

    def watch_signs(self) -> None:
        self.forget_drawn()
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.refresh()

    def watch_empty_text(self) -> None:
        if not self.total:
            self.refresh()

    def watch_several_sources(self) -> None:
        self.forget_drawn()

    def watch_capabilities_local(self) -> None:
        self.forget_drawn()

    def notify_style_update(self) -> None:
        """Forgets drawn lines: colours may be others now."""
        super().notify_style_update()
        self.forget_drawn()

    def forget_drawn(self) -> None:
        """Draws everything anew, from the inputs as they are when it is drawn."""
        self._look = self._palette = None
        self.strip_cache.clear()

    # Drawing

    def render_line(self, y: int) -> Strip:
        """One line of the widget: the header, or a line of the row that is scrolled there."""
        look = self._current_look()
        if y < HEADER_LINES:
            return Strip(draw_header(look, self.new_above), look.width)
        if not self.total:
            sentence = self.empty_text if self.is_loaded else ""
            height = self.size.height - HEADER_LINES
            return Strip(draw_sentence(sentence, look, y - HEADER_LINES, height), look.width)
        return self._row_line(look, y - HEADER_LINES + self.scroll_offset.y)

    def _row_line(self, look: Look, at: int) -> Strip:
        position, line = divmod(at, self.row_height)
        if position >= self.total:
            return Strip(blank_line(look), look.width)
        is_cursor, row = position == self.cursor_position, self.row_at(position)
        if row is None:
            placeholder = draw_placeholder(look, cursor=is_cursor, focused=self.has_focus, line=line)
            return Strip(placeholder, look.width)
        age = age_or_date(row.created, self.now, self.tz)
        picture = Picture(row, look, age, is_cursor, self.has_focus, line)
        strip = self.strip_cache.get(picture)
        if strip is None:
            strip = Strip(draw_row(picture), look.width)
            self.strip_cache.set(picture, strip)
        return strip

    def lines_ahead(self) -> Sequence[int]:
        """The lines of the rows that are here and would be in sight after a page."""
        top, lines = self.scroll_offset.y, self.rows_per_screen * self.row_height
        if not self.has_room_for(2 * lines):
            return ()  # what is on the screen would be forgotten for it
        first = max(0, top + lines if self.goes_down else top - lines)
        return [line for line in range(first, first + lines) if self.has_row(line)]

    def has_room_for(self, lines: int) -> bool:
        """Whether so many drawn lines are kept."""
        return lines <= _STRIPS * 9 // 10

    def has_row(self, line: int) -> bool:
        """Whether the row is here that line `line` of all the rows belongs to."""
        return self.row_at(line // self.row_height) is not None

    def rested(self) -> None:
        """Nothing has moved for a moment, and all lines ahead are drawn."""

    def line_at(self, at: int) -> Strip:
        """Line `at` of all the rows."""
        return self._row_line(self._current_look(), at)

    def _current_look(self) -> Look:
        # The inner width costs a walk through the layout, so it is asked for only when the outer one changed.
        if self._look is None or self._look_size != self.outer_size:
            width = self.scrollable_content_region.width
            columns = columns_for(width, self._number_cells, self._age_cells, self.several_sources)
            self._look = Look(
                width=width,
                layout=self.row_layout,
                columns=columns,
                signs=self.signs,
                palette=self._colours(),
                me=self.me,
                local_sources=self.capabilities_local,
            )
            self._look_size = self.outer_size
        return self._look

    def _colours(self) -> Palette:
        def style(part: str) -> Style:
            return self.get_component_rich_style(f"rows--{part}")

        if self._palette is None:
            self._palette = Palette(
                roles={role: style(role) for role in DRAWN_ROLES},
                header=style("header"),
                notice=style("notice"),
                dimmed=style("dimmed"),
                placeholder=style("placeholder"),
                cursor=style("cursor"),
                cursor_blurred=style("cursor-blurred"),
            )
        return self._palette

    def fit_columns(self, rows: Sequence[Row], *, anew: bool = False) -> bool:
        """Widens the columns of numbers and ages to what came, and says whether any is another one now.

        They narrow only for another list, `anew`.
        """
        number_cells, age_cells = needed_cells(rows, self.now, self.tz)
        if not anew:
            number_cells = max(number_cells, self._number_cells)
            age_cells = max(age_cells, self._age_cells)
        if (number_cells, age_cells) == (self._number_cells, self._age_cells):
            return False
        self._number_cells, self._age_cells, self._look = number_cells, age_cells, None
        return True
