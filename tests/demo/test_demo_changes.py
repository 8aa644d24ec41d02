"""PATCH and the timeline. See docs/contracts/awardee.md sections 2.4 and 2.5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from inbox_tui.demo.awardee import Quirks

if TYPE_CHECKING:
    import httpx

    from inbox_tui.demo.running import RunningServer


def _patch(client: httpx.Client, submission: str, body: dict[str, Any]) -> dict[str, Any]:
    response = client.patch(f"/submissions/{submission}", json=body)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def test_only_the_sent_fields_change(server: RunningServer, api: httpx.Client, fresh: str) -> None:
    before = server.submission(fresh)
    member = server.members()[1]["user_id"]
    body = {"priority": "high", "flagged": True, "assignee_id": member, "notes": "line\nتجربة 👍"}
    after = _patch(api, fresh, body)
    assert after == {**before, **body} == server.submission(fresh)
    assert _patch(api, fresh, {"assignee_id": None, "notes": None}) == {
        **after,
        "assignee_id": None,
        "notes": None,
    }


def test_resolving_with_a_key_stamps_the_time_but_no_person(api: httpx.Client, fresh: str) -> None:
    after = _patch(api, fresh, {"status": "resolved"})
    assert (after["resolved_at"], after["resolved_by"]) == ("2026-05-22T10:14:39+00:00", None)


def test_resolving_with_oauth_stamps_time_and_person(
    server: RunningServer, oauth: httpx.Client, fresh: str
) -> None:
    after = _patch(oauth, fresh, {"status": "resolved"})
    assert (after["resolved_at"], after["resolved_by"]) == ("2026-05-22T10:14:39+00:00", server.me)
    assert _patch(oauth, fresh, {"resolved_by": None})["resolved_by"] is None


def test_resolving_again_leaves_the_stamp(
    server: RunningServer, api: httpx.Client, fresh: str, clock: Any
) -> None:
    first = _patch(api, fresh, {"status": "resolved"})
    clock.step(60)
    assert _patch(api, fresh, {"status": "resolved"}) == first
    assert len(server.events(fresh)) == 2


def test_reopening_keeps_the_stamps_until_they_are_cleared(oauth: httpx.Client, fresh: str) -> None:
    resolved = _patch(oauth, fresh, {"status": "resolved"})
    reopened = _patch(oauth, fresh, {"status": "read"})
    assert reopened == {**resolved, "status": "read"}
    undone = _patch(oauth, fresh, {"status": "new", "resolved_at": None, "resolved_by": None})
    assert (undone["status"], undone["resolved_at"], undone["resolved_by"]) == ("new", None, None)


def test_resolved_at_can_be_set_with_any_offset(api: httpx.Client, fresh: str) -> None:
    after = _patch(api, fresh, {"status": "resolved", "resolved_at": "2026-05-01T12:00:00.5+02:00"})
    assert after["resolved_at"] == "2026-05-01T10:00:00.500000+00:00"


def _field(name: str, value: object) -> Any:
    return pytest.param({name: value}, name, id=f"{name}={value!r}"[:40])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        _field("status", "done"),
        _field("status", None),
        _field("status", ["new"]),
        _field("priority", "urgent"),
        _field("priority", None),
        _field("flagged", "true"),
        _field("flagged", 1),
        _field("flagged", None),
        _field("assignee_id", "nobody"),
        _field("assignee_id", 7),
        _field("notes", 7),
        _field("resolved_at", "yesterday"),
        _field("resolved_at", "2026-05-01T12:00:00"),
        _field("resolved_at", "0001-01-01T00:00:00+14:00"),
        _field("resolved_at", 1),
        _field("resolved_by", "6f1d9c1e-52f0-4d0a-9a0f-0d3f6b1f6a11"),
        _field("created_at", "2026-05-01T12:00:00Z"),
        _field("colour", "blue"),
    ],
)
def test_a_wrong_field_is_refused_by_name_and_nothing_changes(
    server: RunningServer, api: httpx.Client, fresh: str, body: dict[str, Any], field: str
) -> None:
    before = server.submission(fresh)
    response = api.patch(f"/submissions/{fresh}", json={**body, "priority": body.get("priority", "low")})
    assert response.status_code == 400
    answer = response.json()
    assert answer["error"] == "invalid_payload"
    assert list(answer["details"]["fieldErrors"]) == [field]
    assert answer["details"]["formErrors"] == []
    assert server.submission(fresh) == before


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b'"x"', b"{", b"\xff", b'{"notes":"\\ud800"}', b'{"a":' * 100_000, b"null"],
    ids=["empty", "no field", "list", "string", "cut", "not utf-8", "lone surrogate", "deep", "null"],
)
def test_a_body_that_is_no_filled_object_is_refused(api: httpx.Client, fresh: str, content: bytes) -> None:
    response = api.patch(
        f"/submissions/{fresh}", content=content, headers={"Content-Type": "application/json"}
    )
    assert (response.status_code, response.json()["error"]) == (400, "invalid_payload")
    assert response.json()["details"]["formErrors"]


def test_a_body_that_is_not_sent_as_json_is_refused(api: httpx.Client, fresh: str) -> None:
    response = api.patch(f"/submissions/{fresh}", content=b'{"flagged":true}')
    assert (response.status_code, response.json()["error"]) == (400, "invalid_payload")


def test_a_huge_body_is_refused(api: httpx.Client, fresh: str) -> None:
    response = api.patch(f"/submissions/{fresh}", json={"notes": "x" * 1_200_000})
    assert (response.status_code, response.json()["error"]) == (413, "payload_too_large")


def test_a_former_member_cannot_be_assigned(server: RunningServer, api: httpx.Client, fresh: str) -> None:
    active = {member["user_id"] for member in server.members()}
    former = {row["assignee_id"] for row in server.submissions()} - active - {None}
    assert former, "the data should hold a submission of somebody who left"
    response = api.patch(f"/submissions/{fresh}", json={"assignee_id": former.pop()})
    assert list(response.json()["details"]["fieldErrors"]) == ["assignee_id"]


def test_quirks_change_what_patch_accepts(server: RunningServer, api: httpx.Client, fresh: str) -> None:
    server.awardee.quirks = Quirks(
        unknown_keys="ignore",
        empty_patch="accept",
        null_resolved_at="refuse",
        reopening_clears_stamps=True,
        stranger_status=404,
    )
    before = server.submission(fresh)
    assert _patch(api, fresh, {}) == before
    assert _patch(api, fresh, {"colour": "blue"}) == before
    assert api.patch(f"/submissions/{fresh}", json={"resolved_at": None}).status_code == 400
    assert api.patch(f"/submissions/{fresh}", json={"assignee_id": str(uuid4())}).status_code == 404
    _patch(api, fresh, {"status": "resolved"})
    assert _patch(api, fresh, {"status": "new"})["resolved_at"] is None


def test_an_idempotency_key_makes_no_difference_to_patch(api: httpx.Client, fresh: str) -> None:
    key = {"Idempotency-Key": "one"}
    api.patch(f"/submissions/{fresh}", json={"status": "read"}, headers=key)
    second = api.patch(f"/submissions/{fresh}", json={"status": "spam"}, headers=key)
    assert (second.status_code, second.json()["status"]) == (200, "spam")
    assert "Idempotent-Replayed" not in second.headers


def test_every_change_leaves_one_event_with_its_author(
    server: RunningServer, api: httpx.Client, oauth: httpx.Client, fresh: str, clock: Any
) -> None:
    member = server.members()[2]["user_id"]
    _patch(api, fresh, {"status": "in_progress", "priority": "low", "flagged": True})
    clock.step(1.5)
    _patch(oauth, fresh, {"flagged": False, "assignee_id": member, "notes": "hello"})
    _patch(oauth, fresh, {"assignee_id": None, "priority": "low"})
    page = api.get(f"/submissions/{fresh}/events").json()
    assert (page["has_more"], page["next_cursor"]) == (False, None)
    events = page["data"]
    assert events == server.events(fresh)
    told = [(event["type"], event["from"], event["to"]) for event in events]
    assert told == [
        ("created", None, None),
        ("status_changed", "new", "in_progress"),
        ("priority_changed", "none", "low"),
        ("flagged", False, True),
        ("unflagged", True, False),
        ("assigned", None, member),
        ("notes_updated", None, "hello"),
        ("unassigned", member, None),
    ]
    key_id = api.get("/me").json()["api_key"]["id"]
    assert [event["actor_id"] for event in events] == [None, *[key_id] * 3, *[server.me] * 4]
    assert events[1]["metadata"] == {"actor_type": "api_key", "api_key_name": "inbox"}
    assert events[4]["metadata"] == {}
    assert (events[3]["created_at"], events[4]["created_at"]) == (
        "2026-05-22T10:14:39+00:00",
        "2026-05-22T10:14:40.500000+00:00",
    )
    assert len({event["id"] for event in events}) == len(events)


def test_a_colleague_acts_with_stamps_and_events(
    server: RunningServer, api: httpx.Client, fresh: str
) -> None:
    colleague = server.members()[1]["user_id"]
    after = server.act_as(colleague, fresh, {"status": "resolved", "notes": "done by phone"})
    assert api.get(f"/submissions/{fresh}").json() == after
    assert after["resolved_by"] == colleague
    assert [event["actor_id"] for event in server.events(fresh)] == [None, colleague, colleague]
