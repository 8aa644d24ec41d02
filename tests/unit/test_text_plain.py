"""The quick look at many texts agrees with the look at each of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.store.derive import all_plain
from cache.text import (
    _SIGNS,
    _is_suspect,
    _walk,
    one_line,
    plain_line,
    safe_text,
    sits_on_base,
    was_cleaned,
)

PIECES = st.text() | st.text(
    alphabet="a \n\t\r\u0301\u200d\u202e\x1b\ufe0f\U0001f469\u0915\u094d", max_size=12
)


@given(st.lists(PIECES, max_size=5))
def test_plain_texts_are_shown_as_they_are(texts):
    if all_plain(texts):
        assert [safe_text(text) for text in texts] == texts
        assert not any(was_cleaned(text) for text in texts)


@pytest.mark.parametrize("texts", [[], [""], ["plain"], ["two\nlines", "Zoë Ångström"], ["日本語", "שלום"]])
def test_what_people_write_is_plain(texts):
    assert all_plain(texts)


@pytest.mark.parametrize("foreign", ["\x1b[2J", "\u202e", "\u0301x", "a\u0301" + "\u0301" * 9, "\U000e0041"])
def test_one_foreign_text_among_many_is_noticed(foreign):
    assert not all_plain(["plain", foreign, "Zoë"])


@given(PIECES, st.integers(min_value=1, max_value=40))
def test_a_plain_text_fits_a_line_like_any_other(text, limit):
    if all_plain([text]):
        assert plain_line(text, limit) == one_line(text, limit)


SIGNS_AND_MARKS = (
    "a1 \n“”’—…·、「」！€→★👍🙂é日한กا\u0301\u0308\u0e31\u0e34\u20dd\u200d\ufe0f\U0001f3fb\u1161\u0915\u094d"
)


@given(
    st.text(alphabet=SIGNS_AND_MARKS, max_size=20)
    | st.text(alphabet=st.characters(exclude_characters="\r\t"), max_size=20)
)
def test_a_text_that_is_not_suspected_needs_no_walk(text):
    if not _is_suspect(text):
        assert _walk(text) == text


def test_no_sign_that_is_passed_over_is_a_mark_or_acts():
    signs = [char for char in map(chr, range(0x110000)) if _SIGNS.fullmatch(char)]
    assert len(signs) > 1_000
    assert not [char for char in signs if sits_on_base(char) or safe_text(char) != char]
