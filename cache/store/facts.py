"""What queries ask of a submission beside its texts and its triage: words that many share, and numbers."""

import math
import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from itertools import islice
from operator import sub
from typing import Final, NamedTuple, TypeAlias

from cache.errors import NOT_AS_STORED, CacheBroken
from cache.models import JSONValue, Submission
from cache.names import FACT_CUT, fold, fold_label
from cache.store.answers import single_text
from cache.store.contact import Person

__all__ = ["Facts", "IndexedFacts", "facts_of", "pack_facts", "parse_day", "parse_number", "unpack_facts"]

_MOST_METADATA: Final = 100
_MOST_ANSWERS: Final = 400
_NUMBER: Final = re.compile(r"\s*([+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,18})(?:\.[0-9]{1,18})?)\s*")
_DAY: Final = re.compile(
    r"\s*([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ][0-9]{2}:[0-9]{2}[:.0-9]*(?:Z|[+-][0-9:]{4,6})?)?\s*"
)
_MOST_DIGITS: Final = 50
_LIKE_A_NUMBER: Final = re.compile(r"\s*[-+0-9]")
_NAMED: Final = ("country", "browser")
"""Keys of metadata that are asked for by their name alone, too."""
_LINK: Final = re.compile(r"https?://", re.IGNORECASE)


_Metadata: TypeAlias = tuple[str, JSONValue, str]
"""The folded key of a value, the value, and its text, which is empty for what holds others."""


class Facts(NamedTuple):
    """What is kept of one submission to find it by."""

    tags: tuple[tuple[str, str], ...] = ()
    """Name and folded value, each once."""
    measures: tuple[tuple[str, float], ...] = ()
    """Label and number, each once, sorted."""
    labels: tuple[str, ...] = ()
    """Labels of answers, be they numbers or not: `f.` and the folded label."""


class IndexedFacts(NamedTuple):
    """Facts by the numbers of their words and labels, as they stand in the index."""

    terms: frozenset[int] = frozenset()
    measures: frozenset[tuple[int, float]] = frozenset()


def facts_of(submission: Submission, answers: Iterable[tuple[str, str]], person: Person) -> Facts:
    """The facts of a submission; `answers` are label and cleaned text of those that are not empty."""
    kept = [(fold_label(label), text) for label, text in islice(answers, _MOST_ANSWERS)]
    metadata = [
        (fold_label(key), value, value if type(value) is str else single_text(value) or "")
        for key, value in islice(submission.metadata.items(), _MOST_METADATA)
    ]
    tags = {
        (name, _folded(value) if len(value) <= FACT_CUT else fold(value)[:FACT_CUT]): None
        for name, value in _tags(submission, metadata, person)
        if value
    }
    tags.update(dict.fromkeys(_held(submission, kept, metadata)))
    if submission.container_id is not None:
        tags["container", f"{submission.source}/{submission.container_id}"] = None
    measures = {each for each in _measures(submission, kept, metadata) if math.isfinite(each[1])}
    return Facts(tuple(tags), tuple(sorted(measures)), _labels(tuple([label for label, _ in kept])))


@lru_cache(maxsize=1024)
def _folded(value: str) -> str:
    return fold(value)[:FACT_CUT]


@lru_cache(maxsize=256)
def _labels(labels: tuple[str, ...]) -> tuple[str, ...]:
    """The labels of a form's answers come again with every submission of it."""
    return tuple(sorted({f"f.{label}" for label in labels}))


def parse_number(text: str) -> float | None:
    """An answer that is a number: a sign, digits with or without commas between thousands, decimals."""
    found = _NUMBER.fullmatch(text) if len(text) < _MOST_DIGITS else None
    return float(found.group(1).replace(",", "")) if found else None


def parse_day(text: str) -> int | None:
    """An answer that is an ISO date, or begins with one and goes on with a time: its day since 0001-01-01."""
    found = _DAY.fullmatch(text) if len(text) < _MOST_DIGITS else None
    if found is None:
        return None
    try:
        return date.fromisoformat(found.group(1)).toordinal()
    except ValueError:  # 30 February
        return None


def _held(
    submission: Submission, answers: list[tuple[str, str]], metadata: list[_Metadata]
) -> Iterator[tuple[str, str]]:
    """What `has:` finds."""
    contact, reply = submission.contact, submission.reply
    if contact.email and not contact.email.isspace():
        yield "has", "email"
    if contact.phone and not contact.phone.isspace():
        yield "has", "phone"
    if submission.attribution.conversation_id:
        yield "has", "conversation"
    if submission.translation:
        yield "has", "translation"
    if any(map(_LINK.search, [text for _, text in answers if "://" in text])):
        yield "has", "url"
    if reply is not None and (reply.content or reply.replied_at):
        yield "has", "reply"
    if any(text or _is_filled(value) for key, value, text in metadata if key.startswith("utm")):
        yield "has", "utm"


def _is_filled(value: JSONValue) -> bool:
    return isinstance(value, dict) and bool(value)


def _tags(submission: Submission, metadata: list[_Metadata], person: Person) -> list[tuple[str, str]]:
    """Names and values; an empty value says nothing."""
    name, destination, reply = submission.contact.name, submission.destination, submission.reply
    tags = [
        ("lang", submission.language or ""),
        ("result", submission.result or ""),
        ("resolver", submission.resolved_by or ""),
        ("visitor", person.visitor or ""),
        ("domain", person.email.rpartition("@")[2] if person.email else ""),
    ]
    if not name or name.isspace():
        tags.append(("no", "name"))
    if reply is not None:
        tags.append(("reply", reply.status))
    if submission.delivery is not None:
        tags.append(("delivery", submission.delivery.status))
    if submission.processing is not None:
        tags.append(("processing", submission.processing.status))
    if destination is not None:
        tags.append(("dest", destination.type))
        value = destination.value
        for text in value.values() if isinstance(value, Mapping) else (value,):
            tags.append(("dest", text if isinstance(text, str) else ""))
    tags += [(f"meta.{key}", text) for key, _, text in metadata]
    tags += [(key, text) for key, _, text in metadata if key in _NAMED]
    return tags


def _measures(
    submission: Submission, answers: list[tuple[str, str]], metadata: list[_Metadata]
) -> Iterator[tuple[str, float]]:
    for name, moment in (
        ("resolved", submission.resolved_at),
        ("viewed", submission.viewed_at),
        ("completed", submission.completed_at),
    ):
        if moment is not None:
            yield name, _seconds(moment)
    if submission.duration_seconds is not None:
        yield "fill", float(submission.duration_seconds)
    if submission.spam is not None and submission.spam.confidence is not None:
        yield "spam", float(submission.spam.confidence)
    for label, text in _like_numbers([(key, text) for key, _, text in metadata]):
        number = parse_number(text)
        if number is not None:
            yield f"meta.{label}", number
    for label, text in _like_numbers(answers):
        number, day = parse_number(text), parse_day(text)
        if number is not None:
            yield f"f.{label}", number
        if day is not None:
            yield f"d.{label}", float(day)


def _like_numbers(texts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those that may be a number or a day, as few are; a wrong yes costs time, a wrong no cannot happen."""
    return [
        (label, text)
        for label, text in texts
        if len(text) < _MOST_DIGITS and not text[:1].isalpha() and _LIKE_A_NUMBER.match(text)
    ]


def _seconds(moment: datetime) -> float:
    return float(int(moment.timestamp()))


def pack_facts(facts: IndexedFacts) -> bytes:
    """What was indexed of a submission, so that exactly this can be taken out of the index again."""
    terms = sorted(facts.terms)
    parts = [_spelled(len(terms)), *map(_spelled, map(sub, terms, [0, *terms]))]
    for label, value in sorted(facts.measures):
        whole = value.is_integer() and 0 <= value < 2**53
        parts.append(_spelled(label * 2 + whole))
        parts.append(_spelled_large(int(value)) if whole else struct.pack(">d", value))
    return b"".join(parts)


def unpack_facts(packed: bytes) -> IndexedFacts:
    """What was indexed. Raises CacheBroken for what `pack_facts` did not give."""
    try:
        return _unpack(packed)
    except (IndexError, TypeError, struct.error) as exc:
        raise CacheBroken(NOT_AS_STORED) from exc


def _unpack(packed: bytes) -> IndexedFacts:
    terms: set[int] = set()
    measures: set[tuple[int, float]] = set()
    if not packed:
        return IndexedFacts()
    count, at = _take(packed, 0)
    term = 0
    for _ in range(count):
        step, at = _take(packed, at)
        term += step
        terms.add(term)
    while at < len(packed):
        label, at = _take(packed, at)
        if label % 2:
            whole, at = _take(packed, at)
            measures.add((label // 2, float(whole)))
        else:
            measures.add((label // 2, struct.unpack_from(">d", packed, at)[0]))
            at += 8
    return IndexedFacts(frozenset(terms), frozenset(measures))


@lru_cache(maxsize=4096)
def _spelled(number: int) -> bytes:
    """A number of any size: seven bits a byte, the lowest first."""
    spelled = bytearray()
    while number > 0x7F:
        spelled.append(number & 0x7F | 0x80)
        number >>= 7
    spelled.append(number)
    return bytes(spelled)


def _spelled_large(number: int) -> bytes:
    """What `_spelled` gives, quicker for a moment in seconds, of which each is another."""
    if not 2**28 <= number < 2**35:
        return _spelled(number)
    low = (number & 0x7F, number >> 7 & 0x7F, number >> 14 & 0x7F, number >> 21 & 0x7F)
    return bytes((low[0] | 0x80, low[1] | 0x80, low[2] | 0x80, low[3] | 0x80, number >> 28))


def _take(packed: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = packed[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number, at
