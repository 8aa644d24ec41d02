"""A form or bot that had to be left out of a list: its rows are looked for again when it may be readable."""

import pytest

from cache.sync.remote import Page, QuarantinedItem
from tests.cache.sync_world import World

HOUR = 3_600


@pytest.fixture
async def world(tmp_path):
    world = World(tmp_path / "data", rows=24, page_size=5)
    world.remote.local = True
    world.remote.reads_one = False
    yield world
    await world.close()


class Forms:
    """Every third row belongs to a form that cannot be read for a while."""

    def __init__(self, remote, *, may_pass=True):
        self.remote, self.may_pass = remote, may_pass
        self.is_down = True
        self.listed = remote.page
        remote.page = self.page

    async def page(self, **options):
        page = await self.listed(**options)
        if not self.is_down:
            return page
        shown = tuple(item for item in page.items if int(item.submission.id[1:]) % 3)
        told = (QuarantinedItem(-1, "A form cannot be read.", may_pass=self.may_pass),)
        return Page(shown, told, page.next_cursor)


def readable(world):
    return {name for name in world.remote.rows if int(name[1:]) % 3}


async def test_a_later_sync_brings_the_rows_of_a_form_that_was_left_out(world):
    forms = Forms(world.remote)
    await world.sync()
    assert world.cached() == readable(world)
    forms.is_down = False
    world.time.now += HOUR
    await world.sync()
    assert world.cached() == set(world.remote.rows)


async def test_after_that_the_list_is_not_read_as_a_whole_again(world):
    forms = Forms(world.remote)
    await world.sync()
    forms.is_down = False
    world.time.now += HOUR
    await world.sync()
    world.remote.calls.clear()
    world.time.now += HOUR
    await world.sync()
    assert world.remote.count("page") == 1


async def test_while_it_is_left_out_the_whole_list_is_read_once_an_hour_at_most(world):
    Forms(world.remote)
    await world.sync()
    world.remote.calls.clear()
    for _ in range(12):
        world.time.now += HOUR // 6
        await world.sync()
    assert world.remote.count("page") < 12 + 2 * 5


async def test_rows_that_came_while_it_was_left_out_are_found_too(world):
    forms = Forms(world.remote)
    forms.is_down = False
    await world.sync()
    forms.is_down = True
    for _ in range(20):
        world.remote.arrive()
    await world.sync()
    forms.is_down = False
    world.time.now += HOUR
    await world.sync()
    assert world.cached() == set(world.remote.rows)


@pytest.mark.slow
async def test_a_leading_inbox_looks_for_them_by_its_slow_walk(world):
    forms = Forms(world.remote)
    await world.start()
    await world.time.passes(300)
    assert world.cached() == readable(world)
    forms.is_down = False
    await world.time.passes(2 * HOUR)
    assert world.cached() == set(world.remote.rows)


async def test_a_form_that_may_not_be_read_costs_no_reading_of_everything(world):
    Forms(world.remote, may_pass=False)
    await world.sync()
    world.remote.calls.clear()
    world.time.now += 2 * HOUR
    await world.sync()
    assert world.remote.count("page") == 1


async def test_nothing_is_marked_as_missing_by_a_list_of_which_a_form_was_left_out(world):
    forms = Forms(world.remote)
    forms.is_down = False
    await world.sync()
    forms.is_down = True
    await world.sync(full=True)
    found = world.cache.execute("SELECT DISTINCT presence FROM triage").fetchall()
    assert found == [("listed",)]
