"""What is typed faster than a box opens stands in it, every letter in its place."""

import asyncio

import pytest
from textual.widgets import TextArea

from inbox_tui.screens.note_editor import NoteEditor
from inbox_tui.screens.palette import PaletteScreen
from inbox_tui.widgets.line_input import LineInput
from tests.ui.inbox_harness import lone_home, open_inbox

TEXT = "theme terminal"


@pytest.mark.slow
@pytest.mark.parametrize("first", [1, 3])
async def test_letters_of_a_burst_stay_in_order_wherever_it_is_cut(tmp_path, first):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        for turns in range(0, 60, 12):
            inbox.send(":", *TEXT[:first])
            for _ in range(turns):
                await asyncio.sleep(0)
            inbox.send(*TEXT[first:])
            await inbox.opened(PaletteScreen)
            field = inbox.app.screen.query_one(LineInput)
            await inbox.until(lambda: len(field.value) == len(TEXT), "the letters")  # noqa: B023
            assert (turns, field.value) == (turns, TEXT)
            await inbox.press("escape")
            await inbox.until(lambda: inbox.app.screen is inbox.screen, "the inbox")


@pytest.mark.slow
async def test_a_note_typed_in_a_burst_is_the_note_that_is_saved(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        for turns in range(0, 60, 12):
            inbox.send("i", "a", "b")
            for _ in range(turns):
                await asyncio.sleep(0)
            inbox.send(*"cdefghij")
            await inbox.opened(NoteEditor)
            area = inbox.app.screen.query_one(TextArea)
            await inbox.until(lambda: len(area.text) == 10, "the letters")  # noqa: B023
            assert (turns, area.text) == (turns, "abcdefghij")
            for _ in range(10):
                await inbox.press("backspace")
            await inbox.press("escape")
            await inbox.until(lambda: inbox.app.screen is inbox.screen, "the inbox")


async def test_an_editing_key_typed_before_the_bar_has_the_focus_edits_its_text(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        inbox.screen.filter_bar.open("is:open p:high")
        inbox.screen.set_focus(inbox.rows)  # as while the focus is on its way
        place = inbox.rows.cursor_position
        await inbox.press("ctrl+u", "x", "left", "y")
        assert inbox.screen.filter_bar.text == "yx"
        assert inbox.rows.cursor_position == place


@pytest.mark.slow
async def test_no_key_is_held_for_ever_when_nobody_says_that_the_box_was_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr(PaletteScreen, "call_after_refresh", lambda *_: False)
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        inbox.send(":", *TEXT)
        await inbox.opened(PaletteScreen)
        field = inbox.app.screen.query_one(LineInput)
        await inbox.until(lambda: field.value == TEXT, "the letters")
        await inbox.press("escape")
        await inbox.until(lambda: inbox.app.screen is inbox.screen, "the inbox")
