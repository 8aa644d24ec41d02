"""What is drawn before Textual is loaded is, cell for cell, what its first frame draws."""

from datetime import UTC

import pytest
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console

import themes
from cache.store.reader import Window
from cache.text import contains_control
from inbox_tui.app import InboxApp
from inbox_tui.config import UiConfig
from inbox_tui.early import EarlyList, color_system, draw_early, early_text, list_place, theme_of
from inbox_tui.signs import PLAIN, UNICODE
from inbox_tui.store_thread import StoreThread
from tests.ui.harness import make_row, make_window
from tests.ui.inbox_harness import NOW, lone_home
from tests.ui.waiting import until

SIZES = [(120, 32), (100, 30), (80, 24), (60, 20)]
ODD_SIZES = [(121, 33), (137, 41), (119, 20), (101, 25), (99, 31), (81, 21), (79, 40), (40, 8), (200, 60)]
OPEN = "is:open"


class FirstFrame(InboxApp):
    """Keeps the frame with the first rows and goes no further."""

    frame = None

    def first_rows_shown(self) -> None:
        if self.frame is None:
            self.frame = [list(strip) for strip in self.screen._compositor.render_strips()]


async def first_frame(home, size, signs):
    """What Textual draws first, and what is drawn before it, of the same rows."""
    workspace = home.workspace()
    store = StoreThread(workspace, wall=lambda: NOW)
    store.start()
    app = FirstFrame(workspace, store, signs=signs, clock=lambda: NOW, zone=UTC)
    try:
        store.wait_until_open()
        store.read_early(OPEN)
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: app.frame is not None, "the first rows")
    finally:
        app.stop_threads()
    assert store.early is not None
    assert store.early.window.rows
    shown = EarlyList(store.early.window, NOW, UTC, signs, False, workspace.local_sources)
    spec = theme_of(workspace)
    assert spec is not None
    return app.frame, draw_early(shown, workspace.config.ui, spec, size), workspace.config.ui.layout


def cells(line):
    """What each cell of a line shows; of a blank only its ground."""
    found = []
    for segment in line:
        style = segment.style
        ground = _code(style.bgcolor, front=False)
        for letter in segment.text:
            ink = (_code(style.color), style.bold or False, style.italic or False, style.strike or False)
            found += [(letter, None if letter == " " else ink, ground)] * cell_len(letter)
    return found


def _code(color, *, front=True):
    return None if color is None else color.get_ansi_codes(front)


def assert_same(first, early, size, layout):
    """Every cell is the same, but for the words that come with the counts and the scrollbar's column."""
    columns, rows = size
    place = list_place(columns, rows, layout)
    bar = place.left + place.left_border + place.width - 1
    assert len(early) == len(first) == rows
    for number, (ours, theirs) in enumerate(zip(early, first, strict=True)):
        assert sum(cell_len(segment.text) for segment in ours) == columns
        ours, theirs = cells(ours), cells(theirs)
        if number == 0:
            ours, theirs = ours[:3], theirs[:3]  # the query follows
        elif number == rows - 2:
            ours, theirs = [cell[2] for cell in ours], [cell[2] for cell in theirs]  # the words follow
        elif place.top <= number < place.top + place.height:
            del ours[bar], theirs[bar]
        assert ours == theirs, f"line {number}"


@pytest.mark.parametrize("theme", themes.BUNDLED)
@pytest.mark.parametrize("size", SIZES)
async def test_the_early_rows_stand_where_the_first_frame_has_them_in_the_same_colours(tmp_path, size, theme):
    home = lone_home(tmp_path, ui=f'theme = "{theme}"')
    first, early, layout = await first_frame(home, size, UNICODE)
    assert_same(first, early, size, layout)


@pytest.mark.parametrize("size", ODD_SIZES)
async def test_they_do_at_sizes_that_do_not_divide_well_and_with_plain_signs(tmp_path, size):
    first, early, layout = await first_frame(lone_home(tmp_path), size, PLAIN)
    assert_same(first, early, size, layout)


@pytest.mark.parametrize("layout", ["wide", "medium", "stacked", "narrow"])
async def test_they_do_in_a_layout_that_was_chosen(tmp_path, layout):
    home = lone_home(tmp_path, ui=f'layout = "{layout}"')
    first, early, _ = await first_frame(home, (110, 30), UNICODE)
    assert_same(first, early, (110, 30), layout)


def early_list(window, signs=UNICODE):
    return EarlyList(window, NOW, UTC, signs, False, frozenset())


SPEC = themes.bundled()[themes.DEFAULT_THEME]


def test_nothing_is_drawn_where_the_list_does_not_show_or_is_empty():
    assert draw_early(early_list(make_window(5)), UiConfig(), SPEC, (39, 30)) is None
    assert draw_early(early_list(make_window(5)), UiConfig(), SPEC, (120, 7)) is None
    assert draw_early(early_list(Window(0, (), 0, 1)), UiConfig(), SPEC, (120, 32)) is None


def test_no_text_of_a_submission_reaches_the_terminal_as_a_control():
    hostile = make_row(1, who="Mallory \x1b]0;owned\x07", about="a\x9b31m\r\n b\u202e", ref="\x1b[2J")
    text = early_text(
        early_list(Window(0, (hostile,), 1, 1)), UiConfig(), SPEC, (120, 32), ColorSystem.TRUECOLOR
    )
    lines = draw_early(early_list(Window(0, (hostile,), 1, 1)), UiConfig(), SPEC, (120, 32))
    assert "Mallory" in text
    assert not any(contains_control(segment.text) for line in lines for segment in line)
    for escape in ("\x1b]", "\x1b[2J", "\x07", "\x9b", "\u202e"):
        assert escape not in text


def test_every_line_is_written_at_its_place():
    text = early_text(early_list(make_window(40)), UiConfig(), SPEC, (80, 24), ColorSystem.EIGHT_BIT)
    assert [f"\x1b[{number};1H" in text for number in range(1, 26)] == [True] * 24 + [False]


def test_of_many_rows_those_that_fit_are_drawn():
    lines = draw_early(early_list(make_window(120)), UiConfig(), SPEC, (120, 32))
    shown = ["".join(segment.text for segment in line) for line in lines]
    assert sum("Question" in line for line in shown) == 28
    assert "›" in shown[2]


TERMINALS = [
    {"TERM": "xterm-256color"},
    {"TERM": "xterm-256color", "COLORTERM": "truecolor"},
    {"TERM": "tmux-256color", "COLORTERM": " 24bit "},
    {"TERM": "xterm-kitty"},
    {"TERM": "xterm-16color"},
    {"TERM": "linux"},
    {"TERM": "xterm", "COLORTERM": "yes"},
]


@pytest.mark.parametrize("environ", TERMINALS)
def test_the_colours_are_those_that_textual_takes_for_the_terminal(environ):
    console = Console(color_system="auto", force_terminal=True, _environ=environ)
    assert color_system(environ).name.lower().replace("eight_bit", "256") == console.color_system


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"TERM": "dumb"},
        {"TERM": "unknown"},
        {"TERM": "xterm", "NO_COLOR": "1"},
        {"TERM": "xterm", "TEXTUAL_FILTERS": "dim"},
    ],
)
def test_nothing_is_shown_early_on_a_terminal_that_is_drawn_in_another_way(environ):
    assert color_system(environ) is None


def test_a_theme_of_ones_own_is_found_and_a_missing_one_is_not(tmp_path):
    home = lone_home(tmp_path, filled=False, ui='theme = "mine"')
    assert theme_of(home.workspace()) is None
    folder = tmp_path / "themes"
    folder.mkdir()
    (folder / "mine.toml").write_text('[roles]\nmuted = "#123"\n', encoding="utf-8")
    spec = theme_of(home.workspace())
    assert spec is not None
    lines = draw_early(early_list(make_window(3)), UiConfig(), spec, (120, 32))
    assert lines[0][0].style.color.name == "#112233"
