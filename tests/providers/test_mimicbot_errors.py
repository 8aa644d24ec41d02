"""Every refusal of docs/contracts/mimicbot.md section 5, as the sentence a person sees."""

import json

import pytest

from cache.sync.remote import (
    AuthPaused,
    BadAnswer,
    Forbidden,
    Misconfigured,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    RemoteError,
    ServerFault,
)
from inbox_tui.demo.faults import Fault
from inbox_tui.demo.mimicbot import Mimicbot, Quirks
from inbox_tui.demo.running import real_clock, running_server
from inbox_tui.providers.http import JsonClient, Wire
from inbox_tui.providers.mimicbot_remote import MimicbotRemote
from inbox_tui.secrets import Secret

BOTS = "GET /mimicbot/api/bots"
HOST = "127.0.0.1"
DEAD = f"{HOST} does not accept the key of source bots (UNAUTHENTICATED)."
SHAPES = [Quirks(error=shape) for shape in ("code", "code_and_message", "string")]


@pytest.fixture
def server(tmp_path):
    with running_server(tmp_path / "server.db", submissions=3) as running:
        yield running


async def failure(server, key="mimicbot", remotes=None):
    """What asking for the bots fails with."""
    wire = Wire("bots", f"{server.url}/mimicbot", Secret(server.keys[key]))

    def clock():
        return real_clock().timestamp()

    remote = MimicbotRemote("bots", JsonClient(wire, clock=clock), clock=clock)
    try:
        with pytest.raises(RemoteError) as caught:
            await remote.identity()
    finally:
        await remote.aclose()
    assert server.keys[key] not in str(caught.value)
    return caught.value


def body(code, message=None):
    return json.dumps({"error": {"code": code, **({"message": message} if message else {})}}).encode()


@pytest.mark.parametrize(
    ("status", "sent", "kind", "sentence"),
    [
        (400, body("VALIDATION_ERROR"), Refused, f"{HOST} refused the request (VALIDATION_ERROR)."),
        (
            400,
            body("VALIDATION_ERROR", "limit is wrong"),
            Refused,
            f"{HOST} refused the request (VALIDATION_ERROR): limit is wrong.",
        ),
        (401, body("UNAUTHENTICATED"), AuthPaused, DEAD),
        (401, b'{"error": "UNAUTHENTICATED"}', AuthPaused, DEAD),
        (403, body("FORBIDDEN"), Forbidden, f"{HOST} does not permit this with this key (FORBIDDEN)."),
        (404, body("NOT_FOUND"), NotFound, f"{HOST} has no such record."),
        (429, body("RATE_LIMITED"), RateLimited, f"{HOST} asks to wait before the next request."),
        (500, b"<html>oops</html>", ServerFault, f"{HOST} failed (status 500)."),
        (503, body("INTERNAL_ERROR", "try later"), ServerFault, f"{HOST} failed (status 503): try later."),
        (
            502,
            b"bad gateway",
            OutcomeUnknown,
            f"{HOST} gave up waiting (status 502); whether the request was applied is not known.",
        ),
    ],
)  # fmt: skip
async def test_each_refusal_is_one_plain_sentence(server, status, sent, kind, sentence):
    server.faults.add(Fault(BOTS, "status", status=status, body=sent))
    error = await failure(server)
    assert (type(error), str(error)) == (kind, sentence)


@pytest.mark.parametrize("quirks", SHAPES, ids=str)
async def test_a_dead_token_pauses_the_source_in_every_dialect(server, quirks):
    server.contract(Mimicbot).quirks = quirks
    error = await failure(server, "mimicbot.expired")
    assert (type(error), error.code) == (AuthPaused, "UNAUTHENTICATED")


@pytest.mark.parametrize("quirks", SHAPES, ids=str)
async def test_a_token_without_an_agency_is_told_so_in_every_dialect(server, quirks):
    server.contract(Mimicbot).quirks = quirks
    error = await failure(server, "mimicbot.no_agency")
    assert type(error) is Forbidden
    assert "without an agency" in str(error)


@pytest.mark.parametrize("how", ["seconds", "date"])
async def test_the_wait_of_an_hour_is_believed(server, how):
    server.contract(Mimicbot).quirks = Quirks(retry_after=how)
    server.contract(Mimicbot).settings.limit = 0
    error = await failure(server)
    assert type(error) is RateLimited
    assert error.retry_after == pytest.approx(3600, abs=2)


async def test_a_wait_that_is_not_named_grows_from_half_a_minute_to_a_quarter_of_an_hour(server):
    server.contract(Mimicbot).quirks = Quirks(retry_after="absent")
    server.contract(Mimicbot).settings.limit = 0
    wire = Wire("bots", f"{server.url}/mimicbot", Secret(server.keys["mimicbot"]))

    def clock():
        return real_clock().timestamp()

    remote = MimicbotRemote("bots", JsonClient(wire, clock=clock), clock=clock)
    waits = []

    async def ask():
        with pytest.raises(RateLimited) as caught:
            await remote.identity()
        waits.append(caught.value.retry_after)

    for _ in range(7):
        await ask()
    server.contract(Mimicbot).settings.limit = None
    await remote.identity()
    server.contract(Mimicbot).settings.limit = 0
    await ask()
    await remote.aclose()
    assert waits == [30, 60, 120, 240, 480, 900, 900, 30]


async def test_a_redirect_is_not_followed(server):
    server.faults.add(Fault(BOTS, "redirect"))
    error = await failure(server)
    assert type(error) is Misconfigured


@pytest.mark.parametrize("kind", ["html", "garbage_json", "truncated_json", "oversized_body"])
async def test_an_answer_that_is_none_is_an_error_and_no_empty_account(server, kind):
    server.faults.add(Fault(BOTS, kind, status=200))
    assert isinstance(await failure(server), BadAnswer)
