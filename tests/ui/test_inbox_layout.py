"""Layouts: what shows at which size, and that a resize loses nothing."""

import pytest
from rich.cells import cell_len
from textual import events
from textual.css.stylesheet import Stylesheet

from inbox_tui.app import InboxApp
from tests.ui.inbox_harness import lone_home, open_inbox


@pytest.mark.parametrize(
    ("size", "shown", "panes"),
    [
        ((120, 32), "wide", {"#views", "#list", "#detail"}),
        ((100, 30), "medium", {"#view-tabs", "#list", "#detail"}),
        ((80, 24), "stacked", {"#view-tabs", "#list", "#detail"}),
        ((60, 20), "narrow", {"#view-tabs", "#list"}),
        ((120, 12), "narrow", {"#view-tabs", "#list"}),
    ],
)
async def test_each_size_has_its_layout(tmp_path, size, shown, panes):
    async with open_inbox(lone_home(tmp_path), size=size, leads=False) as inbox:
        assert inbox.screen.shown_layout == shown
        every = ("#views", "#view-tabs", "#list", "#detail", "#too-small")
        assert {name for name in every if inbox.screen.query_one(name).region.area} == panes
        lines = inbox.text.splitlines()
        assert lines[-1].startswith(" e resolve")
        assert "Inbox 1/23" in lines[-2]
        assert max(map(cell_len, lines)) <= size[0]


async def test_a_screen_that_is_too_small_says_how_large_it_must_be(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("5", "j")
        await inbox.pilot.resize_terminal(39, 7)
        await inbox.until(lambda: "needs 40 x 8 cells" in " ".join(inbox.text.split()), "the sentence")
        assert "39 x 7" in " ".join(inbox.text.split())
        await inbox.pilot.resize_terminal(120, 32)
        await inbox.until(lambda: "Inbox 6/23" in inbox.text, "the inbox again")


@pytest.mark.slow
async def test_a_resize_keeps_cursor_and_scroll(tmp_path):
    async with open_inbox(lone_home(tmp_path), size=(120, 22), leads=False) as inbox:
        await inbox.press("1", "9", "G")
        await inbox.read()
        key = inbox.row.key
        for size in ((100, 30), (80, 24), (60, 20), (39, 7), (60, 20), (120, 22)):
            await inbox.pilot.resize_terminal(*size)
            await inbox.settled()
            assert inbox.row.key == key
            if size != (39, 7):
                assert inbox.rows.cursor_position in inbox.rows.visible_range


@pytest.mark.slow
async def test_a_resize_keeps_what_is_being_typed(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("/")
        await inbox.typed("p:hi")
        for size in ((60, 20), (39, 7), (80, 24)):
            await inbox.pilot.resize_terminal(*size)
            await inbox.settled()
        await inbox.typed("gh")
        assert inbox.screen.filter_bar.text == "is:open p:high"


async def test_a_narrow_screen_shows_one_pane_and_the_keys_go_to_it(tmp_path):
    async with open_inbox(lone_home(tmp_path), size=(60, 20), leads=False) as inbox:
        await inbox.press("enter")
        await inbox.until(lambda: not inbox.rows.display and "[Fields]" in inbox.text, "the detail")
        await inbox.press("J")
        await inbox.until(lambda: inbox.rows.cursor_position == 1, "the next submission")
        await inbox.press("t", "j", "q")
        await inbox.until(lambda: inbox.rows.display and not inbox.detail.display, "the list")
        await inbox.press("j")
        assert inbox.rows.cursor_position == 2
        await inbox.press("t", "n")
        await inbox.until(lambda: inbox.detail.display and inbox.detail.has_focus, "the notes")


async def test_zoom_gives_one_pane_the_screen_and_follows_the_focus(tmp_path):
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.press("z", "z")
        await inbox.until(lambda: inbox.rows.region.width == 120, "the list alone")
        await inbox.press("tab")
        await inbox.until(lambda: inbox.detail.region.width == 120, "the detail alone")
        await inbox.press("z", "z")
        await inbox.until(lambda: inbox.rows.display and inbox.detail.display, "both")


async def test_the_share_of_the_list_is_of_the_layout_that_shows(tmp_path):
    async with open_inbox(lone_home(tmp_path), size=(80, 24), leads=False) as inbox:
        before = inbox.rows.region.height
        await inbox.press("z", "+", "z", "+")
        await inbox.until(lambda: inbox.rows.region.height > before, "the taller list")
        await inbox.pilot.resize_terminal(120, 32)
        await inbox.until(lambda: inbox.rows.region.height == 29, "the full height")
        assert inbox.rows.region.width == 66
        await inbox.pilot.resize_terminal(60, 20)
        await inbox.until(lambda: inbox.rows.region.width == 60, "the full width")


@pytest.mark.parametrize("size", [(120, 32), (100, 30), (80, 24), (60, 20), (120, 12)])
async def test_the_panes_that_are_mounted_after_the_first_rows_do_not_move_the_list(
    tmp_path, monkeypatch, size
):
    regions = []
    first_rows_shown = InboxApp.first_rows_shown

    def drawn(app):
        regions.append((app.inbox.list_view.region, app.inbox.query_one("#status").region))
        first_rows_shown(app)

    monkeypatch.setattr(InboxApp, "first_rows_shown", drawn)
    async with open_inbox(lone_home(tmp_path), size=size, leads=False) as inbox:
        await inbox.settled()
        assert regions[0] == (inbox.rows.region, inbox.screen.query_one("#status").region)


async def test_a_start_reads_the_style_sheets_once_and_another_theme_reads_them_again(tmp_path, monkeypatch):
    reads = []
    reparse = Stylesheet.reparse
    monkeypatch.setattr(Stylesheet, "reparse", lambda sheet: (reads.append(sheet), reparse(sheet)))
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        background = inbox.screen.styles.background
        assert not reads
        inbox.app.theme = "paper"
        await inbox.until(lambda: inbox.screen.styles.background != background, "the other colours")
        assert len(reads) == 1


async def test_keys_pressed_before_the_panes_are_there_are_not_lost(tmp_path, monkeypatch):
    first_rows_shown = InboxApp.first_rows_shown

    def drawn(app):
        if not app.is_started:
            for key in ("j", "j", "down"):
                app.post_message(events.Key(key, None))
        first_rows_shown(app)

    monkeypatch.setattr(InboxApp, "first_rows_shown", drawn)
    async with open_inbox(lone_home(tmp_path), leads=False) as inbox:
        await inbox.until(lambda: inbox.rows.cursor_position == 3, "the third row down")


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ((120, 32), ["wide", "medium", "stacked", "narrow", "auto (wide)"]),
        ((72, 20), ["medium", "stacked", "narrow", "auto (narrow)"]),
        ((60, 12), ["narrow", "auto (narrow)"]),
    ],
)
async def test_the_next_layout_is_one_that_fits(tmp_path, size, said):
    async with open_inbox(lone_home(tmp_path), size=size, leads=False) as inbox:
        for name in said:
            await inbox.press("z", "l")
            await inbox.until(lambda name=name: f"layout: {name}" in inbox.text, name)
            assert name.startswith("auto") or inbox.screen.shown_layout == name
