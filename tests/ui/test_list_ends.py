"""The ends of a long list: they are there before somebody goes to them, and they are never old."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot

from cache.errors import CacheError
from cache.store.reader import Reader, Window
from inbox_tui.widgets import row_view
from inbox_tui.widgets.row_renderer import draw_row
from inbox_tui.widgets.submission_list import SubmissionList
from tests.ui.harness import WidgetApp, make_row, make_window, widget_text
from tests.ui.inbox_harness import lone_home, open_inbox
from tests.ui.test_submission_list import MILLION, SIZE, make_list
from tests.ui.waiting import until

Serve = Callable[[int, int], Window]


def serving(submissions: SubmissionList, serve: Serve) -> list[int]:
    """Answers questions for an end as the store would; the list fills with where they began."""
    asked: list[int] = []

    def answer(first: int, count: int) -> None:
        asked.append(first)
        submissions.call_later(submissions.keep_end, serve(first, count))

    submissions.fetch_end = answer
    return asked


def in_the_middle(first: int, count: int) -> Window:
    return make_window(MILLION, first, count)


async def at_rest(pilot: Pilot[Any], submissions: SubmissionList) -> None:
    """Nothing moves any more, and all that is drawn ahead was drawn."""
    await pilot.pause()
    await until(pilot, lambda: not submissions.ahead.is_drawing, "a rest")


@pytest.mark.parametrize(
    ("leap", "place"), [(SubmissionList.move_end, MILLION - 1), (lambda rows: rows.move_to(0), 0)]
)
async def test_who_goes_to_an_end_waits_for_no_row_and_for_little_drawing(
    monkeypatch: pytest.MonkeyPatch, leap: Callable[[SubmissionList], object], place: int
) -> None:
    submissions, missing = make_list(), list[object]()
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        asked = serving(submissions, in_the_middle)
        submissions.show(make_window(MILLION, 500_000), cursor=500_030)
        await until(pilot, lambda: len(asked) == 2, "both questions")
        await at_rest(pilot, submissions)
        await at_rest(pilot, submissions)
        assert asked == [0, MILLION - 21]
        drawn: list[int] = []

        def counted(picture: Any) -> Any:
            drawn.append(picture.row.rowid)
            return draw_row(picture)

        monkeypatch.setattr(row_view, "draw_row", counted)
        submissions.fetch = missing.append
        leap(submissions)
        assert submissions.cursor_position == place
        assert submissions.cursor_row == make_row(MILLION - place)
        lines = [submissions.render_line(y) for y in range(21)]
        assert not missing
        assert drawn == [MILLION - place]
        shown = [
            f"Person {MILLION - at} " in line.text for at, line in zip(range(20), lines[1:], strict=True)
        ]
        assert all(shown) if place == 0 else f"Person {MILLION - place} " in lines[-1].text


async def test_the_rows_beside_an_end_are_asked_for_after_it_is_shown() -> None:
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        asked = serving(submissions, in_the_middle)
        submissions.show(make_window(MILLION))
        await until(pilot, lambda: asked, "the question")
        await at_rest(pilot, submissions)
        missing: list[range] = []
        submissions.fetch = lambda one: missing.append(range(one.first, one.first + one.count))
        submissions.move_end()
        await at_rest(pilot, submissions)
        submissions.show(make_window(MILLION, MILLION - 60))
        await at_rest(pilot, submissions)
        submissions.page(-1)
        assert not missing
        assert not submissions.lacks_rows
        assert submissions.cursor_row == make_row(20)


@pytest.mark.parametrize(
    "other", [make_window(MILLION, generation=2), make_window(MILLION + 1), make_window(MILLION - 7)]
)
async def test_ends_of_another_state_are_neither_kept_nor_taken(other: Window) -> None:
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        asked = serving(submissions, in_the_middle)
        submissions.show(make_window(MILLION))
        await until(pilot, lambda: submissions.row_at(MILLION - 1), "the last row")
        submissions.fetch_end = None
        submissions.show(other)
        assert submissions.row_at(other.total - 1) is None
        assert submissions.row_at(MILLION - 1) is None
        await at_rest(pilot, submissions)
        submissions.keep_end(make_window(MILLION, asked[0], 21))
        assert not submissions.ahead.is_drawing  # after which they would be asked for again, and so on
        assert submissions.row_at(other.total - 1) is None
        assert submissions.row_at(MILLION - 1) is None
        submissions.fetch = None
        submissions.move_end()
        assert submissions.lacks_rows
        await pilot.pause()
        assert "Person" not in "".join(widget_text(submissions)[1:])


async def test_nothing_is_asked_where_all_is_held_or_the_end_is_not_known() -> None:
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        asked = serving(submissions, in_the_middle)
        submissions.show(make_window(50))
        await at_rest(pilot, submissions)
        submissions.want_ends()
        submissions.show(Window(0, make_window(60).rows, 60, 2, is_whole=False), reset=True)
        await at_rest(pilot, submissions)
        submissions.want_ends()
        assert not asked


async def test_rows_awaited_on_the_screen_come_with_their_frame_and_not_as_an_end() -> None:
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        submissions.show(make_window(MILLION))
        submissions.move_end()
        await pilot.pause()
        submissions.keep_end(make_window(MILLION, MILLION - 21))
        assert submissions.lacks_rows
        submissions.show(make_window(MILLION, MILLION - 60))
        assert submissions.cursor_row == make_row(1)


async def test_columns_are_wide_enough_for_an_end_before_somebody_goes_there() -> None:
    submissions = make_list()
    last = make_window(MILLION, MILLION - 21)
    old = replace(last, rows=tuple(replace(row, created=0) for row in last.rows))
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        asked = serving(submissions, lambda *_: old)
        submissions.show(make_window(MILLION))
        await until(pilot, lambda: asked, "the question")
        await at_rest(pilot, submissions)
        before = [line[: line.index("Person")] for line in widget_text(submissions)[1:]]
        submissions.move_end()
        after = [line[: line.index("Person")] for line in widget_text(submissions)[1:]]
        assert all("1970" in line for line in after)
        assert {len(line) for line in before} == {len(line) for line in after}


async def test_a_state_nobody_told_of_is_read_and_the_ends_with_it(tmp_path: Any) -> None:
    """That a submission was opened is written without news where no view asks for it."""
    async with open_inbox(lone_home(tmp_path), size=(120, 16), leads=False) as inbox:
        rows = inbox.rows
        await inbox.settled()
        states: list[int] = []
        inbox.app.store.submit(lambda local: local.outbox.set_me("acme", "somebody"))
        inbox.app.store.submit(lambda local: local.reader.generation, states.append)
        await inbox.until(lambda: states, "the state")
        assert rows.generation is not None
        assert rows.generation < states[0]
        rows.forget_ends()
        rows.want_ends()
        await inbox.until(lambda: rows.generation == states[0], "the rows of it")
        await inbox.until(lambda: rows.row_at(rows.total - 1), "the last row")


async def test_an_end_that_cannot_be_read_is_told_to_nobody(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> Window:
        raise CacheError("The local copy cannot be read.")

    async with open_inbox(lone_home(tmp_path), size=(120, 16), leads=False) as inbox:
        await inbox.settled()
        monkeypatch.setattr(Reader, "window", broken)
        inbox.rows.forget_ends()
        inbox.rows.want_ends()
        done: list[bool] = []
        inbox.app.store.submit(lambda _: True, done.append, pace="aside")
        await inbox.until(lambda: done, "what comes after it")
        await inbox.pilot.pause()
        assert "cannot be read" not in inbox.text


async def test_the_last_page_shows_while_the_store_is_busy_and_all_is_there_after_it(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_inbox(lone_home(tmp_path), size=(120, 16), leads=False) as inbox:
        rows = inbox.rows
        await inbox.settled()
        await inbox.until(lambda: rows.row_at(rows.total - 1), "the last row")
        last = rows.row_at(rows.total - 1)
        assert last is not None
        assert last.who not in inbox.text
        put: list[SubmissionList.WindowWanted] = []
        more = inbox.screen.listing.more
        with monkeypatch.context() as busy:
            busy.setattr(inbox.screen.listing, "more", put.append)
            rows.fetch = put.append
            await inbox.press("pagedown", "pagedown", "G")
            await inbox.until(lambda: last.who in inbox.text, "the last row")
            assert not rows.lacks_rows
        rows.fetch = more
        for question in put:
            rows.post_message(question)
        await inbox.press("pageup")
        await inbox.until(lambda: not rows.lacks_rows, "the page above")
        assert rows.cursor_row is not None
        assert inbox.refs == [row.ref for row in map(rows.row_at, rows.visible_range) if row is not None]
