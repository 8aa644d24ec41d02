"""The Mimicbot remote against the reference server, over real HTTP, in every dialect."""

import dataclasses
import itertools
import json
from datetime import timedelta
from functools import partial

import httpx
import pytest

from cache.models import TRIAGE_FIELDS, Capability
from cache.sync.remote import (
    BadAnswer,
    Forbidden,
    NotFound,
    Page,
    RateLimited,
    Refused,
    ServerFault,
    fixed_window,
    reads_one,
)
from inbox_tui.demo.faults import Fault
from inbox_tui.demo.mimicbot import Ledger, Mimicbot, Quirks
from inbox_tui.demo.oddities import ODD_ANSWERS
from inbox_tui.demo.running import real_clock
from inbox_tui.providers.http import JsonClient, Wire
from inbox_tui.providers.mimicbot import decode
from inbox_tui.providers.mimicbot_remote import WINDOW, MimicbotRemote
from inbox_tui.secrets import Secret
from tests.reference import reference_server

SLUGS = ("website", "shop", "docs")
QUIRKS = [
    Quirks(),
    Quirks(envelope="named"),
    Quirks(envelope="bare"),
    Quirks(error="string", malformed_id=400),
    Quirks(error="code_and_message", retry_after="date"),
]
ROWS = "GET /mimicbot/api/bots/{id}/submissions"
PARTNER = (
    "The bot “Partner portal” could not be read: 127.0.0.1 does not permit this with this key (FORBIDDEN)"
)


class Turning:
    """A clock that goes on when told."""

    def __init__(self):
        self.now = real_clock()

    def __call__(self):
        return self.now

    def pass_by(self, **amount):
        self.now += timedelta(**amount)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A server that tests only read from; a bot has more rows than it shows."""
    with reference_server(tmp_path_factory.mktemp("bots") / "server.db", 420) as server:
        yield server


@pytest.fixture
def clock():
    return Turning()


@pytest.fixture
def server(tmp_path, clock):
    with reference_server(tmp_path / "server.db", 30, now=clock) as running:
        yield running


@pytest.fixture
def connect(open_remote):
    return partial(open_remote, "mimicbot", "bots")


def ledger(server):
    return Ledger(server.database, server.seed)


def truth(server, *slugs):
    held = ledger(server)
    return {row["id"]: row for slug in slugs or SLUGS for row in held.submissions(held.bot_id(slug))[:WINDOW]}


def ids(page):
    return [item.submission.id for item in page.items]


def fill(server, slug, count, start=0):
    held, now = ledger(server), server.clock()
    for number in range(start, start + count):
        yield held.add(held.bot_id(slug), {"message": f"row {number}"}, now + timedelta(seconds=number))


@pytest.mark.parametrize("quirks", QUIRKS, ids=str)
async def test_all_windows_are_one_page_and_nothing_is_missing_or_twice(shared, connect, quirks):
    shared.contract(Mimicbot).quirks = quirks
    remote = connect(shared)
    page = await remote.page()
    held = truth(shared)
    assert len(held) > WINDOW
    assert sorted(ids(page)) == sorted(held)
    assert page.next_cursor is None
    moments = [item.submission.created_at for item in page.items]
    assert moments == sorted(moments, reverse=True)
    for item in page.items:
        plain = decode(held[item.submission.id], "bots")
        assert {field.key: field.value for field in item.submission.fields} == {
            field.key: field.value for field in plain.fields
        }
        assert (item.submission.result, item.submission.delivery) == (plain.result, plain.delivery)


async def test_what_is_stored_makes_the_same_submission_again(shared, connect):
    page = await connect(shared).page()
    for item in page.items:
        assert decode(json.loads(item.raw), "bots") == item.submission


async def test_every_odd_answer_of_the_server_is_read(shared, connect):
    page = await connect(shared).page()
    seen = set(itertools.chain.from_iterable(
        (field.key for field in item.submission.fields) for item in page.items
    ))  # fmt: skip
    assert {name for odd in ODD_ANSWERS for name in odd} <= seen
    assert all(item.id is None for item in page.quarantined)


async def test_a_bot_without_access_is_told_and_hides_no_other(shared, connect):
    remote = connect(shared)
    page = await remote.page()
    (told,) = page.quarantined
    assert told.id is None
    assert told.reason.startswith(PARTNER)
    assert remote.notes == (told.reason,)


async def test_bots_that_are_not_followed_are_not_asked(shared, connect):
    shop = ledger(shared).bot_id("shop")
    shared.forget_requests()
    page = await connect(shared, containers=[shop]).page()
    assert sorted(ids(page)) == sorted(truth(shared, "shop"))
    assert page.quarantined == ()
    assert {request.path.split("/")[4] for request in shared.requests if "/bots/" in request.path} == {shop}


async def test_labels_come_from_the_action_and_names_from_the_bot(shared, connect):
    page = await connect(shared).page()
    labelled = next(
        item.submission
        for item in page.items
        if item.submission.attribution.action_id and "email" in {f.key for f in item.submission.fields}
    )
    assert {"E-mail", "Your message"} <= {field.label for field in labelled.fields}
    assert labelled.metadata["action"] == "Contact form"
    assert {item.submission.container_name for item in page.items} == {
        "Website helper",
        "Ladenhilfe 🛒",
        "ドキュメント案内",
    }


async def test_actions_are_not_asked_for_at_every_poll(shared, connect):
    remote = connect(shared)
    await remote.page()
    shared.forget_requests()
    await remote.page()
    assert not [request for request in shared.requests if request.path.endswith("/actions")]


async def test_rows_are_read_when_their_actions_cannot_be(server, connect):
    server.faults.add(Fault("GET /mimicbot/api/bots/{id}/actions", "status", status=500))
    page = await connect(server).page()
    assert sorted(ids(page)) == sorted(truth(server))


async def test_a_row_changes_in_place_from_pending(server, connect, clock):
    remote, held = connect(server), ledger(server)
    added = held.add(held.bot_id("shop"), {"message": "hi"}, clock())
    before = next(item for item in (await remote.page()).items if item.submission.id == added)
    assert (before.submission.result, before.submission.completed_at) == ("pending", None)
    held.finish(added, "failure", {"deliveryStatus": "failed", "networkStatus": 503}, clock())
    after = next(item for item in (await remote.page()).items if item.submission.id == added)
    assert (after.submission.result, after.submission.delivery.status) == ("failure", "failed")
    assert after.submission.completed_at is not None
    assert (await remote.get(added)) == after


async def test_only_what_a_full_bot_shows_no_more_has_aged_out(shared, connect):
    remote = connect(shared)
    held = ledger(shared)
    everything = held.submissions(held.bot_id("website"))
    assert len(everything) > WINDOW
    page = await remote.page()
    (full,) = remote.full_windows
    assert full == held.bot_id("website")
    shown = {item.submission.id for item in page.items}
    assert not shown & {row["id"] for row in everything[WINDOW:]}
    oldest = min(item.submission.created_at for item in page.items if item.submission.container_id == full)
    assert remote.full_windows[full] == oldest
    assert fixed_window(remote) == WINDOW


async def test_one_row_is_found_in_the_window_of_its_bot(shared, connect):
    remote = connect(shared)
    page = await remote.page()
    assert reads_one(remote)
    shared.forget_requests()
    assert await remote.get(page.items[7].submission.id) == page.items[7]
    assert len(shared.requests) == 1


async def test_one_row_of_an_unknown_bot_is_refused_and_never_called_missing(shared, connect):
    with pytest.raises(Refused, match="not among the newest"):
        await connect(shared).get("2da3734d-a813-4bdb-a4d7-39ea1e69c01b")


async def test_a_row_that_aged_out_is_refused_and_never_called_missing(server, connect, clock):
    remote, held = connect(server), ledger(server)
    added = held.add(held.bot_id("docs"), {"message": "old"}, clock())
    await remote.page()
    list(fill(server, "docs", WINDOW, start=1))
    with pytest.raises(Refused, match="shows this one no more"):
        await remote.get(added)


async def test_a_row_missing_from_a_whole_history_is_not_found(server, connect, clock):
    remote, held = connect(server), ledger(server)
    added = held.add(held.bot_id("docs"), {"message": "old"}, clock())
    await remote.page()
    with server.database.transaction() as connection:
        connection.execute("DELETE FROM mimicbot_executions WHERE id = ?", (added,))
    with pytest.raises(NotFound):
        await remote.get(added)


async def test_a_bot_deleted_between_two_reads_is_told_without_spoiling_anything(server, connect, clock):
    remote, held = connect(server), ledger(server)
    await remote.page()
    held.delete_bot(held.bot_id("shop"))
    page = await remote.page()
    assert sorted(ids(page)) == sorted(truth(server, "website", "docs"))
    assert "The bot “Ladenhilfe 🛒” is no longer there." in remote.notes
    assert [item.reason.startswith(PARTNER) for item in page.quarantined] == [True]
    clock.pass_by(minutes=2)
    assert held.bot_id("shop") not in {container.id for container in await remote.containers()}


async def test_one_bot_in_trouble_hides_no_other(server, connect):
    website = ledger(server).bot_id("website")
    server.faults.add(Fault(ROWS, "status", status=500, when=lambda request: website in request.path))
    remote = connect(server)
    page = await remote.page()
    assert sorted(ids(page)) == sorted(truth(server, "shop", "docs"))
    assert any("Website helper" in item.reason for item in page.quarantined)


async def test_a_source_of_which_nothing_can_be_read_fails(server, connect):
    server.faults.add(Fault(ROWS, "status", status=500))
    with pytest.raises(ServerFault):
        await connect(server).page()


async def test_an_answer_without_a_list_is_an_error_and_no_empty_inbox(server, connect):
    server.faults.add(Fault(ROWS, "status", status=200, body=b'{"rows": []}'))
    with pytest.raises(BadAnswer, match="not a list"):
        await connect(server).page()


async def test_an_unreadable_row_is_set_aside_alone(server, connect):
    website = ledger(server).bot_id("website")
    fault = Fault(ROWS, "malformed_row", when=lambda request: website in request.path)
    server.faults.add(dataclasses.replace(fault, row={"id": "odd", "createdAt": "never"}))
    page = await connect(server).page()
    assert ("odd", "unreadable createdAt") in {(item.id, item.reason) for item in page.quarantined}
    assert len(page.items) == len(truth(server)) - 1


async def test_a_reading_cut_by_the_rate_limit_goes_on_where_it_was(server, connect, clock):
    remote = connect(server)
    await remote.identity()
    server.contract(Mimicbot).settings.limit = 4
    with pytest.raises(RateLimited) as caught:
        await remote.page()
    assert caught.value.retry_after == 3600
    server.contract(Mimicbot).settings.limit = 600
    clock.pass_by(hours=1, seconds=1)
    server.forget_requests()
    page = await remote.page()
    assert sorted(ids(page)) == sorted(truth(server))
    read = [request.path for request in server.requests if request.path.endswith("/submissions")]
    website = ledger(server).bot_id("website")
    assert not [path for path in read if website in path]


async def test_polls_are_further_apart_the_more_bots_there_are(server, connect):
    remote = connect(server)
    await remote.page()
    assert remote.poll_floor == 60
    with server.database.transaction() as connection:
        connection.executemany(
            "INSERT INTO mimicbot_bots (id, public_id, agency, name, status, open, created_at)"
            " SELECT printf('00000000-0000-4000-8000-%012d', ?), 'bot_x', agency, 'More', 'ready', 1, 0"
            " FROM mimicbot_bots LIMIT 1",
            [(number,) for number in range(75)],
        )
    await remote.identity()
    assert remote.poll_floor == 80 * 60 / 8


async def test_an_agency_without_submissions_is_empty(server, connect):
    remote = connect(server, "mimicbot.second")
    assert (await remote.identity()).account_name == "Mimicbot"
    page = await remote.page()
    assert (page.items, page.next_cursor, page.quarantined) == ((), None, ())


async def test_nothing_can_be_written_and_triage_is_local(server, connect):
    remote = connect(server)
    assert remote.capabilities == dict.fromkeys(TRIAGE_FIELDS, Capability.LOCAL)
    server.forget_requests()
    with pytest.raises(Refused):
        await remote.patch("x", {"status": "read"})
    assert await remote.events("x") == ()
    assert await remote.members() == ()
    assert (await remote.page(open_only=True)).items == ()
    assert server.requests == []


async def test_there_is_no_second_page(server, connect):
    with pytest.raises(Refused):
        await connect(server).page(cursor="2")


async def test_a_token_without_an_agency_says_what_to_do(server, connect):
    with pytest.raises(Forbidden) as caught:
        await connect(server, "mimicbot.no_agency").identity()
    assert str(caught.value) == (
        "The token of source bots belongs to a profile without an agency (NO_AGENCY);"
        " it has to join one in Mimicbot."
    )


@pytest.mark.slow
async def test_two_thousand_bots_are_read_over_some_hours_and_none_twice():
    now, asked = [1_780_000_000.0], []
    bots = [{"id": f"bot-{number:05}", "name": f"Bot {number}"} for number in range(2_000)]

    def answer(request):
        if sum(at > now[0] - 3_600 for at, _ in asked[-600:]) >= 600:
            return httpx.Response(429, headers={"Retry-After": "3600"}, json={})
        asked.append((now[0], request.url.path))
        if request.url.path.endswith("/bots"):
            return httpx.Response(200, json={"items": bots})
        return httpx.Response(200, json={"items": []})

    wire = Wire("bots", "https://api.example", Secret("k" * 9))
    client = JsonClient(wire, clock=lambda: now[0], transport=httpx.MockTransport(answer))
    remote = MimicbotRemote("bots", client, clock=lambda: now[0])
    page = None
    try:
        while page is None:
            try:
                page = await remote.page()
            except RateLimited as error:
                now[0] += error.retry_after + 1
        assert remote.poll_floor == 2_000 * 60 / 8
    finally:
        await remote.aclose()
    assert page == Page(())
    read = [path for _, path in asked if path.endswith("/submissions")]
    assert len(read) == len(set(read)) == 2_000
