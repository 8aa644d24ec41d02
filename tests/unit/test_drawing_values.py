"""Answers of every shape, destinations of every type, and wrapping within the width."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cache.models import Destination
from cache.text import contains_control, safe_text
from inbox_tui.drawing import Setting, line_width
from inbox_tui.drawing.lines import flow, pair, wrap_cells, wrap_foreign
from inbox_tui.drawing.metadata import duration_words
from inbox_tui.drawing.values import answer_lines, destination_lines, destination_text, is_empty
from tests.hostile_corpus import CLEAN, HOSTILE

SETTING = Setting(width=80, now=0.0)
ODD = st.text(st.sampled_from("ab  \n漢字👩‍👧\ufe0f❤é́\x1b\x9b[/]\u202e")) | st.text(max_size=80)


def shown(value: Any, setting: Setting = SETTING) -> list[str]:
    return ["".join(piece.text for piece in line) for line in answer_lines(value, setting)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("one\n\ntwo", ["one", "", "two"]),
        (True, ["yes"]),
        (False, ["no"]),
        (0, ["0"]),
        (12.5, ["12.5"]),
        (["a", "b", 3, True], ["a, b, 3, yes"]),
        (["Krems, Austria", "Linz"], ["- Krems, Austria", "- Linz"]),
        ({"score": 3, "max": {"of": [10]}}, ['{"score": 3, "max": {"of": [10]}}']),
        ([{"a": 1}, [2]], ['- {"a": 1}', "- [2]"]),
        (
            {"url": "https://x.example/1.png", "filename": "写真.png"},
            ["写真.png", "https://x.example/1.png"],
        ),
        (
            [{"url": "https://x.example/1.png", "filename": "1.png", "size": 9}],
            ["- 1.png (size: 9)", "  https://x.example/1.png"],
        ),
        ({"url": "https://x.example/1.png"}, ['{"url": "https://x.example/1.png"}']),
        (["x" * 40, "y" * 40], ["- " + "x" * 40, "- " + "y" * 40]),
    ],
)
def test_an_answer_of_any_shape_is_drawn(value: Any, expected: list[str]) -> None:
    assert shown(value) == expected


@pytest.mark.parametrize(
    ("value", "empty"), [(None, True), ("", True), (" \n", True), ([], True), ({}, True)]
)
def test_nothing_counts_as_empty(value: Any, empty: bool) -> None:
    assert is_empty(value) is empty


@pytest.mark.parametrize("value", [0, False, "0", [None], {"a": None}, 0.0])
def test_a_small_answer_is_an_answer(value: Any) -> None:
    assert not is_empty(value)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("url", {"url": "https://x.example/"}, "web address: https://x.example/"),
        ("page", {"pageId": "p1"}, "page: p1"),
        ("article", {"articleId": "a1"}, "article: a1"),
        ("chatbot", {"chatbotId": "c1"}, "chatbot: c1"),
        ("knowledge_base", {"knowledgeBaseId": "k1"}, "knowledge base: k1"),
        ("file", {"fileUrl": "https://f", "filename": "g.pdf"}, "file: g.pdf, https://f"),
        ("email", {"email": "a@b.example", "subject": "Hi", "body": None}, "e-mail: a@b.example, Hi"),
        ("phone", {"phone": "+43 1"}, "phone: +43 1"),
        ("google_review", {"placeId": "P", "businessName": "Cafe"}, "Google review: Cafe, P"),
        ("hologram", {"room": 7}, 'hologram: {"room": 7}'),
        ("hologram", None, "hologram"),
        ("url", "bare", "web address: bare"),
        ("page", {"pageId": "p1", "tab": 2}, "page: p1, tab: 2"),
    ],
)
def test_a_destination_is_named_by_its_type(kind: str, value: Any, expected: str) -> None:
    assert destination_text(Destination(kind, value)) == expected


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (
            "email",
            {"email": "a@b.example", "subject": "Hi", "body": "one\ntwo"},
            ["e-mail: a@b.example", "subject: Hi", "body: one", "two"],
        ),
        ("file", {"fileUrl": "https://f", "filename": "g.pdf"}, ["file: g.pdf", "at: https://f"]),
        ("google_review", {"placeId": "P", "businessName": "Cafe"}, ["Google review: Cafe", "place: P"]),
        ("file", {"fileUrl": "https://f"}, ["file: https://f"]),
        ("page", {"pageId": "p1", "tab": 2}, ["page: p1", "tab: 2"]),
        ("page", {}, ["page"]),
        ("hologram", {"room": 7}, ['hologram: {"room": 7}']),
        ("calendar_slot", None, ["calendar_slot"]),
    ],
)
def test_each_further_part_of_a_destination_has_its_own_line(
    kind: str, value: Any, expected: list[str]
) -> None:
    lines = destination_lines(Destination(kind, value), SETTING)
    assert ["".join(piece.text for piece in line) for line in lines] == expected


def test_a_destination_of_very_many_parts_says_how_many_it_leaves_out() -> None:
    lines = destination_lines(Destination("page", {f"k{at}": at for at in range(500)}), SETTING)
    assert len(lines) == 31
    assert lines[-1][0].text == "... and 471 more"


def test_no_destination_is_the_thank_you_screen() -> None:
    assert destination_text(None) == "thank-you screen"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (45.4, "45 s"), (130, "2 min 10 s"), (120, "2 min"), (11100, "3 h 5 min"), (-5, "-5 s")],
)
def test_a_duration_is_told_in_its_two_largest_units(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


def test_a_duration_that_is_no_number_is_not_guessed() -> None:
    assert duration_words(float("nan")) == "?"


@given(ODD, st.integers(2, 60))
def test_every_wrapped_line_fits(text: str, width: int) -> None:
    for line in wrap_cells(safe_text(text), width):
        assert cell_len(line) <= width
        assert "\n" not in line


@given(ODD, st.integers(2, 60))
def test_wrapping_loses_nothing_but_blanks(text: str, width: int) -> None:
    cleaned = safe_text(text)
    wrapped = "".join(wrap_cells(cleaned, width))
    assert wrapped.replace(" ", "") == cleaned.replace(" ", "").replace("\n", "")


@given(ODD, st.integers(2, 60), st.integers(1, 8), st.booleans())
def test_foreign_text_keeps_to_width_and_number_of_lines(
    text: str, width: int, limit: int, wrap: bool
) -> None:
    lines, left_out = wrap_foreign(text, width, limit=limit, wrap=wrap)
    assert 1 <= len(lines) <= limit
    assert all(cell_len(line) <= width and not contains_control(line) for line in lines)
    if not left_out and wrap:
        joined = "".join(lines).replace(" ", "")
        assert joined == safe_text(text).replace(" ", "").replace("\n", "")


@pytest.mark.parametrize("text", [*CLEAN.values(), *HOSTILE.values()], ids=[*CLEAN, *HOSTILE])
@pytest.mark.parametrize("width", [12, 33, 80])
def test_the_corpus_is_drawn_within_the_width_and_without_controls(text: str, width: int) -> None:
    setting = Setting(width=width, now=0.0)
    for line in answer_lines([text, {text: text}], setting):
        assert line_width(line) <= setting.value_width
        assert not any(contains_control(piece.text) for piece in line)


def test_words_stay_whole_and_indents_of_paragraphs_stay() -> None:
    assert wrap_cells("one two three\n  four five", 9) == ["one two", "three", "  four", "five"]


def test_a_huge_answer_is_cut_with_its_size() -> None:
    lines = shown("x" * 262_144)
    assert len(lines) < 210
    assert lines[-1] == "... cut here: 262,144 characters in all"


def test_a_long_list_says_how_many_more_there_are() -> None:
    lines = shown(list(range(2000)))
    assert lines[-1] == "... and 1,800 more"


def test_a_label_is_wrapped_beside_its_value() -> None:
    lines = pair("What are you interested in?", answer_lines("Forms", SETTING), 20)
    assert ["".join(piece.text for piece in line) for line in lines] == [
        "What are you          Forms",
        "interested in?",
    ]


@given(st.lists(st.text(st.characters(codec="latin-1", categories=("L", "N")), max_size=30), max_size=8))
def test_chunks_flow_within_the_width(words: list[str]) -> None:
    from inbox_tui.drawing import Piece

    lines = flow([(Piece(word),) for word in words if word], 20)
    assert all(line_width(line) <= 20 for line in lines)
