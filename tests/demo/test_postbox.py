"""Postbox over HTTP in its three published states: forms, pages, filters, deleting, refusals, limits."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from inbox_tui.demo.postbox import Ledger, Postbox, Quirks

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from inbox_tui.demo.running import RunningServer

_STRANGE = "00000000-0000-4000-a000-000000000000"
_PROFILES = ("A", "B", "C")


@pytest.fixture
def postbox(open_client: Callable[[str], httpx.Client]) -> httpx.Client:
    return open_client("postbox")


@pytest.fixture
def ledger(server: RunningServer) -> Ledger:
    return Ledger(server.database, server.seed)


@pytest.fixture
def form(ledger: Ledger, clock: Any) -> str:
    """A form with twelve submissions, the odd ones spam."""
    (made,) = ledger.add_forms(1, clock())
    for number in range(12):
        added = ledger.add(made, {"n": number, "word": "Näh" if number < 3 else "x"}, clock())
        ledger.change(added, spam=number % 2, processing="completed")
        clock.step(1)
    return made


def _walk(client: httpx.Client, form: str, size: int, **query: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for page in range(1, 30):
        asked = {**query, "page": page, "page_size": size}
        answer = client.get(f"/forms/{form}/submissions", params=asked).json()
        assert answer["meta"]["current_page"] == page
        rows += answer["data"]
        if page >= answer["meta"]["total_pages"]:
            assert len(rows) == answer["meta"]["total_count"]
            return rows
    raise AssertionError("the walk does not end")


@pytest.mark.parametrize("profile", _PROFILES)
@pytest.mark.parametrize("size", [1, 5, 12, 50])
def test_a_walk_with_all_meets_every_row(
    server: RunningServer, postbox: httpx.Client, ledger: Ledger, form: str, profile: Any, size: int
) -> None:
    server.contract(Postbox).quirks = Quirks(profile=profile)
    assert _walk(postbox, form, size, filter="all") == ledger.submissions(form, profile)


def test_the_inbox_is_what_is_not_spam(postbox: httpx.Client, form: str) -> None:
    for query, numbers in (({}, {0, 2, 4, 6, 8, 10}), ({"filter": "spam"}, {1, 3, 5, 7, 9, 11})):
        assert {row["data"]["n"] for row in _walk(postbox, form, 4, **query)} == numbers


def test_a_row_leaves_the_inbox_when_it_is_judged(postbox: httpx.Client, ledger: Ledger, clock: Any) -> None:
    (form,) = ledger.add_forms(1, clock())
    added = ledger.add(form, {"message": "win"}, clock())
    path = f"/forms/{form}/submissions"
    assert [row["processing_status"] for row in postbox.get(path).json()["data"]] == ["pending"]
    ledger.change(added, processing="completed", spam=1, confidence=0.98, spam_reason="Advertises")
    assert postbox.get(path).json()["data"] == []
    found = postbox.get(f"{path}/{added}").json()
    assert (found["spam_flag"], found["spam_confidence"], found["spam_reason"]) == (True, 0.98, "Advertises")


@pytest.mark.parametrize(("profile", "default"), [("A", 10), ("B", 20), ("C", 20)])
def test_page_sizes(
    server: RunningServer, postbox: httpx.Client, form: str, profile: Any, default: int
) -> None:
    server.contract(Postbox).quirks = Quirks(profile=profile)
    path = f"/forms/{form}/submissions"
    assert postbox.get(path).json()["meta"]["page_size"] == default
    assert postbox.get(path, params={"page_size": 500}).json()["meta"]["page_size"] == 50
    code: object = 400 if profile == "A" else "invalid_params"
    for wrong in ({"page": 0}, {"page": "x"}, {"page_size": 0}, {"page_size": -1}, {"filter": "new"}):
        answer = postbox.get(path, params=wrong)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    past = postbox.get(path, params={"page": 9})
    assert (past.status_code, past.json()["data"]) == (200, [])
    server.contract(Postbox).quirks = Quirks(profile=profile, past_end="refuse")
    assert postbox.get(path, params={"page": 9}).status_code == 400


@pytest.mark.parametrize("profile", _PROFILES)
def test_search_and_sort_are_unknown_to_the_first_state(
    server: RunningServer, postbox: httpx.Client, form: str, profile: Any
) -> None:
    server.contract(Postbox).quirks = Quirks(profile=profile)

    def numbers(**query: str) -> list[int]:
        answer = postbox.get(f"/forms/{form}/submissions", params={"page_size": "50", **query}).json()
        return [row["data"]["n"] for row in answer["data"]]

    usual = [10, 8, 6, 4, 2, 0]
    first = profile == "A"
    assert numbers(search="näh") == (usual if first else [2, 0])
    assert numbers(sort_order="asc") == (usual if first else usual[::-1])
    assert numbers(processing_status="pending") == (usual if first else [])
    assert numbers(reply_status="pending" if profile == "B" else "delivered") == (
        [] if profile == "C" else usual
    )
    wrong = {"sort_by": "name"}
    assert postbox.get(f"/forms/{form}/submissions", params=wrong).status_code == (200 if first else 400)


@pytest.mark.parametrize(
    ("profile", "gone", "new"),
    [
        ("A", {"reply_subject", "metadata", "spam", "detected_language"}, {"spam_flag", "original_language"}),
        ("B", {"metadata", "spam", "detected_language"}, {"spam_flag", "original_language", "reply_subject"}),
        ("C", {"spam_flag", "original_language"}, {"spam", "detected_language", "reply_subject", "metadata"}),
    ],
)
def test_the_members_of_each_state(
    server: RunningServer,
    postbox: httpx.Client,
    ledger: Ledger,
    profile: Any,
    gone: set[str],
    new: set[str],
) -> None:
    server.contract(Postbox).quirks = Quirks(profile=profile)
    form = ledger.form_id("contact")
    always = {
        "id",
        "data",
        "processing_status",
        "processing_reason",
        "spam_confidence",
        "spam_reason",
        "translated_data",
        "reply_status",
        "reply_content",
        "reply_reason",
        "replied_at",
        "created_at",
    }
    for row in _walk(postbox, form, 50, filter="all"):
        assert set(row) == always | new
        assert not set(row) & gone
        assert row["created_at"][-1] == "Z"
        assert "." not in row["created_at"]


@pytest.mark.parametrize(
    ("ours", "first", "last"),
    [
        ("off", "pending", None),
        ("none", "pending", None),
        ("draft", "completed", "awaiting_review"),
        ("sending", "completed", "awaiting_delivery"),
        ("sent", "sent", "delivered"),
        ("failed", "failed", "delivery_failed"),
        ("human", "pending", "needs_human_reply"),
        ("skipped", "pending", "skipped"),
        ("exhausted", "pending", "exhausted"),
    ],
)
def test_the_states_of_a_reply(
    server: RunningServer, postbox: httpx.Client, ledger: Ledger, form: str, ours: str, first: str, last: Any
) -> None:
    row = ledger.submissions(form)[0]["id"]
    ledger.change(row, reply=ours, processing="skipped", reason="ai_credits_exhausted")
    path = f"/forms/{form}/submissions/{row}"
    for profile, word in (("A", first), ("B", first), ("C", last)):
        server.contract(Postbox).quirks = Quirks(profile=profile)  # type: ignore[arg-type]
        found = postbox.get(path).json()
        assert found["reply_status"] == word
        state = (found["processing_status"], found["processing_reason"])
        skipped = ("skipped", "ai_credits_exhausted")
        assert state == (("completed", "credits_exhausted") if profile == "C" else skipped)


@pytest.mark.parametrize("wrapper", ["bare", "submission", "data"])
def test_one_submission_in_every_wrapper(
    server: RunningServer, postbox: httpx.Client, ledger: Ledger, form: str, wrapper: Any
) -> None:
    server.contract(Postbox).quirks = Quirks(one=wrapper)
    row = ledger.submissions(form)[0]
    found = postbox.get(f"/forms/{form}/submissions/{row['id']}").json()
    assert found == (row if wrapper == "bare" else {wrapper: row})


@pytest.mark.parametrize("profile", _PROFILES)
def test_forms_and_their_fields(
    server: RunningServer, postbox: httpx.Client, ledger: Ledger, profile: Any
) -> None:
    server.contract(Postbox).quirks = Quirks(profile=profile)
    listed = postbox.get("/forms").json()["forms"]
    assert [row["slug"] for row in listed] == ["contact", "bestellung", "newsletter", "support", "empty"]
    for row in listed:
        assert row["submission_count"] == len(ledger.submissions(row["id"]))
        assert ("endpoint" in row) is (profile != "A")
    detail = postbox.get(f"/forms/{ledger.form_id('contact')}").json()
    if profile == "A":
        fields = {field["name"]: field for field in detail["schema"]["fields"]}
        assert fields["website_url"]["honeypot"] is True
        assert fields["email"] == {"name": "email", "type": "email", "required": True, "honeypot": False}
    else:
        assert ("intent" in detail["form"]) is (profile == "C")
        fields = {field["name"]: field for field in detail["form"]["fields_schema"]["fields"]}
        assert fields["website_url"]["rules"] == [{"op": "honeypot"}]
        assert fields["email"]["rules"] == [{"op": "required"}]
    assert list(fields) == ["email", "name", "phone", "message", "website_url"]


@pytest.mark.parametrize("envelope", ["forms", "data", "bare"])
def test_the_list_of_forms_in_every_envelope(
    server: RunningServer, postbox: httpx.Client, envelope: Any
) -> None:
    server.contract(Postbox).quirks = Quirks(forms=envelope)
    answer = postbox.get("/forms").json()
    assert len(answer if envelope == "bare" else answer[envelope]) == 5


def test_deleting_is_final(postbox: httpx.Client, ledger: Ledger, form: str) -> None:
    row = ledger.submissions(form)[0]
    path = f"/forms/{form}/submissions/{row['id']}"
    answer = postbox.delete(path)
    assert (answer.status_code, answer.json()) == (200, row)
    assert postbox.delete(path).status_code == 404
    assert postbox.get(path).status_code == 404
    assert row not in ledger.submissions(form)
    assert postbox.get(f"/forms/{form}/submissions?filter=all").json()["meta"]["total_count"] == 11


@pytest.mark.parametrize(
    ("profile", "form_missing", "row_missing", "undeletable"),
    [
        ("A", {"errors": "Form not found"}, 404, 422),
        ("B", "not_found", "not_found", "delete_failed"),
        ("C", "not_found", "not_found", "delete_failed"),
    ],
)
def test_what_cannot_be_found_or_deleted(
    server: RunningServer,
    postbox: httpx.Client,
    ledger: Ledger,
    form: str,
    profile: Any,
    form_missing: Any,
    row_missing: Any,
    undeletable: Any,
) -> None:
    server.contract(Postbox).quirks = Quirks(profile=profile)
    row = ledger.submissions(form)[0]["id"]
    answer = postbox.get(f"/forms/{_STRANGE}/submissions")
    said = answer.json() if profile == "A" else answer.json()["error"]["code"]
    assert (answer.status_code, said) == (404, form_missing)
    for path in (
        f"/forms/{form}/submissions/{_STRANGE}",
        f"/forms/{ledger.form_id('empty')}/submissions/{row}",
    ):
        answer = postbox.get(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, row_missing)
    ledger.change(row, processing="processing")
    answer = postbox.delete(f"/forms/{form}/submissions/{row}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, undeletable)
    ledger.delete_form(form)
    assert postbox.get(f"/forms/{form}").status_code == 404


def test_nothing_else_can_be_written(postbox: httpx.Client, ledger: Ledger, form: str) -> None:
    row = ledger.submissions(form)[0]["id"]
    for method in ("PATCH", "PUT", "POST"):
        assert postbox.request(method, f"/forms/{form}/submissions/{row}").status_code == 405


@pytest.mark.parametrize("profile", _PROFILES)
@pytest.mark.parametrize("key", ["postbox.revoked", None])
def test_a_bad_key_is_plain_text_in_the_first_state(
    server: RunningServer, open_client: Callable[[str], httpx.Client], profile: Any, key: str | None
) -> None:
    server.contract(Postbox).quirks = Quirks(profile=profile)
    client = open_client(key or "postbox")
    answer = client.get("/forms", headers={} if key else {"Authorization": "Token x"})
    assert answer.status_code == 401
    if profile == "A":
        assert answer.text == "Unauthorized"
        assert answer.headers["content-type"].startswith("text/plain")
    else:
        assert answer.json()["error"]["code"] == "unauthorized"


def test_answers_name_the_credits(open_client: Callable[[str], httpx.Client]) -> None:
    paid, free = open_client("postbox").get("/forms"), open_client("postbox.second").get("/forms")
    assert (paid.headers["X-Postbox-Credits-Remaining"], paid.headers["X-Postbox-Metered"]) == (
        "4812",
        "true",
    )
    assert (free.headers["X-Postbox-Metered"], free.json()) == ("false", {"forms": []})


@pytest.mark.parametrize("place", ["error", "body", "header", "absent"])
def test_a_full_window_names_the_wait_somewhere(
    server: RunningServer, postbox: httpx.Client, clock: Any, place: Any
) -> None:
    contract = server.contract(Postbox)
    contract.settings.limit, contract.quirks = 2, Quirks(retry_after=place)
    answers = [postbox.get("/forms") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    body = answers[2].json()
    assert body["error"]["code"] == "rate_limited"
    found = {
        "error": body["error"].get("retry_after"),
        "body": body.get("retry_after"),
        "header": answers[2].headers.get("Retry-After"),
        "absent": None,
    }
    wanted: dict[str, object] = dict.fromkeys(found)
    if place != "absent":
        wanted[place] = "60" if place == "header" else 60
    assert found == wanted
    clock.step(60)
    assert postbox.get("/forms").status_code == 200


@pytest.mark.parametrize(("profile", "status"), [("A", 200), ("C", 429)])
def test_the_last_state_counts_addresses_instead_of_keys(
    server: RunningServer, open_client: Callable[[str], httpx.Client], profile: Any, status: int
) -> None:
    contract = server.contract(Postbox)
    contract.settings.limit, contract.quirks = 1, Quirks(profile=profile)
    assert open_client("postbox").get("/forms").status_code == 200
    assert open_client("postbox.second").get("/forms").status_code == status


def test_rows_of_the_same_second_come_in_one_order(postbox: httpx.Client, ledger: Ledger, clock: Any) -> None:
    (form,) = ledger.add_forms(1, clock())
    for number in range(7):
        ledger.add(form, {"n": number}, clock() + timedelta(milliseconds=number))
    assert _walk(postbox, form, 2, filter="all") == ledger.submissions(form)
