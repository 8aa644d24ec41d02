"""Words as the text index is asked for them: any text is quoted, so none can be mistaken for an operator."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple, TypeAlias

from cache.query.meaning import All, Either, Meaning, Phrase, Without
from cache.query.statement import Condition, Sql, Way, within
from cache.query.tokens import phrase_words
from cache.segments import segment

__all__ = ["Asked", "Beginnings", "all_words", "as_asked", "text_condition", "text_expression"]

Beginnings: TypeAlias = Callable[[str], Sequence[str]]
"""What to ask for in place of the words that begin so, with a star where more may follow; perhaps nothing."""

_DEEPEST: Final = 6
"""The index takes expressions of a limited depth; what nests deeper is asked for in parts."""
_MOST: Final = 200
"""So many words are asked for at once."""


class Asked(NamedTuple):
    """An expression for the text index, and the same for the index of the edited rows."""

    base: str
    edited: str


def as_asked(begun: str) -> Sequence[str]:
    """A beginning as it is: slow where there are many such words, right everywhere."""
    return ()


def text_expression(meaning: Meaning, beginnings: Beginnings, depth: int = 0) -> Asked | None:
    """An expression for the index that finds exactly what is meant, None where the index alone cannot."""
    if depth > _DEEPEST:
        return None
    if isinstance(meaning, Phrase):
        return _phrase(meaning, beginnings)
    if isinstance(meaning, Either) and 0 < len(meaning.parts) <= _MOST:
        return _joined(" OR ", [text_expression(part, beginnings, depth + 1) for part in meaning.parts])
    if isinstance(meaning, All) and len(meaning.parts) <= _MOST:
        wanted = [part for part in meaning.parts if not isinstance(part, Without)]
        without = [part.part for part in meaning.parts if isinstance(part, Without)]
        return all_words(
            [text_expression(part, beginnings, depth + 1) for part in wanted],
            [text_expression(part, beginnings, depth + 1) for part in without],
        )
    return None


def all_words(wanted: Iterable[Asked | None], without: Iterable[Asked | None] = ()) -> Asked | None:
    """All of the expressions and none of the others; None where one is missing or nothing is wanted."""
    positive, negative = _joined(" AND ", list(wanted)), list(without)
    if positive is None or not negative:
        return positive
    excluded = _joined(" OR ", negative)
    if excluded is None:
        return None
    return Asked(*(f"({wanted}) NOT ({other})" for wanted, other in zip(positive, excluded, strict=True)))


def _joined(operator: str, parts: list[Asked | None]) -> Asked | None:
    known = [part for part in parts if part is not None]
    if not known or len(known) < len(parts):
        return None
    if len(known) == 1:
        return known[0]
    return Asked(*(operator.join(f"({part})" for part in side) for side in zip(*known, strict=True)))


def _phrase(phrase: Phrase, beginnings: Beginnings) -> Asked | None:
    words = phrase_words(phrase.text)
    if not words:
        return None
    head, last = words[:-1], words[-1]
    if not phrase.prefix or segment(last) != last:  # a letter that is a word is indexed as one
        whole = _placed(phrase, _quoted(words))
        return Asked(whole, whole)
    begun = _placed(phrase, f"{_quoted(words)} *")
    known = []
    for word in beginnings(last):
        spelled = _quoted([*head, word.removesuffix("*")])
        known.append(f"{spelled} *" if word.endswith("*") else spelled)
    return Asked(_placed(phrase, " OR ".join(known)) if known else begun, begun)


def _placed(phrase: Phrase, asked: str) -> str:
    return asked if phrase.place == "any" else f"{phrase.place} : ({asked})"


def _quoted(words: Sequence[str]) -> str:
    text = " ".join(words).replace('"', '""')
    return f'"{text}"'


def text_condition(asked: Asked) -> Condition:
    """Rows the text index finds, the edited ones through an index of their own."""
    return Condition(
        base=Sql(
            f"t.rowid IN (SELECT rowid FROM main.search WHERE search MATCH ?{within('rowid')})", (asked.base,)
        ),
        edited=Sql(
            "t.rowid IN (SELECT rowid FROM temp.edited_text WHERE edited_text MATCH ?)", (asked.edited,)
        ),
        way=Way(Sql("main.search d"), "d.rowid", Sql("d.search MATCH ?", (asked.base,)), streams=True),
        is_text=True,
    )
