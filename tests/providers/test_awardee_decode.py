"""One item of Awardee's JSON becomes a submission, or one item is put aside."""

import copy
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.models import Attribution, Contact, Destination, Field
from inbox_tui.providers.awardee import decode
from inbox_tui.providers.items import CUT_MARK, MAX_KEYS, MAX_STRING, BadItem, clean_item, parse_time
from inbox_tui.providers.people import find_contact
from tests.hostile_corpus import HOSTILE

ITEM = {
    "object": "submission",
    "id": "0b8e-1",
    "page_id": "p-1",
    "submission_number": 421,
    "status": "in_progress",
    "priority": "high",
    "flagged": True,
    "assignee_id": "u-1",
    "resolved_by": None,
    "resolved_at": "2026-05-22T12:00:00+02:00",
    "notes": "call back",
    "data": {
        "b2": {"type": "form_email", "label": "E-mail", "value": "ana@example.org", "order": 2},
        "b1": {"type": "form_text", "label": "Full name", "value": "Ana", "order": 1},
        "b0": {"type": "form_checkbox", "label": "Topics", "value": ["a", "b"], "order": 2},
    },
    "metadata": {"utm_source": "x"},
    "destination": {"type": "url", "value": {"url": "https://example.org"}},
    "viewed_at": "2026-05-22T10:14:30.123456789Z",
    "duration_seconds": 9,
    "qr_code_id": "q",
    "product_id": None,
    "object_id": None,
    "conversation_id": "c",
    "created_at": "2026-05-22T10:14:39.5+00:00",
    "new_in_v1": {"kept": "in raw"},
}


def item(**changes):
    made = copy.deepcopy(ITEM)
    made.update(changes)
    return made


def test_every_field_is_carried_over():
    submission = decode(ITEM, "acme")
    assert submission.key == ("acme", "0b8e-1")
    assert submission.provider == "awardee"
    assert (submission.number, submission.container_id, submission.container_name) == (421, "p-1", None)
    assert submission.triage.status == "in_progress"
    assert (submission.priority, submission.flagged, submission.assignee_id) == ("high", True, "u-1")
    assert (submission.notes, submission.resolved_by) == ("call back", None)
    assert submission.created_at == datetime(2026, 5, 22, 10, 14, 39, 500_000, tzinfo=UTC)
    assert submission.viewed_at == datetime(2026, 5, 22, 10, 14, 30, 123_456, tzinfo=UTC)
    assert submission.resolved_at == datetime(2026, 5, 22, 10, 0, tzinfo=UTC)
    assert submission.resolved_at.tzinfo is UTC
    assert submission.duration_seconds == 9
    assert submission.attribution == Attribution(qr_code_id="q", conversation_id="c")
    assert submission.destination == Destination("url", {"url": "https://example.org"})
    assert submission.metadata == {"utm_source": "x"}
    assert submission.contact == Contact("Ana", "ana@example.org", None)


def test_answers_are_sorted_by_order_and_then_by_key():
    assert [field.key for field in decode(ITEM, "acme").fields] == ["b1", "b0", "b2"]


def test_the_bare_minimum_is_enough():
    submission = decode({"id": "x", "created_at": "2026-01-01T00:00:00Z"}, "acme")
    assert (submission.status, submission.priority, submission.flagged) == ("new", "none", False)
    assert submission.fields == ()
    assert submission.number is None


def test_unknown_words_survive():
    submission = decode(item(status="snoozed", priority="urgent", destination={"type": "hologram"}), "acme")
    assert (submission.status, submission.priority) == ("snoozed", "urgent")
    assert submission.destination == Destination("hologram", None)


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("submission_number", "421"),
        ("submission_number", -1),
        ("submission_number", 2**63),
        ("page_id", 7),
        ("page_id", ""),
        ("resolved_at", 5),
        ("resolved_at", "yesterday"),
        ("viewed_at", []),
        ("duration_seconds", "9"),
        ("duration_seconds", float("inf")),
        ("duration_seconds", True),
        ("qr_code_id", {}),
        ("resolved_by", False),
    ],
)
def test_an_optional_value_of_another_kind_counts_as_absent(key, wrong):
    submission = decode(item(**{key: wrong}), "acme")
    names = {"submission_number": "number", "page_id": "container_id"}
    holder = submission.attribution if key == "qr_code_id" else submission
    assert getattr(holder, names.get(key, key)) is None


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("id", None),
        ("id", ""),
        ("id", 7),
        ("id", ".."),
        ("id", "x" * 201),
        ("created_at", None),
        ("created_at", 1_780_000_000),
        ("created_at", "2026-05-22"),
        ("created_at", "2026-05-22T10:14:39"),
        ("created_at", "2026-13-22T10:14:39Z"),
        ("created_at", "0001-01-01T00:00:00+14:00"),
        ("status", 5),
        ("status", ""),
        ("priority", ["high"]),
        ("flagged", "true"),
        ("flagged", 1),
        ("assignee_id", {"id": "u"}),
        ("notes", ["a"]),
    ],
)
def test_an_item_that_would_be_misread_is_put_aside_with_a_reason_that_quotes_nothing(key, wrong):
    with pytest.raises(BadItem) as caught:
        decode(item(**{key: wrong}), "acme")
    assert key in caught.value.reason
    assert str(wrong) not in caught.value.reason or len(str(wrong)) < 3
    assert "ana@example.org" not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.id == ("0b8e-1" if key != "id" else caught.value.id)


@pytest.mark.parametrize(
    "data",
    [
        {"k": "bare text"},
        {"k": None},
        {"k": 5},
        {"k": ["x"]},
        {"k": {"label": "no value"}},
        {"k": {"value": 1, "type": 5, "label": None, "order": "3"}},
        {"k": {"value": True, "order": True}},
    ],
)
def test_answers_of_an_unknown_shape_are_drawn_and_not_dropped(data):
    (field,) = decode(item(data=data), "acme").fields
    assert (field.key, field.type, field.label in {"k"}) == ("k", "unknown", True)


@pytest.mark.parametrize("data", [["a"], "text", 5, True])
def test_data_of_an_unknown_shape_is_kept_whole(data):
    (field,) = decode(item(data=data), "acme").fields
    assert field.value == data


@pytest.mark.parametrize(("given", "seen"), [(None, {}), ({}, {}), ([1], {"metadata": [1]})])
def test_metadata_is_always_an_object(given, seen):
    assert decode(item(metadata=given), "acme").metadata == seen


def test_strings_and_keys_are_scrubbed():
    submission = decode(
        item(notes="a\x00b\ud800", data={"\x00k": {"label": "l\x00", "value": ["\udfff"]}}, status="ne\x00w"),
        "acme",
    )
    assert submission.notes == "a\u2400b\ufffd"
    assert submission.status == "ne\u2400w"
    (field,) = submission.fields
    assert (field.key, field.label, field.value) == ("\u2400k", "l\u2400", ["\ufffd"])


def test_a_long_string_is_cut_with_a_mark():
    notes = decode(item(notes="é" * MAX_STRING), "acme").notes
    assert notes.endswith(CUT_MARK)
    assert len(notes.encode()) <= MAX_STRING
    whole = "x" * MAX_STRING
    assert decode(item(notes=whole), "acme").notes == whole


def test_huge_integers_become_text():
    made = decode(
        item(data={"k": {"value": 2**63}, "m": {"value": -(2**63)}, "n": {"value": 10**5000}}), "acme"
    )
    values = {field.key: field.value for field in made.fields}
    assert values["k"] == str(2**63)
    assert values["m"] == -(2**63)
    assert isinstance(values["n"], str)


def nested(depth):
    value = "x"
    for _ in range(depth):
        value = [value]
    return value


def test_depth_and_keys_have_limits():
    assert decode(item(metadata={"k": nested(29)}), "acme")
    for bad in ({"metadata": {"k": nested(40)}}, {"metadata": {"k": nested(900)}}):
        with pytest.raises(BadItem, match="nested too deeply"):
            decode(item(**bad), "acme")
    assert decode(item(data={str(n): {"value": n} for n in range(MAX_KEYS)}), "acme")
    with pytest.raises(BadItem, match="too many keys"):
        decode(item(data={str(n): {"value": n} for n in range(MAX_KEYS + 1)}), "acme")


@pytest.mark.parametrize("wrong", [None, [], "x", 5])
def test_what_is_no_object_is_put_aside(wrong):
    with pytest.raises(BadItem):
        decode(wrong, "acme")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_read_and_only_made_storable(text):
    made = decode(item(notes=text, data={text: {"label": text, "value": text, "type": text}}), "acme")
    made.notes.encode("utf-8")
    assert "\0" not in made.notes
    if "\0" not in text and text.encode("utf-8", "replace") == text.encode("utf-8", "surrogatepass"):
        assert made.notes == text
        assert made.fields[0].value == text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.slow
@settings(deadline=None)
@given(st.sampled_from(sorted(ITEM)), JSON)
def test_whatever_stands_in_a_field_the_item_is_read_or_put_aside_and_stays_storable(key, value):
    made = item(**{key: value})
    try:
        cleaned = clean_item(made)
        submission = decode(cleaned, "acme")
    except BadItem:
        return
    text = json.dumps(cleaned, ensure_ascii=False, allow_nan=False)
    text.encode("utf-8")
    assert "\x00" not in text
    assert decode(json.loads(text), "acme") == submission


@given(JSON)
def test_cleaning_twice_changes_nothing_more(value):
    once = clean_item({"k": value})
    assert clean_item(once) == once


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-05-22T10:14:39Z", datetime(2026, 5, 22, 10, 14, 39, tzinfo=UTC)),
        ("2026-05-22t10:14:39z", datetime(2026, 5, 22, 10, 14, 39, tzinfo=UTC)),
        ("2026-05-22 10:14:39.1+00:00", datetime(2026, 5, 22, 10, 14, 39, 100_000, tzinfo=UTC)),
        ("2026-05-22T10:14:39.1234567890123-0530", datetime(2026, 5, 22, 15, 44, 39, 123_456, tzinfo=UTC)),
        ("2026-05-22T10:14:39.123456+00:00", datetime(2026, 5, 22, 10, 14, 39, 123_456, tzinfo=UTC)),
        ("2026-02-30T10:14:39.123456+00:00", None),
        ("2026-05-22T10:12:00.1234Z\0+00:00", None),
        ("2026-W21-5T10:14:39.123456+00:00", None),
        ("2026-05-22T1014:39.12345678+00:00", None),
        ("2026-05-22T10:14Z", datetime(2026, 5, 22, 10, 14, tzinfo=UTC)),
        ("9999-12-31T23:59:59-01:00", None),
        ("2026-05-22T24:61:00Z", None),
        ("２０２６-05-22T10:14:39Z", None),
        ("", None),
        ("x" * 100_000, None),
        (7, None),
    ],
)
def test_times_of_any_precision_and_zone_are_read(text, expected):
    assert parse_time(text) == expected


def people(*answers):
    return find_contact(
        Field(f"k{n}", answer[2] if len(answer) > 2 else "form_text", answer[0], answer[1], float(n))
        for n, answer in enumerate(answers)
    )


@pytest.mark.parametrize(
    "label",
    ["Name", "Full name *", "Your Name (required)", "fullName", "NOM", "Nombre completo", "Imię i nazwisko",
     "お名前", "お名前（必須）", "姓名", "이름", "Имя", "Vor- und Nachname", "What's your name?"],
)  # fmt: skip
def test_a_name_is_found_by_its_label_in_many_languages(label):
    assert people((label, " Ana Gómez ")).name == "Ana Gómez"


@pytest.mark.parametrize("label", ["Company name", "Product name", "Comment", "", "Username of your dog"])
def test_other_labels_are_no_name(label):
    assert people((label, "Acme")).name is None


@pytest.mark.parametrize(
    ("answers", "name"),
    [
        ([("First name", "Ana"), ("Last name", "Gómez")], "Ana Gómez"),
        ([("姓", "山田"), ("名", "太郎")], "山田 太郎"),
        ([("Vorname", "Ana"), ("Name", "Gómez")], "Ana Gómez"),
        ([("Name", "Gómez"), ("Vorname", "Ana")], "Ana Gómez"),
        ([("Full name", "Ana Gómez"), ("First name", "Ana")], "Ana Gómez"),
        ([("First name", "Ana")], "Ana"),
        ([("Nachname", "Gómez")], "Gómez"),
        ([("Name", ""), ("First name", "Ana")], "Ana"),
        ([("Name", ["a"])], None),
        ([("Name", "x" * 501)], None),
    ],
)
def test_first_and_last_names_are_joined(answers, name):
    assert people(*answers).name == name


def test_types_count_more_than_labels_and_labels_more_than_shape():
    found = people(
        ("Name", "Ana"), ("E-mail", "label@example.org"), ("Where?", "typed@example.org", "form_email")
    )
    assert found.email == "typed@example.org"
    assert (
        people(("Other", "lone@example.org"), ("Email address", "said@example.org")).email
        == "said@example.org"
    )
    assert people(("How do we reach you?", "lone@example.org")).email == "lone@example.org"
    assert people(("Message", "write to lone@example.org please")).email is None
    assert people(("Call me", "+1 555", "form_phone")).phone == "+1 555"
    assert people(("Téléphone", "+33 1")).phone == "+33 1"


def test_a_name_can_stand_in_the_key_alone():
    assert find_contact([Field("first_name", "form_text", "", "Ana", 0.0)]).name == "Ana"
