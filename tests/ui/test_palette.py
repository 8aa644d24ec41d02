"""The palette and the member picker: narrowing by typing, moving, choosing."""

from typing import Any

import pytest
from rich.cells import cell_len
from textual.screen import Screen

from cache.models import Member
from cache.text import contains_control
from inbox_tui.keymap import build_keymap
from inbox_tui.screens.member_picker import MemberPicker, Special
from inbox_tui.screens.palette import PaletteScreen, command_entries
from inbox_tui.screens.picking import PickEntry
from inbox_tui.signs import PLAIN
from tests.ui.harness import WidgetApp, screen_text

KEYMAP, _ = build_keymap({})
EVIL = "[@click=app.quit]x[/] \x1b]52;c;AA\x07\u202eabc"
MEMBERS = (
    Member("acme", "u1", "Mara Lindqvist", "admin"),
    Member("acme", "u2", "王小明", "member"),
    Member("acme", "u3", EVIL, "[/]\x1b"),
    Member("acme", "u4", "Zoë Ärger"),
)
SIZES = [(120, 32), (80, 24), (60, 20), (40, 10)]


class Answers(list[Any]):
    """What a screen returned, once it did."""


async def opened(pilot: Any, screen: Screen[Any]) -> Answers:
    answers = Answers()
    await pilot.app.push_screen(screen, answers.append)
    await pilot.pause()
    return answers


def box(app: Any) -> list[str]:
    return [line.strip(" |") for line in screen_text(app)]


async def test_typing_finds_a_command_and_enter_returns_its_id() -> None:
    async with WidgetApp().run_test(size=(80, 24)) as pilot:
        answers = await opened(pilot, PaletteScreen(KEYMAP, PLAIN))
        await pilot.press(*"redo", "enter")
        await pilot.pause()
    assert answers == ["edit.redo"]


async def test_every_command_is_listed_with_its_help_and_its_own_keys() -> None:
    keymap, problems = build_keymap({"triage.flag": ["F"], "app.sync": []})
    assert not problems
    entries = {entry.value: entry for entry in command_entries(keymap)}
    assert entries["triage.flag"].hint == "F"
    assert entries["app.sync"].hint == ""
    async with WidgetApp().run_test(size=(80, 24)) as pilot:
        await opened(pilot, PaletteScreen(keymap, PLAIN))
        await pilot.press(*"set or remove")
        await pilot.pause()
        line = next(line for line in box(pilot.app) if line.startswith("Flag"))
        assert line.startswith("Flag  Set or remove the flag")
        assert line.endswith(" F")


async def test_escape_returns_nothing() -> None:
    async with WidgetApp().run_test(size=(80, 24)) as pilot:
        answers = await opened(pilot, PaletteScreen(KEYMAP, PLAIN))
        await pilot.press("j", "escape")
        await pilot.pause()
    assert answers == [None]


async def test_arrows_choose_and_stop_at_the_ends() -> None:
    async with WidgetApp().run_test(size=(80, 24)) as pilot:
        answers = await opened(pilot, MemberPicker("Assign", MEMBERS, PLAIN))
        await pilot.press("up", "down", "enter")
        await pilot.pause()
    assert answers == [Special.NOBODY]


async def test_what_fits_nothing_says_so_and_enter_stays() -> None:
    async with WidgetApp().run_test(size=(80, 24)) as pilot:
        answers = await opened(pilot, PaletteScreen(KEYMAP, PLAIN))
        await pilot.press(*"zzzz", "enter")
        await pilot.pause()
        assert "Nothing matches" in box(pilot.app)
        assert answers == []


async def test_entries_of_the_caller_stand_beside_the_commands() -> None:
    extra = (PickEntry("theme.paper", "Theme: paper [/]\x1b", "Use the theme paper"),)
    async with WidgetApp().run_test(size=(80, 24)) as pilot:
        answers = await opened(pilot, PaletteScreen(KEYMAP, PLAIN, extra=extra))
        await pilot.press(*"theme", "enter")
        await pilot.pause()
    assert answers == ["theme.paper"]


async def test_a_click_chooses_and_the_input_keeps_the_focus_before() -> None:
    async with WidgetApp().run_test(size=(80, 24)) as pilot:
        answers = await opened(pilot, MemberPicker("Assign", MEMBERS, PLAIN))
        row = next(at for at, line in enumerate(screen_text(pilot.app)) if "nobody" in line)
        await pilot.click(offset=(10, row))
        await pilot.pause()
    assert answers == [Special.NOBODY]


async def test_a_member_is_found_without_accents_and_returned_whole() -> None:
    async with WidgetApp().run_test(size=(80, 24)) as pilot:
        answers = await opened(pilot, MemberPicker("Assign", MEMBERS, PLAIN))
        await pilot.press(*"arger", "enter")
        await pilot.pause()
    assert answers == [MEMBERS[3]]


async def test_who_are_you_offers_members_only() -> None:
    async with WidgetApp().run_test(size=(80, 24)) as pilot:
        await opened(pilot, MemberPicker("Who are you?", MEMBERS, PLAIN, specials=()))
        lines = box(pilot.app)
        assert any("Who are you?" in line for line in lines)
        assert "nobody" not in lines
        assert any(line.startswith("Mara Lindqvist") and line.endswith("admin") for line in lines)


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_names_are_text_and_every_row_fits(size: tuple[int, int]) -> None:
    async with WidgetApp().run_test(size=size) as pilot:
        await opened(pilot, MemberPicker(f"Assign {EVIL}", MEMBERS, PLAIN, current="u3"))
        lines = screen_text(pilot.app)
        assert not any(contains_control(line) for line in lines)
        assert any("[@click=app.quit]x[/]" in line for line in lines)
        rows = [line for line in lines if line.lstrip().startswith("|")]
        assert len({cell_len(line) for line in rows}) == 1
        assert len([line for line in lines if "+-" in line]) == 2


@pytest.mark.parametrize("size", SIZES)
async def test_the_palette_stays_inside_the_screen(size: tuple[int, int]) -> None:
    async with WidgetApp().run_test(size=size) as pilot:
        await opened(pilot, PaletteScreen(KEYMAP, PLAIN))
        await pilot.press("pagedown", "pagedown", "pageup")
        await pilot.pause()
        assert len([line for line in screen_text(pilot.app) if line.lstrip().startswith("+-")]) == 2


async def test_typed_letters_survive_a_resize() -> None:
    async with WidgetApp().run_test(size=(120, 32)) as pilot:
        answers = await opened(pilot, PaletteScreen(KEYMAP, PLAIN))
        await pilot.press(*"status", "down")
        await pilot.resize_terminal(60, 20)
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
    assert answers == ["triage.status.read"]
