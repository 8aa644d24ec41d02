"""The rolling window of the systems that publish a single number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox_tui.demo.window import Window

_START = datetime(2026, 5, 22, tzinfo=UTC)


@given(st.lists(st.integers(0, 30), max_size=60), st.integers(1, 5))
def test_no_sixty_seconds_hold_more_than_the_limit(pauses: list[int], limit: int) -> None:
    now = _START
    window = Window(60, lambda: now)
    passed: list[datetime] = []
    for pause in pauses:
        now += timedelta(seconds=pause)
        taken = window.take("somebody", limit)
        if taken.passed:
            passed.append(now)
            assert taken.wait == 0
        recent = [at for at in passed if now - at < timedelta(seconds=60)]
        assert len(recent) <= limit
        assert taken.remaining == limit - len(recent)
        assert taken.passed or len(recent) == limit


@pytest.mark.parametrize("refused_count", [True, False])
def test_the_named_wait_is_enough(refused_count: bool) -> None:
    now = _START
    window = Window(60, lambda: now, refused_count=refused_count)
    assert window.take("a", 1).passed
    now += timedelta(seconds=10)
    refused = window.take("a", 1)
    assert (refused.passed, refused.wait) == (False, 60 if refused_count else 50)
    assert window.take("b", 1).passed
    now += timedelta(seconds=refused.wait)
    assert window.take("a", 1).passed
