"""The list as a person uses it: rows arrive, the cursor moves, and what is missing is asked for."""

from dataclasses import replace
from typing import Any

from textual.pilot import Pilot

from cache.store.reader import Window
from inbox_tui.signs import PLAIN
from inbox_tui.widgets.submission_list import SubmissionList
from tests.ui.harness import (
    NOW,
    Recorder,
    WidgetApp,
    cursor_line,
    make_row,
    make_window,
    widget_text,
)

SIZE = (60, 21)
"""A header and twenty rows."""
MILLION = 1_000_000


def make_list(**inputs: Any) -> SubmissionList:
    submissions = SubmissionList()
    submissions.now = NOW
    submissions.signs = PLAIN
    for name, value in inputs.items():
        setattr(submissions, name, value)
    return submissions


def recorder() -> Recorder:
    return Recorder(SubmissionList.WindowWanted, SubmissionList.CursorMoved, SubmissionList.Activated)


def wanted(seen: Recorder) -> list[SubmissionList.WindowWanted]:
    return [message for message in seen.messages if isinstance(message, SubmissionList.WindowWanted)]


def moved(seen: Recorder) -> list[SubmissionList.CursorMoved]:
    return [message for message in seen.messages if isinstance(message, SubmissionList.CursorMoved)]


def held_positions(submissions: SubmissionList, among: range) -> list[int]:
    return [position for position in among if submissions.row_at(position) is not None]


async def answer(pilot: Pilot[None], seen: Recorder, submissions: SubmissionList, generation: int = 1) -> int:
    """Serves every request as the store would, until none is left; says how many there were."""
    served = 0
    await pilot.pause()
    while requests := wanted(seen):
        seen.clear()
        for request in requests:
            submissions.show(
                make_window(submissions.total, request.first, request.count, generation=generation)
            )
            served += 1
        await pilot.pause()
    return served


async def test_a_first_window_puts_the_cursor_on_the_first_row() -> None:
    submissions, seen = make_list(), recorder()
    async with WidgetApp(submissions).run_test(size=SIZE, message_hook=seen) as pilot:
        submissions.show(make_window(12))
        await pilot.pause()
        lines = widget_text(submissions)
        assert lines[1].startswith("> R M")
        assert "Person 12 " in lines[1]
        assert "Person 1 " in lines[12]
        assert not lines[13].strip()
        assert [(message.row, message.position) for message in moved(seen)] == [(make_row(12), 0)]
        assert wanted(seen) == []


async def test_nothing_is_said_about_an_empty_list_before_it_was_read() -> None:
    submissions = make_list(empty_text="Nothing is open. \x1b[2J")
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert not any(line.strip() for line in widget_text(submissions)[1:])
        submissions.show(Window(0, (), 0, 1))
        await pilot.pause()
        assert any(line.strip() == "Nothing is open. ␛[2J" for line in widget_text(submissions))
        assert (submissions.cursor_position, submissions.cursor_row) == (0, None)


async def test_rows_taken_in_before_the_list_is_on_the_screen_show_once_it_is() -> None:
    submissions, seen = make_list(), recorder()
    submissions.show(make_window(1000, 0, 90, cursor=60))
    async with WidgetApp(submissions).run_test(size=SIZE, message_hook=seen) as pilot:
        await answer(pilot, seen, submissions)
        assert submissions.cursor_row == make_row(940)
        assert "Person 940 " in widget_text(submissions)[cursor_line(submissions)]


async def test_moves_before_anything_is_shown_do_nothing() -> None:
    submissions, seen = make_list(), recorder()
    async with WidgetApp(submissions).run_test(size=SIZE, message_hook=seen) as pilot:
        submissions.move(3)
        submissions.move_end()
        submissions.page(-1)
        await pilot.pause()
        assert submissions.cursor_position == 0
        assert wanted(seen) == []


async def test_the_cursor_stays_on_its_submission_and_its_line_when_rows_arrive_above() -> None:
    submissions, seen = make_list(), recorder()
    async with WidgetApp(submissions).run_test(size=SIZE, message_hook=seen) as pilot:
        submissions.show(make_window(1000))
        submissions.move_to(7)
        await pilot.pause()
        line, row = cursor_line(submissions), submissions.cursor_row
        seen.clear()
        submissions.show(make_window(1003, generation=2))
        await pilot.pause()
        assert submissions.cursor_position == 10
        assert submissions.cursor_row == row
        assert cursor_line(submissions) == line
        assert moved(seen) == []


async def test_the_first_row_keeps_its_line_too_when_rows_arrive_above_it() -> None:
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        submissions.show(make_window(100))
        await pilot.pause()
        submissions.show(make_window(103, generation=2))
        submissions.new_above = 3
        await pilot.pause()
        lines = widget_text(submissions)
        assert lines[0].startswith("  3 new above")
        assert lines[1].startswith(">")
        assert "Person 100 " in lines[1]


async def test_the_windows_own_cursor_counts_when_the_submission_is_not_among_its_rows() -> None:
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        submissions.show(make_window(1000))
        submissions.move_to(7)
        await pilot.pause()
        line = cursor_line(submissions)
        submissions.show(make_window(1000, 400, generation=2, cursor=430))
        await pilot.pause()
        assert submissions.cursor_position == 430
        assert submissions.cursor_row == make_row(570)
        assert cursor_line(submissions) == line


async def test_a_cursor_given_by_the_caller_wins_over_the_submission_it_was_on() -> None:
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        submissions.show(make_window(1000))
        submissions.show(make_window(1000, generation=2, cursor=3), cursor=5)
        await pilot.pause()
        assert submissions.cursor_position == 5
        assert submissions.cursor_row == make_row(995)
        assert 1 <= cursor_line(submissions) <= 20


async def test_a_reset_starts_at_the_top_or_where_it_is_told() -> None:
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        submissions.show(make_window(1000))
        submissions.move_to(40)
        submissions.show(make_window(500), reset=True)
        await pilot.pause()
        assert (submissions.cursor_position, cursor_line(submissions)) == (0, 1)
        submissions.show(make_window(500, 20, cursor=50), reset=True)
        await pilot.pause()
        assert submissions.cursor_position == 50
        assert "Person 450 " in widget_text(submissions)[cursor_line(submissions)]


async def test_a_cursor_beyond_a_shorter_list_comes_to_its_last_row() -> None:
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        submissions.show(make_window(60))
        submissions.move_end()
        await pilot.pause()
        submissions.show(Window(0, make_window(60).rows[:5], 5, 2))
        await pilot.pause()
        assert submissions.cursor_position == 4
        assert submissions.cursor_row == make_row(56)
        assert cursor_line(submissions) == 5


async def test_a_million_rows_are_walked_with_few_requests_and_few_rows_held() -> None:
    submissions, seen = make_list(), recorder()
    async with WidgetApp(submissions).run_test(size=SIZE, message_hook=seen) as pilot:
        submissions.show(make_window(MILLION))
        requests = held = 0
        for _ in range(20):
            for _ in range(10):
                submissions.move(1)
            requests += await answer(pilot, seen, submissions)
            near = range(max(0, submissions.cursor_position - 500), submissions.cursor_position + 500)
            held = max(held, len(held_positions(submissions, near)))
            assert submissions.cursor_row == make_row(MILLION - submissions.cursor_position)
        assert submissions.cursor_position == 200
        assert requests <= 20
        assert held <= 5 * submissions.rows_per_screen + 9  # the first screen among them


async def test_the_end_of_a_million_rows_is_one_request_away() -> None:
    submissions, seen = make_list(), recorder()
    async with WidgetApp(submissions).run_test(size=SIZE, message_hook=seen) as pilot:
        submissions.show(make_window(MILLION))
        await pilot.pause()
        seen.clear()
        submissions.move_end()
        await pilot.pause()
        assert cursor_line(submissions) == 20
        assert [line.strip() for line in widget_text(submissions)[1:20]] == ["~"] * 19
        assert [(message.row, message.position) for message in moved(seen)] == [(None, MILLION - 1)]
        (request,) = wanted(seen)
        assert request.first + request.count == MILLION
        assert request.known is not None
        assert request.known[0] == 1
        assert request.known[2] == MILLION - request.known[1]
        assert await answer(pilot, seen, submissions) == 1
        assert submissions.cursor_row == make_row(1)
        assert "Person 1 " in widget_text(submissions)[20]
        assert [message.row for message in moved(seen)] == [make_row(1)]


async def test_the_same_stretch_is_asked_for_once_while_the_answer_is_due() -> None:
    submissions, seen = make_list(), recorder()
    async with WidgetApp(submissions).run_test(size=SIZE, message_hook=seen) as pilot:
        submissions.show(make_window(MILLION))
        submissions.move_to(5000)
        for _ in range(5):
            submissions.move(1)
            submissions.move(-1)
        await pilot.pause()
        assert len(wanted(seen)) == 1


async def test_an_answer_with_rows_missing_does_not_make_it_ask_for_ever() -> None:
    submissions, seen = make_list(), recorder()
    async with WidgetApp(submissions).run_test(size=SIZE, message_hook=seen) as pilot:
        submissions.show(make_window(1000))
        submissions.move_to(500)
        await pilot.pause()
        (request,) = wanted(seen)
        seen.clear()
        short = make_window(1000, request.first, request.count)
        submissions.show(replace(short, rows=short.rows[:3]))
        await pilot.pause()
        assert wanted(seen) == []


async def test_neighbouring_windows_are_joined() -> None:
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        submissions.show(make_window(100, 0, 15))
        submissions.show(make_window(100, 10, 20))
        await pilot.pause()
        lines = widget_text(submissions)
        assert held_positions(submissions, range(100)) == list(range(30))
        assert [f"Person {100 - at} " in lines[at + 1] for at in range(20)] == [True] * 20


async def test_rows_of_an_older_state_are_not_mixed_with_newer_ones() -> None:
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        submissions.show(make_window(100, 0, 30))
        submissions.show(make_window(100, 10, 20, generation=2))
        await pilot.pause()
        assert held_positions(submissions, range(100)) == list(range(10, 30))


async def test_moving_keeps_rows_beyond_the_cursor_in_sight() -> None:
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        submissions.show(make_window(100))
        for _ in range(25):
            submissions.move(1)
        await pilot.pause()
        assert submissions.visible_range == range(8, 28)
        submissions.move_to(9)
        assert submissions.visible_range == range(7, 27)
        submissions.move(-200)
        assert submissions.cursor_position == 0
        await pilot.pause()
        assert submissions.visible_range == range(20)


async def test_pages_move_the_cursor_by_what_the_screen_holds() -> None:
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        submissions.show(make_window(100))
        await pilot.pause()
        submissions.page(1)
        assert (submissions.cursor_position, submissions.visible_range.start) == (19, 19 - 2)
        submissions.half_page(1)
        assert submissions.cursor_position == 29
        submissions.half_page(-1)
        submissions.page(-1)
        assert (submissions.cursor_position, submissions.visible_range.start) == (0, 0)
        submissions.move_end()
        submissions.page(1)
        assert submissions.cursor_position == 99


async def test_it_is_expected_where_reading_goes_on() -> None:
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=SIZE):
        submissions.show(make_window(300, 0, 300))
        went = []
        submissions.page(1)
        went.append(("a page down, but not the rows above the cursor", submissions.goes_down))
        submissions.move_to(100)
        went.append(("far down", submissions.goes_down))
        submissions.page(-1)
        went.append(("a page up", submissions.goes_down))
        submissions.move_to(10)
        went.append(("far up", submissions.goes_down))
        submissions.page(-1)
        went.append(("up to the top", submissions.goes_down))
        submissions.move_end()
        went.append(("to the end", submissions.goes_down))
        assert went == [
            ("a page down, but not the rows above the cursor", True),
            ("far down", True),
            ("a page up", False),
            ("far up", True),
            ("up to the top", True),
            ("to the end", False),
        ]


async def test_moves_in_a_list_that_is_gone_lead_nowhere() -> None:
    submissions, asked = make_list(), []
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        submissions.show(make_window(300))
        await pilot.pause()
        submissions.fetch = asked.append
        submissions.move(200)
        submissions.show(make_window(100, generation=2), reset=True)
        await pilot.pause()
        assert asked == []
        assert submissions.cursor_position == 0
        assert submissions.cursor_row == make_row(100)


async def test_one_message_tells_of_a_move_of_many_steps() -> None:
    submissions, seen = make_list(), recorder()
    async with WidgetApp(submissions).run_test(size=SIZE, message_hook=seen) as pilot:
        submissions.show(make_window(100))
        for _ in range(5):
            submissions.move(1)
        await pilot.pause()
        assert [message.row for message in moved(seen)] == [make_row(95)]
        seen.clear()
        submissions.move(1)
        submissions.move(-1)
        await pilot.pause()
        assert moved(seen) == []
