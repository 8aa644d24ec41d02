"""The sort menu and the panel that explains a filter."""

import asyncio
import re
import threading

import pytest

from cache.query import Query, QueryError
from cache.store.reader import Reader
from inbox_tui.screens.explain import ExplainScreen
from tests.ui.inbox_harness import lone_home, open_inbox

RANKS = ["none", "low", "medium", "high"]


async def test_the_menu_lists_the_orders_after_a_moment(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("S")
        await inbox.until(lambda: "p priority" in inbox.text and "- reverse" in inbox.text, "the menu")
        await inbox.press("p")
        assert not inbox.screen.popup.display


async def test_an_order_is_part_of_the_query_and_keeps_the_cursor_on_its_submission(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("5", "j")
        key = inbox.row.key
        await inbox.press("S", "p")
        best = [*["high"] * 4, "medium"]
        await inbox.until(lambda: [inbox.rows.row_at(at).priority for at in range(5)] == best, "the order")
        assert inbox.screen.filter_bar.text == "is:open sort:-priority"
        assert inbox.row.key == key
        ranks = [RANKS.index(inbox.rows.row_at(at).priority) for at in range(23)]
        assert ranks == sorted(ranks, reverse=True)
        await inbox.press("S", "-")
        await inbox.until(lambda: inbox.rows.row_at(0).priority == "none", "the other way round")
        assert inbox.screen.filter_bar.text == "is:open sort:priority"
        await inbox.press("escape")
        await inbox.until(lambda: inbox.screen.filter_bar.text == "is:open", "the order to go")
        assert not inbox.screen.listing.is_filtered


@pytest.mark.slow
async def test_the_panel_shows_the_one_spelling_and_what_each_term_finds(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("/", "ctrl+u")
        await inbox.typed("st:resolved p:high or")
        await inbox.press("ctrl+g")
        await inbox.opened_any(ExplainScreen)
        await inbox.until(lambda: "together" in inbox.text and "33" in inbox.text, "the numbers")
        assert "| status:resolved priority:high or " in inbox.text
        assert re.search(r"\| status:resolved +33 ", inbox.text)
        assert re.search(r"\| priority:high +8 ", inbox.text)
        assert inbox.text.count("The operator is written OR") == 2
        await inbox.press("escape")
        await inbox.until(lambda: inbox.app.screen is inbox.screen, "the bar")
        await inbox.typed("x")
        assert inbox.screen.filter_bar.text == "st:resolved p:high orx"


async def test_the_numbers_of_the_panel_stand_below_one_another(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False, query="p:high lang:xx") as inbox:
        await inbox.press("ctrl+g")
        await inbox.opened_any(ExplainScreen)
        await inbox.until(lambda: "Without `lang:xx` there would be 8" in inbox.text, "the advice")
        starts = ("priority:high  ", "lang:xx  ", "together  ")
        lines = [line for line in inbox.text.splitlines() if any(f"| {start}" in line for start in starts)]
        ends = {max(at for at, letter in enumerate(line) if letter.isdigit()) for line in lines}
        assert len(lines) == 3
        assert len(ends) == 1


async def test_the_panel_shows_the_parts_of_a_group_below_it(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False, query="(p:high OR st:resolved) lang:xx") as inbox:
        await inbox.press("ctrl+g")
        await inbox.opened_any(ExplainScreen)
        await inbox.until(lambda: "would be" in inbox.text, "the numbers")
        assert re.search(r"\| priority:high OR status:resolved +[0-9]+ ", inbox.text)
        assert re.search(r"\|   priority:high +8 ", inbox.text)
        assert re.search(r"\|   status:resolved +33 ", inbox.text)
        assert re.search(r"\| lang:xx +0 ", inbox.text)


@pytest.mark.parametrize("fails", [False, True])
async def test_the_numbers_may_come_when_the_panel_is_closed_already(tmp_path, monkeypatch, fails):
    explain, counts, began = Reader.explain, threading.Event(), threading.Event()

    def waits(self: Reader, query: Query) -> object:
        began.set()
        assert counts.wait(30)
        if fails:
            raise QueryError(1, "No numbers.")
        return explain(self, query)

    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        monkeypatch.setattr(Reader, "explain", waits)
        await inbox.press("ctrl+g")
        await inbox.opened_any(ExplainScreen)
        panel = inbox.app.screen
        assert await asyncio.to_thread(began.wait, 30)
        await inbox.press("escape")
        await inbox.until(lambda: inbox.app.screen is inbox.screen and not panel.children, "the inbox")
        counts.set()
        await inbox.settled()
        assert inbox.app.screen is inbox.screen
        assert "No numbers" not in inbox.text


@pytest.mark.slow
async def test_a_query_that_cannot_be_run_is_said_and_not_explained(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("/")
        await inbox.typed("p:hgh")
        await inbox.press("ctrl+g")
        await inbox.until(lambda: inbox.screen.filter_bar.is_loud, "the mistake")
        assert inbox.app.screen is inbox.screen
        await inbox.press("ctrl+u")
        await inbox.typed("source:acne")
        await inbox.press("ctrl+g")
        await inbox.opened_any(ExplainScreen)
        await inbox.until(lambda: inbox.text.count("acne") > 2, "the reason")


@pytest.mark.slow
async def test_what_was_opened_here_is_seen(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False, query="is:open is:unseen") as inbox:
        await inbox.until(lambda: inbox.rows.total == 23, "every open one")
        first = inbox.row.key
        await inbox.press("l")
        await inbox.until(lambda: inbox.screen.listing.matching == 22, "one less")
        assert inbox.row.key == first
        assert inbox.screen.listing.is_on_held
        await inbox.press("h", "j")
        await inbox.until(lambda: inbox.rows.total == 22, "the one opened to go")
    async with open_inbox(lone_home(tmp_path), leads=False, query="is:open is:unseen") as inbox:
        await inbox.until(lambda: inbox.rows.total == 22, "the same after a restart")
