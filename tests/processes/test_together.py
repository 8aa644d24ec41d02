"""Several processes, one data directory: an inbox on a terminal, `set --wait`, `sync`, leaders that die."""

import os
import re
import threading
from collections import Counter
from typing import Any

import pytest

from cache.models import EditState, Key
from cache.outbox.outbox import Edit
from inbox_tui.demo.faults import Fault
from inbox_tui.demo.running import RunningServer
from tests.bench.terminal import Terminal, program
from tests.processes.fleet import Fleet, until
from tests.processes.place import Place
from tests.processes.worker import SOURCE

pytestmark = pytest.mark.slow

PATCH = "PATCH /v1/submissions/{id}"


def told(server: RunningServer, row: dict[str, Any]) -> Counter[str]:
    """The events of a submission beyond those it began with."""
    return Counter(event["type"] for event in server.events(row["id"])[row["known"] :])


def plain(server: RunningServer, count: int) -> list[dict[str, Any]]:
    """Submissions without notes, flag and priority, each with the number of its events."""
    found = [
        {**row, "known": len(server.events(row["id"]))}
        for row in server.submissions()
        if row["status"] in ("new", "read")
        and not row["flagged"]
        and row["notes"] is None
        and row["priority"] == "none"
    ]
    assert len(found) >= count
    return found[:count]


def test_an_inbox_two_waiting_commands_and_a_sync_at_once_bring_every_edit_once(
    fleet: Fleet, place: Place, server: RunningServer
) -> None:
    """inv 24, 28"""
    first, second, third, fourth = plain(server, 4)
    environ = {**os.environ, **place.environ}
    with Terminal([*program("inbox_tui"), "--query", f"#{fourth['submission_number']}"], environ) as terminal:
        terminal.wait_for(re.compile(rb"SUB-"))
        until(lambda: place.leader() is not None, "somebody leads")
        workers = [
            fleet.command("set", first["id"], "--status", "resolved", "--note", "one", "--wait"),
            fleet.command("set", second["id"], "--priority", "high", "--flag", "--wait"),
            fleet.command("sync"),
            fleet.command("set", third["id"], "--flag"),
        ]
        terminal.press_and_settle(b"f")
        for worker in workers:
            assert worker.wait() in (0, 4), worker.complained
        until(lambda: not place.pending(), "every edit settles")
    now = {row["id"]: server.submission(row["id"]) for row in (first, second, third, fourth)}
    assert (now[first["id"]]["status"], now[first["id"]]["notes"]) == ("resolved", "one")
    assert (now[second["id"]]["priority"], now[second["id"]]["flagged"]) == ("high", True)
    assert now[third["id"]]["flagged"] is True
    assert now[fourth["id"]]["flagged"] is True
    assert told(server, first) == {"status_changed": 1, "notes_updated": 1}
    assert told(server, second) == {"priority_changed": 1, "flagged": 1}
    for row in (third, fourth):
        assert told(server, row)["flagged"] == 1
    assert all(worker.complained.count("locked") == 0 for worker in workers)


def test_five_commands_at_once_lead_in_turn_and_each_returns_when_its_edit_is_there(
    fleet: Fleet, place: Place, server: RunningServer
) -> None:
    """inv 28"""
    rows = plain(server, 4)
    workers = [
        fleet.command("set", row["id"], "--note", f"from {at}", "--wait") for at, row in enumerate(rows)
    ]
    sync = fleet.command("sync")
    for at, worker in enumerate(workers):
        assert worker.wait() == 0, worker.complained
        assert server.submission(rows[at]["id"])["notes"] == f"from {at}"
    # The lead may change hands under it; then it says so and nothing is lost.
    assert sync.wait() == 0 or "Try again" in sync.complained, sync.complained
    assert place.pending() == ()
    for row in rows:
        assert told(server, row) == {"notes_updated": 1}


def test_lines_added_to_one_note_by_several_processes_are_all_there(
    fleet: Fleet, place: Place, server: RunningServer
) -> None:
    """inv 1"""
    (row,) = plain(server, 1)
    workers = [
        fleet.command("set", row["id"], "--append-note", f"line {at}", "--no-stamp") for at in range(8)
    ]
    assert [worker.wait() for worker in workers] == [0] * 8
    assert fleet.command("sync").wait() == 0
    assert sorted(server.submission(row["id"])["notes"].splitlines()) == [f"line {at}" for at in range(8)]


def test_an_attempt_of_a_leader_that_was_killed_is_adopted_and_verified_by_the_next(
    fleet: Fleet, place: Place, server: RunningServer
) -> None:
    """crash (inv 7, 8, 20, 22)"""
    (row,) = plain(server, 1)
    leader = fleet.start("engine")
    until(lambda: "status online" in leader.said, "the leader is online")
    follower = fleet.start("engine")
    until(lambda: "status following" in follower.said, "the other one follows")
    arrived, over = threading.Event(), threading.Event()
    server.faults.add(Fault(PATCH, "latency", times=1, seconds=30, arrived=arrived, until=over))
    assert fleet.command("set", row["id"], "--flag").wait() == 0
    assert arrived.wait(20)
    assert place.states() == [EditState.SENDING]
    assert leader.kill() == -9
    until(lambda: place.leader() == follower.pid, "the other one leads", 20)
    until(lambda: place.states() in ([EditState.VERIFYING], []), "the attempt is adopted")
    over.set()  # only now is the change of the dead leader made
    until(lambda: not place.pending(), "the edit settles")
    assert server.submission(row["id"])["flagged"] is True
    assert told(server, row) == {"flagged": 1}
    assert sum(request.method == "PATCH" for request in server.requests) == 1
    assert place.open_attempts() == 0
    assert follower.stop() == 0


def test_a_later_edit_of_a_field_waits_until_the_attempt_of_a_dead_leader_is_known(
    fleet: Fleet, place: Place, server: RunningServer
) -> None:
    """crash (inv 2, 8): R4 over real HTTP"""
    (row,) = plain(server, 1)
    arrived, over = threading.Event(), threading.Event()
    server.faults.add(Fault(PATCH, "latency", times=1, seconds=30, arrived=arrived, until=over))
    command = fleet.command("set", row["id"], "--priority", "high", "--wait")
    assert arrived.wait(20)
    assert command.kill() == -9
    with place.local() as local:
        change = Edit(Key(SOURCE, row["id"]), "priority", "low")
        assert local.outbox.edit("edit", [change], local.reader.server).steps
    follower = fleet.start("engine")
    until(lambda: place.leader() == follower.pid, "the engine leads")
    over.set()  # the change of the killed command is made now, late
    until(lambda: not place.pending(), "the edit settles")
    assert follower.stop() == 0
    assert server.submission(row["id"])["priority"] == "low"
    first, second = [request for request in server.requests if request.method == "PATCH"]
    assert (first.body, second.body) == (b'{"priority":"high"}', b'{"priority":"low"}')
    assert (second.at - first.at).total_seconds() * 20 >= 60


def test_a_line_goes_below_what_another_process_wrote_meanwhile(
    fleet: Fleet, place: Place, server: RunningServer
) -> None:
    """inv 1"""
    (row,) = plain(server, 1)
    key = Key(SOURCE, row["id"])
    with place.local() as one, place.local() as other:
        for local, line in ((one, "first"), (other, "second")):
            # Both put their text together from the notes they saw before either was recorded.
            edit = Edit(key, "notes", line, saw=local.reader.server(key), adds=line)
            assert local.outbox.edit("edit", [edit], local.reader.server).steps
        (pending,) = one.outbox.pending()
        assert pending.want == "first\nsecond"
    assert fleet.command("sync").wait() == 0
    assert server.submission(row["id"])["notes"] == "first\nsecond"
