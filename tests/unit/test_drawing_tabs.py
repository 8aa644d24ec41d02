"""What the tabs for answers, notes, metadata and raw JSON say, and the strip of their names."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from cache.models import (
    Attribution,
    Contact,
    Destination,
    EditState,
    Field,
    Triage,
)
from inbox_tui.drawing import TABS, Tab, head_lines, tab_strip
from tests.unit.drawing_making import (
    CREATED,
    SETTING,
    answers,
    detail,
    edit,
    submission,
    tab,
)

# Fields


def test_answers_come_in_drawn_order_and_empty_ones_fold_into_one_line() -> None:
    fields = answers(
        ("Zeta", "last letter"),
        ("Company", None),
        ("Alpha", 1),
        ("Phone", ""),
        ("Send", None),
        ("Beta", False),
    )
    lines = tab("fields", detail(submission(fields=fields)))
    assert [line.split()[0] for line in lines[:3]] == ["Zeta", "Alpha", "Beta"]
    assert lines[3] == "3 empty: Company, Phone, Send"


def test_a_hidden_answer_is_an_answer_like_any_other() -> None:
    fields = (Field("b1", "form_hidden", "campaign", "brand", 0), Field("b2", "form_submit", "Go", "yes", 1))
    lines = tab("fields", detail(submission(fields=fields)))
    assert [line.split() for line in lines[:2]] == [["campaign", "brand"], ["Go", "yes"]]


def test_a_field_without_a_label_is_called_by_its_key() -> None:
    lines = tab("fields", detail(submission(fields=(Field("blk_1", "form_text", "", "x", 0),))))
    assert lines[0].split() == ["blk_1", "x"]


def test_a_submission_without_answers_says_so() -> None:
    assert tab("fields", detail())[0] == "no answers came with this submission"


def test_the_note_and_the_destination_follow_the_answers() -> None:
    of = submission(fields=answers(("Name", "Mara")), destination=Destination("page", {"pageId": "p7"}))
    lines = tab("fields", detail(of, seen=Triage(notes="first\nsecond")))
    assert lines[2:5] == ["Note", "first", "second"]
    assert lines[-1].split("  ", 1)[0] == "Sent on to"
    assert lines[-1].endswith("  page: p7")


def test_five_hundred_answers_of_many_lines_all_keep_their_label() -> None:
    fields = answers(*((f"label{at}", "line\n" * 400 + "end") for at in range(500)))
    lines = tab("fields", detail(submission(fields=fields)))
    assert {f"label{at}" for at in range(500)} <= {line.split()[0] for line in lines if line}
    assert len(lines) < 2600


# Notes


def test_no_note_tells_how_to_write_one() -> None:
    assert tab("notes", detail()) == ["no note yet: i adds one, I opens the editor"]


def test_a_note_on_its_way_says_so_above_its_text() -> None:
    of = detail(seen=Triage(notes="mine"), pending=(edit("notes", "mine", EditState.QUEUED),))
    assert tab("notes", of) == ["↑ not sent yet", "", "mine"]


def test_a_note_in_conflict_shows_both_texts_in_full() -> None:
    pending = edit("notes", "mine", EditState.CONFLICT, theirs="theirs\nin two lines")
    lines = tab("notes", detail(seen=Triage(notes="mine"), pending=(pending,)))
    assert lines[0].startswith("≠ conflict: ")
    assert lines[-5:] == ["mine", "", "On the server", "theirs", "in two lines"]


# Metadata


def test_metadata_names_what_is_known_and_what_is_not() -> None:
    of = submission(
        metadata={"utm_source": "brand", "deep": {"a": [1, None]}},
        attribution=Attribution(qr_code_id="qr-7"),
        contact=Contact(email="a@b.example"),
        viewed_at=CREATED - timedelta(seconds=130),
        duration_seconds=130,
        resolved_at=CREATED,
        resolved_by="u1",
        language="sv",
    )
    lines = tab("metadata", detail(of), replace(SETTING, names={"u1": "Tom Kay"}))
    pairs = {line[:24].strip(): line[24:].strip() for line in lines}
    assert pairs["utm_source"] == "brand"
    assert pairs["deep"] == '{"a": [1, null]}'
    assert pairs["QR code"] == "qr-7"
    assert pairs["e-mail"] == "a@b.example"
    assert pairs["duration"] == "2 min 10 s"
    assert pairs["viewed"] == "2026-05-22 09:11:50+00:00"
    assert pairs["resolved by"] == "Tom Kay"
    assert pairs["language"] == "Swedish (sv)"
    assert "not known: product, object, conversation" in lines
    assert "Awardee does not tell: visitor, action" in lines
    assert "Awardee does not tell: completed" in lines


def test_a_submission_without_metadata_says_so() -> None:
    assert tab("metadata", detail())[-1] == "none came with it"


def test_the_edges_of_the_calendar_are_drawn() -> None:
    early = datetime(1, 1, 1, tzinfo=UTC)
    of = detail(submission(created_at=early, resolved_at=datetime.max.replace(tzinfo=UTC)))
    for offset in (-10, 10):
        setting = replace(SETTING, tz=timezone(timedelta(hours=offset)))
        assert head_lines(of, setting)
        assert any("0001-01-01" in line for line in tab("metadata", of, setting))


# Raw


def test_raw_json_is_laid_out_and_keeps_its_letters() -> None:
    of = detail(raw=json.dumps({"a": ["é漢", {}], "b": None}))
    assert tab("raw", of) == ["{", '  "a": [', '    "é漢",', "    {}", "  ],", '  "b": null', "}"]


def test_text_that_is_no_json_is_shown_as_it_is() -> None:
    assert tab("raw", detail(raw='{"a": \x1b[2J')) == ['{"a": ␛[2J']


def test_long_raw_json_ends_by_telling_how_much_is_left() -> None:
    lines = tab("raw", detail(raw=json.dumps(list(range(5000)))))
    assert len(lines) == 2001
    assert lines[-1] == "... and 3,002 more lines of JSON"


def test_raw_json_that_just_fits_tells_of_nothing_left() -> None:
    lines = tab("raw", detail(raw=json.dumps(list(range(1998)))))
    assert (len(lines), lines[-1]) == (2000, "]")


# The strip of tabs


@pytest.mark.parametrize("width", range(30, 81))
@pytest.mark.parametrize("current", TABS)
def test_the_strip_fits_and_never_cuts_a_name(width: int, current: Tab) -> None:
    strip = tab_strip(current, width)
    text = "".join(piece.text for piece in strip.line)
    assert len(text.rstrip()) <= width
    names = text.replace("[", " ").replace("]", " ").split()
    whole = ["Fields", "Notes", "Timeline", "History", "Chat", "Meta", "Raw"]
    named = [one for one in TABS if one != "conversation" or one == current]
    assert len(names) == len(named)
    for name, one in zip(names, named, strict=True):
        full = whole[TABS.index(one)]
        assert name in (full, full[0]) or (name, full) == ("Time", "Timeline")
    assert f"[{whole[TABS.index(current)]}]" in text or "[Time]" in text


def test_the_strip_has_whole_names_where_there_is_room() -> None:
    text = "".join(piece.text for piece in tab_strip("fields", 80).line)
    assert text.rstrip() == "[Fields] Notes  Timeline  History  Meta  Raw"


def test_a_column_of_the_strip_names_its_tab() -> None:
    strip = tab_strip("fields", 80)
    assert [strip.tab_at(column) for column in (0, 9, 17, 27, 36, 42, 60)] == [
        *(tab for tab in TABS if tab != "conversation"),
        None,
    ]


@pytest.mark.parametrize("width", [3, 10, 20])
def test_a_tiny_strip_shows_at_least_the_tab_one_is_on(width: int) -> None:
    text = "".join(piece.text for piece in tab_strip("notes", width).line).rstrip()
    assert "[N" in text
    assert len(text) <= width
