"""The transport: what every status and every failure of the connection becomes."""

import asyncio
from email.utils import formatdate

import httpx
import pytest

from cache.sync.remote import (
    AuthPaused,
    Forbidden,
    Misconfigured,
    NeverLeft,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    ServerFault,
)
from inbox_tui.providers.http import JsonClient, Wire
from inbox_tui.secrets import Secret
from tests.providers.scripted import CANARY, NOW, answering, failure, raising

EXCEPTIONS = [
    (httpx.ConnectError, NeverLeft),
    (httpx.ConnectTimeout, NeverLeft),
    (httpx.PoolTimeout, NeverLeft),
    (httpx.ProxyError, NeverLeft),
    (httpx.ReadTimeout, OutcomeUnknown),
    (httpx.WriteTimeout, OutcomeUnknown),
    (httpx.ReadError, OutcomeUnknown),
    (httpx.WriteError, OutcomeUnknown),
    (httpx.CloseError, OutcomeUnknown),
    (httpx.RemoteProtocolError, OutcomeUnknown),
    (httpx.LocalProtocolError, Misconfigured),
    (httpx.UnsupportedProtocol, Misconfigured),
]


@pytest.mark.parametrize(("raised", "expected"), EXCEPTIONS)
async def test_every_exception_of_the_library_has_its_meaning(make_client, raised, expected):
    error = await failure(make_client(raising(raised)), "patch")
    assert type(error) is expected
    assert isinstance(error.__cause__, raised)
    assert error.status is None


STATUSES = [
    (301, {}, Misconfigured),
    (307, {}, Misconfigured),
    (304, {}, Misconfigured),
    (400, {"error": "invalid_payload"}, Refused),
    (401, {"error": "invalid_api_key"}, AuthPaused),
    (403, {"error": "api_key_paused"}, AuthPaused),
    (403, {"error": "api_key_revoked"}, AuthPaused),
    (403, {"error": "forbidden"}, Forbidden),
    (403, {"error": "insufficient_scope"}, Forbidden),
    (404, {"error": "not_found"}, NotFound),
    (408, {}, OutcomeUnknown),
    (409, {"error": "conflict"}, Refused),
    (410, {}, NotFound),
    (422, {}, Refused),
    (429, {"error": "rate_limited"}, RateLimited),
    (500, {}, ServerFault),
    (501, {}, ServerFault),
    (502, {}, OutcomeUnknown),
    (503, {}, ServerFault),
    (504, {}, OutcomeUnknown),
]


@pytest.mark.parametrize(("status", "body", "expected"), STATUSES)
async def test_every_status_has_its_meaning(make_client, status, body, expected):
    error = await failure(make_client(answering(status, body)), "patch")
    assert type(error) is expected
    assert error.status == status
    assert error.code == body.get("error")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 502])
@pytest.mark.parametrize("content", [b"<html>oops</html>", b"{", b"", b"[1]", b'"text"', b"null"])
async def test_an_error_status_counts_whatever_its_body_is(make_client, status, content):
    error = await failure(
        make_client(answering(status, content=content, headers={"content-type": "text/html"}))
    )
    assert error.status == status
    assert "<html>" not in error.message


ERROR_BODIES = [
    ({"error": "invalid_payload", "message": "Bad status"}, "invalid_payload", "Bad status."),
    ({"error": "No such form here"}, None, "No such form here."),
    ({"error": {"code": "NO_AGENCY"}}, "NO_AGENCY", None),
    ({"error": {"code": 422, "message": "Nope!"}}, "422", "Nope!"),
    ({"errors": [{"message": "first"}, {"message": "second"}]}, None, "first."),
    ({"errors": {"name": ["is short"]}}, None, "is short."),
    ({"errors": "plainly"}, None, "plainly."),
    ({"message": "only this"}, None, "only this."),
    ({"error": 7, "message": ["x"]}, None, None),
]


@pytest.mark.parametrize(("body", "code", "text"), ERROR_BODIES)
async def test_error_bodies_of_all_kinds_are_read(make_client, body, code, text):
    error = await failure(make_client(answering(400, body)))
    assert error.code == code
    assert text is None or error.message.endswith(text)


async def test_a_plain_text_error_is_quoted(make_client):
    error = await failure(make_client(answering(400, text="Too many cooks")))
    assert error.message == "api.example refused the request: Too many cooks."


async def test_the_first_message_of_each_refused_field_is_kept(make_client):
    details = {"formErrors": [], "fieldErrors": {"status": ["unknown", "more"], "notes": "long", "x": []}}
    error = await failure(make_client(answering(400, {"error": "invalid_payload", "details": details})))
    assert error.field_errors["status"] == "unknown."
    assert error.field_errors["notes"] == "long."
    assert set(error.field_errors) == {"status", "notes", "x"}


async def test_what_a_server_says_is_cleaned_and_short(make_client):
    hostile = "\x1b]52;c;AAAA\x07\u202e" + "x" * 10_000
    error = await failure(make_client(answering(400, {"error": "bad", "message": hostile})))
    assert "\x1b" not in error.message
    assert "\u202e" not in error.message
    assert len(error.message) < 400


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"Retry-After": "17"}, {"retry_after": 3}, 17),
        ({"Retry-After": formatdate(NOW + 90, usegmt=True)}, {}, 90),
        ({"Retry-After": formatdate(NOW - 90, usegmt=True)}, {}, 0),
        (
            {"Retry-After": formatdate(NOW + 540, usegmt=True), "Date": formatdate(NOW + 500, usegmt=True)},
            {},
            40,
        ),
        ({"Retry-After": "soon"}, {"retry_after": 3}, 3),
        ({}, {"error": {"code": "x", "details": {"retry_after": "8"}}}, 8),
        ({"X-RateLimit-Remaining-Minute": "0", "X-RateLimit-Reset-Minute": str(int(NOW) + 30)}, {}, 30),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW + 12) * 1000)}, {}, 12),
        (
            {
                "X-RateLimit-Remaining-Minute": "5",
                "X-RateLimit-Reset-Minute": str(int(NOW) + 900),
                "X-RateLimit-Remaining-Hour": "0",
                "X-RateLimit-Reset-Hour": str(int(NOW) + 50),
            },
            {},
            50,
        ),
        ({"Retry-After": "9" * 15}, {}, 86_400),
        ({"Retry-After": "9" * 5000}, {}, None),
        ({"Retry-After": "-5"}, {}, None),
        ({}, {}, None),
    ],
)
async def test_the_wait_after_a_429_is_read_in_order(make_client, headers, body, seconds):
    error = await failure(make_client(answering(429, body, headers)))
    assert isinstance(error, RateLimited)
    assert error.retry_after == (None if seconds is None else pytest.approx(seconds, abs=0.001))


def rate_headers(reset_minute, reset_hour, **extra):
    return {
        "X-RateLimit-Limit-Minute": "60",
        "X-RateLimit-Remaining-Minute": "41",
        "X-RateLimit-Reset-Minute": str(reset_minute),
        "X-RateLimit-Limit-Hour": "1000",
        "X-RateLimit-Remaining-Hour": "977",
        "X-RateLimit-Reset-Hour": str(reset_hour),
        **extra,
    }


async def test_both_windows_are_read_in_this_machines_time(make_client):
    server = int(NOW) + 100_000  # the server's clock is more than a day ahead
    headers = rate_headers(server + 20, server + 1800, Date=formatdate(server, usegmt=True))
    client = make_client(answering(200, {}, headers))
    assert client.budget.windows == ()
    await client.get("/x")
    minute, hour = client.budget.windows
    assert (minute.name, minute.limit, minute.remaining) == ("minute", 60, 41)
    assert (hour.name, hour.limit, hour.remaining) == ("hour", 1000, 977)
    assert minute.reset_at == pytest.approx(NOW + 20)
    assert hour.reset_at == pytest.approx(NOW + 1800)


@pytest.mark.parametrize("absurd", ["99999999999999", "0", "1", str(int(NOW) + 10**8)])
async def test_absurd_resets_are_clamped(make_client, absurd):
    client = make_client(answering(200, {}, rate_headers(absurd, absurd)))
    await client.get("/x")
    minute, hour = client.budget.windows
    assert NOW <= minute.reset_at <= NOW + 65
    assert NOW <= hour.reset_at <= NOW + 3605


async def test_an_error_answer_tells_the_windows_too_and_silence_keeps_them(make_client):
    answers = [
        httpx.Response(404, json={}, headers=rate_headers(int(NOW) + 1, int(NOW) + 1)),
        httpx.Response(200, json={}),
        httpx.Response(200, json={}, headers={"X-RateLimit-Limit-Minute": "x" * 9}),
    ]
    client = make_client(lambda request: answers.pop(0))
    await failure(client)
    held = client.budget
    assert [window.remaining for window in held.windows] == [41, 977]
    await client.get("/x")
    await client.get("/x")
    assert client.budget == held


class Traced(httpx.AsyncBaseTransport):
    """Tells the steps of a connection as the real transport does, then hangs."""

    def __init__(self, *steps):
        self.steps = steps

    async def handle_async_request(self, request):
        for step in self.steps:
            await request.extensions["trace"](step, {})
        await asyncio.Event().wait()
        raise AssertionError


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (("connection.connect_tcp.started",), NeverLeft),
        (("connection.connect_tcp.started", "connection.start_tls.started"), NeverLeft),
        (("connection.connect_tcp.started", "http11.send_request_headers.started"), OutcomeUnknown),
        (("http11.send_request_headers.started",), OutcomeUnknown),
        ((), OutcomeUnknown),
    ],
)
async def test_a_deadline_knows_whether_the_request_had_left(make_client, steps, expected):
    assert type(await failure(make_client(Traced(*steps), deadline=0.05), "patch")) is expected


async def test_cancelling_a_request_stays_a_cancellation(make_client):
    task = asyncio.create_task(make_client(Traced()).get("/x"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_nobody_listening_means_never_left(unused_tcp_port):
    wire = Wire("acme", f"http://127.0.0.1:{unused_tcp_port}", Secret(CANARY))
    client = JsonClient(wire, clock=lambda: NOW)
    try:
        assert type(await failure(client, "patch")) is NeverLeft
    finally:
        await client.aclose()
