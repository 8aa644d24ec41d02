"""The text of listed items is kept only where it can stand for the item itself."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox_tui.providers.body import TextList, TooBig, Unreadable, read_json
from inbox_tui.providers.cutting import CutList, cut_json
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
    if kept.texts[0] is not None and is_within_bounds(kept.texts[0].encode()):
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
    text = json.dumps(item).encode()
    assert not is_within_bounds(text)


def test_an_item_nested_too_deeply_is_seen_by_its_text():
    text = b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1)
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


def spelled(body):
    """What `cut_json` makes of a body, with the items read, or what is said of it."""
    try:
        found = cut_json(body)
    except Unreadable as exc:
        return str(exc)
    if isinstance(found, dict) and isinstance(found.get("data"), CutList):
        found["data"] = [read_json(text) for text in found["data"]]
    return enveloped(found)


def read(body):
    try:
        return enveloped(read_json(body))
    except Unreadable as exc:
        return str(exc)


def enveloped(found):
    """What is read of a list's envelope; anything else as it is."""
    if not isinstance(found, dict) or not isinstance(found.get("data"), list):
        return found
    return {name: found[name] for name in ("data", "has_more", "next_cursor") if name in found}


NAMES = st.sampled_from(["has_more", "next_cursor"]) | st.text()


@given(st.lists(VALUES, max_size=4), st.dictionaries(NAMES, VALUES, max_size=3), BLANKS, st.booleans())
def test_a_list_that_was_cut_reads_the_same(items, others, blank, escaped):
    told = json.dumps({**others, "data": items, "after": 1}, ensure_ascii=escaped)
    body = blank.encode() + told.encode("utf-8", errors="surrogatepass") + blank.encode()
    assert repr(spelled(body)) == repr(read(body))


@given(st.data())
def test_a_damaged_list_that_was_cut_is_told_the_same(data):
    body = bytearray(encoded({"data": data.draw(st.lists(VALUES, max_size=4)), "has_more": True}))
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    assert repr(spelled(bytes(body))) == repr(read(bytes(body)))


@pytest.mark.parametrize(
    "body", [b'{"data":{"a":1}}', b'{"a":[]}', b"[1]", b"7", b'{"data":null}', b'\xef\xbb\xbf{"data":[]}']
)
def test_what_is_no_object_with_a_list_is_read_whole(body):
    assert cut_json(body) == read_json(body)
    assert not isinstance(cut_json(body), CutList)


def test_only_the_texts_of_a_usual_page_are_cut():
    found = cut_json(b'{"data":[{"a": 1},{"b":"\xc3\xbc"}],"next_cursor":"c"}')
    assert found == {"data": [b'{"a": 1}', '{"b":"ü"}'.encode()], "next_cursor": "c"}
    assert isinstance(found["data"], CutList)
