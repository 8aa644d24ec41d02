"""Conflicts that wait for the person are looked at again whenever the submission is read."""

import pytest

from cache.sync.remote import Budget, OutcomeUnknown, RateWindow
from tests.cache.sync_world import START, key


@pytest.fixture(params=["head", "hot rescan", "focused", "preflight of another field", "line mode"])
def look(request):
    """One of the reads that show a submission."""

    async def read(world, engine):
        if request.param == "line mode":
            await world.end(engine)
            await world.sync()
            return
        if request.param == "head":
            engine.poll_now()
        elif request.param == "focused":
            engine.read(key("s0001"), always=True)
        elif request.param == "preflight of another field":
            world.edit("s0001", priority="high")
        await world.time.passes(900 if request.param == "hot rescan" else 12)

    return read


@pytest.fixture
async def parked(world):
    await world.sync()
    world.edit("s0001", status="read")
    world.remote.rows["s0001"]["status"] = "spam"
    engine = await world.start()
    await world.time.passes(5)
    assert world.states() == {("s0001", "status"): "conflict"}
    world.remote.calls.clear()
    return engine


async def test_it_settles_itself_when_theirs_becomes_what_is_wanted(world, parked, look):
    world.remote.rows["s0001"]["status"] = "read"
    await look(world, parked)
    assert world.states() == {}
    assert all("status" not in body for body in world.remote.patches())


async def test_it_is_sent_when_theirs_goes_back_to_what_was_seen(world, parked, look):
    world.remote.rows["s0001"]["status"] = "new"
    await look(world, parked)
    await (world.push() if not parked.leads else world.time.passes(10))
    assert world.states() == {}
    assert {"status": "read"} in [
        {name: value for name, value in body.items() if name == "status"} for body in world.remote.patches()
    ]
    assert world.remote.rows["s0001"]["status"] == "read"


async def test_it_shows_what_theirs_has_become(world, parked, look):
    world.remote.rows["s0001"]["status"] = "resolved"
    await look(world, parked)
    assert world.states() == {("s0001", "status"): "conflict"}
    assert world.pending("s0001", "status").theirs == "resolved"
    assert world.pending("s0001", "status").want == "read"
    assert world.remote.rows["s0001"]["status"] == "resolved"


async def test_what_a_dead_process_had_read_is_looked_at_by_the_next(world, parked):
    await world.end(parked)
    tools = world.engine()._tools(world.cache, world.db)
    world.remote.rows["s0001"]["status"] = "resolved"
    tools.writer.apply("acme", [world.remote.fetched("s0001")], tools.clock.now())
    world.remote.trouble("*", OutcomeUnknown("down"), times=99, when=lambda call: call.kind != "me")
    await world.start()
    await world.time.passes(2)
    assert world.pending("s0001", "status").theirs == "resolved"


async def test_an_old_answer_changes_nothing(world, parked):
    tools = world.engine()._tools(world.cache, world.db)
    stale_at = tools.clock.now()
    stale = world.remote.fetched("s0001")
    world.remote.rows["s0001"]["status"] = "resolved"
    parked.read(key("s0001"), always=True)
    await world.time.passes(3)
    tools.writer.apply("acme", [stale], stale_at)
    parked.poll_now()
    await world.time.passes(3)
    assert world.pending("s0001", "status").theirs == "resolved"


async def test_a_note_that_can_be_merged_by_now_is_merged(world):
    world.remote.rows["s0001"]["notes"] = "call\nat noon"
    await world.sync()
    world.edit("s0001", notes="call me\nat noon")
    world.remote.rows["s0001"]["notes"] = "caller\nat noon"
    engine = await world.start()
    await world.time.passes(5)
    assert world.states() == {("s0001", "notes"): "conflict"}
    world.remote.rows["s0001"]["notes"] = "call\nat noon\nin May"
    engine.poll_now()
    await world.time.passes(10)
    assert world.states() == {}
    assert world.remote.rows["s0001"]["notes"] == "call me\nat noon\nin May"


async def test_looking_again_costs_no_request(world, parked):
    world.remote.budget = Budget((RateWindow("hour", 1000, 400, START + 3000),))
    world.remote.rows["s0001"]["status"] = "resolved"
    parked.poll_now()
    await world.time.passes(30)
    assert world.pending("s0001", "status").theirs == "resolved"
    assert world.remote.count("get", "events") == 0
