"""Filter, views, palette, help and Esc in the whole inbox."""

import pytest

from inbox_tui.screens.help import HelpScreen
from inbox_tui.screens.palette import PaletteScreen
from tests.ui.inbox_harness import lone_home, open_inbox


@pytest.mark.slow
async def test_rows_change_with_each_letter_and_enter_keeps_them(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("/")
        totals = []
        for letter in "p:high":
            await inbox.typed(letter)
            await inbox.settled()
            totals.append(inbox.rows.total)
        assert inbox.screen.filter_bar.text == "is:open p:high"
        assert totals[-1] < 23
        assert {inbox.rows.row_at(at).priority for at in range(totals[-1])} == {"high"}
        await inbox.press("enter", "j")
        await inbox.until(lambda: inbox.rows.cursor_position == 1, "a list that takes keys")
        assert "is:open p:high" in inbox.text.splitlines()[0]
        await inbox.press("escape")
        await inbox.until(lambda: inbox.rows.total == 23, "the filter to be dropped")


async def test_a_filter_without_the_words_of_the_view_is_not_called_by_its_name(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.until(lambda: "Inbox 1/23" in inbox.status, "the view")
        await inbox.press("/")
        inbox.screen.filter_bar.put("p:high is:open")
        await inbox.until(lambda: inbox.status.startswith(" Inbox 1/") and inbox.rows.total < 23, "within it")
        for other in ("p:high", "NOT is:open", "is:open OR is:spam"):
            inbox.screen.filter_bar.put(other)
            await inbox.until(lambda: inbox.status.startswith(" Filter 1/"), "another list")
            inbox.screen.filter_bar.put("(is:open) p:high")
            await inbox.until(lambda: inbox.status.startswith(" Inbox 1/"), "within it")
        await inbox.press("escape")
        await inbox.until(lambda: "Inbox 1/23" in inbox.status, "the view again")


async def test_while_the_bar_takes_letters_the_hints_are_its_own(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.until(lambda: "e resolve" in inbox.text.splitlines()[-1], "the hints of the list")
        await inbox.press("/")
        await inbox.until(lambda: "tab complete" in inbox.text.splitlines()[-1], "the hints of the bar")
        assert "resolve" not in inbox.text.splitlines()[-1]
        await inbox.press("escape")
        await inbox.until(lambda: "e resolve" in inbox.text.splitlines()[-1], "the hints of the list")


@pytest.mark.slow
async def test_esc_restores_query_rows_and_cursor(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("1", "2", "G")
        await inbox.read()
        key = inbox.row.key
        await inbox.press("/")
        await inbox.typed("p:high")
        await inbox.until(lambda: inbox.rows.total < 23, "the filtered rows")
        await inbox.press("escape")
        await inbox.until(lambda: inbox.rows.total == 23, "the rows from before")
        assert (inbox.row.key, inbox.rows.cursor_position) == (key, 11)
        assert inbox.rows.has_focus
        assert inbox.screen.listing.query_text == "is:open"


async def test_opening_and_closing_the_bar_moves_nothing(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("7", "j")
        for way_out in ("escape", "enter"):
            await inbox.press("/", way_out)
            await inbox.settled()
            assert inbox.rows.cursor_position == 7
            assert inbox.rows.has_focus


async def test_a_mistake_is_told_quietly_while_typing_and_loudly_on_enter(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("/")
        await inbox.typed("p:hgh")
        bar = inbox.screen.filter_bar
        await inbox.until(lambda: bar.is_quiet, "the quiet error")
        assert not bar.is_loud
        await inbox.press("enter")
        await inbox.until(lambda: bar.is_loud, "the loud error")
        assert bar.is_open
        await inbox.press("ctrl+u")
        await inbox.until(lambda: not bar.is_loud and inbox.rows.total == 60, "every row")


async def test_letters_typed_at_once_after_the_slash_are_the_filter_and_no_commands(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        inbox.send("/", *"flag!")
        await inbox.until(lambda: inbox.screen.filter_bar.text == "is:open flag!", "the letters")
        await inbox.press("escape")
        assert home.unsettled() == 0


async def test_a_query_that_needs_me_says_who_is_asked_for(tmp_path):
    async with open_inbox(lone_home(tmp_path, me=False), leads=False) as inbox:
        await inbox.press("g", "m")
        await inbox.until(lambda: "Nobody has said who you are" in inbox.text, "the reason")
        await inbox.press("g", "i")
        await inbox.until(lambda: inbox.rows.total == 23, "the inbox again")


@pytest.mark.slow
async def test_esc_goes_back_one_step_at_a_time_and_never_quits(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("/")
        await inbox.typed("p:high")
        await inbox.press("enter", "l", "3", "p")
        assert "3p" in inbox.status
        await inbox.press("escape")
        assert "3p" not in inbox.status
        assert inbox.detail.has_focus
        await inbox.press("escape")
        assert inbox.rows.has_focus
        assert inbox.screen.listing.is_filtered
        await inbox.press("escape")
        assert not inbox.screen.listing.is_filtered
        await inbox.press("escape", "escape")
        assert not inbox.app._exit


async def test_esc_on_the_list_drops_the_filter_and_stays_on_the_row(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        every = inbox.rows.total
        await inbox.press("/")
        await inbox.typed(" p:high")
        await inbox.press("enter")
        await inbox.until(lambda: 2 < inbox.rows.total < every, "the matches")
        await inbox.settled()
        await inbox.press("j", "j")
        chosen, place = inbox.row.key, inbox.rows.cursor_position
        await inbox.press("escape")
        await inbox.until(lambda: inbox.rows.total == every, "all rows")
        assert inbox.row.key == chosen
        assert inbox.rows.cursor_position > place


async def test_an_unknown_second_key_cancels_and_says_so(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        await inbox.press("s", "q")
        assert "sq is not a command here" in inbox.status
        await inbox.press("j")
        assert inbox.rows.cursor_position == 1
        assert home.unsettled() == 0


async def test_a_waiting_prefix_lists_what_can_follow(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("p")
        await inbox.until(lambda: "0, n none" in inbox.text, "the popup")
        await inbox.press("escape")
        assert not inbox.screen.popup.display


async def test_the_help_screen_lists_the_keys_and_hands_commands_on(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("?")
        await inbox.opened_any(HelpScreen)
        await inbox.until(lambda: "Keys in the list" in inbox.text)
        await inbox.press("q")
        await inbox.until(lambda: inbox.app.screen is inbox.screen)
        assert not inbox.app._exit


async def test_the_palette_runs_a_command_by_its_name(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press(":")
        await inbox.opened(PaletteScreen)
        await inbox.typed("raise pri")
        await inbox.press("enter")
        await inbox.until(lambda: inbox.app.screen is inbox.screen)
        assert "priority" in inbox.screen.bottom.last_action or inbox.screen.editing._waiting
        await inbox.settled()


@pytest.mark.slow
async def test_a_theme_of_the_palette_is_put_on_and_kept_with_the_comments(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        other = next(name for name in inbox.app._theme_names if name != inbox.app.theme)
        await inbox.press(":")
        await inbox.opened(PaletteScreen)
        await inbox.typed(f"theme: {other}")
        await inbox.press("enter")
        await inbox.until(lambda: inbox.app.theme == other, "the theme")
    text = home.config.read_text(encoding="utf-8")
    assert f'theme = "{other}"' in text
    assert "# kept by hand" in text
    async with open_inbox(home, leads=False) as inbox:
        assert inbox.app.theme == other


async def test_a_theme_that_cannot_be_kept_is_on_all_the_same(tmp_path):
    home = lone_home(tmp_path)
    async with open_inbox(home, leads=False) as inbox:
        home.config.write_text("[broken", encoding="utf-8")
        inbox.app.choose_theme(inbox.app._theme_names[1])
        await inbox.until(lambda: "could not be kept" in inbox.status, "the sentence")
        assert home.config.read_text(encoding="utf-8") == "[broken"


async def test_counts_move_far(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("5", "j")
        assert inbox.rows.cursor_position == 5
        await inbox.press("1", "2", "G")
        assert inbox.rows.cursor_position == 11
        await inbox.press("2", "K")
        await inbox.press("3", "k")
        assert inbox.rows.cursor_position == 8


async def test_it_is_never_said_that_more_match_than_there_are(tmp_path):
    """Rows are read again at once when more have come, what is stored is counted a little later."""
    async with open_inbox(lone_home(tmp_path), size=(120, 24), leads=False) as inbox:
        await inbox.settled()
        matching = inbox.rows.total
        assert f"{matching} of 60" in inbox.text
        inbox.screen.listing.emptiness.stored = matching - 1
        inbox.screen.filtering.show_counts()
        await inbox.until(lambda: f"{matching} of ~" in inbox.text, "a count that is awaited")
        inbox.screen.listing.emptiness.stored = matching
        inbox.screen.filtering.show_counts()
        await inbox.until(lambda: f"{matching} of {matching}" in inbox.text, "both counts")
