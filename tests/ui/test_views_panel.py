"""The views at the left, and as tabs."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cache.text import contains_control
from inbox_tui.signs import PLAIN
from inbox_tui.widgets.views_panel import ViewChosen, ViewEntry, ViewsPanel, ViewTabs, tabs_that_fit
from tests.ui.harness import Recorder, WidgetApp, screen_text, widget_text

ENTRIES = (
    ViewEntry("inbox", "Inbox", "views", 12, current=True),
    ViewEntry("mine", "Mine", "views", 4),
    ViewEntry("unassigned", "Unassigned", "views", 1284),
    ViewEntry("spam", "Spam", "views", None),
    ViewEntry("hot", "热线索 很长的名字", "saved", 3),
    ViewEntry("evil", "[red]\x1b]52;c;\x07[/]", "saved", 31),
    ViewEntry("acme", "acme", "sources", 21),
)


async def test_views_stand_under_their_headings_with_counts_at_the_right() -> None:
    panel = ViewsPanel(PLAIN)
    async with WidgetApp(panel).run_test(size=(80, 24)) as pilot:
        panel.show(ENTRIES)
        await pilot.pause()
        lines = widget_text(panel)
    assert lines[:7] + lines[8:10] == [
        "VIEWS             ",
        "*Inbox         12 ",
        " Mine           4 ",
        " Unassigned 1,284 ",
        " Spam           ~ ",
        "SAVED             ",
        " 热线索 很长的~ 3 ",
        "SOURCES           ",
        " acme          21 ",
    ]
    assert lines[7].startswith(" [red]␛]52")
    assert {cell_len(line) for line in lines} == {18}


async def test_a_group_without_views_has_no_heading() -> None:
    panel = ViewsPanel(PLAIN)
    async with WidgetApp(panel).run_test(size=(80, 24)) as pilot:
        panel.show(ENTRIES[:1])
        await pilot.pause()
        assert "SAVED" not in "".join(screen_text(pilot.app))


async def test_a_click_names_the_view_and_headings_name_none() -> None:
    panel, seen = ViewsPanel(PLAIN), Recorder(ViewChosen)
    async with WidgetApp(panel).run_test(size=(80, 24), message_hook=seen) as pilot:
        panel.show(ENTRIES)
        await pilot.pause()
        await pilot.click(panel, offset=(3, 0))
        await pilot.click(panel, offset=(3, 2))
        await pilot.click(panel, offset=(3, 20))
    assert [message.name for message in seen.messages] == ["mine"]


async def test_the_current_view_is_brought_into_sight() -> None:
    panel = ViewsPanel(PLAIN)
    entries = tuple(ViewEntry(f"v{n}", f"View {n}", "saved", n, current=n == 40) for n in range(50))
    async with WidgetApp(panel).run_test(size=(40, 10)) as pilot:
        panel.show(entries)
        was_drawn = asyncio.Event()
        panel.call_after_refresh(was_drawn.set)
        await was_drawn.wait()
        await pilot.pause()
        assert any(line.startswith("*View 40") for line in screen_text(pilot.app))


async def test_tabs_show_whole_names_around_the_current_one() -> None:
    tabs = ViewTabs(PLAIN)
    async with WidgetApp(tabs).run_test(size=(42, 5)) as pilot:
        tabs.show(ENTRIES)
        await pilot.pause()
        assert screen_text(pilot.app)[0] == " *Inbox 12 | Mine 4 | Unassigned 1,284 ~"


async def test_a_click_on_a_tab_names_the_view() -> None:
    tabs, seen = ViewTabs(PLAIN), Recorder(ViewChosen)
    async with WidgetApp(tabs).run_test(size=(80, 5), message_hook=seen) as pilot:
        tabs.show(ENTRIES)
        await pilot.pause()
        await pilot.click(tabs, offset=(screen_text(pilot.app)[0].index("Mine"), 0))
        await pilot.click(tabs, offset=(11, 0))
    assert [message.name for message in seen.messages] == ["mine"]


TITLES = st.text(max_size=30)
COUNTS = st.none() | st.integers(0, 10**7)


@given(st.lists(st.tuples(TITLES, COUNTS), min_size=1, max_size=12), st.data(), st.integers(4, 140))
def test_tabs_are_never_wider_than_the_line_and_hold_the_current_view(
    values: list[tuple[str, int | None]], data: st.DataObject, width: int
) -> None:
    current = data.draw(st.integers(0, len(values) - 1))
    entries = [
        ViewEntry(str(index), title, "views", count, current=index == current)
        for index, (title, count) in enumerate(values)
    ]
    pieces = tabs_that_fit(entries, width)
    text = "".join(piece for piece, _ in pieces)
    assert cell_len(text) <= width
    assert not contains_control(text)
    assert entries[current] in [entry for _, entry in pieces]
