"""The refusals of docs/contracts/postbox.md section 5 in its three states; their sentences are in
`test_contract_tables.py`.
"""

from functools import partial

import pytest

from cache.sync.remote import AuthPaused, BadAnswer, Misconfigured, NotFound, RateLimited, Refused
from inbox_tui.demo.faults import Fault
from inbox_tui.demo.postbox import Ledger, Postbox, Quirks
from tests.providers.remotes import failing
from tests.reference import reference_server

FORMS = "GET /postbox/api/forms"
NOBODY = "2da3734d-a813-4bdb-a4d7-39ea1e69c01b"


@pytest.fixture
def server(tmp_path):
    with reference_server(tmp_path / "server.db", 12) as running:
        yield running


@pytest.fixture
def connect(open_remote):
    return partial(open_remote, "postbox", "box")


@pytest.mark.parametrize("profile", "ABC")
async def test_a_revoked_key_pauses_the_source_in_every_state(server, connect, profile):
    server.contract(Postbox).quirks = Quirks(profile=profile)
    error = await failing(connect(server, "postbox.revoked").identity())
    assert type(error) is AuthPaused
    assert server.keys["postbox.revoked"] not in str(error)


@pytest.mark.parametrize("profile", "ABC")
async def test_an_unknown_submission_is_not_found_in_every_state(server, connect, profile):
    server.contract(Postbox).quirks = Quirks(profile=profile)
    assert type(await failing(connect(server).get(NOBODY))) is NotFound
    form = Ledger(server.database, server.seed).form_id("contact")
    assert type(await failing(connect(server).delete(NOBODY, form))) is NotFound


@pytest.mark.parametrize("name", ["", ".", ".."])
async def test_an_id_that_would_change_the_address_is_never_sent(server, connect, name):
    remote = connect(server)
    await remote.identity()
    server.forget_requests()
    assert type(await failing(remote.delete(name, "f1"))) is NotFound
    assert type(await failing(remote.get(name))) is NotFound
    assert server.requests == []


@pytest.mark.parametrize("profile", "ABC")
async def test_what_cannot_be_deleted_says_so_in_every_state(server, connect, profile):
    server.contract(Postbox).quirks = Quirks(profile=profile)
    held = Ledger(server.database, server.seed)
    added = held.add(held.form_id("contact"), {"message": "hi"}, server.clock())
    held.change(added, processing="processing")
    error = await failing(connect(server).delete(added, held.form_id("contact")))
    assert type(error) is Refused
    assert str(error).endswith("The submission could not be deleted.")


async def test_a_deletion_that_is_confirmed_without_a_word_is_one(server, connect):
    server.faults.add(
        Fault("DELETE /postbox/api/forms/{id}/submissions/{sid}", "status", status=204, body=b"")
    )
    await connect(server).delete(NOBODY, NOBODY)


@pytest.mark.parametrize("kind", ["html", "garbage_json"])
async def test_a_deletion_answered_with_something_else_is_not_believed(server, connect, kind):
    server.faults.add(Fault("DELETE /postbox/api/forms/{id}/submissions/{sid}", kind, status=200))
    assert type(await failing(connect(server).delete(NOBODY, NOBODY))) is BadAnswer


@pytest.mark.parametrize("profile", "ABC")
@pytest.mark.parametrize("place", ["error", "body", "header"])
async def test_the_wait_is_found_wherever_it_stands(server, connect, profile, place):
    server.contract(Postbox).quirks = Quirks(profile=profile, retry_after=place)
    server.contract(Postbox).settings.limit = 1
    remote = connect(server)
    await remote.identity()
    error = await failing(remote.identity())
    assert type(error) is RateLimited
    assert 0 < error.retry_after <= 60


async def test_a_wait_that_is_not_named_is_left_to_the_engine(server, connect):
    server.contract(Postbox).quirks = Quirks(retry_after="absent")
    server.contract(Postbox).settings.limit = 1
    remote = connect(server)
    await remote.identity()
    error = await failing(remote.identity())
    assert (type(error), error.retry_after) == (RateLimited, None)


async def test_a_refused_request_is_not_counted(server, connect):
    server.contract(Postbox).settings.limit = 1
    remote = connect(server)
    await remote.identity()
    await failing(remote.identity())
    assert remote.budget.windows[0].remaining == 59


async def test_a_redirect_is_not_followed(server, connect):
    server.faults.add(Fault(FORMS, "redirect", status=301))
    assert type(await failing(connect(server).identity())) is Misconfigured


@pytest.mark.parametrize("kind", ["html", "garbage_json", "truncated_json", "oversized_body"])
async def test_an_answer_that_is_none_is_an_error_and_no_empty_account(server, connect, kind):
    server.faults.add(Fault(FORMS, kind, status=200))
    assert isinstance(await failing(connect(server).identity()), BadAnswer)


@pytest.mark.parametrize("body", [b"[]", b'{"rows": []}', b'{"data": {}}'])
async def test_a_page_in_an_unknown_shape_is_an_error_and_no_empty_form(server, connect, body):
    rows = Fault("GET /postbox/api/forms/{id}/submissions", "status", status=200, body=body)
    server.faults.add(rows)
    error = await failing(connect(server).page())
    assert (type(error), "not a list of submissions" in str(error)) == (BadAnswer, True)


async def test_an_unreadable_row_is_set_aside_alone(server, connect):
    held = Ledger(server.database, server.seed)
    form = held.form_id("contact")
    row = {"id": "odd", "created_at": "never"}
    rows = Fault(
        "GET /postbox/api/forms/{id}/submissions",
        "malformed_row",
        row=row,
        position=0,
        when=lambda request: form in request.path,
    )
    server.faults.add(rows)
    page = await connect(server).page()
    assert [(item.id, item.reason) for item in page.quarantined] == [("odd", "unreadable created_at")]
    total = sum(
        len(held.submissions(held.form_id(slug)))
        for slug in ("contact", "bestellung", "newsletter", "support")
    )
    assert len(page.items) == total - 1
