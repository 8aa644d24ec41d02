"""The held stretch of rows: whatever arrives in whatever order, a position never shows another row."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from inbox_tui.widgets.row_window import Demand, RowWindow, overlap
from tests.ui.harness import make_row, make_window

TOTAL = 80
windows = st.tuples(st.integers(min_value=0, max_value=TOTAL), st.integers(min_value=0, max_value=30))


@given(st.lists(windows, max_size=8), windows)
def test_held_rows_are_always_the_rows_of_their_positions(
    arrivals: list[tuple[int, int]], seen: tuple[int, int]
) -> None:
    visible = overlap(range(seen[0], seen[0] + seen[1]), range(TOTAL))
    held = RowWindow()
    for first, count in arrivals:
        before = overlap(held.stretch, visible)
        held.take(make_window(TOTAL, first, count), visible)
        assert len(overlap(held.stretch, visible)) >= len(before)
        assert all(held.get(position) is not None for position in held.stretch)
        assert all(held.get(at) in (None, make_row(TOTAL - at)) for at in range(TOTAL))


@given(st.lists(st.tuples(st.booleans(), st.integers(TOTAL, TOTAL + 1), windows), max_size=8))
def test_whatever_comes_of_the_ends_no_row_of_another_state_is_held(
    arrivals: list[tuple[bool, int, tuple[int, int]]],
) -> None:
    held = RowWindow()
    for is_end, total, (first, count) in arrivals:
        window = make_window(total, first, count)
        if is_end:
            held.keep_end(window)
        else:
            held.take(window, range(0))
        if total == held.total:
            assert all(held.get(first + at) == row for at, row in enumerate(window.rows))
        assert all(held.get(at) in (None, make_row(held.total - at)) for at in range(held.total))


@given(windows, windows)
def test_touching_windows_become_one(one: tuple[int, int], other: tuple[int, int]) -> None:
    first, second = make_window(TOTAL, *one), make_window(TOTAL, *other)
    ends = [window.first + len(window.rows) for window in (first, second)]
    held = RowWindow()
    held.take(first, range(0))
    held.take(second, range(0))
    if first.rows and second.rows and second.first <= ends[0] and first.first <= ends[1]:
        assert held.stretch == range(min(first.first, second.first), max(ends))


@given(st.integers(1, 30), st.integers(1, 30), st.booleans())
def test_both_ends_stay_where_somebody_who_was_there_goes_back_and_forth(
    first: int, last: int, is_trimmed: bool
) -> None:
    held = RowWindow()
    screen = min(first, last) - 1
    for window in (make_window(TOTAL, 0, first), make_window(TOTAL, TOTAL - last, last)):
        visible = range(window.first, window.first + screen)
        if is_trimmed:
            held.trim(visible, screen)
        held.take(window, visible)
    held.trim(range(TOTAL // 2, TOTAL // 2), screen)
    assert all(held.get(at) == make_row(TOTAL - at) for at in (*range(screen), *range(TOTAL - screen, TOTAL)))
    held.forget_ends()
    assert held.get(0) is None


@given(windows, windows)
def test_trimming_keeps_exactly_what_lies_inside(one: tuple[int, int], kept: tuple[int, int]) -> None:
    held = RowWindow()
    held.take(make_window(TOTAL, *one), range(0))
    keep = overlap(held.stretch, range(kept[0], kept[0] + kept[1]))
    held.trim(range(kept[0], kept[0] + kept[1]), 20)
    assert len(held) == len(keep)
    assert all(held.get(position) == make_row(TOTAL - position) for position in keep)


def test_the_nearest_held_row_is_named_with_its_state() -> None:
    held = RowWindow()
    assert held.nearest(3) is None
    held.take(make_window(TOTAL, 10, 20, generation=7), range(0))
    assert held.nearest(3) == (7, 10, 70)
    assert held.nearest(15) == (7, 15, 65)
    assert held.nearest(60) == (7, 29, 51)


def test_a_stale_answer_from_elsewhere_does_not_push_out_what_is_on_the_screen() -> None:
    held = RowWindow()
    held.take(make_window(TOTAL, 0, 20), range(5, 15))
    held.take(make_window(TOTAL, 50, 20), range(5, 15))
    assert held.stretch == range(20)


def test_another_total_or_state_replaces_everything() -> None:
    held = RowWindow()
    held.take(make_window(TOTAL, 0, 20), range(20))
    held.take(make_window(TOTAL + 1, 15, 20), range(20))
    assert held.stretch == range(15, 35)
    held.take(make_window(TOTAL + 1, 30, 5, generation=2), range(20))
    assert held.stretch == range(30, 35)
    assert (held.total, held.generation) == (TOTAL + 1, 2)


def test_rows_beside_one_that_is_held_in_its_place_replace_those_beside_another() -> None:
    held = RowWindow()
    held.take(replace(make_window(TOTAL, 0, 20), held=5), range(10))
    held.trim(range(10, 20), 5)
    held.take(replace(make_window(TOTAL, 15, 20), held=7), range(10))
    assert held.stretch == range(15, 35)
    assert held.get(0) is None


def test_a_question_is_replaced_by_another_one_and_not_by_half_an_answer() -> None:
    held, demand = RowWindow(), Demand()
    held.take(make_window(TOTAL, 0, 10), range(0))
    first = demand.next(held, range(8, 14), 6, goes_down=True)
    assert first is not None
    demand.note_answer(make_window(TOTAL, first.start, 2), is_other=False)
    assert not demand.is_replaced(first)
    second = demand.next(held, range(40, 46), 6, goes_down=True)
    assert second is not None
    assert demand.is_replaced(first)
    assert not demand.is_replaced(second)
