"""No tab ever draws a control character or a line that is too wide, whatever came."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.models import (
    Attribution,
    Contact,
    Delivery,
    Destination,
    EditState,
    Event,
    Field,
    Processing,
    Reply,
    Spam,
    Triage,
)
from cache.text import contains_control
from inbox_tui.drawing import (
    LANGUAGES,
    TABS,
    LanguageMode,
    Tab,
    Timeline,
    head_lines,
    line_width,
    tab_lines,
)
from tests.hostile_corpus import HOSTILE
from tests.unit.drawing_making import (
    CREATED,
    SETTING,
    answers,
    detail,
    edit,
    submission,
)


@pytest.mark.parametrize("name", TABS)
@pytest.mark.parametrize("width", [20, 57, 100])
def test_the_hostile_corpus_is_drawn_without_controls_and_within_the_width(name: Tab, width: int) -> None:
    setting = replace(SETTING, width=width, names={"u1": HOSTILE["clipboard"]}, language="both")
    for text in HOSTILE.values():
        storable = text.encode("utf-8", "replace").decode()
        fields = (Field(text, text, text, text, 0), Field("k", "t", text, [text, {text: text}], 1))
        of = submission(
            fields=(*fields, Field("n", "t", text, None, 2)),
            metadata={text: text},
            destination=Destination(text, text),
            container_name=text,
            language=text,
            result=text,
            provider=text,
            delivery=Delivery(text, text),
            spam=Spam(True, 0.5, text),
            processing=Processing(text, text),
            reply=Reply(text, text, text, text, CREATED),
            translation={text: text + "!", "k": [text]},
            attribution=Attribution(text, text, text, text, text, text),
            contact=Contact(text, text, text),
        )
        shown = detail(
            of,
            seen=Triage(text, text, True, "u1", text),
            pending=(
                edit("notes", text, EditState.CONFLICT, theirs=text),
                edit("status", text, EditState.REJECTED, error=text),
            ),
            assignee_name=text,
            raw=json.dumps({storable: storable}, ensure_ascii=False),
        )
        events = (Event(text, text, CREATED, text, text, text, text), Event(text, text, None, None, text))
        lines = head_lines(shown, setting)
        lines += tab_lines(name, shown, Timeline(events, "failed", text), setting)
        for line in lines:
            assert line_width(line) <= width
            assert not any(contains_control(piece.text) for piece in line)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(
    st.lists(st.tuples(st.text(max_size=40), json_values), max_size=5),
    st.integers(12, 120),
    st.booleans(),
    st.sampled_from(TABS),
)
def test_every_drawn_line_fits_whatever_the_answers_are(
    pairs: list[tuple[str, Any]], width: int, wrap: bool, name: Tab
) -> None:
    of = detail(submission(fields=answers(*pairs), metadata=dict(pairs)), raw=json.dumps(pairs))
    setting = replace(SETTING, width=width, wrap=wrap)
    for line in head_lines(of, setting) + tab_lines(name, of, Timeline(), setting):
        assert line_width(line) <= width


@pytest.mark.slow
@given(
    st.lists(st.tuples(st.text(max_size=40), json_values, json_values), max_size=5),
    st.lists(st.none() | st.text(max_size=60), min_size=9, max_size=9),
    st.floats() | st.none(),
    st.integers(12, 120),
    st.sampled_from(LANGUAGES),
    st.sampled_from(["awardee", "mantlz", "mimicbot", "postbox", "fifth"]),
)
def test_what_a_system_did_fits_and_is_clean_in_every_language_mode(
    answered: list[tuple[str, Any, Any]],
    words: list[str | None],
    share: float | None,
    width: int,
    language: LanguageMode,
    provider: str,
) -> None:
    of = submission(
        provider=provider,
        fields=answers(*((label, value) for label, value, _ in answered)),
        translation={f"b{at}": other for at, (_, _, other) in enumerate(answered)},
        language=words[0],
        delivery=Delivery(words[1] or "optimistic", words[2]),
        spam=Spam(True, share, words[3]),
        processing=Processing(words[4] or "failed", words[5]),
        reply=Reply(words[6] or "completed", words[7], words[8]),
    )
    setting = replace(SETTING, width=width, language=language)
    for line in head_lines(detail(of), setting) + tab_lines("fields", detail(of), Timeline(), setting):
        assert line_width(line) <= width
        assert not any(contains_control(piece.text) for piece in line)


def steps(name: Tab, letters: int) -> int:
    """How often something is called and returns while a submission with texts of this length is drawn."""
    large = "漢 e\u0301 \x1b " * (letters // 8)
    of = submission(fields=answers(*((f"l{at}", large) for at in range(16))), metadata={"m": large})
    shown = detail(of, raw=json.dumps({"a": large}, ensure_ascii=False), seen=Triage(notes=large))
    counted = 0

    def count(*_: object) -> None:
        nonlocal counted
        counted += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        tab_lines(name, shown, Timeline(), SETTING)
    finally:
        sys.setprofile(before)
    return counted


@pytest.mark.parametrize("name", TABS)
def test_the_longest_texts_are_no_more_work_to_draw_than_much_shorter_ones(name: Tab) -> None:
    assert steps(name, 344_000) < 1.5 * steps(name, 86_000) + 1_000


def test_a_list_of_answers_fits_beside_the_sign_of_a_translation_in_the_narrowest_pane() -> None:
    of = submission(fields=answers(("", False)), translation={"b0": [None, None]})
    setting = replace(SETTING, width=12, language="both")
    for line in tab_lines("fields", detail(of), Timeline(), setting):
        assert line_width(line) <= 12
