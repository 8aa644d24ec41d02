"""What the list and the text index need of a submission, computed once when it is stored."""

import json
from collections.abc import Iterable
from functools import lru_cache
from operator import attrgetter
from typing import Final, NamedTuple

from cache.models import Field, JSONValue, Submission
from cache.names import fold
from cache.store.answers import Answers, single_text
from cache.store.contact import person_keys, person_of
from cache.store.facts import Facts, facts_of
from cache.text import one_line, plain_line, safe_text, was_cleaned

__all__ = ["DERIVATION", "Derived", "all_plain", "answer_text", "derive"]

DERIVATION: Final = "4"
"""Changes when `derive` does; rows derived by another one are derived again from their JSON."""

_ENCODE: Final = json.JSONEncoder(ensure_ascii=False).encode
_LABEL: Final = attrgetter("label")
_LINE: Final = 160
_SILENT: Final = "(no message)"
_TEXT_TYPES: Final = frozenset({"form_text", "form_textarea", "text", "textarea", "string"})


class Derived(NamedTuple):
    """Cleaned texts, one line each but for the answers, and what a submission is found by."""

    who: str
    about: str
    email: str | None
    phone: str | None
    answers: Answers
    cleaned: bool
    person: str | None
    facts: Facts


def all_plain(texts: Iterable[str]) -> bool:
    """Says whether `safe_text` leaves every one of `texts` as it is, in one look at all of them.

    A yes is certain; a no may be wrong and only means that each has to be looked at.
    """
    together = "\n" + "\n".join(texts)  # so that the first one begins a line too, as the others do
    return safe_text(together) == together


def answer_text(value: JSONValue) -> str:
    """An answer of any shape as text: lists by commas, yes and no for booleans, JSON for what is nested."""
    text = single_text(value)
    if text is not None:
        return text
    if isinstance(value, list) and not _nests(value):
        return ", ".join(answer_text(item) for item in value)
    return _ENCODE(value)


def derive(submission: Submission, summary: Iterable[str] = ()) -> Derived:
    """The list's texts of a submission; `summary` names the labels of the answers to show as its subject."""
    answers = [
        (field, field.value if type(field.value) is str else answer_text(field.value))
        for field in submission.fields
    ]
    contact = submission.contact
    for who in contact:
        if who and not who.isspace():
            break
    else:
        who = f"visitor {submission.id[:4]}"
    given = [(field.label, text) for field, text in answers if text]
    texts = [text for _, text in given]
    foreign = [who, submission.notes or "", *texts]
    is_plain = all_plain(foreign)  # nearly always, and much quicker than asking for each of them
    person = person_of(submission)
    line = plain_line if is_plain else one_line
    if not is_plain:
        given = [(label, safe_text(text)) for label, text in given]
    return Derived(
        who=line(who, _LINE) or "visitor",
        about=line(_about(answers, submission, [fold(label) for label in summary]), _LINE) or _SILENT,
        email=line(contact.email, _LINE) if contact.email else None,
        phone=line(contact.phone, _LINE) if contact.phone else None,
        answers=tuple(given),
        cleaned=_is_odd(tuple(map(_LABEL, submission.fields)))
        or (not is_plain and any(was_cleaned(text) for text in foreign if text)),
        person=person_keys(person),
        facts=facts_of(submission, given, person),
    )


@lru_cache(maxsize=1024)
def _is_odd(labels: tuple[str, ...]) -> bool:
    """Whether one of the labels was cleaned; those of a form come again with every submission of it."""
    return any(map(was_cleaned, labels))


def _about(answers: list[tuple[Field, str]], submission: Submission, summary: list[str]) -> str:
    if summary:
        filled = [(field, text) for field, text in answers if text and not text.isspace()]
        chosen = [text for field, text in filled if fold(field.label) in summary]
        if chosen:
            return " · ".join(chosen)
    longest = ""
    for field, text in answers:
        if (
            len(text) > len(longest)
            and field.type in _TEXT_TYPES
            and text not in submission.contact
            and type(field.value) is str
            and not text.isspace()
        ):
            longest = text
    if longest:
        return longest
    for field, text in answers:
        if (
            text
            and text not in submission.contact
            and not isinstance(field.value, dict | bool)
            and not text.isspace()
            and not _nests(field.value)
        ):
            return text
    return _SILENT


def _nests(value: JSONValue) -> bool:
    return isinstance(value, list) and any(isinstance(item, list | dict) for item in value)
