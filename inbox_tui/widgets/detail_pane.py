"""The detail pane: one submission under its tabs, drawn line by line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import Reactive, reactive
from textual.strip import Strip

from cache.models import Detail
from inbox_tui.drawing import (
    Conversation,
    LanguageMode,
    Line,
    Piece,
    SameContact,
    Setting,
    Tab,
    TabStrip,
    Timeline,
    has_conversation,
    head_lines,
    next_language,
    tab_lines,
    tab_strip,
)
from inbox_tui.signs import UNICODE, SignSet
from inbox_tui.widgets.whole_lines import WholeLines

__all__ = ["DetailPane"]

_DAY: Final = 86400
_EMPTY: Final[tuple[Line, ...]] = (
    (Piece("No submission is selected.", "muted"),),
    (Piece("Move the cursor onto one to read it here.", "muted"),),
)
_NO_NAMES: Final[Mapping[str, str]] = {}


class DetailPane(WholeLines, can_focus=True, inherit_bindings=False):
    """Shows one submission; the strip of tabs stays on top while the rest scrolls.

    It binds no keys and reads no clock: whoever owns it calls its methods and sets `now`.
    """

    DEFAULT_CSS = """
    DetailPane {
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        color: $role-text;
        & > .detail--text { color: $role-text; }
        & > .detail--accent { color: $role-accent; text-style: bold; }
        & > .detail--info { color: $role-info; }
        & > .detail--muted { color: $role-muted; }
        & > .detail--warning { color: $role-warning; }
        & > .detail--error { color: $role-error; }
        & > .detail--label { color: $role-muted; }
        & > .detail--heading { color: $role-text; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "detail--accent",
        "detail--error",
        "detail--heading",
        "detail--info",
        "detail--label",
        "detail--muted",
        "detail--text",
        "detail--warning",
    }

    virtual_size = Reactive(Size(0, 0))
    """The lines there are. Nothing around the pane depends on them: no submission lays the screen out."""
    tab: reactive[Tab] = reactive[Tab]("fields", init=False)
    """The tab that is shown."""
    now: reactive[float] = reactive(0.0, init=False)
    """The present moment in seconds since the epoch."""
    tz: reactive[tzinfo] = reactive[tzinfo](UTC, init=False)
    """The zone in which times are written."""
    signs: reactive[SignSet] = reactive(UNICODE, init=False)
    wrap: reactive[bool] = reactive(True, init=False)
    """Whether long lines go on below instead of being cut."""
    me: reactive[frozenset[str]] = reactive[frozenset[str]](frozenset(), init=False)
    """The user ids of the person at the keyboard."""
    names: reactive[Mapping[str, str]] = reactive(_NO_NAMES, init=False)
    """Names of people by user id."""
    language: reactive[LanguageMode] = reactive[LanguageMode]("original", init=False)
    """Which of an answer and its translation are drawn."""
    source_notes: reactive[Mapping[str, str]] = reactive(_NO_NAMES, init=False)
    """What is to be known of a source, by its name."""

    @dataclass
    class TabChanged(Message):
        """Another tab is shown now."""

        tab: Tab

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._detail: Detail | None = None
        self._timeline = Timeline()
        self._contact = SameContact()
        self._conversation = Conversation()
        self._strip = TabStrip((), ())
        self._head: list[Line] = []
        self._body: list[Line] = []
        self._body_of: tuple[object, ...] = ()
        self._drawn_width = -1
        self._strips: dict[int, Strip] = {}
        self._styles: dict[str, Style] = {}
        """How the pieces look, as far as it was asked for."""
        self._places: dict[Tab, int] = {}

    @property
    def detail(self) -> Detail | None:
        """The submission that is shown."""
        return self._detail

    @property
    def contact(self) -> SameContact:
        """What else the same person sent."""
        return self._contact

    def show(
        self,
        detail: Detail | None,
        events: Timeline | None = None,
        contact: SameContact | None = None,
        conversation: Conversation | None = None,
    ) -> None:
        """Shows a submission, or a sentence for none.

        The place in the text is kept when it is the one already shown, and is the top for another.
        Without `events` the timeline stays for the same submission and is unread for another, and so it is
        with `contact` and `conversation`.
        """
        is_same = (
            detail is not None
            and self._detail is not None
            and detail.submission.key == self._detail.submission.key
        )
        if events is not None:
            self._timeline = events
        elif not is_same:
            self._timeline = Timeline()
        if contact is not None or not is_same:
            self._contact = contact or SameContact()
        if conversation is not None or not is_same:
            self._conversation = conversation or Conversation()
        self._detail = detail
        if not is_same:
            self._places.clear()
        self._draw()
        self._go_to(round(self.scroll_y) if is_same else 0)

    def next_language(self) -> None:
        """Shows the original, then the translation, then both."""
        self.language = next_language(self.language)

    # Scrolling

    def scroll_lines(self, count: int) -> None:
        """Moves the text by lines, down for a positive count."""
        self._go_to(round(self.scroll_y) + count)

    def page(self, direction: int) -> None:
        """Moves by a page, down for 1 and up for -1; one line of the old page stays."""
        self.scroll_lines(direction * max(1, self._page_height - 1))

    def half_page(self, direction: int) -> None:
        """Moves by half a page, down for 1 and up for -1."""
        self.scroll_lines(direction * max(1, self._page_height // 2))

    def scroll_top(self) -> None:
        """Moves to the first line."""
        self._go_to(0)

    def scroll_bottom(self) -> None:
        """Moves to the last line."""
        self._go_to(len(self._head) + len(self._body))

    @property
    def _page_height(self) -> int:
        """Rows under the strip of tabs."""
        return max(1, self.scrollable_content_region.height - 1)

    def _go_to(self, line: int) -> None:
        last = max(0, len(self._head) + len(self._body) - self._page_height)
        if self._drawn_width >= 0:
            self.scroll_to(y=min(max(line, 0), last), animate=False, force=True, immediate=True)

    # Drawing

    def _setting(self, width: int) -> Setting:
        return Setting(
            width=width,
            now=self.now,
            tz=self.tz,
            signs=self.signs,
            wrap=self.wrap,
            me=self.me,
            names=self.names,
            language=self.language,
            source_notes=self.source_notes,
        )

    def _draw(self) -> None:
        """Makes the lines anew; those of the tab only when something that shows in them changed."""
        width = self.scrollable_content_region.width
        if not self.is_mounted or width <= 0:
            return
        self._drawn_width = width
        setting = self._setting(width)
        detail = self._detail
        if detail is None:
            self._strip = TabStrip((), ())
            self._head, self._body, self._body_of = [], list(_EMPTY), ()
        else:
            chats = has_conversation(detail.submission)
            self._strip = tab_strip(self.tab, width, self._contact.total, chats=chats)
            self._head = [*head_lines(detail, setting), ()]
            self._draw_body(detail, setting)
        self._strips.clear()
        self.virtual_size = Size(width, 1 + len(self._head) + len(self._body))
        self.vertical_scrollbar.window_virtual_size = self.virtual_size.height
        self.refresh()

    def _draw_body(self, detail: Detail, setting: Setting) -> None:
        # Times in the text name their year when it is not the present one: no closer look at the clock.
        day = int(setting.now // _DAY)
        look = (setting.width, setting.wrap, day, setting.signs, setting.tz, setting.me, setting.names)
        body_of: tuple[object, ...] = (
            detail,
            self._timeline,
            self._contact,
            self._conversation,
            self.tab,
            self.language,
            setting.source_notes,
            *look,
        )
        if len(body_of) == len(self._body_of) and all(
            one is other or (isinstance(one, int | str) and one == other)
            for one, other in zip(body_of, self._body_of, strict=True)
        ):
            return
        self._body_of = body_of
        self._body = tab_lines(self.tab, detail, self._timeline, setting, self._contact, self._conversation)

    def render_line(self, y: int) -> Strip:
        """One row: the tabs in the first, then the lines from the place that is scrolled to."""
        at = -1 if y == 0 else self.scroll_offset.y + y - 1
        strip = self._strips.get(at)
        if strip is None:
            strip = self._strips[at] = self._strip_of(self._line(at))
        return strip

    def _line(self, at: int) -> Line:
        if at < 0:
            return self._strip.line
        if at < len(self._head):
            return self._head[at]
        at -= len(self._head)
        return self._body[at] if at < len(self._body) else ()

    def _strip_of(self, line: Line) -> Strip:
        segments = [Segment(piece.text, self._style_of(piece.look)) for piece in line if piece.text]
        return Strip(segments).adjust_cell_length(max(0, self._drawn_width), self._style_of("text"))

    def _style_of(self, look: str) -> Style:
        style = self._styles.get(look)
        if style is None:
            part = self.get_component_rich_style(f"detail--{look}", partial=True)
            style = self._styles[look] = self.rich_style + part
        return style

    def notify_style_update(self) -> None:
        """Forgets the rows that were rendered in the old colours."""
        super().notify_style_update()
        self._strips.clear()
        self._styles.clear()

    # What changes what is drawn

    def on_resize(self, _event: events.Resize) -> None:
        """Draws for the first width and again for another; another height changes no line."""
        if self.scrollable_content_region.width != self._drawn_width:
            self._draw()
        self._go_to(round(self.scroll_y))

    def watch_tab(self, before: Tab, after: Tab) -> None:
        """Shows the other tab where it was left."""
        self._places[before] = round(self.scroll_y)
        self._draw()
        self._go_to(self._places.get(after, 0))
        self.post_message(self.TabChanged(after))

    def watch_now(self) -> None:
        """Ages grow."""
        self._draw()

    def watch_tz(self) -> None:
        """Times are written in another zone."""
        self._draw()

    def watch_signs(self) -> None:
        """The signs are of another set."""
        self._draw()
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.refresh()

    def watch_wrap(self) -> None:
        """Long lines are treated otherwise."""
        self._draw()

    def watch_me(self) -> None:
        """Somebody else is called me."""
        self._draw()

    def watch_names(self) -> None:
        """People are called otherwise."""
        self._draw()

    def watch_source_notes(self) -> None:
        """Something else is to be known of a source."""
        self._draw()

    def watch_language(self) -> None:
        """The answers are wanted in another language."""
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """Shows the tab whose name was clicked."""
        offset = event.get_content_offset(self)
        if offset is None or offset.y != 0:
            return
        tab = self._strip.tab_at(offset.x)
        if tab is not None:
            event.stop()
            self.tab = tab
