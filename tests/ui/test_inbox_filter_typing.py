"""The filter bar as one types: rows that stay, rows that follow, counts that come later, what is said."""

import threading

import pytest
from textual import events

from cache.query import Query
from cache.store.reader import Reader
from inbox_tui.inbox import listing
from tests.ui.inbox_harness import Inbox, lone_home, open_inbox


def first_line(inbox: Inbox) -> str:
    return inbox.text.splitlines()[0]


@pytest.mark.slow
async def test_the_last_good_rows_stay_while_the_query_is_incomplete(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("/")
        await inbox.typed("p:high")
        await inbox.until(lambda: inbox.rows.total == 4, "the rows of high priority")
        for letter in ",medi":
            await inbox.typed(letter)
            await inbox.settled()
            assert inbox.rows.total == 4
            assert inbox.screen.filter_bar.is_quiet
        await inbox.typed("um")
        await inbox.until(lambda: inbox.rows.total > 4, "the rows of the query that is whole again")
        assert not inbox.screen.filter_bar.is_quiet


@pytest.mark.parametrize("end", ['"', "(", "-", "OR", "AND", "NOT"])
async def test_what_is_open_at_the_end_changes_nothing_until_it_goes_on(tmp_path, end):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("/")
        await inbox.typed(f"p:high {end}")
        await inbox.settled()
        assert inbox.rows.total == 4
        assert not inbox.screen.filter_bar.is_quiet


async def test_on_enter_what_is_still_open_is_a_loud_mistake(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("/")
        await inbox.typed("(p:high")
        await inbox.press("enter")
        await inbox.until(lambda: "this ( is never closed" in inbox.text.splitlines()[1], "the mistake")
        lines = inbox.text.splitlines()
        assert lines[0][lines[1].index("^")] == "("


async def test_a_word_that_means_something_else_to_each_reading_is_shown_as_it_was_meant(tmp_path):
    """A lone minus may yet become a negation; kept, it is text."""
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("/")
        await inbox.typed("-")
        await inbox.settled()
        assert inbox.rows.total == 23
        await inbox.press("enter")
        await inbox.until(lambda: inbox.rows.total < 23, "the rows with a minus")
        assert inbox.screen.filter_bar.text == "is:open -"


async def test_a_small_or_is_searched_for_and_said_quietly(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("/")
        await inbox.typed("demo or")
        await inbox.until(lambda: "The operator is written OR" in first_line(inbox), "the hint")
        assert not inbox.screen.filter_bar.is_quiet
        assert "of 60" in first_line(inbox)
        await inbox.press("backspace")
        await inbox.until(lambda: "operator" not in first_line(inbox), "the hint to go")


@pytest.mark.slow
async def test_terms_that_exclude_each_other_are_said_to(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("/", "ctrl+u")
        await inbox.typed("status:new status:read")
        sentence = "atches nothing: a submission has one status. Write `status:new,read`"
        await inbox.until(lambda: sentence in first_line(inbox), "the hint")
        await inbox.press("enter")
        await inbox.until(lambda: "a submission has one" in inbox.text, "the reason in the list")


@pytest.mark.slow
async def test_a_habit_of_another_program_is_rewritten_in_the_bar(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("/", "ctrl+u")
        await inbox.typed("older_than:2d")
        await inbox.press("enter")
        assert inbox.screen.filter_bar.text == "age:>2d"
        await inbox.settled()
        assert inbox.screen.listing.query_text == "age:>2d"


async def test_a_name_nobody_has_is_loud_on_enter_and_keeps_the_bar_open(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("/")
        await inbox.press("ctrl+u")
        inbox.app.screen.focused.post_message(events.Paste("source:acne"))
        bar = inbox.screen.filter_bar
        await inbox.until(lambda: bar.is_quiet, "the quiet error")
        await inbox.press("enter")
        await inbox.until(lambda: bar.is_loud, "the loud error")
        assert bar.is_open
        inbox.screen.listing.changed(None)  # as with each piece of news
        await inbox.settled()
        await inbox.until(lambda: "acne" in inbox.text.splitlines()[1], "its line")
        assert inbox.rows.total == 60


@pytest.mark.slow
async def test_a_newer_key_stroke_calls_the_older_query_off(tmp_path, monkeypatch):
    """The older one would never end by itself."""
    top, began = Reader.top, threading.Event()

    def slow(self: Reader, query: Query, count: int) -> object:
        if query.text.endswith("endles"):
            began.set()
            self._conn.execute(
                "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT 1 FROM n WHERE x > 1"
            ).fetchone()
        return top(self, query, count)

    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        monkeypatch.setattr(Reader, "top", slow)
        await inbox.press("/")
        await inbox.typed("endles")
        assert began.wait(30)
        await inbox.typed("s")
        await inbox.until(lambda: inbox.rows.total == 0, "the rows of the newer one")
        assert "not read" not in inbox.status
        await inbox.press("escape")
        await inbox.until(lambda: inbox.rows.total == 23, "the rows from before")


async def test_an_edit_is_never_called_off(tmp_path, monkeypatch):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        key = inbox.row.key
        began, goes_on = threading.Event(), threading.Event()
        server = Reader.server

        def waits(self: Reader, key: object) -> object:
            began.set()
            assert goes_on.wait(30)
            return server(self, key)

        monkeypatch.setattr(Reader, "server", waits)
        await inbox.press("f")
        assert began.wait(30)
        monkeypatch.setattr(Reader, "server", server)
        await inbox.press("/", "d", "e")
        goes_on.set()
        await inbox.until(lambda: home.seen(key).flagged, "the edit")


async def test_many_matches_are_told_at_once_and_exactly_a_little_later(tmp_path, monkeypatch):
    monkeypatch.setattr(listing, "_MANY", 50)
    count, counts = Reader.count, threading.Event()

    def waits(self: Reader, query: Query) -> int:
        if "zebra" in query.text:
            assert counts.wait(30)
        return count(self, query)

    async with open_inbox(lone_home(tmp_path), leads=False, size=(120, 20)) as inbox:
        monkeypatch.setattr(Reader, "count", waits)
        await inbox.press("/", "ctrl+u")
        await inbox.typed("-zebra")
        await inbox.until(lambda: "50+ of 60" in first_line(inbox), "the first count")
        assert inbox.rows.row_at(0) is not None
        assert "1/50+" in inbox.status
        counts.set()
        await inbox.until(lambda: "60 of 60" in first_line(inbox), "the exact count")
        assert "50+" not in inbox.text


@pytest.mark.slow
async def test_when_nothing_matches_the_term_in_the_way_is_named(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("/")
        await inbox.typed("p:high lang:xx")
        await inbox.until(lambda: "Without `lang:xx`" in " ".join(inbox.text.split()), "the advice")
        assert "there would be 4" in inbox.screen.list_view.empty_text


@pytest.mark.slow
async def test_while_the_query_has_no_meaning_an_empty_list_does_not_say_why_it_is_empty(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        rows = inbox.screen.list_view
        await inbox.press("/")
        await inbox.typed("p:high lang:xx")
        await inbox.until(lambda: "Without `lang:xx`" in rows.empty_text, "the advice")
        await inbox.typed(" status:")
        await inbox.settled()
        assert (rows.total, rows.empty_text) == (0, "")
        inbox.screen.listing.reload()
        await inbox.settled()
        assert rows.empty_text == ""
        await inbox.press(*["backspace"] * len("status:"))
        await inbox.until(lambda: "Without `lang:xx`" in rows.empty_text, "the advice again")


@pytest.mark.slow
async def test_the_reason_is_said_again_when_the_bar_is_left_without_a_meaning(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        rows = inbox.screen.list_view
        await inbox.press("/")
        await inbox.typed("p:high lang:xx")
        await inbox.until(lambda: "Without `lang:xx`" in rows.empty_text, "the advice")
        await inbox.press("enter", "/")
        await inbox.typed("status:")
        assert rows.empty_text == ""
        await inbox.press("escape")
        await inbox.until(lambda: "Without `lang:xx`" in rows.empty_text, "the advice again")


@pytest.mark.slow
async def test_a_query_that_cannot_be_run_leaves_no_reason_of_another_behind(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        rows = inbox.screen.list_view
        await inbox.press("/")
        await inbox.typed("p:high lang:xx")
        await inbox.until(lambda: "Without `lang:xx`" in rows.empty_text, "the advice")
        await inbox.typed(" in:nowhere")
        await inbox.until(lambda: inbox.screen.listing.refusal is not None, "the refusal")
        assert rows.empty_text == ""


@pytest.mark.slow
async def test_backspace_on_the_list_drops_the_last_term(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("/")
        await inbox.typed("p:high (is:new OR is:read)")
        await inbox.press("enter")
        for text in ("is:open priority:high", "is:open", ""):
            await inbox.press("backspace")
            await inbox.settled()
            assert inbox.screen.filter_bar.text == text
        assert inbox.rows.total == 60
        await inbox.press("backspace")
        assert "There is no filter" in inbox.status


async def test_the_next_open_one_is_found_under_a_filter_with_or(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False, query="is:resolved OR is:new") as inbox:
        await inbox.until(lambda: inbox.rows.total == 42, "every row")
        first = inbox.row
        await inbox.press("n")
        await inbox.until(lambda: inbox.row.key != first.key and inbox.row.status == "new", "an open one")


@pytest.mark.slow
async def test_filters_come_back_with_the_arrow_keys_and_after_a_restart(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        for text in ("p:high", "demo", "p:high"):
            await inbox.press("/", "ctrl+u")
            await inbox.typed(text)
            await inbox.press("enter")
        await inbox.settled()
    async with open_inbox(home, leads=False) as inbox:
        bar = inbox.screen.filter_bar
        await inbox.press("/")
        await inbox.typed("dr")
        await inbox.settled()
        seen = []
        for key in ("up", "up", "up", "down", "down", "down"):
            await inbox.press(key)
            seen.append(bar.text)
        assert seen == ["priority:high", "demo", "demo", "priority:high", "is:open dr", "is:open dr"]
        await inbox.press("up")
        await inbox.until(lambda: inbox.rows.total == 8, "the rows of the older filter")


async def test_a_history_that_cannot_be_written_is_said(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        (home.data / "filters.txt").mkdir()
        await inbox.press("/")
        await inbox.typed("demo")
        await inbox.press("enter")
        await inbox.until(lambda: "cannot be written" in inbox.status, "the sentence")
        assert inbox.screen.listing.query_text == "is:open demo"
