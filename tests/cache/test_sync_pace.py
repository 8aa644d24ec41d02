"""Pacing, backoff and the gate, as arithmetic and under a clock that only the test moves."""

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.sync.gate import Gate
from cache.sync.pace import Backoff, Lane, Pacer, Pause
from cache.sync.remote import (
    AuthPaused,
    Budget,
    Misconfigured,
    NeverLeft,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    RateWindow,
    ServerFault,
)
from cache.sync.status import Connection
from tests.cache.sync_world import START, Time


def window(remaining, *, limit=60, resets_in=30.0, name="minute"):
    return RateWindow(name, limit, remaining, START + resets_in)


def told(budget, *, at=START):
    """A pacer that was told what is left while the wall clock was right."""
    pacer = Pacer()
    pacer.told(budget, at, at)
    return pacer


def wait(lane, *windows, at=START, **options):
    """The wait of a request right after a read."""
    budget = Budget(windows)
    pacer = told(budget, at=at)
    pacer.sent(Lane.HEAD, at)
    return pacer.wait(lane, budget, at, **options)


@pytest.mark.parametrize(
    ("lane", "remaining", "seconds"),
    [
        (Lane.HEAD, 60, 0),
        (Lane.BACKFILL, 31, 0),
        (Lane.BACKFILL, 30, 30 / 21),
        (Lane.HEAD, 15, 30 / 6),
        (Lane.HEAD, 9, 30),
        (Lane.BACKFILL, 0, 30),
        (Lane.FOCUS, 10, 0),
        (Lane.FOCUS, 9, 30),
        (Lane.DELIVER, 9, 0),
        (Lane.DELIVER, 1, 0),
        (Lane.DELIVER, 0, 30),
        (Lane.FOCUS, 0, 30),
    ],
)
def test_reads_slow_down_below_half_and_stop_at_the_reserve_but_edits_use_it(lane, remaining, seconds):
    assert wait(lane, window(remaining)) == pytest.approx(seconds)


def test_the_tighter_window_counts_and_one_that_was_reset_does_not():
    hour = window(150, limit=1000, resets_in=1000, name="hour")
    assert wait(Lane.HEAD, window(60), hour) == pytest.approx(1000)
    assert wait(Lane.HEAD, window(0, resets_in=-1)) == 0


def test_a_read_before_a_change_waits_until_the_change_can_follow():
    assert wait(Lane.DELIVER, window(1), need=2) == 30
    assert wait(Lane.DELIVER, window(2), need=2) == 0
    assert wait(Lane.DELIVER, window(1, limit=1), need=2) == 0


def test_paced_reads_count_from_the_last_one():
    budget = Budget((window(15),))
    pacer = told(budget)
    pacer.sent(Lane.HEAD, START - 1)
    assert pacer.wait(Lane.HEAD, budget, START) == pytest.approx(4)


@given(st.integers(1, 1000), st.integers(0, 1000), st.floats(0, 4000))
def test_no_window_makes_anybody_wait_longer_than_to_its_reset(limit, remaining, resets_in):
    for lane in Lane:
        seconds = wait(lane, window(min(remaining, limit), limit=limit, resets_in=resets_in))
        assert 0 <= seconds <= resets_in + 1e-6


@given(st.integers(1, 1000), st.integers(0, 1000))
def test_edits_never_wait_longer_than_reads(limit, remaining):
    held = window(min(remaining, limit), limit=limit)
    assert wait(Lane.DELIVER, held) <= wait(Lane.FOCUS, held) <= wait(Lane.BACKFILL, held)


@pytest.mark.parametrize(("remaining", "plenty"), [(31, True), (30, False), (0, False)])
def test_a_mere_convenience_needs_more_than_half_of_every_window(remaining, plenty):
    hour = window(900, limit=1000, resets_in=3000, name="hour")
    budget = Budget((window(remaining), hour))
    assert told(budget).plenty(budget, START) is plenty
    assert Pacer().plenty(Budget(), START) is True


def test_a_clock_set_back_by_years_makes_no_pause_longer():
    pause = Pause()
    pause.start(START, 40)
    assert pause.left(START + 10) == 30
    assert pause.left(START - 1e8) == 30
    assert pause.left(START - 1e8 + 31) == 0


@pytest.mark.parametrize("jump", [-1e8, -3600, -61, 61, 3600, 1e8])
def test_no_jump_of_the_clock_stops_a_lane_for_more_than_what_was_left(jump):
    """inv 20"""
    budget = Budget((window(5), window(100, limit=1000, resets_in=600, name="hour")))
    pacer = told(budget)
    pacer.sent(Lane.HEAD, START)
    before = pacer.wait(Lane.HEAD, budget, START)
    assert before == 600
    for second in range(10):
        pacer.wait(Lane.HEAD, budget, START + second)
    assert pacer.wait(Lane.HEAD, budget, START + 9 + jump) <= 591
    assert pacer.wait(Lane.HEAD, budget, START + 9 + jump + 591) == 0


def test_the_distance_between_reads_is_kept_across_a_clock_that_was_set_back():
    """inv 20"""
    budget = Budget((window(15),))
    pacer = told(budget)
    pacer.sent(Lane.HEAD, START)
    assert pacer.wait(Lane.HEAD, budget, START) == pytest.approx(5)
    pacer.wait(Lane.HEAD, budget, START - 1e8)
    assert pacer.wait(Lane.HEAD, budget, START - 1e8 + 31) == 0


@given(st.integers(0, 2**32), st.integers(1, 40))
def test_backoff_stays_between_half_a_second_and_its_ceiling(seed, tries):
    backoff = Backoff(random.Random(seed))
    for number in range(tries):
        assert 0.5 <= backoff.next() <= min(300.0, 2.0**number)
    backoff.reset()
    assert backoff.next() <= 1.0


class Requests:
    """A gate under virtual time, and what it let through."""

    def __init__(self, tries=1):
        self.time = Time()
        self.typed_until = START
        self.statuses = []
        self.gate = Gate(
            "acme",
            wall=self.time.wall,
            steady=self.time.steady,
            sleep=self.time.sleep,
            rng=random.Random(3),
            on_status=self.statuses.append,
            tries=tries,
            busy=lambda: max(0.0, self.typed_until - self.time.now),
        )
        self.at = []
        self.budget = Budget()

    async def make(self, *outcomes, lane=Lane.HEAD):
        answers = list(outcomes)

        async def request():
            self.at.append(self.time.now - START)
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return await self.time.until_done(self.gate.call(lane, lambda: self.budget, request))


async def test_nothing_goes_out_before_retry_after():
    requests = Requests(tries=3)
    assert await requests.make(RateLimited("wait", retry_after=42.0), "ok") == "ok"
    assert requests.at == [0, 42]
    assert requests.gate.status.connection is Connection.ONLINE


@pytest.mark.parametrize("jump", [-3e8, -90, 5, 90, 3e8])
async def test_a_clock_that_is_set_makes_no_wait_the_server_asked_for_shorter_or_longer(jump):
    """inv 20, 21"""
    requests = Requests()
    with pytest.raises(RateLimited):
        await requests.make(RateLimited("wait", retry_after=42.0))
    requests.time.set_by = jump
    assert requests.gate.pause_left == requests.gate.rate_left == 42
    requests.gate.report(message="looked at")
    assert await requests.make("ok") == "ok"
    assert requests.at[1] - requests.at[0] == 42


@pytest.mark.parametrize("jump", [-3e8, -90, 90, 3e8])
async def test_a_clock_that_is_set_moves_no_rate_window_that_was_told_before(jump):
    """inv 20, 21"""
    requests = Requests()
    requests.budget = Budget((window(0, resets_in=30),))
    assert requests.gate.wait(Lane.DELIVER, requests.budget) == 30
    requests.time.set_by = jump
    assert requests.gate.wait(Lane.DELIVER, requests.budget) == 30
    assert not requests.gate.plenty(requests.budget)


async def test_consecutive_refusals_for_rate_wait_longer():
    requests = Requests(tries=3)
    limited = RateLimited("wait", retry_after=1.0)
    await requests.make(limited, limited, "ok")
    assert requests.at[1] == 1
    assert requests.at[2] - requests.at[1] >= 1


async def test_forcing_does_not_open_what_the_server_closed():
    requests = Requests()
    with pytest.raises(RateLimited):
        await requests.make(RateLimited("wait", retry_after=42.0))
    requests.gate.force()
    assert requests.gate.pause_left == 42


async def test_forcing_ends_a_wait_of_our_own_at_once():
    requests = Requests()
    for _ in range(12):
        with pytest.raises(NeverLeft):
            await requests.make(NeverLeft("no route"))
    waiting = asyncio.ensure_future(requests.make("ok"))
    await asyncio.sleep(0)
    requests.gate.force()
    assert requests.gate.pause_left == 0
    await waiting


@pytest.mark.parametrize(
    ("error", "connection", "blocked"),
    [
        (NeverLeft("x"), Connection.OFFLINE, False),
        (OutcomeUnknown("x"), Connection.RETRY, False),
        (ServerFault("x"), Connection.RETRY, False),
        (RateLimited("x", retry_after=5.0), Connection.RATE, False),
        (AuthPaused("x"), Connection.AUTH, False),
        (Misconfigured("x"), Connection.STOPPED, True),
        (NotFound("x"), Connection.ONLINE, False),
    ],
)
async def test_each_failure_is_told_as_what_it_is(error, connection, blocked):
    requests = Requests()
    with pytest.raises(type(error)):
        await requests.make(error)
    assert requests.gate.status.connection is connection
    assert requests.gate.blocked is blocked
    assert (requests.gate.pause_left > 0) is (connection not in (Connection.ONLINE, Connection.STOPPED))


async def test_after_a_redirect_not_one_more_request_leaves_until_the_person_asks():
    requests = Requests()
    with pytest.raises(Misconfigured):
        await requests.make(Misconfigured("moved"))
    with pytest.raises(Misconfigured, match="moved"):
        await requests.make("never asked")
    assert len(requests.at) == 1
    requests.gate.force()
    assert await requests.make("ok") == "ok"


async def test_a_change_of_unknown_outcome_is_not_made_again_by_the_gate():
    requests = Requests(tries=3)
    with pytest.raises(OutcomeUnknown):
        await requests.make(OutcomeUnknown("lost"), "never", lane=Lane.DELIVER)
    assert len(requests.at) == 1


async def test_a_read_is_tried_three_times_in_a_one_off_sync_and_no_more():
    requests = Requests(tries=3)
    with pytest.raises(ServerFault):
        await requests.make(*[ServerFault("down")] * 4)
    assert len(requests.at) == 3
    assert requests.at[-1] <= 30


async def test_a_one_off_sync_gives_up_on_a_wait_of_many_minutes():
    requests = Requests(tries=3)
    with pytest.raises(RateLimited, match="minutes"):
        await requests.make(RateLimited("wait", retry_after=2000.0), "never")
    assert requests.time.now == START


@pytest.mark.parametrize(
    ("lane", "waits"), [(Lane.DELIVER, 0), (Lane.FOCUS, 0), (Lane.HEAD, 1.5), (Lane.BACKFILL, 1.5)]
)
async def test_what_nobody_asked_for_waits_until_nobody_types(lane, waits):
    requests = Requests()
    requests.typed_until = START + 1.5
    await requests.make("ok", lane=lane)
    assert requests.at == [waits]


async def test_nothing_waits_long_for_somebody_who_types_and_types():
    requests = Requests()
    requests.typed_until = START + 3600
    for _ in range(3):
        await requests.make("ok")
    assert requests.at[0] <= 2
    assert requests.at[2] <= 6


async def test_failures_without_end_make_ever_fewer_requests():
    requests = Requests()
    while requests.time.now < START + 6 * 3600:
        with pytest.raises(NeverLeft):
            await requests.make(NeverLeft("no route"))
    assert len(requests.at) < 250
