"""The four rules of delivery, and what a change carries when it leaves."""

import asyncio
import json

import pytest

from cache.sync.planner import HOLD_SECONDS
from cache.sync.remote import NeverLeft, OutcomeUnknown, ServerFault
from tests.cache.sync_world import SOURCE, key

LOST = OutcomeUnknown("The connection broke.")


@pytest.fixture
async def synced(world):
    await world.sync()
    world.remote.calls.clear()
    return world


async def leading(world, *, seconds=5):
    engine = await world.start()
    await world.time.passes(seconds)
    return engine


def sent_at(world):
    return [call.at for call in world.remote.calls if call.kind == "patch"]


# The rules


async def test_r1_the_attempt_is_durable_before_the_first_byte_leaves(synced):
    seen = []

    def look(call):
        if call.kind == "patch":
            seen.extend(synced.attempts())

    synced.remote.before = look
    synced.edit("s0001", status="read", flagged=True)
    await synced.push()
    ((identifier, body, outcome),) = seen
    assert (identifier, json.loads(body), outcome) == ("s0001", {"flagged": True, "status": "read"}, None)


async def test_r2_a_read_begun_before_the_acknowledgement_does_not_bring_the_old_value_back(synced):
    stale = synced.remote.fetched("s0001")
    read_at = synced.engine()._tools(synced.cache, synced.db).clock.now()
    synced.edit("s0001", status="read")
    await synced.push()
    synced.engine()._tools(synced.cache, synced.db).writer.apply(SOURCE, [stale], read_at)
    assert synced.held("s0001").status == "read"


async def test_r3_an_edit_made_while_another_is_on_the_wire_is_sent_after_it(synced):
    synced.edit("s0001", status="read")

    def change_of_mind(call):
        if call.kind == "patch" and call.body["status"] == "read":
            synced.edit("s0001", status="spam")

    synced.remote.before = change_of_mind
    await leading(synced, seconds=15)
    assert [body["status"] for body in synced.remote.patches()] == ["read", "spam"]
    assert synced.states() == {}
    assert synced.remote.rows["s0001"]["status"] == "spam"


@pytest.mark.parametrize("applied", [True, False])
async def test_r4_no_other_value_is_sent_for_a_field_until_the_hold_is_over(synced, applied):
    synced.edit("s0001", status="read")
    synced.remote.trouble("patch", LOST, applied=applied)
    engine = await leading(synced, seconds=5)
    synced.edit("s0001", status="spam", priority="high")
    for _ in range(5):
        engine.poll_now()
        await synced.time.passes(5)
    assert synced.remote.patches()[1:] == [{"priority": "high"}]
    assert synced.pending("s0001", "status").want == "spam"
    await synced.time.passes(60)
    assert synced.remote.patches()[2:] == [{"status": "spam"}]
    assert synced.states() == {}
    first, *_, last = sent_at(synced)
    assert last >= first + HOLD_SECONDS


async def test_our_own_late_value_stays_known_when_the_next_try_does_not_leave(synced):
    synced.edit("s0001", status="read")
    synced.remote.trouble("patch", LOST, applied=True)
    await leading(synced, seconds=5)
    synced.edit("s0001", status="spam")
    synced.remote.trouble("patch", NeverLeft("no route"), times=3)
    await synced.time.passes(120)
    assert synced.states() == {}
    assert synced.remote.rows["s0001"]["status"] == "spam"


@pytest.mark.parametrize("rebooted", [False, True])
async def test_a_clock_set_back_by_years_neither_ends_a_hold_nor_makes_it_last(synced, rebooted):
    synced.edit("s0001", status="read")
    synced.remote.trouble("patch", LOST)
    await synced.end(await leading(synced))
    synced.time.set_by -= 3e8
    began = synced.time.now
    if rebooted:
        synced.time.booted = began
    await leading(synced, seconds=50)
    assert len(sent_at(synced)) == 1
    await synced.time.passes(30)
    assert synced.states() == {}
    assert sent_at(synced)[1] >= began + HOLD_SECONDS


async def test_a_restart_adopts_an_attempt_whose_answer_nobody_heard(synced):
    synced.edit("s0001", status="read")
    synced.remote.latency = 2.0
    engine = await world_on_the_wire(synced)
    assert synced.states() == {("s0001", "status"): "sending"}
    await synced.end(engine)
    assert [row[2] for row in synced.attempts()] == ["unknown"]
    synced.remote.latency = 0.0
    await leading(synced, seconds=70)
    assert synced.states() == {}
    assert [row[2] for row in synced.attempts()] == ["not_applied", "applied"]


async def world_on_the_wire(world):
    engine = await world.start()
    while not world.remote.patches():
        await world.time.step()
    return engine


async def test_an_attempt_left_open_by_a_process_that_died_is_unknown_to_the_next(synced):
    synced.edit("s0001", status="read")
    delivery = synced.engine()._tools(synced.cache, synced.db).delivery
    assert delivery.begin_attempt(key("s0001"), {"status": "read"}, synced.outbox.pending())
    synced.remote.rows["s0001"]["status"] = "read"
    await leading(synced, seconds=30)
    assert synced.states() == {("s0001", "status"): "verifying"}
    await synced.time.passes(40)
    assert synced.states() == {}
    assert synced.remote.patches() == []


# What is sent


async def test_all_fields_of_a_submission_go_in_one_patch_after_they_rested(synced):
    engine = await leading(synced)
    synced.edit("s0001", status="read")
    engine.wake()
    await synced.time.passes(2)
    synced.edit("s0001", priority="high", notes="hello")
    await synced.time.passes(2.5)
    assert synced.remote.patches() == []
    await synced.time.passes(4)
    assert synced.remote.patches() == [{"notes": "hello", "priority": "high", "status": "read"}]


async def test_every_change_follows_a_read_begun_after_the_edit(synced):
    synced.edit("s0001", status="read")
    synced.edit("s0002", status="read")
    await synced.push()
    order = [(call.kind, call.what) for call in synced.remote.calls if call.kind in ("get", "patch")]
    for identifier in ("s0001", "s0002"):
        assert order.index(("get", identifier)) < order.index(("patch", identifier))


async def test_a_read_that_grew_old_in_a_queue_is_made_again_before_the_change(synced):
    engine = await leading(synced)
    synced.edit("s0001", status="read")
    gets = []

    def close(call):
        if call.kind == "get":
            gets.append(call.at)
            if len(gets) == 1:
                engine._runners[SOURCE].gate._pacer.close(call.at, 20)

    synced.remote.before = close
    await synced.time.passes(40)
    assert len(gets) == 2
    assert sent_at(synced)[0] - gets[1] <= 5


async def test_leaving_resolved_sends_the_stamps(synced):
    synced.edit("s0001", status="resolved")
    await synced.push()
    synced.edit("s0001", status="in_progress")
    await synced.push()
    assert synced.remote.patches() == [
        {"status": "resolved"},
        {"status": "in_progress", "resolved_at": None, "resolved_by": None},
    ]
    assert synced.remote.rows["s0001"]["resolved_at"] is None


async def test_two_flushes_at_once_never_put_a_submission_on_the_wire_twice(synced):
    engine = await leading(synced)
    synced.remote.latency = 1.0
    for identifier in synced.remote.rows:
        synced.edit(identifier, status="read")
    await synced.time.until_done(asyncio.gather(engine.flush(), engine.flush(), engine.flush()))
    assert len(synced.remote.patches()) == 3
    assert synced.states() == {}


async def test_a_poison_edit_delays_no_other_submission(synced):
    bad = ServerFault("always", status=500)
    synced.remote.trouble("get", bad, times=float("inf"), when=lambda call: call.what == "s0001")
    for identifier in ("s0001", "s0002", "s0003"):
        synced.edit(identifier, status="read")
    await leading(synced, seconds=60)
    assert synced.states() == {("s0001", "status"): "queued"}
    assert synced.remote.count("page") >= 1
    before = synced.remote.count("get")
    await synced.time.passes(3600)
    assert synced.remote.count("get") - before < 40
