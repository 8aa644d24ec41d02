"""Edits whose stored bytes do not match their checksum: shown, kept, and never sent."""

import pytest

from cache.outbox.registers import DAMAGED
from cache.sync.remote import OutcomeUnknown
from tests.cache.sync_world import key

DAMAGE = {
    "want": '"spam"',
    "base": '"in_progress"',
    "clock": 1,
    "want cut short": '"sp',
    "state": "no such state",
    "state of no bytes of text": b"\xff\x00",
    "theirs": '"clo',
    "theirs of no bytes of text": b'"\xff\xfe"',
}


def damage(world, what):
    column = what.split()[0]
    world.db.execute(f"UPDATE register SET {column} = ? WHERE field = 'status'", (DAMAGE[what],))


@pytest.fixture
async def synced(world):
    await world.sync()
    return world


@pytest.mark.parametrize("what", DAMAGE)
async def test_a_damaged_edit_is_parked_with_a_sentence_and_the_others_go_on(synced, what):
    synced.edit("s0001", status="read", priority="high")
    synced.edit("s0002", status="read")
    synced.db.execute("UPDATE register SET next_try = 1")
    damage(synced, what)
    synced.db.execute("UPDATE register SET state = 'queued' WHERE state = 'rejected'")
    await synced.push()
    assert synced.remote.rows["s0001"]["priority"] == "high"
    assert all("status" not in body for body in synced.remote.patches("s0001"))
    held = synced.pending("s0001", "status")
    assert (held.state.value, held.error, held.damaged) == ("rejected", DAMAGED, True)


async def test_what_it_wants_by_now_is_still_shown(synced):
    synced.edit("s0001", status="read")
    damage(synced, "want")
    assert synced.pending("s0001", "status").want == "spam"
    damage(synced, "want cut short")
    assert synced.pending("s0001", "status").want == '"sp'


async def test_trying_it_again_does_not_send_it(synced):
    synced.edit("s0001", status="read")
    damage(synced, "want")
    synced.outbox.retry(key("s0001"))
    await synced.push()
    assert synced.remote.patches() == []
    assert synced.pending("s0001", "status").damaged


async def test_a_new_edit_of_the_field_puts_it_right(synced):
    synced.edit("s0001", status="read")
    damage(synced, "want")
    synced.edit("s0001", status="resolved")
    assert not synced.pending("s0001", "status").damaged
    await synced.push()
    assert synced.remote.rows["s0001"]["status"] == "resolved"


async def test_the_person_can_discard_it(synced):
    synced.edit("s0001", status="read")
    damage(synced, "want")
    synced.outbox.discard(key("s0001"), "status")
    assert synced.states() == {}


async def test_an_answer_that_comes_after_the_damage_settles_nothing_that_cannot_be_read(synced):
    synced.edit("s0001", status="read")
    synced.remote.before = lambda call: call.kind == "patch" and damage(synced, "want")
    await synced.push()
    assert synced.pending("s0001", "status").damaged


async def test_a_leader_that_takes_over_leaves_it_as_it_is(synced):
    synced.edit("s0001", status="read")
    synced.remote.trouble("patch", OutcomeUnknown("lost"))
    engine = await synced.start()
    await synced.time.passes(5)
    await synced.end(engine)
    damage(synced, "want")
    row = synced.db.execute("SELECT * FROM register").fetchall()
    await synced.start()
    await synced.time.passes(90)
    assert synced.db.execute("SELECT * FROM register").fetchall() == row
