"""The quick look at many texts agrees with the look at each of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.store.derive import all_plain
from cache.text import one_line, plain_line, safe_text, was_cleaned

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
