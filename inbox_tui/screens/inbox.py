"""The one screen of the inbox: composes the panes, receives every key, and forwards.

The list comes first. What stands beside it (views, detail, hints, the popup of keys) is loaded and mounted
when the first rows are on screen, in room that was left free for it.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import tzinfo
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from cache.models import Row
from cache.query import QueryError
from cache.store.changes import ChangeSet
from cache.sync.status import SourceStatus
from inbox_tui.compositor import QuickScreen
from inbox_tui.inbox.bottom import BottomLines, unread_sentence
from inbox_tui.inbox.connection import SourceNotes
from inbox_tui.inbox.facts import Facts, FactsController
from inbox_tui.inbox.filtering import FilterController
from inbox_tui.inbox.layout import LAYOUTS, Layout, choose_layout, list_share
from inbox_tui.inbox.listing import ListController
from inbox_tui.inbox.people import People
from inbox_tui.signs import PLAIN, SignSet
from inbox_tui.status import Severity
from inbox_tui.timers import SureTimers
from inbox_tui.widgets.filter_bar import FilterBar
from inbox_tui.widgets.scrollbars import draw_scrollbars
from inbox_tui.widgets.status_bar import StatusBar
from inbox_tui.widgets.submission_list import SubmissionList

if TYPE_CHECKING:
    from inbox_tui.app import InboxApp
    from inbox_tui.commands import Context
    from inbox_tui.inbox.actions import Actions
    from inbox_tui.inbox.editing import EditController
    from inbox_tui.inbox.pressing import KeyController
    from inbox_tui.inbox.telling import EditNews
    from inbox_tui.views import View
    from inbox_tui.widgets.views_panel import ViewChosen

__all__ = ["InboxScreen"]


class InboxScreen(SureTimers, QuickScreen[None], inherit_bindings=False):
    """Views, list and detail. What they do is in `inbox_tui.inbox`; here it is wired together."""

    BINDINGS: ClassVar[list[BindingType]] = []
    AUTO_FOCUS = "SubmissionList"

    app: "InboxApp"

    def __init__(self, views: "tuple[View, ...]", first: "View", query: str | None, zone: tzinfo) -> None:
        """`query` is shown instead of the first view's own."""
        super().__init__()
        self.views = views
        self._first = first
        self._first_query = query
        self.zone = zone
        self.layout_setting = "auto"
        self.shown_layout: Layout = "wide"
        self.zoomed = False
        self.facts = Facts()
        self.split = 0
        """How much larger than by default the list is, in percent of the whole."""
        self.statuses: dict[str, SourceStatus] = {}
        """What the engine told last, by source."""
        self.source_notes = SourceNotes()
        self.bottom = BottomLines(self)
        self.is_wired = False
        """Whether the list is there and may be told things."""
        self.is_complete = False
        """Whether the panes beside the list are there too; before that no command is run."""
        self._typed_ahead: list[events.Key] = []

    def compose(self) -> ComposeResult:
        """Lay out what the first rows need; the room of the rest stays free."""
        signs = self.app.signs
        # Known before there is anything below that would have to be styled again.
        setting = self.app.workspace.config.ui.layout
        self.add_class("-list-first", f"-{choose_layout(*self.app.size, setting)}")
        self.set_class(signs is PLAIN, "-plain")
        yield FilterBar(signs, id="filter")
        with Container(id="body"):
            yield SubmissionList(id="list")
        yield StatusBar(signs, id="status")

    def on_mount(self) -> None:
        """Ask for the first rows."""
        app = self.app
        rows = self.list_view = self.query_one(SubmissionList)
        self.filter_bar = self.query_one(FilterBar)
        self.listing = ListController(rows, app.store, self._first, self, self.set_timer, app.is_filling)
        self.filtering = FilterController(self)
        self.facts_reader = FactsController(
            app.store, app.workspace, self.views, self._take_facts, self.bottom.say_failed, self.set_timer
        )
        self.is_wired = True
        self.list_view.tz = self.zone
        self.list_view.several_sources = len(app.workspace.source_names) > 1
        self.list_view.capabilities_local = app.workspace.local_sources
        self.layout_setting = app.workspace.config.ui.layout
        self.use_signs(app.signs)
        self.tick()
        self.filtering.show_query(self._first.query if self._first_query is None else self._first_query)

    async def complete(self) -> None:
        """Mount what stands beside the list, then take the keys that were pressed meanwhile."""
        from inbox_tui.inbox.panes import Panes
        from inbox_tui.inbox.reading import ReadingController

        app = self.app
        self.facts_reader.read()  # what is told beside the rows is known when the panes are first drawn
        self.panes = Panes(app.signs)
        self.detail_view, self.popup = self.panes.detail, self.panes.popup
        self.detail_view.tz = self.zone
        self.detail_view.wrap = app.workspace.config.ui.wrap
        self.reading = ReadingController(
            self.detail_view,
            app.store,
            app.engine,
            self.set_timer,
            app.clock,
            self.read_failed,
            self.list_view.visible_keys,
        )
        with app.batch_update():
            self.remove_class("-list-first")  # before there are more widgets to style anew
            await self.panes.mount(self)
        self.is_complete = True
        self.use_signs(app.signs)
        self.lay_out()
        self.tick()
        self.set_interval(1.0, self.tick)
        self.reading.show(self.row)
        self.actions.opening.arrived(self.row)
        self.editing.drafts.read(lambda: None)
        for event in self._typed_ahead:
            app.post_message(event)

    @cached_property
    def keys(self) -> "KeyController":
        """Takes the keys; loaded with the first one."""
        from inbox_tui.inbox.pressing import KeyController

        return KeyController(self)

    @cached_property
    def editing(self) -> "EditController":
        """Queues edits; loaded when it is first needed, after the first rows."""
        from inbox_tui.inbox.editing import EditController

        return EditController(self.app.store, self.app.workspace, self.edits)

    @cached_property
    def edits(self) -> "EditNews":
        """Shows what became of an edit."""
        from inbox_tui.inbox.telling import EditNews

        return EditNews(self)

    @cached_property
    def actions(self) -> "Actions":
        """Runs commands; loaded when it is first needed, after the first rows."""
        from inbox_tui.inbox.actions import Actions

        return Actions(self)

    # Layout and looks

    def on_resize(self, event: events.Resize) -> None:
        """Choose the layout that fits; cursor, scroll and typed text stay."""
        self.lay_out(event.size.width, event.size.height)

    def lay_out(self, columns: int = 0, rows: int = 0) -> None:
        """Apply the layout for a size, the present one by default."""
        columns, rows = columns or self.size.width, rows or self.size.height
        self.shown_layout = choose_layout(columns, rows, self.layout_setting)
        for name in LAYOUTS:
            self.set_class(name == self.shown_layout, f"-{name}")
        narrow = self.shown_layout == "narrow"
        self.list_view.row_layout = "narrow" if narrow else "line"
        self._show_panes()
        self._apply_split()
        if self.shown_layout == "tiny" and self.is_complete:
            self.panes.say_too_small(columns, rows)

    def _show_panes(self) -> None:
        """In a narrow or zoomed layout only the focused pane shows."""
        single = self.zoomed or self.shown_layout == "narrow"
        self.set_class(single and self.in_detail, "-only-detail")
        self.set_class(single and not self.in_detail, "-only-list")

    @property
    def in_detail(self) -> bool:
        """Whether the detail pane has the focus."""
        return self.is_complete and self.detail_view.has_focus

    def _apply_split(self) -> None:
        """Give the list what the person made of its share, where it shares."""
        styles = self.list_view.styles
        styles.clear_rule("width")
        styles.clear_rule("height")
        share = None if self.zoomed else list_share(self.shown_layout, self.split)
        if share is not None and self.shown_layout == "stacked":
            styles.height = share
        elif share is not None:
            styles.width = share

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The pane in focus decides what a key means, and what shows where only one pane can."""
        self._show_panes()
        if self.is_complete:
            self.keys.cancel()
            self.bottom.show_hints()
            if self.in_detail:
                self.actions.opening.detail_entered()

    def use_signs(self, signs: SignSet) -> None:
        """Draw everything with another set of signs."""
        self.set_class(signs is PLAIN, "-plain")
        draw_scrollbars(signs)
        self.list_view.signs = signs
        self.query_one(StatusBar).use_signs(signs)
        self.filter_bar.use_signs(signs)
        if self.is_complete:
            self.panes.use_signs(signs)

    def tick(self) -> None:
        """Time passes."""
        now = self.app.clock()
        self.list_view.now = now - now % 10
        if self.is_complete:
            self.detail_view.now = now - now % 5
        self.query_one(StatusBar).now = now
        self.bottom.tick()

    # Keys

    @property
    def context(self) -> "Context":
        """Where a key is pressed."""
        from inbox_tui.commands import Context

        if self.filter_bar.is_open:
            return Context.FILTER
        return Context.DETAIL if self.in_detail else Context.LIST

    def on_key(self, event: events.Key) -> None:
        """Resolve a key to a command and run it; keys of an input never come here."""
        event.stop()
        event.prevent_default()
        if self.is_complete:
            self.keys.pressed(event)
        else:
            self._typed_ahead.append(events.Key(event.key, event.character))

    def run_command(self, command_id: str, count: int | None = None) -> None:
        """Run a command of the table, as its key or the palette asks."""
        self.actions.run(command_id, count)

    # Queries

    def query_failed(self, error: QueryError) -> None:
        """The query of the list cannot be run."""
        self.filtering.failed(error)

    @on(FilterBar.Accepted)
    def _filter_accepted(self, event: FilterBar.Accepted) -> None:
        self.filtering.accepted(event.text)

    @on(FilterBar.Cancelled)
    def _filter_cancelled(self) -> None:
        self.filtering.cancelled()

    # The list and what is read

    @on(SubmissionList.WindowWanted)
    def _window_wanted(self, event: SubmissionList.WindowWanted) -> None:
        if self.list_view.still_wants(event):  # else it would call off what was asked since
            self.listing.more(event)

    @on(SubmissionList.Drawn)
    def _first_rows_drawn(self) -> None:
        self.app.first_rows_shown()

    @on(SubmissionList.CursorMoved)
    def _cursor_moved(self, event: SubmissionList.CursorMoved) -> None:
        self.listing.cursor_moved(event.row)
        if self.is_complete:
            self.reading.show(event.row)
            self.actions.opening.arrived(event.row)
            self.bottom.show_hints()
        self.show_status()

    @on(SubmissionList.Activated)
    def _activated(self) -> None:
        self.set_focus(self.detail_view)

    def on_detail_pane_tab_changed(self) -> None:
        """Another tab is shown."""
        self.reading.tab_shown()

    def on_view_chosen(self, event: "ViewChosen") -> None:
        """A view was clicked."""
        view = next((view for view in self.views if view.name == event.name), None)
        if view is not None:
            self.actions.open_view(view)

    def list_changed(self) -> None:
        """Rows or totals are not what they were."""
        if self.shown_layout == "tiny":  # nothing is drawn then
            self.app.first_rows_shown()
        self.show_totals()

    def read_failed(self, error: Exception) -> None:
        """Rows could not be read: those on screen stay, and without any the inbox can at least be left."""
        self.app.first_rows_shown()
        self.say(unread_sentence(error, next(iter(self.app.keymap.keys_of("app.redraw")), "")), "error")

    def show_totals(self) -> None:
        """Say how many match of how many."""
        self.filtering.show_counts()
        self.show_status()

    def _take_facts(self, facts: Facts) -> None:
        self.facts = facts
        self.listing.emptiness.stored = facts.counts.get("all")
        me = frozenset(facts.people.me.values())
        self.list_view.me = self.detail_view.me = me
        self.detail_view.names = {member.user_id: member.name for member in facts.people.members}
        self.show_views()
        self.bottom.show_hints()
        self.show_totals()
        self.actions.finding.facts_taken(facts)
        self.actions.conflicts.facts_taken(facts)

    def people(self, then: Callable[[People], None]) -> None:
        """Who can be assigned and who is at the keyboard: at once when it was read already."""
        if self.facts.counts:
            then(self.facts.people)
        else:
            self.editing.people(then)

    def know_people(self, people: People) -> None:
        """The person said who they are."""
        self._take_facts(replace(self.facts, people=people))
        self.facts_reader.changed()

    def show_views(self) -> None:
        """Draw the views with their counts."""
        marked = self.source_notes.marked(self.statuses)
        self.panes.show_views(self.views, self.facts.counts, self.listing.view, marked)

    # News

    def take_news(self, change: ChangeSet | None, *, awaited: bool = False) -> None:
        """Rows or names changed: read what is on screen again, and at once where a person awaits it."""
        if not self.is_complete:
            return
        self.listing.changed(change, awaited=awaited)
        self.reading.changed(change, awaited=awaited)
        self.facts_reader.changed(awaited=awaited)
        self.actions.conflicts.changed()

    def take_status(self, status: SourceStatus) -> None:
        """A source's connection changed."""
        self.statuses[status.source] = status
        if self.source_notes.take(status):
            self.detail_view.source_notes = self.source_notes.all
        self.show_views()
        self.show_status()

    @property
    def is_online(self) -> bool:
        """Whether any source can be reached as far as is known."""
        return any(status.connection.is_up for status in self.statuses.values())

    # The lines at the bottom

    def say(self, sentence: str, severity: Severity = "info") -> None:
        """Show one sentence in the status bar until the next key."""
        self.bottom.say(sentence, severity)

    @on(StatusBar.Resized)
    def show_status(self) -> None:
        """Draw the status bar."""
        self.bottom.show_status()

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self.list_view.cursor_row
