"""What each command of the table does on the inbox screen."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from cache.models import Member, Row
from cache.sync.status import SourceStatus
from inbox_tui import triage
from inbox_tui.commands import COMMANDS_BY_ID, Target
from inbox_tui.drawing import TABS, Tab
from inbox_tui.inbox.abilities import abilities
from inbox_tui.inbox.conflicts import Conflicts
from inbox_tui.inbox.connection import sync_sentence
from inbox_tui.inbox.contact import go_by_contact
from inbox_tui.inbox.copying import COPIES
from inbox_tui.inbox.editing import TRIAGE_COMMANDS, Build
from inbox_tui.inbox.finding import Finding
from inbox_tui.inbox.layout import LAYOUTS, choose_layout
from inbox_tui.inbox.menus import open_help, open_palette
from inbox_tui.inbox.notes import Notes
from inbox_tui.inbox.opening import Opening
from inbox_tui.inbox.people import People
from inbox_tui.inbox.stepping import go_by_open
from inbox_tui.views import View

if TYPE_CHECKING:
    from textual.widget import Widget

    from inbox_tui.screens.inbox import InboxScreen
    from inbox_tui.screens.member_picker import MemberChoice

__all__ = ["Actions"]

Handler: TypeAlias = Callable[[int | None], None]
Way: TypeAlias = Literal[-1, 1]

_ADVANCING: Final = ("triage.resolve", "triage.spam")
_STEPS: Final = ("move.down", "move.up", "submission.next", "submission.previous")
"""What may come many times in a row, and then arrives once."""
_SPLIT_STEP: Final = 5


class Actions:
    """Runs commands. Each takes the count typed before it, None when there was none."""

    def __init__(self, screen: "InboxScreen") -> None:
        self._screen = screen
        self.notes = Notes(screen)
        self.conflicts = Conflicts(screen)
        self.opening = Opening(screen)
        self.finding = Finding(screen)
        self._handlers: Mapping[str, Handler] = {
            **{command: self._triage(command) for command in TRIAGE_COMMANDS},
            **{command: self._copy(command) for command in COPIES},
            **{f"detail.tab.{tab}": self._tab(tab) for tab in TABS},
            **{f"view.number.{number}": self._view_number(number) for number in range(1, 10)},
            **{f"view.{view.name}": self._view(view) for view in screen.views if _has_command(view)},
            "triage.assign.me": self._assign_me,
            "triage.assign.pick": self._assign_pick,
            "edit.undo": lambda _: screen.editing.undo(),
            "edit.redo": lambda _: screen.editing.redo(),
            "note.append": lambda _: self.notes.append(),
            "note.edit": lambda _: self.notes.edit(),
            "move.down": lambda count: self._move(count or 1),
            "move.up": lambda count: self._move(-(count or 1)),
            "move.top": self._top,
            "move.bottom": self._bottom,
            "move.half_down": lambda _: self._page(1, half=True),
            "move.half_up": lambda _: self._page(-1, half=True),
            "move.page_down": lambda _: self._page(1),
            "move.page_up": lambda _: self._page(-1),
            "detail.open": lambda _: self._focus(screen.detail_view),
            "list.focus": lambda _: self._focus(screen.list_view),
            "pane.next": lambda _: self._other_pane(),
            "pane.previous": lambda _: self._other_pane(),
            "detail.scroll_down": lambda count: screen.detail_view.scroll_lines(count or 1),
            "detail.scroll_up": lambda count: screen.detail_view.scroll_lines(-(count or 1)),
            "submission.next": lambda count: screen.list_view.move(count or 1),
            "submission.previous": lambda count: screen.list_view.move(-(count or 1)),
            "submission.next_open": lambda count: go_by_open(screen, count or 1),
            "submission.previous_open": lambda count: go_by_open(screen, -(count or 1)),
            "contact.older": lambda count: go_by_contact(screen, -(count or 1)),
            "contact.newer": lambda count: go_by_contact(screen, count or 1),
            "conflict.open": lambda _: self.conflicts.open(),
            **self.finding.handlers,
            "view.next": lambda _: self._step_view(1),
            "view.previous": lambda _: self._step_view(-1),
            "display.layout": lambda _: self._next_layout(),
            "display.grow_list": lambda _: self._resize_list(_SPLIT_STEP),
            "display.shrink_list": lambda _: self._resize_list(-_SPLIT_STEP),
            "display.zoom": lambda _: self._zoom(),
            "display.wrap": lambda _: self._wrap(),
            "detail.language": lambda _: self._next_language(),
            "display.signs": lambda _: screen.app.toggle_signs(),
            "app.palette": lambda _: open_palette(screen),
            "app.help": lambda _: open_help(screen),
            "app.sync": lambda _: self._sync(),
            "app.redraw": lambda _: self._redraw(),
            "app.escape": lambda _: self._escape(),
            "app.back": lambda _: self._back(),
            "app.quit": lambda _: screen.app.quit_inbox(),
        }

    def run(self, command_id: str, count: int | None = None) -> None:
        """Run a command; one that acts on a submission says so when there is none, or it cannot be done."""
        command = COMMANDS_BY_ID[command_id]
        if command_id not in _STEPS:
            self._screen.list_view.arrive()
        if command.target is Target.SUBMISSION:
            if self._screen.row is None:
                self._screen.say("There is no submission under the cursor", "warning")
                return
            if count in (None, 1) and (why := abilities(self._screen).refusal(command_id)) is not None:
                self._screen.say(why.sentence, "warning")
                return
        self._handlers[command_id](count)

    @property
    def commands(self) -> frozenset[str]:
        """Every command that can be run."""
        return frozenset(self._handlers)

    # Triage

    def _rows(self, count: int | None) -> list[Row] | None:
        """The rows an action is done to, as many as were counted; None when some are not there, and said."""
        rows = self._screen.list_view
        start = rows.cursor_position
        end = start + (count or 1)
        positions = range(start, end if rows.is_partial else min(rows.total, end))
        found = [row for position in positions if (row := rows.row_at(position)) is not None]
        if count is None and not found and rows.cursor_row is not None:
            found = [rows.cursor_row]
        if not found or len(found) < len(positions):
            self._screen.say(
                f"Only {len(found)} of {count or 1} rows were read yet; nothing was done."
                " For many there is `inbox-tui set --query`",
                "warning",
            )
            return None
        return found

    def _triage(self, command_id: str) -> Handler:
        def act(count: int | None) -> None:
            if (rows := self._rows(count)) is not None:
                self._act(TRIAGE_COMMANDS[command_id], rows, advance=command_id in _ADVANCING)

        return act

    def _act(self, build: Build, rows: Sequence[Row], *, advance: bool = False) -> None:
        screen = self._screen
        start = rows[0]
        screen.editing.run(
            rows,
            build,
            shown=screen.reading.detail if len(rows) == 1 else None,
            failed=lambda sentence: self._not_done(sentence, start),
        )
        setting = screen.app.workspace.config.ui.advance
        if advance and setting != "stay":
            before = screen.list_view.cursor_position
            screen.list_view.move(len(rows) if setting == "next" else -1)
            if screen.list_view.cursor_position != before:
                return
        screen.listing.hold(start.rowid)

    def _not_done(self, sentence: str, start: Row) -> None:
        self._screen.edits.edit_refused(sentence)
        self._screen.listing.go_to(start.rowid)

    # Who it is assigned to. The rows are those under the cursor when the key was pressed.

    def _assign_me(self, count: int | None) -> None:
        if (rows := self._rows(count)) is not None:
            self._screen.people(lambda people: self._assign_to_me(people, rows))

    def _assign_to_me(self, people: People, rows: Sequence[Row]) -> None:
        source = rows[0].key.source
        if source not in people.me:
            self._who_are_you(people, source, lambda known: self._assign_to_me(known, rows))
            return
        name = people.my_name(source) or "me"
        self._act(lambda subjects: triage.assign(subjects, people.me, name), rows)

    def _who_are_you(self, people: People, source: str, then: Callable[[People], None]) -> None:
        screen = self._screen
        members = [member for member in people.members if member.source == source]
        if not members:
            screen.say("The colleagues are not known yet: they are read with the next sync", "warning")
            return

        from inbox_tui.screens.member_picker import MemberPicker

        def chosen(choice: "MemberChoice | None") -> None:
            if isinstance(choice, Member):
                known = People(people.members, {**people.me, source: choice.user_id})
                screen.editing.set_me(choice, lambda: said(known))

        def said(known: People) -> None:
            screen.know_people(known)
            then(known)

        picker = MemberPicker("Who are you?", members, screen.app.signs, specials=())
        screen.app.push_screen(picker, chosen)

    def _assign_pick(self, count: int | None) -> None:
        if (rows := self._rows(count)) is not None:
            self._screen.people(lambda people: self._pick_assignee(people, rows))

    def _pick_assignee(self, people: People, rows: Sequence[Row]) -> None:
        screen, row = self._screen, rows[0]
        members = [member for member in people.members if member.source == row.key.source]

        from inbox_tui.screens.member_picker import MemberPicker, Special

        def chosen(choice: "MemberChoice | None") -> None:
            if choice is Special.ME:
                self._assign_to_me(people, rows)
            elif choice is Special.NOBODY:
                self._act(triage.unassign, rows)
            elif isinstance(choice, Member):
                users = {choice.source: choice.user_id}
                self._act(lambda subjects: triage.assign(subjects, users, choice.name), rows)

        title = f"Assign {row.ref}" if len(rows) == 1 else f"Assign {len(rows)} submissions"
        screen.app.push_screen(
            MemberPicker(title, members, screen.app.signs, current=row.assignee_id), chosen
        )

    # Moving

    def _in_detail(self) -> bool:
        return self._screen.detail_view.has_focus

    def _move(self, steps: int) -> None:
        if self._in_detail():
            self._screen.detail_view.scroll_lines(steps)
        else:
            self._screen.list_view.move(steps)

    def _page(self, way: Way, *, half: bool = False) -> None:
        pane = self._screen.detail_view if self._in_detail() else self._screen.list_view
        (pane.half_page if half else pane.page)(way)

    def _top(self, count: int | None) -> None:
        if self._in_detail():
            self._screen.detail_view.scroll_top()
        else:
            self._screen.list_view.move_to((count or 1) - 1)

    def _bottom(self, count: int | None) -> None:
        if self._in_detail():
            self._screen.detail_view.scroll_bottom()
        elif count is not None:
            self._screen.list_view.move_to(count - 1)
        else:
            self._screen.list_view.move_end()

    def _focus(self, pane: "Widget") -> None:
        self._screen.set_focus(pane)

    def _other_pane(self) -> None:
        self._focus(self._screen.list_view if self._in_detail() else self._screen.detail_view)

    def _tab(self, tab: Tab) -> Handler:
        def show(_: int | None) -> None:
            self._screen.detail_view.tab = tab
            self._screen.reading.tab_asked()
            if self._screen.shown_layout == "narrow":
                self._focus(self._screen.detail_view)

        return show

    # Views and filter

    def open_view(self, view: View) -> None:
        """Show a view from its top."""
        screen = self._screen
        screen.listing.view = view
        screen.filtering.show_query(view.query)
        self._focus(screen.list_view)
        screen.facts_reader.changed()
        if view.group == "sources" and (said := screen.source_notes.of_view(view.title, screen.statuses)):
            screen.say(said, "warning")

    def _step_view(self, steps: int) -> None:
        views = self._screen.views
        self.open_view(views[(views.index(self._screen.listing.view) + steps) % len(views)])

    def _view(self, view: View) -> Handler:
        return lambda _: self.open_view(view)

    def _view_number(self, number: int) -> Handler:
        def show(_: int | None) -> None:
            if number <= len(self._screen.views):
                self.open_view(self._screen.views[number - 1])
            else:
                self._screen.say(f"There are {len(self._screen.views)} views", "warning")

        return show

    # Display

    def _next_layout(self) -> None:
        """The next setting that can be drawn at this size; `auto` always can."""
        screen = self._screen
        settings = ["auto", *LAYOUTS[:-1]]
        at = settings.index(screen.layout_setting) + 1
        screen.layout_setting = next(
            setting
            for setting in [*settings[at:], "auto"]
            if setting in ("auto", choose_layout(*screen.size, setting))
        )
        screen.lay_out()
        shown = f" ({screen.shown_layout})" if screen.layout_setting == "auto" else ""
        screen.say(f"layout: {screen.layout_setting}{shown}")

    def _resize_list(self, step: int) -> None:
        screen = self._screen
        screen.split = max(-25, min(35, screen.split + step))
        screen.lay_out()

    def _zoom(self) -> None:
        self._screen.zoomed = not self._screen.zoomed
        self._screen.lay_out()

    def _wrap(self) -> None:
        pane = self._screen.detail_view
        pane.wrap = not pane.wrap

    def _next_language(self) -> None:
        pane = self._screen.detail_view
        pane.next_language()
        self._screen.say(f"answers: {pane.language}")

    def _copy(self, command_id: str) -> Handler:
        def copy(_: int | None) -> None:
            screen, detail = self._screen, self._screen.reading.detail
            name, choose = COPIES[command_id]
            text = choose(detail) if detail is not None else None
            if detail is None:
                screen.say("This submission is still being read: nothing was copied", "warning")
            elif not text:
                screen.say(f"This submission has no {name}", "warning")
            else:
                screen.app.copy_text(text, name)

        return copy

    # The program

    def _sync(self) -> None:
        screen = self._screen
        engine, names = screen.app.engine, screen.app.workspace.source_names
        engine.poll_now()
        sources = [screen.statuses.get(name, SourceStatus(name)) for name in names]
        screen.say(*sync_sentence(sources, is_running=engine.is_running))

    def _redraw(self) -> None:
        self._screen.app.refresh(layout=True)
        self._screen.take_news(None, awaited=True)

    def _escape(self) -> None:
        screen = self._screen
        if screen.filter_bar.is_open:
            screen.filter_bar.cancel()
        elif screen.zoomed:
            self._zoom()
        elif self._in_detail():
            self._focus(screen.list_view)
        elif screen.listing.is_filtered:
            screen.filtering.show_query(screen.listing.view.query, screen.row.rowid if screen.row else None)

    def _back(self) -> None:
        if self._in_detail():
            self._focus(self._screen.list_view)
        else:
            self._screen.app.quit_inbox()


def _has_command(view: View) -> bool:
    """A saved view may be called like a command that does something else."""
    return view.group == "views" and f"view.{view.name}" in COMMANDS_BY_ID
