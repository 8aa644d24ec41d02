"""What our changes replaced unseen: told once, from the timeline, and at no cost nobody needs (inv 11)."""

import pytest

from cache.models import TRIAGE_FIELDS, Capability, Triage
from cache.outbox.delivery import Delivery
from cache.outbox.overwrites import OverwriteLog
from cache.sync.remote import Budget, NeverLeft, NotFound, OutcomeUnknown, RateWindow, Refused, ServerFault
from tests.cache.sync_world import START, key
from tests.cache.timelines import MINE, PLENTY, THEIRS, Timeline

LITTLE = Budget((RateWindow("hour", 1000, 400, START + 3000),))


@pytest.fixture
async def timeline(world):
    made = Timeline(world)
    await world.sync()
    world.remote.calls.clear()
    return made


async def leading(world, *, seconds=10):
    engine = await world.start()
    await world.time.passes(seconds)
    return engine


def told(world):
    return [(item.field, item.theirs, item.mine) for item in OverwriteLog(world.db).open()]


# The window between the read and the change


@pytest.mark.parametrize(
    ("field", "want", "theirs"),
    [
        ("status", "read", "spam"),
        ("priority", "high", "low"),
        ("assignee_id", "u-1", "u-2"),
        ("notes", "mine", "theirs"),
    ],
)
async def test_inv_11_a_value_that_came_between_the_read_and_the_change_is_reported(
    timeline, world, field, want, theirs
):
    world.edit("s0001", **{field: want})
    timeline.between("s0001", **{field: theirs})
    await leading(world)
    assert world.remote.rows["s0001"][field] == want
    (item,) = OverwriteLog(world.db).open()
    assert (item.key, item.field, item.theirs, item.mine) == (key("s0001"), field, theirs, want)
    assert (item.actor_id, item.actor_name, item.known) == (THEIRS, THEIRS.upper(), True)
    assert abs(item.at - world.time.now) < 60


async def test_inv_11_line_mode_reports_it_too(timeline, world):
    world.edit("s0001", status="read")
    timeline.between("s0001", status="spam")
    await world.sync()
    assert told(world) == [("status", "spam", "read")]


async def test_a_foreign_change_of_another_field_in_the_window_is_no_overwrite(timeline, world):
    world.edit("s0001", status="read")
    timeline.between("s0001", priority="high", notes="theirs")
    await leading(world)
    assert told(world) == []
    assert world.remote.rows["s0001"]["priority"] == "high"


async def test_what_was_seen_and_ruled_on_is_no_overwrite(timeline, world):
    world.edit("s0001", status="read")
    timeline.foreign("s0001", status="spam")
    await world.sync()
    world.outbox.settle(key("s0001"), "status", mine=True)
    await world.sync()
    assert world.remote.rows["s0001"]["status"] == "read"
    assert told(world) == []


async def test_going_back_and_forth_ourselves_is_no_overwrite(timeline, world):
    for want in ("read", "new", "read", "spam", "read"):
        world.edit("s0001", status=want)
        await world.sync()
    assert world.remote.rows["s0001"]["status"] == "read"
    assert told(world) == []


async def test_a_change_after_ours_is_not_taken_for_one_before_it(timeline, world):
    world.edit("s0001", status="read")
    await world.push()
    timeline.foreign("s0001", status="spam")
    timeline.foreign("s0001", status="read")
    await world.sync()
    assert told(world) == []


async def test_several_changes_whose_timeline_is_read_late_are_told_apart(timeline, world):
    world.remote.budget = LITTLE
    for want, theirs in (("read", None), ("new", None), ("read", "in_progress")):
        world.edit("s0001", status=want)
        if theirs:
            timeline.between("s0001", status=theirs)
        await world.push()
    assert world.remote.count("events") == 0
    world.remote.budget = PLENTY
    await world.sync()
    assert told(world) == [("status", "in_progress", "read")]
    assert world.remote.count("events") == 1


# What it costs


async def test_a_change_nobody_disputes_costs_no_look_while_little_is_left(timeline, world):
    world.remote.budget = LITTLE
    world.edit("s0001", status="read")
    await leading(world, seconds=300)
    assert world.states() == {}
    assert world.remote.count("events") == 0


async def test_a_look_put_off_is_made_when_the_budget_is_back(timeline, world):
    world.remote.budget = LITTLE
    world.edit("s0001", status="read")
    timeline.between("s0001", status="spam")
    await leading(world, seconds=60)
    assert told(world) == []
    world.remote.budget = PLENTY
    await world.time.passes(120)
    assert told(world) == [("status", "spam", "read")]


async def test_a_look_put_off_is_made_for_nothing_when_the_person_opens_the_timeline(timeline, world):
    world.remote.budget = LITTLE
    world.edit("s0001", status="read")
    timeline.between("s0001", status="spam")
    engine = await leading(world)
    engine.read_events(key("s0001"))
    await world.time.passes(5)
    assert told(world) == [("status", "spam", "read")]
    assert world.remote.count("events") == 1


@pytest.mark.parametrize("where", ["preflight", "answer", "unknown"])
async def test_a_sign_of_somebody_else_is_looked_into_whatever_is_left(timeline, world, where):
    world.remote.budget = LITTLE
    world.edit("s0001", status="read")
    if where == "preflight":
        timeline.foreign("s0001", priority="high")
        timeline.between("s0001", status="spam")
    elif where == "answer":
        timeline.between("s0001", status="spam", priority="high")
    else:
        timeline.between("s0001", status="spam")
        world.remote.trouble("patch", OutcomeUnknown("lost"), applied=True)
    await leading(world, seconds=90)
    assert world.states() == {}
    assert told(world) == [("status", "spam", "read")]


async def test_each_submission_is_looked_at_once(timeline, world):
    for identifier in ("s0001", "s0002", "s0003"):
        world.edit(identifier, status="read", notes="mine")
    await leading(world, seconds=300)
    assert world.remote.count("events") == 3


async def test_edits_go_out_before_anything_is_looked_into(timeline, world):
    for identifier in ("s0001", "s0002", "s0003"):
        world.edit(identifier, status="read")
    await leading(world)
    kinds = [call.kind for call in world.remote.calls if call.kind in ("patch", "events")]
    assert kinds == ["patch"] * 3 + ["events"] * 3


async def test_a_change_that_certainly_did_not_go_through_is_not_looked_into(timeline, world):
    world.edit("s0001", status="read")
    world.remote.trouble("patch", Refused("no", status=400))
    await leading(world, seconds=60)
    assert world.states() == {("s0001", "status"): "rejected"}
    assert world.remote.count("events") == 0


async def test_what_only_a_local_ledger_keeps_is_not_looked_into(timeline, world):
    world.remote.capabilities = dict.fromkeys(TRIAGE_FIELDS, Capability.LOCAL)
    world.edit("s0001", status="read")
    await leading(world, seconds=60)
    assert world.states() == {}
    assert world.remote.count("events") == 0


@pytest.mark.parametrize("error", [NotFound("none", status=404), Refused("no", status=400), NeverLeft("x")])
async def test_a_timeline_that_cannot_be_read_is_tried_again_without_haste_and_holds_up_nothing(
    timeline, world, error
):
    world.remote.trouble("events", error, times=3)
    world.edit("s0001", status="read")
    timeline.between("s0001", status="spam")
    await leading(world, seconds=60)
    world.edit("s0002", status="read")
    await world.time.passes(40)
    assert world.remote.rows["s0002"]["status"] == "read"
    await world.time.passes(3600)
    assert told(world) == [("status", "spam", "read")]
    assert world.remote.count("events") <= 6


@pytest.mark.slow
@pytest.mark.parametrize(
    "error", [NotFound("none", status=404), ServerFault("no", status=500)], ids=["404", "500"]
)
async def test_a_server_without_timelines_is_soon_asked_no_more_and_edits_go_on(timeline, world, error):
    for _ in range(40):
        world.remote.arrive()
    await world.sync()
    world.remote.trouble("events", error, times=float("inf"))
    for identifier in world.remote.rows:
        world.edit(identifier, status="read")
    await leading(world, seconds=600)
    assert world.states() == {}
    asked = world.remote.count("events")
    assert 1 <= asked <= 8
    world.edit("s0001", status="spam")
    await world.time.passes(60)
    assert world.states() == {}
    await world.time.passes(6 * 3600)
    assert world.remote.count("events") <= asked + 12


async def test_line_mode_does_not_wait_for_the_rate_budget_to_look(timeline, world):
    world.edit("s0001", status="read")

    def close(call):
        if call.kind == "patch":
            world.remote.budget = Budget((RateWindow("hour", 1000, 0, START + 250),))
            timeline.foreign("s0001", priority="low")

    world.remote.before = close
    before = world.time.now
    await world.push()
    assert world.time.now - before < 60
    assert world.remote.count("events") == 0


# A process that dies in between


async def test_the_look_survives_a_process_that_dies_after_the_change(timeline, world):
    world.remote.budget = LITTLE
    world.edit("s0001", status="read")
    timeline.between("s0001", status="spam")
    await world.push()
    assert told(world) == []
    world.remote.budget = PLENTY
    await leading(world)
    assert told(world) == [("status", "spam", "read")]


async def test_the_look_is_kept_with_the_attempt_before_anything_is_sent(timeline, world):
    marks = []
    world.remote.before = lambda call: (
        call.kind == "patch" and marks.append(world.db.execute("SELECT audit, saw FROM attempt").fetchall())
    )
    world.edit("s0001", status="read")
    await world.push()
    ((mark, saw),) = marks[0]
    assert (mark, '"new"' in saw) == ("open", True)


async def test_an_attempt_left_by_a_process_that_died_is_looked_into(timeline, world):
    world.edit("s0001", status="read")
    delivery = Delivery(world.db, wall=world.time.wall)
    assert delivery.begin_attempt(key("s0001"), {"status": "read"}, world.outbox.pending(), saw=Triage())
    timeline.foreign("s0001", status="spam")
    before = dict(world.remote.rows["s0001"])
    world.remote.rows["s0001"]["status"] = "read"
    timeline._note("s0001", before, MINE)
    await leading(world, seconds=90)
    assert world.states() == {}
    assert told(world) == [("status", "spam", "read")]


async def test_an_overwrite_is_told_once_and_no_more_after_it_was_closed(timeline, world):
    world.edit("s0001", status="read")
    timeline.between("s0001", status="spam")
    engine = await leading(world)
    log = OverwriteLog(world.db)
    log.close(log.open()[0].id)
    engine.read_events(key("s0001"))
    await world.time.passes(10)
    assert told(world) == []
