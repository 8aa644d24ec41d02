"""The engine as a whole: leading and following, requests of others, recovery, and no busy loop."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from cache.errors import UnsafeFile
from cache.models import Key
from cache.outbox.requests import RequestTable
from cache.sync.leader import LeaderLock
from cache.sync.remote import (
    AuthPaused,
    Budget,
    Forbidden,
    Misconfigured,
    NeverLeft,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    RateWindow,
    Refused,
    ServerFault,
)
from cache.sync.status import Connection
from tests.cache.sync_world import START, key

ROOT = Path(__file__).resolve().parents[2]
ALWAYS = float("inf")


# Recovery


async def test_asking_while_offline_resets_the_waits_and_edits_go_out_within_seconds(world):
    engine = await world.start()
    await world.time.passes(5)
    down = world.remote.trouble("*", NeverLeft("no route"), times=ALWAYS)
    world.edit("s0001", status="read")
    await world.time.passes(3600)
    assert world.status().connection is Connection.OFFLINE
    assert world.states() == {("s0001", "status"): "queued"}
    down.times = 0
    engine.poll_now()
    await world.time.passes(3)
    assert world.states() == {}
    assert world.status().connection is Connection.ONLINE


async def test_a_server_that_is_back_gets_the_edits_without_anybody_asking(world):
    await world.start()
    await world.time.passes(5)
    down = world.remote.trouble("*", NeverLeft("no route"), times=ALWAYS)
    world.edit("s0001", status="read")
    await world.time.passes(20)
    down.times = 0
    await world.time.passes(40)
    assert world.states() == {}


async def test_edits_of_an_earlier_run_are_sent_after_a_look_at_the_server(world):
    await world.sync()
    world.edit("s0001", status="read")
    world.edit("s0002", status="read")
    world.remote.rows["s0002"]["status"] = "spam"
    world.time.now += 86_400
    world.remote.calls.clear()
    await world.start()
    await world.time.passes(2)
    assert world.states() == {("s0002", "status"): "conflict"}
    assert world.remote.rows["s0001"]["status"] == "read"
    assert world.remote.rows["s0002"]["status"] == "spam"


async def test_an_edit_another_process_makes_is_noticed(world):
    await world.start()
    await world.time.passes(30)
    world.edit("s0001", status="read")  # through a connection of its own; nobody wakes the engine
    await world.time.passes(6)
    assert world.states() == {}


ERRORS = [
    NeverLeft("x"),
    OutcomeUnknown("x"),
    ServerFault("x", status=500),
    AuthPaused("x", status=401),
    Misconfigured("x", status=302),
    RateLimited("x", retry_after=None),
    RateLimited("x", retry_after=0.0),
    Refused("x", status=400),
    NotFound("x", status=404),
    Forbidden("x", status=403),
]


@pytest.mark.parametrize("kind", ["*", "me", "page", "get", "patch"])
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: f"{type(error).__name__}-{error.status}")
async def test_a_failure_without_end_makes_no_busy_loop(world, error, kind):
    await world.sync()
    for identifier in world.remote.rows:
        world.edit(identifier, status="read", notes="mine")
    world.remote.calls.clear()
    world.remote.trouble(kind, error, times=ALWAYS)
    await world.start()
    await world.time.passes(1200)
    assert world.remote.count() < 200
    for edit in world.outbox.pending():
        assert edit.want in ("read", "mine")
    assert world.cached() == {"s0001", "s0002", "s0003"}


@pytest.mark.parametrize("error", ERRORS[:6], ids=lambda error: type(error).__name__)
async def test_when_faults_stop_everything_settles(world, error):
    await world.sync()
    for identifier in world.remote.rows:
        world.edit(identifier, status="read")
    trouble = world.remote.trouble("*", error, times=ALWAYS)
    engine = await world.start()
    await world.time.passes(600)
    trouble.times = 0
    engine.poll_now()
    await world.time.passes(150)
    assert world.states() == {}
    assert {row["status"] for row in world.remote.rows.values()} == {"read"}


# Sources


@pytest.mark.parametrize("error", ERRORS[:7], ids=lambda error: type(error).__name__)
async def test_a_source_that_fails_does_not_stop_the_others(world, error):
    shop = world.add_source("shop", rows=2)
    world.remote.trouble("*", error, times=ALWAYS)
    await world.start()
    await world.time.passes(10)
    assert world.cached("shop") == {"s0001", "s0002"}
    world.edit("s0001", "shop", status="read")
    await world.time.passes(8)
    assert shop.rows["s0001"]["status"] == "read"


async def test_a_countdown_of_one_source_blocks_no_other(world):
    shop = world.add_source("shop", rows=2)
    world.remote.trouble("*", RateLimited("wait", retry_after=3000.0), times=ALWAYS)
    await world.start()
    await world.time.passes(600)
    assert shop.count("page") >= 8
    assert world.remote.count() == 1
    assert world.status().connection is Connection.RATE
    assert world.status().retry_at == pytest.approx(START + 3000)


async def test_one_source_without_a_key_leaves_the_others_and_is_opened_when_there_is_one(world):
    world.add_source("shop", rows=1)
    world.opening["shop"] = AuthPaused("There is no key.")
    engine = await world.start()
    await world.time.passes(10)
    assert world.status("shop").connection is Connection.AUTH
    assert world.status().connection is Connection.ONLINE
    world.opening.clear()
    engine.poll_now(["shop"])
    await world.time.passes(2)
    assert world.cached("shop") == {"s0001"}


@pytest.mark.parametrize("line_mode", [True, False])
async def test_another_organisation_behind_the_key_nothing_is_sent_or_read(world, line_mode):
    await world.sync()
    world.edit("s0001", status="read")
    world.remote.account = "org-2"
    world.remote.arrive()
    world.remote.calls.clear()
    if line_mode:
        (report,) = await world.sync()
        sentence = report.error
    else:
        await world.start()
        await world.time.passes(4 * 3600)
        assert world.status().connection is Connection.STOPPED
        sentence = world.status().message
    assert "ORG-2" in sentence
    assert "ORG-1" in sentence
    assert world.remote.kinds() == {"me": 1}
    assert world.states() == {("s0001", "status"): "queued"}
    assert len(world.cached()) == 3


async def test_an_edit_is_not_kept_waiting_by_reads_that_have_to_pace_themselves(world):
    await world.start()
    await world.time.passes(5)
    window = RateWindow("hour", 1000, 100, START + 3000)
    world.remote.budget = Budget((window,))
    await world.time.passes(120)  # the next poll waits for the reserve to grow
    polls = world.remote.count("page")
    world.edit("s0001", status="read")
    await world.time.passes(6)
    assert world.states() == {}
    assert world.remote.count("page") == polls


@pytest.mark.parametrize(("remaining", "reads"), [(600, 1), (400, 0)])
async def test_a_row_that_is_merely_looked_at_is_read_while_over_half_is_left(world, remaining, reads):
    engine = await world.start()
    await world.time.passes(5)
    world.remote.budget = Budget((RateWindow("hour", 1000, remaining, START + 3000),))
    engine.read(key("s0001"))
    await world.time.passes(1)
    assert world.remote.count("get") == reads
    engine.read(key("s0001"), always=True)
    await world.time.passes(1)
    assert world.remote.count("get") == reads + 1


# The disk


async def test_a_full_disk_while_storing_is_told_and_got_over(world):
    await world.start()
    await world.time.passes(5)
    engine = world._running[0][0]
    conn = engine._runners["acme"].tools.writer._conn
    pages = conn.execute("PRAGMA page_count").fetchone()[0]
    conn.execute(f"PRAGMA max_page_count = {pages}")
    for _ in range(300):
        world.remote.arrive(notes="x" * 400)
    await world.time.passes(600)
    assert "the disk is full" in (world.status().message or "")
    assert {"s0001", "s0002", "s0003"} <= world.cached()
    conn.execute("PRAGMA max_page_count = 1000000")
    await world.time.passes(600)
    assert world.cached() == set(world.remote.rows)
    assert world.status().connection is Connection.ONLINE
    assert world.remote.count() < 150


async def test_an_answer_that_could_not_be_kept_is_verified_when_the_disk_is_good_again(world):
    await world.start()
    await world.time.passes(5)
    engine = world._running[0][0]
    outbox = engine._runners["acme"].tools.delivery._conn

    def fill(call):
        if call.kind == "patch":
            outbox.execute("PRAGMA query_only = ON")

    world.remote.before = fill
    world.edit("s0001", status="read")
    await world.time.passes(30)
    assert world.status().connection is Connection.RETRY
    assert "NOT SAVED" in world.status().message
    outbox.execute("PRAGMA query_only = OFF")
    world.remote.before = lambda call: None
    await world.time.passes(180)
    assert world.states() == {}
    assert world.remote.patches() == [{"status": "read"}]


async def test_an_outbox_that_was_lost_does_not_make_every_read_an_old_one(world):
    for _ in range(5):
        await world.sync()
        world.edit("s0001", flagged=not world.held("s0001").flagged)
        await world.push()
    with world.db:
        world.db.execute("UPDATE meta SET value = 0 WHERE key = 'clock'")
    world.remote.rows["s0002"]["priority"] = "high"
    await world.sync()
    assert world.held("s0002").priority == "high"


# Leading and following


async def test_of_two_engines_on_one_directory_exactly_one_leads_and_the_other_takes_over(world):
    first, second = await world.start(), await world.start()
    await world.time.passes(3)
    assert (first.leads, second.leads) == (True, False)
    assert world.said(Connection.FOLLOWING)
    told = sum(1 for status in world.statuses if status.connection is Connection.FOLLOWING)
    await world.time.passes(60)
    assert told == sum(1 for status in world.statuses if status.connection is Connection.FOLLOWING) == 1
    await world.end(first)
    await world.time.passes(2)
    assert second.leads
    world.edit("s0001", status="read")
    await world.time.passes(6)
    assert world.states() == {}


async def test_only_the_leader_makes_requests(world):
    await world.start()
    await world.start()
    await world.time.passes(30)
    assert world.remote.count("me") == 1


async def test_what_a_follower_asks_for_is_done_and_answered(world):
    await world.start()
    follower = await world.start()
    await world.time.passes(20)
    arrived = world.remote.arrive()
    world.remote.calls.clear()
    follower.read(Key("acme", "s0001"), always=True)
    follower.read_events(Key("acme", "s0002"))
    follower.poll_now()
    await world.time.passes(3)
    assert [call.what for call in world.remote.calls if call.kind in ("get", "events")] == ["s0001", "s0002"]
    assert arrived in world.cached()
    results = world.db.execute("SELECT kind, result FROM request WHERE done_at IS NOT NULL").fetchall()
    assert sorted(results) == [
        ("events", '{"ok": true}'),
        ("read", '{"ok": true}'),
        ("sync", '{"ok": true, "errors": {}}'),
    ]


async def test_a_request_for_a_source_that_cannot_be_read_is_answered_with_why(world):
    await world.start()
    await world.time.passes(5)
    world.remote.trouble("*", NeverLeft("There is no route."), times=ALWAYS)
    number = RequestTable(world.db, wall=world.time.wall).ask("sync", {"sources": ["acme"]})
    await world.time.passes(5)
    request = RequestTable(world.db, wall=world.time.wall).get(number)
    assert request.done
    assert request.result == {"ok": False, "errors": {"acme": "There is no route."}}


async def test_a_sync_asked_for_sends_the_edits_first_it_is_done_when_they_are_out(world):
    await world.start()
    await world.time.passes(5)
    world.edit("s0001", status="read")
    number = RequestTable(world.db, wall=world.time.wall).ask("sync", {"sources": None})
    table = RequestTable(world.db, wall=world.time.wall)
    while not table.get(number).done:
        assert await world.time.step(START + 60)
    assert world.states() == {}


async def test_a_leader_that_is_asked_to_end_answers_those_who_wait(world):
    engine = await world.start()
    await world.time.passes(5)
    world.remote.latency = 5.0
    number = RequestTable(world.db, wall=world.time.wall).ask("sync", {"sources": None})
    await world.time.passes(2)
    await world.end(engine)
    request = RequestTable(world.db, wall=world.time.wall).get(number)
    assert request.done
    assert request.result["ok"] is False


def test_the_lead_of_another_process_ends_with_it(tmp_path):
    lock = LeaderLock(tmp_path / "data")
    script = (
        "import sys\nfrom pathlib import Path\nfrom cache.sync.leader import LeaderLock\n"
        "lock = LeaderLock(Path(sys.argv[1]))\nassert lock.acquire()\n"
        "print('leads', flush=True)\nsys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "data")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "leads\n"
        assert not lock.acquire()
        assert lock.leader().pid == process.pid
        process.kill()
        process.wait()
        assert lock.acquire()
    lock.release()


async def test_a_sync_finds_the_lead_taken_and_gives_it_back_when_it_fails(world):
    lock = LeaderLock(world.directory)
    assert lock.acquire()
    assert await world.engine().sync_once() is None
    lock.release()
    (world.directory / "cache.db").rename(world.directory / "elsewhere.db")
    (world.directory / "cache.db").symlink_to(world.directory / "elsewhere.db")
    with pytest.raises(UnsafeFile):
        await world.sync()
    assert lock.acquire()
    lock.release()


async def test_flushing_tries_each_edit_once_even_when_the_source_is_offline(world):
    engine = await world.start()
    await world.time.passes(5)
    world.remote.trouble("*", NeverLeft("no route"), times=ALWAYS)
    world.edit("s0001", status="read")
    began = world.time.now
    flushing = asyncio.ensure_future(engine.flush())
    while not flushing.done():
        await world.time.step(began + 400)
    assert world.time.now - began < 5
    assert world.states() == {("s0001", "status"): "queued"}
