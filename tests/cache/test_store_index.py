"""The indexes hold exactly what the rows say, whatever became of the rows."""

import json
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.models import Key, Submission
from cache.schema import CACHE, open_database
from cache.store.contact import person_of
from cache.store.facts import IndexedFacts, facts_of, pack_facts, parse_day, parse_number, unpack_facts
from cache.store.raw import raw_hash
from cache.sync.remote import FetchedSubmission
from tests.cache.indexes import index_of
from tests.cache.making import NOW, LocalCopy, decode, fetched, interruption, submission

items = st.builds(
    fetched,
    name=st.sampled_from(["a", "b", "c", "d"]),
    created=st.sampled_from([NOW, NOW + 1]),
    number=st.sampled_from([None, 7, 4217]),
    container=st.sampled_from([None, "page-1", "Page-1"]),
    status=st.sampled_from(["new", "read", "spam"]),
    flagged=st.booleans(),
    assignee=st.sampled_from([None, "", "u1"]),
    notes=st.sampled_from([None, "", "call back", "電話する"]),
    contact=st.sampled_from(
        [("Ada", None, None), ("Grace", "Grace@example.com", "+49 (30) 123 456"), ("東京", "x@y", "12")]
    ),
    fields=st.lists(
        st.tuples(
            st.just("k"),
            st.just("form_text"),
            st.sampled_from(["Seats", "SEATS", "Tag"]),
            st.sampled_from(
                [40, "40", "1,200.5", "-3", "2026-05-22", "2026-02-30", "https://x.example", "é"]
            ),
            st.just(1),
        ),
        max_size=3,
    ),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("show"), st.lists(items, max_size=4)),
        st.tuples(st.just("remove"), st.sampled_from(["a", "b", "c", "d"])),
        st.tuples(st.just("triage"), st.sampled_from(["new", "resolved"])),
        st.tuples(st.just("presence"), st.sampled_from(["listed", "missing", "gone", "aged_out"])),
        st.tuples(st.just("fail"), st.lists(items, min_size=1, max_size=2)),
        st.tuples(st.just("rederive"), st.none()),
    ),
    max_size=10,
)


@pytest.mark.slow
@settings(deadline=None)
@given(steps)
def test_indexes_are_those_of_a_fresh_build_after_any_changes(changes: list[tuple[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as directory, LocalCopy(Path(directory)) as local:
        writer = local.writer
        writer.rederive("acme", decode)
        for action, value in changes:
            if action == "show":
                local.show(*value)
            elif action == "remove":
                writer.remove("acme", [value])
            elif action == "triage":
                held = writer.seen("acme", "a")
                if held is not None:
                    shown = submission(name="a")
                    writer.mirror.show(shown._replace(status=value, notes=f"kept {value}", assignee_id="u2"))
            elif (action, value) == ("presence", "gone"):
                writer.presence.deleted("acme", "b", 1, NOW)
            elif action == "presence":
                writer.presence.set("acme", "b", value)
            elif action == "fail":
                local.cache.set_progress_handler(interruption(20), 10)
                try:
                    local.show(*value)
                except sqlite3.OperationalError:
                    pass
                finally:
                    local.cache.set_progress_handler(None, 0)
            else:
                local.cache.execute("UPDATE source SET derived_by = 'older'")
                writer.rederive("acme", decode, batch=2)
            local.check_index()


def test_words_that_nobody_has_any_more_are_forgotten(local: LocalCopy) -> None:
    local.show(fetched("a", contact=("Ada", "ada@lovelace.example", None)), fetched("b"))
    assert ("domain", "lovelace.example") in index_of(local.cache)["term"]  # type: ignore[operator]
    local.writer.remove("acme", ["a"])
    assert ("domain", "lovelace.example") not in index_of(local.cache)["term"]  # type: ignore[operator]
    found = local.cache.execute("SELECT count(*) FROM ident WHERE ident MATCH 'lov'").fetchone()
    assert found == (0,)


def test_every_label_is_known_even_when_it_never_was_a_number(local: LocalCopy) -> None:
    local.show(fetched("a", fields=[("k", "t", "Team Size", "a few", 1), ("l", "t", "Empty", "", 2)]))
    assert local.cache.execute("SELECT name FROM label").fetchall() == [("f.team size",)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("40", 40),
        (" -1,200.50 ", -1200.5),
        ("1,20", None),
        ("1e5", None),
        ("", None),
        ("40 seats", None),
        ("٤٠", None),
        ("9" * 60, None),
    ],
)
def test_an_answer_is_a_number_only_as_a_whole(text: str, number: float | None) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-05-22", 739_758),
        ("2026-05-22T10:14:00Z", 739_758),
        ("2026-05-22 23:59", 739_758),
        ("2026-05-22T10:14:00.5+02:00", 739_758),
        ("2026-02-30", None),
        ("22.05.2026", None),
        ("2026-05-22 or later", None),
    ],
)
def test_an_answer_is_a_day_when_it_begins_with_an_iso_date(text: str, day: int | None) -> None:
    assert parse_day(text) == day


@given(
    st.frozensets(st.integers(1, 2**40), max_size=20),
    st.frozensets(
        st.tuples(st.integers(1, 2**20), st.floats(allow_nan=False, allow_infinity=False)), max_size=20
    ),
)
def test_what_was_indexed_is_kept_exactly(
    terms: frozenset[int], measures: frozenset[tuple[int, float]]
) -> None:
    facts = IndexedFacts(terms, measures)
    assert unpack_facts(pack_facts(facts)) == facts


def test_facts_of_what_a_provider_tells() -> None:
    from datetime import UTC, datetime, timedelta

    from cache.models import Attribution, Contact, Delivery, Destination, Processing, Reply, Spam

    at = datetime(2026, 5, 22, 10, tzinfo=UTC)
    told = Submission(
        source="acme",
        provider="plain",
        id="x",
        created_at=at,
        container_id="Form-1",
        resolved_at=at,
        resolved_by="U-1",
        viewed_at=at + timedelta(seconds=5),
        duration_seconds=12.5,
        metadata={
            "utm_source": "News",
            "Country": "DE",
            "visits": 3,
            "nested": {"a": 1},
            "odd": float("nan"),
            "new": True,
        },
        destination=Destination("url", "https://x.example/"),
        attribution=Attribution(conversation_id="c", visitor_id="V"),
        contact=Contact("Ada", "Ada@Example.com", None),
        result="success",
        delivery=Delivery("sent"),
        spam=Spam(flag=False, confidence=0.25),
        language="DE",
        translation={"a": "b"},
        reply=Reply("sent", "Dear Ada"),
        processing=Processing("done"),
    )
    answers = [("Seats", "40"), ("Day", "2026-05-22"), ("Site", "see HTTPS://a.example")]
    facts = facts_of(told, answers, person_of(told))
    assert tuple(sorted(facts.tags)) == tuple(
        sorted(
            [
                ("container", "acme/Form-1"),
                ("country", "de"),
                ("delivery", "sent"),
                ("dest", "https://x.example/"),
                ("dest", "url"),
                ("domain", "example.com"),
                *(("has", what) for what in ["conversation", "email", "reply", "translation", "url", "utm"]),
                ("lang", "de"),
                ("meta.country", "de"),
                ("meta.new", "yes"),
                ("meta.odd", "nan"),
                ("meta.utm_source", "news"),
                ("meta.visits", "3"),
                ("processing", "done"),
                ("reply", "sent"),
                ("resolver", "u-1"),
                ("result", "success"),
                ("visitor", "v"),
            ]
        )
    )
    seconds = at.timestamp()
    assert facts.measures == tuple(
        sorted(
            [
                ("d.day", 739_758.0),
                ("f.seats", 40.0),
                ("fill", 12.5),
                ("meta.visits", 3.0),
                ("resolved", seconds),
                ("spam", 0.25),
                ("viewed", seconds + 5),
            ]
        )
    )
    assert facts.labels == ("f.day", "f.seats", "f.site")


def old_cache(directory: Path, rows: Mapping[str, FetchedSubmission]) -> None:
    """A cache of schema 5 with these rows, as its program wrote them."""
    with closing(open_database(directory, replace(CACHE, steps=CACHE.steps[:5]))) as conn:
        conn.execute(
            "INSERT INTO source (name, provider, derived_by) VALUES ('acme', 'plain', '[\"2\", []]')"
        )
        for rowid, item in enumerate(rows.values(), NOW * 16):
            one = item.submission
            body = "\n".join(str(field.value) for field in one.fields)
            conn.execute(
                "INSERT INTO submission VALUES (?, ?, ?, ?, ?, ?, 0, ?, 'about', ?, ?, ?, ?, ?, ?, NULL)",
                (
                    *(rowid, one.source, one.id, one.number, one.container_id, NOW),
                    *(one.contact.name, one.contact.email, one.contact.phone, one.notes, body),
                    *(raw_hash(item.raw.encode()), item.raw),
                ),
            )
            conn.execute(
                "INSERT INTO triage (rowid, source, status, priority, flagged, as_of, seen_at)"
                " VALUES (?, 'acme', ?, 'none', 0, 1, 1)",
                (rowid, one.status),
            )


def test_cache_of_an_older_schema_is_usable_at_once_and_indexed_when_derived_again(tmp_path: Path) -> None:
    rows = {
        name: fetched(name, number=number, status=status, notes=f"note {name}", created=NOW)
        for number, (name, status) in enumerate([("a", "new"), ("b", "spam"), ("c", "new")], 1)
    }
    old_cache(tmp_path, rows)
    with LocalCopy(tmp_path) as local:
        assert local.ids("forty seats") == ["c", "b", "a"]
        assert local.ids("status:spam note") == ["b"]
        detail = local.reader.detail(Key("acme", "b"))
        assert detail is not None
        assert detail.raw == rows["b"].raw
        counts = local.cache.execute("SELECT status, rows FROM cube ORDER BY status").fetchall()
        assert counts == [("new", 2), ("spam", 1)]
        local.show(fetched("a", number=1, notes="changed before it was derived again", created=NOW))
        assert local.ids("changed") == ["a"]
        local.writer.rederive("acme", decode, batch=2)
        local.check_index()
        assert json.loads(rows["c"].raw)["id"] == "c"
        assert local.ids("forty") == ["c", "b", "a"]
