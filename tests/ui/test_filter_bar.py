"""The filter bar: typing, leaving, counts and errors."""

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Input

from inbox_tui.signs import PLAIN
from inbox_tui.widgets.filter_bar import FilterBar
from tests.ui.harness import Recorder, WidgetApp, screen_text
from tests.ui.waiting import until

ERROR = 'column 16: status has no value "opne". Did you mean open?'


class KeyScreen(Screen[None]):
    """Keeps the keys that reach the screen, as the inbox would take them for commands."""

    def __init__(self, bar: FilterBar) -> None:
        super().__init__()
        self.bar = bar
        self.keys: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.bar

    def on_key(self, event: events.Key) -> None:
        self.keys.append(event.key)


async def test_a_closed_bar_shows_the_query_and_the_counts() -> None:
    bar = FilterBar(PLAIN)
    async with WidgetApp(bar).run_test(size=(60, 5)) as pilot:
        bar.show_query("is:open")
        bar.show_counts(12, 1284)
        await pilot.pause()
        assert screen_text(pilot.app)[0] == f" / is:open{'12 of 1,284':>49}"
        bar.show_counts(12, None)
        await pilot.pause()
        assert screen_text(pilot.app)[0].endswith("12 of ~")


async def test_each_key_stroke_is_told_and_opening_is_not() -> None:
    bar, told = FilterBar(PLAIN), list[str]()
    async with WidgetApp(bar).run_test(size=(60, 5)) as pilot:
        bar.typed = told.append
        bar.open("is:open ")
        await pilot.press("p", ":", "h", "left", "backspace")
        assert told == ["is:open p", "is:open p:", "is:open p:h", "is:open ph"]
        assert bar.text == "is:open ph"


async def test_a_letter_is_told_before_it_is_drawn_and_goes_no_further(monkeypatch) -> None:
    bar, told, drawn = FilterBar(PLAIN), list[tuple[str, bool]](), list[str]()
    seen, paint = Recorder(Input.Changed), Screen._compositor_refresh

    def painting(screen: Screen[object]) -> None:
        drawn.append(bar.text)
        paint(screen)

    monkeypatch.setattr(Screen, "_compositor_refresh", painting)
    async with WidgetApp(bar).run_test(size=(60, 5), message_hook=seen) as pilot:
        bar.open("a")
        await pilot.pause()
        seen.clear()
        bar.typed = lambda text: told.append((text, text in drawn))
        await pilot.press("b")
        await pilot.press("left", "backspace")
        assert told == [("ab", False), ("b", False)]
        await until(pilot, lambda: {"ab", "b"} <= set(drawn), "both in a frame")
        assert screen_text(pilot.app)[0] == " / b"
        assert not seen.messages


async def test_ctrl_u_empties_the_bar_from_anywhere() -> None:
    bar = FilterBar(PLAIN)
    async with WidgetApp(bar).run_test(size=(60, 5)) as pilot:
        bar.open("is:open x")
        await pilot.press("left", "left", "ctrl+u")
        assert bar.text == ""


async def test_enter_and_escape_are_told_under_the_bars_own_names() -> None:
    bar, seen = FilterBar(PLAIN), Recorder(FilterBar.Accepted, FilterBar.Cancelled)
    async with WidgetApp(bar).run_test(size=(60, 5), message_hook=seen) as pilot:
        bar.open("is:spam")
        await pilot.press("enter", "escape")
        accepted, cancelled = seen.messages
    assert isinstance(accepted, FilterBar.Accepted)
    assert accepted.text == "is:spam"
    assert isinstance(cancelled, FilterBar.Cancelled)


async def test_text_and_editing_keys_do_not_reach_the_screen_and_others_do() -> None:
    bar = FilterBar(PLAIN)
    app = WidgetApp()
    async with app.run_test(size=(60, 5)) as pilot:
        screen = KeyScreen(bar)
        await app.push_screen(screen)
        bar.open("")
        await pilot.press(
            "j", "e", "q", "space", "left", "ctrl+u", "ctrl+d", "home", "enter", "escape", "backspace"
        )
        assert screen.keys == []
        await pilot.press("f5", "ctrl+p", "down")
        assert screen.keys == ["f5", "ctrl+p", "down"]
        bar.close()
        await pilot.press("j")
        assert screen.keys[-1] == "j"


async def test_pasted_text_becomes_one_clean_line() -> None:
    bar = FilterBar(PLAIN)
    async with WidgetApp(bar).run_test(size=(60, 5)) as pilot:
        bar.open("")
        pilot.app.screen.focused.post_message(events.Paste("is:open\r\n\x1b[31mred\u202e"))  # type: ignore[union-attr]
        await pilot.pause()
        assert bar.text == "is:open ␛[31mred<U+202E>"


async def test_opening_with_foreign_text_draws_no_control_characters() -> None:
    bar = FilterBar(PLAIN)
    async with WidgetApp(bar).run_test(size=(60, 5)) as pilot:
        bar.show_query("a\x1b[2J")
        bar.open("a\x1b[2J[/]")
        await pilot.pause()
        assert screen_text(pilot.app)[0].startswith(" / a\ufffd[2J[/]")


async def test_a_loud_error_has_its_own_line_with_a_caret_under_the_place() -> None:
    bar = FilterBar(PLAIN)
    async with WidgetApp(bar).run_test(size=(100, 5)) as pilot:
        bar.open("is:open status:opne")
        bar.show_error(ERROR, 16, loud=True)
        await pilot.pause()
        first, second, *_ = screen_text(pilot.app)
        assert second.endswith(ERROR)
        assert first[second.index("^")] == "o"
        assert first[second.index("^") :].startswith("opne")


async def test_without_room_beside_it_the_caret_stands_above_the_message() -> None:
    bar = FilterBar(PLAIN)
    async with WidgetApp(bar).run_test(size=(40, 8)) as pilot:
        bar.open("is:open status:opne")
        bar.show_error(ERROR, 16, loud=True)
        await pilot.pause()
        lines = screen_text(pilot.app)
        assert lines[1].index("^") == lines[0].index("opne")
        assert "column 16" in lines[2]


async def test_the_caret_stands_right_behind_wide_letters() -> None:
    bar = FilterBar(PLAIN)
    async with WidgetApp(bar).run_test(size=(100, 5)) as pilot:
        bar.open("热线 x:")
        bar.show_error("column 4: no", 4, loud=True)
        await pilot.pause()
        assert screen_text(pilot.app)[1] == "        ^ column 4: no"


async def test_a_quiet_error_replaces_the_count_and_moves_nothing() -> None:
    bar = FilterBar(PLAIN)
    async with WidgetApp(bar).run_test(size=(100, 5)) as pilot:
        bar.open("status:opne")
        bar.show_counts(12, 1284)
        bar.show_error(ERROR, 8)
        await pilot.pause()
        lines = screen_text(pilot.app)
        assert lines[0].endswith(ERROR)
        assert bar.size.height == 1
        bar.show_error(None)
        await pilot.pause()
        assert screen_text(pilot.app)[0].endswith("12 of 1,284")


async def test_on_a_narrow_bar_a_quiet_error_leaves_what_is_typed_in_sight() -> None:
    bar = FilterBar(PLAIN)
    async with WidgetApp(bar).run_test(size=(40, 5)) as pilot:
        bar.open("is:open status:opne")
        bar.show_error(ERROR, 16)
        await pilot.pause()
        assert screen_text(pilot.app)[0] == " / is:open status:opne        column 16"
