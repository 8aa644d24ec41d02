"""The box of keys that can follow, and the line of hints."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from inbox_tui.signs import PLAIN
from inbox_tui.widgets.hint_line import Hint, HintLine, hints_that_fit
from inbox_tui.widgets.key_popup import KeyPopup, choice_columns
from tests.ui.harness import WidgetApp, screen_text

STATUS = [("n", "new"), ("r", "read"), ("p", "in progress"), ("d", "resolved"), ("x", "spam")]


async def test_the_popup_stands_at_the_bottom_right_above_the_status_bar() -> None:
    popup = KeyPopup(PLAIN)
    async with WidgetApp(popup).run_test(size=(60, 20)) as pilot:
        popup.show("s status", STATUS)
        await pilot.pause()
        lines = screen_text(pilot.app)
        assert lines[17].endswith("+") or lines[17].rstrip().endswith("-+")
        assert lines[18:] == ["", ""]
        assert "s status" in lines[11]
        assert [line.strip("| ").rstrip() for line in lines[12:17]] == [
            "n new",
            "r read",
            "p in progress",
            "d resolved",
            "x spam",
        ]
        assert max(len(line) for line in lines) == 60
        popup.hide()
        await pilot.pause()
        assert not any(screen_text(pilot.app))


async def test_the_popup_goes_to_the_top_when_the_cursor_is_below_it() -> None:
    popup = KeyPopup(PLAIN)
    async with WidgetApp(popup).run_test(size=(60, 20)) as pilot:
        popup.show("s status", STATUS, cursor_row=15)
        await pilot.pause()
        lines = screen_text(pilot.app)
        assert "s status" in lines[0]
        assert lines[15] == ""


async def test_the_popup_follows_the_size_of_the_screen() -> None:
    popup = KeyPopup(PLAIN)
    async with WidgetApp(popup).run_test(size=(100, 30)) as pilot:
        popup.show("s status", STATUS)
        await pilot.pause()
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        lines = screen_text(pilot.app)
        assert "s status" in lines[1]
        assert any("x spam" in line for line in lines)


async def test_many_choices_stand_in_columns_and_the_rest_is_counted() -> None:
    popup = KeyPopup(PLAIN)
    async with WidgetApp(popup).run_test(size=(40, 10)) as pilot:
        popup.show("g go", [(str(number), f"place number {number}") for number in range(30)])
        await pilot.pause()
        text = "\n".join(screen_text(pilot.app))
        assert "place number 0" in text
        assert "more" in text


CHOICES = st.lists(
    st.tuples(st.text("abcdefgh", min_size=1, max_size=8), st.text("abc def", min_size=1, max_size=20)),
    min_size=1,
    max_size=40,
)


@given(CHOICES, st.integers(40, 140), st.integers(3, 20))
def test_columns_fit_the_room_and_lose_nothing_in_silence(
    choices: list[tuple[str, str]], width: int, height: int
) -> None:
    columns = choice_columns(choices, width, height)
    cells = [max(cell_len(k) for k, _ in c) + 1 + max(cell_len(t) for _, t in c) for c in columns]
    assert sum(cells) + 2 * (len(columns) - 1) <= width
    assert max(len(column) for column in columns) <= height
    shown = [choice for column in columns for choice in column]
    if shown != choices:
        assert shown[:-1] == choices[: len(shown) - 1]
        assert shown[-1] == ("", f"… {len(choices) - len(shown) + 1} more")


HINTS = [Hint("e", "resolve"), Hint("s", "status"), Hint("p", "priority"), Hint("?", "keys")]


async def test_hints_fit_the_line_whole_and_the_last_one_stays() -> None:
    line = HintLine()
    async with WidgetApp(line).run_test(size=(80, 3)) as pilot:
        line.show(HINTS)
        await pilot.pause()
        assert screen_text(pilot.app)[0] == " e resolve  s status  p priority  ? keys"
        await pilot.resize_terminal(30, 3)
        await pilot.pause()
        assert screen_text(pilot.app)[0] == " e resolve  s status  ? keys"


@given(st.integers(0, 60))
def test_hints_never_exceed_the_width(width: int) -> None:
    shown = hints_that_fit(HINTS, width)
    assert cell_len("  ".join(f"{hint.key} {hint.title}" for hint in shown)) <= width
    assert not shown or shown[-1] == HINTS[-1]
