"""Every command of the table by its key, in the whole inbox."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from inbox_tui.commands import COMMANDS_BY_ID
from inbox_tui.inbox.pressing import merged_choices
from inbox_tui.resolver import Choice
from inbox_tui.screens.explain import ExplainScreen
from inbox_tui.screens.help import HelpScreen
from inbox_tui.screens.member_picker import MemberPicker
from inbox_tui.screens.note_editor import NoteEditor
from inbox_tui.screens.palette import PaletteScreen
from inbox_tui.screens.save_view import SaveViewScreen
from inbox_tui.signs import UNICODE
from tests.ui.inbox_harness import Inbox, lone_home, my_id, open_inbox

Check = Callable[[Inbox], object]


@dataclass(frozen=True)
class Press:
    """Keys for a command, and what is true afterwards but was not before."""

    command: str
    keys: str
    then: Check


def at(position: int) -> Check:
    return lambda inbox: inbox.rows.cursor_position == position


def below_top(inbox: Inbox) -> bool:
    return inbox.rows.cursor_position > 1


def row(**values: object) -> Check:
    return lambda inbox: all(getattr(inbox.row, name) == value for name, value in values.items())


def on_top(kind: type) -> Check:
    return lambda inbox: isinstance(inbox.app.screen, kind)


def inbox_on_top(inbox: Inbox) -> bool:
    return inbox.app.screen is inbox.screen


def view(name: str) -> Check:
    return lambda inbox: inbox.screen.listing.view.name == name and f"{view_title(inbox)} " in inbox.status


def view_title(inbox: Inbox) -> str:
    return inbox.screen.listing.view.title


def tab(name: str) -> Check:
    return lambda inbox: inbox.detail.tab == name


def copied(start: str) -> Check:
    return lambda inbox: inbox.app.clipboard.startswith(start)


def shows(query: str) -> Check:
    return lambda inbox: not inbox.screen.filter_bar.is_open and inbox.screen.filter_bar.text == query


def typed(text: str) -> Check:
    return lambda inbox: inbox.screen.filter_bar.is_open and inbox.screen.filter_bar.text == text


def chosen(text: str) -> Check:
    def check(inbox: Inbox) -> bool:
        popup = inbox.screen.filtering.completing._popup
        return popup is not None and popup.chosen is not None and popup.chosen.text == text

    return check


def says(text: str) -> Check:
    return lambda inbox: text in inbox.status


def earlier_resolved(position: int, status: str) -> Check:
    """The cursor went on, and the submission it left is closed."""

    def check(inbox: Inbox) -> bool:
        return inbox.rows.cursor_position == position and inbox.screen.bottom.last_action.startswith(status)

    return check


GROUPS: dict[str, list[Press]] = {
    "moving": [
        Press("move.down", "j", at(1)),
        Press("move.up", "k", at(0)),
        Press("move.bottom", "G", at(22)),
        Press("move.top", "g g", at(0)),
        Press("move.half_down", "ctrl+d", below_top),
        Press("move.half_up", "ctrl+u", at(0)),
        Press("move.page_down", "pagedown", below_top),
        Press("move.page_up", "pageup", at(0)),
        Press("detail.scroll_down", "J", lambda inbox: inbox.detail.scroll_y == 1),
        Press("detail.scroll_up", "K", lambda inbox: inbox.detail.scroll_y == 0),
        Press("detail.open", "enter", lambda inbox: inbox.detail.has_focus),
        Press("submission.next", "J", at(1)),
        Press("submission.previous", "K", at(0)),
        Press("list.focus", "h", lambda inbox: inbox.rows.has_focus),
        Press("pane.next", "tab", lambda inbox: inbox.detail.has_focus),
        Press("pane.previous", "shift+tab", lambda inbox: inbox.rows.has_focus),
    ],
    "triage": [
        Press("triage.flag", "f", row(flagged=True)),
        Press("triage.status.new", "s n", row(status="new")),
        Press("triage.status.read", "s r", row(status="read")),
        Press("triage.status.in_progress", "s p", row(status="in_progress")),
        Press("triage.status.resolved", "s d", row(status="resolved", matches=False)),
        Press("triage.reopen", "E", row(status="in_progress", matches=True)),
        Press("triage.status.spam", "s x", row(status="spam", matches=False)),
        Press("edit.undo", "u", row(status="in_progress")),
        Press("edit.redo", "U", row(status="spam")),
        Press("triage.spam", "!", lambda inbox: "out of spam" in inbox.screen.bottom.last_action),
        Press("move.up", "g g", at(0)),
        Press("triage.priority.none", "p 0", row(priority="none")),
        Press("triage.priority.low", "p 1", row(priority="low")),
        Press("triage.priority.medium", "p 2", row(priority="medium")),
        Press("triage.priority.high", "p 3", row(priority="high")),
        Press("triage.priority.down", "-", row(priority="medium")),
        Press("triage.priority.up", "+", row(priority="high")),
        Press("triage.assign.me", "a a", lambda inbox: inbox.row.assignee_id == my_id()),
        Press("triage.assign.nobody", "a x", row(assignee_id=None)),
        Press("triage.assign.pick", "a /", on_top(MemberPicker)),
        Press("app.escape", "escape", inbox_on_top),
        Press("note.append", "i", on_top(NoteEditor)),
        Press("app.escape", "escape", inbox_on_top),
        Press("note.edit", "I", says("No editor is set")),
        Press("triage.resolve", "e", says("resolved SUB-00")),
    ],
    "finding": [
        Press("filter.open", "/", lambda inbox: inbox.screen.filter_bar.is_open),
        Press("filter.keep", "enter", lambda inbox: inbox.rows.has_focus),
        Press("view.next", "]", view("mine")),
        Press("view.previous", "[", view("inbox")),
        Press("view.mine", "g m", view("mine")),
        Press("view.inbox", "g i", view("inbox")),
        Press("view.unassigned", "g u", view("unassigned")),
        Press("view.flagged", "g f", view("flagged")),
        Press("view.spam", "g x", view("spam")),
        Press("view.all", "g a", view("all")),
        *(
            Press(f"view.number.{number}", f"g {number}", view(name))
            for number, name in enumerate(
                ["inbox", "mine", "unassigned", "flagged", "spam", "resolved", "all", "hot", "acme"], start=1
            )
        ),
        Press("view.all", "g a", view("all")),
        Press("submission.next_open", "n", at(1)),
        Press("submission.next_open", "2 n", at(3)),
        Press("submission.next_open", "n", at(5)),
        Press("submission.previous_open", "N", at(3)),
    ],
    "filter": [
        Press("filter.explain", "ctrl+g", on_top(ExplainScreen)),
        Press("app.escape", "escape", inbox_on_top),
        Press("view.save", "V", on_top(SaveViewScreen)),
        Press("app.escape", "escape", inbox_on_top),
        *(
            Press(f"sort.{name}", keys, shows(f"is:open sort:{order}"))
            for name, keys, order in (
                ("oldest", "S o", "created"),
                ("priority", "S p", "-priority"),
                ("status", "S s", "status"),
                ("name", "S w", "name"),
                ("number", "S #", "-number"),
                ("assignee", "S a", "assignee"),
                ("source", "S c", "source"),
                ("resolved", "S d", "-resolved"),
                ("reverse", "S -", "resolved"),
            )
        ),
        Press("sort.newest", "S n", shows("is:open")),
        Press("filter.drop_term", "backspace", shows("")),
        Press("app.escape", "escape", shows("is:open")),
        Press("filter.open", "/", lambda inbox: inbox.screen.filter_bar.is_open),
        Press("filter.complete", "s t a t u tab", typed("is:open status:")),
        Press("filter.complete", "tab", chosen("new")),
        Press("filter.complete", "tab", chosen("read")),
        Press("filter.complete_back", "shift+tab", chosen("new")),
        Press("filter.newer", "down", chosen("read")),
        Press("filter.older", "up", chosen("new")),
        Press("filter.keep", "enter enter", shows("is:open status:new")),
        Press("filter.open", "/", lambda inbox: inbox.screen.filter_bar.is_open),
        Press("filter.older", "ctrl+u up", typed("is:open status:new")),
        Press("filter.newer", "down", typed("")),
        Press("app.escape", "escape", shows("is:open status:new")),
    ],
    "reading": [
        Press("detail.tab.notes", "t n", tab("notes")),
        Press("detail.tab.timeline", "t t", tab("timeline")),
        Press("detail.tab.history", "t h", tab("history")),
        Press("detail.tab.conversation", "t c", tab("conversation")),
        Press("detail.tab.metadata", "t m", tab("metadata")),
        Press("detail.tab.raw", "t j", tab("raw")),
        Press("detail.tab.fields", "t f", tab("fields")),
        Press("contact.older", "(", says("Nothing else of the same contact")),
        Press("detail.tab.fields", "t n t f", lambda inbox: "Nothing else" not in inbox.status),
        Press("contact.newer", ")", says("Nothing else of the same contact")),
        Press("copy.number", "y n", copied("SUB-0059")),
        Press("copy.id", "y i", lambda inbox: inbox.app.clipboard == inbox.row.key.id),
        Press("copy.email", "y e", copied("taro.yamada")),
        Press("copy.phone", "y p", says("no phone number")),
        Press("copy.reply", "y r", says("no reply")),
        Press("copy.json", "y j", copied("{")),
        Press("detail.language", "L", lambda inbox: "this is the original: Awardee trans" in inbox.text),
    ],
    "looks and program": [
        Press("display.layout", "z l", says("layout: wide")),
        Press("display.grow_list", "z +", lambda inbox: inbox.rows.size.width > 54),
        Press("display.shrink_list", "z - z -", lambda inbox: inbox.rows.size.width < 54),
        Press("display.zoom", "z z", lambda inbox: not inbox.detail.display),
        Press("app.escape", "escape", lambda inbox: inbox.detail.display),
        Press("display.wrap", "z w", lambda inbox: not inbox.detail.wrap),
        Press("display.signs", "z p", lambda inbox: inbox.app.signs is UNICODE and "●" in inbox.text),
        Press("app.palette", ":", on_top(PaletteScreen)),
        Press("app.escape", "escape", inbox_on_top),
        Press("app.help", "?", on_top(HelpScreen)),
        Press("app.escape", "escape", inbox_on_top),
        Press("conflict.open", "=", lambda inbox: "Nothing waits for your word" in inbox.text),
        Press("app.sync", "$", says("asked to sync")),
        Press("detail.open", "l", lambda inbox: inbox.detail.has_focus),
        Press("app.back", "q", lambda inbox: inbox.rows.has_focus),
    ],
}

ON_THE_CARD = {command for command in COMMANDS_BY_ID if command.startswith("card.")}
"""The card runs these itself; they are pressed in its own tests."""

SIZES = {"moving": (80, 20)}


@pytest.mark.slow
@pytest.mark.parametrize("group", GROUPS)
async def test_each_key_runs_its_command(tmp_path, group):
    home = lone_home(tmp_path, more='[views.hot]\nquery = "is:open p:high"')
    async with open_inbox(home, size=SIZES.get(group, (120, 20)), leads=False) as inbox:
        for press in GROUPS[group]:
            assert not press.then(inbox), f"{press} is true before"
            await inbox.press(*press.keys.split())
            await inbox.until(lambda press=press: press.then(inbox), str(press))
            await inbox.settled()
            if inbox.rows.total:
                await inbox.read()


async def test_ctrl_q_quits(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        inbox.send("ctrl+q")
        await inbox.until(lambda: inbox.app._exit, "the end")


async def test_ctrl_l_draws_the_whole_screen_again(tmp_path, monkeypatch):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        drawn = []
        monkeypatch.setattr(inbox.app, "refresh", lambda **how: drawn.append(how))
        await inbox.press("ctrl+l")
        assert {"layout": True} in drawn


def test_the_table_of_presses_holds_every_command():
    pressed = {press.command for group in GROUPS.values() for press in group}
    assert set(COMMANDS_BY_ID) - pressed - ON_THE_CARD == {"app.quit", "app.redraw"}


async def test_the_inbox_can_run_every_command_of_the_table_and_no_other(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        assert inbox.screen.actions.commands == set(COMMANDS_BY_ID) - ON_THE_CARD


def test_two_keys_of_one_command_share_a_line_of_the_popup():
    choices = [
        Choice("0", "none", "triage.priority.none"),
        Choice("1", "low", "triage.priority.low"),
        Choice("n", "none", "triage.priority.none"),
        Choice("x", "go ...", None),
        Choice("y", "go ...", None),
    ]
    assert merged_choices(choices) == [("0, n", "none"), ("1", "low"), ("x", "go ..."), ("y", "go ...")]
