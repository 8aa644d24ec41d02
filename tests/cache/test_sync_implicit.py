"""Edits nobody asked for: opening a submission makes it read, and yields to anything else (inv 12)."""

import pytest

from cache.outbox.outbox import Edit
from cache.store.overlay import server_triage
from cache.sync.due import IMPLICIT_SECONDS
from cache.sync.remote import Budget, Forbidden, NotFound, OutcomeUnknown, RateWindow, Refused
from tests.cache.sync_world import START, key


@pytest.fixture
async def synced(world):
    await world.sync()
    world.remote.calls.clear()
    return world


def left(world, remaining):
    world.remote.budget = Budget((RateWindow("hour", 1000, remaining, START + 90_000),))


def opened(world, identifier):
    world.outbox.edit(
        "open",
        [Edit(key(identifier), "status", "read", implicit=True)],
        lambda at: server_triage(world.cache, at),
    )
    assert world.pending(identifier, "status").implicit


async def leading(world, *, seconds):
    engine = await world.start()
    await world.time.passes(seconds)
    return engine


async def test_it_rests_for_company_and_then_goes_alone_over_new(synced):
    opened(synced, "s0001")
    await leading(synced, seconds=IMPLICIT_SECONDS - 5)
    assert synced.remote.patches() == []
    await synced.time.passes(15)
    assert synced.remote.patches() == [{"status": "read"}]
    assert synced.states() == {}


async def test_it_goes_along_with_the_next_edit_of_the_submission(synced):
    left(synced, 400)
    opened(synced, "s0001")
    synced.edit("s0001", priority="high")
    await leading(synced, seconds=10)
    assert synced.remote.patches() == [{"priority": "high", "status": "read"}]
    assert synced.remote.count("get") == 1


@pytest.mark.parametrize("line_mode", [True, False])
async def test_alone_it_waits_while_half_or_less_is_left(synced, line_mode):
    left(synced, 500)
    opened(synced, "s0001")
    if line_mode:
        await synced.sync()
    else:
        await leading(synced, seconds=600)
    assert synced.remote.count("patch") == 0
    assert synced.states() == {("s0001", "status"): "queued"}
    left(synced, 900)
    await (synced.push() if line_mode else synced.time.passes(320))
    assert synced.remote.patches() == [{"status": "read"}]


@pytest.mark.parametrize("theirs", ["in_progress", "resolved", "spam", "on_hold"])
async def test_inv_12_it_yields_without_a_word_to_whatever_else_the_server_holds(synced, theirs):
    opened(synced, "s0001")
    synced.edit("s0001", notes="mine")
    synced.remote.rows["s0001"]["status"] = theirs
    await synced.push()
    assert synced.states() == {}
    assert synced.remote.patches() == [{"notes": "mine"}]
    assert synced.remote.rows["s0001"]["status"] == theirs


async def test_it_is_never_held_against_somebody_who_read_it_first(synced):
    opened(synced, "s0001")
    synced.remote.rows["s0001"]["status"] = "read"
    await synced.push()
    assert synced.states() == {}
    assert synced.remote.patches() == []


async def test_an_edit_the_person_makes_takes_its_place(synced):
    opened(synced, "s0001")
    synced.edit("s0001", status="spam")
    assert not synced.pending("s0001", "status").implicit
    await synced.push()
    assert synced.remote.patches() == [{"status": "spam"}]


@pytest.mark.parametrize(
    "error",
    [
        Refused("no", status=400),
        Refused("no", status=400, field_errors={"status": "no"}),
        NotFound("none", status=404),
        Forbidden("not this one", status=403),
    ],
    ids=["refused", "refused by name", "not found", "forbidden"],
)
async def test_a_refusal_leaves_nothing_for_the_person_to_answer(synced, error):
    opened(synced, "s0001")
    if isinstance(error, NotFound):
        del synced.remote.rows["s0001"]
    synced.remote.trouble("patch", error, times=99)
    await leading(synced, seconds=180)
    assert synced.states() == {}


@pytest.mark.parametrize("applied", [True, False])
async def test_a_lost_answer_is_verified_like_any_other(synced, applied):
    opened(synced, "s0001")
    synced.remote.trouble("patch", OutcomeUnknown("lost"), applied=applied)
    await leading(synced, seconds=150)
    assert synced.states() == {}
    assert len(synced.remote.patches()) == (1 if applied else 2)


async def test_after_a_lost_answer_it_yields_to_a_foreign_value_too(synced):
    opened(synced, "s0001")
    synced.remote.trouble("patch", OutcomeUnknown("lost"))
    await leading(synced, seconds=40)
    synced.remote.rows["s0001"]["status"] = "spam"
    await synced.time.passes(120)
    assert synced.states() == {}
    assert synced.remote.rows["s0001"]["status"] == "spam"


async def test_many_go_out_together_after_their_rest(synced):
    for identifier in ("s0001", "s0002", "s0003"):
        opened(synced, identifier)
    await leading(synced, seconds=IMPLICIT_SECONDS + 10)
    sent = [call.at for call in synced.remote.calls if call.kind == "patch"]
    assert len(sent) == 3
    assert max(sent) - min(sent) < 2
