"""Triage in the whole inbox: many keys at once, undo, counts, people, and a disk that is full."""

import pytest
from textual.widgets import Input, OptionList

from cache.errors import NotSaved
from cache.outbox.outbox import Outbox
from inbox_tui.screens.member_picker import MemberPicker
from inbox_tui.screens.note_editor import NoteEditor
from tests.ui.inbox_harness import colleague, lone_home, my_id, open_inbox


async def test_three_presses_in_one_burst_resolve_three_different_submissions(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        first, second, third, fourth = (inbox.rows.row_at(at) for at in range(4))
        inbox.send("e", "e", "e")
        await inbox.until(lambda: inbox.rows.total == 20, "three gone")
        assert inbox.row.key == fourth.key
        assert {home.seen(row.key).status for row in (first, second, third)} == {"resolved"}
        assert home.seen(fourth.key).status != "resolved"


async def test_resolving_the_last_row_keeps_it_in_place_until_the_cursor_leaves(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("G")
        last = inbox.row.key
        await inbox.press("e")
        await inbox.until(lambda: not inbox.row.matches, "the dimmed row")
        assert inbox.row.key == last
        assert inbox.rows.total == 23
        await inbox.until(lambda: inbox.screen.facts.counts["inbox"] == 22, "the count")
        await inbox.press("k")
        await inbox.until(lambda: inbox.rows.total == 22, "the row to go")
        assert inbox.rows.cursor_position == 21


async def test_a_count_resolves_so_many_and_undo_brings_them_and_the_cursor_back(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("j")
        first, after = inbox.row.key, inbox.rows.row_at(4)
        await inbox.press("3", "e")
        await inbox.until(lambda: inbox.rows.total == 20, "three gone")
        assert inbox.row.key == after.key
        assert "resolved 3 submissions" in inbox.status
        await inbox.press("G", "u")
        await inbox.until(lambda: inbox.rows.total == 23, "three back")
        await inbox.until(lambda: inbox.row.key == first, "the cursor")
        assert home.unsettled() == 0


async def test_a_count_of_more_than_there_are_takes_what_there_is(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("2", "1", "G", "9", "9", "f")
        await inbox.until(lambda: inbox.screen.bottom.last_action.startswith("flagged 3"), "the flags")
        assert home.unsettled() <= 3


@pytest.mark.slow
async def test_undo_works_after_the_inbox_was_started_again(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        key, before = inbox.row.key, inbox.row.status
        await inbox.press("e")
        await inbox.until(lambda: inbox.rows.total == 22, "the row to go")
    assert home.seen(key).status == "resolved"
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("G", "u")
        await inbox.until(lambda: inbox.rows.total == 23 and inbox.row.key == key, "the row")
        assert inbox.row.status == before
        await inbox.press("ctrl+r")
        await inbox.until(lambda: inbox.row.status == "resolved", "redo")
    assert home.seen(key).status == "resolved"


async def test_undo_with_nothing_to_undo_says_so(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("u")
        await inbox.until(lambda: "Nothing to undo" in inbox.status)


async def test_spam_advances_and_is_taken_out_of_spam_with_the_same_key(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        key, before = inbox.row.key, inbox.row.status
        await inbox.press("!")
        await inbox.until(lambda: inbox.row.key != key and inbox.rows.total == 22, "the next row")
        assert home.seen(key).status == "spam"
        await inbox.press("g", "x")
        await inbox.until(lambda: inbox.rows.total == 5 and inbox.row.key == key, "the view Spam")
        await inbox.press("!")
        await inbox.until(lambda: home.seen(key).status == before, "not spam")


@pytest.mark.parametrize(("setting", "lands_on"), [("next", 2), ("previous", 0), ("stay", 1)])
async def test_where_resolve_goes_is_a_setting(tmp_path, setting, lands_on):
    home = lone_home(tmp_path, ui=f'advance = "{setting}"')
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("j")
        resolved, wanted = inbox.row.key, inbox.rows.row_at(lands_on).key
        await inbox.press("e")
        await inbox.until(lambda: home.seen(resolved).status == "resolved", "the edit")
        await inbox.settled()
        assert inbox.row.key == wanted


async def test_assigning_to_me_asks_once_who_that_is(tmp_path):
    home = lone_home(tmp_path, me=False)
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("j")
        key = inbox.row.key
        assert inbox.row.assignee_id is None
        await inbox.press("a", "a")
        await inbox.until(lambda: "Who are you?" in inbox.text, "the picker")
        await inbox.press("enter")
        await inbox.until(lambda: home.seen(key).assignee_id is not None, "the assignment")
        mine = home.seen(key).assignee_id
        await inbox.until(lambda: inbox.row.assignee_id == mine, "the row")
        await inbox.press("a", "x")
        await inbox.until(lambda: home.seen(key).assignee_id is None, "nobody")
        await inbox.press("a", "a")
        await inbox.until(lambda: home.seen(key).assignee_id == mine, "me again, unasked")
        with home.local() as local:
            assert local.outbox.me() == {"acme": mine}


async def test_keys_after_assigning_do_not_change_what_is_assigned(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        first, second = inbox.rows.row_at(0), inbox.rows.row_at(1)
        inbox.send("a", "a", "j")
        await inbox.until(lambda: home.seen(first.key).assignee_id == my_id(), "the assignment")
        await inbox.settled()
        assert inbox.row.key == second.key
        assert home.seen(second.key).assignee_id == second.assignee_id


async def test_the_picker_assigns_to_whom_a_part_of_a_name_finds(tmp_path):
    home = lone_home(tmp_path)
    with home.local() as local:
        member = next(one for one in local.reader.context.members if one.user_id == colleague())
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("j", "a", "/")
        await inbox.opened(MemberPicker)
        inbox.app.screen.query_one(Input).value = member.name
        await inbox.until(lambda: inbox.app.screen.query_one(OptionList).option_count == 1)
        await inbox.press("enter")
        await inbox.until(lambda: inbox.row.assignee_id == member.user_id, "the assignment")
        await inbox.press("A")
        await inbox.until(lambda: inbox.row.assignee_id is None, "nobody")


async def test_an_edit_that_the_disk_refuses_is_called_not_saved(tmp_path, monkeypatch):
    home = lone_home(tmp_path)

    def refuse(*_: object) -> None:
        raise NotSaved("NOT SAVED: the disk is full. Nothing was changed; what you typed is kept.")

    async with open_inbox(home, leads=False) as inbox:
        row = inbox.row
        with monkeypatch.context() as broken:
            broken.setattr(Outbox, "edit", refuse)
            await inbox.press("e")
            await inbox.until(lambda: "NOT SAVED: the disk is full" in inbox.status, "the sentence")
            await inbox.until(lambda: inbox.row == row, "the cursor on the row that was not resolved")
            await inbox.press("i")
            await inbox.typed("call back")
            await inbox.press("enter")
            await inbox.until(lambda: "NOT SAVED" in inbox.text, "the error in the editor")
            editor = inbox.app.screen
            assert isinstance(editor, NoteEditor)
            assert editor.text == "call back"
        await inbox.press("enter")
        await inbox.until(lambda: inbox.app.screen is inbox.screen, "the note to be saved")
        assert home.seen(row.key).notes.endswith(": call back")
        assert home.seen(row.key).status == row.status


async def test_a_full_disk_itself_is_told_as_not_saved(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        row = inbox.row

        def fill(local) -> None:
            pages = local.outbox._conn.execute("PRAGMA page_count").fetchone()[0]
            local.outbox._conn.execute(f"PRAGMA max_page_count={pages}")

        inbox.app.store.submit(fill)
        await inbox.press("i")
        await inbox.typed("x" * 20)
        editor = inbox.app.screen
        editor.query_one("_NoteArea").text = "long " * 4000
        await inbox.press("enter")
        await inbox.until(lambda: "NOT SAVED: the disk is full" in inbox.text, "the error")
        assert editor.text.startswith("long long")
        assert home.seen(row.key).notes == row_notes(home, row.key)
        assert home.unsettled() == 0


def row_notes(home, key):
    with home.local() as local:
        return local.reader.server(key).notes
