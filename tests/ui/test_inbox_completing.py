"""Tab in the filter bar."""

import re

import pytest

from cache.query.complete import Choice
from inbox_tui.signs import PLAIN
from inbox_tui.widgets.completion_popup import CompletionPopup
from tests.ui.harness import WidgetApp, screen_text
from tests.ui.inbox_harness import Inbox, lone_home, open_inbox


def offered(inbox: Inbox) -> list[str]:
    popup = inbox.screen.filtering.completing._popup
    return [] if popup is None else [choice.text for choice in popup._choices]


async def open_bar(inbox: Inbox, text: str) -> None:
    await inbox.press("/", "ctrl+u")
    await inbox.typed(text)


async def opened(inbox: Inbox) -> None:
    await inbox.press("tab")
    await inbox.until(lambda: offered(inbox), "the list")
    await inbox.pilot.pause()


async def test_a_single_thing_that_fits_is_put_in_at_once(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await open_bar(inbox, "prio")
        await inbox.press("tab")
        await inbox.until(lambda: inbox.screen.filter_bar.text == "priority:", "the field")
        assert not inbox.screen.filtering.completing.is_open


@pytest.mark.slow
async def test_values_are_listed_with_how_many_have_them_and_enter_takes_one(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await open_bar(inbox, "demo status:")
        await opened(inbox)
        lines = inbox.text.splitlines()
        assert "resolved" in inbox.text
        assert any(re.search(r"in_progress +5\b", line) for line in lines)
        at = lines[0].index("status:") + len("status:")
        assert lines[2][at : at + 3] == "new"
        await inbox.press("tab", "down", "up", "enter")
        assert inbox.screen.filter_bar.text == "demo status:read"
        assert inbox.screen.filter_bar.is_open
        assert offered(inbox) == []
        await inbox.until(lambda: inbox.screen.listing.query_text == "demo status:read", "its rows")
        await inbox.press("enter")
        assert not inbox.screen.filter_bar.is_open


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("form:", '"Contact us"'),
        ("in:", "hot"),
        ("source:", "acme"),
        ("is:u", "unassigned"),
        ("assignee:", "none"),
        ("sort:", "-priority"),
        ("f.", "f.message:"),
        ("domain:", "northgate.example"),
    ],
)
async def test_what_is_cached_is_offered(tmp_path, text, value):
    home = lone_home(tmp_path, more='[views.hot]\nquery = "is:open p:high"\n[views.cold]\nquery = "p:low"')
    async with open_inbox(home, leads=False) as inbox:
        await open_bar(inbox, text)
        await inbox.press("tab")
        await inbox.until(
            lambda: value in offered(inbox) or inbox.screen.filter_bar.text == text + value, "the value"
        )


@pytest.mark.slow
async def test_typing_on_narrows_the_list_and_esc_closes_it_before_the_bar(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await open_bar(inbox, "p:")
        await opened(inbox)
        await inbox.typed("m")
        await inbox.until(lambda: offered(inbox) == ["medium"], "a shorter list")
        await inbox.press("escape")
        assert offered(inbox) == []
        assert inbox.screen.filter_bar.is_open
        await inbox.press("escape")
        assert not inbox.screen.filter_bar.is_open
        assert inbox.screen.listing.query_text == "is:open"


async def test_a_list_that_fits_no_more_goes(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await open_bar(inbox, "p:")
        await opened(inbox)
        await inbox.typed("x")
        await inbox.until(lambda: not offered(inbox), "the list to go")


async def test_shift_tab_begins_at_the_end(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await open_bar(inbox, "p:")
        await inbox.press("shift+tab")
        await inbox.until(lambda: offered(inbox), "the list")
        await inbox.press("enter")
        assert inbox.screen.filter_bar.text == "p:high"


async def test_a_list_takes_back_that_nothing_fitted(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await open_bar(inbox, "st zz")
        await inbox.press("tab")
        await inbox.until(lambda: "nothing to complete here" in inbox.text.splitlines()[0], "the hint")
        await inbox.press("left", "left", "left", "tab")
        await inbox.until(lambda: inbox.screen.filtering.completing.is_open, "the list")
        await inbox.until(lambda: "nothing to complete" not in inbox.text.splitlines()[0], "a bar without it")


async def test_where_nothing_fits_it_is_said(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await open_bar(inbox, '"zz')
        await inbox.press("tab")
        await inbox.until(lambda: "nothing to complete here" in inbox.text.splitlines()[0], "the hint")
        inbox.screen.show_totals()  # as after each piece of news
        await inbox.settled()
        assert "nothing to complete here" in inbox.text.splitlines()[0]
        await inbox.typed("z")
        await inbox.until(lambda: "nothing to complete" not in inbox.text.splitlines()[0], "a bar without it")


async def test_the_list_keeps_the_chosen_one_in_sight_and_draws_no_control_characters():
    popup = CompletionPopup(PLAIN)
    async with WidgetApp(popup).run_test(size=(40, 8)) as pilot:
        choices = [Choice(f"value-{at}\x1b[2J", "", at) for at in range(30)]
        popup.show(choices, 3, 1)
        popup.move(17)
        await pilot.pause()
        text = "\n".join(screen_text(pilot.app))
        assert "value-17" in text
        assert "18 of 30" in text
        assert "\x1b" not in text
        popup.move(-18)
        await pilot.pause()
        assert "value-29" in "\n".join(screen_text(pilot.app))
        popup.hide()
        await pilot.pause()
        assert "value" not in "\n".join(screen_text(pilot.app))
