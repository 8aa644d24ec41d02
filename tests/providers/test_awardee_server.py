"""The Awardee remote against the reference server, over real HTTP."""

import json
from functools import partial

import pytest

from cache.models import OPEN_STATUSES, Capability
from cache.sync.remote import (
    AuthPaused,
    BadAnswer,
    Forbidden,
    Misconfigured,
    NeverLeft,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    ServerFault,
)
from inbox_tui.demo.faults import Fault
from inbox_tui.demo.running import real_clock
from inbox_tui.providers.awardee import decode
from inbox_tui.providers.http import AnswerTooBig
from tests.providers.remotes import read_all
from tests.reference import reference_server

LIST = "GET /v1/submissions"
ONE = "GET /v1/submissions/{id}"
PATCH = "PATCH /v1/submissions/{id}"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A server that tests only read from."""
    with reference_server(tmp_path_factory.mktemp("shared") / "server.db", 130) as server:
        yield server


@pytest.fixture
def server(tmp_path):
    with reference_server(tmp_path / "server.db", 12) as running:
        yield running


@pytest.fixture
def connect(open_remote):
    return partial(open_remote, "awardee", "acme")


@pytest.mark.parametrize("page_size", [7, 10, 65, 100])
async def test_walking_all_pages_gives_exactly_what_the_server_holds(shared, connect, page_size):
    items = await read_all(connect(shared, page_size=page_size))
    truth = shared.submissions()
    assert len(truth) == 130
    assert [fetched.submission for fetched in items] == [decode(wire, "acme") for wire in truth]
    assert [json.loads(fetched.raw)["data"].keys() for fetched in items] == [
        wire["data"].keys() for wire in truth
    ]


async def test_the_open_ones_alone_can_be_walked(shared, connect):
    items = await read_all(connect(shared, page_size=20), open_only=True)
    truth = [wire["id"] for wire in shared.submissions() if wire["status"] in OPEN_STATUSES]
    assert [fetched.submission.id for fetched in items] == truth


async def test_a_cursor_the_server_does_not_know_is_refused(shared, connect):
    with pytest.raises(Refused) as caught:
        await connect(shared).page(cursor="bm9uc2Vuc2U")
    assert caught.value.status == 400


async def test_every_change_comes_back_and_stays(server, connect):
    remote = connect(server)
    (wire, *_) = [each for each in server.submissions() if each["status"] == "new"]
    changes = {
        "status": "resolved",
        "priority": "high",
        "flagged": True,
        "assignee_id": server.me,
        "notes": "Zurückrufen ☎\nmorgen",
    }
    patched = await remote.patch(wire["id"], changes)
    for name, value in changes.items():
        assert getattr(patched.submission, name) == value
    assert patched.submission.resolved_at is not None
    assert patched == await remote.get(wire["id"])
    assert patched.submission == decode(server.submission(wire["id"]), "acme")
    undone = await remote.patch(
        wire["id"],
        {"status": "new", "resolved_at": None, "resolved_by": None, "notes": None, "assignee_id": None},
    )
    assert (undone.submission.status, undone.submission.resolved_at) == ("new", None)
    assert (undone.submission.notes, undone.submission.assignee_id) == (None, None)
    kinds = [event.type for event in await remote.events(wire["id"])]
    assert kinds[0] == "created"
    assert {
        "status_changed",
        "priority_changed",
        "flagged",
        "assigned",
        "unassigned",
        "notes_updated",
    } <= set(kinds)
    assert len(kinds) == len(server.events(wire["id"]))


async def test_a_colleagues_change_shows_in_the_timeline_with_both_values(server, connect):
    wire = server.add_submission()
    colleague = server.members()[1]["user_id"]
    server.act_as(colleague, wire["id"], {"status": "in_progress"})
    events = await connect(server).events(wire["id"])
    last = events[-1]
    assert (last.type, last.actor_id, last.before, last.after) == (
        "status_changed",
        colleague,
        "new",
        "in_progress",
    )


async def test_members_and_pages_are_those_of_the_organisation(shared, connect):
    remote = connect(shared)
    members = await remote.members()
    assert [member.user_id for member in members] == [wire["user_id"] for wire in shared.members()]
    assert all(member.name for member in members)
    known = {container.id for container in await remote.containers()}
    assert {wire["page_id"] for wire in shared.submissions()} - {None} <= known


async def test_a_key_knows_the_organisation_and_a_token_the_person_too(shared, connect):
    by_key = await connect(shared).identity()
    by_token = await connect(shared, "awardee.oauth").identity()
    other = await connect(shared, "awardee.second").identity()
    assert by_key.account_id == by_token.account_id != other.account_id
    assert (by_key.user_id, by_key.capabilities) == (None, None)
    assert by_token.user_id == shared.me
    assert by_token.capabilities is None or set(by_token.capabilities.values()) == {Capability.REMOTE}


async def test_a_token_without_the_managing_scope_says_so_before_and_when_writing(shared, connect):
    remote = connect(shared, "awardee.read_only")
    identity = await remote.identity()
    assert set(identity.capabilities.values()) == {Capability.NONE}
    first = (await remote.page()).items[0].submission
    with pytest.raises(Forbidden) as caught:
        await remote.patch(first.id, {"status": "read"})
    assert caught.value.code == "insufficient_scope"


@pytest.mark.parametrize("key", ["awardee.revoked", "awardee.expired", "awardee.paused"])
async def test_a_dead_key_pauses_the_source(shared, connect, key):
    with pytest.raises(AuthPaused) as caught:
        await connect(shared, key).identity()
    assert shared.keys[key] not in str(caught.value)
    assert caught.value.code == f"api_key_{key.rpartition('.')[2]}"


async def test_another_organisations_submission_is_not_found(shared, connect):
    with pytest.raises(NotFound):
        await connect(shared, "awardee.second").get(shared.submissions()[0]["id"])


async def test_a_refused_value_names_its_field(server, connect):
    with pytest.raises(Refused) as caught:
        await connect(server).patch(server.submissions()[0]["id"], {"status": "sleeping", "flagged": True})
    assert set(caught.value.field_errors) == {"status"}


async def test_the_budget_follows_every_answer(server, connect):
    remote = connect(server)
    await remote.identity()
    before = remote.budget.windows
    assert [window.name for window in before] == ["minute", "hour"]
    with pytest.raises(NotFound):
        await remote.get("nothing")
    assert remote.budget.windows[0].remaining == before[0].remaining - 1
    now = real_clock().timestamp()
    assert now - 2 <= remote.budget.windows[0].reset_at <= now + 65


async def test_a_used_up_window_tells_how_long_to_wait(tmp_path, connect):
    with reference_server(tmp_path / "server.db", 2, rate=(2, 100)) as server:
        remote = connect(server)
        await remote.identity()
        await remote.identity()
        with pytest.raises(RateLimited) as caught:
            await remote.identity()
        assert 0 < caught.value.retry_after <= 61
        assert remote.budget.windows[0].remaining == 0


FAULTS = [
    (Fault(PATCH, "status", status=500), ServerFault, False),
    (Fault(PATCH, "status", status=502), OutcomeUnknown, False),
    (Fault(PATCH, "status", status=503), ServerFault, False),
    (Fault(PATCH, "rate_limited", retry_after=7), RateLimited, False),
    (Fault(PATCH, "drop_before_apply"), OutcomeUnknown, False),
    (Fault(PATCH, "drop_after_apply"), OutcomeUnknown, True),
    (Fault(PATCH, "redirect"), Misconfigured, None),
    (Fault(PATCH, "truncated_body"), BadAnswer, None),
    (Fault(PATCH, "truncated_json"), BadAnswer, None),
    (Fault(PATCH, "oversized_body", status=200), AnswerTooBig, None),
    (Fault(PATCH, "gzip_bomb", size=300_000_000), AnswerTooBig, None),
    (Fault(PATCH, "html", status=200), BadAnswer, None),
    (Fault(PATCH, "garbage_json"), BadAnswer, None),
]


@pytest.mark.parametrize(("fault", "expected", "applied"), FAULTS, ids=[str(each[0].kind) for each in FAULTS])
async def test_trouble_on_the_way_has_its_meaning(server, connect, fault, expected, applied):
    wire = server.add_submission()
    server.faults.add(fault)
    with pytest.raises(expected) as caught:
        await connect(server).patch(wire["id"], {"flagged": True})
    assert type(caught.value) is expected
    assert sum(request.method == "PATCH" for request in server.requests) == 1
    if applied is not None:
        assert server.submission(wire["id"])["flagged"] is applied


async def test_an_answer_that_does_not_come_in_time_is_an_unknown_outcome(server, connect):
    server.faults.add(Fault(ONE, "latency", seconds=5))
    with pytest.raises(OutcomeUnknown):
        await connect(server, deadline=0.2).get(server.submissions()[0]["id"])


async def test_a_malformed_row_costs_only_itself(server, connect):
    server.faults.add(Fault(LIST, "malformed_row", position=3))
    page = await connect(server).page()
    assert [bad.position for bad in page.quarantined] == [3]
    assert len(page.items) == 11


async def test_a_server_that_is_gone_was_never_reached_and_is_reached_again_when_back(server, connect):
    remote = connect(server)
    await remote.identity()
    server.stop()
    with pytest.raises((NeverLeft, OutcomeUnknown)):
        await remote.identity()
    with pytest.raises(NeverLeft):
        await remote.identity()
    server.start()
    assert (await remote.identity()).account_id
