"""A wall clock that somebody sets ends no hold early and stops nothing for long (inv 8, inv 20)."""

import pytest

from cache.outbox.delivery import Delivery
from cache.sync.planner import HOLD_SECONDS
from cache.sync.remote import NeverLeft, OutcomeUnknown, ServerFault
from tests.cache.sync_world import key

YEARS = 3.2e8
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


@pytest.mark.parametrize("jump", [YEARS, 120, 30, -30, -300, -YEARS])
@pytest.mark.parametrize("edited", [True, False])
async def test_inv_8_a_hold_lasts_its_minute_whatever_the_clock_is_set_to(synced, jump, edited):
    synced.edit("s0001", status="read")
    synced.remote.trouble("patch", LOST)
    engine = await leading(synced)
    synced.time.set_by += jump
    if edited:
        synced.edit("s0001", status="spam")
    for _ in range(6):
        engine.poll_now()
        await synced.time.passes(5)
    assert len(sent_at(synced)) == 1
    await synced.time.passes(HOLD_SECONDS + 15)
    first, second = sent_at(synced)
    assert HOLD_SECONDS - 1 <= second - first <= HOLD_SECONDS + 60
    assert synced.states() == {}
    assert synced.remote.rows["s0001"]["status"] == ("spam" if edited else "read")


@pytest.mark.parametrize("jump", [YEARS, 600, -600, -YEARS])
async def test_inv_20_edits_go_on_within_a_minute_after_the_clock_was_set(synced, jump):
    await leading(synced)
    synced.remote.trouble("get", ServerFault("no", status=503), when=lambda call: call.what == "s0001")
    synced.edit("s0001", status="read")
    synced.edit("s0002", status="read")
    await synced.time.passes(3)
    synced.time.set_by += jump
    synced.edit("s0003", status="read")
    await synced.time.passes(60)
    assert synced.states() == {}
    assert {row["status"] for row in synced.remote.rows.values()} == {"read"}


async def test_a_backoff_goes_on_where_it_was_when_the_clock_is_set_back_a_little(synced):
    synced.remote.trouble("get", ServerFault("no", status=503), times=4)
    synced.edit("s0001", status="read")
    await leading(synced, seconds=40)
    synced.time.set_by -= 400
    await synced.time.passes(60)
    assert synced.states() == {}


@pytest.mark.parametrize("jump", [0, YEARS, 40, -40, -YEARS])
async def test_inv_8_after_a_restart_the_wall_is_believed_only_if_nobody_set_it(synced, jump):
    synced.edit("s0001", status="read")
    synced.remote.trouble("patch", LOST)
    await synced.end(await leading(synced, seconds=20))
    synced.time.set_by += jump
    began = synced.time.now
    await leading(synced, seconds=100)
    first, second = sent_at(synced)
    assert second - (began if jump else first) >= HOLD_SECONDS - 1
    assert second - began <= HOLD_SECONDS + 10
    assert synced.states() == {}


async def test_after_the_machine_was_started_anew_a_hold_begins_anew(synced):
    synced.edit("s0001", status="read")
    synced.remote.trouble("patch", LOST)
    await synced.end(await leading(synced, seconds=20))
    synced.time.booted = synced.time.now
    synced.time.now += 5
    began = synced.time.now
    await leading(synced, seconds=100)
    assert sent_at(synced)[1] - began >= HOLD_SECONDS - 1
    assert synced.states() == {}


async def test_a_long_time_after_a_lost_answer_nothing_is_waited_for(synced):
    synced.edit("s0001", status="read")
    synced.remote.trouble("patch", LOST)
    await synced.end(await leading(synced, seconds=20))
    synced.time.now += 3600
    await leading(synced, seconds=10)
    assert synced.states() == {}


async def test_restarts_with_a_clock_behind_do_not_begin_the_hold_anew_each_time(synced):
    synced.edit("s0001", status="read")
    synced.remote.trouble("patch", LOST)
    await synced.end(await leading(synced, seconds=5))
    synced.time.set_by -= YEARS
    for _ in range(3):
        await synced.end(await leading(synced, seconds=30))
    assert synced.states() == {}


async def test_what_was_measured_is_told_as_if_the_wall_clock_had_stood_right(synced):
    synced.edit("s0001", status="read")
    delivery = Delivery(synced.db, wall=synced.time.wall, steady=synced.time.steady)
    attempt = delivery.begin_attempt(key("s0001"), {"status": "read"}, synced.outbox.pending())
    delivery.end_attempt(attempt, applied=None)
    synced.time.set_by += YEARS
    await synced.time.passes(7)
    (measured,) = delivery.unknown(key("s0001"))
    assert synced.time.wall() - measured.started_at == pytest.approx(7, abs=1)


async def test_the_second_look_is_not_hurried_by_a_clock_set_ahead(synced):
    del synced.remote.rows["s0001"]
    synced.edit("s0001", status="read")
    await leading(synced, seconds=8)
    synced.time.set_by += YEARS
    synced.edit("s0001", notes="mine")
    await synced.time.passes(10)
    assert set(synced.states().values()) == {"queued"}
    await synced.time.passes(40)
    assert set(synced.states().values()) == {"orphaned"}


async def test_edits_wait_out_an_outage_that_begins_with_a_set_clock(synced):
    await leading(synced)
    down = synced.remote.trouble("*", NeverLeft("no route"), times=float("inf"))
    synced.time.set_by -= YEARS
    synced.edit("s0001", status="read")
    await synced.time.passes(20)
    down.times = 0
    await synced.time.passes(60)
    assert synced.states() == {}
