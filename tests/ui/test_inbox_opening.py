"""A new submission becomes read by being opened, as `ui.mark_read` says."""

import pytest

from inbox_tui.inbox import opening
from inbox_tui.screens.quit_screen import QuitScreen
from tests.ui.inbox_harness import colleague, home_for, lone_home, open_inbox, serving


def opens(home, how):
    text = home.config.read_text()
    home.config.write_text(text.replace('mark_read = "never"', f'mark_read = "{how}"'))
    return home


def pending(home):
    with home.local() as local:
        return local.outbox.pending()


async def on_new(inbox):
    """The cursor on a new submission of nobody's."""
    await inbox.until(lambda: inbox.rows.is_loaded, "rows")
    await inbox.until(lambda: inbox.row.status == "new", "a new one")
    return inbox.row.key


NEW = "status:new is:unassigned"


@pytest.mark.parametrize("keys", [("enter",), ("l",), ("tab",)])
async def test_going_to_the_detail_makes_a_new_submission_read_and_says_nothing(tmp_path, keys):
    home = opens(lone_home(tmp_path), "open")
    async with open_inbox(home, leads=False, query=NEW) as inbox:
        key = await on_new(inbox)
        await inbox.press(*keys)
        await inbox.until(lambda: home.seen(key).status == "read", "the edit")
        await inbox.until(lambda: inbox.row.key == key and inbox.row.status == "read", "the row in its place")
        assert "u undoes" not in inbox.status
        assert "^1" not in inbox.status
        (edit,) = pending(home)
        assert edit.implicit
        await inbox.press("u")
        await inbox.until(lambda: "Nothing to undo" in inbox.status, "nothing to undo")
        assert home.seen(key).status == "read"


async def test_moving_past_in_the_list_makes_nothing_read(tmp_path):
    home = opens(lone_home(tmp_path), "open")
    async with open_inbox(home, leads=False, query=NEW) as inbox:
        await on_new(inbox)
        await inbox.press("j", "j", "k", "J", "G")
        await inbox.settled()
        assert pending(home) == ()


async def test_stopping_at_another_one_in_the_detail_makes_it_read(tmp_path):
    home = opens(lone_home(tmp_path), "open")
    async with open_inbox(home, leads=False, query=NEW) as inbox:
        await on_new(inbox)
        await inbox.press("enter", "J")
        second = inbox.row.key
        await inbox.until(lambda: home.seen(second).status == "read", "the second one")


async def test_dwelling_makes_read_and_having_moved_on_does_not(tmp_path, monkeypatch):
    home = opens(lone_home(tmp_path), "dwell")
    async with open_inbox(home, leads=False, query=NEW) as inbox:
        await on_new(inbox)
        first = inbox.row
        monkeypatch.setattr(opening, "_DWELL_SECONDS", 0.05)
        await inbox.press("j")
        second = inbox.row.key
        await inbox.until(lambda: home.seen(second).status == "read", "the one stayed at")
        inbox.screen.actions.opening._stayed(first)  # its three seconds are over as well
        await inbox.settled()
        assert home.seen(first.key).status == "new"


async def test_never_means_never(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False, query=NEW) as inbox:
        await on_new(inbox)
        await inbox.press("enter")
        await inbox.settled()
        assert pending(home) == ()


async def test_a_submission_of_somebody_else_stays_new(tmp_path):
    home = opens(lone_home(tmp_path), "open")
    async with open_inbox(home, leads=False, query="status:new -is:unassigned") as inbox:
        assert inbox.row.assignee_id == colleague() or inbox.row.assignee_id
        await inbox.press("enter")
        await inbox.settled()
        assert pending(home) == ()


async def test_quitting_asks_nothing_when_only_reading_was_not_sent(tmp_path):
    home = opens(lone_home(tmp_path), "open")
    async with open_inbox(home, leads=False, query=NEW) as inbox:
        key = await on_new(inbox)
        await inbox.press("enter")
        await inbox.until(lambda: home.seen(key).status == "read", "the edit")
        await inbox.press("q", "q")
        await inbox.until(lambda: inbox.app._exit or isinstance(inbox.app.screen, QuitScreen), "the end")
        assert inbox.app._exit
    (edit,) = pending(home)
    assert edit.implicit


@pytest.mark.slow
async def test_reading_goes_out_with_the_next_edit_of_the_submission(tmp_path):
    """inv 12"""
    with serving(tmp_path) as server:
        home = opens(home_for(server, tmp_path), "open")
        async with open_inbox(home, query=NEW) as inbox:
            await inbox.online()
            key = await on_new(inbox)
            await inbox.press("enter", "p", "1")
            await inbox.until(lambda: home.seen(key).priority == "low", "the edit")
            await inbox.press("$")
            await inbox.until(lambda: server.submission(key.id)["status"] == "read", "the delivery")
            assert server.submission(key.id)["priority"] == "low"
