"""What can be put in at the cursor: the names of fields and their values."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from cache.names import fold
from cache.query.fields import ALIASES, FIELDS, HABITS, PERSONS, SORT_FIELDS, VALUES
from cache.query.lexing import Text, needs_quotes

__all__ = ["Choice", "Completion", "Values", "complete", "completion_at", "put_in"]

Values: TypeAlias = Callable[[str, str], Sequence[tuple[str, int | None]]]
"""Values of a field that are cached and begin with a text, each with how many rows have it.

`f` and `meta` ask for labels and keys, `f.LABEL` and `meta.KEY` for the values under one.
"""


class Choice(NamedTuple):
    """One thing that can be put in."""

    text: str
    """As it is written in a query: with its colon, or in quotes where it needs them."""
    help: str = ""
    """A few words about it."""
    rows: int | None = None
    """How many rows have it."""


class Completion(NamedTuple):
    """What is being typed at the cursor. Positions are in characters from 0."""

    start: int
    end: int
    """`start` to `end` is replaced."""
    field: str | None
    """The full name of the field whose value is typed, as for `Values`; None for the name of a field."""
    prefix: str
    """What is typed of it before the cursor, without a quote."""
    choices: tuple[Choice, ...] = ()


_HELP: Final[Mapping[str, str]] = {
    "status": "new, read, in_progress, resolved, spam",
    "priority": "none, low, medium, high; >=medium",
    "assignee": "a name, me, none or any",
    "resolver": "who resolved it",
    "is": "open, flagged, mine, unsettled",
    "has": "email, phone, notes, reply",
    "no": "the opposite of has:",
    "num": "421, 421..430",
    "id": "a part of the id",
    "source": "a source of the config",
    "provider": "what kind of source",
    "form": "a form, page or bot by name",
    "dest": "where the visitor went afterwards",
    "name": "the visitor's name",
    "email": "a part of the address",
    "domain": "what follows the @",
    "phone": "some of the digits",
    "contact": "name, e-mail, phone or visitor id",
    "body": "words of the answers",
    "note": "words of the internal note",
    "country": "where the visitor was",
    "browser": "what the visitor used",
    "lang": "the language of the answers",
    "spam": "how sure, from 0 to 1: >0.5",
    "reply": "how the reply stands",
    "delivery": "how the delivery went",
    "result": "the result of the form",
    "processing": "how far processing has come",
    "created": "7d, today, 2026-05, -14d..-7d",
    "resolved": "7d, today, 2026-05",
    "viewed": "7d, today, 2026-05",
    "completed": "7d, today, 2026-05",
    "age": "how long ago: >36h",
    "fill": "how long the form took: <3s",
    "in": "the matches of a view",
    "sort": "created, number, priority, name",
    "limit": "the first so many",
    "f.": "one answer by its label",
    "meta.": "one value of the metadata by its key",
}
_TIMES: Final = (
    *("today", "yesterday", "7d", "30d", "thisweek", "lastweek", "thismonth", "lastmonth", "thisyear"),
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
)
_FIXED: Final[Mapping[str, tuple[str, ...]]] = {
    **VALUES,
    "assignee": PERSONS,
    "resolver": PERSONS,
    "created": _TIMES,
    "resolved": _TIMES,
    "viewed": _TIMES,
    "completed": _TIMES,
    "age": ("1h", "1d", "2d", "7d", "30d", "1y"),
    "fill": ("3s", "10s", "1min", "10min"),
    "sort": tuple(sign + name for name in SORT_FIELDS for sign in ("", "-")),
}


def completion_at(text: str, cursor: int) -> Completion | None:
    """What is being typed at the cursor, with the choices that are always there.

    None inside a quoted text, where nothing can be put in.
    """
    spot = _spot(text[:cursor])
    if spot is None:
        return None
    field, start, prefix = spot
    end = cursor
    while end < len(text) and not text[end].isspace() and text[end] not in '"()|,:<>=':
        end += 1
    if text[start:cursor].startswith('"') and text[end : end + 1] == '"':
        end += 1
    if field is None:
        if text[end : end + 1] == ":":
            end += 1
        return Completion(start, end, None, prefix, _fields(prefix))
    choices = (Choice(value) for value in _FIXED.get(field, ()) if value.startswith(prefix.lower()))
    return Completion(start, end, field, prefix, tuple(choices))


def complete(text: str, cursor: int, values: Values) -> Completion | None:
    """What can be put in at the cursor, with what is cached and its counts; None where there is nothing."""
    found = completion_at(text, cursor)
    if found is None or found.field is None:
        return found
    cached = dict(values(found.field, found.prefix))
    label = f"{found.field}." if found.field in ("f", "meta") else None
    choices = [choice._replace(rows=cached.pop(choice.text, None)) for choice in found.choices]
    known = {fold(choice.text) for choice in choices}
    for value, count in cached.items():
        if fold(value) not in known and '"' not in value:
            choices.append(Choice(_label(label, value) if label else _quoted(value), "", count))
    return found._replace(choices=tuple(choices))


def put_in(text: str, completion: Completion, choice: Choice) -> tuple[str, int]:
    """The text with a choice put in, and where the cursor stands after it."""
    before = text[: completion.start] + choice.text
    return before + text[completion.end :], len(before)


def _quoted(value: str) -> str:
    return f'"{value}"' if needs_quotes(value) else value


def _label(head: str, value: str) -> str:
    plain = all(char.isalnum() or char in "_." for char in value)
    return f"{head}{value}:" if plain else f'{head}"{value}":'


def _fields(prefix: str) -> tuple[Choice, ...]:
    typed = prefix.lower()
    names = [*FIELDS, "f.", "meta."]
    found = [Choice(_spelled(name), _HELP[name]) for name in names if name.startswith(typed)]
    others = {**ALIASES, **{habit: field for habit, (field, _) in HABITS.items()}}
    if typed:
        found += (
            Choice(f"{alias}:", f"the same as {field}:")
            for alias, field in others.items()
            if alias.startswith(typed)
        )
    return tuple(found)


def _spelled(name: str) -> str:
    return name if name.endswith(".") else f"{name}:"


def _spot(text: str) -> tuple[str | None, int, str] | None:
    """What stands at the end of a text: the field whose value it is, where it starts, what is typed of it."""
    reader = Text(text, partial=True)
    groups: list[str | None] = []
    """The field of each group that is open."""
    while not reader.at_end():
        sign = reader.peek()
        group = groups[-1] if groups else None
        if sign == "(":
            groups.append(group)
        elif sign == ")":
            del groups[-1:]
        if sign in "()|-!":
            reader.position += 1
            continue
        start = reader.position
        field = group
        if group is None:
            if sign == '"':
                if _passed(reader)[1]:
                    return None
                continue
            named = reader.field()
            if named is None:
                word = reader.bare()
                reader.position += len(word)
                if reader.position >= len(text):
                    return _begun(word, start)
                if word.lower() in ("f.", "meta.") and reader.peek() == '"':
                    label, is_open = _passed(reader)
                    if is_open:
                        return word.lower()[:-1], start, label
                continue
            field = _full_name(named.name, named.label)
            reader.position = named.end + (text[named.end] == ":")
        reader.operator()
        if reader.peek() == "(":
            groups.append(field)
            reader.position += 1
            continue
        found = _value(reader)
        if found is not None:
            return field, *found
    field = groups[-1] if groups else None
    return field, len(text), ""


def _begun(word: str, start: int) -> tuple[str | None, int, str]:
    """A word that may become the name of a field, a label or a key."""
    head, dot, tail = word.partition(".")
    if dot and head.lower() in ("f", "meta"):
        return head.lower(), start, tail
    return None, start, word


def _value(reader: Text) -> tuple[int, str] | None:
    """Where the value at the end of the text starts and what is typed of it; None if something follows."""
    while True:
        start = reader.position
        if reader.peek() == '"':
            value, is_open = _passed(reader)
            if is_open:
                return start, value
        else:
            value = reader.value()
            reader.position += len(value)
            if not reader.peek():
                return start, value
        if reader.peek() != ",":
            return None
        reader.position += 1


def _passed(reader: Text) -> tuple[str, bool]:
    """The quoted text that comes next, passed over, and whether its quote is still open."""
    is_open = '"' not in reader.text[reader.position + 1 :]
    return reader.quoted(), is_open


def _full_name(name: str, label: str | None) -> str:
    folded = name.lower()
    if folded in ("f.", "meta."):
        return f"{folded}{fold(label or '')}"
    if folded in HABITS:
        return HABITS[folded][0]
    return ALIASES.get(folded, folded)
