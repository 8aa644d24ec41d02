"""Another account behind the key of a source: noticed by name, or by the forms that the key shows."""

from datetime import UTC, datetime, timedelta

import pytest

from cache.sync.remote import Misconfigured
from cache.sync.status import Connection
from tests.cache.sync_world import SOURCE, START, World

NOW = datetime.fromtimestamp(START, UTC)
LONG_AGO = NOW - timedelta(days=300)


@pytest.fixture
async def world(tmp_path):
    world = World(tmp_path / "data", rows=3)
    yield world
    await world.close()


def shows(world, *names, made=LONG_AGO):
    """What the key shows from now on."""
    world.remote.containers_shown = dict.fromkeys(names, made)


async def stopped(world):
    """Whether a sync is refused as that of another account; nothing is read then."""
    before = world.cached()
    world.remote.arrive()
    world.remote.calls.clear()
    (report,) = await world.sync()
    if report.error is None:
        return False
    assert isinstance(report.failure, Misconfigured)
    assert "opens another account" in report.error
    assert world.cached() == before
    assert set(world.remote.kinds()) == {"me"}
    return True


async def test_other_forms_than_those_known_are_another_account(world):
    shows(world, "a", "b")
    await world.sync()
    shows(world, "x", "y")
    assert await stopped(world)
    shows(world, "a", "b")
    assert not await stopped(world)


async def test_a_leading_inbox_stops_and_says_how_to_go_on(world):
    shows(world, "a", "b")
    await world.sync()
    shows(world, "x")
    await world.start()
    await world.time.passes(120)
    assert world.status().connection is Connection.STOPPED
    assert "Put the old key back, or use another source name" in world.status().message


async def test_one_form_of_several_deleted_and_another_made_is_the_same_account(world):
    shows(world, "a", "b")
    await world.sync()
    shows(world, "b", "c")
    assert not await stopped(world)
    shows(world, "c")
    assert not await stopped(world)


async def test_the_only_form_deleted_is_the_same_account(world):
    shows(world, "a")
    await world.sync()
    shows(world)
    assert not await stopped(world)


async def test_the_only_form_replaced_by_one_made_since_is_the_same_account(world):
    shows(world, "a")
    await world.sync()
    world.time.now += 7_200
    shows(world, "b", made=NOW + timedelta(hours=1))
    assert not await stopped(world)


@pytest.mark.parametrize("made", [LONG_AGO, None])
async def test_the_only_form_replaced_by_one_that_was_there_before_is_another_account(world, made):
    shows(world, "a")
    await world.sync()
    shows(world, "b", made=made)
    assert await stopped(world)


async def test_an_account_that_lost_every_form_is_not_locked(world):
    shows(world, "a", "b")
    await world.sync()
    shows(world)
    assert not await stopped(world)
    world.time.now += 86_400
    shows(world, "c", "d", made=NOW + timedelta(hours=12))
    assert not await stopped(world)


async def test_old_forms_where_the_account_had_none_are_another_account(world):
    shows(world, "a", "b")
    await world.sync()
    shows(world)
    assert not await stopped(world)
    shows(world, "x", "y")
    assert await stopped(world)


async def test_a_key_that_was_wrong_from_the_start_can_be_replaced(world):
    world.remote.rows.clear()
    shows(world, "x", "y")
    await world.sync()
    shows(world, "a", "b")
    assert not await stopped(world)


async def test_of_very_many_forms_enough_are_remembered_and_the_oldest_first(world):
    forms = {f"f{number}": LONG_AGO + timedelta(minutes=number) for number in range(10_000)}
    world.remote.containers_shown = forms
    await world.sync()
    stored = world.db.execute("SELECT account_id FROM binding WHERE source = ?", (SOURCE,)).fetchone()[0]
    assert len(stored) < 4_000
    world.remote.containers_shown = dict(list(forms.items())[:150])
    assert not await stopped(world)


async def test_a_binding_without_forms_is_filled_in_and_not_stopped(world):
    await world.sync()
    shows(world, "a")
    assert not await stopped(world)
    shows(world, "b")
    assert await stopped(world)


async def test_who_tells_the_account_is_bound_by_its_name(world):
    await world.sync()
    world.remote.account = "org-2"
    (report,) = await world.sync()
    assert "another organisation (ORG-2) than the one cached here (ORG-1)" in report.error
