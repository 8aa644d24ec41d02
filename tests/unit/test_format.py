"""How ages, times and numbers read, and that fitted texts have exactly the cells they were given."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.text import contains_control, one_line
from inbox_tui.format import (
    age,
    age_or_date,
    cell_cut,
    cell_fit,
    cell_len,
    cell_pad,
    priority_name,
    short_date,
    short_time,
    status_name,
    thousands,
)

NOW = datetime(2026, 5, 22, 10, 14, 39, tzinfo=UTC).timestamp()
DAY = 86_400
EAST = timezone(timedelta(hours=9))

PIECES = [
    "a",
    "Mara ",
    "山",
    "株式会社",
    "한",
    "👍🏽",
    "👨‍👩‍👧‍👦",
    "❤️",
    "🇩🇪",
    "1️⃣",
    "e\u0301",
    "\u1112\u1161\u11ab",
    " ",
    "…",
]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=12).map(
    lambda parts: one_line("".join(parts))
)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-5, "0s"),
        (0, "0s"),
        (59.9, "59s"),
        (60, "1m"),
        (3599, "59m"),
        (3600, "1h"),
        (86_399, "23h"),
        (86_400, "1d"),
        (7 * DAY - 1, "6d"),
        (7 * DAY, "1w"),
        (80 * DAY, "11w"),
    ],
)
def test_age_is_told_in_its_largest_whole_unit(seconds: float, shown: str) -> None:
    assert age(seconds) == shown


@pytest.mark.parametrize(
    ("days", "shown"), [(0, "0s"), (34, "4w"), (35, "17 Apr"), (141, "1 Jan"), (142, "2025"), (800, "2024")]
)
def test_old_rows_show_a_day_and_older_ones_a_year(days: int, shown: str) -> None:
    assert age_or_date(NOW - days * DAY, NOW, UTC) == shown


@given(st.integers(min_value=-(2**70), max_value=2**70))
def test_any_moment_has_an_age_of_at_most_six_cells_or_a_long_past_year(epoch: int) -> None:
    assert 1 <= cell_len(age_or_date(epoch, NOW, EAST)) <= 6
    assert short_time(epoch, NOW, EAST)


def test_times_name_the_year_only_when_it_is_another_one() -> None:
    assert short_time(NOW - 3600, NOW, UTC) == "22 May 09:14"
    assert short_time(NOW - 365 * DAY, NOW, UTC) == "22 May 2025 10:14"
    assert short_date(NOW - 365 * DAY, NOW, UTC) == "22 May 2025"


def test_the_zone_decides_the_day_and_the_year() -> None:
    new_year = datetime(2025, 12, 31, 20, 0, tzinfo=UTC).timestamp()
    assert short_time(new_year, NOW, UTC) == "31 Dec 2025 20:00"
    assert short_time(new_year, NOW, EAST) == "1 Jan 05:00"


def test_thousands_are_separated_by_commas() -> None:
    assert [thousands(number) for number in (0, 999, 1284, 1_000_000)] == ["0", "999", "1,284", "1,000,000"]


def test_names_of_values_are_words_and_unknown_ones_are_shown_harmlessly() -> None:
    assert status_name("in_progress") == "in progress"
    assert priority_name("high") == "high"
    assert status_name("on\x1b[2Jhold") == "on␛[2Jhold"
    assert not contains_control(priority_name("a\x9b\nb"))
    assert status_name("") == priority_name("") == "?"


@given(texts, st.integers(min_value=0, max_value=30), st.sampled_from(["…", "~"]), st.booleans())
def test_a_fitted_text_has_exactly_the_cells_asked_for(text: str, cells: int, dots: str, right: bool) -> None:
    assert cell_len(cell_fit(text, cells, right=right, ellipsis=dots)) == cells


@given(texts, st.integers(min_value=0, max_value=30))
def test_a_cut_text_is_a_beginning_of_the_text(text: str, cells: int) -> None:
    cut = cell_cut(text, cells)
    assert cell_len(cut) <= cells
    assert cut == text or not cut or text.startswith(cut[:-1])


def test_a_cut_never_splits_a_wide_character_or_a_cluster() -> None:
    assert cell_cut("日本語", 4) == "日…"
    assert cell_cut("日本語", 6) == "日本語"
    assert cell_cut("x👨‍👩‍👧‍👦y", 3) == "x…"
    assert cell_cut("e\u0301e\u0301e\u0301", 2) == "e\u0301…"
    assert cell_cut("ab cd", 4) == "ab…"


def test_padding_fills_on_the_wanted_side_and_keeps_longer_texts() -> None:
    assert cell_pad("日", 4) == "日  "
    assert cell_pad("421", 5, right=True) == "  421"
    assert cell_pad("long", 2) == "long"
