"""Mantlz over HTTP: keys, forms, walks in every dialect, plans, refusals, limits."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from inbox_tui.demo.mantlz import Ledger, Mantlz, Quirks

if TYPE_CHECKING:
    from collections.abc import Callable

    from inbox_tui.demo.running import RunningServer


@pytest.fixture
def mantlz(open_client: Callable[[str], httpx.Client]) -> httpx.Client:
    return open_client("mantlz")


@pytest.fixture
def ledger(server: RunningServer) -> Ledger:
    return Ledger(server.database, server.seed)


@pytest.fixture
def form(ledger: Ledger, clock: Any) -> str:
    """A form with exactly eleven submissions, two of them of the same moment."""
    (made,) = ledger.add_forms(1, clock())
    for number in range(11):
        at = clock() - timedelta(seconds=number if number != 5 else 4)
        ledger.add(made, {"email": f"{number}@a.example", "n": number}, at)
    return made


def _walk(client: httpx.Client, form: str, limit: int) -> list[str]:
    """Walk as the vendor's page says: follow `nextCursor` until there is none."""
    seen: list[str] = []
    query: dict[str, Any] = {"limit": limit}
    for _ in range(40):
        page = client.get(f"/forms/{form}/submissions", params=query).json()
        seen += [row["id"] for row in page["submissions"]]
        if not page.get("nextCursor"):
            return seen
        query["cursor"] = page["nextCursor"]
    raise AssertionError("the walk does not end")


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 10, 11, 12, 100])
@pytest.mark.parametrize("ending", ["absent", "null", "empty"])
def test_a_walk_meets_every_row_once(
    server: RunningServer, mantlz: httpx.Client, ledger: Ledger, form: str, limit: int, ending: Any
) -> None:
    server.contract(Mantlz).quirks = Quirks(end_of_list=ending)
    assert _walk(mantlz, form, limit) == [row["id"] for row in ledger.submissions(form)]
    last = mantlz.get(f"/forms/{form}/submissions").json()
    assert last.get("nextCursor", "absent") == {"absent": "absent", "null": None, "empty": ""}[ending]


def test_quirk_one_brings_one_row_more_and_never_a_cursor(
    server: RunningServer, mantlz: httpx.Client, ledger: Ledger, form: str
) -> None:
    server.contract(Mantlz).quirks = Quirks(one_row_more=True)
    truth = [row["id"] for row in ledger.submissions(form)]
    page = mantlz.get(f"/forms/{form}/submissions", params={"limit": 4}).json()
    assert [row["id"] for row in page["submissions"]] == truth[:5]
    assert "nextCursor" not in page
    page = mantlz.get(f"/forms/{form}/submissions", params={"limit": 4, "cursor": truth[4]}).json()
    assert [row["id"] for row in page["submissions"]] == truth[4:9]
    logs = mantlz.get(f"/forms/{ledger.form_id('contact')}/logs", params={"limit": 2}).json()
    assert len(logs["logs"]) == 3
    assert "nextCursor" not in logs


@pytest.mark.parametrize(("where", "repeats"), [("nowhere", False), ("forms", True), ("everywhere", True)])
def test_quirk_two_repeats_the_last_form_of_a_page(
    server: RunningServer, mantlz: httpx.Client, form: str, where: Any, repeats: bool
) -> None:
    server.contract(Mantlz).quirks = Quirks(last_row_cursor=where)
    first = mantlz.get("/forms/list", params={"limit": 3}).json()
    second = mantlz.get("/forms/list", params={"limit": 3, "cursor": first["nextCursor"]}).json()
    assert len(first["forms"]) == 3
    assert (second["forms"][0]["id"] == first["forms"][-1]["id"]) is repeats
    if repeats:
        stuck = mantlz.get("/forms/list", params={"limit": 1}).json()
        assert stuck["nextCursor"] == stuck["forms"][0]["id"]
    rows = mantlz.get(f"/forms/{form}/submissions", params={"limit": 3}).json()
    assert (rows["nextCursor"] == rows["submissions"][-1]["id"]) is (where == "everywhere")


def test_a_cursor_nobody_knows_is_an_empty_list(mantlz: httpx.Client, ledger: Ledger, form: str) -> None:
    foreign = ledger.submissions(ledger.form_id("contact"))[0]["id"]
    for cursor in ("c0", foreign):
        answer = mantlz.get(f"/forms/{form}/submissions", params={"cursor": cursor})
        assert (answer.status_code, answer.json()) == (200, {"submissions": [], "plan": "PRO"})


@pytest.mark.parametrize(
    ("limit", "status", "rows"),
    [("", 200, 11), ("2", 200, 2), ("0", 400, 0), ("101", 400, 0), ("x", 400, 0), ("1.5", 500, 0)],
)
def test_limits_are_checked(mantlz: httpx.Client, form: str, limit: str, status: int, rows: int) -> None:
    answer = mantlz.get(f"/forms/{form}/submissions", params={"limit": limit})
    assert answer.status_code == status
    assert len(answer.json().get("submissions", [])) == rows
    assert ("error" in answer.json()) is (status != 200)


def test_forms_have_labels_in_order(mantlz: httpx.Client, ledger: Ledger) -> None:
    listed = mantlz.get("/forms/list").json()["forms"]
    assert [row["id"] for row in listed] == ledger.forms()
    for row in listed:
        assert row["submissionCount"] == len(ledger.submissions(row["id"]))
        detail = mantlz.get(f"/forms/{row['id']}").json()
        assert detail["name"] == row["name"]
        assert all(field["id"] == field["name"] for field in detail["fields"])
        assert all(field["label"] for field in detail["fields"])
    contact = mantlz.get(f"/forms/{ledger.form_id('contact')}").json()
    assert [field["name"] for field in contact["fields"]] == ["name", "email", "phone", "message"]
    assert contact["usersJoinedSettings"] is None
    waitlist = mantlz.get(f"/forms/{ledger.form_id('waitlist')}").json()
    joined = mantlz.get(f"/forms/{waitlist['id']}/users-joined").json()
    assert waitlist["usersJoinedSettings"] == {"enabled": True, "count": joined["count"]}


@pytest.mark.parametrize(
    ("key", "plan"), [("mantlz", "PRO"), ("mantlz.standard", "STANDARD"), ("mantlz.free", "FREE")]
)
def test_a_plan_decides_what_is_seen(
    open_client: Callable[[str], httpx.Client], ledger: Ledger, clock: Any, key: str, plan: str
) -> None:
    client = open_client(key)
    form = ledger.form_id("contact", plan.lower())
    ledger.add(form, {"message": "x", "_meta": {"browser": "Chrome", "country": "US"}}, clock())
    page = client.get(f"/forms/{form}/submissions").json()
    assert page["plan"] == plan
    assert ("_meta" in page["submissions"][0]["data"]) is (plan != "FREE")
    for query in ({"startDate": "2026-01-01"}, {"endDate": "nonsense"}):
        status = client.get(f"/forms/{form}/submissions", params=query).status_code
        assert status == (403 if plan == "FREE" else 200 if "startDate" in query else 500)
    assert client.get(f"/forms/{form}/logs").status_code == (200 if plan == "PRO" else 403)
    analytics = client.get(f"/forms/{form}/analytics", params={"timeRange": "month"})
    assert analytics.status_code == (403 if plan == "FREE" else 200)
    assert ("browserStats" in analytics.json()) is (plan == "PRO")
    assert client.get(f"/forms/{form}/analytics", params={"timeRange": "year"}).status_code == 400


def test_a_plan_can_change_while_the_server_runs(
    server: RunningServer, mantlz: httpx.Client, form: str
) -> None:
    for plan, status in (("FREE", 403), ("ENTERPRISE", 403), ("PRO", 200)):
        server.contract(Mantlz).quirks = Quirks(plan=plan)
        assert mantlz.get(f"/forms/{form}/submissions").json()["plan"] == plan
        answer = mantlz.get(f"/forms/{form}/submissions", params={"startDate": "2020-01-01"})
        assert answer.status_code == status


def test_an_end_date_includes_its_whole_day(mantlz: httpx.Client, ledger: Ledger, clock: Any) -> None:
    (form,) = ledger.add_forms(1, clock())
    day = clock().replace(hour=0, minute=0, second=0)
    names = {}
    for name, at in (("early", day), ("late", day + timedelta(hours=23)), ("next", day + timedelta(days=1))):
        names[ledger.add(form, {"at": name}, at)] = name

    def between(**query: str) -> set[str]:
        rows = mantlz.get(f"/forms/{form}/submissions", params=query).json()["submissions"]
        return {names[row["id"]] for row in rows}

    assert between(endDate=day.date().isoformat()) == {"early", "late"}
    assert between(startDate=(day + timedelta(hours=1)).isoformat()) == {"late", "next"}
    assert between(startDate=f"{day.date()}T22:00:00.000Z", endDate=f"{day.date()}") == {"late"}


def test_rows_have_the_published_members(mantlz: httpx.Client, ledger: Ledger) -> None:
    emails = set()
    for form in ledger.forms():
        for row in mantlz.get(f"/forms/{form}/submissions", params={"limit": 100}).json()["submissions"]:
            assert set(row) - {"email"} == {"id", "createdAt", "data"}
            assert row["createdAt"][-5] == "."
            assert row["createdAt"].endswith("Z")
            assert len(row["id"]) == 25
            emails.add(type(row["email"]) if "email" in row else "absent")
    assert {str, "absent"} <= emails


def test_one_submission_for_each_form_and_address(ledger: Ledger) -> None:
    for form in ledger.forms():
        known = [row["email"] for row in ledger.submissions(form) if row.get("email")]
        assert len(known) == len(set(known))


def test_logs_name_their_submission(mantlz: httpx.Client, ledger: Ledger) -> None:
    form = ledger.form_id("contact")
    logs = mantlz.get(f"/forms/{form}/logs", params={"limit": 100}).json()["logs"]
    assert {log["submissionId"] for log in logs} == {row["id"] for row in ledger.submissions(form)}
    assert all((log["error"] is not None) is (log["status"] == "FAILED") for log in logs)
    for name, value in (("type", "SUBMISSION_CONFIRMATION"), ("status", "FAILED")):
        some = mantlz.get(f"/forms/{form}/logs", params={name: value, "limit": 100}).json()["logs"]
        assert some == [log for log in logs if log[name] == value]
    assert mantlz.get(f"/forms/{form}/logs", params={"type": "?", "limit": 100}).json()["logs"] == logs


def test_a_key_may_stand_in_the_query_but_the_header_wins(server: RunningServer, form: str) -> None:
    url = f"{server.url}/mantlz/api/v1/forms/list"
    good, bad = server.keys["mantlz"], server.keys["mantlz.inactive"]
    with httpx.Client(trust_env=False, verify=False) as client:
        assert client.get(url, params={"apiKey": good}).status_code == 200
        assert client.get(url, params={"apiKey": good}, headers={"X-API-Key": ""}).status_code == 200
        assert client.get(url, params={"apiKey": good}, headers={"X-API-Key": bad}).status_code == 401
        joined = url.replace("list", f"{form}/users-joined")
        assert client.get(joined, params={"apiKey": good}).status_code == 400
    assert all("x-api-key" not in request.headers for request in server.requests)


@pytest.mark.parametrize(
    ("headers", "status", "text"),
    [
        ({}, 400, "API key is required"),
        ({"X-API-Key": "mk_short"}, 400, "Invalid API key format"),
        ({"X-API-Key": "mk_" + "z" * 32}, 401, "Invalid or inactive API key"),
    ],
)
def test_keys_that_are_refused(
    server: RunningServer, headers: dict[str, str], status: int, text: str
) -> None:
    answer = httpx.get(
        f"{server.url}/mantlz/api/v1/forms/list", headers=headers, trust_env=False, verify=False
    )
    assert (answer.status_code, answer.json()) == (status, {"error": text})


@pytest.mark.parametrize(("key", "status"), [("mantlz.inactive", 401), ("mantlz.orphan", 404)])
def test_dead_keys(open_client: Callable[[str], httpx.Client], key: str, status: int) -> None:
    answer = open_client(key).get("/forms/list")
    assert answer.status_code == status
    assert set(answer.json()) == {"error"}


def test_a_missing_key_and_a_missing_form_have_a_second_wording(
    server: RunningServer, mantlz: httpx.Client, ledger: Ledger
) -> None:
    foreign = ledger.form_id("contact", "free")
    for form in ("c0", foreign):
        assert mantlz.get(f"/forms/{form}").json() == {"error": "Form not found"}
        assert mantlz.get(f"/forms/{form}/submissions").status_code == 404
    server.contract(Mantlz).quirks = Quirks(missing_form=403, missing_key=401)
    assert mantlz.get(f"/forms/{foreign}/submissions").status_code == 403
    bare = httpx.get(f"{server.url}/mantlz/api/v1/forms/list", trust_env=False, verify=False)
    assert bare.status_code == 401


def test_a_deleted_form_is_gone_with_its_submissions(mantlz: httpx.Client, ledger: Ledger, form: str) -> None:
    ledger.delete_form(form)
    assert mantlz.get(f"/forms/{form}/submissions").status_code == 404
    assert form not in {row["id"] for row in mantlz.get("/forms/list").json()["forms"]}


def test_other_paths_answer_in_plain_text(server: RunningServer, mantlz: httpx.Client) -> None:
    moved = mantlz.get(f"{server.url}/mantlz-web/api/v1/forms/list?limit=2")
    assert (moved.status_code, moved.text) == (301, "Moved Permanently")
    assert moved.headers["location"] == f"{server.url}/mantlz/api/v1/forms/list?limit=2"
    for answer in (mantlz.get(f"{server.url}/mantlz/about"), mantlz.post("/forms/list"), mantlz.get("/x/y")):
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/plain")


def test_the_address_layer_refuses_in_plain_text(
    server: RunningServer, mantlz: httpx.Client, form: str, clock: Any
) -> None:
    server.contract(Mantlz).settings.ip_limit = 3
    paths = ["/forms/list", f"/forms/{form}", f"/forms/{form}/submissions", "/forms/list"]
    answers = [mantlz.get(path) for path in paths]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    refused = answers[-1]
    assert refused.text == "Too Many Requests"
    assert refused.headers["Retry-After"] == "60"
    assert refused.headers["X-RateLimit-Reset"] == str(int((clock().timestamp() + 60) * 1000))
    clock.step(60)
    assert mantlz.get("/forms/list").status_code == 200


def test_the_route_layer_counts_each_form_and_names_no_wait(
    server: RunningServer, mantlz: httpx.Client, ledger: Ledger, form: str, clock: Any
) -> None:
    settings = server.contract(Mantlz).settings
    settings.route_limit = 2
    path = f"/forms/{form}/submissions"
    first, second, third = (mantlz.get(path) for _ in range(3))
    assert [first.headers["X-RateLimit-Remaining"], second.headers["X-RateLimit-Remaining"]] == ["1", "0"]
    assert (third.status_code, third.json()) == (429, {"error": "Rate limit exceeded"})
    assert "Retry-After" not in third.headers
    assert mantlz.get(f"/forms/{ledger.form_id('contact')}/submissions").status_code == 200
    settings.quirks = Quirks(limit_headers="refusals", reset_unit="seconds")
    assert "X-RateLimit-Limit" not in mantlz.get("/forms/list").headers
    assert mantlz.get(path).headers["X-RateLimit-Reset"] == str(int(clock().timestamp() + 60))


def test_parameters_are_checked_before_the_rate_and_the_rate_before_the_key(
    server: RunningServer, open_client: Callable[[str], httpx.Client]
) -> None:
    server.contract(Mantlz).settings.route_limit = 1
    dead = open_client("mantlz.inactive")
    statuses = [
        dead.get("/forms/list", params={"limit": limit}).status_code for limit in ("0", "1", "1", "0")
    ]
    assert statuses == [400, 401, 429, 400]
