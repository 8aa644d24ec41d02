"""The screens of keys and of quitting."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox_tui.commands import Context
from inbox_tui.keymap import build_keymap, help_sections
from inbox_tui.screens.help import HelpScreen, help_lines
from inbox_tui.screens.quit_screen import QuitScreen
from inbox_tui.signs import PLAIN
from tests.ui.harness import WidgetApp, screen_text

KEYMAP, _ = build_keymap({})
SIZES = [(120, 32), (80, 24), (60, 20), (40, 10)]


async def opened(pilot: Any, screen: HelpScreen | QuitScreen) -> list[Any]:
    answers: list[Any] = []
    await pilot.app.push_screen(screen, answers.append)
    await pilot.pause()
    return answers


@pytest.mark.parametrize("key", ["q", "escape", "question_mark", "f1"])
async def test_the_keys_that_open_or_leave_it_close_it(key: str) -> None:
    async with WidgetApp().run_test(size=(80, 24)) as pilot:
        answers = await opened(pilot, HelpScreen(KEYMAP, Context.LIST, PLAIN))
        await pilot.press("x", key)
        await pilot.pause()
    assert answers == [None]


async def test_a_command_of_the_whole_program_is_handed_to_the_caller() -> None:
    async with WidgetApp().run_test(size=(80, 24)) as pilot:
        answers = await opened(pilot, HelpScreen(KEYMAP, Context.LIST, PLAIN))
        await pilot.press("colon")
        await pilot.pause()
    assert answers == ["app.palette"]


@pytest.mark.parametrize("size", SIZES)
async def test_it_fits_the_screen_and_scrolls_to_both_ends(size: tuple[int, int]) -> None:
    async with WidgetApp().run_test(size=size) as pilot:
        await opened(pilot, HelpScreen(KEYMAP, Context.LIST, PLAIN))
        top = screen_text(pilot.app)
        assert any("Keys in the list" in line for line in top)
        assert any("Move down" in line for line in top)
        await pilot.press("G")
        await pilot.pause()
        assert any("Quit" in line or "quit" in line for line in screen_text(pilot.app))
        await pilot.press("g", "g")
        await pilot.pause()
        assert screen_text(pilot.app) == top


async def test_j_counts_and_pages_scroll() -> None:
    async with WidgetApp().run_test(size=(60, 20)) as pilot:
        await opened(pilot, HelpScreen(KEYMAP, Context.LIST, PLAIN))
        top = screen_text(pilot.app)
        await pilot.press("j")
        await pilot.pause()
        one = screen_text(pilot.app)
        assert one[3][:50] == top[4][:50]
        await pilot.press("k", "3", "j", "pagedown", "pageup", "3", "k")
        await pilot.pause()
        assert screen_text(pilot.app) == top


async def test_moved_keys_are_shown_and_obeyed() -> None:
    keymap, problems = build_keymap({"move.down": ["ctrl+n"], "app.back": ["Q"]})
    assert not problems
    async with WidgetApp().run_test(size=(80, 24)) as pilot:
        answers = await opened(pilot, HelpScreen(keymap, Context.LIST, PLAIN))
        top = screen_text(pilot.app)
        assert any("ctrl+n" in line for line in top)
        await pilot.press("q", "ctrl+n")
        await pilot.pause()
        assert screen_text(pilot.app)[3][:70] == top[4][:70]
        await pilot.press("Q")
        await pilot.pause()
    assert answers == [None]


@given(st.integers(35, 140), st.sampled_from([Context.LIST, Context.DETAIL, Context.FILTER]))
def test_help_never_runs_out_of_its_width_and_names_every_command(width: int, context: Context) -> None:
    sections = help_sections(KEYMAP, context)
    lines = [line.plain for line in help_lines(sections, width)]
    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    for section in sections:
        for row in section.rows:
            assert all(word in text for word in row.help.split())


@pytest.mark.parametrize(("key", "answer"), [("q", True), ("enter", True), ("escape", False), ("n", False)])
async def test_quitting_is_confirmed_or_taken_back(key: str, answer: bool) -> None:
    async with WidgetApp().run_test(size=(60, 20)) as pilot:
        answers = await opened(pilot, QuitScreen(["2 edits wait to be sent to [/]\x1b[2J"], PLAIN))
        assert any("2 edits wait to be sent to [/]␛[2J" in line for line in screen_text(pilot.app))
        await pilot.press("z", key)
        await pilot.pause()
    assert answers == [answer]


async def test_the_quit_screen_fits_a_small_terminal() -> None:
    async with WidgetApp().run_test(size=(40, 10)) as pilot:
        await opened(pilot, QuitScreen(["2 edits wait to be sent to acme and 1 was rejected"], PLAIN))
        lines = screen_text(pilot.app)
        assert any("q quit  Esc stay" in line for line in lines)
