"""What a person reads for every refusal of Mantlz, and how long is waited (docs/contracts/mantlz.md)."""

from datetime import timedelta

import httpx
import pytest

from cache.sync.remote import (
    AuthPaused,
    Forbidden,
    Misconfigured,
    NotFound,
    RateLimited,
    Refused,
    ServerFault,
)
from inbox_tui.config import SourceConfig
from inbox_tui.demo.mantlz import Ledger, Mantlz, Quirks
from inbox_tui.providers import open_remote
from inbox_tui.secrets import Secret
from tests.reference import reference_server

KEY = "mk_0123456789abcdef0123456789abcdef"
NOW = 1_780_000_000.0
HOST = "api.example"
FORM = {"id": "c1", "name": "Contact", "submissionCount": 3}


@pytest.fixture
async def opened():
    remotes = []

    def opened(handler=None, *, base="https://api.example/api/v1", key=KEY, clock=lambda: NOW):
        remote = open_remote(
            SourceConfig("acme", "mantlz", base_url=base),
            Secret(key),
            clock=clock,
            transport=httpx.MockTransport(handler) if handler else None,
        )
        remotes.append(remote)
        return remote

    yield opened
    for remote in remotes:
        await remote.aclose()


@pytest.fixture
def server(tmp_path):
    with reference_server(tmp_path / "server.db", 30) as server:
        yield server


def answering(status, *, headers=None, **body):
    return lambda request: httpx.Response(status, headers=headers, **body)


def rows_answering(status, **body):
    """The list of forms is good; their submissions are refused."""

    def handler(request):
        if request.url.path.endswith("/forms/list"):
            return httpx.Response(200, json={"forms": [FORM]})
        return httpx.Response(status, **body)

    return handler


NO_KEY = f"{HOST} does not accept the key of source acme."
TABLE = [
    (400, {"json": {"error": "Number must be from 1 to 100"}}, Refused,
     f"{HOST} refused the request: Number must be from 1 to 100."),
    (400, {"json": {"error": "Invalid API key format"}}, AuthPaused, NO_KEY),
    (400, {"json": {"error": "API key is required"}}, AuthPaused, NO_KEY),
    (401, {"json": {"error": "API key is required"}}, AuthPaused, NO_KEY),
    (401, {"json": {"error": "Invalid or inactive API key"}}, AuthPaused, NO_KEY),
    (403, {"json": {"error": "Date filtering requires a STANDARD or PRO plan"}}, Forbidden,
     f"{HOST} does not permit this with this key: Date filtering requires a STANDARD or PRO plan."),
    (403, {"json": {"error": "Form not found"}}, Forbidden,
     f"{HOST} does not permit this with this key: Form not found."),
    (404, {"json": {"error": "Form not found"}}, NotFound, f"{HOST} has no such record."),
    (404, {"text": "Not Found"}, NotFound, f"{HOST} has no such record."),
    (429, {"json": {"error": "Rate limit exceeded"}}, RateLimited,
     f"{HOST} asks to wait before the next request."),
    (429, {"text": "Too Many Requests"}, RateLimited, f"{HOST} asks to wait before the next request."),
    (500, {"json": {"error": "Internal server error"}}, ServerFault,
     f"{HOST} failed (status 500): Internal server error."),
    (500, {"json": {"message": "Submission failed"}}, ServerFault,
     f"{HOST} failed (status 500): Submission failed."),
    (301, {"text": "Moved Permanently", "headers": {"Location": "https://other.example/"}}, Misconfigured,
     f"{HOST} sent source acme to another address, which is never followed; check its base_url."),
]  # fmt: skip


@pytest.mark.parametrize(("status", "answer", "kind", "sentence"), TABLE)
async def test_each_refusal_has_its_sentence(opened, status, answer, kind, sentence):
    with pytest.raises(kind) as caught:
        await opened(rows_answering(status, **answer)).page()
    assert str(caught.value) == sentence
    assert caught.value.status == status
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "kind", "sentence"),
    [
        ("mantlz.inactive", AuthPaused, "127.0.0.1 does not accept the key of source acme."),
        (
            "mantlz.orphan",
            AuthPaused,
            "127.0.0.1 has no account for the key of source acme; check the key and the base_url.",
        ),
        ("awardee", AuthPaused, "127.0.0.1 does not accept the key of source acme."),
    ],
)
async def test_a_key_that_is_no_good_is_noticed_at_once(server, opened, key, kind, sentence):
    remote = opened(base=server.url + "/mantlz/api/v1", key=server.keys[key])
    with pytest.raises(kind) as caught:
        await remote.identity()
    assert str(caught.value) == sentence


async def test_an_address_without_the_version_is_told_of(server, opened):
    remote = opened(base=server.url + "/mantlz", key=server.keys["mantlz"])
    with pytest.raises(AuthPaused, match="check the key and the base_url"):
        await remote.identity()


async def test_the_key_does_not_follow_the_web_host_elsewhere(server, opened):
    remote = opened(base=server.url + "/mantlz-web/api/v1", key=server.keys["mantlz"])
    with pytest.raises(Misconfigured, match="another address, which is never followed"):
        await remote.identity()
    assert [request.path for request in server.requests] == ["/mantlz-web/api/v1/forms/list"]


async def test_the_key_travels_in_its_header_alone(opened):
    seen = []

    def handler(request):
        seen.append(request)
        return httpx.Response(200, json={"forms": []})

    await opened(handler).identity()
    assert seen[0].headers["x-api-key"] == KEY
    assert "authorization" not in seen[0].headers
    assert KEY not in str(seen[0].url)


@pytest.mark.parametrize(
    ("headers", "body", "wait"),
    [
        ({"Retry-After": "17", "X-RateLimit-Reset": "1"}, {"text": "Too Many Requests"}, 17.0),
        ({"X-RateLimit-Reset": str(int((NOW + 42) * 1_000))}, {"json": {"error": "x"}}, 42.0),
        ({"X-RateLimit-Reset": str(int(NOW + 42))}, {"json": {"error": "x"}}, 42.0),
        ({}, {"json": {"error": "Rate limit exceeded"}}, None),
    ],
    ids=["seconds to wait", "reset in milliseconds", "reset in seconds", "nothing said"],
)
async def test_how_long_is_waited_after_a_refusal_for_rate(opened, headers, body, wait):
    with pytest.raises(RateLimited) as caught:
        await opened(answering(429, headers=headers, **body)).identity()
    assert caught.value.retry_after == wait


@pytest.mark.parametrize("unit", ["milliseconds", "seconds"])
@pytest.mark.parametrize("layer", ["ip_limit", "route_limit"])
async def test_both_layers_of_limits_say_how_long_to_wait(server, opened, layer, unit):
    settings = server.contract(Mantlz).settings
    server.contract(Mantlz).quirks = Quirks(reset_unit=unit, limit_headers="refusals")
    setattr(settings, layer, 3)
    remote = opened(
        base=server.url + "/mantlz/api/v1",
        key=server.keys["mantlz"],
        clock=lambda: server.clock().timestamp(),
    )
    for _ in range(3):
        await remote.identity()
    with pytest.raises(RateLimited) as caught:
        await remote.identity()
    assert caught.value.retry_after is not None
    assert 50 < caught.value.retry_after <= 61
    (window,) = remote.budget.windows
    assert window.remaining == 0


async def test_a_walk_that_is_limited_goes_on_where_it_was(server, opened):
    server.contract(Mantlz).settings.ip_limit = 4
    now = [server.clock()]
    server.contract(Mantlz).quirks = Quirks(limit_headers="refusals")
    remote = opened(
        base=server.url + "/mantlz/api/v1", key=server.keys["mantlz"], clock=lambda: now[0].timestamp()
    )
    with pytest.raises(RateLimited):
        await remote.page()
    server.contract(Mantlz).settings.ip_limit = None
    page = None
    while page is None:
        now[0] += timedelta(seconds=61)
        try:
            page = await remote.page()
        except RateLimited:
            continue
    held = Ledger(server.database, server.seed)
    assert len(page.items) == sum(len(held.submissions(form)) for form in held.forms())
    answered = [request.path for request in server.requests if request.status == 200]
    assert len(answered) == len(set(answered))


async def test_requests_are_counted_over_all_forms(opened):
    now = [NOW]
    limits = {
        "X-RateLimit-Limit": "30",
        "X-RateLimit-Remaining": "29",
        "X-RateLimit-Reset": str(int(NOW + 60)),
    }
    handler = answering(200, headers=limits, json={"forms": []})
    remote = opened(handler, clock=lambda: now[0])
    assert remote.budget.windows == ()
    for number in range(1, 21):
        now[0] += 1.0
        await remote.identity()
        (window,) = remote.budget.windows
        assert (window.limit, window.remaining, window.reset_at) == (30, 30 - number, NOW + 61)
    now[0] += 50.0
    assert remote.budget.windows[0].remaining == 20


async def test_no_more_is_asked_than_a_minute_allows(opened):
    now, sent = [NOW], []

    def handler(request):
        sent.append(now[0])
        return httpx.Response(429 if len(sent) == 1 else 200, json={"forms": []})

    remote = opened(handler, clock=lambda: now[0])
    for _ in range(200):
        try:
            await remote.identity()
        except RateLimited as error:
            now[0] += error.retry_after or 60.0
        now[0] += 0.1
    assert all(sum(at <= other < at + 60 for other in sent) <= 30 for at in sent)
    assert len(sent) > 100


async def test_a_server_without_limits_is_not_given_any(opened):
    remote = opened(answering(200, json={"forms": []}))
    await remote.identity()
    assert remote.budget.windows == ()
