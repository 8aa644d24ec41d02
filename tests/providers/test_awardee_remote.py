"""The Awardee remote over a scripted server."""

import json
from datetime import UTC, datetime

import httpx
import pytest

from cache.models import TRIAGE_FIELDS, Capability, Container, Event, Member
from cache.sync.backfill import read_texts
from cache.sync.reading import TextReader
from cache.sync.remote import BadAnswer, Forbidden, NotFound, Refused, gives_texts
from inbox_tui.providers.awardee import decode
from inbox_tui.providers.awardee_events import read_events
from inbox_tui.providers.awardee_remote import AwardeeRemote


def submission(name="s1", **values):
    return {"id": name, "created_at": "2026-05-22T10:14:39Z", "page_id": "p1", **values}


def listing(*data, next_cursor=None, has_more=None):
    more = next_cursor is not None if has_more is None else has_more
    return {"object": "list", "has_more": more, "next_cursor": next_cursor, "data": list(data)}


class Server:
    """Answers each path with the next of its scripted answers; the last one stays."""

    def __init__(self):
        self.answers = {}
        self.requests = []

    def on(self, path, *answers):
        self.answers[path] = list(answers)
        return self

    def __call__(self, request):
        self.requests.append(request)
        left = self.answers[request.url.path.removeprefix("/v1")]
        answer = left.pop(0) if len(left) > 1 else left[0]
        if callable(answer):
            answer = answer(request)
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    @property
    def queries(self):
        return [dict(request.url.params) for request in self.requests]


def refused(code="invalid_query"):
    return httpx.Response(400, json={"error": code, "message": "no"})


@pytest.fixture
def remote(make_client):
    def make(server, **options):
        return AwardeeRemote("acme", make_client(server), **options)

    return make


async def test_a_page_is_read_with_raw_text_and_cursor(remote):
    server = Server().on("/submissions", listing(submission(notes="ü"), submission("s2"), next_cursor="c2"))
    page = await remote(server).page()
    assert server.queries == [{"limit": "100"}]
    assert page.next_cursor == "c2"
    assert [fetched.submission.id for fetched in page.items] == ["s1", "s2"]
    first = page.items[0]
    assert first.raw == json.dumps(submission(notes="ü"), ensure_ascii=False, separators=(",", ":"))
    assert decode(json.loads(first.raw), "acme") == first.submission


async def test_one_bad_item_costs_only_itself(remote):
    server = Server().on(
        "/submissions", listing(submission(), submission("s2", created_at="?"), 7, submission("s3"))
    )
    page = await remote(server).page()
    assert [fetched.submission.id for fetched in page.items] == ["s1", "s3"]
    assert [(bad.position, bad.id) for bad in page.quarantined] == [(1, "s2"), (2, None)]


@pytest.mark.parametrize(
    "rows",
    [
        [submission(notes="ü"), submission("s2")],
        [submission(), submission("s2", created_at="?"), 7, submission("s3")],
        [submission(notes="nul \0 and \ud800"), submission("s2", data={"n": {"value": 2**70}})],
        [submission("s2", data={str(number): number for number in range(2_000)}), submission()],
        [{"page_id": "p1"}, submission("s2", notes="x" * 300_000)],
        [submission(notes="\ud800"), submission("s2", notes="plain")],
        [],
    ],
)
@pytest.mark.parametrize("spelt", [{"separators": (",", ":"), "ensure_ascii": False}, {"indent": 1}, {}])
async def test_texts_decoded_later_give_the_same_page(remote, rows, spelt):
    await both_ways(remote, rows, spelt)


async def test_another_process_gives_the_same_page(remote):
    rows = [submission(notes="ü"), submission("s2", notes="x" * 300_000), 7, submission(notes="\ud800")]
    await both_ways(remote, rows, {"separators": (",", ":")}, alone=0)


async def both_ways(remote, rows, spelt, **how):
    """Read a list decoded at once, and as texts that are decoded later."""
    body = json.dumps(listing(*rows, next_cursor="c2"), **spelt).encode("utf-8", "surrogatepass")
    client = remote(Server().on("/submissions", httpx.Response(200, content=body)))
    page, later = await client.page(), await client.text_page()
    with TextReader({}, **how) as reader:
        read = await read_texts(later, 5, "acme", reader, None)
    assert [item.raw.decode() for item in read.items] == [fetched.raw for fetched in page.items]
    assert [item.id for item in read.items] == [fetched.submission.id for fetched in page.items]
    assert read.quarantined == page.quarantined
    assert (read.at, read.next_cursor) == (5, page.next_cursor)


async def test_who_follows_some_pages_only_decodes_at_once(remote):
    assert gives_texts(remote(Server()))
    assert not gives_texts(remote(Server(), containers=["p1"]))


async def test_open_ones_are_asked_for_by_status(remote):
    server = Server().on("/submissions", listing())
    await remote(server).page(open_only=True, cursor="c")
    assert server.queries == [{"status": "new,read,in_progress", "cursor": "c", "limit": "100"}]


async def test_a_refused_filter_is_left_out_at_once_and_from_then_on(remote):
    server = Server().on("/submissions", refused(), listing(submission()))
    acme = remote(server)
    assert len((await acme.page(open_only=True)).items) == 1
    await acme.page(open_only=True)
    assert ["status" in query for query in server.queries] == [True, False, False]


async def test_a_refused_cursor_is_told_and_does_not_cost_the_filter(remote):
    server = Server().on("/submissions", refused(), listing())
    acme = remote(server)
    with pytest.raises(Refused):
        await acme.page(open_only=True, cursor="dead")
    await acme.page(open_only=True)
    assert ["status" in query for query in server.queries] == [True, True]


async def test_a_server_that_refuses_everything_is_asked_twice_and_the_filter_is_kept(remote):
    server = Server().on("/submissions", refused())
    acme = remote(server)
    with pytest.raises(Refused):
        await acme.page(open_only=True)
    assert len(server.requests) == 2
    server.on("/submissions", listing())
    await acme.page(open_only=True)
    assert "status" in server.queries[-1]


@pytest.mark.parametrize(
    "answer",
    [
        listing(next_cursor="c1"),
        listing(has_more=True),
        {"object": "list"},
        {"data": {}},
        [],
        "x",
        {"data": [], "next_cursor": 5},
    ],
)
async def test_a_list_that_leads_nowhere_is_a_bad_answer(remote, answer):
    with pytest.raises(BadAnswer):
        await remote(Server().on("/submissions", answer)).page(cursor="c1")


@pytest.mark.parametrize("answer", [listing(), {"data": []}, listing(next_cursor="x", has_more=False)])
async def test_the_end_of_the_list_is_known(remote, answer):
    assert (await remote(Server().on("/submissions", answer)).page()).next_cursor is None


@pytest.mark.parametrize(("readable_at", "asked"), [(10, ["100", "10"]), (1, ["100", "10", "1"])])
async def test_a_page_too_large_is_asked_for_in_smaller_ones(remote, readable_at, asked):
    def answer(request):
        if int(request.url.params["limit"]) > readable_at:
            return httpx.Response(200, content=b'"' + b"x" * 9_000_000 + b'"')
        return httpx.Response(200, json=listing(submission(), next_cursor="c2"))

    server = Server().on("/submissions", answer)
    page = await remote(server).page(cursor="c1", open_only=True)
    assert page.next_cursor == "c2"
    assert [query["limit"] for query in server.queries] == asked
    assert {query["cursor"] for query in server.queries} == {"c1"}
    assert {query["status"] for query in server.queries} == {"new,read,in_progress"}


async def test_a_stretch_that_cannot_be_read_at_all_is_a_bad_answer(remote):
    server = Server().on("/submissions", httpx.Response(200, content=b"[" * 100_000))
    with pytest.raises(BadAnswer, match="nested too deeply"):
        await remote(server).page()
    assert [query["limit"] for query in server.queries] == ["100", "10", "1"]


async def test_only_chosen_pages_are_listed(remote):
    server = Server().on(
        "/submissions", listing(submission(), submission("s2", page_id="p2"), next_cursor="c")
    )
    page = await remote(server, containers=["p2"]).page()
    assert [fetched.submission.id for fetched in page.items] == ["s2"]
    assert page.next_cursor == "c"


async def test_one_submission_is_read_by_its_id(remote):
    server = Server().on("/submissions/a/b ü", submission("a/b ü"))
    assert (await remote(server).get("a/b ü")).submission.id == "a/b ü"
    assert server.requests[0].url.raw_path == b"/v1/submissions/a%2Fb%20%C3%BC"


@pytest.mark.parametrize("name", ["", ".", ".."])
async def test_an_id_that_would_change_the_address_is_not_sent(remote, name):
    server = Server()
    with pytest.raises(NotFound):
        await remote(server).patch(name, {"status": "read"})
    assert server.requests == []


async def test_a_patch_sends_exactly_the_named_fields_and_gives_what_the_server_holds(remote):
    server = Server().on("/submissions/s1", submission(status="resolved", notes="trimmed"))
    changes = {"status": "resolved", "assignee_id": None, "flagged": False}
    fetched = await remote(server).patch("s1", changes)
    assert server.requests[0].method == "PATCH"
    assert json.loads(server.requests[0].content) == changes
    assert fetched.submission.notes == "trimmed"


@pytest.mark.parametrize("answer", [submission("other"), {}, [], submission(status=5)])
async def test_an_answer_about_something_else_is_a_bad_answer(remote, answer):
    with pytest.raises(BadAnswer):
        await remote(Server().on("/submissions/s1", answer)).patch("s1", {"status": "read"})


@pytest.mark.parametrize(
    ("me", "account", "user"),
    [
        (
            {"org": {"id": "o1", "name": "Acme"}, "api_key": {"id": "k"}, "auth": {"type": "api_key"}},
            ("o1", "Acme"),
            (None, None),
        ),
        ({"org_name": "Acme"}, ("Acme", "Acme"), (None, None)),
        ({"org": {"id": "o1"}, "org_name": "Acme"}, ("o1", "Acme"), (None, None)),
        ({"org": {"id": "o1"}}, ("o1", "o1"), (None, None)),
        (
            {
                "org": {"id": "o1", "name": "Acme"},
                "user": {"id": "u1", "first_name": "Ana", "last_name": "G"},
            },
            ("o1", "Acme"),
            ("u1", "Ana G"),
        ),
        ({"org": {"id": "o1"}, "user": {"first_name": "Ana"}, "auth": 5}, ("o1", "o1"), (None, None)),
    ],
)
async def test_both_shapes_of_me_are_read(remote, me, account, user):
    identity = await remote(Server().on("/me", me)).identity()
    assert (identity.account_id, identity.account_name) == account
    assert (identity.user_id, identity.user_name) == user
    assert identity.capabilities is None


@pytest.mark.parametrize(
    ("scopes", "held"),
    [
        (["submissions.view"], Capability.NONE),
        ([], Capability.NONE),
        (["submissions.view", "submissions.manage"], Capability.REMOTE),
    ],
)
async def test_the_scopes_of_a_token_decide_what_it_may_write(remote, scopes, held):
    me = {"org": {"id": "o1"}, "auth": {"type": "oauth_token", "scopes": scopes}}
    identity = await remote(Server().on("/me", me)).identity()
    assert identity.capabilities == dict.fromkeys(TRIAGE_FIELDS, held)


@pytest.mark.parametrize("me", [{}, [], {"org": {"id": ""}}, {"user": {"id": "u"}}])
async def test_an_answer_that_names_no_account_is_a_bad_answer(remote, me):
    with pytest.raises(BadAnswer):
        await remote(Server().on("/me", me)).identity()


async def test_members_are_known_by_their_user_id(remote):
    listed = listing(
        {"id": "m1", "user_id": "u1", "first_name": "Ana", "last_name": " Gómez ", "role": "agent"},
        {"id": "m2", "user_id": "0123456789", "first_name": None, "last_name": ""},
        {"id": "m3"},
        5,
    )
    members = await remote(Server().on("/team/members", listed)).members()
    assert members == (
        Member("acme", "u1", "Ana Gómez", "agent"),
        Member("acme", "0123456789", "01234567"),
    )


async def test_pages_are_walked_to_the_end(remote):
    server = Server().on(
        "/pages",
        listing({"id": "p1", "title": "Contact"}, next_cursor="2"),
        listing({"id": "p2", "slug": "jobs"}, {"id": "p3-long-id"}),
    )
    assert await remote(server).containers() == (
        Container("acme", "p1", "Contact"),
        Container("acme", "p2", "jobs"),
        Container("acme", "p3-long-id", "p3-long-"),
    )
    assert server.queries == [{"limit": "100"}, {"limit": "100", "cursor": "2"}]


async def test_a_walk_in_a_circle_stops(remote):
    server = Server().on("/pages", *(listing(next_cursor=cursor) for cursor in ("a", "b", "a")))
    with pytest.raises(BadAnswer, match="leads back"):
        await remote(server).containers()
    assert len(server.requests) == 3


async def test_an_endless_walk_stops(remote):
    count = iter(range(10_000))
    server = Server().on(
        "/pages", lambda request: httpx.Response(200, json=listing(next_cursor=str(next(count))))
    )
    with pytest.raises(BadAnswer, match="does not end"):
        await remote(server).containers()
    assert len(server.requests) == 50


async def test_events_of_all_pages_come_oldest_first(remote):
    rows = [{"id": str(n), "type": "flagged", "created_at": f"2026-05-22T10:0{n}:00Z"} for n in range(3)]
    server = Server().on(
        "/submissions/s1/events", listing(rows[2], rows[1], next_cursor="n"), listing(rows[0])
    )
    events = await remote(server).events("s1")
    assert [event.id for event in events] == ["0", "1", "2"]


async def test_a_forbidden_write_is_told(remote):
    answer = httpx.Response(403, json={"error": "insufficient_scope", "message": "no"})
    with pytest.raises(Forbidden) as caught:
        await remote(Server().on("/submissions/s1", answer)).patch("s1", {"status": "read"})
    assert caught.value.code == "insufficient_scope"


MOMENT = "2026-05-22T10:20:00+00:00"


@pytest.mark.parametrize(
    "row",
    [
        {"type": "status_changed", "actor_id": "u1", "from": "new", "to": "read"},
        {"event_type": "status_changed", "actor_id": "u1", "old_value": "new", "new_value": "read"},
        {"event": "status_changed", "actor": {"id": "u1"}, "metadata": {"from": "new", "to": "read"}},
        {"type": "status_changed", "user_id": "u1", "changes": {"from": "new", "to": "read"}},
        {"type": "status_changed", "actor_id": "u1", "changes": {"status": {"from": "new", "to": "read"}}},
        {"type": "updated", "actor_id": "u1", "changes": {"status": {"old": "new", "new": "read"}}},
    ],
)
def test_every_spelling_of_an_event_reads_the_same(row):
    moment = datetime(2026, 5, 22, 10, 20, tzinfo=UTC)
    (event,) = read_events([{"id": "e1", "created_at": MOMENT, **row}])
    assert event == Event("e1", "status_changed", moment, "u1", None, "new", "read")


def test_a_row_about_several_fields_gives_an_event_for_each():
    changes = {
        "flagged": {"from": False, "to": True},
        "assignee_id": {"from": "u", "to": None},
        "notes": {"from": None, "to": "x"},
    }
    events = read_events([{"id": "e", "type": "updated", "changes": changes, "created_at": MOMENT}])
    assert {event.type for event in events} == {"flagged", "unassigned", "notes_updated"}
    assert len({event.id for event in events}) == 3


def test_odd_events_are_shown_and_unreadable_ones_left_out():
    rows = [
        {"type": "teleported", "id": "a"},
        {"created_at": MOMENT},
        5,
        None,
        {"type": "teleported", "id": "a"},
    ]
    events = read_events(rows)
    assert [(event.id, event.type, event.created_at is None) for event in events] == [
        ("a", "teleported", True),
        ("unknown#1", "unknown", False),
    ]


def test_an_api_key_as_actor_is_named_through_the_metadata():
    row = {"type": "flagged", "actor_id": None, "metadata": {"api_key": {"name": "inbox"}}}
    (event,) = read_events([row])
    assert (event.actor_id, event.actor_name) == (None, "inbox")
