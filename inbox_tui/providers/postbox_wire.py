"""The envelopes of Postbox in its three published states, opened with as little trust as possible.

Facts: docs/contracts/postbox.md sections 2, 3 and 6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from inbox_tui.providers.items import BadItem, clean_item, parse_time, understood
from inbox_tui.providers.merged import Part
from inbox_tui.providers.wrapped import identifier, rows_of, text

if TYPE_CHECKING:
    from cache.models import JSONValue

__all__ = ["ListPage", "Place", "form_fields", "form_parts", "list_page", "one_submission"]

_MOST_FIELDS: Final = 300


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a form's list to read on: a page, and how many rows the list held when that was decided."""

    page: int = 1
    total: int | None = None

    @classmethod
    def read(cls, cursor: str | None) -> Place:
        """The place that a cursor names. Raises ValueError for one that `text` has not made."""
        if cursor is None:
            return cls()
        page, _, total = cursor.partition(" of ")
        place = cls(int(page), int(total) if total else None)
        if place.page < 1:
            raise ValueError("pages are counted from 1")
        return place

    def text(self) -> str:
        """The cursor that names it."""
        return str(self.page) if self.total is None else f"{self.page} of {self.total}"


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of a form's list; `total` and `size` are None where the answer does not tell them."""

    rows: list[JSONValue]
    total: int | None = None
    size: int | None = None
    pages: int | None = None


def list_page(answer: JSONValue) -> ListPage | None:
    """The page in an answer, None when there is none (section 2.1)."""
    if not isinstance(answer, dict) or not isinstance(answer.get("data"), list):
        return None
    meta = answer.get("meta")
    told = meta if isinstance(meta, dict) else {}
    return ListPage(
        answer["data"],
        _count(told.get("total_count")),
        _count(told.get("page_size")) or None,
        _count(told.get("total_pages")),
    )


def one_submission(answer: JSONValue) -> JSONValue:
    """The submission in an answer, wrapped or bare: a bare one has a member `data` too (section 2)."""
    if isinstance(answer, dict) and "id" not in answer:
        for name in ("submission", "data"):
            inner = answer.get(name)
            if isinstance(inner, dict) and "id" in inner:
                return inner
    return answer


def form_parts(answer: JSONValue) -> list[Part] | None:
    """The forms in a list of them, None when it is no list (section 6)."""
    rows = rows_of(answer, "forms", "data")
    return None if rows is None else understood(rows, _part)


def form_fields(answer: JSONValue) -> list[JSONValue] | None:
    """The fields of a form, in order, and which of them are traps; None where it does not tell them."""
    try:
        form = clean_item(answer)
    except BadItem:
        return None
    if isinstance(form.get("form"), dict):
        form = form["form"]
    listed: JSONValue = None
    for name in ("schema", "fields_schema"):
        if isinstance(schema := form.get(name), dict) and listed is None:
            listed = schema.get("fields")
    if listed is None:
        listed = form.get("fields")
    if not isinstance(listed, list):
        return None
    return [_field(field) for field in listed[:_MOST_FIELDS] if _is_named(field)]


def _part(form: Mapping[str, JSONValue]) -> Part:
    name = text(form, "name", "slug") or identifier(form)[:8]
    count, created = _count(form.get("submission_count")), parse_time(form.get("created_at"))
    return Part(identifier(form), name, count, created)


def _is_named(field: JSONValue) -> bool:
    return isinstance(field, dict) and isinstance(field.get("name"), str)


def _field(field: Mapping[str, JSONValue]) -> dict[str, JSONValue]:
    told: dict[str, JSONValue] = {"name": field["name"]}
    if (kind := text(field, "type")) is not None:
        told["type"] = kind
    rules = field.get("rules")
    trapped = isinstance(rules, list) and any(
        isinstance(rule, dict) and rule.get("op") == "honeypot" for rule in rules
    )
    if trapped or field.get("honeypot") is True:
        told["hidden"] = True
    return told


def _count(value: JSONValue) -> int | None:
    return value if type(value) is int and 0 <= value < 2**53 else None
