"""The read before every change: always, unless hardly any of the rate budget is left (inv 10)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.models import TRIAGE_FIELDS, EditState, Key, PendingEdit, Triage
from cache.sync.preflight import is_scarce, may_stand_in, oldest_allowed
from cache.sync.remote import Budget, NeverLeft, RateWindow
from tests.cache.sync_world import START, key

WANTS = {"status": "read", "priority": "high", "flagged": True, "assignee_id": "u-1", "notes": "mine"}


def left(world, remaining, limit=1000):
    world.remote.budget = Budget((RateWindow("hour", limit, remaining, START + 90_000),))


@pytest.fixture
async def leader(world):
    engine = await world.start()
    await world.time.passes(3)
    world.remote.calls.clear()
    return engine


async def edited_after(world, engine, seconds, **wants):
    """An edit that is sent so many seconds after the submission was last read."""
    left(world, 990)
    engine.read(key("s0001"), always=True)
    await world.time.passes(1)
    left(world, 140)  # what is left is kept for edits: nothing else is read meanwhile
    world.remote.calls.clear()
    await world.time.passes(max(0, seconds - 4))
    world.edit("s0001", **wants)
    engine.wake()
    await world.time.passes(4.5)
    assert len(world.remote.patches()) == 1
    return world.remote.count("get")


@pytest.mark.parametrize(
    ("wants", "seconds", "reads"),
    [
        ({"status": "read"}, 15, 0),
        ({"status": "read"}, 40, 1),
        ({"priority": "high"}, 100, 0),
        ({"priority": "high"}, 130, 1),
        ({"flagged": True}, 100, 0),
        ({"flagged": True}, 130, 1),
        ({"status": "read", "priority": "high"}, 15, 0),
        ({"status": "read", "priority": "high"}, 40, 1),
        ({"assignee_id": "u-1"}, 5, 1),
        ({"notes": "mine"}, 5, 1),
        ({"status": "read", "notes": "mine"}, 5, 1),
    ],
)
async def test_with_little_left_what_was_just_read_stands_in_for_the_read(
    world, leader, wants, seconds, reads
):
    assert await edited_after(world, leader, seconds, **wants) == reads


@pytest.mark.parametrize("remaining", [300, 600, 1000])
async def test_with_enough_left_every_change_is_preceded_by_a_read(world, leader, remaining):
    left(world, remaining)
    leader.read(key("s0001"), always=True)
    await world.time.passes(1)
    world.remote.calls.clear()
    world.edit("s0001", status="read")
    leader.wake()
    await world.time.passes(4)
    assert [call.kind for call in world.remote.calls if call.kind in ("get", "patch")] == ["get", "patch"]


async def test_line_mode_always_reads_first(world):
    await world.sync()
    left(world, 200)
    world.edit("s0001", status="read")
    world.remote.calls.clear()
    await world.sync()
    assert world.remote.calls[1].kind == "get"
    assert world.remote.rows["s0001"]["status"] == "read"


async def test_the_first_change_after_an_outage_is_preceded_by_a_read(world, leader):
    left(world, 200)
    leader.read(key("s0001"), always=True)
    await world.time.passes(1)
    world.remote.trouble("*", NeverLeft("no route"))
    leader.read(key("s0002"), always=True)
    await world.time.passes(3)
    world.remote.calls.clear()
    world.edit("s0001", priority="high")
    leader.wake()
    await world.time.passes(8)
    assert [call.kind for call in world.remote.calls if call.kind in ("get", "patch")] == ["get", "patch"]


async def test_what_an_earlier_process_read_does_not_stand_in(world):
    await world.sync()
    left(world, 200)
    world.remote.trouble("page", NeverLeft("no route"), times=99)
    world.edit("s0001", priority="high")
    await world.start()
    await world.time.passes(30)
    assert world.remote.count("get") == 1
    assert world.remote.patches() == [{"priority": "high"}]


async def test_a_clock_that_was_set_makes_nothing_look_fresh(world, leader):
    left(world, 200)
    leader.read(key("s0001"), always=True)
    await world.time.passes(300)
    world.remote.calls.clear()
    world.time.set_by -= (
        world.time.wall() - world.cache.execute("SELECT max(seen_at) FROM triage").fetchone()[0]
    )
    world.edit("s0001", priority="high")
    leader.wake()
    await world.time.passes(8)
    assert world.remote.patches() == [{"priority": "high"}]
    assert world.remote.count("get") == 1


async def test_a_value_known_to_have_moved_is_looked_at_again(world, leader):
    left(world, 200)
    world.edit("s0001", status="read")
    world.remote.rows["s0001"]["status"] = "spam"
    leader.read(key("s0001"), always=True)
    await world.time.passes(6)
    assert world.states() == {("s0001", "status"): "conflict"}
    assert world.remote.patches() == []


async def test_leaving_resolved_clears_the_stamps_without_a_read_too(world, leader):
    world.remote.rows["s0001"].update(status="resolved", resolved_at="then")
    assert await edited_after(world, leader, 10, status="in_progress") == 0
    assert world.remote.patches() == [{"status": "in_progress", "resolved_at": None, "resolved_by": None}]


def a_colleague_writes_during_the_read(world, engine, *, read_takes, page_takes):
    """The page that shows their change begins after the read of the submission did."""
    quick_get, quick_page = world.remote.get, world.remote.page

    async def page(**options):
        shown = await quick_page(**options)
        await world.time.sleep(page_takes)
        return shown

    async def get(identifier):
        fetched = await quick_get(identifier)
        world.remote.rows[identifier]["priority"] = "low"
        engine.poll_now()
        await world.time.sleep(read_takes)
        world.remote.budget = Budget((RateWindow("minute", 60, 0, int(world.time.now) + 3),))
        return fetched

    world.remote.get, world.remote.page = get, page


@pytest.mark.parametrize(
    ("read_takes", "page_takes", "reads"),
    [(2, 0, 1), (1, 2, 2)],
    ids=["the page comes first", "the page comes while the change waits for its turn"],
)
async def test_a_change_goes_by_the_read_that_began_last(world, leader, read_takes, page_takes, reads):
    a_colleague_writes_during_the_read(world, leader, read_takes=read_takes, page_takes=page_takes)
    world.edit("s0001", priority="high")
    leader.wake()
    await world.time.passes(30)
    assert world.remote.patches() == []
    assert world.pending("s0001", "priority").state is EditState.CONFLICT
    assert world.pending("s0001", "priority").theirs == "low"
    assert world.remote.count("get") == reads


# As pure functions

KEY = Key("acme", "s1")
fields = st.lists(st.sampled_from(TRIAGE_FIELDS), unique=True, min_size=1)
ages = st.floats(-10, 200)


def edit(name, **more):
    return PendingEdit(KEY, name, Triage().value(name), WANTS[name], EditState.QUEUED, 1, 0, **more)


@given(fields, ages)
def test_how_old_a_read_may_be_is_said_by_the_strictest_field(names, age):
    edits = [edit(name) for name in names]
    limits = {"status": 30, "priority": 120, "flagged": 120, "assignee_id": 0, "notes": 0}
    assert oldest_allowed(edits) == min(limits[name] for name in names)
    if {"assignee_id", "notes"} & set(names) and age > 0:
        assert not may_stand_in(edits, Triage(), age)
    else:
        assert may_stand_in(edits, Triage(), age) == (0 <= age <= oldest_allowed(edits))


@given(st.sampled_from(["in_progress", "spam", "read"]), st.floats(0, 30))
def test_nothing_stands_in_for_a_read_of_a_value_that_is_not_what_was_seen(status, age):
    assert not may_stand_in([edit("status")], Triage(status=status), age)


@pytest.mark.parametrize("more", [{"attempts": 1}, {"implicit": True}])
def test_an_edit_that_was_tried_or_that_nobody_asked_for_is_read_for(more):
    assert may_stand_in([edit("status")], Triage(), 1)
    assert not may_stand_in([edit("status", **more)], Triage(), 1)


@pytest.mark.parametrize(
    ("remaining", "reset_in", "scarce"), [(299, 60, True), (300, 60, False), (299, -1, False)]
)
def test_scarce_is_less_than_three_tenths_of_a_window_that_is_not_over(remaining, reset_in, scarce):
    hour = RateWindow("hour", 1000, remaining, START + reset_in)
    assert is_scarce(Budget((RateWindow("minute", 60, 60, START + 60), hour)), START) == scarce
