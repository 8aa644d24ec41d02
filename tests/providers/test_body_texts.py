"""The text of listed items is kept only where it can stand for the item itself."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox_tui.providers.body import TextList, TooBig, Unreadable, read_json
from inbox_tui.providers.items import MAX_DEPTH, MAX_KEYS, MAX_STRING, BadItem, clean_item, is_within_bounds

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
BLANKS = st.sampled_from(["", " ", "\n", "\t \r\n"])


def encoded(value):
    return json.dumps(value, ensure_ascii=False).encode("utf-8", errors="surrogatepass")


@given(st.lists(VALUES, max_size=4), st.dictionaries(st.text(), VALUES, max_size=3), BLANKS)
def test_an_envelope_reads_the_same_with_and_without_texts(items, others, blank):
    body = blank.encode() + encoded({**others, "data": items, "after": 1}) + blank.encode()
    assert read_json(body) == read_json(body, listed="no such name")
    kept = read_json(body)["data"]
    assert isinstance(kept, TextList)
    for item, text in zip(kept, kept.texts, strict=True):
        assert text is None or json.loads(text) == item


@given(st.dictionaries(st.text(), VALUES, max_size=6), st.booleans())
def test_an_item_within_bounds_has_nothing_to_clean(item, escaped):
    body = json.dumps({"data": [item]}, ensure_ascii=escaped).encode("utf-8", errors="surrogatepass")
    kept = read_json(body)["data"]
    if kept.texts[0] is not None and is_within_bounds(kept.texts[0]):
        assert clean_item(kept[0]) is kept[0]


@pytest.mark.parametrize("number", ["9223372036854775808", "-9223372036854775809", "1e999", "9" * 5000])
def test_an_item_with_a_number_out_of_range_has_no_text(number):
    kept = read_json(b'{"data":[{"a":1},{"a":[' + number.encode() + b']},{"a":2}]}')["data"]
    assert kept.texts == ['{"a":1}', None, '{"a":2}']
    assert kept[1] == {"a": [number]}


@pytest.mark.parametrize(
    "item",
    [
        {"a": "x" * MAX_STRING},
        {str(number): 1 for number in range(MAX_KEYS + 1)},
        {"a": "\0"},
        {"a": "\ud800"},
    ],
    ids=["long", "keys", "nul", "surrogate"],
)
def test_an_item_out_of_bounds_is_seen_by_its_text(item):
    text = json.dumps(item)
    assert not is_within_bounds(text)


def test_an_item_nested_too_deeply_is_seen_by_its_text():
    text = '{"a":' * (MAX_DEPTH + 1) + "1" + "}" * (MAX_DEPTH + 1)
    assert not is_within_bounds(text)
    with pytest.raises(BadItem):
        clean_item(json.loads(text))


@pytest.mark.parametrize(
    "body",
    [
        b'{"data":[1,]}',
        b'{"data":[1}',
        b'{"data":[1],}',
        b'{"data":[1]',
        b'{"data":[1]} x',
        b'{"data" [1]}',
        b"{1:[1]}",
        b'{"data":[NaN]}',
        b"{",
        b"",
    ],
)
def test_what_is_not_json_is_refused(body):
    with pytest.raises(Unreadable):
        read_json(body)


def test_a_list_nested_deeper_than_can_be_read_is_too_big():
    with pytest.raises(TooBig):
        read_json(b'{"data":[' + b"[" * 100_000)


@pytest.mark.parametrize("body", [b'{"data":[]}', b'{ "data" : [ ] }'])
def test_an_empty_list_has_no_texts(body):
    assert read_json(body)["data"].texts == []
