"""Words of scripts without spaces: what is indexed of them, and what finds them again."""

import sqlite3
import unicodedata
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.segments import phrase, segment

TEXTS = st.text(st.sampled_from("東京都庁タワーﾀﾜｶﾞがกินขที่ไทยລາວកម្ពុជាမြန်မာ한국어 aé1-\n"), max_size=14)


def finds(text: str, wanted: str) -> bool:
    with closing(sqlite3.connect(":memory:")) as conn:
        conn.execute("CREATE VIRTUAL TABLE t USING fts5 (x, tokenize='unicode61 remove_diacritics 2')")
        conn.execute("INSERT INTO t VALUES (?)", (segment(text),))
        match = '"' + phrase(wanted).replace('"', '""') + '"*'
        return conn.execute("SELECT 1 FROM t WHERE t MATCH ?", (match,)).fetchone() is not None


def test_letters_are_indexed_singly_and_in_pairs() -> None:
    assert segment("東京都").split() == ["東", "東京", "京", "京都", "都"]
    assert segment("in 東京!").split() == ["in", "東", "東京", "京", "!"]
    assert segment("naïve café") == "naïve café"


def test_a_phrase_begins_and_ends_with_a_pair_unless_a_word_stands_beside_it() -> None:
    assert phrase("東京都").split() == ["東京", "京", "京都"]
    assert phrase("東京").split() == ["東京"]
    assert phrase("東").split() == ["東"]
    assert phrase("a東京b").split() == ["a", "東", "東京", "京", "b"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("東京都庁", "京都"),
        ("東京都庁", "庁"),
        ("東京タワー", "タワー"),
        ("ﾀﾜｰへ", "タワー"),
        ("ガイド", "カ\u3099イ"),
        ("ขอใบเสนอราคา", "เสนอ"),
        ("ที่นี่", "นี่"),
        ("ຂໍລາຄາ", "ລາຄາ"),
        ("សូមតម្លៃ", "តម្លៃ"),
        ("ကျေးဇူးပါ", "ဇူး"),
        ("가격을 알려", "가격"),
        ("价格SSO方案", "SSO方案"),
    ],
)
def test_any_part_of_a_run_is_found(text: str, wanted: str) -> None:
    assert finds(text, wanted)


def test_letters_that_do_not_follow_one_another_are_not_found_as_a_phrase() -> None:
    assert not finds("東の京", "東京")
    assert not finds("東京と京都", "東京都")


@settings(deadline=None)
@given(TEXTS, TEXTS, TEXTS)
def test_a_piece_is_found_wherever_it_stands(before: str, piece: str, after: str) -> None:
    letters = [char for char in unicodedata.normalize("NFKC", piece) if char.isalnum()]
    if letters and piece[0].isalnum() and not before[-1:].isalnum():
        assert finds(before + piece + after, piece)
