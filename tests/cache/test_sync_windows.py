"""A window for each form or bot: what slides out of a full one is old, and what never showed is said."""

from datetime import UTC, datetime

import pytest

from cache.models import Container
from cache.sync.remote import Page, QuarantinedItem
from tests.cache.sync_world import START, World

SIZE = 4
DAY = 86_400


class Bots:
    """Lists of bots that show their newest rows only, as one page."""

    def __init__(self, remote):
        self.remote = remote
        self.all = {}
        self.down = set()
        remote.rows.clear()
        remote.window = SIZE
        remote.full_windows = {}
        remote.page = self.page
        remote.containers = self.containers

    def arrive(self, bot, count=1):
        for _ in range(count):
            number = len(self.all) + 1
            name = f"s{number:04}"
            row = {"id": name, "status": "new", "priority": "none", "flagged": False, "assignee_id": None}
            self.all[name] = {**row, "notes": None, "created": number * 10, "container": bot}

    def of(self, bot):
        rows = [row for row in self.all.values() if row["container"] == bot]
        return sorted(rows, key=lambda row: row["created"], reverse=True)

    async def page(self, *, cursor=None, open_only=False):
        if open_only:
            return Page(())
        await self.remote._asked("page", cursor)
        shown, windows, told = [], dict(self.remote.full_windows), []
        for bot in sorted({row["container"] for row in self.all.values()}):
            if bot in self.down:
                told.append(QuarantinedItem(-1, f"{bot} cannot be read"))
                continue
            rows = self.of(bot)[:SIZE]
            shown += rows
            windows.pop(bot, None)
            if len(rows) == SIZE:
                windows[bot] = datetime.fromtimestamp(START - 1_000_000 + rows[-1]["created"], UTC)
        self.remote.full_windows = windows
        self.remote.rows = {row["id"]: row for row in shown}
        names = sorted(shown, key=lambda row: row["created"], reverse=True)
        return Page(tuple(self.remote.fetched(row["id"]) for row in names), tuple(told))

    async def containers(self):
        return (Container("acme", "one", "First bot"), Container("acme", "two", "Second bot"))


@pytest.fixture
async def world(tmp_path):
    world = World(tmp_path / "data", rows=0)
    world.remote.local = True
    yield world
    await world.close()


@pytest.fixture
def bots(world):
    return Bots(world.remote)


def presence(world, how):
    rows = world.cache.execute("SELECT id, presence FROM submission JOIN triage USING (rowid)").fetchall()
    return {name for name, found in rows if found == how}


async def test_what_left_the_window_of_one_bot_is_old_although_another_bot_shows_older_rows(world, bots):
    bots.arrive("two", 2)
    bots.arrive("one", 4)
    await world.sync()
    bots.arrive("one", 2)
    await world.sync(full=True)
    assert presence(world, "aged_out") == {"s0003", "s0004"}
    assert presence(world, "listed") == {"s0001", "s0002", "s0005", "s0006", "s0007", "s0008"}
    assert presence(world, "missing") == set()


async def test_many_half_empty_bots_make_no_full_window(world, bots):
    bots.arrive("one", 3)
    bots.arrive("two", 3)
    await world.sync()
    del bots.all["s0001"]
    await world.sync()
    assert presence(world, "aged_out") == set()


async def test_a_bot_that_cannot_be_read_ages_nothing_out_and_nothing_is_taken_for_missing(world, bots):
    bots.arrive("one", 4)
    bots.arrive("two", 30)
    await world.sync()
    bots.down = {"one"}
    await world.sync(full=True)
    assert presence(world, "listed") == {row["id"] for bot in ("one", "two") for row in bots.of(bot)[:SIZE]}


async def test_rows_of_one_moment_do_not_stay_listed_when_only_some_of_them_are_shown(world, bots):
    bots.arrive("one", 4)
    bots.all["s0001"]["created"] = bots.all["s0002"]["created"]
    await world.sync()
    bots.arrive("one", 1)
    await world.sync(full=True)
    assert len(presence(world, "aged_out")) == 1
    assert presence(world, "missing") == set()


async def test_a_full_bot_that_shares_no_row_with_what_is_held_is_told_by_name_also_after_a_restart(
    world, bots
):
    bots.arrive("one", 2)
    bots.arrive("two", 2)
    await world.sync()
    bots.arrive("one", 9)
    (report,) = await world.sync()
    assert report.note.startswith("“First bot” may have received submissions after 2026-05-17")
    assert report.note.endswith("UTC that were never shown: a possible gap.")
    assert "Second bot" not in report.note
    (report,) = await world.sync()
    assert report.note is None


async def test_a_bot_that_was_empty_is_told_without_the_moment_before(world, bots):
    bots.arrive("one", 2)
    await world.sync()
    bots.arrive("two", 5)
    (report,) = await world.sync()
    assert report.note.startswith("“Second bot” may have received submissions before 2026-05-17")


async def test_a_first_look_is_no_gap_and_neither_is_a_shared_row(world, bots):
    bots.arrive("one", 9)
    (report,) = await world.sync()
    assert report.note is None
    bots.arrive("one", 3)
    (report,) = await world.sync()
    assert report.note is None


async def test_a_gap_is_said_for_a_day_by_a_leading_inbox(world, bots):
    bots.arrive("one", 4)
    await world.start()
    await world.time.passes(5)
    bots.arrive("one", 9)
    await world.time.passes(300)
    assert "possible gap" in world.status().message
    world.time.now += DAY - 900
    await world.time.passes(300)
    assert "possible gap" in world.status().message
    await world.time.passes(900)
    assert world.status().message is None


async def test_a_note_that_the_source_takes_back_is_not_said_any_more(world, bots):
    bots.arrive("one", 1)
    world.remote.notes = ("The bot “Two” could not be read.",)
    await world.start()
    await world.time.passes(5)
    assert world.status().message == "The bot “Two” could not be read."
    world.remote.notes = ()
    await world.time.passes(300)
    assert world.status().message is None


async def test_polls_are_further_apart_when_more_bots_appear(world, bots):
    bots.arrive("one", 1)
    await world.start()
    await world.time.passes(600)
    often = world.remote.count("page")
    assert often > 6
    world.remote.poll_floor = 1_000.0
    await world.time.passes(100)
    world.remote.calls.clear()
    await world.time.passes(3_600)
    assert 1 < world.remote.count("page") <= 6
