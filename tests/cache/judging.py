"""What a query means, told a second time in plain Python: one submission after the other is looked at."""

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from cache.models import PRIORITIES, STATUSES, Key, Submission
from cache.names import fold
from cache.query import Order
from cache.query import meaning as m

__all__ = ["Judged", "judge", "ordered", "words_of"]


@dataclass(frozen=True)
class Judged:
    """A submission with the values a person sees."""

    submission: Submission
    rowid: int
    sync: str
    opened: bool

    @property
    def who(self) -> str:
        """What the list shows as the name."""
        contact = self.submission.contact
        told = (text for text in (contact.name, contact.email, contact.phone) if text and text.strip())
        return next(told, f"visitor {self.submission.id[:4]}")

    @property
    def answers(self) -> list[tuple[str, str]]:
        """Label and text of each answer."""
        given = [(field.label, str(field.value)) for field in self.submission.fields]
        return [(label, text) for label, text in given if text]


def judge(meaning: m.Meaning, one: Judged) -> bool:
    """Whether a submission is meant."""
    if isinstance(meaning, m.All):
        return all(judge(part, one) for part in meaning.parts)
    if isinstance(meaning, m.Either):
        return any(judge(part, one) for part in meaning.parts)
    if isinstance(meaning, m.Without):
        return not judge(meaning.part, one)
    return bool(_JUDGES[type(meaning)](meaning, one))


def _phrase(meaning: m.Phrase, one: Judged) -> bool:
    contact, notes = one.submission.contact, one.submission.notes or ""
    body = "\n".join(text for _, text in one.answers)
    places = {"who": [one.who], "body": [body], "notes": [notes]}
    texts = places.get(meaning.place, [one.who, body, notes, contact.email or "", contact.phone or ""])
    return any(says(text, meaning.text, prefix=meaning.prefix) for text in texts)


def _symbol(meaning: m.Symbol, one: Judged) -> bool:
    texts = [one.who, one.submission.notes or "", *(text for _, text in one.answers)]
    return any(meaning.text in text for text in texts)


def _holds(meaning: m.Holds, one: Judged) -> bool:
    if meaning.what == "email":
        return meaning.text in fold(one.submission.contact.email or "")
    if meaning.what == "id":
        name = fold(one.submission.id)
        return name.startswith(meaning.text) if meaning.begins else meaning.text in name
    return _dialled(meaning.text) in _dialled(one.submission.contact.phone or "") and bool(meaning.text)


def _dialled(text: str) -> str:
    return "".join(char for char in text if char in "0123456789+")


def _numbered(meaning: m.Numbered, one: Judged) -> bool:
    number = one.submission.number
    if number is None:
        return False
    if meaning.digits:
        return meaning.digits in str(number)
    return _inside(number, meaning.low, meaning.high)


def _inside(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or low <= value) and (high is None or value <= high)


def _one_of(meaning: m.OneOf, one: Judged) -> bool:
    return getattr(one.submission, meaning.column) in meaning.values


def _assigned(meaning: m.Assigned, one: Judged) -> bool:
    user, source = one.submission.assignee_id, one.submission.source
    if user is None:
        return meaning.nobody
    return meaning.anybody or bool({(None, user), (source, user)} & meaning.people)


def _tagged(meaning: m.Tagged, one: Judged) -> bool:
    held = {value for name, value in _tags(one) if name == meaning.name and value}
    return bool(held) if meaning.values is None else bool(held & meaning.values)


def _tags(one: Judged) -> Iterator[tuple[str, str]]:
    told = one.submission
    if told.container_id is not None:
        yield "container", f"{told.source}/{told.container_id}"
    yield from (("lang", fold(told.language or "")), ("result", fold(told.result or "")))
    yield "resolver", fold(told.resolved_by or "")
    yield "visitor", fold(told.attribution.visitor_id or "")
    if not (told.contact.name or "").strip():
        yield "no", "name"
    email = (told.contact.email or "").strip().lower()
    if email.count("@") == 1 and " " not in email:
        yield "domain", fold(email.partition("@")[2])
    for name, state in (("delivery", told.delivery), ("processing", told.processing), ("reply", told.reply)):
        if state is not None:
            yield name, fold(state.status)
    if told.destination is not None:
        yield "dest", fold(told.destination.type)
        value = told.destination.value
        yield "dest", fold(value["to"] if isinstance(value, dict) else value)
    for key, value in told.metadata.items():
        text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else fold(str(value))
        yield f"meta.{fold(key)}", text
        if key in ("country", "browser"):
            yield key, text
    given = {
        "email": (told.contact.email or "").strip(),
        "phone": told.contact.phone,
        "reply": told.reply is not None and told.reply.content,
        "conversation": told.attribution.conversation_id,
        "url": any("https://" in text for _, text in one.answers),
        "utm": any(key.startswith("utm") for key in told.metadata),
        "translation": told.translation,
    }
    yield from (("has", name) for name, value in given.items() if value)


def _between(meaning: m.Between, one: Judged) -> bool:
    told = one.submission
    values: dict[str, Any] = {
        "created": told.created_at,
        "resolved": told.resolved_at,
        "viewed": told.viewed_at,
        "completed": told.completed_at,
        "fill": told.duration_seconds,
        "spam": told.spam.confidence if told.spam else None,
    }
    name = meaning.name
    if name.startswith("meta."):
        found = [value for key, value in told.metadata.items() if f"meta.{fold(key)}" == name]
        values[name] = _number(str(found[0])) if found and not isinstance(found[0], bool) else None
    value = values[name]
    if value is None:
        return False
    return _inside(value if isinstance(value, int | float) else value.timestamp(), meaning.low, meaning.high)


def _number(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", ""))
    except ValueError:
        return None


def _day(text: str) -> float | None:
    try:
        return date.fromisoformat(text[:10]).toordinal()
    except ValueError:
        return None


def _answer_text(meaning: m.AnswerText, one: Judged) -> bool:
    return any(says(text, meaning.text, prefix=meaning.prefix) for text in _under(meaning.label, one))


def _answer_between(meaning: m.AnswerBetween, one: Judged) -> bool:
    read = {"number": _number, "date": _day}[meaning.kind]
    values = [read(text) for text in _under(meaning.label, one)]
    return any(value is not None and _inside(value, meaning.low, meaning.high) for value in values)


def _under(label: str, one: Judged) -> list[str]:
    return [text for name, text in one.answers if fold(name) == label]


_JUDGES: dict[type, Any] = {
    m.Phrase: _phrase,
    m.Symbol: _symbol,
    m.Holds: _holds,
    m.Numbered: _numbered,
    m.OneOf: _one_of,
    m.Assigned: _assigned,
    m.Flagged: lambda _, one: one.submission.flagged,
    m.HasNotes: lambda _, one: one.submission.notes,
    m.Synced: lambda meaning, one: one.sync in meaning.states,
    m.Unopened: lambda _, one: not one.opened,
    m.Tagged: _tagged,
    m.Between: _between,
    m.AnswerText: _answer_text,
    m.AnswerBetween: _answer_between,
    m.AnswerGiven: lambda meaning, one: _under(meaning.label, one),
}


# Order


def ordered(found: Sequence[Judged], order: Sequence[Order], names: Mapping[Key, str]) -> list[Judged]:
    """In the order of a query, the newest first where it leaves a choice; `names` are of people."""

    def assignee(one: Judged) -> str:
        user = one.submission.assignee_id or ""
        return names.get(Key(one.submission.source, user), user).lower()

    keys: dict[str, Callable[[Judged], Any]] = {
        "created": lambda one: one.rowid,
        "number": lambda one: _first_without(one.submission.number),
        "resolved": lambda one: _first_without(one.submission.resolved_at),
        "priority": lambda one: _rank(one.submission.priority, PRIORITIES),
        "status": lambda one: _rank(one.submission.status, STATUSES),
        "name": lambda one: one.who.lower(),
        "source": lambda one: one.submission.source,
        "assignee": assignee,
    }
    rows = sorted(found, key=lambda one: -one.rowid)
    for key in reversed(order):
        rows.sort(key=keys[key.field], reverse=key.descending)
    return rows


def _first_without(value: Any) -> tuple[bool, Any]:
    return (value is not None, value or 0)


def _rank(value: str, values: tuple[str, ...]) -> int:
    return values.index(value) if value in values else len(values)


# Words


def says(text: str, wanted: str, *, prefix: bool) -> bool:
    """Whether words follow one another in a text, the last perhaps only begun."""
    held, asked = words_of(text), words_of(wanted)
    if not asked:
        return False
    for start in range(len(held) - len(asked) + 1):
        stretch = held[start : start + len(asked)]
        if _same(stretch, asked, prefix=prefix):
            return True
    return False


def _same(held: list[tuple[str, bool]], asked: list[tuple[str, bool]], *, prefix: bool) -> bool:
    for at, ((word, joined), (other, other_joined)) in enumerate(zip(held, asked, strict=True)):
        begun = prefix and at == len(asked) - 1 and not _stands_alone(other[0])
        if not (word.startswith(other) if begun else word == other):
            return False
        if at and joined != other_joined:
            return False
    return True


def words_of(text: str) -> list[tuple[str, bool]]:
    """Words, and letters of scripts without spaces one by one; each with whether it follows such a letter."""
    words: list[tuple[str, bool]] = []
    inside = alone = False
    for char in unicodedata.normalize("NFC", text):
        if _stands_alone(char):
            if unicodedata.category(char)[0] == "M":
                continue
            words.append((char, alone))
            inside, alone = False, True
        elif char.isalnum():
            words[len(words) - 1 if inside else len(words) :] = [
                (words[-1][0] + _plain(char) if inside else _plain(char), False)
            ]
            inside, alone = True, False
        elif not unicodedata.combining(char):
            inside = alone = False
    return words


def _stands_alone(char: str) -> bool:
    name = unicodedata.name(char, "")
    return name.startswith(("CJK", "THAI", "HANGUL", "HIRAGANA", "KATAKANA"))


def _plain(char: str) -> str:
    base = unicodedata.normalize("NFD", char)[0]
    return base.lower() if base.isascii() else char.lower()
