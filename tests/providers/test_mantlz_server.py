"""The Mantlz remote against the reference server in every dialect, over real HTTP."""

import json
from collections import Counter
from datetime import timedelta
from functools import partial
from itertools import count

import pytest

from cache.models import TRIAGE_FIELDS, Capability
from cache.sync.remote import BadAnswer, RateLimited, Refused
from inbox_tui.demo.faults import Fault
from inbox_tui.demo.mantlz import Ledger, Mantlz, Quirks
from inbox_tui.providers.items import clean_item
from inbox_tui.providers.mantlz import decode
from tests.providers.remotes import walk
from tests.reference import reference_server

ROWS = "GET /mantlz/api/v1/forms/{form}/submissions"
SCHEMA = "GET /mantlz/api/v1/forms/{form}"
FORMS = "GET /mantlz/api/v1/forms/list"
DIALECTS = {
    "stated": Quirks(),
    "null at the end": Quirks(end_of_list="null"),
    "empty at the end": Quirks(end_of_list="empty"),
    "one row more": Quirks(one_row_more=True),
    "inclusive forms": Quirks(last_row_cursor="forms"),
    "inclusive everywhere": Quirks(last_row_cursor="everywhere"),
    "as published": Quirks(one_row_more=True, last_row_cursor="forms", limit_headers="refusals"),
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A server whose data tests only read; its dialect is set by each test."""
    with reference_server(tmp_path_factory.mktemp("shared") / "server.db", 230) as server:
        yield server


@pytest.fixture
def server(tmp_path):
    with reference_server(tmp_path / "server.db", 60) as server:
        yield server


@pytest.fixture
def make(open_remote):
    return partial(open_remote, "mantlz", "acme")


def ledger(server):
    return Ledger(server.database, server.seed)


def truth(server, account="pro", plan="PRO"):
    held = ledger(server)
    return {row["id"]: row for form in held.forms(account) for row in held.submissions(form, plan)}


def ids(items):
    return [item.submission.id for item in items]


@pytest.mark.parametrize("page_size", [2, 3, 7, 50, 100])
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_walk_meets_every_row_once_newest_first_in_every_dialect(shared, make, dialect, page_size):
    shared.contract(Mantlz).quirks = DIALECTS[dialect]
    items, quarantined = await walk(make(shared, page_size=page_size))
    assert quarantined == []
    assert Counter(ids(items)) == Counter(truth(shared).keys())
    moments = [item.submission.created_at for item in items]
    assert moments == sorted(moments, reverse=True)


@pytest.mark.parametrize("dialect", ["stated", "one row more", "inclusive everywhere"])
async def test_a_walk_goes_on_in_another_process(shared, make, dialect):
    shared.contract(Mantlz).quirks = DIALECTS[dialect]
    first = await make(shared, page_size=20).page()
    second = await make(shared, page_size=20).page(cursor=first.next_cursor)
    items, _ = await walk(make(shared, page_size=33), second.next_cursor)
    assert Counter(ids([*first.items, *second.items, *items])) == Counter(truth(shared).keys())


@pytest.mark.parametrize(
    ("key", "account", "plan"),
    [("mantlz", "pro", "PRO"), ("mantlz.standard", "standard", "STANDARD"), ("mantlz.free", "free", "FREE")],
)
async def test_the_plan_is_learned_and_what_it_leaves_out_is_said(shared, make, key, account, plan):
    shared.contract(Mantlz).quirks = Quirks()
    remote = make(shared, key)
    assert remote.notes == ()
    items, _ = await walk(remote)
    assert set(ids(items)) == truth(shared, account, plan).keys()
    has_metadata = any(item.submission.metadata for item in items)
    told = remote.notes == ("The FREE plan of Mantlz tells no browser and no country, and filters no dates.",)
    assert (has_metadata, told) == ((False, True) if plan == "FREE" else (True, False))


async def test_a_plan_nobody_knows_is_treated_as_free(shared, make):
    shared.contract(Mantlz).quirks = Quirks(plan="PLATINUM")
    remote = make(shared)
    await remote.page()
    assert remote.notes == ("Mantlz names a plan that is not known here; it is treated as FREE.",)


async def test_no_request_carries_a_date_or_the_key_in_its_address(shared, make):
    shared.contract(Mantlz).quirks = Quirks()
    shared.forget_requests()
    await walk(make(shared, "mantlz.free"))
    names = {
        part.partition("=")[0] for request in shared.requests for part in request.query.split("&") if part
    }
    assert names <= {"limit", "cursor"}
    assert all(shared.keys["mantlz.free"] not in request.path + request.query for request in shared.requests)


async def test_what_is_stored_says_everything_again(shared, make):
    shared.contract(Mantlz).quirks = Quirks()
    held = truth(shared)
    items, _ = await walk(make(shared))
    for item in items:
        raw = json.loads(item.raw)
        assert raw["item"] == clean_item(held[item.submission.id])
        assert decode(raw, "acme") == item.submission
        assert item.submission.container_name == raw["form"]["name"]


async def test_labels_and_order_come_from_the_form(server, make):
    form = ledger(server).form_id("feedback")
    added = ledger(server).add(
        form, {"email": "x@a.example", "rating": 4, "feedback": "Good"}, server.clock()
    )
    page = await make(server).page()
    submission = next(item.submission for item in page.items if item.submission.id == added)
    assert [field.label for field in submission.fields] == [
        "Wie gefällt es Ihnen? (1-5)",
        "Was sollen wir ändern?",
        "E-Mail",
    ]
    assert submission.container_name == "Produkt-Feedback"


async def test_without_the_labels_the_answers_are_there_all_the_same(server, make):
    server.faults.add(Fault(SCHEMA, "status", status=500, when=lambda request: "list" not in request.path))
    items, quarantined = await walk(make(server))
    assert set(ids(items)) == truth(server).keys()
    assert quarantined == []
    assert all(field.label == field.key for item in items for field in item.submission.fields)


async def test_forms_become_containers_and_empty_ones_are_not_asked(server, make):
    remote = make(server)
    containers = await remote.containers()
    assert {held.id for held in containers} == set(ledger(server).forms())
    server.forget_requests()
    await walk(remote)
    unused = ledger(server).form_id("unused")
    assert any(held.id == unused and held.name == "Not published yet" for held in containers)
    assert not any(unused in request.path for request in server.requests)


async def test_only_the_configured_forms_are_read(server, make):
    form = ledger(server).form_id("contact")
    remote = make(server, containers=(form,))
    items, _ = await walk(remote)
    assert set(ids(items)) == {row["id"] for row in ledger(server).submissions(form)}
    assert [held.id for held in await remote.containers()] == [form]


async def test_an_empty_account_is_an_empty_list(server, make):
    for form in ledger(server).forms("free"):
        ledger(server).delete_form(form)
    remote = make(server, "mantlz.free")
    assert await walk(remote) == ([], [])
    assert await remote.containers() == ()


@pytest.mark.parametrize("missing_form", [403, 404])
async def test_a_form_deleted_between_two_syncs_does_not_hide_the_others(server, make, missing_form):
    server.contract(Mantlz).quirks = Quirks(missing_form=missing_form)
    now = [1_000.0]
    remote = make(server, clock=lambda: now[0])
    await walk(remote)
    ledger(server).delete_form(ledger(server).form_id("contact"))
    items, quarantined = await walk(remote)
    assert set(ids(items)) == truth(server).keys()
    told = {
        404: "The form “Contact” is no longer there.",
        403: "The form “Contact” could not be read: 127.0.0.1 does not permit this with this key:"
        " Form not found.",
    }
    assert remote.notes == (told[missing_form],)
    assert [item.reason for item in quarantined] == ([] if missing_form == 404 else [told[403]])
    now[0] += 3_600
    assert (await walk(remote))[1] == []
    assert remote.notes == ()


@pytest.mark.slow
async def test_ten_thousand_forms_are_listed_and_read(server, make):
    made = ledger(server).add_forms(10_000, server.clock())
    ledger(server).add(made[5_000], {"email": "x@a.example"}, server.clock() + timedelta(seconds=9))
    server.contract(Mantlz).quirks = Quirks(last_row_cursor="forms")
    remote = make(server)
    page = await remote.page()
    assert page.items[0].submission.container_id == made[5_000]
    items, _ = await walk(remote)
    assert set(ids(items)) == truth(server).keys() | {page.items[0].submission.id}
    assert len(await remote.containers()) == 10_007


async def test_a_long_list_of_forms_goes_on_where_it_was_interrupted(server, make):
    ledger(server).add_forms(950, server.clock())
    server.faults.add(Fault(FORMS, "rate_limited", after=6, times=1, retry_after=5))
    remote = make(server)
    with pytest.raises(Exception, match="asks to wait"):
        await remote.containers()
    server.forget_requests()
    assert len(await remote.containers()) == 957
    assert len(server.requests) == 4


async def test_arrivals_are_on_the_next_first_page(server, make):
    remote = make(server)
    await walk(remote)
    form = ledger(server).form_id("survey")
    for number in count():
        added = ledger(server).add(form, {"score": number}, server.clock() + timedelta(seconds=5 + number))
        page = await remote.page()
        assert page.items[0].submission.id == added
        if number == 2:
            break


async def test_a_lost_place_costs_time_only(server, make):
    form = ledger(server).form_id("contact")
    first = await make(server, page_size=5, containers=(form,)).page()
    cursor = json.loads(first.next_cursor)
    cursor["places"][form] = "cunknown"
    items, _ = await walk(make(server, page_size=5, containers=(form,)), json.dumps(cursor))
    held = [row["id"] for row in ledger(server).submissions(form)]
    assert Counter(ids([*first.items, *items])) == Counter(held)


async def test_a_row_that_cannot_be_understood_is_put_aside(server, make):
    server.faults.add(Fault(ROWS, "malformed_row", times=1, row={"id": "cbad", "createdAt": 7}, position=0))
    items, quarantined = await walk(make(server))
    assert [(item.id, item.reason) for item in quarantined] == [("cbad", "unexpected createdAt")]
    assert len(items) == len(truth(server)) - 1


@pytest.mark.parametrize("kind", ["oversized_body", "html", "garbage_json", "truncated_json"])
async def test_a_form_whose_answer_is_no_good_is_told_of(server, make, kind):
    form = ledger(server).form_id("contact")
    server.faults.add(Fault(ROWS, kind, when=lambda request: form in request.path, status=200))
    remote = make(server)
    items, quarantined = await walk(remote)
    rest = {
        row["id"]
        for other in ledger(server).forms()
        if other != form
        for row in ledger(server).submissions(other)
    }
    assert set(ids(items)) == rest
    assert quarantined[0].reason.startswith("The form “Contact” could not be read: The answer of 127.0.0.1")
    assert remote.notes[0] == quarantined[0].reason


async def test_it_can_neither_read_one_submission_nor_change_any(shared, make):
    remote = make(shared)
    assert remote.capabilities == dict.fromkeys(TRIAGE_FIELDS, Capability.LOCAL)
    assert remote.reads_one is False
    with pytest.raises(Refused, match="single"):
        await remote.get("c1")
    with pytest.raises(Refused, match="takes no changes"):
        await remote.patch("c1", {"status": "read"})
    assert (await remote.events("c1"), await remote.members()) == ((), ())


async def test_nothing_is_read_again_for_being_open(server, make):
    assert (await make(server).page(open_only=True)).items == ()
    assert server.requests == []


async def test_more_forms_than_a_minute_allows_are_opened_without_a_refusal(server, make):
    settings = server.contract(Mantlz).settings
    settings.ip_limit = settings.route_limit = 30
    moment = server.clock()
    forms = ledger(server).add_forms(60, moment)
    for number, form in enumerate(forms):
        ledger(server).add(form, {"n": number}, moment + timedelta(seconds=number))
    remote = make(server)
    with pytest.raises(RateLimited) as caught:
        await remote.page()
    assert 50 < caught.value.retry_after <= 60
    assert {request.status for request in server.requests} == {200}


async def test_a_list_that_is_none_is_said_to_be_none(server, make):
    server.faults.add(Fault(FORMS, "garbage_json", body=b'{"forms":"none"}', status=200))
    with pytest.raises(BadAnswer, match="it is not a list"):
        await make(server).identity()


async def test_the_time_between_polls_grows_with_the_forms(server, make):
    now = server.clock()
    for number, form in enumerate(ledger(server).add_forms(44, now)):
        ledger(server).add(form, {"n": number}, now)
    remote = make(server)
    assert remote.poll_floor == 30.0
    await remote.identity()
    assert remote.poll_floor == 150.0
