"""What words and pieces of identifiers mean."""

import re
from typing import Final, Literal
from unicodedata import decimal

from cache.names import FACT_CUT, fold
from cache.query.combine import either
from cache.query.errors import QueryError
from cache.query.meaning import AnswerText, Holds, Meaning, Numbered, Phrase, Symbol, Tagged
from cache.query.tree import Value, Word
from cache.query.values import number_of
from cache.text import scrub

__all__ = [
    "answer_text",
    "contact_meaning",
    "folded",
    "part_meaning",
    "text_meaning",
    "word_meaning",
]

_PHONE: Final = re.compile(r"\+?[0-9][0-9./-]*")
_ID: Final = re.compile(r"#([\w-]+)")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?")
_PLACES: Final[dict[str, Literal["who", "body", "notes"]]] = {"name": "who", "body": "body", "note": "notes"}


def folded(value: Value) -> str:
    """A value as facts are compared. Raises QueryError when nothing is left of it."""
    text = fold(scrub(value.text))[:FACT_CUT]
    if not text:
        raise QueryError(value.column, "there is nothing to be seen in this value")
    return text


def _has_words(text: str) -> bool:
    """Whether the text index sees anything in a text."""
    return any(character.isalnum() for character in text)


def word_meaning(word: Word, *, prefix: bool) -> Meaning:
    """Text that may be anywhere; by its shape an e-mail address, a phone number, a number or an id too."""
    text = scrub(word.text)
    if not _has_words(text):
        return Symbol(text)
    if word.quoted:
        return Phrase(text, prefix=False)
    if text.endswith("*") and _has_words(text[-2:]):
        return Phrase(text[:-1], prefix=True)
    found = Phrase(text, prefix)
    if (short := _ID.fullmatch(text)) is not None:
        number = number_of(text)
        other = found if number is None else Numbered(number, number)
        return either((other, Holds("id", fold(short.group(1)), begins=True)))
    if "@" in text:
        return either((found, Holds("email", fold(text))))
    digits = sum(character.isdecimal() for character in text)
    if digits < 3 or not text.isascii():
        return found
    if text.isdigit():
        numbered = (Numbered(digits=text),) if digits <= 15 else ()
        return either((found, Holds("phone", text), *numbered))
    if _PHONE.fullmatch(text) and not _DAY.fullmatch(text) and (text[0] == "+" or digits >= 7):
        return either((found, Holds("phone", _phone(text))))
    return found


def text_meaning(field: str, value: Value) -> Meaning:
    """Words in one place. Unless they are in quotes the last one may be the beginning of a longer one."""
    text, prefix = _phrase(value, field)
    return Phrase(text, prefix, _PLACES[field])


def answer_text(label: str, value: Value, *, prefix: bool = True) -> Meaning:
    """Words in the answer under a label (folded), the last of them perhaps begun only if `prefix`."""
    text, is_begun = _phrase(value, f"f.{label}")
    return AnswerText(label, text, prefix and is_begun)


def part_meaning(field: str, value: Value) -> Meaning:
    """A piece of an e-mail address, a phone number or an id."""
    if field == "email":
        return Holds("email", folded(value))
    if field == "id":
        return Holds("id", folded(value))
    phone = _phone(value.text)
    if not phone.strip("+"):
        raise QueryError(value.column, "a phone number is written in digits")
    return Holds("phone", phone)


def contact_meaning(value: Value) -> Meaning:
    """Whatever a person is told by: name, e-mail address, phone number, the id of a visitor."""
    text = folded(value)
    parts: list[Meaning] = [Holds("email", text), Tagged("visitor", frozenset((text,)))]
    if _has_words(value.text):
        parts.insert(0, text_meaning("name", value))
    phone = _phone(value.text)
    if len(phone.strip("+")) >= 3 and not any(character.isalpha() for character in value.text):
        parts.append(Holds("phone", phone))
    return either(parts)


def _phone(text: str) -> str:
    """Digits, of every script, and a leading plus."""
    digits = "".join(str(decimal(char)) for char in text if char.isdecimal())
    return f"+{digits}" if text.lstrip(" (").startswith(("+", "\uff0b")) else digits


def _phrase(value: Value, field: str) -> tuple[str, bool]:
    text = scrub(value.text)
    if not _has_words(text):
        raise QueryError(
            value.column,
            f'there is no letter or digit in "{value.text}". Search for it without `{field}:`',
        )
    if not value.quoted and text.endswith("*") and _has_words(text[-2:]):
        return text[:-1], True
    return text, not value.quoted
