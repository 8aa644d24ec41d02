"""Answers and JSON text in two columns: they come back as they were, and damage is noticed."""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cache.errors import CacheBroken
from cache.schema import CACHE, open_database
from cache.store.answers import Answers, encode_answers
from cache.store.packing import LEARN_FROM, PLAIN, Packing

texts = st.text(max_size=60)
pairs = st.lists(st.tuples(texts, texts), max_size=5).map(tuple)


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_database(tmp_path, CACHE)) as conn:
        yield conn


def row(number: int) -> bytes:
    return json.dumps(
        {
            "id": f"{number * 7919:032x}",
            "created_at": f"2026-05-{number % 28 + 1:02d}T10:14:00Z",
            "fields": [{"key": "message", "type": "form_textarea", "value": f"We need {number} seats"}],
        }
    ).encode()


def samples(numbers: Iterable[int]) -> list[tuple[Answers, bytes]]:
    return [((("message", f"We need {n} seats"),), row(n)) for n in numbers]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=pairs, raw=st.binary(max_size=60), learned=st.booleans())
def test_what_was_packed_comes_back(
    conn: sqlite3.Connection, answers: tuple[tuple[str, str], ...], raw: bytes, learned: bool
) -> None:
    packing = Packing(conn)
    number = packing.number("acme", samples(range(40))) if learned else PLAIN
    packed = packing.pack(number, answers, raw)
    for reader in (packing, Packing(conn)):
        assert reader.answers(packed[0]) == answers
        assert reader.raw(*packed) == raw


def test_a_dictionary_is_made_of_the_first_page_that_is_long_enough_and_kept(
    conn: sqlite3.Connection,
) -> None:
    packing = Packing(conn)
    rows = samples(range(100))
    assert packing.number("acme", rows[: LEARN_FROM - 1]) == PLAIN
    first = packing.number("acme", rows)
    assert first != PLAIN
    assert packing.number("acme", samples(range(900, 999))) == first
    assert packing.number("beta", rows) not in (PLAIN, first)
    assert Packing(conn).number("acme") == first
    answers = (("message", "We need 500 seats"),)
    small = sum(map(len, packing.pack(first, answers, row(500))))
    assert small < sum(map(len, packing.pack(PLAIN, answers, row(500)))) * 0.6


def test_a_dictionary_of_a_transaction_that_failed_is_not_used(conn: sqlite3.Connection) -> None:
    packing = Packing(conn)
    conn.execute("BEGIN")
    packing.number("acme", samples(range(40)))
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


def test_a_submission_of_any_size_comes_back(conn: sqlite3.Connection) -> None:
    packing = Packing(conn)
    number = packing.number("acme", samples(range(40)))
    noise = "".join(f"{n * n * 7919:x}" for n in range(300_000))
    for raw in (noise, "a" * 3_000_000):
        packed = packing.pack(number, (("noise", raw),), raw.encode())
        assert packing.answers(packed[0]) == (("noise", raw),)
        assert packing.raw(*packed) == raw.encode()


@pytest.mark.parametrize("learned", [False, True])
def test_rows_that_were_deflated_are_packed_again(tmp_path: Path, learned: bool) -> None:
    words = b"".join(row(n) for n in range(50)) if learned else b""
    held = dict(enumerate(samples(range(40)), start=1))
    with closing(open_database(tmp_path, replace(CACHE, steps=CACHE.steps[:7]))) as conn:
        if learned:
            conn.execute("INSERT INTO dictionary VALUES (3, 'acme', ?)", (words,))
        for rowid, (answers, raw) in held.items():
            packed = deflated(3 if learned else PLAIN, words, answers, raw)
            conn.execute(
                "INSERT INTO submission (rowid, source, id, created, cleaned, who, about, facts, raw_hash,"
                " answers, raw) VALUES (?, 'acme', ?, 0, 0, 'who', 'about', x'', x'', ?, ?)",
                (rowid, f"id-{rowid}", *packed),
            )
            conn.execute(
                "INSERT INTO triage (rowid, source, status, priority, flagged, as_of, seen_at)"
                " VALUES (?, 'acme', 'new', 'none', 0, 1, 1)",
                (rowid,),
            )
    with closing(open_database(tmp_path, CACHE)) as conn:
        packing = Packing(conn)
        found = conn.execute("SELECT rowid, answers, raw FROM submission").fetchall()
        assert {
            rowid: (packing.answers(answers), packing.raw(answers, raw)) for rowid, answers, raw in found
        } == held
        assert conn.execute("SELECT count(*) FROM dictionary").fetchone() == (1,)


def test_a_damaged_row_that_was_deflated_is_told(tmp_path: Path) -> None:
    with closing(open_database(tmp_path, replace(CACHE, steps=CACHE.steps[:7]))) as conn:
        answers, raw = deflated(PLAIN, b"", (), row(1))
        conn.execute(
            "INSERT INTO submission (rowid, source, id, created, cleaned, who, about, facts, raw_hash,"
            " answers, raw) VALUES (1, 'acme', 'id', 0, 0, 'who', 'about', x'', x'', ?, ?)",
            (answers, raw[:-3]),
        )
    with pytest.raises(CacheBroken, match="not what was stored"):
        open_database(tmp_path, CACHE)


def deflated(number: int, words: bytes, answers: Answers, raw: bytes) -> tuple[bytes, bytes]:
    """As version 7 of the file packed a row."""
    stream = zlib.compressobj(5, zlib.DEFLATED, -15, 7, zlib.Z_DEFAULT_STRATEGY, words)
    first = stream.compress(encode_answers(answers).encode()) + stream.flush(zlib.Z_SYNC_FLUSH)
    return number.to_bytes(2, "big") + first.removesuffix(b"\0\0\xff\xff"), stream.compress(
        raw
    ) + stream.flush()
