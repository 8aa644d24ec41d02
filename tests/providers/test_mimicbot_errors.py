"""The refusals of docs/contracts/mimicbot.md section 5 in every dialect; their sentences are in
`test_contract_tables.py`.
"""

from functools import partial

import pytest

from cache.sync.remote import AuthPaused, BadAnswer, Forbidden, Misconfigured, RateLimited
from inbox_tui.demo.faults import Fault
from inbox_tui.demo.mimicbot import Mimicbot, Quirks
from tests.providers.remotes import failing
from tests.reference import reference_server

BOTS = "GET /mimicbot/api/bots"
SHAPES = [Quirks(error=shape) for shape in ("code", "code_and_message", "string")]


@pytest.fixture
def server(tmp_path):
    with reference_server(tmp_path / "server.db", 3) as running:
        yield running


@pytest.fixture
def connect(open_remote):
    return partial(open_remote, "mimicbot", "bots")


@pytest.mark.parametrize("quirks", SHAPES, ids=str)
async def test_a_dead_token_pauses_the_source_in_every_dialect(server, connect, quirks):
    server.contract(Mimicbot).quirks = quirks
    error = await failing(connect(server, "mimicbot.expired").identity())
    assert (type(error), error.code) == (AuthPaused, "UNAUTHENTICATED")
    assert server.keys["mimicbot.expired"] not in str(error)


@pytest.mark.parametrize("quirks", SHAPES, ids=str)
async def test_a_token_without_an_agency_is_told_so_in_every_dialect(server, connect, quirks):
    server.contract(Mimicbot).quirks = quirks
    error = await failing(connect(server, "mimicbot.no_agency").identity())
    assert type(error) is Forbidden
    assert "without an agency" in str(error)


@pytest.mark.parametrize("how", ["seconds", "date"])
async def test_the_wait_of_an_hour_is_believed(server, connect, how):
    server.contract(Mimicbot).quirks = Quirks(retry_after=how)
    server.contract(Mimicbot).settings.limit = 0
    error = await failing(connect(server).identity())
    assert type(error) is RateLimited
    assert error.retry_after == pytest.approx(3600, abs=2)


async def test_a_wait_that_is_not_named_grows_from_half_a_minute_to_a_quarter_of_an_hour(server, connect):
    server.contract(Mimicbot).quirks = Quirks(retry_after="absent")
    server.contract(Mimicbot).settings.limit = 0
    remote = connect(server)
    waits = []

    async def ask():
        error = await failing(remote.identity())
        assert type(error) is RateLimited
        waits.append(error.retry_after)

    for _ in range(7):
        await ask()
    server.contract(Mimicbot).settings.limit = None
    await remote.identity()
    server.contract(Mimicbot).settings.limit = 0
    await ask()
    assert waits == [30, 60, 120, 240, 480, 900, 900, 30]


async def test_a_redirect_is_not_followed(server, connect):
    server.faults.add(Fault(BOTS, "redirect"))
    error = await failing(connect(server).identity())
    assert type(error) is Misconfigured


@pytest.mark.parametrize("kind", ["html", "garbage_json", "truncated_json", "oversized_body"])
async def test_an_answer_that_is_none_is_an_error_and_no_empty_account(server, connect, kind):
    server.faults.add(Fault(BOTS, kind, status=200))
    assert isinstance(await failing(connect(server).identity()), BadAnswer)
