"""News on their way in: what is claimed about the list is true wherever a walk is cut off."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.models import Event
from cache.sync.remote import Forbidden, NeverLeft, NotFound, Refused
from cache.sync.status import Connection
from tests.cache.making import scratch
from tests.cache.sync_world import SOURCE, START, World, key


def coverage(world):
    row = world.cache.execute("SELECT top_id, complete, backfill_cursor FROM source").fetchone()
    return row if row is not None else (None, 0, None)


def assert_claim_is_true(world, known):
    """Everything between the claimed top and the claimed end has been stored.

    Without a top the list was empty when it was read: of what came since nothing is claimed.
    """
    top, complete, cursor = coverage(world)
    if top is None:
        return
    order = sorted(known, reverse=True)
    below_top = order[order.index(top) :]
    claimed = below_top if complete else below_top[: below_top.index(cursor) + 1]
    assert set(claimed) <= world.cached()


async def assert_next_sync_holds_everything(world):
    (report,) = await world.sync()
    assert report.error is None
    assert world.cached() == set(world.remote.rows)
    assert coverage(world)[1] == 1


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 25),
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 12), st.booleans()), max_size=4),
)
async def test_claims_are_true_wherever_a_walk_is_cut_off(rows, rounds):
    with scratch() as directory:
        world = World(directory / "data", rows=rows, page_size=3)
        try:
            for cut_after, arrivals, while_walking in rounds:
                for _ in range(arrivals):
                    world.remote.arrive()
                seen = 0

                def count(call, cut_after=cut_after, while_walking=while_walking):
                    nonlocal seen
                    seen += call.kind == "page"
                    if while_walking and call.kind == "page":
                        world.remote.arrive()
                    if seen > cut_after and call.kind == "page":
                        raise Forbidden("cut off")

                world.remote.before = count
                await world.sync()
                world.remote.before = lambda call: None
                assert_claim_is_true(world, world.remote.rows)
            await assert_next_sync_holds_everything(world)
        finally:
            await world.close()


async def test_arrivals_while_walking_are_neither_lost_nor_claimed(world):
    for _ in range(30):
        world.remote.arrive()
    world.remote.before = lambda call: world.remote.arrive() if call.kind == "page" else None
    await world.sync()
    assert_claim_is_true(world, world.remote.rows)
    world.remote.before = lambda call: None
    await world.sync()
    assert world.cached() == set(world.remote.rows)


async def test_a_head_poll_reads_one_page_when_nothing_is_new(world):
    for _ in range(40):
        world.remote.arrive()
    await world.sync()
    world.remote.calls.clear()
    await world.sync()
    assert world.remote.count("page") == 1


async def test_a_dead_cursor_restarts_from_the_head_and_loses_only_time(world):
    for _ in range(47):
        world.remote.arrive()
    world.remote.trouble(
        "page", NeverLeft("gone"), times=99, when=lambda call: world.remote.count("page") > 3
    )
    await world.sync()
    held = world.cached()
    assert 0 < len(held) < 50
    world.remote.troubles.clear()
    (_, _, cursor) = coverage(world)
    world.remote.trouble("page", Refused("dead", status=400), when=lambda call: call.what == cursor)
    (report,) = await world.sync()
    assert report.error is None
    assert world.cached() == set(world.remote.rows)


async def test_cursors_that_are_always_dead_end_a_sync_with_a_sentence(world):
    for _ in range(30):
        world.remote.arrive()
    world.remote.trouble("page", Refused("dead", status=400), times=999, when=lambda call: call.what)
    (report,) = await world.sync()
    assert report.error == "The list cannot be read to its end."
    assert world.remote.count() < 20


async def test_cursors_that_are_always_dead_make_no_busy_loop_of_a_leading_inbox(world):
    for _ in range(30):
        world.remote.arrive()
    world.remote.trouble("page", Refused("dead", status=400), times=1e9, when=lambda call: call.what)
    await world.start()
    await world.time.passes(3600)
    assert world.remote.count() < 250
    assert len(world.cached()) == 10


async def test_one_bad_row_among_a_hundred_keeps_the_others(world):
    world.remote.page_size = 100
    for _ in range(97):
        world.remote.arrive()
    world.remote.bad = {"s0050"}
    (report,) = await world.sync()
    assert (report.received, report.unreadable) == (99, 1)
    assert world.cached() == set(world.remote.rows) - {"s0050"}
    assert world.cache.execute("SELECT id, reason FROM quarantine").fetchall() == [("s0050", "no good")]


async def test_a_first_page_without_anything_readable_is_not_read_for_ever(world):
    for _ in range(30):
        world.remote.arrive()
    world.remote.bad = {f"s{number:04}" for number in range(21, 34)}
    await world.sync()
    assert world.cached() == {f"s{number:04}" for number in range(1, 21)}
    world.remote.calls.clear()
    await world.sync()
    assert world.remote.count("page") <= 2
    world.remote.arrive()
    await world.sync()
    assert "s0034" in world.cached()


async def test_what_colleagues_resolved_is_noticed_with_the_open_ones(world):
    for _ in range(20):
        world.remote.arrive()
    await world.sync()
    for identifier in ("s0002", "s0003"):
        world.remote.rows[identifier]["status"] = "resolved"
    world.remote.rows["s0004"]["priority"] = "high"
    await world.sync()
    assert world.held("s0002").status == world.held("s0003").status == "resolved"
    assert world.held("s0004").priority == "high"


async def test_one_that_may_not_be_read_does_not_keep_the_others_from_being_looked_at(world):
    for _ in range(20):
        world.remote.arrive()
    await world.sync()
    for row in world.remote.rows.values():
        row["status"] = "resolved"
    world.remote.trouble("get", Forbidden("no", status=403), times=9, when=lambda call: call.what == "s0003")
    (report,) = await world.sync()
    assert report.error is None
    assert world.held("s0001").status == "resolved"
    assert world.held("s0003").status == "new"


async def test_a_server_without_filters_does_not_have_its_whole_list_read_every_time(world):
    for number in range(200):
        world.remote.arrive(status="resolved" if number % 2 else "new")
    await world.sync()
    world.remote.filters = False
    world.remote.calls.clear()
    await world.sync()
    assert world.remote.count("open") == 1


async def test_a_row_that_is_no_longer_there_is_marked_and_kept(world):
    await world.sync()
    del world.remote.rows["s0002"]
    await world.sync()
    presence = world.cache.execute(
        "SELECT presence FROM triage JOIN submission USING (rowid) WHERE id = 's0002'"
    ).fetchone()
    assert presence == ("missing",)
    assert "s0002" in world.cached()


async def test_a_timeline_is_read_when_it_is_asked_for(world):
    world.remote.timeline = (Event("e1", "status_changed", None, before="new", after="read"),)
    engine = await world.start()
    await world.time.passes(2)
    engine.read_events(key("s0001"))
    await world.time.passes(1)
    assert world.cache.execute("SELECT submission_id, id FROM event").fetchall() == [("s0001", "e1")]


async def test_members_nobody_may_read_keep_no_submission_away(world):
    world.remote.trouble("members", Forbidden("no", status=403), times=1e9)
    await world.start()
    await world.time.passes(10)
    assert world.cached() == set(world.remote.rows)
    await world.time.passes(3600)
    assert world.remote.count("members") < 30


async def test_a_list_that_is_not_found_is_told_and_asked_ever_more_seldom(world):
    world.remote.trouble("page", NotFound("none", status=404), times=1e9)
    await world.start()
    await world.time.passes(3600)
    assert world.said(Connection.RETRY)
    assert world.remote.count("page") < 40
    assert world.cache.execute("SELECT error FROM source").fetchone() == ("none",)


async def test_polls_keep_their_distance(world):
    await world.start()
    await world.time.passes(3600)
    polls = [call.at for call in world.remote.calls if call.kind == "page"]
    assert 45 <= len(polls) <= 80
    assert all(later - sooner >= 47 for sooner, later in pairwise(polls[1:]))
    assert polls[0] - START < 2
    assert world.status(SOURCE).connection is Connection.ONLINE
