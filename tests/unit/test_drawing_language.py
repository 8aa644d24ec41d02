"""Answers as they were written, translated, and both beside each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len

from cache.models import Processing, Spam, Submission
from inbox_tui.drawing import LANGUAGES, LanguageMode, next_language
from inbox_tui.drawing.language import language_name
from tests.unit.drawing_making import SETTING, answers, detail, submission, tab

MESSAGE = "申し込み後の確認メールがまだ届いていません。"
TRANSLATED = "The confirmation after signing up has not arrived yet."


def japanese(**changes: Any) -> Submission:
    fields = answers(("お名前", "佐藤 太郎"), ("メッセージ", MESSAGE), ("Team", 40), ("会社", None))
    translation = {"b0": "Taro Sato", "b1": TRANSLATED, "b2": 40}
    base = submission(provider="postbox", language="ja", fields=fields, translation=translation)
    return base._replace(**changes)


def drawn(of: Submission, mode: LanguageMode, width: int = 80) -> list[str]:
    return tab("fields", detail(of), replace(SETTING, width=width, language=mode))


def test_the_original_is_drawn_first_and_says_that_there_is_a_translation() -> None:
    lines = drawn(japanese(), "original")
    assert lines[0] == "in Japanese (ja); L shows the translation"
    assert lines[1].split(maxsplit=1) == ["お名前", "佐藤 太郎"]
    assert not any("Taro" in line for line in lines)


def test_the_translation_takes_the_place_of_the_original() -> None:
    lines = drawn(japanese(), "translation")
    assert lines[0] == "translated from Japanese (ja); L shows both"
    assert lines[1].split(maxsplit=1) == ["お名前", "Taro Sato"]
    assert not any("佐藤" in line for line in lines)
    assert any(line.split() == ["Team", "40"] for line in lines)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_both_stand_beside_each_other_in_columns_that_line_up(width: int) -> None:
    lines = drawn(japanese(), "both", width)
    head = next(line for line in lines if "Original" in line)
    column = cell_len(head[: head.index("Translation")])
    for first in ("Taro Sato", "The confirmation"):
        line = next(line for line in lines if first in line)
        assert cell_len(line[: line.index(first)]) == column
    assert max(map(cell_len, lines)) <= width


def test_in_a_narrow_place_the_translation_follows_behind_a_sign() -> None:
    lines = drawn(japanese(), "both", 40)
    at = next(at for at, line in enumerate(lines) if line.endswith("佐藤 太郎"))
    assert lines[at + 1].strip() == "→ Taro Sato"
    assert not any("Original" in line for line in lines[1:])
    assert max(map(cell_len, lines)) <= 40


def test_an_answer_that_reads_the_same_is_drawn_once() -> None:
    lines = drawn(japanese(), "both")
    assert [line.split() for line in lines if line.startswith("Team")] == [["Team", "40"]]


def test_an_answer_that_was_not_translated_stays_and_is_named() -> None:
    of = japanese(translation={"b1": TRANSLATED})
    for mode in ("translation", "both"):
        lines = drawn(of, mode)
        assert any("佐藤 太郎" in line for line in lines)
        assert "not translated: お名前" in lines
    assert not any("not translated" in line for line in drawn(of, "original"))


def test_an_empty_translation_of_an_answer_never_hides_the_answer() -> None:
    assert any(
        "佐藤 太郎" in line for line in drawn(japanese(translation={"b0": "  ", "b1": "x"}), "translation")
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "Postbox sent no translation"),
        ({"processing": Processing("pending")}, "Postbox has not processed it yet"),
        ({"processing": Processing("skipped", "x")}, "Postbox did not process it to the end"),
        ({"spam": Spam(True)}, "Postbox does not translate spam"),
        ({"provider": "mantlz"}, "Mantlz translates nothing"),
    ],
)
def test_where_there_is_no_translation_the_reason_is_said(changes: dict[str, Any], reason: str) -> None:
    of = japanese(translation=None, **changes)
    for mode in ("translation", "both"):
        lines = drawn(of, mode)
        assert lines[0] == f"this is the original: {reason}"
        assert any("佐藤 太郎" in line for line in lines)
    assert reason not in "\n".join(drawn(of, "original"))


def test_a_translation_of_another_shape_is_drawn_like_any_answer() -> None:
    of = submission(fields=answers(("Wishes", ["ja", "nein"])), translation={"b0": ["yes", "no"]})
    assert any(line.split(maxsplit=1) == ["Wishes", "yes, no"] for line in drawn(of, "translation"))


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("sv", "Swedish (sv)"),
        ("pt-BR", "Portuguese (pt-BR)"),
        ("zh_Hant", "Chinese (zh_Hant)"),
        ("tlh", "tlh"),
        ("", None),
        (None, None),
    ],
)
def test_a_language_has_a_name_where_one_is_known(code: str | None, name: str | None) -> None:
    assert language_name(code) == name


def test_the_modes_follow_each_other_in_a_circle() -> None:
    assert [next_language(mode) for mode in LANGUAGES] == ["translation", "both", "original"]
