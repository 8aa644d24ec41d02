"""Several people change the same submissions: nothing is lost, and nothing is overwritten unseen."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cache.sync.remote import OutcomeUnknown
from tests.cache.sync_world import World

values = {
    "status": st.sampled_from(["new", "read", "in_progress", "resolved", "spam"]),
    "priority": st.sampled_from(["none", "low", "high"]),
    "flagged": st.booleans(),
    "assignee_id": st.sampled_from([None, "u-1", "u-2"]),
    "notes": st.sampled_from([None, "mine", "theirs", "a\nb"]),
}
changes = st.fixed_dictionaries({}, optional=values)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mine=changes, theirs=changes, lost=st.booleans(), applied=st.booleans())
async def test_a_field_one_side_changed_is_never_lost_and_a_clash_is_a_conflict(
    tmp_path_factory, mine, theirs, lost, applied
):
    world = World(tmp_path_factory.mktemp("colleagues") / "data", rows=1)
    try:
        await world.sync()
        row = world.remote.rows["s0001"]
        before = dict(row)
        world.edit("s0001", **mine)
        row.update(theirs)
        if lost:
            world.remote.trouble("patch", OutcomeUnknown("lost"), applied=applied)
        await world.push()
        left = world.states()
        for name in values:
            ours = name in mine and (mine[name] or None) != (before[name] or None)
            foreign = name in theirs and (theirs[name] or None) != (before[name] or None)
            if not ours:
                assert row[name] == theirs.get(name, before[name])
            elif not foreign or mine[name] == theirs[name]:
                assert row[name] == mine[name]
                assert ("s0001", name) not in left
            elif ("s0001", name) in left:
                assert left["s0001", name] == "conflict"
                assert row[name] == theirs[name]
                assert world.pending("s0001", name).want == mine[name]
            else:
                assert name in ("notes", "flagged") or theirs[name] is None
                for line in (mine[name] or "", theirs[name] or "") if name == "notes" else ():
                    assert set(line.split("\n")) <= set((row[name] or "").split("\n")) | {""}
    finally:
        await world.close()


async def test_notes_added_on_both_sides_are_merged_theirs_first(world):
    world.remote.rows["s0001"]["notes"] = "called"
    await world.sync()
    world.edit("s0001", notes="called\nmine")
    world.remote.rows["s0001"]["notes"] = "called\ntheirs"
    await world.push()
    assert world.remote.rows["s0001"]["notes"] == "called\ntheirs\nmine"
    assert world.states() == {}
    kinds = [row[0] for row in world.db.execute("SELECT kind FROM history ORDER BY seq")]
    assert kinds == ["edit", "merge"]


async def test_notes_that_hold_mine_already_are_not_sent_again(world):
    world.remote.rows["s0001"]["notes"] = "a"
    await world.sync()
    world.edit("s0001", notes="a\nb")
    world.remote.rows["s0001"]["notes"] = "a\nb\nc"
    await world.push()
    assert world.remote.rows["s0001"]["notes"].split("\n").count("c") == 1
    assert world.states() == {}


async def test_a_claim_that_came_second_parks_while_the_other_fields_go_on(world):
    await world.sync()
    world.edit("s0001", assignee_id="u-1", priority="high")
    world.remote.rows["s0001"]["assignee_id"] = "u-2"
    await world.push()
    assert world.states() == {("s0001", "assignee_id"): "conflict"}
    assert world.remote.patches() == [{"priority": "high"}]


@pytest.mark.parametrize("mine", [True, False])
async def test_a_ruling_of_the_person_is_carried_out(world, mine):
    await world.sync()
    world.edit("s0001", status="read")
    world.remote.rows["s0001"]["status"] = "spam"
    await world.push()
    world.outbox.settle(next(iter(world.outbox.pending())).key, "status", mine=mine)
    await world.push()
    assert world.states() == {}
    assert world.remote.rows["s0001"]["status"] == ("read" if mine else "spam")


async def test_a_ruling_over_a_value_that_has_changed_again_is_asked_for_again(world):
    await world.sync()
    world.edit("s0001", status="read")
    world.remote.rows["s0001"]["status"] = "spam"
    await world.push()
    world.outbox.settle(next(iter(world.outbox.pending())).key, "status", mine=True)
    world.remote.rows["s0001"]["status"] = "resolved"
    await world.push()
    assert world.pending("s0001", "status").theirs == "resolved"
    assert world.remote.rows["s0001"]["status"] == "resolved"
