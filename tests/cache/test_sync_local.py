"""A source whose provider stores no triage: edits are kept in the ledger, connected or not, never sent."""

import pytest

from cache.models import Capability
from cache.outbox.ledger import Kept, Ledger
from cache.outbox.write import durable_write
from cache.store.reader import Reader
from cache.sync.remote import AuthPaused, NeverLeft
from tests.cache.sync_world import SOURCE, World, decode, key


@pytest.fixture
async def world(tmp_path):
    world = World(tmp_path / "data", rows=3)
    world.remote.local = True
    yield world
    await world.close()


async def test_an_edit_is_kept_and_nothing_is_sent(world):
    await world.sync()
    world.edit("s0001", status="resolved", notes="called back", flagged=True)
    await world.start()
    await world.time.passes(1)
    assert world.states() == {}
    held = world.held("s0001")
    assert (held.status, held.notes, held.flagged) == ("resolved", "called back", True)
    assert world.remote.count("patch") == 0
    assert world.remote.rows["s0001"]["status"] == "new"


async def test_edits_are_kept_without_a_connection_and_without_a_key(world):
    await world.sync()
    world.opening[SOURCE] = AuthPaused("There is no key.")
    world.edit("s0002", priority="high")
    await world.start()
    await world.time.passes(1)
    assert world.states() == {}
    assert world.held("s0002").priority == "high"


async def test_one_off_sync_keeps_edits_although_the_provider_cannot_be_reached(world):
    await world.sync()
    world.remote.trouble("*", NeverLeft("no connection"), times=99)
    world.edit("s0002", priority="high")
    reports = await world.sync()
    assert reports[0].error
    assert world.states() == {}
    assert world.held("s0002").priority == "high"


async def test_an_edit_that_is_kept_does_not_say_that_the_source_was_seen(world):
    def shown():
        rows = world.cache.execute("SELECT seen_at, presence FROM triage ORDER BY rowid")
        return rows.fetchall()

    await world.sync()
    world.cache.execute("UPDATE triage SET presence = 'gone', gone_at = 1 WHERE rowid % 2 = 0")
    before = shown()
    world.remote.trouble("*", NeverLeft("no connection"), times=99)
    await world.time.passes(300)
    for name in ("s0001", "s0002", "s0003"):
        world.edit(name, priority="high")
    await world.sync()
    assert world.states() == {}
    assert world.held("s0002").priority == "high"
    assert shown() == before


async def test_what_the_provider_changes_does_not_touch_what_is_kept(world):
    await world.sync()
    world.edit("s0001", status="in_progress")
    await world.push()
    world.remote.rows["s0001"]["created"] += 1  # its JSON is another now
    await world.sync(full=True)
    assert world.held("s0001").status == "in_progress"


async def test_the_ledger_outlives_the_local_copy(world):
    await world.sync()
    world.edit("s0003", status="spam", assignee_id="u-1")
    await world.push()
    world.cache.execute("DELETE FROM submission")
    world.cache.execute("DELETE FROM triage")
    world.cache.execute("UPDATE source SET complete = 0, top_id = NULL")
    assert world.held("s0003") is None
    await world.sync(full=True)
    assert (world.held("s0003").status, world.held("s0003").assignee_id) == ("spam", "u-1")


async def test_an_edit_of_a_submission_that_is_not_in_the_local_copy_stays(world):
    await world.sync()
    world.edit("s0003", status="spam")
    world.cache.execute("DELETE FROM submission WHERE id = 's0003'")
    await world.push()
    assert ("s0003", "status") in world.states()


async def test_undo_of_what_was_kept_is_kept_too(world):
    from cache.store.overlay import server_triage

    await world.sync()
    world.edit("s0001", status="resolved")
    await world.push()
    undone = world.outbox.undo(lambda at: server_triage(world.cache, at))
    assert undone is not None
    assert undone.steps
    await world.push()
    assert world.held("s0001").status == "new"


async def test_what_is_kept_is_said_to_be_local(world):
    await world.sync()
    world.edit("s0001", status="read")
    await world.push()
    reader = Reader(
        world.cache, world.outbox, sources=[SOURCE], decoders={"plain": decode, "awardee": decode}
    )
    reader.refresh()
    assert reader.detail(key("s0001")).sync == "local"
    assert reader.detail(key("s0001")).submission.status == "read"
    assert reader.source_table.state(SOURCE).capabilities["status"] is Capability.LOCAL


@pytest.mark.slow
async def test_a_source_that_cannot_be_asked_for_one_is_never_asked(world):
    world.remote.reads_one = False
    await world.sync()
    del world.remote.rows["s0002"]
    engine = await world.start()
    engine.read(key("s0001"), always=True)
    await world.time.passes(4 * 3_600)
    assert world.remote.count("get") == 0
    assert world.remote.count("page") > 2
    assert world.cached() == {"s0001", "s0002", "s0003"}


def test_the_ledger_answers_for_many_at_once(world):
    ledger = Ledger(world.db, wall=world.time.wall)
    with durable_write(world.db):
        for number in range(1200):
            ledger.put(key(f"k{number}"), {"priority": "low", "resolved_at": None})
    found = ledger.of(SOURCE, [f"k{number}" for number in range(1300)])
    assert len(found) == 1200
    assert found["k7"] == (Kept("priority", "low", int(world.time.now)),)
    assert sum(1 for _ in ledger.all(SOURCE)) == 1200
