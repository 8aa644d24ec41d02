"""Whether a value fits its field, as far as the text alone tells, and its one spelling."""

import re
from typing import Final

from cache.query.errors import QueryError
from cache.query.fields import FIELDS, PERSONS, VALUES, Kind, kind_of
from cache.query.lexing import needs_quotes, split_range
from cache.query.tree import Hint, Operator, Range, Value

__all__ = [
    "check_comparison",
    "check_range",
    "check_value",
    "may_be_id",
    "may_be_range",
    "measure_of",
    "no_field",
    "number_of",
]

_REFERENCE: Final = re.compile(r"(?:SUB-|#)0*([0-9]{1,15})", re.IGNORECASE | re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?\d{1,300}(?:\.\d{1,300})?", re.ASCII)
_SHOWN_OF_ID: Final = 6
_WITHOUT_STARS: Final = ("part", "tag", "meta")
"""Kinds whose values are compared letter by letter."""
_EXACT_TEXT: Final = ("text", "answer")
"""Kinds where quotes mean that the last word is whole."""


def number_of(text: str) -> int | None:
    """The number that `SUB-0421` or `#421` names; None for any other text."""
    found = _REFERENCE.fullmatch(text)
    return int(found.group(1)) if found else None


def may_be_id(text: str) -> bool:
    """Whether `#012345` may be the beginning of an id: it has as many characters as the list shows of one."""
    return text.startswith("#") and len(text) > _SHOWN_OF_ID


def measure_of(text: str) -> float | None:
    """The number a text is; None for any other text."""
    return float(text) if _NUMBER.fullmatch(text) else None


def may_be_range(field: str, text: str) -> bool:
    """Whether two dots in a value part the ends of a range, and are no part of a text."""
    ends = split_range(text)
    if ends is None:
        return False
    kind = kind_of(field)
    if kind not in ("answer", "meta"):
        return True
    given = [end for end in ends if end]
    return bool(given) and all(measure_of(end) is not None or _is_dated(end) for end in given)


def _is_dated(text: str) -> bool:
    if not text[:4].isdigit():
        return False
    from cache.query.times import dated  # only where a time may be

    return dated(text) is not None


def check_value(field: str, value: Value) -> tuple[Value, Hint | None]:
    """The value in its one spelling, and a hint where something else was typed.

    Raises QueryError when the field can have no such value.
    """
    text, column = value.text, value.column
    hint: Hint | None = None
    folded = text.lower()
    kind = kind_of(field)
    if "*" in text and not value.quoted and kind in _WITHOUT_STARS:
        return _starred(field, kind, value)
    if kind in ("choice", "rank"):
        if field == "is" and folded == "unread":
            text, hint = "new", Hint("read_as", "`is:unread` was read as `is:new`")
        else:
            text = _choice(field, text, column)
    elif kind == "person":
        if folded == "@me":
            text, hint = "me", Hint("read_as", f"`{field}:@me` was read as `{field}:me`")
        elif folded in PERSONS:
            text = folded
    elif kind == "number":
        text = _whole(text, column)
    elif kind == "share":
        text = _share(text, column)
    elif kind in ("time", "length"):
        from cache.query import times  # only where a query speaks of time

        check = times.check_time if kind == "time" else times.check_length
        text = check(text, column)
    quoted = value.quoted if kind in _EXACT_TEXT else value.quoted and needs_quotes(text)
    return Value(text, column, quoted), hint


def _starred(field: str, kind: Kind, value: Value) -> tuple[Value, Hint]:
    """A value with stars around it: a piece of an identifier is found anywhere as it is."""
    text = value.text.strip("*")
    if not text:
        raise QueryError(value.column, "`*` means any value and stands alone")
    if kind != "part":
        raise QueryError(value.column, "patterns are not supported. Write the whole value")
    if "*" in text:
        raise QueryError(value.column, "patterns are not supported. Write the text itself")
    hint = Hint("read_as", f"`{field}:{value.text}` was read as `{field}:{text}`, which finds it anywhere")
    return Value(text, value.column, needs_quotes(text)), hint


def check_comparison(field: str, operator: Operator, value: Value) -> None:
    """Raises QueryError when a value of a field has no place in an order."""
    kind = kind_of(field)
    if kind == "time":
        from cache.query.times import is_relative

        if is_relative(value.text):
            raise QueryError(value.column, _both_readings(field, operator, value.text))
    elif kind in ("answer", "meta") and measure_of(value.text) is None:
        if kind == "meta":
            raise QueryError(value.column, "metadata is compared as a number")
        if not _is_dated(value.text):
            raise QueryError(value.column, "a comparison needs a number or a day such as 2026-05-22")


def check_range(field: str, found: Range) -> None:
    """Raises QueryError when an end of a range is no point."""
    if found.low is None and found.high is None:
        raise QueryError(found.column, "a range needs one of its ends")
    ends = [end for end in (found.low, found.high) if end is not None]
    kind = kind_of(field)
    if kind == "time":
        from cache.query.times import is_relative

        for end in ends:
            if is_relative(end.text):
                raise QueryError(
                    end.column, f"a range needs a day here. Write `-{end.text}` for the day {end.text} ago"
                )
    elif kind == "meta":
        for end in ends:
            check_comparison(field, "<", end)
    elif kind == "answer" and len({measure_of(end.text) is None for end in ends}) > 1:
        raise QueryError(found.column, "a range goes from number to number or from day to day")


def _both_readings(field: str, operator: Operator, text: str) -> str:
    if field != "created":
        return f"before or after? `{field}:<-{text}` is before that day, `{field}:{text}` is since"
    return f"before or after? `age:>{text}` is older than, `created:{text}` is since"


def _choice(field: str, text: str, column: int) -> str:
    folded = text.lower()
    allowed = VALUES[field]
    if folded in allowed:
        return folded
    if field == "status" and folded == "open":
        raise QueryError(column, 'status has no value "open". `is:open` means new, read or in progress')
    known = f"Values: {', '.join(allowed)}"
    if field in ("is", "has", "no"):
        near = _nearest(folded, allowed, 0.6)
        hint = f"Did you mean `{field}:{near}`?" if near else known
        raise QueryError(column, f'`{field}:` has no value "{text}". {hint}')
    raise QueryError(column, f'{field} has no value "{text}". {known}')


def _whole(text: str, column: int) -> str:
    number = number_of(text)
    if number is None:
        if not (text.isascii() and text.isdigit()):
            raise QueryError(column, "not a number. Try 421, SUB-0421, 421..430")
        if len(text.lstrip("0")) > 15:
            raise QueryError(column, "a number has at most 15 digits")
        number = int(text)
    return str(number)


def _share(text: str, column: int) -> str:
    number = measure_of(text)
    if number is None or not 0 <= number <= 1:
        raise QueryError(column, "spam is a number from 0 to 1. Try spam:>0.5")
    return text


def no_field(name: str, token: str, column: int) -> QueryError:
    """The error for a field that does not exist."""
    near = _nearest(name.lower(), (*FIELDS, "meta"), 0.7)
    if name.lower().rstrip(".") in ("f", "meta"):
        what = ("f.<label>", "answer") if name[0] in "fF" else ("meta.<key>", "metadata value")
        hint = f"Write `{what[0]}:` for one {what[1]}"
    elif near:
        hint = f"Did you mean `{near}{'.<key>' if near == 'meta' else ''}:`?"
    else:
        hint = f'To search for the text write `"{token.replace(chr(34), " ").strip()}"`'
    return QueryError(column, f'there is no field "{name}". {hint}')


def _nearest(text: str, known: tuple[str, ...], cutoff: float) -> str | None:
    import difflib  # only when something is misspelt

    near = difflib.get_close_matches(text, known, n=1, cutoff=cutoff)
    return near[0] if near else None
