"""What the list looks like: layouts, sizes, texts that try to break it, and changes that must show."""

from dataclasses import replace
from typing import Any

import pytest
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.screen import Screen
from textual.strip import Strip

from cache.models import Key
from cache.store.reader import Window
from cache.text import contains_control
from inbox_tui.format import cell_len
from inbox_tui.signs import PLAIN
from inbox_tui.widgets import row_view
from inbox_tui.widgets.row_renderer import HEADER_LINES, Picture, draw_row
from inbox_tui.widgets.submission_list import SubmissionList
from tests.ui.harness import NOW, WidgetApp, cursor_line, make_row, make_window, screen_text, widget_text
from tests.ui.waiting import until

SIZE = (60, 21)
"""A header and twenty rows."""


def make_list(**inputs: Any) -> SubmissionList:
    submissions = SubmissionList()
    submissions.now = NOW
    submissions.signs = PLAIN
    for name, value in inputs.items():
        setattr(submissions, name, value)
    return submissions


async def test_an_edit_shows_in_its_row_and_moves_nothing() -> None:
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        submissions.show(make_window(100))
        submissions.move_to(2)
        await pilot.pause()
        edited = replace(make_row(98), status="resolved", sync="queued", matches=False)
        rows = tuple(edited if row.rowid == edited.rowid else row for row in make_window(100).rows)
        submissions.show(Window(0, rows, 100, 2))
        await pilot.pause()
        assert submissions.cursor_row == edited
        assert widget_text(submissions)[3].startswith("> D M  ^")


async def test_a_frame_between_two_moves_leaves_no_second_cursor_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        submissions.show(make_window(100))
        await pilot.pause()
        drawn_anew: set[int] = set()
        monkeypatch.setattr(submissions, "refresh_lines", lambda line, count: drawn_anew.update({line}))
        for _ in range(3):
            submissions.move(1)
            widget_text(submissions)  # a frame before the list got to see to the move
        await pilot.pause()
        assert drawn_anew == {HEADER_LINES + row for row in range(4)}


@pytest.mark.parametrize("layout", ["line", "narrow"])
@pytest.mark.parametrize("way", [1, -1], ids=["down", "up"])
async def test_the_next_page_is_drawn_before_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, layout: str, way: int
) -> None:
    drawn: list[int] = []

    def counted(picture: Picture) -> list[Segment]:
        drawn.append(picture.row.rowid)
        return draw_row(picture)

    monkeypatch.setattr(row_view, "draw_row", counted)
    submissions = make_list(row_layout=layout)
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        submissions.show(make_window(60), cursor=30 - 10 * way)
        await until(pilot, lambda: drawn and not submissions.ahead.is_drawing, "the first page")
        submissions.page(way)
        seen, half = submissions.visible_range, submissions.rows_per_screen // 2
        beyond = (
            range(seen.stop, seen.stop + half) if way > 0 else range(max(0, seen.start - half), seen.start)
        )
        await until(pilot, lambda: {60 - place for place in beyond} <= set(drawn), "rows out of sight")
        await until(pilot, lambda: not submissions.ahead.is_drawing, "the end of it")
        drawn.clear()
        monkeypatch.setattr(submissions, "lines_ahead", list)  # of what comes after that, none
        left = submissions.cursor_row
        submissions.half_page(way)
        await pilot.pause()
        reached = submissions.cursor_row
        assert left is not None
        assert reached is not None
        assert not submissions.lacks_rows
        assert {reached.rowid} <= set(drawn) <= {left.rowid, reached.rowid}


async def test_of_a_page_drawn_ahead_little_is_left_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lines are cut beside the scrollbar, and put into escapes, before they are in sight."""
    written: list[str] = []
    escape = Strip.render_style
    submissions = make_list()

    def write() -> None:
        """As on a terminal, which a test has not."""
        pilot.app.screen._compositor.render_full_update().render_segments(pilot.app.console)

    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        submissions.show(make_window(60), cursor=20)
        submissions.page(1)
        await pilot.pause()
        write()
        await until(pilot, lambda: not submissions.ahead.is_drawing, "the next page")

        def counted(_: type[Strip], style: Style, text: str, *, color_system: ColorSystem) -> str:
            written.append(text)
            return escape(style, text, color_system=color_system)

        monkeypatch.setattr(Strip, "render_style", classmethod(counted))
        left = submissions.cursor_row
        submissions.half_page(1)
        await pilot.pause()
        write()
        in_sight = [submissions.row_at(position) for position in submissions.visible_range]
        anew = [row for row in in_sight if row and any(f"Person {row.rowid} " in text for text in written)]
        assert len(in_sight) == 20
        assert anew == [left, submissions.cursor_row]


async def test_the_sentence_of_an_empty_list_is_drawn_only_there(monkeypatch: pytest.MonkeyPatch) -> None:
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        submissions.show(make_window(3))
        await pilot.pause()
        with monkeypatch.context() as watched:
            drawn_anew: list[object] = []
            watched.setattr(submissions, "refresh", lambda *_, **how: drawn_anew.append(how))
            submissions.empty_text = "Nothing is open."
            assert not drawn_anew
        submissions.show(make_window(0), reset=True)
        submissions.empty_text = "Nothing is new."
        await pilot.pause()
        assert "Nothing is new." in "".join(screen_text(pilot.app))


async def test_rows_out_of_sight_are_asked_for_after_the_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    submissions = make_list()
    painted: list[range] = []
    asked: list[range] = []
    paint = Screen._compositor_refresh

    def painting(screen: Screen[object]) -> None:
        painted.append(submissions.visible_range)
        paint(screen)

    def seen(message: Message) -> None:
        if isinstance(message, SubmissionList.WindowWanted):
            asked.append(painted[-1])

    async with WidgetApp(submissions).run_test(size=SIZE, message_hook=seen) as pilot:
        submissions.show(make_window(1_000_000, count=45))
        await until(pilot, lambda: not submissions._is_wanting, "a look at what is held")
        monkeypatch.setattr(Screen, "_compositor_refresh", painting)
        painted.append(submissions.visible_range)
        asked.clear()
        submissions.page(1)
        assert not submissions.lacks_rows
        await until(pilot, lambda: asked, "the question")
        assert asked[0] == submissions.visible_range


@pytest.mark.parametrize("size", [(60, 160), (60, 0)], ids=["very tall", "hidden"])
async def test_nothing_is_drawn_ahead_where_it_would_do_harm(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    drawn: set[int] = set()
    monkeypatch.setattr(
        row_view, "draw_row", lambda picture: drawn.add(picture.row.rowid) or draw_row(picture)
    )
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=(60, max(1, size[1]))) as pilot:
        submissions.display = bool(size[1])
        await pilot.pause()
        submissions.show(make_window(600, 0, 600))
        await pilot.pause()
        submissions.ahead.begin()
        await until(pilot, lambda: not submissions.ahead.is_drawing, "the end of it")
        in_sight = (submissions.row_at(position) for position in submissions.visible_range)
        assert drawn <= {row.rowid for row in in_sight if row is not None}


async def test_the_narrow_layout_takes_two_lines_a_row_and_keeps_the_place() -> None:
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        submissions.show(make_window(100))
        submissions.move_to(30)
        await pilot.pause()
        first = submissions.visible_range.start
        submissions.row_layout = "narrow"
        await pilot.pause()
        at = cursor_line(submissions)
        lines = widget_text(submissions)
        assert "Person 70 " in lines[at]
        assert "70 Question 70 " in lines[at + 1]
        assert submissions.rows_per_screen == 10
        submissions.row_layout = "line"
        await pilot.pause()
        assert submissions.cursor_row == make_row(70)
        assert 30 in submissions.visible_range
        assert abs(submissions.visible_range.start - first) <= 12


@pytest.mark.parametrize("height", [20, 21])
@pytest.mark.parametrize("total", [9, 10, 11, 18])
async def test_rows_of_two_lines_begin_at_the_top_wherever_the_cursor_goes(height: int, total: int) -> None:
    submissions = make_list()
    ways = (
        submissions.move_end,
        lambda: submissions.page(-1),
        lambda: submissions.move(3),
        lambda: submissions.half_page(1),
        lambda: submissions.move_to(total // 2),
        lambda: submissions.move_to(0),
    )
    async with WidgetApp(submissions).run_test(size=(60, height)) as pilot:
        submissions.row_layout = "narrow"
        submissions.show(make_window(total))
        for way in ways:
            way()
            await pilot.pause()
            assert submissions.scroll_offset.y % 2 == 0
            assert submissions.cursor_position in submissions.visible_range
            shown = widget_text(submissions)
            at = cursor_line(submissions)
            assert f"Person {total - submissions.cursor_position} " in shown[at]
            assert f"Question {total - submissions.cursor_position} " in shown[at + 1]
        submissions.move_end()
        await pilot.pause()
        submissions.show(make_window(total + 1))
        await pilot.pause()
        assert submissions.scroll_offset.y % 2 == 0


async def test_a_smaller_screen_keeps_the_cursor_in_sight() -> None:
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        submissions.show(make_window(100))
        submissions.move_to(18)
        await pilot.resize_terminal(45, 9)
        await pilot.pause()
        assert 18 in submissions.visible_range
        assert {cell_len(line) for line in widget_text(submissions)} == {45}


async def test_hostile_and_wide_texts_keep_every_line_in_shape() -> None:
    texts = [
        "\x1b[2J\x9b1m\x07",
        "山田太郎 株式会社",
        "👨‍👩‍👧‍👦 ❤️",
        "a\u202eb\r\nc",
        "[/] [@click=app.quit]x[/]",
        "Z" + "\u0301" * 40,
    ]
    rows = tuple(
        make_row(at, who=text, about=text * 3, ref=text[:8], key=Key(text, text), assignee_id=text)
        for at, text in enumerate(texts)
    )
    submissions = make_list(several_sources=True)
    app = WidgetApp(submissions)
    async with app.run_test(size=SIZE) as pilot:
        for layout in ("line", "narrow"):
            submissions.row_layout = layout
            submissions.show(Window(0, rows, len(rows), 1), reset=True)
            await pilot.pause()
            lines = widget_text(submissions)
            assert {cell_len(line) for line in lines} == {60}
            assert not any(contains_control(line) for line in lines)
            assert "[@click" in "".join(screen_text(app))


async def test_drawing_the_same_screen_again_draws_no_row_anew() -> None:
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        submissions.show(make_window(100))
        await pilot.pause()
        widget_text(submissions)
        misses = submissions.strip_cache.misses
        for _ in range(10):
            submissions.refresh()
            widget_text(submissions)
        assert submissions.strip_cache.misses == misses
        submissions.move(1)
        widget_text(submissions)
        assert submissions.strip_cache.misses <= misses + 2


@pytest.mark.parametrize(
    ("name", "value", "before", "after"),
    [
        ("now", NOW + 86_400, " 2h ", " 1d "),
        ("now", NOW + 86_400 * 40, " 2h ", " 22 May "),
        ("me", frozenset({"u9"}), " tk", " me"),
        ("capabilities_local", frozenset({"acme"}), "R M    ", "R M  ~ "),
        ("several_sources", True, " 2h Person", " 2h ac Person"),
    ],
)
async def test_a_changed_input_shows_at_once(name: str, value: Any, before: str, after: str) -> None:
    submissions = make_list()
    row = make_row(9, assignee_id="u9", assignee_name="Tom Kay")
    async with WidgetApp(submissions).run_test(size=SIZE) as pilot:
        submissions.show(Window(0, (row,), 1, 1))
        await pilot.pause()
        assert before in widget_text(submissions)[1]
        setattr(submissions, name, value)
        await pilot.pause()
        assert after in widget_text(submissions)[1]


async def test_another_theme_redraws_in_its_colours() -> None:
    submissions = make_list()
    app = WidgetApp(submissions)
    async with app.run_test(size=SIZE) as pilot:
        submissions.show(make_window(10))
        await pilot.pause()
        before = submissions.render_line(3)
        app.theme = "paper"
        await pilot.pause()
        after = submissions.render_line(3)
        assert before.text == after.text
        assert [part.style for part in before] != [part.style for part in after]


async def test_the_cursor_row_shows_whether_the_list_has_the_focus() -> None:
    submissions = make_list()
    app = WidgetApp(submissions)
    async with app.run_test(size=SIZE) as pilot:
        submissions.show(make_window(10))
        submissions.focus()
        await pilot.pause()
        focused = submissions.render_line(1)
        app.set_focus(None)
        await pilot.pause()
        blurred = submissions.render_line(1)
        assert focused.text == blurred.text
        assert [part.style for part in focused] != [part.style for part in blurred]
