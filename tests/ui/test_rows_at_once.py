"""Rows that come at once, later, or only in part: where the cursor goes, and what may be done to them."""

from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from textual.message import Message

from cache.errors import CacheError
from cache.query import Query, QueryError
from cache.store.reader import Reader, Window
from inbox_tui.inbox.listing import ListController
from inbox_tui.store_thread import StoreThread
from inbox_tui.widgets.submission_list import SubmissionList
from inbox_tui.widgets.windowed_view import WindowedView
from tests.ui.harness import WidgetApp, make_row, make_window, widget_text
from tests.ui.inbox_harness import lone_home, open_inbox
from tests.ui.test_inbox_moving import held_up
from tests.ui.test_submission_list import MILLION, SIZE, make_list, recorder


@pytest.mark.parametrize(
    "leap",
    [
        SubmissionList.move_end,
        lambda submissions: submissions.move_to(500_000),
        lambda submissions: [submissions.page(1) for _ in range(30)],
    ],
    ids=["end", "middle", "pages"],
)
async def test_rows_that_come_at_once_are_there_before_anything_is_drawn(leap: Any) -> None:
    submissions, seen = make_list(), recorder()
    async with WidgetApp(submissions).run_test(size=SIZE, message_hook=seen) as pilot:
        submissions.show(make_window(MILLION))
        await pilot.pause()
        seen.clear()
        submissions.fetch = lambda asked: submissions.show(make_window(MILLION, asked.first, asked.count))
        leap(submissions)
        assert submissions.cursor_row == make_row(MILLION - submissions.cursor_position)
        assert all(submissions.row_at(position) is not None for position in submissions.visible_range)
        await pilot.pause()
        names = [f"Person {MILLION - position}" for position in submissions.visible_range]
        assert all(name in line for name, line in zip(names, widget_text(submissions)[1:], strict=False))


async def test_rows_that_do_not_come_at_once_are_asked_for_once() -> None:
    submissions, asked = make_list(), []
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        submissions.show(make_window(MILLION))
        submissions.fetch = asked.append
        submissions.move_end()
        submissions.move(-1)
        await pilot.pause()
        assert [range(one.first, one.first + one.count)[-1] for one in asked] == [MILLION - 1]
        submissions.show(make_window(MILLION, asked[0].first, asked[0].count))
        await pilot.pause()
        assert submissions.cursor_row == make_row(2)


async def test_the_last_rows_asked_for_are_those_in_sight() -> None:
    """The rows beyond a page are asked for after the frame, by when others may be missing in sight."""
    submissions, asked = make_list(), []

    def seen(message: Message) -> None:
        if isinstance(message, SubmissionList.WindowWanted):
            asked.append(message)

    async with WidgetApp(submissions).run_test(size=SIZE, message_hook=seen) as pilot:
        submissions.show(make_window(MILLION, count=45))
        await pilot.pause()
        submissions.fetch = asked.append
        submissions.page(1)
        assert not submissions.lacks_rows
        submissions.move_to(500_000)
        await pilot.pause()
        await pilot.pause()
        last = asked[-1]
        assert set(submissions.visible_range) <= set(range(last.first, last.first + last.count))
        assert submissions.still_wants(last)


async def test_a_question_that_came_too_late_is_not_put(tmp_path, monkeypatch) -> None:
    """The store reads for one question at a time, the newest."""
    monkeypatch.setattr(WindowedView, "rested", lambda _: None)  # the last rows are not there beforehand
    async with open_inbox(lone_home(tmp_path), size=(120, 16), leads=False) as inbox:
        put: list[SubmissionList.WindowWanted] = []
        await inbox.settled()
        monkeypatch.setattr(inbox.app.inbox.listing, "more", put.append)
        inbox.rows.fetch = put.append
        await inbox.press("G")
        await inbox.until(lambda: put, "the question for the last rows")
        inbox.rows.post_message(SubmissionList.WindowWanted(3, 4, None))
        inbox.rows.post_message(put[0])
        await inbox.until(lambda: len(put) > 1, "the newest question again")
        assert put == [put[0], put[0]]


@pytest.mark.parametrize(
    ("leap", "place"),
    [
        (SubmissionList.move_end, MILLION - 1),
        (lambda submissions: submissions.move_to(200_000), 200_000),
        (lambda submissions: submissions.move_to(2_000_000), MILLION - 1),
        (lambda submissions: (submissions.move_end(), submissions.move(-3)), 27),
        (lambda submissions: submissions.move_to(7), 7),
    ],
    ids=["end", "far", "too far", "back again", "near"],
)
async def test_a_cursor_sent_past_a_part_goes_there_once_the_whole_is_known(leap: Any, place: int) -> None:
    submissions = make_list()
    whole = make_window(MILLION, count=31)
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        submissions.show(replace(whole, total=31, is_whole=False))
        leap(submissions)
        assert submissions.cursor_position <= 30
        submissions.show(replace(whole, generation=2))
        await pilot.pause()
        assert submissions.cursor_position == place
        submissions.show(replace(whole, generation=3), reset=True)
        assert submissions.cursor_position == 0


async def test_no_more_is_done_to_a_part_than_was_asked_for_and_no_less(tmp_path, monkeypatch) -> None:
    """While the matches are being counted, fifty are fifty."""
    home = lone_home(tmp_path)
    async with open_inbox(home, size=(120, 16), leads=False) as inbox:
        monkeypatch.setattr(ListController, "_count", lambda _: None)
        monkeypatch.setattr(ListController, "_read_on", lambda _: None)
        await inbox.press("/")
        await inbox.typed("-zzzz")
        await inbox.until(lambda: inbox.rows.is_partial, "a part")
        await inbox.press("enter", "5", "0", "f")
        await inbox.until(lambda: "of 50 rows were read yet; nothing was done" in inbox.text, "the refusal")
        assert home.unsettled() == 0


async def test_what_is_below_the_screen_is_there_before_anything_was_counted(tmp_path, monkeypatch) -> None:
    async with open_inbox(lone_home(tmp_path), size=(120, 16), leads=False) as inbox:
        monkeypatch.setattr(ListController, "_count", lambda _: None)
        await inbox.press("/")
        await inbox.typed("-zzzz")
        await inbox.press("enter")
        await inbox.until(lambda: inbox.rows.total > inbox.rows.rows_per_screen + 1, "more rows")
        await inbox.press("G")
        await inbox.until(lambda: inbox.rows.cursor_position == inbox.rows.total - 1, "the last row")


async def test_what_is_read_below_the_screen_calls_no_count_off(tmp_path, monkeypatch) -> None:
    """However late it comes: a count that was called off would never come."""
    async with open_inbox(lone_home(tmp_path), size=(120, 16), leads=False) as inbox:
        await inbox.press("/")
        await inbox.typed("-zzz")
        await inbox.settled()
        slots = []
        submit = inbox.app.store.submit

        def noted(work, then=None, **how):
            slots.append(how.get("slot"))
            submit(work, then, **how)

        monkeypatch.setattr(inbox.app.store, "submit", noted)
        await inbox.typed("z")
        await inbox.until(lambda: inbox.screen.listing.is_counted, "the count")
        assert slots[:3] == ["window", "below", "count"]


async def test_no_rows_are_read_of_a_query_whose_first_ones_are_awaited(tmp_path, monkeypatch) -> None:
    """The list asks for those of the query before; to tell where they stand all would be counted."""
    monkeypatch.setattr(WindowedView, "rested", lambda _: None)
    async with open_inbox(lone_home(tmp_path), size=(120, 16), leads=False) as inbox:
        await inbox.settled()
        read = noted_windows(monkeypatch)
        inbox.rows.post_message(SubmissionList.WindowWanted(20, 30, None))
        await inbox.until(lambda: read, "rows of the list")
        monkeypatch.setattr(ListController, "_start", lambda _: None)
        read.clear()
        await inbox.press("/")
        await inbox.typed("-zzzz")
        assert not inbox.screen.listing.is_counted
        inbox.rows.post_message(SubmissionList.WindowWanted(20, 30, None))
        await inbox.settled()
        assert read == []


async def test_who_goes_back_in_a_part_finds_its_rows_and_nothing_is_counted_for_it(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(WindowedView, "rested", lambda _: None)
    async with open_inbox(lone_home(tmp_path), size=(120, 16), leads=False) as inbox:
        monkeypatch.setattr(ListController, "_count", lambda _: None)
        top = Reader.top
        monkeypatch.setattr(Reader, "top", lambda *these: replace(top(*these), is_whole=False))
        await inbox.press("/")
        await inbox.typed("-zzzz")
        await inbox.press("enter")
        await inbox.until(lambda: inbox.rows.is_partial and inbox.rows.total == 23, "more rows")
        read = noted_windows(monkeypatch)
        await inbox.press("G")
        await inbox.settled()
        inbox.rows.forget_ends()
        await inbox.until(lambda: inbox.rows.row_at(0) is None, "too far away to be held")
        await inbox.press("g", "g")
        await inbox.until(lambda: not inbox.rows.lacks_rows, "the first rows")
        assert inbox.rows.cursor_position == 0
        assert inbox.rows.is_partial
        assert read == []


@pytest.mark.parametrize("is_part", [False, True], ids=["whole", "part"])
@pytest.mark.parametrize("told", [QueryError(1, "no such value"), CacheError("The disk is gone.")])
async def test_where_other_rows_do_not_come_those_of_before_go_on(
    tmp_path, monkeypatch, told, is_part
) -> None:
    """The next query is refused, or cannot be read; what the list asked for meanwhile is asked for again."""
    monkeypatch.setattr(WindowedView, "rested", lambda _: None)
    async with open_inbox(lone_home(tmp_path), size=(120, 16), leads=False) as inbox:
        listing, top = inbox.screen.listing, Reader.top
        if is_part:
            monkeypatch.setattr(ListController, "_count", lambda _: None)
            monkeypatch.setattr(Reader, "top", lambda *these: replace(top(*these), is_whole=False))
        await inbox.press("/")
        await inbox.typed("-zzzz")
        await inbox.until(lambda: inbox.rows.is_partial is is_part and inbox.rows.total == 23, "the rows")
        await inbox.settled()
        kept = inbox.rows.row_at(0)
        partly = Reader.top

        def refusing(reader: Reader, query: Query, count: int) -> Window:
            if "yyyy" in query.text:
                inbox.app.call_from_thread(inbox.rows.move_end)  # before it is known that none will come
                raise told
            return partly(reader, query, count)

        monkeypatch.setattr(Reader, "top", refusing)
        inbox.screen.filter_bar.put("-zzzz -yyyy")
        await inbox.until(lambda: inbox.rows.cursor_position == 22 and not inbox.rows.lacks_rows, "the end")
        inbox.rows.move_to(0)
        await inbox.until(lambda: not inbox.rows.lacks_rows, "the first rows")
        assert inbox.rows.row_at(0) == kept
        assert listing.query_text.endswith("-yyyy")


async def test_a_refused_query_keeps_no_rows_of_another_state_away(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(WindowedView, "rested", lambda _: None)
    async with open_inbox(lone_home(tmp_path), size=(120, 16), leads=False) as inbox:
        await inbox.press("/")
        inbox.screen.filter_bar.put("is:open source:acne")
        await inbox.until(lambda: inbox.screen.listing.refusal is not None, "the refusal")
        inbox.app.store.submit(lambda local: setattr(local.reader, "generation", 1_000))
        inbox.rows.move_end()
        await inbox.until(lambda: not inbox.rows.lacks_rows, "the last rows")
        assert inbox.rows.cursor_position == inbox.rows.total - 1


async def test_a_row_that_is_gone_keeps_no_first_rows_away(tmp_path) -> None:
    """Going to it calls the first rows of the other query off, which are then asked for again."""
    async with open_inbox(lone_home(tmp_path), size=(120, 16), leads=False) as inbox:
        await inbox.settled()
        listing, go_on = inbox.screen.listing, Event()
        inbox.app.store.submit(lambda _: go_on.wait(10), pace="read")
        inbox.app.call_later(go_on.set)  # while that is waited for, the next two are asked for
        listing.show_query("is:spam")
        listing.go_to(999_999)
        await inbox.until(lambda: inbox.row is not None and inbox.row.status == "spam", "the first rows")


def noted_windows(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queries of which rows are read whose place among all is told, from now on."""
    read, window = list[str](), Reader.window

    def noted(reader: Reader, query: Query, **how: Any) -> Window:
        read.append(query.text)
        return window(reader, query, **how)

    monkeypatch.setattr(Reader, "window", noted)
    return read


async def test_rows_ahead_that_show_another_state_make_nobody_wait(tmp_path, monkeypatch) -> None:
    """The list is read again for them, but not in place of what a person asks for."""
    async with open_inbox(lone_home(tmp_path), size=(120, 16), leads=False) as inbox:
        await inbox.settled()
        paces = noted_paces(inbox.app.store, monkeypatch)
        inbox.app.store.submit(lambda local: local.outbox.set_me("acme", "somebody"))
        inbox.screen.listing.more(SubmissionList.WindowWanted(0, 10, None))
        await inbox.until(lambda: paces, "the list")
        assert paces == ["aside"]


async def test_rows_ahead_that_show_another_state_take_no_place_from_where_a_person_goes(
    tmp_path, monkeypatch
) -> None:
    async with open_inbox(lone_home(tmp_path), size=(120, 30), leads=False) as inbox:
        await inbox.settled()
        await inbox.until(lambda: inbox.rows.row_at(15), "the rows below")
        paces, wanted = noted_paces(inbox.app.store, monkeypatch), inbox.rows.row_at(15)
        with held_up(inbox.app.store):
            inbox.app.store.submit(lambda local: local.outbox.set_me("acme", "somebody"))
            inbox.screen.listing.more(SubmissionList.WindowWanted(0, 10, None))
            inbox.screen.listing.go_to(wanted.rowid)
        await inbox.until(lambda: inbox.rows.cursor_position == 15, "the row")
        await inbox.settled()
        assert inbox.rows.cursor_position == 15
        assert paces[0] == "read"


def noted_paces(store: StoreThread, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How the rows of the whole list are read, from now on."""
    paces, submit = list[str](), store.submit

    def noted(*job: Any, slot: str | None = None, pace: str = "whole", **how: Any) -> None:
        if slot == "window":
            paces.append(pace)
        submit(*job, slot=slot, pace=pace, **how)

    monkeypatch.setattr(store, "submit", noted)
    return paces
