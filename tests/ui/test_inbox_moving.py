"""The cursor is where the person put it, whatever was being read meanwhile."""

import contextlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cache.models import Key
from cache.query import parse_query
from cache.store.packing import Packing
from cache.sync.remote import FetchedSubmission
from inbox_tui.inbox import listing
from inbox_tui.providers.awardee import decode
from inbox_tui.store_thread import StoreThread
from tests.cache.making import LocalCopy
from tests.ui.inbox_harness import Home, Inbox, lone_home, open_inbox

MANY = 300


def home_of_many(directory: Path) -> Home:
    """A local copy with more rows than are held for a screen."""
    home = lone_home(directory)
    with LocalCopy(home.data) as local:
        packed = local.cache.execute("SELECT answers, raw FROM submission LIMIT 1").fetchone()
        one = json.loads(Packing(local.cache).raw(*packed))
        items = [
            one | {"id": f"id-{number}", "created_at": f"{2027 + number}-01-01T00:00:00Z"}
            for number in range(MANY)
        ]
        local.show(*(FetchedSubmission(decode(item, "acme"), json.dumps(item)) for item in items))
    return home


@contextlib.contextmanager
def held_up(store: StoreThread) -> Iterator[None]:
    """The store thread is busy with something else."""
    done = threading.Event()
    store.submit(lambda _: done.wait(30))
    try:
        yield
    finally:
        done.set()


def keys(inbox: Inbox) -> list[Key | None]:
    rows = (inbox.rows.row_at(position) for position in inbox.rows.visible_range)
    return [row.key if row is not None else None for row in rows]


@pytest.mark.slow
@pytest.mark.parametrize("moves", [["G"], ["j"] * 110], ids=["jump", "held"])
async def test_rows_that_were_asked_for_around_another_row_do_not_take_the_cursor_back(
    tmp_path: Path, moves: list[str]
) -> None:
    async with open_inbox(home_of_many(tmp_path), view="all", size=(120, 16)) as inbox:
        await inbox.until(lambda: inbox.rows.total > MANY, "the count")
        with held_up(inbox.app.store):
            inbox.screen.listing.reload()
            await inbox.press(*moves)
            place = inbox.rows.cursor_position
            assert place > 100
        await inbox.settled()
        await inbox.until(lambda: None not in keys(inbox), "the rows")
        assert inbox.rows.cursor_position == place
        with inbox.home.local() as local:
            (rowid,) = local.reader.rowids_from(parse_query(""), place, 1)
        assert inbox.row.rowid == rowid


async def test_an_edit_right_after_many_moves_is_made_to_the_row_they_lead_to(tmp_path: Path) -> None:
    home = home_of_many(tmp_path)
    async with open_inbox(home, view="all", leads=False, size=(120, 16)) as inbox:
        await inbox.until(lambda: inbox.rows.total > MANY, "the count")
        await inbox.until(lambda: inbox.rows.row_at(9) is not None, "the rows")
        wanted = inbox.rows.row_at(9)
        inbox.send(*["j"] * 12, *["k"] * 3, "f", "j")
        await inbox.until(home.unsettled, "the edit")
        assert wanted is not None
        assert home.seen(wanted.key).flagged != wanted.flagged
        assert home.unsettled() == 1
        await inbox.until(lambda: inbox.rows.cursor_position == 10, "the last move")
        await inbox.until(lambda: "11/" in inbox.status, "the position")
        assert 10 in inbox.rows.visible_range


async def test_an_edit_right_after_moves_past_what_is_held_waits_for_its_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "ECHO_SECONDS", 5.0)  # longer than any machine takes to read it
    home = home_of_many(tmp_path)
    async with open_inbox(home, view="all", leads=False, size=(120, 16)) as inbox:
        await inbox.until(lambda: inbox.rows.total > MANY, "the count")
        assert inbox.rows.row_at(150) is None
        inbox.send(*["j"] * 150, "f")
        await inbox.until(home.unsettled, "the edit")
        with home.local() as local:
            (rowid,) = local.reader.rowids_from(parse_query(""), 150, 1)
            (edit,) = local.outbox.pending()
            (row,) = local.reader.rows([rowid])
        assert edit.key == row.key


async def test_a_held_key_takes_as_many_steps_as_it_was_typed_past_what_is_held(tmp_path: Path) -> None:
    async with open_inbox(home_of_many(tmp_path), view="all", leads=False, size=(120, 16)) as inbox:
        await inbox.until(lambda: inbox.rows.total > MANY, "the count")
        with held_up(inbox.app.store):
            inbox.send(*["j"] * 150)
            await inbox.until(lambda: inbox.rows.cursor_position == 150, "the steps")
        await inbox.until(lambda: inbox.rows.cursor_row is not None, "its row")
        assert 150 in inbox.rows.visible_range
        assert None not in keys(inbox)
