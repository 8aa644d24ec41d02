"""The mouse in the list: the wheel scrolls, a click moves the cursor, another opens."""

import pytest
from textual import events
from textual.geometry import Offset

from cache.models import Row
from inbox_tui.widgets.submission_list import SubmissionList
from tests.ui.harness import Recorder, WidgetApp, make_row, make_window, widget_text
from tests.ui.test_submission_list import MILLION, SIZE, answer, make_list, recorder


def wheel_down(submissions: SubmissionList) -> events.MouseScrollDown:
    return events.MouseScrollDown(
        submissions, 5, 5, 0, 0, 0, shift=False, meta=False, ctrl=False, screen_x=5, screen_y=5
    )


def activated(seen: Recorder) -> list[Row]:
    return [message.row for message in seen.messages if isinstance(message, SubmissionList.Activated)]


async def test_the_wheel_scrolls_and_leaves_the_cursor_with_its_row() -> None:
    submissions, seen = make_list(), recorder()
    app = WidgetApp(submissions)
    async with app.run_test(size=SIZE, message_hook=seen) as pilot:
        submissions.show(make_window(MILLION), cursor=40)
        await answer(pilot, seen, submissions)
        start = submissions.visible_range.start
        for _ in range(40):
            submissions.post_message(wheel_down(submissions))
            await answer(pilot, seen, submissions)
        assert submissions.visible_range == range(start + 80, start + 100)
        assert submissions.cursor_position == 40
        assert submissions.cursor_row == make_row(MILLION - 40)
        assert submissions.row_at(40) is None
        assert f"Person {MILLION - start - 80} " in widget_text(submissions)[1]
        submissions.move(1)
        await answer(pilot, seen, submissions)
        assert submissions.cursor_row == make_row(MILLION - 41)
        assert 41 in submissions.visible_range


async def test_a_refresh_far_from_the_cursor_does_not_scroll_back_to_it() -> None:
    submissions, seen = make_list(), recorder()
    async with WidgetApp(submissions).run_test(size=SIZE, message_hook=seen) as pilot:
        submissions.show(make_window(1000))
        await pilot.pause()
        submissions.scroll_to(y=500, animate=False, force=True)
        await answer(pilot, seen, submissions)
        submissions.show(make_window(1002, 0, generation=2, cursor=2))
        await answer(pilot, seen, submissions, generation=2)
        assert submissions.cursor_position == 2
        assert submissions.visible_range.start == 502
        assert "Person 500 " in widget_text(submissions)[1]


async def test_a_click_moves_the_cursor_and_a_second_one_opens() -> None:
    submissions, seen = make_list(), recorder()
    async with WidgetApp(submissions).run_test(size=SIZE, message_hook=seen) as pilot:
        submissions.show(make_window(100))
        await pilot.pause()
        await pilot.click(submissions, offset=Offset(20, 6))
        assert submissions.cursor_position == 5
        assert activated(seen) == []
        await pilot.click(submissions, offset=Offset(20, 0))
        await pilot.click(submissions, offset=Offset(20, 6))
        assert activated(seen) == [make_row(95)]


@pytest.mark.parametrize("line", [1, 6], ids=["on the cursor", "elsewhere"])
async def test_a_double_click_opens_once(line: int) -> None:
    submissions, seen = make_list(), recorder()
    async with WidgetApp(submissions).run_test(size=SIZE, message_hook=seen) as pilot:
        submissions.show(make_window(100))
        await pilot.pause()
        await pilot.double_click(submissions, offset=Offset(20, line))
        await pilot.pause()
        assert activated(seen) == [make_row(101 - line)]
