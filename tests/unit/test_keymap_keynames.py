import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._keyboard_protocol import FUNCTIONAL_KEYS
from textual.keys import Keys, _character_to_key
from textual.widgets import Input

from inbox_tui.keynames import (
    EDITING_KEYS,
    NAMED_KEYS,
    key_from_textual,
    known_key_words,
    parse_key,
    types_text,
)
from tests.textual_keys import textual_key

PRINTABLE = [character for character in string.printable if not character.isspace()]


@pytest.mark.parametrize("character", PRINTABLE)
def test_each_ascii_character_is_its_own_name_and_agrees_with_textual(character):
    textual_name = _character_to_key(character)
    assert parse_key(character) == character
    assert key_from_textual(textual_name) == character
    assert key_from_textual(textual_name, character) == character
    assert parse_key(textual_name) == character


@given(st.characters())
def test_a_character_is_a_key_only_when_its_textual_name_leads_back_to_it(character):
    if parse_key(character) is not None:
        assert parse_key(character) == character
        assert key_from_textual(_character_to_key(character)) == character


def test_words_for_keys_are_those_of_textual():
    textual_words = {key.value for key in Keys} | set(FUNCTIONAL_KEYS.values())
    assert textual_words >= NAMED_KEYS
    for word in NAMED_KEYS:
        assert parse_key(word) == key_from_textual(word) == word


@pytest.mark.parametrize("name", sorted({key.value for key in Keys if "+" in key.value}))
def test_each_combination_textual_knows_comes_back_from_its_human_name(name):
    human = key_from_textual(name)
    assert parse_key(human) == human
    assert key_from_textual(textual_key(human)) == human


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("ctrl+R", "ctrl+r"),
        ("Ctrl+r", "ctrl+r"),
        ("shift+g", "G"),
        ("shift+ctrl+R", "ctrl+shift+r"),
        ("Shift+Tab", "shift+tab"),
        ("ctrl++", "ctrl++"),
        ("ctrl+plus", "ctrl++"),
        ("+", "+"),
        ("plus", "+"),
        ("esc", "escape"),
        ("PgUp", "pageup"),
        ("ctrl+pgdn", "ctrl+pagedown"),
        ("ctrl+]", "ctrl+]"),
        ("é", "é"),
        ("§", "§"),
    ],
)
def test_other_spellings_mean_the_same_key(written, canonical):
    assert parse_key(written) == canonical


@pytest.mark.parametrize(
    "written",
    ["", " ", "ctrl+", "ctrl+ ", "control+x", "++a", "shift+1", "shift+!", "jj", "f25", "f0", "\x1b", "\n"],
)
def test_what_no_terminal_sends_is_not_a_key(written):
    assert parse_key(written) is None


@given(st.text())
def test_parsing_any_text_gives_a_canonical_key_or_nothing(text):
    key = parse_key(text)
    assert key is None or (parse_key(key) == key and key_from_textual(textual_key(key)) == key)


@given(st.text(), st.none() | st.text(max_size=2))
def test_any_event_of_textual_has_some_name(key, character):
    assert isinstance(key_from_textual(key, character), str)


def test_a_keypad_key_is_the_character_it_types():
    event = events.Key("add", "+")
    assert key_from_textual(event.key, event.character) == "+"


def test_the_older_name_of_a_capital_letter_is_understood():
    assert key_from_textual("upper_g") == "G"


def test_keys_that_edit_an_input_are_never_commands_above_it():
    for binding in Input.BINDINGS:
        for name in binding.key.split(","):
            if name != "enter" and not name.startswith("super+"):
                key = key_from_textual(name)
                assert types_text(key) or key == "ctrl+c", name


def test_function_and_control_keys_type_nothing():
    assert not any(types_text(key) for key in ("f1", "ctrl+q", "ctrl+p", "escape", "enter", "tab", "pageup"))
    assert all(types_text(key) for key in ("a", "!", "space", *EDITING_KEYS))


def test_every_suggested_word_is_a_key():
    assert all(parse_key(word) for word in known_key_words())
