"""What becomes of a Postbox item in each of the three published states."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.models import Contact, Processing, Reply, Spam
from cache.store.contact import person_of
from cache.store.facts import facts_of
from inbox_tui.demo.oddities import ODD_ANSWERS
from inbox_tui.providers.items import BadItem
from inbox_tui.providers.merged import Part
from inbox_tui.providers.postbox import decode
from inbox_tui.providers.postbox_wire import Place, form_fields, form_parts, list_page, one_submission
from inbox_tui.providers.wrapped import unwrap, wrap

A = {
    "id": "2da3734d-a813-4bdb-a4d7-39ea1e69c01b",
    "data": {
        "message": "Hallo",
        "email": "ada@example.com",
        "website_url": "",
        "old": True,
        "visitor_id": "v-7",
    },
    "processing_status": "completed",
    "processing_reason": None,
    "spam_flag": False,
    "spam_confidence": 0.04,
    "spam_reason": None,
    "original_language": "de",
    "translated_data": {"message": "Hello"},
    "reply_status": "sent",
    "reply_content": "Dear Ada",
    "reply_reason": None,
    "replied_at": "2026-03-09T10:12:00Z",
    "created_at": "2026-03-09T10:10:20Z",
}
B = {**A, "reply_subject": "Re: Contact"}
C = {
    **{name: value for name, value in B.items() if name not in ("spam_flag", "original_language")},
    "spam": False,
    "detected_language": "de",
    "reply_status": "delivered",
    "metadata": {"ip": "192.0.2.7", "utm": {"source": "夏"}},
}
FORM = {
    "id": "f1",
    "name": "Contact",
    "fields": [
        {"name": "email", "type": "email"},
        {"name": "message", "type": "string"},
        {"name": "website_url", "type": "string", "hidden": True},
    ],
}


def decoded(item=A, form=None, **changes):
    return decode({"item": {**item, **changes}, "form": FORM if form is None else form}, "box")


@pytest.mark.parametrize("item", [A, B, C], ids="ABC")
def test_every_fact_arrives_from_every_state(item):
    found = decoded(item)
    assert (found.source, found.provider, found.id) == ("box", "postbox", A["id"])
    assert found.created_at == datetime(2026, 3, 9, 10, 10, 20, tzinfo=UTC)
    assert (found.container_id, found.container_name) == ("f1", "Contact")
    assert (found.status, found.spam) == ("new", Spam(False, 0.04, None))
    assert (found.language, found.translation) == ("de", {"message": "Hello"})
    assert found.processing == Processing("completed", None)
    assert found.reply is not None
    assert found.reply.content == "Dear Ada"
    assert found.reply.replied_at == datetime(2026, 3, 9, 10, 12, tzinfo=UTC)
    assert found.contact == Contact(None, "ada@example.com", None)
    assert found.attribution.visitor_id == "v-7"


def test_what_only_later_states_tell():
    assert decoded(A).reply == Reply("sent", "Dear Ada", None, None, datetime(2026, 3, 9, 10, 12, tzinfo=UTC))
    assert (decoded(B).reply.subject, decoded(B).metadata) == ("Re: Contact", {})
    assert (decoded(C).reply.status, decoded(C).metadata) == ("delivered", C["metadata"])


@pytest.mark.parametrize("name", ["spam_flag", "spam"])
def test_spam_starts_as_spam_under_both_names(name):
    item = {key: value for key, value in A.items() if key != "spam_flag"}
    found = decoded(item, **{name: True, "spam_confidence": 0.97, "spam_reason": "Advertises gambling"})
    assert (found.status, found.spam) == ("spam", Spam(True, 0.97, "Advertises gambling"))


@pytest.mark.parametrize(
    ("confidence", "kept"),
    [(0, 0.0), (1, 1.0), (0.5, 0.5), (1.5, None), (-1, None), (True, None), ("1", None)],
)
def test_a_confidence_is_a_share_or_unknown(confidence, kept):
    assert decoded(spam_confidence=confidence).spam.confidence == kept


def test_without_any_verdict_nothing_is_said_of_spam():
    item = {key: value for key, value in A.items() if not key.startswith("spam")}
    assert (decoded(item).spam, decoded(item).status) == (None, "new")


@pytest.mark.parametrize(
    "status",
    [
        "pending",
        "completed",
        "sent",
        "failed",
        "awaiting_review",
        "needs_human_reply",
        "exhausted",
        "strange",
    ],
)
def test_the_state_of_a_reply_is_kept_in_its_own_word(status):
    assert decoded(reply_status=status, reply_reason="why").reply.status == status
    assert decoded(reply_status=status, reply_reason="why").reply.reason == "why"


def test_a_null_state_is_no_reply_unless_there_is_one():
    nothing = {"reply_status": None, "reply_content": None, "reply_reason": None, "replied_at": None}
    assert decoded(C, **{**nothing, "reply_subject": None}).reply is None
    assert decoded(C, **{**nothing, "reply_content": "Dear Ada"}).reply.status == "none"


@pytest.mark.parametrize("status", [None, "pending", "sent", "awaiting_review"])
@pytest.mark.parametrize("content", [None, "Dear Ada"])
@pytest.mark.parametrize("at", [None, "2026-03-09T10:12:00Z"])
def test_a_reply_is_had_where_it_has_a_text_or_a_time_whatever_its_state(status, content, at):
    found = decoded(C, reply_status=status, reply_content=content, replied_at=at, reply_reason=None)
    tags = facts_of(found, (), person_of(found)).tags
    assert (("has", "reply") in tags) == (content is not None or at is not None)
    assert (found.reply is None) == ("reply" not in dict(tags))


@pytest.mark.parametrize("status", ["pending", "processing", "skipped", "failed", "brand_new"])
def test_processing_is_kept_in_its_own_word(status):
    found = decoded(processing_status=status, processing_reason="ai_credits_exhausted")
    assert found.processing == Processing(status, "ai_credits_exhausted")


def test_answers_follow_the_form_old_ones_stay_and_traps_are_hidden():
    assert [field.key for field in decoded().fields] == ["email", "message", "old", "visitor_id"]
    assert [field.type for field in decoded().fields] == ["email", "string", "unknown", "unknown"]


def test_without_the_form_every_answer_is_shown_in_its_own_order():
    assert [field.key for field in decode(A, "box").fields] == list(A["data"])


@pytest.mark.parametrize("odd", ODD_ANSWERS, ids=lambda odd: next(iter(odd), "empty")[:12])
def test_odd_answers_all_become_fields(odd):
    found = decoded(data={"email": "a@b.example", **odd})
    assert {field.key: field.value for field in found.fields} == {"email": "a@b.example", **odd}
    assert found.id == A["id"]


def test_a_webhooks_name_for_the_time_is_understood():
    item = {key: value for key, value in A.items() if key != "created_at"}
    assert decoded(item, inserted_at=A["created_at"]).created_at == decoded(A).created_at


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": 7}, "unexpected id"),
        ({"id": "."}, "unexpected id"),
        ({"created_at": "?"}, "unreadable created_at"),
    ],
)
def test_what_cannot_be_a_submission_is_a_bad_item(changes, reason):
    with pytest.raises(BadItem) as caught:
        decoded(**changes)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "answer",
    [
        {"id": "f1", "schema": {"fields": [{"name": "email", "type": "email", "honeypot": False},
                                           {"name": "trap", "type": "string", "honeypot": True}]}},
        {"form": {"id": "f1", "fields_schema": {"fields": [
            {"name": "email", "type": "email", "rules": [{"op": "required"}]},
            {"name": "trap", "type": "string", "rules": [{"op": "honeypot"}]}]}}},
        {"fields": [{"name": "email", "type": "email"}, {"name": "trap", "type": "string", "honeypot": True},
                    {"type": "nameless"}, "odd"]},
    ],
    ids=["A", "B", "plain"],
)  # fmt: skip
def test_a_forms_fields_are_found_in_every_shape(answer):
    assert form_fields(answer) == [
        {"name": "email", "type": "email"},
        {"name": "trap", "type": "string", "hidden": True},
    ]


@pytest.mark.parametrize("answer", [None, 7, [], {"form": 3}, {"schema": [], "fields": "x"}])
def test_a_form_in_an_unknown_shape_tells_no_fields(answer):
    assert form_fields(answer) is None


def test_the_list_of_forms_is_read_in_every_envelope():
    rows = [
        {"id": "f1", "name": "Contact", "submission_count": 3},
        {"id": "f2", "slug": "s"},
        {"name": "no id"},
        7,
    ]
    expected = [Part("f1", "Contact", 3), Part("f2", "s", None)]
    assert form_parts({"forms": rows}) == form_parts({"data": rows}) == form_parts(rows) == expected
    assert form_parts({"error": "no"}) is None


@pytest.mark.parametrize("wrapper", ["submission", "data", None])
def test_one_submission_is_unwrapped_only_where_it_is_wrapped(wrapper):
    assert one_submission(A if wrapper is None else {wrapper: A}) == A
    assert one_submission({**A, "data": {"id": "42"}})["id"] == A["id"]


def test_a_page_without_a_usable_meta_is_still_a_page():
    assert list_page({"data": [A]}).rows == [A]
    assert list_page({"data": [A], "meta": {"total_count": "many", "page_size": 0}}).total is None
    assert list_page({"data": {}}) is None
    assert list_page([A]) is None


@given(st.integers(1, 10**9), st.none() | st.integers(0, 10**9))
def test_a_place_survives_being_written_down(page, total):
    assert Place.read(Place(page, total).text()) == Place(page, total)


@pytest.mark.parametrize("cursor", ["", "x", "0", "1 of many", "-3 of 4"])
def test_what_is_no_place_is_refused(cursor):
    with pytest.raises(ValueError, match=r"invalid literal|counted from 1"):
        Place.read(cursor)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.slow
@given(st.fixed_dictionaries({name: json_values for name in (*C, *A) if name != "created_at"}))
def test_any_json_is_a_submission_or_a_bad_item(item):
    raw = {"item": {**item, "created_at": A["created_at"]}, "form": FORM}
    try:
        found = decode(raw, "box")
    except BadItem:
        return
    assert found == decode(json.loads(wrap(*unwrap(raw))), "box")
