"""Edits on their way out: each row of the table of outcomes has a test that names it.

What is refused with 400, 404, 409 or a redirect: test_sync_refusals.py.
"""

import itertools
import json
from pathlib import Path

import pytest

from cache.models import TRIAGE_FIELDS, Capability
from cache.sync.planner import HOLD_SECONDS
from cache.sync.remote import (
    AuthPaused,
    BadAnswer,
    Forbidden,
    NeverLeft,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    ServerFault,
)
from cache.sync.status import Connection
from tests.cache.sync_world import key

LOST = OutcomeUnknown("The connection broke.")


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


def sent_at(world):
    return [call.at for call in world.remote.calls if call.kind == "patch"]


# Each row of the table


async def test_never_left_the_edit_is_queued_and_goes_out_after_a_backoff(synced):
    """Row: never left."""
    synced.edit("s0001", status="read")
    synced.remote.trouble("patch", NeverLeft("no route"))
    await leading(synced, seconds=10)
    assert synced.states() == {}
    assert [row[2] for row in synced.attempts()] == ["not_applied", "applied"]
    assert sent_at(synced)[1] - sent_at(synced)[0] < HOLD_SECONDS


@pytest.mark.parametrize(
    "error",
    [
        LOST,
        OutcomeUnknown("gave up", status=502),
        OutcomeUnknown("gave up", status=504),
        ServerFault("failed", status=500),
        ServerFault("failed", status=503),
        BadAnswer("cut"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("applied", [True, False])
async def test_unknown_outcome_is_verified_after_the_hold(synced, error, applied):
    """Row: read timeout, reset after send, 502/504; 500/503; 2xx, unreadable."""
    synced.edit("s0001", status="read")
    synced.remote.trouble("patch", error, applied=applied)
    await leading(synced, seconds=30)
    assert synced.states() == {("s0001", "status"): "verifying"}
    assert len(sent_at(synced)) == 1
    await synced.time.passes(45)
    assert synced.states() == {}
    assert synced.held("s0001").status == "read"
    assert len(sent_at(synced)) == (1 if applied else 2)
    assert [row[2] for row in synced.attempts()] == (["applied"] if applied else ["not_applied", "applied"])


async def test_a_server_that_keeps_failing_is_asked_less_and_less_often(synced):
    """Row: 500/503."""
    synced.edit("s0001", status="read")
    synced.remote.trouble("patch", ServerFault("failed", status=503), times=4)
    await leading(synced, seconds=3600)
    times = sent_at(synced)
    waits = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert len(times) == 5
    assert min(waits) >= HOLD_SECONDS - 1
    assert waits[-1] > 2 * waits[0]
    assert synced.states() == {}


async def test_a_crash_before_the_answer_is_an_unknown_outcome(synced):
    """Row: crash."""
    synced.edit("s0001", status="read")
    delivery = synced.engine()._tools(synced.cache, synced.db).delivery
    assert delivery.begin_attempt(key("s0001"), {"status": "read"}, synced.outbox.pending())
    await leading(synced, seconds=30)
    assert synced.states() == {("s0001", "status"): "verifying"}
    assert synced.remote.patches() == []
    await synced.time.passes(60)
    assert synced.states() == {}


async def test_unknown_outcome_and_a_foreign_value_since_is_a_conflict(synced):
    """Row: read timeout, reset after send, 502/504."""
    synced.edit("s0001", status="read")
    synced.remote.trouble("patch", LOST)
    await leading(synced, seconds=30)
    synced.remote.rows["s0001"]["status"] = "spam"
    await synced.time.passes(45)
    assert synced.states() == {("s0001", "status"): "conflict"}
    assert synced.pending("s0001", "status").theirs == "spam"
    assert len(sent_at(synced)) == 1


async def test_429_pauses_until_retry_after_and_keeps_the_edit_queued(synced):
    """Row: 429."""
    synced.edit("s0001", status="read")
    synced.remote.trouble("patch", RateLimited("wait", retry_after=50.0))
    await leading(synced, seconds=20)
    assert synced.status().connection is Connection.RATE
    assert synced.states() == {("s0001", "status"): "queued"}
    first = sent_at(synced)[0]
    assert max(call.at for call in synced.remote.calls) == first
    await synced.time.passes(45)
    assert synced.states() == {}
    assert min(call.at for call in synced.remote.calls if call.at > first) >= first + 50


async def test_401_pauses_all_and_the_edit_goes_out_once_the_key_is_good_and_the_person_asks(synced):
    """Row: 401, 403 key paused or revoked."""
    engine = await leading(synced)
    synced.edit("s0001", status="read")
    paused = synced.remote.trouble("*", AuthPaused("The key is paused."), times=float("inf"))
    await synced.time.passes(100)
    assert synced.status().connection is Connection.AUTH
    assert synced.states() == {("s0001", "status"): "queued"}
    count = synced.remote.count()
    await synced.time.passes(100)
    assert synced.remote.count() <= count + 2
    paused.times = 0
    synced.remote.calls.clear()
    engine.poll_now()
    await synced.time.passes(3)
    assert synced.remote.calls[0].kind == "me"  # whose key it is now, before anything else
    assert synced.states() == {}
    assert synced.status().connection is Connection.ONLINE


async def test_403_of_one_row_is_orphaned_after_a_second_look(synced):
    """Row: 403 on one row."""
    synced.edit("s0001", status="read")
    synced.edit("s0002", status="read")
    forbidden = Forbidden("Not this one.", status=403, code="forbidden")
    synced.remote.trouble("patch", forbidden, times=9, when=lambda call: call.what == "s0001")
    await leading(synced, seconds=20)
    assert synced.states() == {("s0001", "status"): "queued"}
    await synced.time.passes(30)
    assert synced.states() == {("s0001", "status"): "orphaned"}
    assert len(synced.remote.patches("s0001")) == 2
    assert synced.pending("s0001", "status").want == "read"


@pytest.mark.parametrize("status", [404, 410])
async def test_404_or_410_on_get_too_is_orphaned_with_every_word_kept(synced, status):
    """Row: 404, 410 on GET too."""
    synced.edit("s0001", status="read", notes="mine")
    synced.remote.trouble("get", NotFound("none", status=status), times=float("inf"))
    await leading(synced, seconds=60)
    assert set(synced.states().values()) == {"orphaned"}
    assert synced.pending("s0001", "notes").want == "mine"
    assert synced.remote.count("get") == 2


@pytest.mark.parametrize("flushes", [0, 3])
async def test_404_on_get_too_is_orphaned_after_a_second_look_that_nobody_hurries(synced, flushes):
    """Row: 404, 410 on GET too."""
    del synced.remote.rows["s0001"]
    synced.edit("s0001", status="read", notes="mine")
    engine = await leading(synced, seconds=10)
    for _ in range(flushes):
        await synced.time.until_done(engine.flush())
    assert set(synced.states().values()) == {"queued"}
    await synced.time.passes(40)
    assert set(synced.states().values()) == {"orphaned"}
    assert synced.remote.patches() == []
    assert synced.pending("s0001", "notes").want == "mine"


async def test_an_edit_made_while_the_second_look_is_waited_for_does_not_hurry_it(synced):
    del synced.remote.rows["s0001"]
    synced.edit("s0001", status="read")
    await leading(synced, seconds=10)
    synced.edit("s0001", notes="mine")
    await synced.time.passes(10)
    assert set(synced.states().values()) == {"queued"}
    await synced.time.passes(30)
    assert set(synced.states().values()) == {"orphaned"}


async def test_a_row_that_is_back_at_the_second_look_gets_its_edit(synced):
    row = synced.remote.rows.pop("s0001")
    synced.edit("s0001", status="read")
    await leading(synced, seconds=10)
    synced.remote.rows["s0001"] = row
    await synced.time.passes(40)
    assert synced.states() == {}
    assert row["status"] == "read"


async def test_insufficient_scope_is_read_only_and_every_edit_is_kept(synced):
    """Row: 403 insufficient_scope."""
    for identifier in ("s0001", "s0002", "s0003"):
        synced.edit(identifier, status="read")
    error = Forbidden("No scope.", status=403, code="insufficient_scope")
    trouble = synced.remote.trouble("patch", error, times=float("inf"))
    engine = await leading(synced, seconds=2 * 3600)
    assert synced.status().read_only
    assert set(synced.states().values()) == {"queued"}
    assert len(synced.states()) == 3
    assert len(sent_at(synced)) <= 2
    stored = synced.cache.execute("SELECT capabilities FROM source").fetchone()[0]
    assert json.loads(stored) == dict.fromkeys(TRIAGE_FIELDS, "none")
    trouble.times = 0
    engine.poll_now()
    await synced.time.passes(5)
    assert synced.states() == {}
    assert not synced.status().read_only
    assert synced.cache.execute("SELECT capabilities FROM source").fetchone()[0] is None


async def test_403_on_two_rows_is_read_only_too(synced):
    """Row: 403 on two different rows."""
    synced.edit("s0001", status="read")
    synced.edit("s0002", status="read")
    synced.remote.trouble("patch", Forbidden("No.", status=403), times=float("inf"))
    await leading(synced, seconds=120)
    assert synced.status().read_only
    assert set(synced.states().values()) == {"queued"}


async def test_a_credential_that_says_it_may_not_write_sends_nothing(synced):
    synced.remote.granted = dict.fromkeys(TRIAGE_FIELDS, Capability.NONE)
    synced.edit("s0001", status="read")
    await leading(synced, seconds=60)
    assert synced.remote.patches() == []
    assert synced.states() == {("s0001", "status"): "queued"}
    assert synced.status().read_only


async def test_a_value_the_server_normalises_is_taken_and_never_resent(synced):
    """Row: 2xx, body differs."""
    synced.remote.normalise = lambda row, body: row.update(notes="trimmed")
    synced.edit("s0001", notes="  trimmed  ")
    await leading(synced, seconds=3600)
    assert synced.states() == {}
    assert synced.held("s0001").notes == "trimmed"
    assert len(synced.remote.patches()) == 1


async def test_an_answer_about_another_submission_is_an_unknown_outcome(synced):
    """Row: 2xx, unreadable."""
    synced.edit("s0001", status="read")
    real = synced.remote.patch

    async def confused(submission_id, changes):
        await real(submission_id, changes)
        return synced.remote.fetched("s0002")

    synced.remote.patch = confused
    await leading(synced, seconds=30)
    assert synced.states() == {("s0001", "status"): "verifying"}
    assert synced.held("s0002").status == "new"
    await synced.time.passes(60)
    assert synced.states() == {}


ROWS = (
    "never left",
    "read timeout, reset after send, 502/504",
    "crash",
    "500/503",
    "429",
    "401, 403 key paused or revoked",
    "403 on one row",
    "404, 410 on GET too",
    "403 insufficient_scope",
    "403 on two different rows",
    "404 on PATCH but GET 200",
    "400 without fieldErrors, 409, other 4xx",
    "400 naming resolved_at or resolved_by",
    "400 with fieldErrors",
    "3xx",
    "2xx, body differs",
    "2xx, unreadable",
)


@pytest.mark.parametrize("row", ROWS)
def test_each_row_of_the_table_of_outcomes_names_its_test(row):
    here = Path(__file__)
    texts = [here.read_text(), here.with_name("test_sync_refusals.py").read_text()]
    named = [line for text in texts for line in text.splitlines() if line.startswith('    """Row: ')]
    assert any(f" {row}." in line or f" {row};" in line for line in named)
