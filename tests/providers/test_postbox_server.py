"""The Postbox remote against the reference server, over real HTTP, in every state and dialect."""

import json
from functools import partial

import pytest

from cache.models import TRIAGE_FIELDS, Capability
from cache.sync.remote import Forbidden, NotFound, OutcomeUnknown, RateLimited, Refused, reads_one
from inbox_tui.demo.faults import Fault
from inbox_tui.demo.oddities import ODD_ANSWERS
from inbox_tui.demo.postbox import Ledger, Postbox, Quirks
from inbox_tui.demo.running import real_clock
from inbox_tui.providers.postbox import decode
from tests.providers.remotes import read_all
from tests.reference import reference_server

SLUGS = ("contact", "bestellung", "newsletter", "support", "empty")
QUIRKS = [
    *(Quirks(profile=profile, past_end=past_end) for profile in "ABC" for past_end in ("empty", "refuse")),
    Quirks(profile="A", one="submission", forms="data"),
    Quirks(profile="B", one="data", forms="bare"),
    Quirks(profile="C", one="submission", forms="bare"),
]
FORM = "GET /postbox/api/forms/{id}"
ROWS = "GET /postbox/api/forms/{id}/submissions"
ONE = "GET /postbox/api/forms/{id}/submissions/{sid}"
DELETE = "DELETE /postbox/api/forms/{id}/submissions/{sid}"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A server that tests only read from."""
    with reference_server(tmp_path_factory.mktemp("box") / "server.db", 330) as server:
        yield server


@pytest.fixture
def server(tmp_path):
    with reference_server(tmp_path / "server.db", 30) as running:
        yield running


@pytest.fixture
def connect(open_remote):
    return partial(open_remote, "postbox", "box")


def ledger(server):
    return Ledger(server.database, server.seed)


def truth(server, *slugs, profile="A"):
    held = ledger(server)
    return {
        row["id"]: row for slug in slugs or SLUGS for row in held.submissions(held.form_id(slug), profile)
    }


@pytest.mark.parametrize("quirks", QUIRKS, ids=str)
async def test_every_state_gives_exactly_what_the_server_holds(shared, connect, quirks):
    shared.contract(Postbox).quirks = quirks
    items = await read_all(connect(shared))
    held = truth(shared, profile=quirks.profile)
    assert len(held) == 330
    assert len(items) == len(held)
    assert {item.submission.id for item in items} == set(held)
    moments = [item.submission.created_at for item in items]
    assert moments == sorted(moments, reverse=True)
    for item in items:
        plain, found = decode(held[item.submission.id], "box"), item.submission
        for name in ("spam", "language", "translation", "reply", "processing", "metadata", "status"):
            assert getattr(found, name) == getattr(plain, name)
        shown, hidden = {f.key: f.value for f in found.fields}, {"website_url"}
        assert shown == {f.key: f.value for f in plain.fields if f.key not in hidden}


@pytest.mark.parametrize("page_size", [1, 7, 10, 49, 50])
async def test_no_page_size_loses_or_repeats_a_row(shared, connect, page_size):
    shared.contract(Postbox).quirks = Quirks()
    remote = connect(shared, page_size=page_size, containers=[ledger(shared).form_id("support")])
    items = await read_all(remote)
    assert [item.submission.id for item in items] == list(truth(shared, "support"))


async def test_what_is_stored_makes_the_same_submission_again(shared, connect):
    shared.contract(Postbox).quirks = Quirks(profile="C")
    for item in await read_all(connect(shared)):
        assert decode(json.loads(item.raw), "box") == item.submission


async def test_every_odd_answer_of_the_server_is_read(shared, connect):
    shared.contract(Postbox).quirks = Quirks()
    seen = {field.key for item in await read_all(connect(shared)) for field in item.submission.fields}
    assert {name for odd in ODD_ANSWERS for name in odd} <= seen


@pytest.mark.parametrize("profile", "ABC")
async def test_answers_stand_in_the_order_of_the_form(shared, connect, profile):
    shared.contract(Postbox).quirks = Quirks(profile=profile)
    form = ledger(shared).form_id("bestellung")
    (item, *_) = (await connect(shared, containers=[form]).page()).items
    known = ["firma", "email", "menge", "preis", "lieferung", "express"]
    keys = [field.key for field in item.submission.fields]
    assert [key for key in keys if key in known] == [key for key in known if key in keys]
    assert {field.key: field.type for field in item.submission.fields}["email"] == "email"
    assert item.submission.container_name == "Bestellungen 📦"


async def test_a_walk_goes_on_in_another_process(shared, connect):
    shared.contract(Postbox).quirks = Quirks()
    first = await connect(shared, page_size=20).page()
    other, rows, cursor = connect(shared, page_size=20), list(first.items), first.next_cursor
    while cursor is not None:
        page = await other.page(cursor=cursor)
        rows, cursor = rows + list(page.items), page.next_cursor
    assert sorted(item.submission.id for item in rows) == sorted(truth(shared))


async def test_forms_that_hold_nothing_are_not_asked(shared, connect):
    shared.contract(Postbox).quirks = Quirks()
    shared.forget_requests()
    await read_all(connect(shared))
    empty = ledger(shared).form_id("empty")
    assert not [request for request in shared.requests if empty in request.path]
    asked = [request.query for request in shared.requests if request.path.endswith("/submissions")]
    assert all("filter=all" in query and "page_size=50" in query for query in asked)


async def test_an_account_without_forms_is_empty(shared, connect):
    remote = connect(shared, "postbox.second")
    assert (await remote.identity()).account_name == "Postbox"
    page = await remote.page()
    assert (page.items, page.next_cursor, await remote.containers()) == ((), None, ())


@pytest.mark.parametrize("quirks", [quirks for quirks in QUIRKS if quirks.past_end == "empty"], ids=str)
async def test_one_submission_is_read_in_every_wrapper(shared, connect, quirks):
    shared.contract(Postbox).quirks = quirks
    remote = connect(shared)
    assert reads_one(remote)
    item = (await remote.page()).items[3]
    assert await remote.get(item.submission.id) == item


async def test_one_submission_whose_form_is_not_known_is_looked_for(shared, connect):
    shared.contract(Postbox).quirks = Quirks()
    (wanted, *_) = truth(shared, "support")
    found = await connect(shared).get(wanted)
    assert found.submission.container_name == "Support"


async def test_one_submission_of_no_form_is_not_found(shared, connect):
    with pytest.raises(NotFound):
        await connect(shared).get("2da3734d-a813-4bdb-a4d7-39ea1e69c01b")


async def test_a_form_deleted_between_two_reads_is_told_and_hides_no_other(server, connect):
    remote, held = connect(server), ledger(server)
    await remote.page()
    gone = next(iter(truth(server, "support")))
    held.delete_form(held.form_id("support"))
    rows = await read_all(remote)
    assert sorted(item.submission.id for item in rows) == sorted(truth(server))
    assert "The form “Support” is no longer there." in remote.notes
    with pytest.raises(NotFound):
        await remote.get(gone)


async def test_one_form_in_trouble_is_told_and_hides_no_other(server, connect):
    support = ledger(server).form_id("support")
    server.faults.add(Fault(ROWS, "status", status=403, when=lambda request: support in request.path))
    page = await connect(server).page()
    assert {item.submission.container_name for item in page.items}.isdisjoint({"Support"})
    assert [item.id for item in page.quarantined] == [None]
    assert page.quarantined[0].reason.startswith("The form “Support” could not be read: 127.0.0.1 does not")


async def test_a_source_of_which_nothing_can_be_read_fails(server, connect):
    server.faults.add(Fault(ROWS, "status", status=403))
    with pytest.raises(Forbidden):
        await connect(server).page()


async def test_rows_are_read_when_their_form_cannot_be(server, connect):
    server.faults.add(Fault(FORM, "status", status=500))
    rows = await read_all(connect(server))
    assert sorted(item.submission.id for item in rows) == sorted(truth(server))
    assert all(item.submission.container_name for item in rows)


async def test_a_page_too_large_to_be_read_is_asked_for_in_pieces(server, connect):
    held = ledger(server)
    for number in range(14):
        held.add(held.form_id("newsletter"), {"message": "x" * 240_000, "n": number}, server.clock())
    large = Fault(ROWS, "oversized_body", status=200, when=lambda request: "page_size=50" in request.query)
    server.faults.add(large)
    rows = await read_all(connect(server))
    assert sorted(item.submission.id for item in rows) == sorted(truth(server))


async def test_only_rows_on_their_way_are_read_again_until_they_arrive(server, connect):
    remote, held = connect(server), ledger(server)
    added = held.add(held.form_id("contact"), {"message": "hi"}, server.clock())
    await read_all(remote)
    moving = {
        name for name, row in truth(server).items() if row["processing_status"] in ("pending", "processing")
    }
    assert added in moving
    again = [item async for item in _settled(remote, len(moving))]
    assert {item.submission.id for item in again} == moving
    held.change(added, processing="completed", spam=1, confidence=0.9, spam_reason="Sells pills")
    after = {item.submission.id: item.submission async for item in _settled(remote, len(moving))}[added]
    assert (after.status, after.spam.reason, after.processing.status) == ("spam", "Sells pills", "completed")
    assert added not in {item.submission.id async for item in _settled(remote, len(moving))}


async def _settled(remote, most):
    """What the next looks at rows on their way give, as many as go round once."""
    for _ in range(-(-most // 10)):
        page = await remote.page(open_only=True)
        assert page.next_cursor is None
        for item in page.items:
            yield item


async def test_a_row_on_its_way_that_is_deleted_is_let_go(server, connect):
    remote, held = connect(server), ledger(server)
    form = held.form_id("newsletter")
    added = held.add(form, {"email": "a@b.example"}, server.clock())
    remote = connect(server, containers=[form])
    await read_all(remote)
    with server.database.transaction() as connection:
        connection.execute("DELETE FROM postbox_submissions WHERE id = ?", (added,))
    assert added not in {item.submission.id for item in (await remote.page(open_only=True)).items}
    server.forget_requests()
    await remote.page(open_only=True)
    assert not [request for request in server.requests if added in request.path]


@pytest.mark.parametrize("profile", "ABC")
async def test_a_submission_is_deleted_for_good(server, connect, profile):
    server.contract(Postbox).quirks = Quirks(profile=profile)
    remote = connect(server)
    (item, *_) = [item for item in await read_all(remote) if item.submission.processing.status == "completed"]
    await remote.delete(item.submission.id)
    assert item.submission.id not in truth(server)
    with pytest.raises(NotFound):
        await remote.get(item.submission.id)
    with pytest.raises(NotFound):
        await remote.delete(item.submission.id, item.submission.container_id)


async def test_what_is_being_processed_cannot_be_deleted(server, connect):
    held = ledger(server)
    added = held.add(held.form_id("contact"), {"message": "hi"}, server.clock())
    held.change(added, processing="processing")
    with pytest.raises(Refused) as caught:
        await connect(server).delete(added, held.form_id("contact"))
    assert str(caught.value) == "127.0.0.1 refused the request (422): The submission could not be deleted."
    assert added in truth(server)


async def test_a_deletion_whose_answer_was_lost_succeeds_when_tried_again(server, connect):
    held = ledger(server)
    added = held.add(held.form_id("contact"), {"message": "hi"}, server.clock())
    remote = connect(server)
    server.faults.add(Fault(DELETE, "drop_after_apply", times=1))
    with pytest.raises(OutcomeUnknown):
        await remote.delete(added, held.form_id("contact"))
    await remote.delete(added, held.form_id("contact"))
    assert added not in truth(server)


async def test_nothing_else_can_be_written_and_triage_is_local(server, connect):
    remote = connect(server)
    assert remote.capabilities == dict.fromkeys(TRIAGE_FIELDS, Capability.LOCAL)
    server.forget_requests()
    with pytest.raises(Refused):
        await remote.patch("x", {"status": "read"})
    assert (await remote.events("x"), await remote.members()) == ((), ())
    assert server.requests == []


async def test_requests_are_counted_because_nobody_tells_what_is_left(server, connect):
    remote = connect(server)
    assert remote.budget.windows == ()
    server.forget_requests()
    await read_all(remote)
    (window,) = remote.budget.windows
    assert (window.limit, window.remaining) == (60, 60 - len(server.requests))
    assert 0 < window.reset_at - real_clock().timestamp() <= 60


async def test_ten_thousand_forms_do_not_break_it(server, connect):
    ledger(server).add_forms(10_000, server.clock())
    remote = connect(server)
    server.forget_requests()
    rows = await read_all(remote)
    assert sorted(item.submission.id for item in rows) == sorted(truth(server))
    assert len(await remote.containers()) == 10_005
    assert len(server.requests) < 20
    assert remote.poll_floor == 30


async def test_more_forms_than_requests_a_minute_are_read_over_several_minutes(server, connect):
    held = ledger(server)
    forms = held.add_forms(40, server.clock())
    for form in forms:
        held.add(form, {"message": "one"}, server.clock())
    remote = connect(server)
    server.contract(Postbox).settings.limit = 60
    await remote.identity()
    rows, cursor, waits = [], None, []
    while True:
        try:
            page = await remote.page(cursor=cursor)
        except RateLimited as error:
            waits.append(error.retry_after)
            # A minute passes: as many requests may go out again.
            server.contract(Postbox).settings.limit += 60
            continue
        rows, cursor = rows + list(page.items), page.next_cursor
        if cursor is None:
            break
    assert sorted(item.submission.id for item in rows) == sorted(
        {**truth(server), **{row["id"]: row for form in forms for row in held.submissions(form)}}
    )
    assert 1 <= len(waits) <= 3
    assert None not in waits
    assert remote.poll_floor > 30
