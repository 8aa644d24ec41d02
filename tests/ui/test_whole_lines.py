"""Lines that are kept as they were put on the screen: always what Textual itself would draw there."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.geometry import Region
from textual.widget import Widget

from cache.store.reader import Window
from inbox_tui.widgets.whole_lines import WholeLines
from tests.ui.harness import NOW, WidgetApp, make_window
from tests.ui.inbox_harness import lone_home, open_inbox
from tests.ui.test_submission_list import MILLION, make_list
from tests.ui.waiting import until


def as_textual_draws(widget: Widget, crop: Region) -> list[list[tuple[str, object]]]:
    """The same lines the long way, from nothing."""
    widget._styles_cache.clear()
    widget._dirty_regions.add(widget.size.region)
    return [list(strip) for strip in Widget.render_lines(widget, crop)]


def assert_same(widget: WholeLines) -> None:
    width, height = widget.outer_size
    for crop in (Region(0, 0, width, height), Region(1, 2, width - 3, height - 4)):
        assert [list(strip) for strip in widget.render_lines(crop)] == as_textual_draws(widget, crop)
    if widget.show_vertical_scrollbar:
        bar = widget.vertical_scrollbar
        width, height = bar.outer_size
        for crop in (Region(0, 0, width, height), Region(0, 2, width, height - 4)):
            assert [list(strip) for strip in bar.render_lines(crop)] == as_textual_draws(bar, crop)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(140, 40), (120, 32), (100, 30), (80, 24), (60, 20)])
async def test_lines_are_those_of_textual_in_every_layout_and_theme(tmp_path, size):
    async with open_inbox(lone_home(tmp_path), size=size, leads=False) as inbox:
        await inbox.read()
        both = (inbox.screen.list_view, inbox.detail)

        def assert_all_same() -> None:
            seen = [widget for widget in both if widget.is_on_screen]
            assert seen
            for widget in seen:
                assert_same(widget)

        for keys in ((), ("j", "j"), ("tab",), ("G",), ("h",)):
            await inbox.press(*keys)
            await inbox.settled()
            assert_all_same()
        for theme in inbox.app._theme_names:
            inbox.app.theme = theme
            await inbox.pilot.pause()
            assert_all_same()


async def test_what_stands_over_every_line_is_drawn_too():
    submissions = make_list()
    css = "SubmissionList { border: solid red; tint: blue 20%; opacity: 60%; }"
    async with WidgetApp(submissions, css=css).run_test(size=(60, 21)) as pilot:
        submissions.show(make_window(30))
        await pilot.pause()
        assert_same(submissions)


async def test_a_scrollbar_shows_how_long_the_list_is_whatever_was_shown_before():
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=(60, 21)) as pilot:
        bar = submissions.vertical_scrollbar
        for total, partial in ((MILLION, False), (500, True), (5_000, False), (40, True), (40, False)):
            before = bar.window_virtual_size
            submissions.show(replace(make_window(total, count=30), is_whole=not partial), reset=True)
            await pilot.pause()
            expected = max(before, total + 1) if partial else total + 1
            assert bar.window_virtual_size == expected
            crop = Region(0, 0, *bar.outer_size)
            drawn = bar.render_lines(crop)
            bar.refresh()
            await pilot.pause()
            assert drawn == bar.render_lines(crop)


async def test_a_scrollbar_is_drawn_anew_when_it_looks_different_and_only_then():
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=(60, 21)) as pilot:
        submissions.show(make_window(MILLION, count=30), reset=True)
        await pilot.pause()
        bar = submissions.vertical_scrollbar
        crop = Region(0, 0, *bar.outer_size)

        async def drawn_after(change: Callable[[], object]) -> bool:
            await until(pilot, lambda: not bar._repaint_required, "what was asked for before")
            before = bar.render_lines(crop)
            change()
            asked = bar._repaint_required
            assert_same(submissions)
            assert asked == (bar.render_lines(crop) != before)
            return asked

        assert not await drawn_after(bar.refresh)
        assert await drawn_after(lambda: setattr(bar, "position", MILLION / 2))
        assert await drawn_after(lambda: setattr(bar, "mouse_over", True))
        assert await drawn_after(lambda: setattr(bar, "mouse_over", False))
        assert await drawn_after(lambda: setattr(bar, "window_virtual_size", 40))
        assert not await drawn_after(bar.refresh)


async def test_a_list_may_be_taken_away_while_its_scrollbar_is_still_to_be_drawn():
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=(60, 21)) as pilot:
        submissions.show(make_window(MILLION, count=30), reset=True)
        await pilot.pause()
        await submissions.remove()
        submissions.vertical_scrollbar.mouse_over = True
        await pilot.pause()


async def test_an_age_that_grows_and_a_row_that_changes_are_drawn_anew():
    submissions = make_list()
    async with WidgetApp(submissions).run_test(size=(60, 21)) as pilot:
        submissions.show(make_window(30))
        await pilot.pause()
        submissions.now = NOW + 3600.0
        await pilot.pause()
        assert_same(submissions)
        other = [replace(row, who="Somebody else") for row in make_window(30).rows]
        submissions.show(Window(0, tuple(other), 30, 2))
        await pilot.pause()
        assert_same(submissions)
        assert "Somebody else" in "".join(
            segment.text for strip in submissions.render_lines(Region(0, 0, 60, 21)) for segment in strip
        )


async def test_plain_scrollbars_are_drawn_with_blanks_alone(tmp_path):
    async with open_inbox(lone_home(tmp_path), size=(60, 20), leads=False) as inbox:
        bar = inbox.screen.list_view.vertical_scrollbar

        def drawn() -> set[str]:
            return set("".join(strip.text for strip in bar.render_lines(Region(0, 0, *bar.outer_size))))

        await inbox.press("1", "5", "G")
        assert drawn() == {" "}
        await inbox.press("z", "p")
        await inbox.until(lambda: not "".join(drawn()).isascii(), "the other signs")
        await inbox.press("z", "p")
        await inbox.until(lambda: drawn() == {" "}, "the plain ones again")
