import json
import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox_tui.output import json_text, local_time, utc_time

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.slow
@given(values)
def test_json_is_ascii_without_control_characters_and_reads_back(value):
    text = json_text(value)
    assert text.isascii()
    assert all(0x20 <= ord(char) < 0x7F for char in text)
    assert json_text(json.loads(text)) == text


def test_numbers_that_json_cannot_hold_are_null():
    assert json_text([math.inf, -math.inf, math.nan, 1.5]) == "[null, null, null, 1.5]"


def test_delete_is_escaped_and_survives():
    assert json.loads(json_text("a\x7fb")) == "a\x7fb"
    assert "\x7f" not in json_text("a\x7fb")


def test_times_are_utc_to_the_second():
    east = timezone(timedelta(hours=2))
    assert utc_time(datetime(2026, 5, 22, 12, 14, 39, 999, tzinfo=east)) == "2026-05-22T10:14:39Z"
    assert utc_time(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01T00:00:00Z"
    assert utc_time(0) == "1970-01-01T00:00:00Z"


def test_a_moment_outside_the_calendar_is_null():
    assert utc_time(1e18) is None
    assert utc_time(None) is None


def test_a_time_for_people_names_its_offset_and_is_the_moment_that_was_meant():
    moment = datetime(2026, 7, 1, 22, 30, 5, tzinfo=UTC)
    assert datetime.strptime(local_time(moment), "%Y-%m-%d %H:%M:%S %z") == moment
    assert datetime.strptime(
        local_time(moment.timestamp(), seconds=False), "%Y-%m-%d %H:%M %z"
    ) == moment.replace(second=0)


def test_a_time_that_no_calendar_holds_is_a_question_mark():
    assert [local_time(None), local_time(1e18), local_time(math.nan)] == ["?", "?", "?"]
