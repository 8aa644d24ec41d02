"""Several sources beside each other: each its connection, its note, and none hidden by another's failure."""

import contextlib
import sqlite3

import pytest

from cache.sync.status import Connection
from inbox_tui.screens.help import HelpScreen
from tests.ui.four_systems import SOURCES, four_home, serving_four
from tests.ui.inbox_harness import open_inbox

FREE = "The FREE plan of Mantlz tells no browser"


async def connected(inbox, *but: str) -> None:
    """Wait until every source was read, but the named ones."""
    screen = inbox.screen
    await inbox.until(
        lambda: all(
            (told := screen.statuses.get(name)) is not None
            and told.connection is Connection.ONLINE
            and told.synced_at is not None
            for name in SOURCES
            if name not in but
        ),
        "the connections",
    )
    await inbox.settled()


def panel(inbox, source: str) -> str:
    """The line of a source in the list of views."""
    width = inbox.screen.query_one("#views").region.width
    lines = [line[:width] for line in inbox.text.splitlines()]
    start = next(at for at, line in enumerate(lines) if line.startswith("SOURCES"))
    return next(line for line in lines[start:] if source in line)


@pytest.mark.slow
async def test_a_source_without_a_key_is_named_and_hides_neither_the_others_nor_its_rows(tmp_path):
    with serving_four(tmp_path) as server:
        home = four_home(tmp_path, server, keys={"postbox": ""})
        async with open_inbox(home) as inbox:
            await connected(inbox, "postbox")
            await inbox.until(lambda: "postbox AUTH?" in inbox.status, "the state of the failing one")
            assert "acme, mantlz, mimicbot ONLINE" in inbox.status
            assert "!" in panel(inbox, "postbox")
            assert "!" not in panel(inbox, "acme")
            before = inbox.rows.total
            await inbox.press("]", *"]" * 9)
            await inbox.until(lambda: "source:postbox" in inbox.text, "the view of the failing source")
            await inbox.until(lambda: "POSTBOX_KEY" in inbox.text, "the reason")
            assert 0 < inbox.rows.total < before


async def test_a_source_that_fails_on_a_narrow_screen_is_still_named(tmp_path):
    with serving_four(tmp_path) as server:
        home = four_home(tmp_path, server, keys={"postbox": ""})
        async with open_inbox(home, size=(50, 20)) as inbox:
            await connected(inbox, "postbox")
            await inbox.until(lambda: "postbox AUTH?" in inbox.status, "the failing one")
            assert "others ONLINE" in inbox.status


@pytest.mark.slow
async def test_a_note_of_a_source_stays_readable_in_views_status_help_and_metadata(tmp_path):
    with serving_four(tmp_path) as server:
        home = four_home(tmp_path, server)
        async with open_inbox(home, query="source:mantlz") as inbox:
            await connected(inbox)
            await inbox.until(lambda: "mantlz!" in panel(inbox, "mantlz"), "the sign")
            assert "!" not in panel(inbox, "postbox")
            await inbox.press("t", "m", "enter", "G")
            await inbox.until(lambda: "About the source" in inbox.text and FREE in inbox.text, "the note")
            await inbox.press("h", "g", "9")
            await inbox.until(lambda: f"mantlz: {FREE}" in inbox.status, "the sentence")
            await inbox.press("?")
            await inbox.opened_any(HelpScreen)
            await inbox.press("G")
            await inbox.until(lambda: f"online. {FREE}" in inbox.text, "the line of the source")


@pytest.mark.slow
async def test_a_note_goes_when_its_provider_says_it_no_more(tmp_path):
    with serving_four(tmp_path) as server:
        home = four_home(tmp_path, server)
        async with open_inbox(home) as inbox:
            await connected(inbox)
            await inbox.until(lambda: "mantlz!" in panel(inbox, "mantlz"), "the sign")
            with contextlib.closing(sqlite3.connect(tmp_path / "server.db", isolation_level=None)) as conn:
                conn.execute("UPDATE mantlz_keys SET plan = 'PRO'")
            await inbox.press("$")
            await inbox.until(lambda: "!" not in panel(inbox, "mantlz"), "the sign to go")
            assert not inbox.screen.source_notes.of("mantlz")
