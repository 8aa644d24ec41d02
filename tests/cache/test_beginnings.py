"""The words by which a word that is being typed is asked for."""

import contextlib
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.store.beginnings import WordBeginnings

words = st.text(alphabet="abé山\U0001f600", min_size=1, max_size=7)


def index_of(texts):
    conn = sqlite3.connect(":memory:", isolation_level=None)
    conn.execute("CREATE VIRTUAL TABLE search USING fts5 (text, tokenize = 'unicode61 remove_diacritics 0')")
    conn.executemany("INSERT INTO search (text) VALUES (?)", [(text,) for text in texts])
    return contextlib.closing(conn)


def indexed(conn):
    conn.execute("CREATE VIRTUAL TABLE temp.every USING fts5vocab (main, search, row)")
    return {word for (word,) in conn.execute("SELECT term FROM temp.every")}


@given(st.lists(words, max_size=30), words)
def test_letter_by_letter_the_words_that_begin_so_are_found(texts, typed):
    with index_of(texts) as conn:
        beginnings, every = WordBeginnings(conn), indexed(conn)
        for end in range(1, len(typed) + 1):
            begun = typed[:end]
            fitting = {word for word in every if word.startswith(begun)}
            asked = beginnings(begun)
            if end == 1:
                assert set(asked) == {begun} | {f"{word[:2]}*" for word in fitting if len(word) > 1}
            elif end <= 3:
                assert asked == ()
            else:
                assert set(asked) == (fitting or {begun})


@pytest.mark.parametrize(("count", "listed"), [(250, True), (251, False)])
def test_a_beginning_of_too_many_words_is_asked_for_as_it_is(count, listed):
    with index_of([f"demo{number:03}" for number in range(count)]) as conn:
        beginnings = WordBeginnings(conn)
        assert bool(beginnings("demo")) is listed
        assert len(beginnings("demo0")) == 100
