"""Which submissions are read while the cursor moves: those it stops at, and soon after it has stopped."""

import heapq
from collections.abc import Callable
from itertools import accumulate, count
from unittest.mock import Mock

import pytest

from inbox_tui.inbox.reading import ReadingController
from tests.unit.test_drawing_contact import row

HELD = 1 / 30
"""Seconds between two moves of a key that is held down, at the usual pace."""


def read_at(gaps: list[float]) -> list[tuple[int, float]]:
    """Which rows were read, and when, if the cursor comes to row 1, 2 ... after so many seconds each."""
    now, shown, numbers, read = [0.0], [0], count(), list[tuple[int, float]]()
    due: list[tuple[float, int, Callable[[], None]]] = []
    store = Mock()
    store.submit = lambda *_, **__: read.append((shown[0], now[0]))

    def later(seconds: float, call: Callable[[], None]) -> None:
        heapq.heappush(due, (now[0] + seconds, next(numbers), call))

    def until(moment: float) -> None:
        while due and due[0][0] <= moment:
            now[0], _, call = heapq.heappop(due)
            call()
        now[0] = moment

    reading = ReadingController(
        Mock(tab="fields", detail=None), store, Mock(), later, lambda: 0.0, Mock(), steady=lambda: now[0]
    )
    for moment in accumulate(gaps, initial=10.0):
        until(moment)
        shown[0] += 1
        reading.show(row(shown[0]))
    end = now[0]
    until(end + 10)
    return [(number, round(moment - end, 3)) for number, moment in read]


def test_a_single_move_is_read_at_once() -> None:
    assert read_at([]) == [(1, 0.0)]
    assert [number for number, _ in read_at([0.3, 0.3])] == [1, 2, 3]


@pytest.mark.parametrize("gap", [0.0005, 0.016, HELD])
def test_of_the_rows_a_held_key_passes_only_the_last_is_read(gap: float) -> None:
    read = read_at([gap] * 60)
    assert [number for number, _ in read] == [1, 61]
    assert read[-1][1] <= 0.037


def test_a_pause_within_a_frame_does_not_end_a_fast_walk() -> None:
    assert [number for number, _ in read_at([*[0.0005] * 40, 0.018, *[0.0005] * 40])] == [1, 82]
