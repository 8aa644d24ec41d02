"""What the head above the tabs says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from cache.models import (
    EditState,
    PendingEdit,
    Triage,
)
from inbox_tui.drawing import head_lines
from inbox_tui.signs import PLAIN
from tests.unit.drawing_making import (
    NOW,
    SETTING,
    detail,
    edit,
    head,
    texts,
)


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
    assert "⌂ triage is kept on this machine only; Awardee has no place for it" in words


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
