from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from math import floor
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.query import QueryError
from cache.query.meaning import Between, Either, Meaning
from tests.unit.query_making import CONTEXT, meaning

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
ZONES = (BERLIN, NEW_YORK, LORD_HOWE)
ODD_ZONES = (*ZONES, ZoneInfo("America/Havana"), ZoneInfo("America/Sao_Paulo"), ZoneInfo("Pacific/Apia"), UTC)
FRIDAY = datetime(2026, 5, 22, 14, 30, 20, tzinfo=UTC)
"""What the clock of the zone shows where nothing else is said."""


def at(zone: tzinfo, *wall: int, fold: int = 0) -> float:
    """The moment at which a clock in a zone shows a time."""
    return datetime(*wall, tzinfo=zone, fold=fold).timestamp()  # type: ignore[misc,arg-type]


def asked(text: str, zone: tzinfo = BERLIN, now: datetime = FRIDAY) -> Meaning:
    moment = now.replace(tzinfo=zone).timestamp()
    return meaning(text, replace(CONTEXT, zone=zone, now=moment))


def holds(found: Meaning, moment: float) -> bool:
    if isinstance(found, Either):
        return any(holds(part, moment) for part in found.parts)
    assert isinstance(found, Between)
    return (found.low is None or moment >= found.low) and (found.high is None or moment <= found.high)


def stretch(text: str, zone: tzinfo = BERLIN, now: datetime = FRIDAY) -> tuple[str, str]:
    """From when to when, the last whole second, as the clock in the zone shows it."""
    found = asked(text, zone, now)
    assert isinstance(found, Between)
    return _shown(found.low, zone), _shown(found.high, zone)


def _shown(moment: float | None, zone: tzinfo) -> str:
    if moment is None:
        return ""
    return datetime.fromtimestamp(floor(moment), zone).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("2026", "2026-01-01 00:00:00", "2026-12-31 23:59:59"),
        ("2026-02", "2026-02-01 00:00:00", "2026-02-28 23:59:59"),
        ("2024-02-29", "2024-02-29 00:00:00", "2024-02-29 23:59:59"),
        ("2026-05-22T14:30", "2026-05-22 14:30:00", "2026-05-22 14:30:59"),
        ("2026-05-22T14:30:05", "2026-05-22 14:30:05", "2026-05-22 14:30:05"),
        ("2026-05-22T14:30Z", "2026-05-22 16:30:00", "2026-05-22 16:30:59"),
        ("2026-05-22T14:30+05:30", "2026-05-22 11:00:00", "2026-05-22 11:00:59"),
        ("today", "2026-05-22 00:00:00", "2026-05-22 23:59:59"),
        ("yesterday", "2026-05-21 00:00:00", "2026-05-21 23:59:59"),
        ("friday", "2026-05-22 00:00:00", "2026-05-22 23:59:59"),
        ("Saturday", "2026-05-16 00:00:00", "2026-05-16 23:59:59"),
        ("monday", "2026-05-18 00:00:00", "2026-05-18 23:59:59"),
        ("thisweek", "2026-05-18 00:00:00", "2026-05-24 23:59:59"),
        ("lastweek", "2026-05-11 00:00:00", "2026-05-17 23:59:59"),
        ("thismonth", "2026-05-01 00:00:00", "2026-05-31 23:59:59"),
        ("lastmonth", "2026-04-01 00:00:00", "2026-04-30 23:59:59"),
        ("thisyear", "2026-01-01 00:00:00", "2026-12-31 23:59:59"),
        ("lastyear", "2025-01-01 00:00:00", "2025-12-31 23:59:59"),
        ("now", "2026-05-22 14:30:00", "2026-05-22 14:30:59"),
        ("7d", "2026-05-15 14:30:00", ""),
        ("90min", "2026-05-22 13:00:00", ""),
        ("3mo", "2026-02-22 14:30:00", ""),
        ("2y", "2024-05-22 14:30:00", ""),
        ("-7d", "2026-05-15 00:00:00", "2026-05-15 23:59:59"),
        ("-3h", "2026-05-22 11:00:00", "2026-05-22 11:59:59"),
        ("-5min", "2026-05-22 14:25:00", "2026-05-22 14:25:59"),
        ("-1w", "2026-05-11 00:00:00", "2026-05-17 23:59:59"),
        ("-5mo", "2025-12-01 00:00:00", "2025-12-31 23:59:59"),
        ("-1y", "2025-01-01 00:00:00", "2025-12-31 23:59:59"),
        ("-14d..-7d", "2026-05-08 00:00:00", "2026-05-15 23:59:59"),
        ("2026-05..", "2026-05-01 00:00:00", ""),
        ("..yesterday", "", "2026-05-21 23:59:59"),
        ("2026-03..2026-04", "2026-03-01 00:00:00", "2026-04-30 23:59:59"),
        ("<2026-05", "", "2026-04-30 23:59:59"),
        ("<=2026-05", "", "2026-05-31 23:59:59"),
        (">2026-05", "2026-06-01 00:00:00", ""),
        (">=2026-05", "2026-05-01 00:00:00", ""),
        (">-7d", "2026-05-16 00:00:00", ""),
    ],
)
def test_a_time_is_the_whole_stretch_it_names(typed: str, first: str, last: str) -> None:
    assert stretch(f"created:{typed}") == (first, last)


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        (">36h", "", "2026-05-21 02:29:59"),
        (">=36h", "", "2026-05-21 02:30:00"),
        ("<2d", "2026-05-20 14:30:00", ""),
        ("<=2d", "2026-05-20 14:30:00", ""),
        ("2d", "2026-05-19 14:30:00", "2026-05-20 14:30:00"),
        ("1d..3d", "2026-05-19 14:30:00", "2026-05-21 14:30:00"),
        ("..1mo", "2026-04-22 14:30:00", ""),
        (">0.5d", "", "2026-05-22 02:29:59"),
    ],
)
def test_an_age_is_counted_back_from_the_minute_it_is(typed: str, first: str, last: str) -> None:
    found_first, found_last = stretch(f"age:{typed}")
    assert (found_first, found_last) == (first, last)


def test_strictly_younger_leaves_the_very_moment_out() -> None:
    moment = at(BERLIN, 2026, 5, 20, 14, 30)
    assert not holds(asked("age:<2d"), moment)
    assert holds(asked("age:<=2d"), moment)
    assert not holds(asked("age:>2d"), moment)
    assert holds(asked("age:>=2d"), moment)


def test_a_month_back_from_a_longer_month_ends_on_its_last_day() -> None:
    assert stretch("created:1mo", now=datetime(2026, 3, 31, 12, tzinfo=UTC)) == ("2026-02-28 12:00:00", "")
    assert stretch("created:1y", now=datetime(2024, 2, 29, 12, tzinfo=UTC)) == ("2023-02-28 12:00:00", "")


def test_the_meaning_is_the_same_all_through_a_minute() -> None:
    for text in ("created:7d", "age:>36h", "created:-3h", "created:now"):
        assert asked(text, now=FRIDAY.replace(second=0)) == asked(text, now=FRIDAY.replace(second=59))


def test_times_of_other_fields_are_read_alike() -> None:
    for field in ("resolved", "viewed", "completed"):
        found = asked(f"{field}:2026-05")
        assert found == Between(field, *_ends(asked("created:2026-05")))


def _ends(found: Meaning) -> tuple[float | None, float | None]:
    assert isinstance(found, Between)
    return found.low, found.high


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (BERLIN, "2026-03-29", 23),
        (BERLIN, "2026-10-25", 25),
        (BERLIN, "2026-10-26", 24),
        (NEW_YORK, "2026-03-08", 23),
        (NEW_YORK, "2026-11-01", 25),
        (LORD_HOWE, "2026-04-05", 24.5),
        (LORD_HOWE, "2026-10-04", 23.5),
    ],
)
def test_a_day_on_which_the_clocks_change_is_as_long_as_it_is(zone: ZoneInfo, day: str, hours: float) -> None:
    low, high = _ends(asked(f"created:{day}", zone))
    assert low is not None
    assert high is not None
    assert high - low == pytest.approx(hours * 3600, abs=1e-5)


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_seven_days_ago_is_the_same_hour_whatever_the_clocks_did(zone: ZoneInfo) -> None:
    for days in range(366):
        now = datetime(2026, 1, 1, 12, 15, tzinfo=UTC) + timedelta(days=days)
        then = now - timedelta(days=7)
        assert stretch("created:7d", zone, now)[0] == then.strftime("%Y-%m-%d %H:%M:%S")


def test_a_minute_that_the_clock_shows_twice_is_both() -> None:
    found = asked("created:2026-10-25T02:30")
    early, late = at(BERLIN, 2026, 10, 25, 2, 30), at(BERLIN, 2026, 10, 25, 2, 30, fold=1)
    assert late - early == 3600
    assert isinstance(found, Either)
    for moment, is_in in (
        (early, True),
        (early + 59, True),
        (early + 60, False),
        (late, True),
        (late + 60, False),
    ):
        assert holds(found, moment) is is_in
    after = asked("created:>2026-10-25T02:30")
    assert not holds(after, late + 59)
    assert holds(after, late + 60)


def test_a_minute_that_the_clock_skips_is_empty_and_parts_before_from_after() -> None:
    change = at(UTC, 2026, 3, 29, 1)
    found = asked("created:2026-03-29T02:30")
    assert not any(holds(found, change + seconds) for seconds in range(-7200, 7200, 30))
    assert _ends(asked("created:>=2026-03-29T02:30")) == (change, None)
    before = asked("created:<2026-03-29T02:30")
    assert holds(before, change - 1)
    assert not holds(before, change)


moments = st.integers(int(at(UTC, 1995, 1, 1)), int(at(UTC, 2037, 1, 1)))
zones = st.sampled_from(ODD_ZONES)
near_changes = st.builds(
    lambda moment, shift: moment + shift,
    st.sampled_from(
        [
            int(at(UTC, *day))
            for day in [
                *((2026, 3, 29, 1), (2026, 10, 25, 1), (2026, 3, 8, 7), (2026, 11, 1, 6), (2026, 4, 4, 15)),
                *(
                    (2026, 10, 3, 15, 30),
                    (2011, 12, 30, 10),
                    (2018, 11, 4, 3),
                    (2018, 2, 18, 2),
                    (2026, 11, 1, 5),
                ),
            ]
        ]
    ),
    st.integers(-100_000, 100_000),
)


@settings(deadline=None)
@given(near_changes | moments, zones)
def test_every_moment_lies_in_its_minute_day_month_and_year_and_in_no_other_day(
    moment: int, zone: tzinfo
) -> None:
    shown = datetime.fromtimestamp(moment, zone)
    for pattern in ("%Y-%m-%dT%H:%M", "%Y-%m-%d", "%Y-%m", "%Y"):
        written = shown.strftime(pattern)
        assert holds(asked(f"created:{written}", zone), moment)
        assert not holds(asked(f"created:<{written}", zone), moment)
        assert not holds(asked(f"created:>{written}", zone), moment)
        assert holds(asked(f"created:>={written}", zone), moment)
        assert holds(asked(f"created:{written}..{written}", zone), moment)
    for days in (-1, 1):
        other = (shown.date() + timedelta(days=days)).isoformat()
        assert not holds(asked(f"created:{other}", zone), moment)
        assert holds(asked(f"created:{'>' if days < 0 else '<'}{other}", zone), moment)


@settings(deadline=None)
@given(near_changes | moments, zones, st.integers(0, 40))
def test_days_back_are_days_of_the_calendar(now: int, zone: tzinfo, days: int) -> None:
    context = replace(CONTEXT, zone=zone, now=float(now))
    found = meaning(f"created:-{days}d", context)
    wanted: date = datetime.fromtimestamp(now, zone).date() - timedelta(days=days)
    assert found == meaning(f"created:{wanted.isoformat()}", context)


@settings(deadline=None)
@given(st.from_regex(r"\A-?[0-9]{1,6}(s|min|h|d|w|mo|y)\Z"), zones, near_changes | moments)
def test_no_length_is_too_long_to_be_answered(text: str, zone: tzinfo, now: int) -> None:
    context = replace(CONTEXT, zone=zone, now=float(now))
    for typed in (
        f"created:{text}",
        f"created:<={text}",
        f"created:{text}..",
        f"age:>{text}",
        f"fill:{text}",
    ):
        try:
            found = meaning(typed, context)
        except QueryError:
            continue
        for end in _ends(found) if isinstance(found, Between) else ():
            assert end is None or abs(end) < 1e14
