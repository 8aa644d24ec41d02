"""Deleting at the source: gone when it was answered, kept in every other case, never without a connection."""

import asyncio

import pytest

from cache.outbox.ledger import Ledger
from cache.sync.remote import (
    AuthPaused,
    Forbidden,
    NeverLeft,
    OutcomeUnknown,
    RateLimited,
    Refused,
    RemoteError,
)
from tests.cache.sync_world import SOURCE, START, World, key


@pytest.fixture
async def world(tmp_path):
    world = World(tmp_path / "data", rows=3)
    world.remote.local = True
    world.remote.deletes = True
    yield world
    await world.close()


def presence(world):
    return dict(
        world.cache.execute("SELECT id, presence FROM submission JOIN triage USING (rowid)").fetchall()
    )


async def leading(world):
    engine = await world.start()
    await world.time.passes(2)
    world.remote.calls.clear()
    return engine


async def delete(world, engine, identifier="s0002", container="f1"):
    return await world.time.until_done(engine.delete(key(identifier), container))


async def refusal(world, engine, identifier="s0002"):
    with pytest.raises(RemoteError) as caught:
        await delete(world, engine, identifier)
    assert presence(world)[identifier] == "listed"
    return str(caught.value)


async def test_a_confirmed_deletion_marks_the_row_gone_and_loses_nothing_that_is_kept(world):
    engine = await leading(world)
    world.edit("s0002", notes="called back")
    await world.time.passes(2)
    world.changes.clear()
    await delete(world, engine)
    assert [(call.what, call.body) for call in world.remote.calls if call.kind == "delete"] == [
        ("s0002", {"container": "f1"})
    ]
    assert presence(world) == {"s0001": "listed", "s0002": "gone", "s0003": "listed"}
    assert any(change.rowids for change in world.changes)
    assert world.held("s0002").notes == "called back"
    assert Ledger(world.db, wall=world.time.wall).of(SOURCE, ["s0002"])["s0002"][0].value == "called back"


async def test_what_is_not_there_any_more_counts_as_deleted(world):
    engine = await leading(world)
    del world.remote.rows["s0002"]
    await delete(world, engine)
    assert presence(world)["s0002"] == "gone"


async def test_a_list_asked_for_before_the_deletion_does_not_bring_the_row_back(world):
    engine = await leading(world)
    asked, answered = asyncio.Event(), asyncio.Event()
    shown = world.remote.page

    async def slow(**options):
        page = await shown(**options)
        asked.set()
        await answered.wait()
        return page

    world.remote.page = slow
    engine.poll_now()
    await world.time.settle()
    assert asked.is_set()
    world.remote.page = shown
    await delete(world, engine)
    answered.set()
    await world.time.passes(1)
    assert presence(world)["s0002"] == "gone"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Refused("It is being processed.", status=422), "It is being processed."),
        (Forbidden("Not with this key.", status=403), "Not with this key."),
        (RateLimited("Too many.", retry_after=30), "Too many."),
        (AuthPaused("No good key.", status=401), "No good key."),
        (NeverLeft("No connection."), "No connection."),
        (
            OutcomeUnknown("No answer came."),
            "No answer came. Perhaps it was deleted: delete it again to be sure.",
        ),
    ],
)
async def test_every_failure_is_a_sentence_and_the_row_stays(world, error, said):
    engine = await leading(world)
    world.remote.trouble("delete", error)
    assert await refusal(world, engine) == said
    assert world.remote.count("delete") == 1


async def test_after_a_lost_answer_the_second_try_finds_it_gone(world):
    engine = await leading(world)
    world.remote.trouble("delete", OutcomeUnknown("No answer came."), applied=True)
    await refusal(world, engine)
    await world.time.passes(10)
    await delete(world, engine)
    assert presence(world)["s0002"] == "gone"


async def test_nothing_is_sent_without_a_connection(world):
    world.remote.trouble("*", NeverLeft("No connection could be made."), times=1e9)
    await world.sync()
    engine = await world.start()
    await world.time.passes(2)
    world.remote.calls.clear()
    with pytest.raises(RemoteError, match=r"^No connection could be made\. Nothing was deleted"):
        await delete(world, engine)
    assert world.remote.count("delete") == 0


async def test_nothing_is_sent_where_nothing_can_be_deleted(world):
    world.remote.deletes = False
    engine = await leading(world)
    assert await refusal(world, engine) == "This source takes no deletions."
    assert world.remote.count("delete") == 0


async def test_a_follower_says_why_it_cannot(world):
    leader = await leading(world)
    follower = await world.start()
    assert (leader.leads, follower.leads) == (True, False)
    assert "does the network work; delete it there" in await refusal(world, follower)
    assert world.remote.count("delete") == 0


async def test_a_deletion_does_not_wait_for_minutes_at_a_used_up_budget(world):
    from cache.sync.budget import Budget, RateWindow

    engine = await leading(world)
    world.remote.budget = Budget((RateWindow("hour", 60, 0, START + 3_000),))
    assert (await refusal(world, engine)).startswith("Nothing was deleted: the rate budget allows it in")
    assert world.remote.count("delete") == 0


async def test_a_row_that_is_listed_again_is_there_again(world):
    engine = await leading(world)
    row = dict(world.remote.rows["s0002"])
    await delete(world, engine)
    world.remote.rows["s0002"] = row
    engine.poll_now()
    await world.time.passes(5)
    assert presence(world)["s0002"] == "listed"
