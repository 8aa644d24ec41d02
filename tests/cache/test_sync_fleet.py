"""Six inboxes on one organisation's rate budget, for three hours of virtual time, over the real engine."""

import functools
import random
import sqlite3

import pytest

from cache.sync.pace import Pacer
from cache.sync.remote import Budget, RateLimited, RateWindow
from tests.cache.sync_world import SOURCE, ScriptedRemote, Time, World, key

pytestmark = pytest.mark.slow

HOURS = 3
CLIENTS = 6
LATENCY = 0.3
PAGE = 20
WINDOWS = (("minute", 60, 60), ("hour", 1000, 3600))


class Organisation:
    """Counts the requests of everybody in fixed windows, as docs/contracts/awardee.md section 5 has it."""

    def __init__(self, time):
        self.time = time
        self.rows = {}
        self.used = {}
        self.limited = 0
        self.answered = 0

    def take(self):
        """What is left after one more request, and for how long that is refused, if it is."""
        now, windows, refused = self.time.now, [], 0.0
        for name, limit, seconds in WINDOWS:
            used = self.used.get((name, now // seconds), 0)
            end = (now // seconds + 1) * seconds
            if used >= limit:
                refused = max(refused, end - now)
            windows.append((name, limit, used, end))
        if refused:
            self.limited += 1
        else:
            self.answered += 1
            for name, _, seconds in WINDOWS:
                self.used[name, now // seconds] = self.used.get((name, now // seconds), 0) + 1
        taken = 0 if refused else 1
        told = (
            RateWindow(name, limit, max(0, limit - used - taken), end) for name, limit, used, end in windows
        )
        return Budget(tuple(told)), refused


class MeteredRemote(ScriptedRemote):
    """A client's road to the server of the organisation; others' requests show in its next answer only."""

    def __init__(self, time, organisation):
        super().__init__(time, page_size=PAGE)
        self.organisation = organisation
        self.rows = organisation.rows

    async def _asked(self, kind, what=None, body=None, apply=lambda: None):
        await self.time.sleep(LATENCY / 2)
        budget, refused = self.organisation.take()
        if not refused:
            apply()
        await self.time.sleep(LATENCY / 2)
        self.budget = budget
        if refused:
            raise RateLimited("slower", retry_after=refused)


class Unsynced(sqlite3.Connection):
    """A connection that does not wait for the disk: no machine fails in this test."""

    def execute(self, sql, *values):
        return super().execute("PRAGMA synchronous=OFF" if "synchronous=" in sql else sql, *values)


@pytest.fixture
async def fleet(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite3, "connect", functools.partial(sqlite3.connect, factory=Unsynced))
    time = Time()
    organisation = Organisation(time)
    worlds = [World(tmp_path / f"client-{number}", rows=0, time=time) for number in range(CLIENTS)]
    for world in worlds:
        world.remotes = {SOURCE: MeteredRemote(time, organisation)}
    for _ in range(8 * PAGE):
        worlds[0].remote.arrive()
    yield time, organisation, worlds
    for world in worlds:
        await world.close()


async def people_work(fleet, seconds):
    """Look at submissions, edit some, let new ones arrive, in six inboxes by turns."""
    time, organisation, worlds = fleet
    rng = random.Random(11)
    engines = [await world.start() for world in worlds]
    end = time.now + seconds
    while time.now < end:
        await time.passes(rng.uniform(5, 25))
        number = rng.randrange(CLIENTS)
        identifier = f"s{rng.randint(1, len(organisation.rows)):04}"
        engines[number].look_at([key(identifier)])
        engines[number].read(key(identifier))
        if rng.random() < 0.5 and identifier in worlds[number].cached():
            worlds[number].edit(identifier, status=rng.choice(["read", "in_progress", "resolved"]))
            engines[number].wake()
        if rng.random() < 0.02:
            worlds[0].remote.arrive()


@pytest.mark.timeout(120)
async def test_six_paced_clients_meet_at_most_two_429_in_three_hours(fleet):
    """inv 21, and all edits are out soon after the people have stopped."""
    time, organisation, worlds = fleet
    await people_work(fleet, HOURS * 3600)
    await time.passes(1200)
    assert organisation.limited <= 2
    assert organisation.answered > 2000
    for world in worlds:
        assert set(world.states().values()) <= {"conflict"}
        assert len(world.cached()) >= len(organisation.rows) - 1


async def test_without_pacing_the_same_work_meets_many(fleet, monkeypatch):
    """This tests the test."""
    _, organisation, _ = fleet
    monkeypatch.setattr(Pacer, "wait", lambda pacer, lane, budget, now, need=1: pacer.closed_for(now))
    monkeypatch.setattr(Pacer, "plenty", lambda pacer, budget, now: True)
    await people_work(fleet, 900)
    assert organisation.limited > 10
