"""The line at the bottom: one thing is said at a time, all of it, and what it counts is so."""

import time

import pytest

from cache.models import EditState, PendingEdit
from cache.store.overlay import worst_state
from inbox_tui.screens.note_editor import NoteEditor
from tests.ui.harness import screen_text
from tests.ui.inbox_harness import NOW, lone_home, open_inbox

SENTENCE = "The editor nano cannot be started: No such file or directory, or it may not be run by you"


def bottom(inbox, lines=2):
    return " ".join(line.strip() for line in screen_text(inbox.app)[-lines:])


@pytest.mark.parametrize("width", [60, 80])
async def test_a_sentence_that_one_line_has_no_room_for_has_the_line_of_the_hints_until_the_next_key(
    tmp_path, width
):
    async with open_inbox(lone_home(tmp_path), leads=False, size=(width, 20)) as inbox:
        hints = screen_text(inbox.app)[-1]
        inbox.screen.say(SENTENCE)
        await inbox.until(lambda: SENTENCE in bottom(inbox), "the sentence")
        height = inbox.rows.size.height
        await inbox.press("j")
        await inbox.until(lambda: screen_text(inbox.app)[-1] == hints, "the hints")
        assert inbox.rows.size.height == height
        assert "2/" in inbox.status


async def test_a_long_sentence_gets_its_room_and_gives_it_back_when_the_terminal_changes(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False, size=(140, 24)) as inbox:
        inbox.screen.say(SENTENCE)
        await inbox.until(lambda: SENTENCE in inbox.status, "the sentence")
        assert "keys" in screen_text(inbox.app)[-1]
        await inbox.pilot.resize_terminal(60, 20)
        await inbox.until(lambda: SENTENCE in bottom(inbox), "the sentence on two lines")
        await inbox.pilot.resize_terminal(140, 24)
        await inbox.until(lambda: "keys" in screen_text(inbox.app)[-1], "the hints")
        assert SENTENCE in inbox.status


async def test_what_was_done_goes_with_the_next_sentence(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("f")
        await inbox.until(lambda: "flagged" in inbox.status, "the action")
        await inbox.press("u")
        await inbox.until(lambda: "undid" in inbox.status, "the undo")
        await inbox.press("u")
        await inbox.until(lambda: "Nothing to undo" in inbox.status, "the refusal")
        assert "undid" not in inbox.status
        await inbox.press("j")
        assert "undid" not in inbox.status
        assert "Nothing to undo" not in inbox.status


async def test_what_was_done_is_no_news_after_ten_seconds(tmp_path):
    later = [0.0]
    began = time.monotonic()

    def clock():
        return NOW + time.monotonic() - began + later[0]

    async with open_inbox(lone_home(tmp_path), leads=False, clock=clock) as inbox:
        await inbox.press("f")
        await inbox.until(lambda: "flagged" in inbox.status, "the action")
        inbox.screen.tick()
        assert "flagged" in inbox.status
        later[0] = 10.0
        inbox.screen.tick()
        await inbox.until(lambda: "flagged" not in inbox.status, "it to go")


async def test_the_status_bar_the_filter_and_the_views_count_the_same_while_a_row_is_held(tmp_path):
    async with open_inbox(lone_home(tmp_path, ui='advance = "stay"'), leads=False, size=(140, 32)) as inbox:
        open_ones = inbox.rows.total
        await inbox.press("3", "j")
        for key, count in (("e", open_ones - 1), ("u", open_ones), ("U", open_ones - 1)):
            await inbox.press(key)
            await inbox.until(lambda count=count: inbox.screen.facts.counts["inbox"] == count, f"after {key}")
            await inbox.settled()
            assert inbox.row.matches == (count == open_ones)
            assert f"/{count}" in inbox.status
            assert f"{count} of 60" in inbox.text
            assert ("does not match" in inbox.status) == (count < open_ones)
        await inbox.press("j")
        await inbox.until(lambda: inbox.rows.total == open_ones - 1, "the held row to go")
        assert f"4/{open_ones - 1}" in inbox.status
        assert "does not match" not in inbox.status


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        (("p", "3", "+"), "is already high"),
        (("s", "d", "s", "d"), "is already resolved"),
        (("s", "p", "s", "p"), "is already in progress"),
        (("p", "0", "-"), "is already none"),
        (("a", "x", "a", "x"), "is assigned to nobody already"),
        (("a", "a", "a", "a"), "is already assigned to"),
        (("E", "E"), "is already open"),
    ],
)
async def test_an_action_that_changes_nothing_says_how_it_is(tmp_path, keys, sentence):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press(*keys)
        await inbox.until(lambda: sentence in inbox.status, sentence)
        assert inbox.row.ref in inbox.status


async def test_a_copy_that_no_tool_confirmed_was_sent_to_the_terminal(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("y", "n")
        await inbox.until(lambda: "sent the number to the terminal's clipboard" in inbox.status, "it")


@pytest.mark.parametrize("size", [(120, 32), (100, 28), (80, 24), (60, 20), (40, 9)])
async def test_the_note_box_leaves_the_two_lines_at_the_bottom_alone(tmp_path, size):
    async with open_inbox(lone_home(tmp_path), leads=False, size=size) as inbox:
        await inbox.press("i")
        await inbox.opened(NoteEditor)
        box = inbox.app.screen.query_one("#note-box")
        await inbox.until(lambda: box.region.bottom == size[1] - 2, "the box above the two lines")
        assert box.region.width == min(size[0], 100)


def test_an_edit_nobody_made_in_so_many_words_has_no_sign():
    from cache.models import Key

    def edit(state, *, implicit):
        return PendingEdit(Key("a", "b"), "status", "new", "read", state, 1, 1, implicit=implicit)

    assert worst_state([edit(EditState.QUEUED, implicit=True)]) == "clean"
    both = [edit(EditState.SENDING, implicit=True), edit(EditState.QUEUED, implicit=False)]
    assert worst_state(both) == "queued"
