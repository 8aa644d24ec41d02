"""Answers and JSON text in two columns: they come back as they were, and damage is noticed."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cache.errors import CacheBroken
from cache.schema import CACHE, open_database
from cache.store.packing import LEARN_FROM, PLAIN, Packing

texts = st.text(max_size=60)
pairs = st.lists(st.tuples(texts, texts), max_size=5).map(tuple)


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_database(tmp_path, CACHE)) as conn:
        yield conn


def row(number: int) -> str:
    return json.dumps(
        {
            "id": f"{number * 7919:032x}",
            "created_at": f"2026-05-{number % 28 + 1:02d}T10:14:00Z",
            "fields": [{"key": "message", "type": "form_textarea", "value": f"We need {number} seats"}],
        }
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=pairs, raw=texts, learned=st.booleans())
def test_what_was_packed_comes_back(
    conn: sqlite3.Connection, answers: tuple[tuple[str, str], ...], raw: str, learned: bool
) -> None:
    packing = Packing(conn)
    number = packing.number("acme", [row(n) for n in range(40)]) if learned else PLAIN
    packed = packing.pack(number, answers, raw)
    for reader in (packing, Packing(conn)):
        assert reader.answers(packed[0]) == answers
        assert reader.raw(*packed) == raw


def test_a_dictionary_is_made_of_the_first_page_that_is_long_enough_and_kept(
    conn: sqlite3.Connection,
) -> None:
    packing = Packing(conn)
    rows = [row(n) for n in range(100)]
    assert packing.number("acme", rows[: LEARN_FROM - 1]) == PLAIN
    first = packing.number("acme", rows)
    assert first != PLAIN
    assert packing.number("acme", [row(n) for n in range(900, 999)]) == first
    assert packing.number("beta", rows) not in (PLAIN, first)
    assert Packing(conn).number("acme") == first
    answers = (("message", "We need 500 seats"),)
    small = sum(map(len, packing.pack(first, answers, row(500))))
    assert small < sum(map(len, packing.pack(PLAIN, answers, row(500)))) * 0.6


def test_a_dictionary_of_a_transaction_that_failed_is_not_used(conn: sqlite3.Connection) -> None:
    packing = Packing(conn)
    conn.execute("BEGIN")
    packing.number("acme", [row(n) for n in range(40)])
    conn.execute("ROLLBACK")
    packing.forget()
    assert packing.number("acme") == PLAIN


def test_damage_is_one_sentence(conn: sqlite3.Connection) -> None:
    packing = Packing(conn)
    answers, raw = packing.pack(PLAIN, (("a", "b"),), row(1))
    damaged = [
        (answers, raw[:-3]),
        (answers[:-4], raw),
        (b"\xff\xff" + answers[2:], raw),
        (answers, b""),
        (b"", raw),
    ]
    for pair in damaged:
        with pytest.raises(CacheBroken, match="not what was stored"):
            packing.raw(*pair)
    with pytest.raises(CacheBroken):
        packing.answers(answers[:3])
    with pytest.raises(CacheBroken):
        packing.raw(answers, "text where bytes belong")  # type: ignore[arg-type]
