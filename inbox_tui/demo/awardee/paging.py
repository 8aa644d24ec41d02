"""Cursors, limits and filters of Awardee lists. See docs/contracts/awardee.md section 2.3."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inbox_tui.demo.awardee.changes import PRIORITIES, STATUSES
from inbox_tui.demo.awardee.errors import invalid_query

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from inbox_tui.demo.awardee.quirks import Quirks

__all__ = ["Filters", "decode_cursor", "encode_cursor", "read_filters", "read_limit", "refuse_unknown"]

_DEFAULT_LIMIT = 25
_TOP_LIMIT = 100
_FILTERS = ("status", "priority", "assignee_id", "page_id", "flagged", "sort")
_SORTS = ("-created_at", "created_at")


def read_limit(query: Mapping[str, str]) -> int:
    """Return the page size.

    Raises:
        ApiError: 400, it is not a number from 1 to 100.
    """
    text = query.get("limit")
    if text is None:
        return _DEFAULT_LIMIT
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:9]) <= _TOP_LIMIT:
        raise invalid_query("limit", f"Must be a whole number from 1 to {_TOP_LIMIT}.")
    return int(text)


def refuse_unknown(query: Mapping[str, str], known: Sequence[str], quirks: Quirks) -> None:
    """Refuse query parameters nobody knows, if this dialect does that.

    Raises:
        ApiError: 400, there is one.
    """
    for name in query:
        if quirks.unknown_query == "refuse" and name not in known:
            raise invalid_query(name, "This parameter is not known.")


@dataclass(frozen=True)
class Filters:
    """Which submissions a list shows, as parts of one SQL statement."""

    conditions: tuple[str, ...]
    values: tuple[object, ...]
    newest_first: bool

    @property
    def digest(self) -> str:
        """A short name for these filters, which binds a cursor to them."""
        text = repr((self.conditions, self.values, self.newest_first))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def read_filters(query: Mapping[str, str], quirks: Quirks) -> Filters:
    """Read the filter and sort parameters of a list of submissions.

    Raises:
        ApiError: 400, an unknown value, or filters that this dialect refuses.
    """
    used = [name for name in _FILTERS if name in query]
    if quirks.filters == "refuse" and used:
        raise invalid_query(used[0], "This parameter is not known.")
    refuse_unknown(query, ("limit", "cursor", *_FILTERS), quirks)
    if quirks.filters == "ignore":
        query = {}
    conditions: list[str] = []
    values: list[object] = []
    for name, known in (("status", STATUSES), ("priority", PRIORITIES), ("assignee_id", ()), ("page_id", ())):
        if name not in query:
            continue
        wanted = [part.strip() for part in query[name].split(",")]
        strange = [part for part in wanted if not part or (known and part not in known)]
        if strange:
            raise invalid_query(name, f"Unknown value {strange[0][:40]!r}.")
        conditions.append(f"{name} IN ({', '.join('?' * len(wanted))})")
        values.extend(wanted)
    if "flagged" in query:
        if query["flagged"] not in ("true", "false"):
            raise invalid_query("flagged", "Must be true or false.")
        conditions.append("flagged = ?")
        values.append(int(query["flagged"] == "true"))
    if quirks.hide_spam and "status" not in query:
        conditions.append("status <> 'spam'")
    sort = query.get("sort", "-created_at")
    if sort not in _SORTS:
        raise invalid_query("sort", f"Must be one of {', '.join(_SORTS)}.")
    return Filters(tuple(conditions), tuple(values), sort.startswith("-"))


def encode_cursor(digest: str, *key: object) -> str:
    """Return the cursor that continues after the row with this sort key."""
    text = json.dumps([digest, *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(text: str | None, digest: str, kinds: Sequence[type]) -> list[object] | None:
    """Return the sort key inside a cursor; None for the first page.

    Raises:
        ApiError: 400, it was not made for this list with these filters.
    """
    if text is None:
        return None
    wrong = invalid_query("cursor", "This cursor is not valid here.")
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        read = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError) as problem:
        raise wrong from problem
    if not isinstance(read, list) or len(read) != len(kinds) + 1 or read[0] != digest:
        raise wrong
    key = read[1:]
    if any(type(part) is not kind for part, kind in zip(key, kinds, strict=True)):
        raise wrong
    if any(isinstance(part, int) and abs(part) >= 2**63 for part in key):
        raise wrong
    return key
