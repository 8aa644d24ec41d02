"""What the status bar says, and what it leaves out when there is little room."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from inbox_tui.signs import PLAIN, UNICODE
from inbox_tui.status import (
    SEPARATOR,
    ConnectionState,
    Notice,
    SourceLine,
    StatusModel,
    notice_lines,
    status_segments,
)

NOW = datetime(2026, 5, 22, 14, 30, tzinfo=UTC).timestamp()
AT_14_02 = datetime(2026, 5, 22, 14, 2, tzinfo=UTC).timestamp()

ONLINE = SourceLine(
    "acme",
    ConnectionState.ONLINE,
    budget_remaining=46,
    budget_limit=60,
    budget_reset_at=NOW + 11,
    synced_at=NOW - 20,
)
FULL = StatusModel(
    view_name="Inbox",
    position=1,
    total=12,
    last_action="resolved SUB-0416, u undoes",
    sources=(ONLINE,),
    queued=2,
    conflicts=1,
)


def said(model: StatusModel, width: int = 200) -> str:
    return SEPARATOR.join(text for text, _ in status_segments(model, width, PLAIN, NOW))


def role_of(model: StatusModel, part: str) -> str:
    return next(role for text, role in status_segments(model, 200, PLAIN, NOW) if part in text)


def connection(*lines: SourceLine) -> str:
    return said(StatusModel(sources=lines))


def test_a_wide_bar_says_everything_in_order() -> None:
    assert said(FULL) == (
        "Inbox 1/12 | resolved SUB-0416, u undoes | ONLINE | ^2 x0 #1 | API 46/60 11s | synced 20s ago"
    )


def test_the_age_goes_first_and_the_budget_shortens_next() -> None:
    full = said(FULL)
    assert said(FULL, len(full) - 1).endswith("API 46/60 11s")
    assert said(FULL, len(full) - len(" | synced 20s ago") - 1).endswith("API 46/60")


def test_conflicts_outlive_the_word_online() -> None:
    assert said(FULL, 52) == "Inbox 1/12 | resolved SUB-0416, u undoes | ^2 x0 #1"


def test_unicode_signs_are_used_when_the_terminal_has_them() -> None:
    assert "↑2 ✗0 ≠1" in [text for text, _ in status_segments(FULL, 200, UNICODE, NOW)]


def test_an_outbox_without_edits_is_not_mentioned() -> None:
    assert said(replace(FULL, queued=0, conflicts=0, last_action="")) == (
        "Inbox 1/12 | ONLINE | API 46/60 11s | synced 20s ago"
    )


def test_edits_whose_outcome_is_unknown_are_counted_by_name() -> None:
    assert "^0 x0 #0 1 verifying" in said(StatusModel(verifying=1))


def test_overwritten_values_are_counted_as_something_wrong() -> None:
    assert "^0 x0 #0 2 overwritten" in said(StatusModel(overwrites=2))
    assert role_of(StatusModel(overwrites=1), "overwritten") == "error"


def test_a_rejected_edit_makes_the_outbox_an_error() -> None:
    assert role_of(replace(FULL, rejected=1), "x1") == "error"
    assert role_of(replace(FULL, conflicts=0), "^2") == "info"


def test_edits_that_wait_are_told_before_why_nothing_is_read() -> None:
    away = SourceLine(
        "mantlz",
        ConnectionState.OFFLINE,
        since=NOW - 60,
        synced_at=NOW - 60,
        detail="127.0.0.1 cannot be reached.",
    )
    model = StatusModel(
        view_name="Inbox",
        position=393,
        total=393,
        last_action="resolved cl05c47r, u undoes",
        sources=(away, replace(away, name="postbox", synced_at=NOW)),
        queued=1,
    )
    assert "^1" in said(model, 118)
    assert "OFFLINE" in said(model, 118)


def test_counts_that_are_not_known_yet_are_dots_and_a_floor_has_a_plus() -> None:
    assert said(StatusModel(view_name="All", position=3)) == "All 3/~"
    assert (
        said(StatusModel(view_name="All", position=3, total=40_000, total_is_floor=True)) == "All 3/40,000+"
    )


def test_a_pending_key_is_shown_even_on_a_narrow_bar() -> None:
    assert said(replace(FULL, prefix="3s"), 12) == "1/12 | 3s~"


def test_a_sentence_goes_before_what_matters_less_and_is_cut_only_after_that() -> None:
    model = replace(
        FULL, last_action="", notice=Notice("NOT SAVED: the disk is full, free some space", "error")
    )
    assert said(model, 51) == "1/12 | NOT SAVED: the disk is full, free some space"
    assert said(model, 41) == "1/12 | NOT SAVED: the disk is full, free~"
    assert said(model, 24) == "1/12 | NOT SAVED: the~"
    assert role_of(model, "NOT SAVED") == "error"


def test_a_sentence_that_is_too_long_for_one_line_takes_two() -> None:
    model = replace(FULL, last_action="", notice=Notice("NOT SAVED: the disk is full, free some space"))
    assert notice_lines(model, 51, "~") is None
    assert notice_lines(model, 50, "~") == ("NOT SAVED: the disk is full, free some space", "")
    assert notice_lines(model, 30, "~") == ("NOT SAVED: the disk is full,", "free some space")
    assert notice_lines(model, 14, "~") == ("NOT SAVED: the", "disk is full~")
    assert notice_lines(replace(model, prefix="3"), 14, "~") is None
    assert notice_lines(FULL, 14, "~") is None


def test_a_row_that_is_only_held_in_its_place_is_not_counted_and_said_so() -> None:
    held = StatusModel(view_name="Inbox", position=6, total=54, is_held=True)
    assert said(held) == "Inbox -/54 (does not match)"
    assert said(held, 12) == "Inbox -/54"


def test_saving_is_said_while_the_disk_is_slow() -> None:
    assert "saving~" in said(replace(FULL, saving=True))


def test_each_state_has_its_word() -> None:
    states = ConnectionState
    assert connection(SourceLine("a", states.OFFLINE, since=AT_14_02)).startswith("0/~ | OFFLINE since 14:02")
    assert "RETRY in 12s" in connection(SourceLine("a", states.RETRY, retry_at=NOW + 11.4))
    assert "RETRY now" in connection(SourceLine("a", states.RETRY, retry_at=NOW - 5))
    assert "AUTH?" in connection(SourceLine("a", states.AUTH))
    assert "READ-ONLY" in connection(SourceLine("a", states.READ_ONLY))
    assert "SYNCING 1,200" in connection(SourceLine("a", states.SYNCING, received=1200))
    assert "VIA pid 1234" in connection(SourceLine("a", states.FOLLOWER, leader_pid=1234))
    assert "STOPPED" in connection(SourceLine("a", states.STOPPED))
    assert "0/~ | ONLINE" in connection(SourceLine("a", states.ONLINE))
    assert "CONNECTING" in connection(SourceLine("a", states.CONNECTING))


def test_being_offline_since_another_day_names_the_day() -> None:
    line = SourceLine("a", ConnectionState.OFFLINE, since=AT_14_02 - 86_400)
    assert "OFFLINE since 21 May 14:02" in connection(line)


def test_times_of_day_are_in_the_given_zone() -> None:
    line = SourceLine("a", ConnectionState.OFFLINE, since=AT_14_02)
    model = StatusModel(sources=(line,), zone=timezone(timedelta(hours=2)))
    assert "OFFLINE since 16:02" in said(model)


def test_sources_in_the_same_state_are_one_word() -> None:
    both = connection(ONLINE, replace(ONLINE, name="shop"))
    assert both == "0/~ | ONLINE | API 46/60 11s | synced 20s ago"


def test_sources_in_different_states_are_named_the_worst_first() -> None:
    lines = (ONLINE, replace(ONLINE, name="shop"), SourceLine("forms", ConnectionState.AUTH))
    assert "forms AUTH?; acme, shop ONLINE" in connection(*lines)
    assert "forms AUTH?; others ONLINE" in said(StatusModel(sources=lines), 34)
    assert said(StatusModel(sources=lines), 18) == "0/~ | forms AUTH?"


def test_a_failed_sync_says_how_old_the_rows_are_and_why() -> None:
    line = SourceLine(
        "a", ConnectionState.OFFLINE, since=AT_14_02, detail="no route to host", synced_at=NOW - 7200
    )
    assert connection(line).endswith("synced 2h ago: no route to host")
    assert role_of(StatusModel(sources=(line,)), "synced") == "warning"
    assert connection(replace(line, synced_at=None, detail="")).endswith("never synced")
    imported = replace(line, synced_at=None, detail="", is_imported=True)
    assert connection(imported).endswith("imported, never synced")


def test_the_tightest_window_is_shown_and_warns_when_low() -> None:
    tight = replace(ONLINE, name="b", budget_remaining=5)
    model = StatusModel(sources=(ONLINE, tight))
    assert "API 5/60 11s" in said(model)
    assert role_of(model, "API") == "warning"
    assert role_of(FULL, "API") == "muted"


def test_a_passed_reset_is_not_counted_down() -> None:
    assert "API 46/60 |" in said(StatusModel(sources=(replace(ONLINE, budget_reset_at=NOW - 1),)))


def test_hostile_names_and_causes_stay_on_one_harmless_line() -> None:
    line = SourceLine("a", ConnectionState.OFFLINE, detail="bad\x1b[31m\nline")
    model = StatusModel(view_name="[red]x\x1b]52;c;\x07[/]", sources=(line,), notice=Notice("a\u202eb\nc"))
    text = said(model)
    assert text.isprintable()
    assert "\u202e" not in text
    assert "[red]x" in text


WORDS = st.lists(st.from_regex(r"[A-Za-z0-9\u4e00-\u4e10]{1,9}", fullmatch=True), max_size=12).map(" ".join)
LINES = st.builds(
    SourceLine,
    name=st.from_regex(r"[a-z0-9_-]{1,12}", fullmatch=True),
    state=st.sampled_from(ConnectionState),
    since=st.none() | st.floats(0, NOW),
    retry_at=st.none() | st.floats(NOW - 100, NOW + 5000),
    detail=WORDS,
    budget_remaining=st.none() | st.integers(0, 5000),
    budget_limit=st.none() | st.integers(0, 5000),
    budget_reset_at=st.none() | st.floats(NOW - 100, NOW + 5000),
    synced_at=st.none() | st.floats(0, NOW),
    received=st.integers(0, 10**6),
    leader_pid=st.none() | st.integers(1, 99999),
)
MODELS = st.builds(
    StatusModel,
    view_name=WORDS,
    position=st.none() | st.integers(1, 10**7),
    total=st.none() | st.integers(0, 10**7),
    total_is_floor=st.booleans(),
    prefix=st.sampled_from(["", "3s", "g", "12"]),
    last_action=WORDS,
    notice=st.none() | st.builds(Notice, WORDS, st.sampled_from(["info", "warning", "error"])),
    saving=st.booleans(),
    sources=st.lists(LINES, max_size=4).map(tuple),
    queued=st.integers(0, 3000),
    rejected=st.integers(0, 3),
    conflicts=st.integers(0, 3),
    verifying=st.integers(0, 3),
    overwrites=st.integers(0, 3),
)


def words(text: str) -> list[str]:
    return re.findall(r"[^\s|~,.:;]+", text)


@pytest.mark.slow
@given(MODELS, st.integers(40, 140))
def test_never_wider_than_the_bar_never_half_a_word(model: StatusModel, width: int) -> None:
    text = said(model, width)
    assert cell_len(text) <= width
    every = words(said(model, 100_000)) + words(model.view_name) + ["OFFLINE", "RETRY", "VIA", "others"]
    for line in model.sources:
        every += words(line.name)
    shown = words(text)
    # The one place where numbers are left out: an outbox that names only what is not zero.
    assert set(shown) <= set(every)


@pytest.mark.slow
@given(MODELS, st.integers(40, 140))
def test_the_position_and_a_waiting_key_are_always_there(model: StatusModel, width: int) -> None:
    segments = [text for text, _ in status_segments(model, width, PLAIN, NOW)]
    total = "~" if model.total is None else f"{model.total:,}" + "+" * model.total_is_floor
    assert segments[0].endswith(f"{model.position or 0:,}/{total}")
    assert not model.prefix or f"{model.prefix}~" in segments


@pytest.mark.slow
@given(MODELS, st.integers(40, 140))
def test_an_error_is_never_dropped_for_something_lesser(model: StatusModel, width: int) -> None:
    text = "the outbox cannot be written"
    failed = replace(model, notice=Notice(text, "error"))
    segments = status_segments(failed, width, PLAIN, NOW)
    if not any(text.startswith(part.rstrip("~")) and role == "error" for part, role in segments):
        assert all(role == "accent" or "/" in part for part, role in segments)


@pytest.mark.slow
@given(MODELS, st.integers(40, 139))
def test_more_room_never_says_less(model: StatusModel, width: int) -> None:
    narrow = status_segments(model, width, PLAIN, NOW)
    wide = status_segments(model, 10_000, PLAIN, NOW)
    assert len(narrow) <= len(wide)
