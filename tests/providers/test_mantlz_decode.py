"""How an item of Mantlz and what is known of its form become a submission."""

import json

import pytest

from inbox_tui.demo.oddities import ODD_ANSWERS
from inbox_tui.providers.items import BadItem
from inbox_tui.providers.mantlz import decode
from inbox_tui.providers.wrapped import wrap

FORM = {
    "id": "cform",
    "name": "Contact",
    "fields": [
        {"name": "name", "label": "Your name", "type": "text"},
        {"name": "email", "label": "E-mail", "type": "email"},
        {"name": "message", "label": "Message", "type": "textarea"},
    ],
}


def item(data, **changes):
    return {"id": "csub", "createdAt": "2024-01-15T10:30:00.250Z", "data": data, **changes}


def stored(raw, form=FORM):
    return json.loads(wrap(raw, form))


def test_answers_stand_in_the_order_of_the_form_under_its_labels():
    data = {"extra": 7, "message": "Hi", "email": "a@example.com", "name": "Ann"}
    submission = decode(stored(item(data, email="a@example.com")), "acme")
    assert [(field.key, field.label, field.type, field.value) for field in submission.fields] == [
        ("name", "Your name", "text", "Ann"),
        ("email", "E-mail", "email", "a@example.com"),
        ("message", "Message", "textarea", "Hi"),
        ("extra", "extra", "unknown", 7),
    ]
    assert (submission.source, submission.provider, submission.id) == ("acme", "mantlz", "csub")
    assert (submission.container_id, submission.container_name) == ("cform", "Contact")
    assert submission.created_at.isoformat() == "2024-01-15T10:30:00.250000+00:00"
    assert (submission.contact.name, submission.contact.email) == ("Ann", "a@example.com")


def test_browser_and_country_are_metadata_and_no_answer():
    meta = {"browser": "Vivaldi 7", "country": "Germany", "timestamp": "2024-01-15T10:30:00.000Z", "x": 1}
    submission = decode(stored(item({"name": "Ann", "_meta": meta})), "acme")
    assert submission.metadata == meta
    assert [field.key for field in submission.fields] == ["name"]


def test_without_meta_there_is_no_metadata():
    assert decode(stored(item({"name": "Ann"})), "acme").metadata == {}


def test_a_field_of_the_form_called_meta_is_an_answer():
    form = {**FORM, "fields": [*FORM["fields"], {"name": "_meta", "label": "Meta?", "type": "text"}]}
    for value, facts in (({"browser": "none"}, form), ("a text", FORM), (["a"], FORM), (None, FORM)):
        submission = decode(stored(item({"_meta": value}), facts), "acme")
        assert [field.value for field in submission.fields] == [value]
        assert submission.metadata == {}


def test_the_address_of_the_item_counts_before_what_the_answers_suggest():
    submission = decode(stored(item({"email": "other@example.com"}, email="a@example.com")), "acme")
    assert submission.contact.email == "a@example.com"
    for missing in (None, 7):
        submission = decode(stored(item({"email": "other@example.com"}, email=missing)), "acme")
        assert submission.contact.email == "other@example.com"


@pytest.mark.parametrize("odd", ODD_ANSWERS, ids=range(len(ODD_ANSWERS)))
def test_odd_answers_are_kept_as_they_are(odd):
    data = {"name": "Ann", "_meta": {"browser": "Chrome"}} | odd
    submission = decode(stored(item(data)), "acme")
    assert {field.key: field.value for field in submission.fields} == {"name": "Ann", **odd}
    assert (submission.id, submission.status) == ("csub", "new")


@pytest.mark.parametrize("data", ["text", ["a", "b"], 7, True])
def test_what_is_no_object_is_kept_whole(data):
    (field,) = decode(stored(item(data)), "acme").fields
    assert (field.key, field.value) == ("data", data)


def test_an_item_without_answers_has_none():
    assert decode(stored(item(None)), "acme").fields == ()


def test_an_item_of_no_known_form_can_be_read():
    submission = decode(item({"name": "Ann"}), "acme")
    assert (submission.container_id, submission.container_name) == (None, None)
    assert submission.fields[0].label == "name"


@pytest.mark.parametrize(
    ("changes", "reason", "named"),
    [
        ({"id": None}, "unexpected id", None),
        ({"id": ""}, "unexpected id", None),
        ({"id": "x" * 201}, "unexpected id", None),
        ({"createdAt": None}, "unexpected createdAt", "csub"),
        ({"createdAt": "yesterday"}, "unreadable createdAt", "csub"),
        ({"createdAt": "2024-01-15"}, "unreadable createdAt", "csub"),
    ],
)
def test_an_item_without_a_usable_id_or_time_is_put_aside(changes, reason, named):
    with pytest.raises(BadItem) as caught:
        decode(stored(item({"name": "Ann"}, **changes)), "acme")
    assert (caught.value.reason, caught.value.id) == (reason, named)


@pytest.mark.parametrize("wrong", [None, [], "x", 5, {}])
def test_what_is_no_item_is_put_aside(wrong):
    with pytest.raises(BadItem):
        decode(wrong, "acme")
