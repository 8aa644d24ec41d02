"""The box in which a note is written."""

from typing import Any

import pytest
from textual import events

from cache.text import contains_control
from inbox_tui.screens.note_editor import NoteEditor
from inbox_tui.signs import PLAIN
from tests.ui.harness import Recorder, WidgetApp, screen_text

SIZES = [(120, 32), (80, 24), (60, 20), (40, 10)]


async def opened(pilot: Any, editor: NoteEditor) -> list[Any]:
    answers: list[Any] = []
    await pilot.app.push_screen(editor, answers.append)
    await pilot.pause()
    return answers


async def test_enter_submits_and_the_box_waits_for_the_answer() -> None:
    seen = Recorder(NoteEditor.Submitted)
    async with WidgetApp().run_test(size=(80, 24), message_hook=seen) as pilot:
        editor = NoteEditor("Note for SUB-0421", PLAIN)
        answers = await opened(pilot, editor)
        await pilot.press(*"asked", "space", *"ops", "enter", "enter")
        await pilot.pause()
        assert [message.text for message in seen.messages] == ["asked ops"]
        assert answers == []
        editor.saved()
        await pilot.pause()
    assert answers == [None]


async def test_ctrl_j_is_a_new_line_and_the_box_grows() -> None:
    seen = Recorder(NoteEditor.Submitted)
    async with WidgetApp().run_test(size=(80, 24), message_hook=seen) as pilot:
        await opened(pilot, NoteEditor("Note", PLAIN))
        await pilot.press("a", "ctrl+j", "b", "ctrl+j", "c")
        await pilot.pause()
        lines = [line.strip(" |") for line in screen_text(pilot.app)]
        at = lines.index("a")
        assert lines[at : at + 3] == ["a", "b", "c"]
        await pilot.press("enter")
        await pilot.pause()
    assert [message.text for message in seen.messages] == ["a\nb\nc"]


async def test_escape_hands_the_draft_back() -> None:
    async with WidgetApp().run_test(size=(80, 24)) as pilot:
        answers = await opened(pilot, NoteEditor("Note", PLAIN, text="half a"))
        await pilot.press("space", *"thought", "escape")
        await pilot.pause()
    assert answers == ["half a thought"]


async def test_an_empty_note_is_not_submitted() -> None:
    seen = Recorder(NoteEditor.Submitted)
    async with WidgetApp().run_test(size=(80, 24), message_hook=seen) as pilot:
        answers = await opened(pilot, NoteEditor("Note", PLAIN))
        await pilot.press("space", "enter")
        await pilot.pause()
    assert answers == [""]
    assert seen.messages == []


async def test_a_failed_save_keeps_the_text_and_can_be_tried_again() -> None:
    seen = Recorder(NoteEditor.Submitted)
    async with WidgetApp().run_test(size=(80, 24), message_hook=seen) as pilot:
        editor = NoteEditor("Note", PLAIN)
        await opened(pilot, editor)
        await pilot.press("a", "enter")
        editor.show_error("the disk is full [/]\x1b[2J")
        await pilot.pause()
        text = "\n".join(screen_text(pilot.app))
        assert "NOT SAVED: the disk is full [/]␛[2J" in text
        assert editor.text == "a"
        await pilot.press("b", "enter")
        await pilot.pause()
        assert "NOT SAVED" not in "\n".join(screen_text(pilot.app))
    assert [message.text for message in seen.messages] == ["a", "ab"]


async def test_pasted_and_initial_text_lose_their_control_characters() -> None:
    async with WidgetApp().run_test(size=(80, 24)) as pilot:
        editor = NoteEditor("Note \x1b[2J", PLAIN, text="\x1b[31m")
        await opened(pilot, editor)
        pilot.app.screen.focused.post_message(events.Paste("one\r\ntwo\u202e"))  # type: ignore[union-attr]
        await pilot.pause()
        assert editor.text == "␛[31mone\ntwo<U+202E>"
        assert not any(contains_control(line) for line in screen_text(pilot.app))


async def test_editing_keys_edit() -> None:
    async with WidgetApp().run_test(size=(80, 24)) as pilot:
        editor = NoteEditor("Note", PLAIN, text="one two")
        await opened(pilot, editor)
        await pilot.press("ctrl+w", "left", "x", "ctrl+e", "y")
        await pilot.pause()
        assert editor.text == "onex y"


@pytest.mark.parametrize("size", SIZES)
async def test_five_lines_are_shown_and_the_box_stays_inside(size: tuple[int, int]) -> None:
    async with WidgetApp().run_test(size=size) as pilot:
        editor = NoteEditor("Note for SUB-0421", PLAIN, text="\n".join(f"line {n}" for n in range(1, 9)))
        await opened(pilot, editor)
        editor.show_error("the disk is full")
        await pilot.pause()
        lines = screen_text(pilot.app)
        shown = [line.strip(" |") for line in lines]
        assert [line[:6] for line in shown if line.startswith("line ")] == [f"line {n}" for n in range(4, 9)]
        assert "NOT SAVED: the disk is full" in shown
        assert lines[-3].strip().endswith("-+")
        assert lines[-2:] == ["", ""]
        assert "Enter saves" in lines[-3]
