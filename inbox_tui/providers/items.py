"""Brings one item of foreign JSON within bounds before anything else looks at it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeVar

from cache.text import scrub

if TYPE_CHECKING:
    from cache.models import JSONValue

__all__ = [
    "CUT_MARK",
    "MAX_DEPTH",
    "MAX_ID",
    "MAX_KEYS",
    "MAX_STRING",
    "BadItem",
    "clean_item",
    "is_within_bounds",
    "parse_time",
    "understood",
]

_T = TypeVar("_T")

MAX_DEPTH: Final = 32
MAX_KEYS: Final = 1_000
"""The most keys one object may have: a form with hundreds of fields, and what its system adds to them."""
MAX_STRING: Final = 256 * 1024
"""The most bytes of UTF-8 a string keeps."""
MAX_ID: Final = 200
CUT_MARK: Final = "… [cut]"

_TOO_SHORT_FOR_MANY: Final = 5 * MAX_KEYS
"""A key and its value take five characters or more."""
_ESCAPE: Final = re.compile(rb"\\u")
"""How any character may be spelled; looking for it so takes a third of what `in` takes."""
_INT64: Final = 2**63
_USUAL_TIME_LENGTH: Final = len("2026-05-22T10:12:00.123456+00:00")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)")


class BadItem(ValueError):
    """An item that cannot be understood. `reason` is short and holds nothing a person wrote."""

    def __init__(self, reason: str, identifier: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.id = identifier


def clean_item(item: JSONValue) -> dict[str, JSONValue]:
    """A JSON object as SQLite can hold it, with long strings cut and huge integers as text.

    Gives `item` itself where nothing has to change, which is nearly always; else a copy.
    Raises BadItem for what is no object, is nested too deeply or has too many keys.
    """
    if type(item) is dict and _is_clean(item):
        return item
    if not isinstance(item, Mapping):
        raise BadItem("not an object")
    return _clean_object(item, 1)


def understood(items: Iterable[JSONValue], read: Callable[[dict[str, JSONValue]], _T]) -> list[_T]:
    """What `read` makes of the items, each brought within bounds; those it raises BadItem of are left out."""
    found = []
    for item in items:
        try:
            found.append(read(clean_item(item)))
        except BadItem:
            continue
    return found


def is_within_bounds(text: bytes) -> bool:
    """Says by the JSON text of an item that `clean_item` would change nothing; a wrong no costs time.

    The text is one whose numbers are in range; where it is UTF-8, only an escape can make a character that
    cannot be stored.
    """
    return (
        len(text) <= MAX_STRING
        and _ESCAPE.search(text) is None
        and text.count(b"{") + text.count(b"[") <= MAX_DEPTH
        and (len(text) < _TOO_SHORT_FOR_MANY or text.count(b":") <= MAX_KEYS)
        and text.startswith(b"{")
    )


def parse_time(text: JSONValue) -> datetime | None:
    """An ISO 8601 time with its zone as aware UTC, None for anything else.

    Takes any number of decimals (beyond microseconds they are dropped), `Z` and `+00:00` alike.
    """
    if not isinstance(text, str):
        return None
    try:
        usual = len(text) == _USUAL_TIME_LENGTH and text[4:20:3] == "--T::." and text.endswith("+00:00")
        if usual and "\0" not in text:
            return datetime.fromisoformat(text)  # nearly always
        if len(text) > 64 or not _TIME.fullmatch(text):
            return None
        moment = datetime.fromisoformat(text if text.isupper() else text.upper())
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _is_clean(item: dict[str, JSONValue]) -> bool:
    """Says quickly that nothing has to be cleaned; a wrong no costs time, a wrong yes cannot happen."""
    texts: list[str] = []
    if not _gather(item, texts, 1):
        return False
    together = "\n".join(texts)
    if len(together) * 4 > MAX_STRING or "\0" in together:
        return False
    if not together.isascii():
        try:
            together.encode("utf-8")
        except UnicodeEncodeError:
            return False
    return True


def _gather(value: dict[str, JSONValue] | list[JSONValue], texts: list[str], depth: int) -> bool:
    """Collects every string below `value`; False when something else is out of bounds."""
    if depth > MAX_DEPTH:
        return False
    inners: Iterable[JSONValue] = value
    if isinstance(value, dict):
        if len(value) > MAX_KEYS:
            return False
        texts.extend(value)
        inners = value.values()
    for inner in inners:
        kind = type(inner)
        if kind is str:
            texts.append(inner)
        elif kind is dict or kind is list:
            if not _gather(inner, texts, depth + 1):
                return False
        elif kind is int:
            if not -_INT64 <= inner < _INT64:
                return False
        elif not (inner is None or kind is bool or (kind is float and math.isfinite(inner))):
            return False
    return True


def _clean_object(value: Mapping[str, JSONValue], depth: int) -> dict[str, JSONValue]:
    if depth > MAX_DEPTH:
        raise BadItem("nested too deeply")
    if len(value) > MAX_KEYS:
        raise BadItem("too many keys")
    return {_clean_text(key): _clean_value(inner, depth) for key, inner in value.items()}


def _clean_value(value: JSONValue, depth: int) -> JSONValue:
    match value:
        case str():
            return _clean_text(value)
        case None | bool():
            return value
        case int():
            return value if -_INT64 <= value < _INT64 else _huge(value)
        case float():
            return value if math.isfinite(value) else str(value)
        case Mapping():
            return _clean_object(value, depth + 1)
        case list() | tuple():
            if depth >= MAX_DEPTH:
                raise BadItem("nested too deeply")
            return [_clean_value(inner, depth + 1) for inner in value]
        case _:
            raise BadItem("not JSON")


def _clean_text(text: str) -> str:
    scrubbed = scrub(text)
    if len(scrubbed) * 4 <= MAX_STRING:
        return scrubbed
    encoded = scrubbed.encode("utf-8")
    if len(encoded) <= MAX_STRING:
        return scrubbed
    kept = encoded[: MAX_STRING - len(CUT_MARK.encode("utf-8"))]
    return kept.decode("utf-8", errors="ignore") + CUT_MARK


def _huge(value: int) -> str:
    """The digits of an integer; of one with thousands of them, only how large it is."""
    return str(value) if value.bit_length() <= 4096 else f"an integer of {value.bit_length()} bits"
