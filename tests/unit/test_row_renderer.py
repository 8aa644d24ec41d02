"""What a drawn row says, and that no text can break its columns or reach the terminal as a control."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style

from cache.models import Key, Row
from cache.text import contains_control
from inbox_tui.format import cell_len
from inbox_tui.signs import PLAIN, UNICODE
from inbox_tui.widgets.row_renderer import (
    Look,
    Palette,
    Picture,
    RowLayout,
    columns_for,
    draw_header,
    draw_placeholder,
    draw_row,
    draw_sentence,
    number_label,
    person_label,
)
from tests.ui.harness import make_row, strip_text

PALETTE = Palette(
    roles={
        "accent": Style(color="blue"),
        "text": Style(color="white"),
        "info": Style(color="cyan"),
        "muted": Style(color="bright_black"),
        "warning": Style(color="yellow"),
        "error": Style(color="red"),
    },
    header=Style(bold=True),
    notice=Style(underline=True),
    dimmed=Style(italic=True),
    placeholder=Style(dim=True),
    cursor=Style(reverse=True),
    cursor_blurred=Style(bgcolor="black"),
)
HOSTILE = [
    "\x1b]0;owned\x07Mallory [/]",
    "\x1b[2J\x9b31m[@click=app.quit]x[/]",
    "a\u202eb\u2066c\u200b\ufeff\u2028d\r\ne\tf\0",
    "Z\u0300\u0316\u0321\u0334\u0351\u0362" * 9,
    "\ud800 lone",
    "\u0301first",
    "W" * 3000,
]
PIECES = [
    "山",
    "株式会社",
    "한국",
    "👍🏽",
    "👨‍👩‍👧‍👦",
    "❤️",
    "🇩🇪",
    "1️⃣",
    "e\u0301",
    "\u1112\u1161\u11ab",
    "شكر",
    " ",
    "x",
    *HOSTILE,
]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=8).map("".join)


def make_look(width: int = 54, layout: RowLayout = "line", several: bool = False, **changes: Any) -> Look:
    look = Look(
        width=width,
        layout=layout,
        columns=columns_for(width, 4, 3, several),
        signs=PLAIN,
        palette=PALETTE,
        me=frozenset({"user-me"}),
        local_sources=frozenset({"postbox"}),
    )
    return replace(look, **changes)


def picture(row: Row, look: Look, **changes: Any) -> Picture:
    drawn = Picture(row=row, look=look, age="2h", cursor=False, focused=True, line=0)
    return drawn._replace(**changes)


def drawn(row: Row, look: Look | None = None, **changes: Any) -> str:
    return strip_text(draw_row(picture(row, look or make_look(), **changes)))


def test_the_columns_of_a_row_stand_under_their_names() -> None:
    look = make_look()
    row = make_row(421, status="new", priority="high", flagged=True, assignee_id="user-me", sync="queued")
    assert strip_text(draw_header(look)) == "  S P     NO. AGE WHO            ABOUT              BY"
    assert drawn(row, cursor=True) == "> N H F^  421  2h Person 421     Question 421       me"


def test_several_sources_have_a_column_of_two_letters() -> None:
    look = make_look(80, several=True)
    text = drawn(make_row(7, key=Key("shop-forms", "x")), look)
    assert text[strip_text(draw_header(look)).index("SR") :].startswith("sf ")


def test_the_narrow_layout_has_who_and_age_above_number_text_and_assignee() -> None:
    look = make_look(40, "narrow")
    row = make_row(421, status="new", assignee_id="u2", assignee_name="Tom Kay")
    assert drawn(row, look, cursor=True) == "> N M    Person 421                   2h".ljust(40)
    assert drawn(row, look, line=1) == "     421 Question 421                 tk"


def test_a_number_loses_its_prefix_and_an_id_is_cut_to_six() -> None:
    assert number_label(make_row(421)) == "421"
    assert number_label(make_row(1, ref="SUB-12345")) == "12345"
    assert number_label(make_row(1, ref="clx3k2ab")) == "clx3k2"
    assert number_label(make_row(1, ref="SUB-0")) == "0"


def test_the_assignee_is_me_initials_or_nobody() -> None:
    me = frozenset({"user-me"})
    assert person_label(make_row(1), me) == "--"
    assert person_label(make_row(1, assignee_id="user-me", assignee_name="Tom Kay"), me) == "me"
    assert person_label(make_row(1, assignee_id="u2", assignee_name="Tom Kay"), me) == "tk"
    assert person_label(make_row(1, assignee_id="zz9"), me) == "zz"


def test_a_cleaned_row_carries_its_sign_before_the_text() -> None:
    assert "? Question 5" in drawn(make_row(5, cleaned=True))
    assert "? Question 5" not in drawn(make_row(5))


def test_local_triage_shows_where_nothing_waits() -> None:
    local = make_row(5, key=Key("postbox", "a"))
    assert drawn(local)[7] == "~"
    assert drawn(replace(local, sync="conflict"))[7] == "#"


def test_new_rows_are_bold_and_rows_that_left_the_view_are_drawn_apart() -> None:
    def styles(row: Row) -> list[Style]:
        return [segment.style or Style() for segment in draw_row(picture(row, make_look()))]

    assert any(style.bold for style in styles(make_row(1, status="new")))
    assert not any(style.bold for style in styles(make_row(1, status="read")))
    assert all(style.italic for style in styles(make_row(1, matches=False)))
    assert all(style.italic for style in styles(make_row(1, missing=True)))


@pytest.mark.parametrize("focused", [True, False])
def test_the_cursor_row_has_one_background_and_a_sign(focused: bool) -> None:
    strip = draw_row(picture(make_row(1, matches=False), make_look(), cursor=True, focused=focused))
    wanted = PALETTE.cursor if focused else PALETTE.cursor_blurred
    styles = {(segment.style or Style()) + Style(strike=False) for segment in strip}
    assert styles == {wanted + Style(strike=False)}
    assert strip_text(strip).startswith(">")


@given(
    who=texts,
    about=texts,
    ref=texts,
    assignee=texts,
    status=st.sampled_from(["new", "odd\x1b"]),
    width=st.integers(min_value=1, max_value=140),
    layout=st.sampled_from(["line", "narrow"]),
    line=st.integers(min_value=0, max_value=1),
    several=st.booleans(),
    cleaned=st.booleans(),
)
def test_any_text_fills_exactly_the_width_and_holds_no_control(
    who: str,
    about: str,
    ref: str,
    assignee: str,
    status: str,
    width: int,
    layout: RowLayout,
    line: int,
    several: bool,
    cleaned: bool,
) -> None:
    row = make_row(1, who=who, about=about, ref=ref, status=status, key=Key(who, ref), cleaned=cleaned)
    row = replace(row, assignee_id=assignee, assignee_name=assignee)
    look = make_look(width, layout, several, signs=UNICODE)
    strip = draw_row(picture(row, look, line=line if layout == "narrow" else 0))
    assert sum(cell_len(segment.text) for segment in strip) == width
    assert cell_len(strip_text(strip)) == width
    assert not any(contains_control(segment.text) for segment in strip)


@given(who=texts, about=texts, width=st.integers(min_value=40, max_value=120))
def test_the_assignee_stays_in_its_column_whatever_stands_before_it(who: str, about: str, width: int) -> None:
    columns = columns_for(width, 4, 3, False)
    row = make_row(1, who=who, about=about, assignee_id="user-me")
    text = drawn(row, make_look(width))
    assert not columns.by or text.endswith(" me")
    assert 9 + 5 + 4 + columns.who + 1 + columns.about + 3 == width


@given(st.integers(min_value=1, max_value=200), st.integers(min_value=0, max_value=10**7))
def test_headers_and_placeholders_fill_the_width(width: int, new_above: int) -> None:
    for layout in ("line", "narrow"):
        look = make_look(width, layout)
        assert cell_len(strip_text(draw_header(look, new_above))) == width
        assert cell_len(strip_text(draw_placeholder(look, cursor=True, focused=True))) == width


def test_new_rows_above_are_told_in_the_header() -> None:
    assert strip_text(draw_header(make_look(), 1284)).startswith("  1,284 new above")


@given(texts, st.integers(min_value=1, max_value=60), st.integers(min_value=1, max_value=12))
def test_the_sentence_of_an_empty_list_fits_and_is_harmless(text: str, width: int, height: int) -> None:
    lines = [draw_sentence(text, make_look(width), line, height) for line in range(height)]
    assert all(cell_len(strip_text(line)) == width for line in lines)
    assert not any(contains_control(strip_text(line)) for line in lines)


def test_the_sentence_of_an_empty_list_is_centred_and_wrapped() -> None:
    lines = [strip_text(draw_sentence("Nothing is open here", make_look(20), line, 4)) for line in range(4)]
    assert lines == [" " * 20, "  Nothing is open   ", "        here        ", " " * 20]
