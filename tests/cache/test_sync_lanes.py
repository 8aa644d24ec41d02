"""Which request goes first, what waits when little is left, and that no lane starves or stops for long."""

from itertools import pairwise

import pytest

from cache.models import Event
from cache.sync.pace import Lane
from cache.sync.queue import DeliveryQueue
from cache.sync.remote import (
    AuthPaused,
    Budget,
    Forbidden,
    NotFound,
    RateLimited,
    RateWindow,
    Refused,
    ServerFault,
)
from cache.sync.status import Connection
from tests.cache.sync_world import START, key


class Windows:
    """A server that counts the requests of the whole organisation, others' included."""

    def __init__(self, world, *, minute=60, hour=1000, others=0):
        self.world, self.limits, self.others = world, {"minute": (minute, 60), "hour": (hour, 3600)}, others
        self.used = {}
        world.remote.before = self.count

    def left(self, name):
        limit, seconds = self.limits[name]
        return limit - self.used.get((name, self.world.time.now // seconds), 0)

    def count(self, _call):
        now = self.world.time.now
        for name, (_, seconds) in self.limits.items():
            place = (name, now // seconds)
            self.used[place] = self.used.get(place, self.others if name == "hour" else 0) + 1
        self.world.remote.budget = Budget(
            tuple(
                RateWindow(name, limit, max(0, self.left(name)), (now // seconds + 1) * seconds)
                for name, (limit, seconds) in self.limits.items()
            )
        )


def at(world, *kinds):
    return [call.at - START for call in world.remote.calls if call.kind in kinds]


async def test_the_submission_in_view_is_delivered_before_older_edits(world):
    for _ in range(40):
        world.remote.arrive()
    await world.sync()
    world.remote.calls.clear()
    for number in range(1, 41):
        world.edit(f"s{number:04}", flagged=True)
    engine = await world.start()
    engine.look_at([key("s0040"), key("s0001")])
    world.remote.latency = 1.0
    await world.time.passes(60)
    sent = [call.what for call in world.remote.calls if call.kind == "patch"]
    assert "s0040" in sent[:2]
    assert sorted(sent) == sorted(f"s{number:04}" for number in range(1, 41))


async def test_an_edit_made_in_view_overtakes_a_long_queue(world):
    for _ in range(60):
        world.remote.arrive()
    await world.sync()
    engine = await world.start()
    await world.time.passes(5)
    world.remote.calls.clear()
    world.remote.latency = 1.0
    for number in range(1, 60):
        world.edit(f"s{number:04}", flagged=True)
    engine.wake()
    await world.time.passes(10)
    world.edit("s0060", flagged=True)
    engine.look_at([key("s0060")])
    await world.time.passes(10)
    assert world.remote.patches("s0060")
    assert len(world.remote.patches()) < 59


class Edits:
    def __init__(self, **newest):
        self.newest = newest

    def newest_due(self, at):
        return self.newest.get(at.id)


def test_each_is_delivered_once_and_the_one_in_view_again_only_when_edited_again():
    edits = Edits(a=1, z=5)
    queue = DeliveryQueue(edits, [key(name) for name in "abc"])
    view = [key("z")]
    assert queue.next(view) == key("z")
    assert queue.next(view) == key("a")
    edits.newest["z"] = 6
    assert queue.next(view) == key("z")
    assert [queue.next(view) for _ in range(3)] == [key("b"), key("c"), None]


def test_one_that_is_being_delivered_is_not_delivered_a_second_time_at_once():
    queue = DeliveryQueue(Edits(a=7), [key("a"), key("b")])
    assert queue.next([key("a")]) == key("a")
    with queue.busy(key("a")):
        assert queue.next([key("a")]) == key("b")


async def test_the_one_in_view_is_read_before_others_that_were_asked_for(world):
    for _ in range(20):
        world.remote.arrive()
    engine = await world.start()
    await world.time.passes(5)
    world.remote.calls.clear()
    world.remote.latency = 1.0
    for number in range(1, 11):
        engine.read(key(f"s{number:04}"))
    engine.look_at([key("s0010")])
    await world.time.passes(20)
    assert next(call.what for call in world.remote.calls if call.kind == "get") == "s0010"


async def test_rows_on_screen_that_were_not_seen_for_long_are_read_again_one_at_a_time(world):
    world.remote.rows.clear()
    for _ in range(30):
        world.remote.arrive(status="resolved")
    engine = await world.start()
    await world.time.passes(1700)
    assert not world.remote.count("get")
    engine.look_at([key("s0001"), key("s0002")])
    await world.time.passes(300)
    assert sorted(call.what for call in world.remote.calls if call.kind == "get") == ["s0001", "s0002"]


async def test_at_the_reserve_only_edits_go_out(world):
    """Verify, preflight and PATCH use the reserve; nothing else does."""
    await world.sync()
    world.remote.calls.clear()
    Windows(world, hour=1000, others=860)
    engine = await world.start()
    await world.time.passes(5)
    before = world.remote.count()
    world.edit("s0001", flagged=True)
    engine.read(key("s0002"))
    events = engine.read_events(key("s0003"))
    await world.time.passes(20)
    assert [call.kind for call in world.remote.calls[before:]] == ["get", "patch"]
    assert isinstance(events.exception(), RateLimited)


async def test_before_notes_are_edited_a_submission_is_read_even_from_the_reserve(world):
    await world.sync()
    Windows(world, others=860)
    engine = await world.start()
    await world.time.passes(5)
    engine.read(key("s0002"), always=True)
    await world.time.passes(2)
    assert [call.what for call in world.remote.calls if call.kind == "get"] == ["s0002"]


@pytest.mark.slow
async def test_below_half_reads_keep_their_distance_and_the_reserve_is_never_touched(world):
    for _ in range(2000):
        world.remote.arrive()
    await world.time.passes(3600 - START % 3600)
    windows = Windows(world, minute=1000, others=480)
    await world.start()
    began = world.time.now
    await world.time.passes(3500)
    reads = [call.at - began for call in world.remote.calls]
    assert sum(moment < 5 for moment in reads) >= 15
    slow = reads[30:]
    assert len(slow) > 100
    assert all(later - sooner > 5 for sooner, later in pairwise(slow))
    assert windows.left("hour") >= 150


@pytest.mark.parametrize(("others", "polled", "read"), [(700, 25, 30), (820, 15, 5)])
async def test_no_lane_starves_another_while_reads_are_paced(world, others, polled, read):
    """inv 14, inv 20: the head is polled and the backfill goes on, also with two minutes between reads."""
    for _ in range(600):
        world.remote.arrive()
    await world.time.passes(3600 - START % 3600)
    Windows(world, others=others)
    await world.start()
    await world.time.passes(3500)
    polls = [call.at for call in world.remote.calls if call.kind == "page" and call.what is None]
    backfilled = [call for call in world.remote.calls if call.kind == "page" and call.what is not None]
    assert len(backfilled) >= read
    assert len(polls) >= polled
    assert all(later - sooner < 400 for sooner, later in pairwise(polls))


async def test_arrivals_are_seen_while_a_long_backfill_goes_on(world):
    for _ in range(3000):
        world.remote.arrive()
    world.remote.latency = 1.0
    await world.start()
    await world.time.passes(30)
    identifier = world.remote.arrive()
    await world.time.passes(85)
    assert identifier in world.cached()


@pytest.mark.slow
async def test_nobody_is_told_that_a_source_is_read_before_all_of_it_was(world):
    """A budget that lets a page through now and then: it is syncing all the while, and online at the end."""
    for _ in range(600):
        world.remote.arrive()
    Windows(world, minute=12)
    await world.start()
    seen = []
    for _ in range(400):
        await world.time.passes(5)
        seen.append((world.status().connection, len(world.cached())))
    ready = [count for connection, count in seen if connection is Connection.ONLINE]
    assert ready
    assert set(ready) == {len(world.remote.rows)}
    assert sum(connection is Connection.SYNCING for connection, _ in seen) > 5


@pytest.mark.parametrize("error", [Refused("dead", status=400), NotFound("no", status=404)])
async def test_an_expired_cursor_or_poison_read_stops_no_other_lane(world, error):
    """inv 20"""
    for _ in range(40):
        world.remote.arrive()
    world.remote.trouble("page", error, times=1e9, when=lambda call: call.what)
    world.remote.trouble("open", error, times=1e9)
    engine = await world.start()
    await world.time.passes(300)
    polls = [call.at for call in world.remote.calls if call.kind == "page" and call.what is None]
    assert all(later - sooner <= 75 for sooner, later in pairwise(polls))
    world.edit("s0040", flagged=True)
    engine.wake()
    await world.time.passes(10)
    assert world.remote.rows["s0040"]["flagged"] is True


@pytest.mark.parametrize("jump", [-10 * 365 * 86_400, -3600, -90, 90, 3600, 10 * 365 * 86_400])
async def test_a_clock_that_jumps_stops_no_lane_for_more_than_a_minute(world, jump):
    """inv 20"""
    engine = await world.start()
    await world.time.passes(150)
    set_back = world.time.wall

    def wall():
        return set_back() + jump

    for runner in engine._runners.values():
        runner.gate._wall = wall
        object.__setattr__(runner.tools, "wall", wall)
    world.remote.calls.clear()
    await world.time.passes(200)
    polls = [call.at for call in world.remote.calls if call.kind == "page"]
    assert len(polls) >= 2
    assert polls[0] - (world.time.now - 200) <= 60 + 73


async def test_a_long_retry_after_is_a_countdown_that_blocks_no_edit_and_no_key(world):
    """inv 21"""
    engine = await world.start()
    await world.time.passes(5)
    world.remote.trouble("page", RateLimited("wait", retry_after=1800.0))
    await world.time.passes(90)
    limited = world.remote.calls[-1].at
    assert world.status().connection is Connection.RATE
    assert world.status().retry_at == pytest.approx(limited + 1800)
    world.edit("s0001", flagged=True)
    engine.wake()
    engine.poll_now()
    await world.time.passes(limited + 1799 - world.time.now)
    assert world.remote.calls[-1].at == limited
    await world.time.passes(10)
    assert world.remote.rows["s0001"]["flagged"] is True
    assert world.status().connection is Connection.ONLINE


@pytest.mark.parametrize("line_mode", [False, True])
async def test_after_a_429_the_next_process_sends_nothing_before_retry_after_either(world, line_mode):
    """inv 21"""
    engine = await world.start()
    await world.time.passes(5)
    world.remote.trouble("page", RateLimited("wait", retry_after=200.0))
    await world.time.passes(90)
    limited = world.remote.calls[-1].at
    await world.end(engine)
    if line_mode:
        await world.sync()
    else:
        engine = await world.start()
        await world.time.passes(2)
        assert world.status().retry_at == pytest.approx(limited + 200, abs=1)
        asked = engine.read_events(key("s0001"))
        await world.time.passes(61)
        assert asked.exception() is not None  # who asks is told and does not wait
        await world.time.passes(300)
    after = [call.at for call in world.remote.calls if call.at > limited]
    assert after[0] >= limited + 200
    assert after[0] <= limited + 262


async def test_a_stored_wait_from_a_clock_of_the_future_is_not_believed(world):
    await world.sync()
    world.cache.execute("UPDATE source SET rate_until = ?", (START + 10 * 365 * 86_400,))
    world.remote.calls.clear()
    await world.start()
    await world.time.passes(5)
    assert world.remote.count() > 0


async def test_other_pauses_are_not_stored_a_new_process_tries_again(world):
    world.remote.trouble("*", AuthPaused("no key", status=401), times=1)
    engine = await world.start()
    await world.time.passes(2)
    assert world.status().connection is Connection.AUTH
    await world.end(engine)
    await world.start()
    await world.time.passes(2)
    assert world.status().connection is Connection.ONLINE


async def test_the_budget_that_is_told_is_the_number_of_the_server(world):
    windows = Windows(world)
    await world.start()
    for error in (None, ServerFault("down", status=503), NotFound("no", status=404)):
        if error is not None:
            world.remote.trouble("page", error)
        await world.time.passes(80)
        assert world.status().budget == world.remote.budget
        assert {each.name for each in world.status().budget.windows} == {"minute", "hour"}
    assert windows.used


async def test_another_organisation_behind_the_key_after_a_pause_is_neither_read_nor_sent_to(world):
    """inv 18"""
    engine = await world.start()
    await world.time.passes(5)
    world.remote.trouble("page", AuthPaused("revoked", status=401))
    await world.time.passes(90)
    assert world.status().connection is Connection.AUTH
    world.edit("s0001", flagged=True)
    world.remote.account = "org-2"
    world.remote.arrive()
    held = world.cached()
    world.remote.calls.clear()
    engine.poll_now()
    await world.time.passes(900)
    assert set(world.remote.kinds()) == {"me"}
    assert world.cached() == held
    assert world.states() == {("s0001", "flagged"): "queued"}
    assert world.status().connection is Connection.STOPPED
    assert "another organisation" in world.status().message


@pytest.mark.parametrize("error", [Forbidden("not yours", status=403), NotFound("no record", status=404)])
async def test_who_asks_for_a_timeline_that_is_refused_is_told_why(world, error):
    engine = await world.start()
    await world.time.passes(5)
    world.remote.trouble("events", error)
    refused = engine.read_events(key("s0001"))
    await world.time.passes(2)
    assert str(refused.exception()) == error.message
    world.remote.timeline = (Event("e1", "flagged", None),)
    read = engine.read_events(key("s0001"))
    await world.time.passes(2)
    assert read.exception() is None


def test_the_lanes_are_in_the_order_of_their_urgency():
    assert sorted(Lane) == [
        Lane.DELIVER,
        Lane.FOCUS,
        Lane.HEAD,
        Lane.VISIBLE,
        Lane.HOT,
        Lane.COLD,
        Lane.BACKFILL,
    ]


def test_a_damaged_text_is_noticed_when_it_is_read(copy):
    from cache.errors import CacheBroken
    from cache.models import Key

    copy.falsify("b", "call", "cell")
    copy.reader.refresh()
    assert copy.reader.detail(Key("acme", "a")) is not None
    with pytest.raises(CacheBroken, match="damaged"):
        copy.reader.detail(Key("acme", "b"))
