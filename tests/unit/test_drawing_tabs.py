"""What each tab of the detail says, and the head above it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.models import (
    Attribution,
    Contact,
    Destination,
    Detail,
    EditState,
    Event,
    Field,
    Key,
    PendingEdit,
    Processing,
    Reply,
    Spam,
    Submission,
    Triage,
)
from cache.text import contains_control
from inbox_tui.drawing import TABS, Line, Setting, Tab, Timeline, head_lines, line_width, tab_lines, tab_strip
from inbox_tui.signs import PLAIN
from tests.hostile_corpus import HOSTILE

CREATED = datetime(2026, 5, 22, 9, 14, tzinfo=UTC)
NOW = CREATED.timestamp() + 7200
SETTING = Setting(width=100, now=NOW)
KEY = Key("acme", "a1b2c3d4e5")


def submission(**changes: Any) -> Submission:
    base = Submission(
        source="acme",
        provider="awardee",
        id=KEY.id,
        created_at=CREATED,
        number=421,
        container_name="Demo request",
    )
    return replace(base, **changes)


def detail(of: Submission | None = None, **changes: Any) -> Detail:
    of = of or submission()
    base = Detail(
        rowid=1,
        submission=of,
        seen=of.triage,
        pending=(),
        sync="clean",
        seen_at=int(NOW) - 4,
        raw="{}",
        cleaned=False,
    )
    return replace(base, **changes)


def edit(field: Any, want: Any, state: EditState, **changes: Any) -> PendingEdit:
    return replace(PendingEdit(KEY, field, None, want, state, clock=1, edited_at=int(NOW)), **changes)


def answers(*pairs: tuple[str, Any]) -> tuple[Field, ...]:
    return tuple(Field(f"b{at}", "form_text", label, value, at) for at, (label, value) in enumerate(pairs))


def texts(lines: Sequence[Line]) -> list[str]:
    return ["".join(piece.text for piece in line).rstrip() for line in lines]


def tab(name: Tab, of: Detail, setting: Setting = SETTING, timeline: Timeline | None = None) -> list[str]:
    return texts(tab_lines(name, of, timeline or Timeline(), setting))


def head(of: Detail, setting: Setting = SETTING) -> str:
    return "\n".join(texts(head_lines(of, setting)))


# The head


def test_the_head_tells_number_triage_origin_and_freshness() -> None:
    seen = Triage("new", "high", True, "u1", None)
    lines = texts(head_lines(detail(seen=seen, assignee_name="Tom Kay"), SETTING))
    assert lines[0].startswith("SUB-0421  ● NEW  ‼ HIGH  ⚑ flagged  @Tom Kay   ")
    assert lines[0].endswith("   seen 4 s ago")
    assert len(lines[0]) == 100
    assert lines[1] == "Demo request  22 May 09:14 (2 h)  acme"


def test_the_head_has_plain_signs_too() -> None:
    lines = head(detail(seen=Triage("in_progress", "low", True)), replace(SETTING, signs=PLAIN))
    assert "P IN PROGRESS  L LOW  F flagged  unassigned" in lines


def test_times_are_written_in_the_zone_given() -> None:
    setting = replace(SETTING, tz=timezone(timedelta(hours=2)))
    assert "22 May 11:14 (2 h)" in head(detail(), setting)


def test_the_assignee_is_me_when_the_id_is_mine() -> None:
    of = detail(seen=Triage(assignee_id="u1"), assignee_name="Tom Kay")
    assert "@me" in head(of, replace(SETTING, me=frozenset({"u1"})))


def test_an_assignee_nobody_knows_is_the_start_of_the_id() -> None:
    assert "@0123abcd" in head(detail(seen=Triage(assignee_id="0123abcd-ffff")))


def test_unknown_triage_values_are_shown_as_they_came() -> None:
    assert "? ON ICE  ? URGENT" in head(detail(seen=Triage("on ice", "urgent")))


def test_a_submission_the_server_no_longer_lists_says_so() -> None:
    assert "no longer lists" in head(detail(missing=True))
    assert "no longer lists" not in head(detail())


def test_cleaned_text_and_local_triage_are_told_in_words() -> None:
    words = head(detail(cleaned=True, sync="local"))
    assert "␛ hidden characters are shown" in words
    assert "⌂ triage is kept on this computer" in words


@pytest.mark.parametrize(
    ("pending", "words"),
    [
        (edit("priority", "high", EditState.QUEUED), "priority: high ↑ not sent yet"),
        (
            edit("flagged", True, EditState.QUEUED, next_try=int(NOW) + 12, error="timed out"),
            "flag: on ↑ not sent yet, next try in 12 s: timed out",
        ),
        (edit("status", "read", EditState.SENDING), "status: read ↑ is being sent"),
        (edit("status", "read", EditState.VERIFYING), "status: read ↑ was sent, no answer came"),
        (
            edit("status", "resolved", EditState.CONFLICT, base="new", theirs="spam"),
            "status: resolved ≠ conflict: the server has spam, before it was new",
        ),
        (
            edit("assignee_id", "u9", EditState.REJECTED, error="not a\nmember"),
            "assignee: u9 ✗ refused by the server: not a member",
        ),
        (edit("assignee_id", None, EditState.QUEUED), "assignee: nobody ↑ not sent yet"),
        (edit("notes", "call\nback", EditState.ORPHANED), 'note: "call back" ✗ cannot be sent'),
        (edit("notes", None, EditState.QUEUED), "note: empty ↑ not sent yet"),
    ],
)
def test_an_unsettled_edit_is_told_in_words(pending: PendingEdit, words: str) -> None:
    assert words in head(detail(pending=(pending,)))


def test_a_long_refusal_is_wrapped_behind_its_sign() -> None:
    pending = edit("priority", "high", EditState.REJECTED, error="a long sentence of the server " * 4)
    lines = texts(head_lines(detail(pending=(pending,)), replace(SETTING, width=40)))
    assert any(line.startswith("✗ priority: high, refused") for line in lines)
    assert " ".join(" ".join(lines).split()).count("a long sentence of the server") == 4


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


def test_facts_of_other_providers_are_drawn_when_they_are_known() -> None:
    of = submission(
        spam=Spam(True, 0.93, "links"),
        processing=Processing("failed", "too long"),
        reply=Reply("sent", "Hello", "Re: you", None, CREATED),
        result="qualified",
    )
    joined = "\n".join(tab("fields", detail(of)))
    for words in (
        "looks like spam, 93% sure, links",
        "failed, too long",
        "sent, 22 May 09:14, Re: you, Hello",
    ):
        assert words in joined
    assert "qualified" in joined


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


# Timeline


def timeline(*events: Event) -> list[str]:
    return tab("timeline", detail(), replace(SETTING, names={"u1": "Tom Kay"}), Timeline(events, "read"))


def test_events_are_told_oldest_first_with_time_and_actor() -> None:
    later = CREATED + timedelta(minutes=5)
    lines = timeline(
        Event("2", "status_changed", later, "u1", None, "new", "resolved"), Event("1", "created", CREATED)
    )
    assert [line.split() for line in lines] == [
        ["22", "May", "09:14", "system", "created"],
        ["22", "May", "09:19", "Tom", "Kay", "status", "new", "->", "resolved"],
    ]
    assert lines[0].index("created") == lines[1].index("status")


@pytest.mark.parametrize(
    ("kind", "before", "after", "words"),
    [
        ("priority_changed", "none", "high", "priority none -> high"),
        ("flagged", None, None, "flag set"),
        ("unflagged", None, None, "flag removed"),
        ("assigned", None, "u1", "assigned to Tom Kay"),
        ("assigned", "u7", "u1", "assigned to Tom Kay, before u7"),
        ("unassigned", "u1", None, "unassigned, before Tom Kay"),
        ("notes_updated", None, "a\nb", 'note changed: "a b"'),
        ("notes_updated", "a", None, "note changed, it is empty now"),
        ("notes_updated", None, None, "note changed"),
        ("merged.by_robot", None, None, "merged.by_robot"),
        ("scored", {"n": 1}, 2, 'scored {"n": 1} -> 2'),
        ("status_changed", None, 7, "status - -> 7"),
    ],
)
def test_an_event_is_told_in_words_and_an_unknown_one_as_it_came(
    kind: str, before: Any, after: Any, words: str
) -> None:
    assert timeline(Event("1", kind, CREATED, "u1", None, before, after))[0].endswith(f" {words}")


def test_the_timeline_says_how_far_reading_has_come() -> None:
    def state(shown: Timeline) -> list[str]:
        return tab("timeline", detail(), timeline=shown)

    event = Event("1", "created", None)
    assert state(Timeline()) == ["the timeline was not read yet"]
    assert state(Timeline(state="reading")) == ["reading the timeline ..."]
    assert state(Timeline(state="read")) == ["nothing happened to this submission yet"]
    failed = state(Timeline((event,), "failed", "no route to host"))
    assert failed[0] == "the timeline could not be read: no route to host"
    assert failed[1].startswith("no time")


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
    assert pairs["language"] == "sv"
    assert "not known: product, object, conversation, visitor, action" in lines
    assert "not known: completed" in lines


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


# All tabs


@pytest.mark.parametrize("name", TABS)
@pytest.mark.parametrize("width", [20, 57, 100])
def test_the_hostile_corpus_is_drawn_without_controls_and_within_the_width(name: Tab, width: int) -> None:
    setting = replace(SETTING, width=width, names={"u1": HOSTILE["clipboard"]})
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


def test_a_submission_of_the_largest_size_is_drawn_without_a_long_wait() -> None:
    large = "漢 e\u0301 \x1b " * 43_000
    of = submission(fields=answers(*((f"l{at}", large) for at in range(16))), metadata={"m": large})
    shown = detail(of, raw=json.dumps({"a": large}, ensure_ascii=False), seen=Triage(notes=large))
    for name in TABS:
        start = time.perf_counter()
        tab_lines(name, shown, Timeline(), SETTING)
        assert time.perf_counter() - start < 2


# The strip of tabs


@pytest.mark.parametrize("width", range(30, 81))
@pytest.mark.parametrize("current", TABS)
def test_the_strip_fits_and_never_cuts_a_name(width: int, current: Tab) -> None:
    strip = tab_strip(current, width)
    text = "".join(piece.text for piece in strip.line)
    assert len(text.rstrip()) <= width
    names = text.replace("[", " ").replace("]", " ").split()
    assert len(names) == 5
    whole = ["Fields", "Notes", "Timeline", "Meta", "Raw"]
    assert all(name in (full, full[0]) for name, full in zip(names, whole, strict=True))
    assert f"[{whole[TABS.index(current)]}]" in text


def test_the_strip_has_whole_names_where_there_is_room() -> None:
    text = "".join(piece.text for piece in tab_strip("fields", 80).line)
    assert text.rstrip() == "[Fields] Notes  Timeline  Meta  Raw"


def test_a_column_of_the_strip_names_its_tab() -> None:
    strip = tab_strip("fields", 80)
    assert [strip.tab_at(column) for column in (0, 9, 17, 27, 33, 60)] == [*TABS, None]


@pytest.mark.parametrize("width", [3, 10, 20])
def test_a_tiny_strip_shows_at_least_the_tab_one_is_on(width: int) -> None:
    text = "".join(piece.text for piece in tab_strip("notes", width).line).rstrip()
    assert "[N" in text
    assert len(text) <= width
