"""Reading submissions: list, filters, cursors, one record. See docs/contracts/awardee.md section 2."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from inbox_tui.demo.awardee import Quirks

if TYPE_CHECKING:
    from inbox_tui.demo.running import RunningServer


def _walk(client: httpx.Client, **query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = client.get(
            "/submissions", params=query if cursor is None else {**query, "cursor": cursor}
        ).json()
        rows += page["data"]
        assert page["object"] == "list"
        assert page["has_more"] is (page["next_cursor"] is not None)
        cursor = page["next_cursor"]
        if cursor is None:
            return rows


@pytest.mark.parametrize("limit", [1, 7, 25, 100])
def test_a_cursor_walk_gives_every_row_once_and_newest_first(
    big: RunningServer, big_api: httpx.Client, limit: int
) -> None:
    rows = _walk(big_api, limit=str(limit))
    assert rows == big.submissions()
    assert len({row["id"] for row in rows}) == 240
    moments = [row["created_at"].replace("+00:00", "") for row in rows]
    assert moments == sorted(moments, reverse=True)
    assert sorted(row["submission_number"] for row in rows) == list(range(1, 241))


def test_rows_that_arrive_during_a_walk_do_not_shift_it(server: RunningServer, api: httpx.Client) -> None:
    before = [row["id"] for row in server.submissions()]
    first = api.get("/submissions", params={"limit": "10"}).json()
    server.add_submission()
    second = api.get("/submissions", params={"limit": "100", "cursor": first["next_cursor"]}).json()
    assert [row["id"] for row in first["data"] + second["data"]] == before


def test_a_page_holds_25_rows_unless_asked(big_api: httpx.Client) -> None:
    assert len(big_api.get("/submissions").json()["data"]) == 25


def test_the_walk_can_start_with_the_oldest(big_api: httpx.Client) -> None:
    oldest_first = _walk(big_api, limit="100", sort="created_at")
    assert oldest_first == _walk(big_api, limit="100")[::-1]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "many"},
        {"limit": "-1"},
        {"limit": ""},
        {"limit": "9" * 5000},
        {"cursor": "!!!"},
        {"cursor": "e30"},
        {"cursor": ""},
        {"cursor": "\u0663"},
        {"status": "resolved,unheard-of"},
        {"status": ""},
        {"priority": "urgent"},
        {"flagged": "yes"},
        {"sort": "name"},
    ],
)
def test_a_wrong_query_is_refused_and_named(big_api: httpx.Client, query: dict[str, str]) -> None:
    response = big_api.get("/submissions", params=query)
    assert response.status_code == 400
    body = response.json()
    assert body["error"] == "invalid_query"
    assert body["request_id"] == response.headers["X-Request-Id"]
    assert list(body["details"]["fieldErrors"]) == list(query)


def test_a_cursor_is_bound_to_its_filters(big_api: httpx.Client) -> None:
    cursor = big_api.get("/submissions", params={"limit": "5"}).json()["next_cursor"]
    refused = big_api.get("/submissions", params={"cursor": cursor, "status": "new"})
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_query")
    digest = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))[0]
    forged = base64.urlsafe_b64encode(json.dumps([digest, 2**70, "x"]).encode()).decode().rstrip("=")
    assert big_api.get("/submissions", params={"cursor": forged}).status_code == 400


def test_filters_take_lists_and_combine(big: RunningServer, big_api: httpx.Client) -> None:
    everything = big.submissions()
    assignees = sorted({row["assignee_id"] for row in everything} - {None})[:2]
    page = next(row["page_id"] for row in everything if row["page_id"])
    for query, expected in (
        ({"status": "new,read"}, lambda row: row["status"] in ("new", "read")),
        ({"priority": "high"}, lambda row: row["priority"] == "high"),
        ({"flagged": "true"}, lambda row: row["flagged"]),
        (
            {"flagged": "false", "status": "resolved"},
            lambda row: not row["flagged"] and row["status"] == "resolved",
        ),
        ({"assignee_id": ",".join(assignees)}, lambda row: row["assignee_id"] in assignees),
        ({"page_id": page}, lambda row: row["page_id"] == page),
    ):
        rows = _walk(big_api, limit="30", **query)
        assert rows == [row for row in everything if expected(row)]
        assert rows


def test_the_bare_list_shows_spam_and_unknown_parameters_make_no_difference(
    big: RunningServer, big_api: httpx.Client
) -> None:
    rows = _walk(big_api, limit="100", colour="blue")
    assert any(row["status"] == "spam" for row in rows)
    assert len(rows) == 240


def test_quirks_change_the_dialect(server: RunningServer, api: httpx.Client) -> None:
    server.awardee.quirks = Quirks(
        unknown_query="refuse", hide_spam=True, utc_suffix="Z", me="older", event_names="longer"
    )
    assert api.get("/submissions", params={"colour": "blue"}).json()["error"] == "invalid_query"
    shown = api.get("/submissions", params={"limit": "100"}).json()["data"]
    assert all(row["status"] != "spam" and row["created_at"].endswith("Z") for row in shown)
    assert api.get("/submissions", params={"status": "spam"}).json()["data"]
    assert set(api.get("/me").json()) == {"org", "api_key"}
    assert set(api.get(f"/submissions/{shown[0]['id']}/events").json()["data"][0]) >= {
        "event_type",
        "new_value",
    }
    server.awardee.quirks = Quirks(filters="refuse")
    assert api.get("/submissions", params={"status": "new"}).status_code == 400
    server.awardee.quirks = Quirks(filters="ignore")
    assert len(api.get("/submissions", params={"status": "new", "limit": "100"}).json()["data"]) == 40


def test_one_submission_is_a_bare_object(big: RunningServer, big_api: httpx.Client) -> None:
    for row in big.submissions()[:5]:
        assert big_api.get(f"/submissions/{row['id']}").json() == row
        assert row["object"] == "submission"


def test_an_unknown_id_is_404_everywhere(api: httpx.Client) -> None:
    for path in (
        "/submissions/x",
        "/submissions/x/events",
        "/pages/x",
        "/team/members/x",
        "/conversations/x",
    ):
        response = api.get(path)
        assert (response.status_code, response.json()["error"]) == (404, "not_found")
    assert api.patch("/submissions/x", json={"status": "new"}).status_code == 404
    assert api.get("/nothing/here").json()["error"] == "not_found"


def test_submissions_cannot_be_made_or_deleted_here(api: httpx.Client, fresh: str) -> None:
    made = api.post("/submissions", json={})
    gone = api.delete(f"/submissions/{fresh}")
    assert (made.status_code, gone.status_code) == (405, 405)
    assert made.headers["Allow"] == "GET, HEAD"
    assert gone.headers["Allow"] == "GET, HEAD, PATCH"
    assert gone.json()["error"] == "method_not_allowed"


def test_two_organisations_do_not_see_each_other(server: RunningServer, api: httpx.Client) -> None:
    theirs = server.submissions("globex")
    assert theirs
    with httpx.Client(base_url=server.url + "/v1", trust_env=False, verify=False) as other:
        other.headers["Authorization"] = f"Bearer {server.keys['awardee.second']}"
        assert _walk(other, limit="100") == theirs
        ours = server.submissions()[0]["id"]
        for client, hidden in ((api, theirs[0]["id"]), (other, ours)):
            assert client.get(f"/submissions/{hidden}").status_code == 404
            assert client.get(f"/submissions/{hidden}/events").status_code == 404
            assert client.patch(f"/submissions/{hidden}", json={"flagged": True}).status_code == 404
        member = server.members()[1]["user_id"]
        refused = other.patch(f"/submissions/{theirs[0]['id']}", json={"assignee_id": member})
        assert refused.json()["error"] == "invalid_payload"
        assert {page["id"] for page in other.get("/pages").json()["data"]}.isdisjoint(
            page["id"] for page in api.get("/pages").json()["data"]
        )


def test_a_submission_that_arrives_is_on_top_with_the_next_number(
    server: RunningServer, api: httpx.Client
) -> None:
    added = server.add_submission(
        data={"q": {"type": "form_text", "label": "Q", "value": "A", "order": 0}}, page_id=None
    )
    top = api.get("/submissions", params={"limit": "1"}).json()["data"][0]
    assert top == added == server.submission(added["id"])
    assert (added["submission_number"], added["status"], added["page_id"]) == (41, "new", None)
    assert added["data"]["q"]["value"] == "A"
    assert [event["type"] for event in server.events(added["id"])] == ["created"]
