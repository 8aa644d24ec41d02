"""Who sent a submission, as up to three words that are equal where the person is: e-mail, phone, visitor id.

Two submissions are by the same person when they share one of the three. That is not carried further: a third
one that shares something only with the second is not the first one's.
"""

import hashlib
import unicodedata
from typing import Final, NamedTuple

from cache.models import Submission

__all__ = [
    "Person",
    "ascii_digits",
    "canonical_email",
    "canonical_phone",
    "canonical_visitor",
    "person_keys",
    "person_of",
]

_FEWEST_DIGITS: Final = 7
"""Shorter numbers are extensions, and shared by strangers."""
_MOST_DIGITS: Final = 15
"""No number has more, with its country (ITU-T E.164)."""
_BETWEEN: Final = str.maketrans(dict.fromkeys(" ().-/\t\u2010\u2011\u2012\u2013\u2014\u2212"))
"""What people write between digits."""
_HASH_BYTES: Final = 7
"""Among the keys of a million submissions two that are alike by chance are one case in ten thousand."""
_VISITOR_NAMES: Final = ("visitor_id", "visitorId")


class Person(NamedTuple):
    """What tells that two submissions are by the same person, None where it was not told."""

    email: str | None
    phone: str | None
    visitor: str | None


def canonical_email(text: str | None) -> str | None:
    """An e-mail address without space around it and without case; what follows a plus stays.

    None when it is no address: one `@` with something on both sides and no space inside.
    """
    if not text:
        return None
    address = text.strip().lower()
    local, _, domain = address.partition("@")
    return address if local and domain and "@" not in domain and len(address.split()) == 1 else None


def canonical_phone(text: str | None) -> str | None:
    """The digits of a phone number, after a plus where the country is told (`+49...` or `0049...`).

    A number without its country stays apart from the same number with it: which country was meant is not
    known. A `(0)` after the country is not dialled and left out. None for anything with letters, fewer than
    7 or more than 15 digits, and one digit all along.
    """
    if not text:
        return None
    number = ascii_digits(text.strip())
    plus = number.startswith(("+", "00"))
    if plus:
        number = number[1 if number[0] == "+" else 2 :].replace("(0)", "", 1)
    digits = number.translate(_BETWEEN)
    if not digits.isdecimal():
        return None
    if not _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS or len(set(digits)) == 1:
        return None
    return f"+{digits}" if plus else digits


def ascii_digits(text: str) -> str:
    """The text with the digits of every script, and wide signs, as those of ASCII."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(char, char)) for char in unicodedata.normalize("NFKC", text))


def canonical_visitor(submission: Submission) -> str | None:
    """The visitor id of the attribution, else of the metadata, as it is, whatever source it comes from."""
    for text in (submission.attribution.visitor_id, *map(submission.metadata.get, _VISITOR_NAMES)):
        if isinstance(text, str) and (visitor := text.strip()):
            return visitor
    return None


def person_of(submission: Submission) -> Person:
    """Who sent a submission."""
    _, email, phone = submission.contact
    return Person(canonical_email(email), canonical_phone(phone), canonical_visitor(submission))


def person_keys(person: Person) -> str | None:
    """What a person is found by: a word for each of the three, a space between.

    A word is a letter and a hash of 56 bits in hexadecimal digits. None where there is nothing to go by.
    """
    told = zip("epv", person, strict=True)
    return " ".join([_word(kind, text) for kind, text in told if text is not None]) or None


def _word(kind: str, text: str) -> str:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_HASH_BYTES)
    return kind + digest.hexdigest()
