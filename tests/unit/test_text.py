"""What foreign text looks like once it may be shown."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cache.names import fold, initials
from cache.text import blot, contains_control, one_line, safe_text, scrub, was_cleaned
from tests.hostile_corpus import CANARY, CLEAN, HOSTILE

# Written out again on purpose: the module's own tables must not be their own judge.
DANGEROUS = (
    "".join(map(chr, [*range(0x0A), *range(0x0B, 0x20), *range(0x7F, 0xA0)]))
    + "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029"
    + "\xad\u034f\u115f\u1160\u180e\u200b\u2060\u2064\u206a\u3164\ufeff\uffa0\ufff9\ufffb\ufdd0\uffff"
    + "\ud800\udfff\U000e0001\U000e0041\U000e007f\U000e0100\ufe00"
)
CONTEXTUAL = (
    "\u200c\u200d\ufe0e\ufe0f\u0301\u0489\u093e\u094d\u064b\u20e3\u1161\u11a8\U0001f3fb\U0001f469\u2764"
    "1#a \n\r\tक\u0930می>\U0001f3f4\u17b4\u1780\U0001f1eb"
)
any_text = st.one_of(
    st.text(st.characters()),
    st.text(st.sampled_from(CONTEXTUAL), max_size=40),
    st.text(st.sampled_from(CONTEXTUAL + DANGEROUS), max_size=40),
    st.text(st.characters(min_codepoint=0xD7F0, max_codepoint=0xE010, categories=["Cs", "Co", "Lo"])),
)
hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
clean = pytest.mark.parametrize("text", CLEAN.values(), ids=CLEAN)


def stacks(text: str) -> list[int]:
    """Lengths of the runs of marks that have no width of their own, joiners between them ignored."""
    kinds = "".join(
        "m" if unicodedata.category(c) in ("Mn", "Me") and c not in "\ufe0e\ufe0f" else "b"
        for c in text
        if c not in "\u200c\u200d\ufe0e\ufe0f" and unicodedata.category(c) != "Mc"
    )
    return [len(run) for run in re.findall("m+", kinds)]


@given(any_text)
def test_safe_text_applied_twice_is_safe_text_applied_once(text: str) -> None:
    assert safe_text(safe_text(text)) == safe_text(text)


@given(any_text)
def test_safe_text_never_grows_beyond_ten_times(text: str) -> None:
    assert len(safe_text(text)) <= 10 * len(text)


@given(any_text)
def test_nothing_dangerous_comes_out_and_all_of_it_can_be_encoded(text: str) -> None:
    shown = safe_text(text)
    assert not set(shown) & set(DANGEROUS)
    assert not contains_control(shown.replace("\n", ""))
    shown.encode("utf-8")


@given(any_text)
def test_no_base_carries_more_than_four_marks(text: str) -> None:
    assert max(stacks(safe_text(text)), default=0) <= 4


@given(any_text)
def test_no_line_begins_with_a_mark(text: str) -> None:
    for line in safe_text(text).split("\n"):
        assert unicodedata.category(line[:1] or "x")[0] != "M"


@given(any_text)
def test_joiners_and_selectors_stay_only_between_what_they_join(text: str) -> None:
    shown = safe_text(text)
    for found in re.finditer("[\u200c\u200d\ufe0e\ufe0f]", shown):
        before = shown[: found.start()]
        after = shown[found.end() :]
        assert before
        assert before[-1] > "\x7f" or (before[-1] in "0123456789#*" and after[:1] == "\u20e3")
        assert found[0] in "\ufe0e\ufe0f" or after[:1] > "\x7f" or unicodedata.combining(before[-1]) == 9


@given(any_text, st.one_of(st.none(), st.integers(-2, 90)))
def test_one_line_is_one_line_within_its_limit_and_stable(text: str, limit: int | None) -> None:
    line = one_line(text, limit)
    assert "\n" not in line
    assert "  " not in line
    assert line == line.strip()
    assert not contains_control(line)
    assert limit is None or len(line) <= max(limit, 0)
    assert one_line(line, limit) == line


@given(st.text(st.sampled_from(CONTEXTUAL), max_size=400), st.integers(1, 20))
def test_a_cut_line_is_the_beginning_of_the_whole_one(text: str, limit: int) -> None:
    whole, cut = one_line(text), one_line(text, limit)
    assert cut == whole or (cut.endswith("…") and whole.startswith(cut[:-1]))


@given(any_text)
def test_only_replaced_text_counts_as_cleaned(text: str) -> None:
    shown = safe_text(text)
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    assert was_cleaned(text) == (shown != plain)
    assert not was_cleaned(shown)


@given(any_text)
def test_scrubbed_text_fits_into_a_database(text: str) -> None:
    stored = scrub(text)
    assert "\0" not in stored
    stored.encode("utf-8")
    assert len(stored) == len(text)
    assert scrub(stored) == stored
    assert safe_text(stored) == safe_text(text)


@given(any_text)
def test_blot_leaves_no_control_and_keeps_the_length(text: str) -> None:
    assert not contains_control(blot(text))
    assert len(blot(text)) == len(text)


@given(any_text)
def test_fold_is_stable(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(any_text)
def test_initials_fill_exactly_two_cells(text: str) -> None:
    short = initials(text)
    assert cell_len(short) == 2
    assert not was_cleaned(short)


@hostile
def test_hostile_text_is_harmless_on_lines_and_in_lists(text: str) -> None:
    for shown in (safe_text(text), one_line(text), one_line(text, 40)):
        assert not set(shown) & set(DANGEROUS)
        assert safe_text(shown) == shown
        assert max(stacks(shown), default=0) <= 4
    assert (CANARY in safe_text(text)) == (CANARY in text)


@clean
def test_honest_text_of_many_scripts_is_not_touched(text: str) -> None:
    assert safe_text(text) == text
    assert not was_cleaned(text)
    assert not contains_control(text.replace("\n", " "))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("a\x00b\x7f", "a␀b␡"),
        ("\x9b31m", "\\x9b31m"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("a\tb", "a    b"),
        ("gnp\u202eexe", "gnp<U+202E>exe"),
        ("\U000e0041", "<U+E0041>"),
        ("\ud83d\ude00", "\ufffd\ufffd"),
        ("e" + "\u0301" * 5, "e\u0301\u0301\u0301\u0301<+1 mark>"),
        ("e" + "\u0301" * 100 + "x", "e\u0301\u0301\u0301\u0301<+96 marks>x"),
        ("\u0301x", "<U+0301>x"),
        ("x\n\u0301y", "x\n<U+0301>y"),
        ("pay\u200dpal", "pay<U+200D>pal"),
        ("\u200d".join("👩👩👩👩👩"), "👩\u200d👩\u200d👩\u200d👩<U+200D>👩"),
        ("👍🏻🏻", "👍🏻<U+1F3FB>"),
        ("❤\ufe0f\ufe0f", "❤\ufe0f<U+FE0F>"),
        ("1\ufe0f", "1<U+FE0F>"),
    ],
)
def test_each_kind_of_character_has_its_form(text: str, shown: str) -> None:
    assert safe_text(text) == shown


@pytest.mark.parametrize(
    ("text", "limit", "line"),
    [
        ("  one \r\n\t two\n", None, "one two"),
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("abc def", 5, "abc…"),
        ("abcdef", 1, "…"),
        ("abcdef", 0, ""),
        ("ab\u0301cd", 3, "a…"),
        ("👩\u200d💻 and more", 3, "…"),
        ("a\u2028b", None, "a<U+2028>b"),
        ("a\xa0\u3000b", None, "a b"),
        ("x" + " " * 100_000 + "y", 5, "x…"),
    ],
)
def test_list_form(text: str, limit: int | None, line: str) -> None:
    assert one_line(text, limit) == line


def test_line_breaks_of_another_system_and_tabs_are_not_foreign() -> None:
    assert not was_cleaned("one\r\ntwo\rthree\tfour")
    assert was_cleaned("one\x1b")


@pytest.mark.parametrize(
    "char", ["\n", "\t", "\x1b", "\x9b", "\x7f", "\u202e", "\u2028", "\ud800", "\U000e0041"]
)
def test_a_character_that_must_not_be_drawn_is_found(char: str) -> None:
    assert contains_control(f"plain {char} text")
    assert blot(f"a{char}b") == "a\ufffdb"


@pytest.mark.parametrize(
    ("name", "other"),
    [("José NÚÑEZ", "jose nunez"), ("Straße", "STRASSE"), ("Ｔｏｍ", "tom"), ("a\u200db", "ab")],
)
def test_names_match_without_case_or_accents(name: str, other: str) -> None:
    assert fold(name) == fold(other)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Tom Kay", "tk"),
        ("Ama Boateng-Smith", "as"),
        ("Mara", "ma"),
        ("tom.kay@acme.io", "tk"),
        ("jo@acme.io", "jo"),
        ("X", "x "),
        ("", "??"),
        ("🦊", "??"),
        ("王小明", "王"),
        ("Tom 王", "to"),
        ("\u202eEvil Bob", "eb"),
        ("Tom O'Brien", "to"),
    ],
)
def test_initials_of_a_person(name: str, short: str) -> None:
    assert initials(name) == short


def test_every_single_character_becomes_something_that_stays() -> None:
    blocks = [(0, 0x3400), (0xA640, 0xAC00), (0xD7A0, 0xE010), (0xF8F0, 0x12000), (0x13420, 0x13470)]
    blocks += [(0x1BCA0, 0x1BCB0), (0x1D100, 0x1D200), (0x1F000, 0x1FB00), (0xE0000, 0xE1010)]
    blocks += [(plane << 16 | 0xFFFC, (plane + 1) << 16) for plane in range(17)]
    for code in (code for start, end in blocks for code in range(start, end)):
        shown = safe_text(chr(code))
        assert len(shown) <= 10
        assert safe_text(shown) == shown
