"""A request that failed and that nobody repeats: that the source answers again is seen after the pause."""

import asyncio

import pytest

from cache.sync.remote import OutcomeUnknown, RateLimited, ServerFault
from cache.sync.status import Connection
from tests.cache.sync_world import SOURCE, key

FAULTS = [
    (ServerFault("x", status=500), 10),
    (OutcomeUnknown("x"), 10),
    (RateLimited("x", retry_after=40.0), 45),
]
"""What a request fails with, and within how many seconds the source is to be seen to answer again."""


async def timeline(world, engine):
    await engine.read_events(key("s0001"))


async def conversation(world, engine):
    await engine.messages(SOURCE, "c-1")


async def deletion(world, engine):
    world.remote.deletes = True
    await engine.delete(key("s0001"))


async def own_look(world, engine):
    world.edit("s0001", status="read")
    engine.wake()


ASKED = {timeline: "events", conversation: "messages", deletion: "delete", own_look: "events"}


CASES = [
    pytest.param(ask, error, seconds, id=f"{ask.__name__}-{type(error).__name__}")
    for ask in ASKED
    for error, seconds in FAULTS
    if (ask, type(error)) != (own_look, RateLimited)  # that look is repeated when the server allows it
]


@pytest.mark.parametrize(("ask", "error", "seconds"), CASES)
async def test_one_failure_does_not_leave_the_source_down_until_the_next_poll(world, ask, error, seconds):
    engine = await world.start()
    await world.time.passes(5)
    world.remote.trouble(ASKED[ask], error)
    asked = asyncio.ensure_future(ask(world, engine))
    pages = world.remote.count("page")
    await world.time.passes(seconds)
    assert world.said(Connection.RATE if isinstance(error, RateLimited) else Connection.RETRY)
    assert world.status().connection is Connection.ONLINE
    assert world.status().message is None
    assert world.remote.count(ASKED[ask]) == 1
    assert world.remote.count("page") == pages + 1
    await asyncio.gather(asked, return_exceptions=True)


async def test_what_was_asked_for_together_with_it_is_read_after_the_pause(world):
    engine = await world.start()
    await world.time.passes(5)
    world.remote.trouble("events", ServerFault("x", status=500))
    asked = [engine.read_events(key(f"s000{number}")) for number in (1, 2, 3)]
    await world.time.passes(10)
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(answer) for answer in answers] == [ServerFault, type(None), type(None)]
    assert world.status().connection is Connection.ONLINE


async def test_a_timeline_that_never_can_be_read_is_no_reason_to_look_again_and_again(world):
    engine = await world.start()
    await world.time.passes(5)
    world.remote.trouble("events", ServerFault("x", status=500), times=float("inf"))
    world.edit("s0001", status="read")
    engine.read_events(key("s0001"))
    await world.time.passes(3600)
    assert world.remote.count("events") < 20
    assert world.remote.count("page") < 100
