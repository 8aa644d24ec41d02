"""The status bar on the screen."""

import pytest

from inbox_tui.signs import PLAIN, UNICODE
from inbox_tui.status import ConnectionState, Notice, SourceLine, StatusModel
from inbox_tui.widgets.status_bar import StatusBar
from tests.ui.harness import WidgetApp, screen_text

NOW = 1_779_460_200.0
MODEL = StatusModel(
    view_name="Inbox",
    position=1,
    total=12,
    last_action="resolved SUB-0416, u undoes",
    sources=(SourceLine("acme", ConnectionState.ONLINE, synced_at=NOW - 20),),
    queued=2,
)


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (120, " Inbox 1/12 | resolved SUB-0416, u undoes | ONLINE | ^2 x0 #0 | synced 20s ago"),
        (60, " Inbox 1/12 | resolved SUB-0416, u undoes | ONLINE | ^2"),
        (40, " 1/12 | resolved SUB-0416, u undoes"),
    ],
)
async def test_the_bar_is_one_line_that_fits(width: int, line: str) -> None:
    bar = StatusBar(PLAIN)
    async with WidgetApp(bar).run_test(size=(width, 5)) as pilot:
        bar.show(MODEL, NOW)
        await pilot.pause()
        assert screen_text(pilot.app)[0] == line


async def test_ages_move_on_with_the_clock_that_is_passed_in() -> None:
    bar = StatusBar(PLAIN)
    async with WidgetApp(bar).run_test(size=(120, 5)) as pilot:
        bar.show(MODEL, NOW)
        bar.now = NOW + 100
        await pilot.pause()
        assert "synced 2m ago" in screen_text(pilot.app)[0]


async def test_another_set_of_signs_is_drawn_at_once() -> None:
    bar = StatusBar(PLAIN)
    async with WidgetApp(bar).run_test(size=(120, 5)) as pilot:
        bar.show(MODEL, NOW)
        bar.use_signs(UNICODE)
        await pilot.pause()
        assert "↑2 ✗0 ≠0" in screen_text(pilot.app)[0]


async def test_markup_in_a_notice_is_text() -> None:
    bar = StatusBar(PLAIN)
    async with WidgetApp(bar).run_test(size=(80, 5)) as pilot:
        bar.show(StatusModel(notice=Notice("[@click=app.quit]x[/] [/] \x1b[2J", "error")), NOW)
        await pilot.pause()
        assert "[@click=app.quit]x[/] [/] ␛[2J" in screen_text(pilot.app)[0]


async def test_every_role_of_the_bar_has_a_colour_in_every_bundled_theme() -> None:
    states = tuple(
        SourceLine(state.value, state, budget_remaining=1, budget_limit=60) for state in ConnectionState
    )
    for theme in ("dusk", "paper", "contrast", "terminal"):
        bar = StatusBar(PLAIN)
        async with WidgetApp(bar, theme_name=theme).run_test(size=(400, 3)) as pilot:
            for state in states:
                bar.show(StatusModel(sources=(state,), notice=Notice("careful", "warning")), NOW)
                await pilot.pause()
                assert "careful" in screen_text(pilot.app)[0]
