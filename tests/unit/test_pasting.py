"""A paste is one text and never a key, whatever it holds and however it is cut into pieces."""

import itertools

from hypothesis import given
from hypothesis import strategies as st
from textual import events

from inbox_tui.driver import Parser
from inbox_tui.pasting import PasteFilter

BEGIN, END = "\x1b[200~", "\x1b[201~"
HOSTILE = st.text(st.sampled_from("\x1b[201~eM;<mO\x9bA\n\t x"), max_size=40)


def parsed(pieces):
    parser = Parser()
    return [event for piece in pieces for event in parser.feed(piece)]


def cut(text, places):
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[one:other] for one, other in itertools.pairwise(edges) if one < other]


def test_coloured_text_is_pasted_without_its_escapes_and_presses_no_key():
    found = parsed([f"{BEGIN}AA\x1b[31mBB e{END}"])
    assert [event.text for event in found if isinstance(event, events.Paste)] == ["AA[31mBB e"]
    assert not [event for event in found if isinstance(event, events.Key)]


def test_a_text_that_holds_the_mark_of_its_own_end_presses_no_key():
    found = parsed([f"{BEGIN}AA{END}eee{END}"])
    assert [event.text for event in found if isinstance(event, events.Paste)] == ["AAeee"]
    assert not [event for event in found if isinstance(event, events.Key)]


def test_keys_before_and_after_a_paste_are_keys():
    found = parsed(["j", f"{BEGIN}text{END}", "k"])
    assert [event.key for event in found if isinstance(event, events.Key)] == ["j", "k"]


@given(st.text(st.characters(min_codepoint=32, max_codepoint=0x3000, exclude_categories=["Cc", "Cs"])))
def test_a_text_without_control_characters_is_pasted_as_it_is(text):
    pasted = [event.text for event in parsed([f"{BEGIN}{text}{END}"]) if isinstance(event, events.Paste)]
    assert pasted == [text]


@given(HOSTILE.filter(lambda text: END not in text), st.lists(st.integers(0, 99), max_size=6))
def test_no_cut_of_the_input_lets_a_pasted_byte_become_a_key(text, places):
    found = parsed(cut(f"{BEGIN}{text}{END}", places))
    assert not [event for event in found if not isinstance(event, events.Paste)]


@given(HOSTILE)
def test_no_text_that_comes_in_one_piece_becomes_a_key(text):
    assert not [event for event in parsed([f"{BEGIN}{text}{END}"]) if not isinstance(event, events.Paste)]


@given(st.text(st.sampled_from("\x1b[2O0A;~jk"), max_size=30), st.lists(st.integers(0, 99), max_size=6))
def test_input_without_pastes_passes_unchanged(text, places):
    if BEGIN not in text:
        filtering = PasteFilter()
        assert "".join(filtering.clean(piece) for piece in cut(text, places)) == text
