"""What a source cannot take is said where the person acts, before anything is tried."""

import pytest

from inbox_tui.screens.note_editor import NoteEditor
from inbox_tui.screens.palette import PaletteScreen
from tests.ui.four_systems import four_home, serving_four
from tests.ui.inbox_harness import home_for, open_inbox, serving

ONLY_READ = "it may only read"


async def told(inbox, source: str) -> None:
    """Wait until it is known what the key of a source may do."""
    await inbox.until(
        lambda: inbox.screen.facts.capabilities.get(source, {}).get("status") == "none", "the capabilities"
    )
    await inbox.settled()


def hints(inbox) -> str:
    return inbox.text.splitlines()[-1]


def popup(inbox) -> list[str]:
    """The lines of the popup of keys."""
    region = inbox.screen.popup.region
    lines = inbox.text.splitlines()[region.y : region.bottom]
    return [line[region.x :].strip("|+- ") for line in lines]


@pytest.mark.slow
async def test_with_a_key_that_may_only_read_hints_popup_and_palette_say_so(tmp_path):
    with serving(tmp_path) as server:
        home = home_for(server, tmp_path, key="awardee.read_only")
        async with open_inbox(home) as inbox:
            await told(inbox, "acme")
            assert "(e s p a i f) not with this key: it may only read" in hints(inbox)
            assert "/ filter" in hints(inbox)
            await inbox.press("s")
            await inbox.until(lambda: inbox.screen.popup.display, "the popup")
            assert "n (new)" in popup(inbox)
            assert ONLY_READ in popup(inbox)[-1]
            await inbox.press("escape", ":")
            await inbox.opened(PaletteScreen)
            await inbox.typed("resolve")
            assert "(Resolve)  The key of acme may only read" in inbox.text


@pytest.mark.slow
async def test_a_key_that_may_only_read_is_refused_at_once_and_opens_no_editor(tmp_path):
    with serving(tmp_path) as server:
        home = home_for(server, tmp_path, key="awardee.read_only")
        async with open_inbox(home) as inbox:
            await told(inbox, "acme")
            here = inbox.row.key
            for keys in ("e", "f", "p3", "ax", "sd", "i"):
                await inbox.press(*keys)
                await inbox.until(lambda: "The key of acme may only read" in inbox.status, keys)
                assert inbox.row.key == here
                assert not isinstance(inbox.app.screen, NoteEditor)
                await inbox.press("t", "f")  # the sentence goes with the next key
            await inbox.press(":")
            await inbox.opened(PaletteScreen)
            await inbox.typed("Resolve")
            await inbox.press("enter")
            await inbox.until(lambda: "The key of acme may only read" in inbox.status, "the sentence")
            assert home.unsettled() == 0


@pytest.mark.slow
async def test_what_is_kept_here_is_said_so_in_the_popup_and_the_palette(tmp_path):
    home = four_home(tmp_path)
    async with open_inbox(home, query="source:postbox", leads=False) as inbox:
        await inbox.press("p")
        await inbox.until(lambda: inbox.screen.popup.display, "the popup")
        assert popup(inbox)[-1] == "kept on this machine only"
        assert "3, h high" in popup(inbox)
        await inbox.press("3")
        await inbox.until(lambda: inbox.row.priority == "high", "the edit")
        await inbox.press(":")
        await inbox.opened(PaletteScreen)
        await inbox.typed("Flag")
        assert "Set or remove the flag; kept on this machine only" in inbox.text


async def test_a_system_without_colleagues_offers_none_and_says_how_to_name_oneself(tmp_path):
    home = four_home(tmp_path)
    async with open_inbox(home, query="source:mantlz", leads=False) as inbox:
        await inbox.press("a")
        await inbox.until(lambda: inbox.screen.popup.display, "the popup")
        assert "a (me)" in popup(inbox)
        assert "/ (pick a member)" in popup(inbox)
        assert "x nobody" in popup(inbox)
        await inbox.press("a")
        await inbox.until(lambda: 'write me = "your name" under [sources.mantlz]' in inbox.status, "how")
        await inbox.press("a", "/")
        await inbox.until(lambda: "no colleagues to choose from" in inbox.status, "the sentence")
        assert inbox.app.screen is inbox.screen


async def test_somebody_named_in_the_configuration_can_take_what_is_kept_here(tmp_path):
    home = four_home(tmp_path)
    config = home.config.read_text(encoding="utf-8")
    home.config.write_text(
        config.replace("[sources.mantlz]", '[sources.mantlz]\nme = "Tom Kay"'), encoding="utf-8"
    )
    async with open_inbox(home, query="source:mantlz", leads=False) as inbox:
        await inbox.press("a", "a")
        await inbox.until(lambda: inbox.row.assignee_id == "Tom Kay", "the assignee")
        await inbox.until(lambda: "@me" in inbox.text, "me in the detail")


@pytest.mark.slow
async def test_moving_to_another_source_changes_the_hints(tmp_path):
    with serving_four(tmp_path) as server:
        home = four_home(tmp_path, server, keys={"acme": "awardee.read_only"})
        async with open_inbox(home, query="source:acme,postbox") as inbox:
            await told(inbox, "acme")
            seen = set()
            for _ in range(12):
                await inbox.until(
                    lambda: (ONLY_READ in hints(inbox)) == (inbox.row.key.source == "acme"), "the hints"
                )
                seen.add(inbox.row.key.source)
                await inbox.press("j")
            assert seen == {"acme", "postbox"}


async def test_what_there_is_nothing_of_to_copy_stands_in_brackets(tmp_path):
    home = four_home(tmp_path)
    async with open_inbox(home, query="source:mantlz", leads=False) as inbox:
        await inbox.press("y")
        await inbox.until(lambda: inbox.screen.popup.display, "the popup")
        assert "r (reply)" in popup(inbox)
        assert "i id" in popup(inbox)
        assert popup(inbox)[-1] == "it has none of those in brackets"
