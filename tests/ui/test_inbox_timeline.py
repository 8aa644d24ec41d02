"""The timeline and the network: what is said while it is not there, and how it comes."""

import contextlib
import sqlite3
import threading

import pytest

from cache.models import Event, Key
from cache.schema import CACHE, open_database
from cache.store.writer import Writer
from cache.sync.leader import LeaderLock
from cache.sync.status import Connection, SourceStatus
from inbox_tui.demo.faults import Fault
from inbox_tui.engine_thread import EngineListener
from tests.ui.inbox_harness import NOW, home_for, lone_home, open_inbox, serving

EVENTS = "GET /v1/submissions/{id}/events"
NOTHING = "knows of nothing that happened"


def forget_events(directory):
    with contextlib.closing(sqlite3.connect(directory / "server.db", isolation_level=None)) as conn:
        conn.execute("DELETE FROM awardee_events")


def store_events(home, key: Key, *events: Event) -> None:
    """What the process that leads does when it was asked for a timeline."""
    with contextlib.closing(open_database(home.data, CACHE)) as conn:
        Writer(conn, wall=lambda: NOW).set_events(*key, events)


@pytest.mark.slow
async def test_a_submission_without_events_is_said_to_have_none_here_and_after_a_restart(tmp_path):
    with serving(tmp_path) as server:
        forget_events(tmp_path)
        home = home_for(server, tmp_path)
        async with open_inbox(home) as inbox:
            await inbox.online()
            await inbox.press("t", "t")
            await inbox.until(lambda: NOTHING in inbox.text, "the sentence")
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("t", "t")
        await inbox.until(lambda: NOTHING in inbox.text, "the sentence")


async def test_without_a_connection_the_timeline_waits_and_comes_with_the_connection(tmp_path):
    with serving(tmp_path) as server:
        home = home_for(server, tmp_path)
        server.stop()
        async with open_inbox(home) as inbox:
            await inbox.until(lambda: inbox.connection is Connection.OFFLINE, "OFFLINE")
            await inbox.press("t", "t")
            await inbox.until(lambda: "it comes once there is" in inbox.text, "the sentence")
            server.start()
            await inbox.press("$")
            await inbox.until(lambda: "system" in inbox.text and "created" in inbox.text, "the timeline")


async def test_a_connection_lost_while_a_timeline_is_wanted_is_said_and_it_is_asked_for_again(tmp_path):
    with serving(tmp_path) as server:
        home = home_for(server, tmp_path)
        async with open_inbox(home) as inbox:
            await inbox.online()
            server.stop()
            await inbox.press("t", "t")
            await inbox.until(lambda: "it comes once there is" in inbox.text, "the sentence")
            await inbox.until(lambda: inbox.connection is Connection.OFFLINE, "OFFLINE")
            server.start()
            await inbox.press("$")
            await inbox.until(lambda: "system" in inbox.text and "created" in inbox.text, "the timeline")


class Watched(EngineListener):
    """Passes on what the engine tells, and notices when a connection is lost and when it is back."""

    def __init__(self, listener: EngineListener) -> None:
        self.changed = listener.changed
        self.failed = listener.failed
        self._tell = listener.status
        self.lost, self.back = threading.Event(), threading.Event()

    def status(self, status: SourceStatus) -> None:
        self._tell(status)
        if not status.connection.is_up:
            self.lost.set()
        elif self.lost.is_set():
            self.back.set()


async def test_a_connection_that_is_back_before_the_screen_knew_it_was_lost_brings_the_timeline(tmp_path):
    arrived = threading.Event()
    with serving(tmp_path) as server:
        home = home_for(server, tmp_path)
        async with open_inbox(home) as inbox:
            await inbox.online()
            engine = inbox.app.engine
            engine._listener = watched = Watched(engine._listener)
            server.faults.add(Fault(EVENTS, "latency", seconds=60, times=1, arrived=arrived))
            await inbox.press("t", "t")
            await inbox.until(arrived.is_set, "the request")
            server.stop()  # from here until it is back the screen takes no message
            assert watched.lost.wait(30)
            server.start()
            engine.poll_now()
            assert watched.back.wait(30)
            await inbox.until(lambda: "system" in inbox.text and "created" in inbox.text, "the timeline")


async def test_a_missing_key_is_the_reason_why_there_is_no_timeline(tmp_path):
    with serving(tmp_path) as server:
        home = home_for(server, tmp_path, key=None)
        async with open_inbox(home) as inbox:
            await inbox.until(lambda: "AUTH?" in inbox.status, "AUTH?")
            await inbox.press("t", "t")
            await inbox.until(lambda: "the timeline could not be read:" in inbox.text, "the sentence")
            assert "ACME_KEY" in inbox.text


async def test_a_timeline_the_server_refuses_is_said_to_be_and_is_read_when_it_may_be(tmp_path):
    with serving(tmp_path) as server:
        home = home_for(server, tmp_path)
        async with open_inbox(home) as inbox:
            await inbox.online()
            server.faults.add(Fault(EVENTS, "status", status=403, times=1))
            await inbox.press("t", "t")
            await inbox.until(lambda: "the timeline could not be read:" in inbox.text, "the sentence")
            assert inbox.connection is Connection.ONLINE
            await inbox.press("j", "k")
            await inbox.until(lambda: "system" in inbox.text and "created" in inbox.text, "the timeline")


async def test_another_process_is_asked_for_the_timeline_and_what_it_reads_shows(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        await inbox.until(lambda: inbox.connection is Connection.FOLLOWING, "the leader")
        await inbox.press("t", "t")
        await inbox.until(lambda: "another inbox-tui was asked" in inbox.text, "the sentence")
        store_events(home, inbox.row.key, Event("e1", "flagged", None))
        await inbox.until(lambda: "flag set" in inbox.text, "the timeline")
        await inbox.press("j")
        await inbox.until(lambda: "another inbox-tui was asked" in inbox.text, "the next one's sentence")


async def test_who_takes_the_lead_over_reads_the_timeline_that_shows(tmp_path):
    with serving(tmp_path) as server:
        home = home_for(server, tmp_path)
        other = LeaderLock(home.data)
        assert other.acquire()
        async with open_inbox(home) as inbox:
            try:
                await inbox.until(lambda: inbox.connection is Connection.FOLLOWING, "the leader")
                await inbox.press("t", "t")
                await inbox.until(lambda: "another inbox-tui was asked" in inbox.text, "the sentence")
            finally:
                other.release()
            await inbox.until(lambda: "system" in inbox.text and "created" in inbox.text, "the timeline")
