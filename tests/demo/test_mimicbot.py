"""Mimicbot over HTTP: bots, the window, rows that change in place, refusals, the long wait."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from inbox_tui.demo.mimicbot import Ledger, Mimicbot, Quirks

if TYPE_CHECKING:
    from collections.abc import Callable

    from inbox_tui.demo.running import RunningServer

_STRANGE = "00000000-0000-4000-a000-000000000000"


@pytest.fixture
def mimicbot(open_client: Callable[[str], httpx.Client]) -> httpx.Client:
    return open_client("mimicbot")


@pytest.fixture
def ledger(server: RunningServer) -> Ledger:
    return Ledger(server.database, server.seed)


def test_bots_are_listed_with_their_state(mimicbot: httpx.Client, ledger: Ledger) -> None:
    bots = mimicbot.get("/bots").json()["items"]
    slugs = ("website", "shop", "docs", "partner", "unused")
    assert [bot["id"] for bot in bots] == [ledger.bot_id(slug) for slug in slugs]
    assert [bot["status"] for bot in bots] == ["ready", "ready", "indexing", "ready", "draft"]
    assert all(bot["publicId"].startswith("bot_") for bot in bots)


def test_submissions_are_what_the_server_holds_newest_first(mimicbot: httpx.Client, ledger: Ledger) -> None:
    for slug in ("website", "shop", "docs", "unused"):
        rows = mimicbot.get(f"/bots/{ledger.bot_id(slug)}/submissions").json()["items"]
        assert rows == ledger.submissions(ledger.bot_id(slug))
        moments = [row["createdAt"] for row in rows]
        assert moments == sorted(moments, reverse=True)
        for row in rows:
            assert (row["completedAt"] is None) is (row["result"] == "pending")


def test_a_bot_shows_its_two_hundred_newest(mimicbot: httpx.Client, ledger: Ledger, clock: Any) -> None:
    bot = ledger.bot_id("unused")
    added = [ledger.add(bot, {"n": number}, clock() + timedelta(seconds=number)) for number in range(203)]
    rows = mimicbot.get(f"/bots/{bot}/submissions", params={"limit": "5", "cursor": "x"}).json()["items"]
    assert [row["id"] for row in rows] == added[:2:-1]
    assert len(ledger.submissions(bot)) == 203


def test_a_pending_row_changes_in_place(mimicbot: httpx.Client, ledger: Ledger, clock: Any) -> None:
    bot = ledger.bot_id("unused")
    added = ledger.add(bot, {"email": "a@a.example"}, clock())
    (before,) = mimicbot.get(f"/bots/{bot}/submissions").json()["items"]
    assert (before["result"], before["completedAt"], before["contactMetadata"]) == ("pending", None, None)
    clock.step(3)
    ledger.finish(added, "success", {"deliveryStatus": "optimistic", "signalSource": "timeout"}, clock())
    (after,) = mimicbot.get(f"/bots/{bot}/submissions").json()["items"]
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"result", "completedAt", "contactMetadata"}


def test_actions_and_executions_can_be_joined_to_submissions(mimicbot: httpx.Client, ledger: Ledger) -> None:
    bot = ledger.bot_id("website")
    actions = {row["id"]: row for row in mimicbot.get(f"/bots/{bot}/actions").json()["items"]}
    executions = mimicbot.get(f"/bots/{bot}/actions/executions", params={"limit": 100}).json()["items"]
    submissions = {row["id"]: row for row in ledger.submissions(bot)}
    assert set(submissions) <= {row["id"] for row in executions}
    for row in executions:
        if row["actionId"] is not None:
            assert actions[row["actionId"]]["label"] == row["actionLabel"]
        if row["id"] in submissions:
            assert row["result"] == submissions[row["id"]]["result"]
    active = mimicbot.get(f"/bots/{bot}/actions", params={"status": "active"}).json()["items"]
    assert {row["status"] for row in active} == {"active"}
    assert [row["confidence"] for row in actions.values()] == [0.97, 0.9, 0.71, 0.64]
    assert actions[next(iter(actions))]["paramsSchema"]["properties"]["email"] == {"title": "E-mail"}
    for limit in ("0", "101", "x"):
        answer = mimicbot.get(f"/bots/{bot}/actions/executions", params={"limit": limit})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("status", [200, 204])
def test_an_open_question_can_be_dismissed(
    server: RunningServer, mimicbot: httpx.Client, ledger: Ledger, status: Any
) -> None:
    server.contract(Mimicbot).quirks = Quirks(dismissed=status)
    path = f"/bots/{ledger.bot_id('website')}/unanswered"
    before = mimicbot.get(path).json()["items"]
    assert [row["frequency"] for row in before] == sorted((row["frequency"] for row in before), reverse=True)
    assert mimicbot.post(f"{path}/{before[0]['id']}/dismiss").status_code == status
    assert mimicbot.get(path).json()["items"] == before[1:]
    assert mimicbot.post(f"{path}/{_STRANGE}/dismiss").status_code == 404


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [("mimicbot.expired", 401, "UNAUTHENTICATED"), ("mimicbot.no_agency", 403, "NO_AGENCY")],
)
def test_tokens_that_are_refused(
    open_client: Callable[[str], httpx.Client], key: str, status: int, code: str
) -> None:
    answer = open_client(key).get("/bots")
    assert (answer.status_code, answer.json()) == (status, {"error": {"code": code}})


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer nonsense", "Basic abc"])
def test_every_bad_header_is_the_same_refusal(server: RunningServer, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = httpx.get(f"{server.url}/mimicbot/api/bots", headers=headers, trust_env=False, verify=False)
    assert (answer.status_code, answer.json()) == (401, {"error": {"code": "UNAUTHENTICATED"}})


def test_bots_that_cannot_be_read(
    server: RunningServer,
    mimicbot: httpx.Client,
    ledger: Ledger,
    open_client: Callable[[str], httpx.Client],
) -> None:
    def code(bot: str) -> tuple[int, str]:
        answer = mimicbot.get(f"/bots/{bot}/submissions")
        return answer.status_code, answer.json()["error"]["code"]

    assert code(ledger.bot_id("partner")) == (403, "FORBIDDEN")
    assert code(ledger.bot_id("elsewhere")) == (404, "NOT_FOUND")
    assert code(_STRANGE) == (404, "NOT_FOUND")
    assert code("website") == (404, "NOT_FOUND")
    server.contract(Mimicbot).quirks = Quirks(malformed_id=400)
    assert code("website") == (400, "VALIDATION_ERROR")
    second = open_client("mimicbot.second").get("/bots").json()["items"]
    assert [bot["id"] for bot in second] == [ledger.bot_id("elsewhere")]
    ledger.delete_bot(ledger.bot_id("shop"))
    assert code(ledger.bot_id("shop")) == (404, "NOT_FOUND")


def test_there_is_nothing_but_reading(mimicbot: httpx.Client, ledger: Ledger) -> None:
    path = f"/bots/{ledger.bot_id('website')}/submissions"
    row = ledger.submissions(ledger.bot_id("website"))[0]["id"]
    assert mimicbot.get(f"{path}/{row}").status_code == 404
    for method in ("PATCH", "DELETE", "POST", "PUT"):
        assert mimicbot.request(method, path).status_code == 405


@pytest.mark.parametrize(
    ("how", "waits"), [("seconds", "3600"), ("date", "Fri, 22 May 2026 11:14:39 GMT"), ("absent", None)]
)
def test_a_full_window_names_its_whole_length(
    server: RunningServer, mimicbot: httpx.Client, clock: Any, how: Any, waits: str | None
) -> None:
    contract = server.contract(Mimicbot)
    contract.settings.limit, contract.quirks = 2, Quirks(retry_after=how)
    answers = [mimicbot.get("/bots") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json() == {"error": {"code": "RATE_LIMITED"}}
    assert answers[2].headers.get("Retry-After") == waits
    assert not [name for name in answers[2].headers if name.startswith("x-ratelimit")]
    clock.step(3_599)
    assert mimicbot.get("/bots").status_code == 429
    clock.step(2)
    # The refused try took a slot too, but the three of an hour ago are gone.
    assert mimicbot.get("/bots").status_code == 200


@pytest.mark.parametrize(
    ("shape", "error"),
    [
        ("code", {"code": "NOT_FOUND"}),
        ("code_and_message", {"code": "NOT_FOUND", "message": "Not found."}),
        ("string", "NOT_FOUND"),
    ],
)
def test_errors_in_every_shape(server: RunningServer, mimicbot: httpx.Client, shape: Any, error: Any) -> None:
    server.contract(Mimicbot).quirks = Quirks(error=shape)
    assert mimicbot.get(f"/bots/{_STRANGE}/submissions").json() == {"error": error}


@pytest.mark.parametrize("envelope", ["items", "named", "bare"])
def test_lists_in_every_envelope(
    server: RunningServer, mimicbot: httpx.Client, ledger: Ledger, envelope: Any
) -> None:
    server.contract(Mimicbot).quirks = Quirks(envelope=envelope)
    bot = ledger.bot_id("website")
    rows = ledger.submissions(bot)
    wanted = {"items": {"items": rows}, "named": {"submissions": rows}, "bare": rows}[envelope]
    assert mimicbot.get(f"/bots/{bot}/submissions").json() == wanted
