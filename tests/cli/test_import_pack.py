import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.models import Container, Member
from cache.outbox.ledger import Kept
from inbox_tui.packs import BadRow, PackReader, PackRow, PackSource, end_line, header_line, row_line

SOURCE = PackSource(
    "acme", "awardee", "org-1", "Acme", (Container("acme", "p1", "Home"),), (Member("acme", "u1", "Ann"),)
)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
objects = st.dictionaries(st.text(), json_values, max_size=6)


def read(*lines, sources=(SOURCE,), count=None):
    text = "".join([header_line(sources, 1000), *lines, end_line(len(lines) if count is None else count)])
    reader = PackReader(io.BytesIO(text.encode("utf-8", "surrogatepass")))
    return reader, list(reader.rows())


def test_the_head_tells_the_sources_and_the_names_behind_ids():
    reader, rows = read()
    assert reader.sources == {"acme": SOURCE}
    assert (reader.made_at, reader.complete, rows) == (1000, True, [])


@pytest.mark.slow
@given(objects, st.integers(0, 2**33), st.sampled_from([None, 1, "\t"]), st.booleans())
def test_the_provider_s_text_comes_back_character_for_character(value, seen_at, indent, ascii_only):
    raw = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    if any(0xD800 <= ord(char) < 0xE000 for char in raw):
        return
    reader, (row,) = read(row_line("acme", raw, seen_at))
    if isinstance(row, BadRow):
        raise AssertionError(row)
    assert (row.source, row.seen_at, row.line) == ("acme", seen_at, 2)
    assert json.loads(row.raw) == value or "\\u" in raw
    if "\\u" not in raw:
        assert row.raw == raw
    assert reader.complete


@given(st.text(), st.integers(0, 2**33))
def test_triage_comes_back_with_its_times(notes, at):
    kept = (Kept("status", "resolved", 5), Kept("flagged", False, 6), Kept("assignee_id", None, 7))
    triage = (*kept, Kept("notes", notes, at))
    _, (row,) = read(row_line("acme", '{"id":"a"}', 9, triage))
    assert isinstance(row, PackRow)
    assert {each.field: each.at for each in row.triage} == {each.field: each.at for each in triage}
    told = {each.field: each.value for each in row.triage}
    assert (told["status"], told["flagged"], told["assignee_id"]) == ("resolved", False, None)
    assert told["notes"] == notes.replace("\0", "\u2400")


@given(st.binary(max_size=200))
def test_no_line_whatever_it_holds_raises(junk):
    text = header_line([SOURCE], 1000).encode() + junk + b"\n" + row_line("acme", '{"id":"a"}', 1).encode()
    reader = PackReader(io.BytesIO(text))
    rows = list(reader.rows())
    assert rows
    assert not reader.complete


def test_half_a_surrogate_pair_in_a_line_by_another_hand_is_replaced():
    line = json.dumps(
        {"raw": {"id": "a", "note": "\ud800"}, "seen_at": "2026-05-01T00:00:00Z", "source": "acme"}
    )
    _, (row,) = read(line + "\n")
    assert json.loads(row.raw) == {"id": "a", "note": "\ufffd"}


def test_a_line_written_by_another_hand_is_understood():
    line = json.dumps({"raw": {"id": "a", "note": "é"}, "seen_at": "2026-05-01T00:00:00Z", "source": "acme"})
    _, (row,) = read(line + "\n")
    assert isinstance(row, PackRow)
    assert row.raw == '{"id":"a","note":"é"}'


def test_the_mark_before_the_provider_s_json_may_stand_in_notes():
    triage = (Kept("notes", 'x","raw":{"id":"evil"}', 1),)
    _, (row,) = read(row_line("acme", '{"id":"a","raw":{"id":"inner"},"more":1}', 9, triage))
    assert isinstance(row, PackRow)
    assert json.loads(row.raw) == {"id": "a", "raw": {"id": "inner"}, "more": 1}
    assert row.triage == triage


def test_what_is_out_of_bounds_is_cut_as_it_would_be_from_the_wire():
    long = json.dumps({"id": "a", "text": "x" * 400_000, "number": 10**30, "nul": "a\0b"})
    _, (row,) = read(row_line("acme", long, 1))
    assert isinstance(row, PackRow)
    kept = json.loads(row.raw)
    assert len(kept["text"]) < 300_000
    assert (kept["number"], kept["nul"]) == (str(10**30), "a\u2400b")


@pytest.mark.parametrize("count", [0, 2])
def test_a_wrong_number_of_submissions_is_no_complete_pack(count):
    reader, rows = read(row_line("acme", '{"id":"a"}', 1), count=count)
    assert len(rows) == 1
    assert not reader.complete


def test_a_line_longer_than_is_read_is_passed_over(monkeypatch):
    monkeypatch.setattr("inbox_tui.packs.MAX_LINE", 1000)
    lines = [row_line("acme", json.dumps({"id": "a", "text": "x" * size}), 1) for size in (10, 5000, 20)]
    reader, rows = read(*lines)
    assert [type(row) for row in rows] == [PackRow, BadRow, PackRow]
    assert [row.line for row in rows] == [2, 3, 4]
    assert reader.complete
