"""What becomes of a Mimicbot item."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.models import Attribution, Contact, Delivery
from inbox_tui.demo.oddities import ODD_ANSWERS
from inbox_tui.providers.items import MAX_DEPTH, MAX_KEYS, BadItem
from inbox_tui.providers.mimicbot import decode
from inbox_tui.providers.wrapped import unwrap, wrap

ROW = {
    "id": "5f1322af-6332-43f5-a994-b6fc8deec3b0",
    "botId": "917ae7c4-7383-4b2c-ab62-60c76973ee5e",
    "actionId": "a1",
    "conversationId": "c1",
    "visitorId": "visitor_1",
    "params": {"message": "Pricing?", "email": "ada@example.com", "name": "Ada Lovelace"},
    "result": "success",
    "contactMetadata": {
        "deliveryStatus": "optimistic",
        "deliveryMethod": "same_page",
        "signalSource": "timeout",
        "submitToSignalMs": 5000,
    },
    "createdAt": "2026-04-13T10:00:00.125Z",
    "completedAt": "2026-04-13T10:00:02.000Z",
}
BOT = {
    "id": ROW["botId"],
    "name": "Website helper",
    "action": "Contact form",
    "fields": [
        {"name": "name", "label": "Your name"},
        {"name": "email", "label": "E-mail", "type": "email"},
        {"name": "phone", "label": "Phone"},
    ],
}


def decoded(row=None, bot=None, **changes):
    return decode({"item": {**(row or ROW), **changes}, "form": bot or {}}, "bots")


def test_every_fact_of_a_row_arrives():
    found = decode({"item": ROW, "form": BOT}, "bots")
    assert (found.source, found.provider, found.id) == ("bots", "mimicbot", ROW["id"])
    assert found.created_at == datetime(2026, 4, 13, 10, 0, 0, 125_000, tzinfo=UTC)
    assert found.completed_at == datetime(2026, 4, 13, 10, 0, 2, tzinfo=UTC)
    assert (found.container_id, found.container_name) == (ROW["botId"], "Website helper")
    assert found.attribution == Attribution(conversation_id="c1", visitor_id="visitor_1", action_id="a1")
    assert found.contact == Contact("Ada Lovelace", "ada@example.com", None)
    assert (found.result, found.status, found.priority) == ("success", "new", "none")
    assert found.metadata == {"action": "Contact form", **ROW["contactMetadata"]}


def test_answers_stand_in_the_order_of_the_action_and_unknown_ones_after_them():
    found = decode({"item": ROW, "form": BOT}, "bots")
    assert [(field.key, field.label) for field in found.fields] == [
        ("name", "Your name"),
        ("email", "E-mail"),
        ("message", "message"),
    ]
    assert found.fields[1].type == "email"


def test_a_row_without_its_bot_keeps_its_own_order_and_still_knows_the_bots_id():
    found = decode(ROW, "bots")
    assert [field.key for field in found.fields] == ["message", "email", "name"]
    assert (found.container_id, found.container_name) == (ROW["botId"], None)


@pytest.mark.parametrize(
    ("metadata", "delivery"),
    [
        (
            {"deliveryStatus": "delivered", "deliveryMethod": "hidden_iframe", "networkStatus": 200},
            Delivery("delivered", "a good sign was seen; hidden iframe; status 200"),
        ),
        (
            {"deliveryStatus": "optimistic", "signalSource": "timeout", "submitToSignalMs": 5000},
            Delivery("optimistic", "probably sent, unconfirmed: worth a look; timeout; after 5.0 s"),
        ),
        (
            {"deliveryStatus": "deeplink_opened"},
            Delivery("deeplink_opened", "the visitor was sent to the page and may not have finished"),
        ),
        ({"deliveryStatus": "failed"}, Delivery("failed", "not delivered: somebody has to look at it")),
        (
            {"deliveryStatus": "captured", "deliveryMethod": "server_capture"},
            Delivery("captured", "kept by the server, no form on a page was involved; server capture"),
        ),
        ({"deliveryStatus": "queued_by_partner"}, Delivery("queued_by_partner", None)),
        ({"networkStatus": 503}, Delivery("unknown", "status 503")),
        ({"networkStatus": "x", "submitToSignalMs": True}, None),
        ({}, None),
        (None, None),
        ("sent", None),
    ],
)
def test_delivery_is_told_in_words_and_whatever_is_missing_is_left_out(metadata, delivery):
    assert decoded(contactMetadata=metadata).delivery == delivery


def test_metadata_of_another_shape_is_kept_whole():
    assert decoded(contactMetadata=["odd"]).metadata == {"contactMetadata": ["odd"]}


@pytest.mark.parametrize("result", ["pending", "success", "failure", "cancelled", "expired", "wondrous"])
def test_a_result_is_kept_in_its_own_word(result):
    assert decoded(result=result).result == result


def test_a_pending_row_has_no_end():
    assert decoded(result="pending", completedAt=None).completed_at is None


@pytest.mark.parametrize("odd", ODD_ANSWERS, ids=lambda odd: next(iter(odd), "empty")[:12])
def test_odd_answers_all_become_fields(odd):
    found = decoded(params={"message": "hi", **odd})
    assert {field.key: field.value for field in found.fields} == {"message": "hi", **odd}
    assert found.id == ROW["id"]


@pytest.mark.parametrize("params", ["just text", 7, ["a"], True])
def test_params_of_another_shape_are_one_answer(params):
    (field,) = decoded(params=params).fields
    assert (field.key, field.value) == ("params", params)


def test_no_params_are_no_answers():
    assert decoded(params=None).fields == ()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": None}, "unexpected id"),
        ({"id": ".."}, "unexpected id"),
        ({"id": "x" * 201}, "unexpected id"),
        ({"createdAt": "yesterday"}, "unreadable createdAt"),
        ({"params": {str(number): 1 for number in range(MAX_KEYS + 1)}}, "too many keys"),
    ],
)
def test_what_cannot_be_a_submission_is_a_bad_item(changes, reason):
    with pytest.raises(BadItem) as caught:
        decoded(**changes)
    assert caught.value.reason == reason


def test_what_is_stored_is_as_deep_as_what_may_be_read():
    deep = "bottom"
    for _ in range(MAX_DEPTH - 2):
        deep = [deep]
    stored = wrap({**ROW, "params": {"deep": deep}}, BOT)
    assert decode(json.loads(stored), "bots").fields[0].value == deep


def test_unreadable_facts_of_a_bot_spoil_nothing():
    for fields in ("text", [None, 7, {"name": 3}, {"label": "no name"}], None):
        found = decoded(bot={"id": "b", "name": 7, "fields": fields})
        assert [field.key for field in found.fields] == ["message", "email", "name"]
        assert found.container_name is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.slow
@given(
    st.fixed_dictionaries({name: json_values for name in ROW if name != "createdAt"}),
    st.dictionaries(st.sampled_from(["id", "name", "fields", "action"]), json_values),
)
def test_any_json_is_a_submission_or_a_bad_item(row, bot):
    raw = {"item": {**row, "createdAt": ROW["createdAt"]}, "form": bot}
    try:
        found = decode(raw, "bots")
    except BadItem:
        return
    assert found == decode(json.loads(wrap(*unwrap(raw))), "bots")


def test_decoding_loads_neither_an_http_library_nor_models():
    code = (
        "from inbox_tui.providers import decoder\nimport sys\ndecoder('mimicbot'), decoder('postbox')\n"
        "print([name for name in ('httpx', 'pydantic') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
