"""Edits the server refuses: the rows of the table of outcomes for 3xx and for what is wrong in a change."""

import pytest

from cache.sync.remote import Misconfigured, NotFound, Refused
from cache.sync.status import Connection
from tests.cache.sync_world import key


def refused(**fields):
    return Refused("The server refused it.", status=400, code="invalid_payload", field_errors=fields)


@pytest.fixture
async def synced(world):
    await world.sync()
    world.remote.calls.clear()
    return world


async def leading(world, *, seconds=5):
    engine = await world.start()
    await world.time.passes(seconds)
    return engine


async def test_404_on_patch_but_not_on_get_rejects_the_assignee_and_sends_the_rest(synced):
    """Row: 404 on PATCH but GET 200."""
    synced.edit("s0001", assignee_id="u-9", priority="high")
    synced.remote.trouble(
        "patch", NotFound("none", status=404), times=9, when=lambda call: "assignee_id" in call.body
    )
    await leading(synced, seconds=10)
    assert synced.states() == {("s0001", "assignee_id"): "rejected"}
    assert synced.remote.rows["s0001"]["priority"] == "high"


async def test_404_on_patch_but_not_on_get_without_an_assignee_finds_the_field_one_by_one(synced):
    """Row: 404 on PATCH but GET 200."""
    synced.edit("s0001", notes="mine", priority="high", status="read")
    synced.remote.trouble(
        "patch", NotFound("none", status=404), times=9, when=lambda call: "notes" in call.body
    )
    await leading(synced, seconds=20)
    assert synced.states() == {("s0001", "notes"): "rejected"}
    row = synced.remote.rows["s0001"]
    assert (row["priority"], row["status"]) == ("high", "read")


async def test_404_on_patch_of_a_row_that_has_just_gone_rejects_nothing(synced):
    synced.edit("s0001", assignee_id="u-9")

    def vanish(call):
        if call.kind == "patch":
            del synced.remote.rows["s0001"]

    synced.remote.before = vanish
    await leading(synced, seconds=60)
    assert synced.states() == {("s0001", "assignee_id"): "orphaned"}


@pytest.mark.parametrize("status", [400, 409, 422])
async def test_refused_without_a_field_is_sent_one_by_one_and_only_the_bad_one_is_rejected(synced, status):
    """Row: 400 without fieldErrors, 409, other 4xx."""
    synced.edit("s0001", flagged=True, notes="too long", priority="high", status="read")
    error = Refused("Something is wrong.", status=status)
    synced.remote.trouble("patch", error, times=99, when=lambda call: "notes" in call.body)
    await leading(synced, seconds=10)
    assert synced.states() == {("s0001", "notes"): "rejected"}
    row = synced.remote.rows["s0001"]
    assert (row["flagged"], row["priority"], row["status"], row["notes"]) == (True, "high", "read", None)
    assert max(len(body) for body in synced.remote.patches()[1:]) == 1
    assert len(synced.remote.patches()) <= 5


@pytest.mark.parametrize("stamp", ["resolved_at", "resolved_by"])
async def test_400_naming_the_stamps_is_resent_without_them(synced, stamp):
    """Row: 400 naming resolved_at or resolved_by."""
    synced.remote.rows["s0001"].update(status="resolved", resolved_at="then")
    await synced.sync()
    synced.remote.calls.clear()
    synced.edit("s0001", status="new")
    error = refused(**{stamp: "cannot be cleared"})
    synced.remote.trouble("patch", error, times=99, when=lambda call: stamp in call.body)
    await leading(synced, seconds=10)
    assert synced.remote.patches() == [
        {"status": "new", "resolved_at": None, "resolved_by": None},
        {"status": "new"},
    ]
    assert synced.states() == {}


async def test_400_naming_a_stamp_and_a_field_rejects_the_field_and_sends_the_rest_without_stamps(synced):
    """Row: 400 naming resolved_at or resolved_by."""
    synced.remote.rows["s0001"].update(status="resolved", resolved_at="then")
    await synced.sync()
    synced.edit("s0001", status="new", notes="x")
    error = refused(resolved_at="cannot be cleared", notes="is too long")
    synced.remote.trouble("patch", error)
    await leading(synced, seconds=10)
    assert synced.remote.patches()[1:] == [{"status": "new"}]
    assert synced.states() == {("s0001", "notes"): "rejected"}


async def test_a_server_that_names_stamps_nobody_sent_rejects_once_and_is_not_asked_for_ever(synced):
    synced.edit("s0001", status="read")
    synced.remote.trouble("patch", refused(resolved_at="what?"), times=float("inf"))
    await leading(synced, seconds=60)
    assert len(synced.remote.patches()) == 1
    assert synced.states() == {("s0001", "status"): "rejected"}


async def test_leaving_resolved_refused_without_a_word_is_tried_without_the_stamps(synced):
    synced.remote.rows["s0001"].update(status="resolved", resolved_at="then")
    await synced.sync()
    synced.edit("s0001", status="new")
    error = Refused("No.", status=400)
    synced.remote.trouble("patch", error, times=99, when=lambda call: "resolved_at" in call.body)
    await leading(synced, seconds=10)
    assert synced.states() == {}
    assert synced.remote.rows["s0001"]["status"] == "new"


async def test_400_with_field_errors_rejects_the_named_field_with_its_message_and_sends_the_rest(synced):
    """Row: 400 with fieldErrors."""
    synced.edit("s0001", notes="x", priority="high", status="read")
    synced.remote.trouble(
        "patch", refused(notes="is too long"), times=9, when=lambda call: "notes" in call.body
    )
    await leading(synced, seconds=10)
    assert synced.states() == {("s0001", "notes"): "rejected"}
    assert synced.pending("s0001", "notes").error == "is too long"
    assert synced.remote.patches()[1:] == [{"priority": "high", "status": "read"}]


async def test_3xx_stops_the_source_until_the_person_asks_and_keeps_the_edit(synced):
    """Row: 3xx."""
    synced.edit("s0001", status="read")
    synced.remote.trouble("patch", Misconfigured("Sent elsewhere.", status=302))
    engine = await leading(synced, seconds=5)
    count = synced.remote.count()
    synced.edit("s0002", status="read")
    engine.wake()
    await synced.time.passes(4 * 3600)
    assert synced.remote.count() == count
    assert synced.status().connection is Connection.STOPPED
    assert synced.status().message == "Sent elsewhere."
    assert set(synced.states().values()) == {"queued"}
    engine.poll_now()
    await synced.time.passes(5)
    assert synced.states() == {}


async def test_who_asks_a_source_that_is_stopped_hears_it_at_once(synced):
    synced.edit("s0001", status="read")
    synced.remote.trouble("patch", Misconfigured("Sent elsewhere.", status=302))
    engine = await leading(synced, seconds=5)
    asked = engine.read_events(key("s0001"))
    await synced.time.passes(0.1)
    assert asked.done()
    assert str(asked.exception()) == "Sent elsewhere."
