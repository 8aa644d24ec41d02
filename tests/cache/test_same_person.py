import json
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.models import Attribution, Key, Submission
from cache.store.contact import canonical_email, canonical_phone, canonical_visitor, person_keys, person_of
from cache.store.people import Others
from cache.sync.remote import FetchedSubmission
from tests.cache.making import NOW, LocalCopy, decode, fetched, submission

SOURCES = ("acme", "beta")
EMAILS = (None, "ada@example.com", " ADA@Example.com ", "ada+shop@example.com", "nobody")
PHONES = (None, "+49 (0)170 1234567", "0049-170-1234567", "0170 1234567", "12345")
VISITORS = (None, "v-1", "V-1", " v-1 ")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("  Ada@Example.COM\n", "ada@example.com"),
        ("ada+shop@example.com", "ada+shop@example.com"),
        ("ÄDA@BÜRO.example", "äda@büro.example"),
        ("ada", None),
        ("@example.com", None),
        ("ada@", None),
        ("a@b@c", None),
        ("ada @example.com", None),
        ("   ", None),
        (None, None),
    ],
)
def test_address_is_told_by_its_letters_alone(text: str | None, address: str | None) -> None:
    assert canonical_email(text) == address


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+49 170 123-45.67", "+491701234567"),
        ("0049/170/1234567", "+491701234567"),
        ("+49 (0)170 1234567", "+491701234567"),
        ("\uff0b\uff14\uff19 170\u00a01234567", "+491701234567"),
        ("(0170) 1234567", "01701234567"),
        ("555\u20111234", "5551234"),
        ("123456", None),
        ("+1234567890123456", None),
        ("0000000", None),
        ("555 1234 ext 5", None),
        ("call me", None),
        ("++4917012345", None),
        ("+", None),
        (None, None),
    ],
)
def test_phone_is_told_by_its_digits_with_the_country_where_that_is_said(
    text: str | None, number: str | None
) -> None:
    assert canonical_phone(text) == number


@given(st.text())
def test_any_text_has_a_canonical_form_that_is_its_own(text: str) -> None:
    for canonical in (canonical_email, canonical_phone):
        once = canonical(text)
        assert once is None or canonical(once) == once


def test_visitor_id_is_that_of_the_attribution_else_of_the_metadata() -> None:
    plain = submission()
    told = plain._replace(metadata={"visitor_id": 5, "visitorId": " v-2 "})
    assert canonical_visitor(plain) is None
    assert canonical_visitor(told) == "v-2"
    assert canonical_visitor(told._replace(attribution=Attribution(visitor_id="v-1"))) == "v-1"
    assert canonical_visitor(told._replace(attribution=Attribution(visitor_id=" "))) == "v-2"


def test_the_same_text_as_another_kind_of_contact_is_another_key() -> None:
    bare = submission(contact=(None, None, "5551234"))
    other = submission(contact=(None, None, None))._replace(attribution=Attribution(visitor_id="5551234"))
    assert person_keys(person_of(bare)) != person_keys(person_of(other))
    assert person_keys(person_of(submission(contact=("Ada", None, None)))) is None


def item(
    name: str,
    email: str | None = None,
    phone: str | None = None,
    visitor: str | None = None,
    *,
    source: str = "acme",
    created: int = NOW,
    status: str = "new",
) -> FetchedSubmission:
    made = fetched(name, source=source, created=created, status=status, contact=("Ada", email, phone))
    seen = made.submission._replace(attribution=Attribution(visitor_id=visitor))
    return FetchedSubmission(seen, json.dumps({**json.loads(made.raw), "visitor": visitor}))


def same(local: LocalCopy, name: str, source: str = "acme", limit: int = 50) -> list[Key]:
    local.reader.refresh()
    return [row.key for row in local.reader.same_person(Key(source, name), limit)]


Drawn = tuple[str, str, str | None, str | None, str | None]
drawn: st.SearchStrategy[Drawn] = st.tuples(
    st.sampled_from(["a", "b", "c", "d", "e"]),
    st.sampled_from([*SOURCES, "left"]),
    st.sampled_from(EMAILS),
    st.sampled_from(PHONES),
    st.sampled_from(VISITORS),
)


def shares(one: Submission, other: Submission) -> bool:
    pairs = [
        (canonical_email(one.contact.email), canonical_email(other.contact.email)),
        (canonical_phone(one.contact.phone), canonical_phone(other.contact.phone)),
        (canonical_visitor(one), canonical_visitor(other)),
    ]
    return any(mine is not None and mine == theirs for mine, theirs in pairs)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["show", "show", "show", "delete"]), drawn), max_size=14))
def test_same_person_is_what_looking_at_every_row_finds(steps: Sequence[tuple[str, Drawn]]) -> None:
    """A row appears, changes or leaves; what is found shares a key with it, newest first."""
    with tempfile.TemporaryDirectory() as folder, LocalCopy(Path(folder), sources=SOURCES) as local:
        held: dict[Key, Submission] = {}
        for step, (name, source, email, phone, visitor) in steps:
            key = Key(source, name)
            if step == "show":
                created = NOW + 60 * ord(name) + SOURCES.index(source) if source in SOURCES else NOW
                shown = item(name, email, phone, visitor, source=source, created=created)
                local.show(shown)
                held[key] = shown.submission
            else:
                local.cache.execute("DELETE FROM submission WHERE source = ? AND id = ?", key)
                held.pop(key, None)
        local.cache.execute("INSERT INTO contact (contact, rank) VALUES ('integrity-check', 1)")
        local.reader.refresh()
        listed = [one for one in held.values() if one.source in SOURCES]
        for one in listed:
            others = [other for other in listed if other.key != one.key and shares(one, other)]
            others.sort(key=lambda other: other.created_at, reverse=True)
            assert same(local, one.id, one.source) == [other.key for other in others]
            assert same(local, one.id, one.source, 2) == [other.key for other in others][:2]
            earlier = sum(other.created_at < one.created_at for other in others)
            assert local.reader.same_person_count(one.key) == Others(earlier, len(others) - earlier)
            before = [other.key for other in others if other.created_at < one.created_at]
            after = [other.key for other in reversed(others) if other.created_at > one.created_at]
            for way, expected in ((-1, before), (1, after)):
                for steps_away in (1, 2, 9):
                    found = local.reader.same_person_step(one.key, way * steps_away)
                    wanted = expected[:steps_away][-1:]
                    assert ([found.key] if found is not None else []) == wanted


def test_unknown_submission_and_one_nobody_can_be_told_by_have_no_others(local: LocalCopy) -> None:
    local.show(item("a"), item("b"))
    for name in ("a", "nobody"):
        assert same(local, name) == []
        assert local.reader.same_person_count(Key("acme", name)) == Others()


def test_persons_are_not_joined_through_a_third_submission(local: LocalCopy) -> None:
    local.show(
        item("a", "ada@example.com", created=NOW),
        item("b", "ada@example.com", "+491701234567", created=NOW + 60),
        item("c", None, "0049 170 1234567", created=NOW + 120),
    )
    assert same(local, "a") == [Key("acme", "b")]
    assert same(local, "b") == [Key("acme", "c"), Key("acme", "a")]
    assert local.reader.same_person_count(Key("acme", "b")).total == 2


def test_unsettled_edits_lie_over_the_rows_of_the_same_person(local: LocalCopy) -> None:
    local.show(item("a", "ada@example.com"), item("b", "ADA@example.com", created=NOW + 60))
    local.edit("a", status="resolved", flagged=True)
    (row,) = local.reader.same_person(Key("acme", "b"), 5)
    assert (row.key.id, row.status, row.flagged, row.sync) == ("a", "resolved", True, "queued")


def test_rows_held_from_before_are_found_once_they_are_derived_again(local: LocalCopy) -> None:
    local.show(*(fetched(f"id-{n}", created=NOW + n) for n in range(5)))
    local.cache.execute("UPDATE submission SET person = NULL")
    local.cache.execute("UPDATE source SET derived_by = '[\"1\", []]'")
    assert same(local, "id-0") == []
    assert len(local.writer.rederive("acme", decode, batch=2).rowids) == 5
    assert [key.id for key in same(local, "id-0")] == ["id-4", "id-3", "id-2", "id-1"]
    local.cache.execute("INSERT INTO contact (contact, rank) VALUES ('integrity-check', 1)")


def test_same_person_is_found_by_the_index_and_reads_no_table_as_a_whole(local: LocalCopy) -> None:
    asked: list[str] = []
    reading: sqlite3.Connection = local.cache
    local.show(item("a", "ada@example.com"), item("b", "ada@example.com", created=NOW + 60))
    people = type(local.reader._people)(reading, ("acme",))
    reading.set_trace_callback(asked.append)
    people.others(Key("acme", "a"), 5)
    people.count(Key("acme", "a"))
    people.step(Key("acme", "a"), 1)
    people.step(Key("acme", "b"), -3)
    reading.set_trace_callback(None)
    asked = [sql for sql in asked if sql.startswith("SELECT") and ("MATCH" in sql or "person" in sql)]
    assert len(asked) == 8
    for sql in asked:
        plan = [row[3] for row in reading.execute(f"EXPLAIN QUERY PLAN {sql}")]
        if "MATCH" in sql:
            assert "VIRTUAL TABLE INDEX" in plan[0]
            assert "M1" in plan[0]
            assert plan[1:] == ["SEARCH t USING INTEGER PRIMARY KEY (rowid=?)"]  # nothing is sorted
        else:
            assert plan == ["SEARCH submission USING INDEX sqlite_autoindex_submission_1 (source=? AND id=?)"]
