"""The inbox and the network: cut and back, a colleague's changes, another leader, a missing key."""

import pytest

from cache.outbox.outbox import Edit
from cache.sync.leader import LeaderLock
from cache.sync.status import Connection
from inbox_tui.screens.note_editor import NoteEditor
from inbox_tui.screens.quit_screen import QuitScreen
from tests.ui.inbox_harness import colleague, home_for, lone_home, open_inbox, serving


async def test_without_network_the_cached_inbox_opens_and_edits_are_kept(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home) as inbox:
        await inbox.until(lambda: inbox.connection is Connection.OFFLINE, "OFFLINE")
        assert "OFFLINE" in inbox.status
        assert inbox.rows.total == 23
        await inbox.press("f", "p", "1")
        await inbox.until(lambda: inbox.row.flagged and inbox.row.priority == "low", "the row")
        await inbox.until(lambda: "^2" in inbox.status, "the queue in the status bar")
        assert inbox.row.sync == "queued"
        assert home.unsettled() == 2


@pytest.mark.slow
async def test_edits_made_while_the_server_was_down_arrive_when_it_is_back(tmp_path):
    with serving(tmp_path) as server:
        home = home_for(server, tmp_path)
        server.stop()
        async with open_inbox(home) as inbox:
            await inbox.until(lambda: inbox.connection is Connection.OFFLINE, "OFFLINE")
            key = inbox.row.key
            await inbox.press("p", "1")
            await inbox.until(lambda: inbox.row.priority == "low", "the edit")
        async with open_inbox(home) as inbox:  # started again in between
            await inbox.until(lambda: inbox.connection is Connection.OFFLINE, "OFFLINE")
            assert inbox.row.priority == "low"
            await inbox.press("f")
            await inbox.until(lambda: home.unsettled() == 2, "the second edit")
            server.start()
            await inbox.press("$")
            await inbox.online()
            await inbox.until(lambda: server.submission(key.id)["priority"] == "low", "the delivery")
            await inbox.until(lambda: server.submission(key.id)["flagged"], "the second delivery")
            await inbox.until(lambda: inbox.row.sync == "clean" and inbox.row.flagged, "the sign to go")
            assert home.unsettled() == 0


async def test_a_colleagues_change_shows_and_the_cursor_stays(tmp_path):
    with serving(tmp_path) as server:
        home = home_for(server, tmp_path)
        async with open_inbox(home) as inbox:
            await inbox.online()
            await inbox.press("2", "j")
            changed, gone, here = inbox.rows.row_at(3), inbox.rows.row_at(1), inbox.row
            server.act_as(colleague(), changed.key.id, {"flagged": not changed.flagged})
            server.act_as(colleague(), gone.key.id, {"status": "resolved"})
            await inbox.press("$")
            await inbox.until(lambda: inbox.rows.total == 22, "the resolved one to go")
            await inbox.until(
                lambda: inbox.rows.row_at(2).flagged is not changed.flagged, "the changed row to be drawn"
            )
            assert inbox.row.key == here.key
            assert inbox.rows.cursor_position == 1


async def test_arrivals_are_counted_above_and_move_nothing(tmp_path):
    with serving(tmp_path) as server:
        home = home_for(server, tmp_path)
        async with open_inbox(home, size=(120, 20)) as inbox:
            await inbox.online()
            await inbox.press("3", "j")
            here, line = inbox.row, inbox.rows.cursor_position - inbox.rows.scroll_offset.y
            server.add_submission(status="new")
            server.add_submission(status="new")
            await inbox.press("$")
            await inbox.until(lambda: inbox.rows.total == 25, "the arrivals")
            assert inbox.row.key == here.key
            assert inbox.rows.cursor_position - inbox.rows.scroll_offset.y == line
            await inbox.until(lambda: "2 new above" in inbox.text, "the notice")
            await inbox.press("g", "g")
            await inbox.until(lambda: "new above" not in inbox.text, "the notice to go")
            assert inbox.row.status == "new"


@pytest.mark.slow
async def test_an_edit_reaches_the_server_and_a_note_takes_the_text_it_has_there(tmp_path):
    with serving(tmp_path) as server:
        home = home_for(server, tmp_path)
        async with open_inbox(home) as inbox:
            await inbox.online()
            key = inbox.row.key
            server.act_as(colleague(), key.id, {"notes": "from the web page"})
            await inbox.press("i")
            await inbox.opened(NoteEditor)
            await inbox.until(lambda: home.seen(key).notes == "from the web page", "a fresh read")
            await inbox.typed("mine")
            await inbox.press("enter")
            await inbox.until(lambda: home.seen(key).notes.endswith(": mine"), "the note")
            await inbox.press("$")
            await inbox.until(lambda: (server.submission(key.id)["notes"] or "").endswith(": mine"))
            assert server.submission(key.id)["notes"].startswith("from the web page\n")


async def test_another_process_that_leads_is_named_and_both_see_each_others_edits(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        await inbox.until(lambda: "VIA pid" in inbox.status, "the leader")
        key = inbox.row.key
        await inbox.press("f")
        await inbox.until(lambda: home.seen(key).flagged, "the edit in the other process")
        with home.local() as local:
            edit = Edit(key, "priority", "low")
            local.outbox.edit("set", [edit], local.reader.server)
        await inbox.until(lambda: inbox.row.priority == "low", "the other's edit on the screen")


async def test_the_lead_is_taken_when_the_other_process_gives_it_up(tmp_path):
    with serving(tmp_path) as server:
        home = home_for(server, tmp_path)
        other = LeaderLock(home.data)
        assert other.acquire()
        async with open_inbox(home) as inbox:
            try:
                await inbox.until(lambda: inbox.connection is Connection.FOLLOWING, "the leader")
            finally:
                other.release()
            await inbox.online()


async def test_a_missing_key_is_said_and_edits_can_be_made(tmp_path):
    with serving(tmp_path) as server:
        home = home_for(server, tmp_path, key=None)
        async with open_inbox(home) as inbox:
            await inbox.until(lambda: "AUTH?" in inbox.status, "AUTH?")
            await inbox.press("p", "1")
            await inbox.until(lambda: inbox.row.priority == "low", "the edit")
            assert home.unsettled() == 1


async def test_quitting_names_what_was_not_sent(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home) as inbox:
        await inbox.until(lambda: inbox.connection is Connection.OFFLINE, "OFFLINE")
        inbox.send("p", "1", "q")
        await inbox.opened_any(QuitScreen)
        assert "1 edit waits to be sent" in inbox.text
        inbox.send("escape", "escape")
        await inbox.until(lambda: inbox.app.screen is inbox.screen, "the inbox")
        assert not inbox.app._exit
        await inbox.press("q")
        await inbox.opened_any(QuitScreen)
        inbox.send("q")
        await inbox.until(lambda: inbox.app._exit, "the end")
    assert home.unsettled() == 1


async def test_quitting_sends_what_can_be_sent_and_asks_nothing_then(tmp_path):
    with serving(tmp_path) as server:
        home = home_for(server, tmp_path)
        async with open_inbox(home) as inbox:
            await inbox.online()
            key = inbox.row.key
            inbox.send("p", "1", "q")
            await inbox.until(lambda: inbox.app._exit, "the end")
        assert server.submission(key.id)["priority"] == "low"
        assert home.unsettled() == 0


async def test_quitting_asks_when_an_edit_cannot_be_sent_after_all(tmp_path):
    with serving(tmp_path) as server:
        home = home_for(server, tmp_path)
        async with open_inbox(home) as inbox:
            await inbox.online()
            server.stop()
            inbox.send("p", "1", "q")
            await inbox.opened_any(QuitScreen)
            await inbox.until(lambda: "1 edit " in inbox.text, "what is left")
            await inbox.press("escape")
            await inbox.until(lambda: inbox.app.screen is inbox.screen, "the inbox")
            await inbox.until(lambda: inbox.row.priority == "low", "the edit on the row")
        assert home.unsettled() == 1
