"""Views that are saved from the filter, and views of the configuration that are wrong."""

import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from inbox_tui.screens.palette import PaletteScreen
from inbox_tui.screens.save_view import SaveViewScreen
from tests.ui.inbox_harness import Inbox, lone_home, open_inbox

HOT = '[views.hot]\nquery = "is:open p:high"  # mine'


def listed(inbox: Inbox) -> dict[str, str]:
    """The views of the panel with their counts."""
    panel = [line[:18] for line in inbox.text.splitlines()[1:-2]]
    found = (re.fullmatch(r".(\S.*?)\s+([\d~]+)\s*", line) for line in panel)
    return {match[1]: match[2] for match in found if match}


async def filtered(inbox: Inbox, text: str) -> None:
    await inbox.press("/", "ctrl+u")
    await inbox.typed(text)
    await inbox.press("enter")
    await inbox.settled()


async def named(inbox: Inbox, name: str) -> None:
    await inbox.press("V")
    await inbox.opened(SaveViewScreen)
    await inbox.press("ctrl+u")
    await inbox.typed(name)
    await inbox.press("enter")


@pytest.mark.slow
async def test_a_filter_is_saved_with_its_order_and_stands_in_the_panel_with_its_count(tmp_path):
    home = lone_home(tmp_path, more=HOT)
    async with open_inbox(home, leads=False) as inbox:
        await filtered(inbox, "p:medium is:open sort:-priority,name")
        total = inbox.rows.total
        await named(inbox, "To do")
        await inbox.until(lambda: listed(inbox).get("To do") == str(total), "the view with its count")
        assert inbox.screen.listing.view.title == "To do"
        assert not inbox.screen.listing.is_filtered
        await inbox.press("f", "s", "d")
        await inbox.until(
            lambda: listed(inbox).get("To do") == str(total - 1), "a count that follows the edit"
        )
        await inbox.press("g", "i")
        await inbox.until(lambda: inbox.rows.total == 22, "the inbox")
        await inbox.press("/", "ctrl+u")
        await inbox.typed('in:"to do"')
        await inbox.until(lambda: inbox.rows.total == total - 1, "the view in a filter")
        await inbox.press("escape")
    text = home.config.read_text(encoding="utf-8")
    assert all(part in text for part in ("# kept by hand", "# mine", '[views."To do"]'))
    assert 'query = "priority:medium is:open"' in text
    assert 'sort = "-priority,name"' in text
    async with open_inbox(home, leads=False) as inbox:
        await inbox.until(lambda: listed(inbox).get("To do") == str(total - 1), "the view after a restart")


@pytest.mark.slow
async def test_a_name_that_is_taken_is_asked_about_and_then_replaced(tmp_path):
    home = lone_home(tmp_path, more=HOT)
    async with open_inbox(home, leads=False) as inbox:
        await filtered(inbox, "p:low")
        await named(inbox, "hot")
        await inbox.until(lambda: 'There is a view "hot". Enter replaces it' in inbox.text, "the question")
        assert "p:high" in home.config.read_text(encoding="utf-8")
        await inbox.press("enter")
        await inbox.until(lambda: inbox.app.screen is inbox.screen, "the inbox")
        await inbox.until(lambda: listed(inbox).get("hot") == str(inbox.rows.total), "the new count")
    assert 'query = "priority:low"' in home.config.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Inbox", '"Inbox" is the name of another view'),
        ("acme", '"acme" is the name of another view'),
        ("   ", "Type a name"),
        ("x" * 61, "A name has at most 60 characters"),
    ],
)
async def test_a_name_that_cannot_be_used_is_said_in_the_box(tmp_path, name, sentence):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        await named(inbox, name)
        await inbox.until(lambda: sentence in inbox.text, "the sentence")
        await inbox.press("escape")
        await inbox.until(lambda: inbox.app.screen is inbox.screen, "the inbox")
    assert "views" not in home.config.read_text(encoding="utf-8")


@pytest.mark.slow
async def test_a_view_that_would_speak_of_itself_is_not_saved(tmp_path):
    home = lone_home(tmp_path, more='[views.a]\nquery = "p:high"\n[views.b]\nquery = "in:a is:open"')
    async with open_inbox(home, leads=False) as inbox:
        await filtered(inbox, "in:b")
        await named(inbox, "a")
        await inbox.press("enter")
        await inbox.until(lambda: "views may not refer to themselves" in inbox.status, "the reason")
        await filtered(inbox, "in:b p:high")
        assert inbox.rows.total == 4
    assert 'query = "p:high"' in home.config.read_text(encoding="utf-8")


async def test_a_configuration_that_cannot_be_written_is_said_and_stays(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        home.config.write_text("[broken", encoding="utf-8")
        await named(inbox, "mine too")
        await inbox.until(lambda: "The view was not saved" in inbox.status, "the sentence")
        assert home.config.read_text(encoding="utf-8") == "[broken"
        assert "mine too" not in listed(inbox)


@pytest.mark.slow
async def test_a_saved_view_is_removed_in_the_palette(tmp_path):
    home = lone_home(tmp_path, more=HOT)
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("g", "8")
        await inbox.until(lambda: inbox.rows.total == 4, "the view")
        await inbox.press(":")
        await inbox.opened(PaletteScreen)
        await inbox.typed("remove view: hot")
        await inbox.press("enter")
        await inbox.until(lambda: "hot" not in listed(inbox), "the view to go")
        await inbox.until(lambda: inbox.rows.total == 23, "the first view instead")
    text = home.config.read_text(encoding="utf-8")
    assert "hot" not in text
    assert "# kept by hand" in text


async def test_a_view_with_a_wrong_query_is_said_once_and_the_others_work(tmp_path):
    more = f'{HOT}\n[views.bad]\nquery = "stats:new"\n[views.worse]\nquery = "form:nowhere"'
    async with open_inbox(lone_home(tmp_path, more=more), leads=False) as inbox:
        sentence = 'The view bad cannot be shown: column 1: there is no field "stats"'
        await inbox.until(lambda: sentence in " ".join(inbox.text.split()), "the sentence")
        assert listed(inbox)["hot"] == "4"
        assert listed(inbox)["bad"] == "~"
        await inbox.press("f")
        await inbox.settled()
        assert sentence not in inbox.text
        await inbox.press("g", "9")
        await inbox.until(lambda: 'there is no field "stats"' in inbox.status, "the reason")
        await inbox.press("V", "escape", "S", "p", "backspace", "g", "8")
        await inbox.until(lambda: inbox.rows.total == 4, "another view")


_opened: list[tuple[threading.Thread, str]] = []
_watching = threading.Event()


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _watching.is_set():
        _opened.append((threading.current_thread(), str(arguments[0])))


@contextmanager
def opened_files() -> Iterator[list[tuple[threading.Thread, str]]]:
    """The files that are opened meanwhile, each with the thread that does."""
    if not _opened:
        sys.addaudithook(_watch)
    _opened.clear()
    _watching.set()
    try:
        yield _opened
    finally:
        _watching.clear()


async def test_the_ui_thread_opens_no_file_of_the_person_for_any_of_it(tmp_path: Path) -> None:
    home = lone_home(tmp_path, more=HOT)
    async with open_inbox(home, leads=False) as inbox:
        with opened_files() as opened:
            await filtered(inbox, "p:medium demo")
            await inbox.press("/", "up", "space", "tab", "escape", "escape", "ctrl+g", "escape", "backspace")
            await named(inbox, "mine too")
            await inbox.until(lambda: "mine too" in listed(inbox), "the view")
            await inbox.press("S", "p", "enter", "/", "up", "escape")
            await inbox.settled()
        mine = [(thread, path) for thread, path in opened if path.startswith(str(tmp_path))]
        assert any("filters.txt" in path for _, path in mine)
        assert any("config.toml" in path for _, path in mine)
        assert [path for thread, path in mine if thread is threading.current_thread()] == []
