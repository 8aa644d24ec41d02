import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.store.answers import joined
from cache.store.derive import answer_text, derive
from cache.text import contains_control, was_cleaned
from tests.cache.making import submission
from tests.hostile_corpus import CANARY, HOSTILE

quick = settings(deadline=None)


def long(text: str, key: str = "message") -> list[Any]:
    return [key, "form_textarea", key.title(), text, 1]


@pytest.mark.parametrize(
    ("contact", "who"),
    [
        (("Ada Lovelace", "ada@example.com", "+1 555"), "Ada Lovelace"),
        ((None, "ada@example.com", "+1 555"), "ada@example.com"),
        ((None, None, "+1 555"), "+1 555"),
        (("", "", ""), "visitor id-1"),
        ((None, None, None), "visitor id-1"),
        ((" \n", "ada@example.com", None), "ada@example.com"),
        (("Ada\n  Lovelace", None, None), "Ada Lovelace"),
    ],
)
def test_who_is_the_name_else_the_address_else_the_phone_else_a_visitor(
    contact: tuple[str | None, ...], who: str
) -> None:
    assert derive(submission(name="id-1234", contact=contact)).who == who


def test_about_is_the_longest_free_text() -> None:
    fields = [long("short", "a"), long("the longest of the answers", "b"), long("longer one", "c")]
    assert derive(submission(fields=fields)).about == "the longest of the answers"


def test_about_is_no_answer_that_only_repeats_the_contact() -> None:
    fields = [long("Ada Lovelace", "name"), long("ada@example.com", "email"), long("Hi", "message")]
    assert derive(submission(fields=fields)).about == "Hi"


def test_about_takes_the_first_simple_answer_where_there_is_no_free_text() -> None:
    fields = [
        ["c", "form_checkbox", "Terms", True, 1],
        ["t", "table", "Table", [{"a": 1}], 2],
        ["o", "object", "Object", {"a": 1}, 3],
        ["n", "form_number", "Seats", 40, 4],
        ["s", "form_select", "Plan", "Team", 5],
    ]
    assert derive(submission(fields=fields)).about == "40"


@pytest.mark.parametrize("fields", [[], [long("")], [long(" \n ")], [["x", "form_checkbox", "X", True, 1]]])
def test_about_says_when_there_is_nothing_to_say(fields: list[Any]) -> None:
    assert derive(submission(fields=fields)).about == "(no message)"


def test_about_shows_the_configured_answers_in_the_order_of_the_form() -> None:
    fields = [long("A very long message indeed"), ["p", "x", "Plan", "Team", 2], ["s", "x", "Séats", 40, 3]]
    sub = submission(fields=fields)
    assert derive(sub, ["seats", "PLAN"]).about == "Team · 40"
    assert derive(sub, ["Plan"]).about == "Team"
    assert derive(sub, ["No such label"]).about == "A very long message indeed"


def test_body_holds_every_answer_and_no_label() -> None:
    fields = [
        long("first\nsecond", "Question"),
        ["n", "form_number", "Number", 2.0, 2],
        ["l", "form_multi", "List", ["a", 1, None, True], 3],
        ["o", "x", "Nested", {"deep": [1, {"deeper": "ü"}]}, 4],
        ["z", "x", "Nothing", None, 5],
        ["e", "x", "Empty", "", 6],
        ["b", "x", "No", False, 7],
    ]
    assert joined(derive(submission(fields=fields)).answers).split("\n") == [
        "first",
        "second",
        "2",
        "a, 1, , yes",
        '{"deep": [1, {"deeper": "ü"}]}',
        "no",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        (1.5, "1.5"),
        (1e300, "1e+300"),
        ([], ""),
        ({}, "{}"),
        ([[1], 2], "[[1], 2]"),
        (float("inf"), "inf"),
    ],
)
def test_answers_of_every_shape_are_text(value: Any, text: str) -> None:
    assert answer_text(value) == text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@quick
@given(json_values, st.text(max_size=12), st.lists(st.text(max_size=6), max_size=2))
def test_any_answer_can_be_derived(value: Any, label: str, summary: list[str]) -> None:
    derived = derive(submission(fields=[["k", "form_text", label, value, 1]], contact=[label] * 3), summary)
    assert derived.who
    assert derived.about
    assert len(derived.about) <= 160
    for text in (derived.who, derived.about, *joined(derived.answers).split("\n")):
        assert not contains_control(text)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_leaves_no_control_character_anywhere(text: str) -> None:
    sub = submission(
        name=text or "x",
        contact=[text, text, text],
        fields=[long(text), [text, text, text, {text: [text]}, 2], ["l", "x", text, [text], 3]],
    )
    for summary in ((), (text,), ("message",)):
        derived = derive(sub, summary)
        lines = [derived.who, derived.about, derived.email or "", derived.phone or ""]
        for line in (*lines, *joined(derived.answers).split("\n")):
            assert not contains_control(line)
            assert not was_cleaned(line)
            json.dumps(line).encode("ascii")
            line.encode("utf-8")
        for line in lines:
            assert len(line) <= 160
        assert derived.who
        assert derived.about
        if text.endswith(CANARY):
            assert CANARY in joined(derived.answers)
        assert derived.cleaned == was_cleaned(text)


def test_nameless_visitor_with_a_hostile_id_is_shown_safely() -> None:
    derived = derive(submission(name="\x1b]0;", contact=["\u3000", None, None]))
    assert derived.who == "visitor ␛]0;"


@pytest.mark.parametrize("where", ["contact", "fields", "label", "notes"])
def test_cleaned_tells_that_foreign_text_was_changed(where: str) -> None:
    foreign, plain = "a\x1b[31m", "Grüße\tan\r\nalle 👍"
    for text, expected in ((foreign, True), (plain, False)):
        options: dict[str, dict[str, Any]] = {
            "contact": {"contact": [text, None, None]},
            "fields": {"fields": [long(text)]},
            "label": {"fields": [["k", "x", text, 1, 1]]},
            "notes": {"notes": text},
        }
        assert derive(submission(**options[where])).cleaned is expected
