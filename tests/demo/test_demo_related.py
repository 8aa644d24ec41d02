"""Team, pages and conversations. See docs/contracts/awardee.md section 3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

    from inbox_tui.demo.running import RunningServer


def _conversation(server: RunningServer, api: httpx.Client, *statuses: str) -> dict[str, Any]:
    for row in server.submissions():
        if row["conversation_id"]:
            found: dict[str, Any] = api.get(f"/conversations/{row['conversation_id']}").json()
            if found["status"] in statuses:
                return found
    pytest.fail(f"no conversation is {statuses}")


def test_only_active_members_are_listed_without_mail_addresses(big_api: httpx.Client) -> None:
    page = big_api.get("/team/members").json()
    assert (page["has_more"], len(page["data"])) == (False, 7)
    for member in page["data"]:
        assert set(member) == {
            *("object", "id", "user_id", "first_name", "last_name", "avatar_url"),
            *("role_id", "role", "joined_at", "updated_at"),
        }
        assert big_api.get(f"/team/members/{member['id']}").json() == member
        assert big_api.get(f"/team/members/{member['user_id']}").status_code == 404
    assert {member["role"] for member in page["data"]} == {"owner", "admin", "manager", "agent", "member"}


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_are_walked_without_blocks_and_read_with_them(big_api: httpx.Client, limit: int) -> None:
    pages: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        answer = big_api.get("/pages", params=query).json()
        pages += answer["data"]
        if not answer["has_more"]:
            break
        query["cursor"] = answer["next_cursor"]
    assert len({page["id"] for page in pages}) == len(pages) == 8
    assert {page["status"] for page in pages} == {"draft", "active", "inactive", "archived"}
    for page in pages:
        whole = big_api.get(f"/pages/{page['id']}").json()
        blocks = whole.pop("blocks")
        assert whole == page
        assert [block["order"] for block in blocks] == list(range(len(blocks)))


def test_submissions_refer_to_blocks_of_their_page(big: RunningServer, big_api: httpx.Client) -> None:
    row = next(row for row in big.submissions() if row["page_id"])
    blocks = big_api.get(f"/pages/{row['page_id']}").json()["blocks"]
    assert {block["id"] for block in blocks} == set(row["data"])


def test_messages_are_walked_in_their_order(big: RunningServer, big_api: httpx.Client) -> None:
    conversation = _conversation(big, big_api, "resolved", "closed", "archived", "bot_active", "open")
    path = f"/conversations/{conversation['id']}/messages"
    whole = big_api.get(path).json()["data"]
    assert {message["role"] for message in whole} == {"user", "assistant"}
    assert all(message["parts"][0]["order"] == 0 for message in whole)
    first = big_api.get(path, params={"limit": 1}).json()
    second = big_api.get(path, params={"limit": 100, "cursor": first["next_cursor"]}).json()
    assert first["data"] + second["data"] == whole
    assert big_api.get(path, params={"cursor": "x"}).json()["error"] == "invalid_query"


def test_a_reply_reaches_the_conversation_once_for_one_key(
    server: RunningServer, api: httpx.Client, clock: Any
) -> None:
    while not server.add_submission()["conversation_id"]:
        pass
    conversation = next(row["conversation_id"] for row in server.submissions() if row["conversation_id"])
    with server.database.transaction() as connection:
        connection.execute("UPDATE awardee_conversations SET status = 'open' WHERE id = ?", (conversation,))
    path = f"/conversations/{conversation}/messages"
    before = len(api.get(path).json()["data"])
    body = {"text": "We are on it ✔", "attachments": [{"url": "https://files.acme.example/a.pdf"}]}
    first = api.post(path, json=body, headers={"Idempotency-Key": "k1"})
    again = api.post(path, json=body, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    assert first.json()["parts"] == [
        {"order": 0, "text": "We are on it ✔"},
        {"order": 1, "file_url": "https://files.acme.example/a.pdf"},
    ]
    other = api.post(path, json={"text": "something else"}, headers={"Idempotency-Key": "k1"})
    assert (other.status_code, other.json()["error"]) == (409, "idempotency_conflict")
    assert api.post(path, json=body, headers={"Idempotency-Key": "k" * 256}).status_code == 400
    assert len(api.get(path).json()["data"]) == before + 1
    clock.step(24 * 3600)
    assert "Idempotent-Replayed" not in api.post(path, json=body, headers={"Idempotency-Key": "k1"}).headers
    assert len(api.get(path).json()["data"]) == before + 2
    assert api.get(f"/conversations/{conversation}").json()["last_message_preview"] == "We are on it ✔"


def test_a_closed_conversation_takes_no_reply(big: RunningServer, big_api: httpx.Client) -> None:
    conversation = _conversation(big, big_api, "resolved", "closed", "archived", "bot_active")
    refused = big_api.post(f"/conversations/{conversation['id']}/messages", json={"text": "hello"})
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_payload")


@pytest.mark.parametrize(
    "body",
    [{}, {"text": ""}, {"text": 1}, {"attachments": [{}]}, {"attachments": "x"}, {"text": "a", "to": "b"}],
)
def test_a_reply_without_content_is_refused(
    big: RunningServer, big_api: httpx.Client, body: dict[str, Any]
) -> None:
    conversation = _conversation(big, big_api, "open", "agent_requested")
    refused = big_api.post(f"/conversations/{conversation['id']}/messages", json=body)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_payload")
    assert refused.json()["details"]["fieldErrors"]
