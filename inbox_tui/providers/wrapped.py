"""Keeps an item together with what it does not say itself: its form or bot, and what its answers are called.

Some systems name a form, the labels of its fields and their order in other answers than the submission
(docs/contracts/postbox.md section 6, docs/contracts/mimicbot.md section 4). What is stored of such a
submission is `{"item": {...}, "form": {...}}`: the item as it came, and of its form

* `id` and `name`,
* `fields`, in order: `{"name", "label"?, "type"?, "hidden"?}`, `hidden` for a trap that people do not see,
* whatever else the provider's module puts there and reads again.

So the whole submission can be made of the stored text alone. An item without the wrapper is one whose form
is not known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from cache.models import Field
from inbox_tui.providers.items import MAX_ID, BadItem, clean_item

if TYPE_CHECKING:
    from cache.models import JSONValue

__all__ = ["answers", "identifier", "rows_of", "text", "unwrap", "wrap"]

_UNKNOWN: Final = "unknown"


def wrap(item: Mapping[str, JSONValue], form: Mapping[str, JSONValue]) -> str:
    """The text that is stored of a clean item and what is known of its form."""
    return json.dumps({"item": item, "form": form}, ensure_ascii=False, separators=(",", ":"))


def unwrap(raw: Mapping[str, JSONValue]) -> tuple[dict[str, JSONValue], dict[str, JSONValue]]:
    """The item and what is known of its form, both within bounds; `raw` may be the item alone.

    Raises BadItem.
    """
    if isinstance(raw, Mapping) and "id" not in raw and isinstance(raw.get("item"), Mapping):
        form = raw.get("form")
        return clean_item(raw["item"]), clean_item(form if isinstance(form, Mapping) else {})
    return clean_item(raw), {}


def identifier(item: Mapping[str, JSONValue]) -> str:
    """The id of an item. Raises BadItem when there is none that can be part of an address."""
    found = item.get("id")
    if not isinstance(found, str) or not 0 < len(found) <= MAX_ID or found in {".", ".."}:
        raise BadItem("unexpected id")
    return found


def text(item: Mapping[str, JSONValue], *names: str) -> str | None:
    """The first text that is not empty under one of these names."""
    for name in names:
        found = item.get(name)
        if isinstance(found, str) and found:
            return found
    return None


def rows_of(answer: JSONValue, *names: str) -> list[JSONValue] | None:
    """The list in an answer: the answer itself, or what stands under the first of these names; else None."""
    if isinstance(answer, dict):
        answer = next((answer[name] for name in names if name in answer), None)
    return answer if isinstance(answer, list) else None


def answers(data: JSONValue, form: Mapping[str, JSONValue], *, whole: str = "data") -> tuple[Field, ...]:
    """The answers in the order of the form; those the form does not know follow in their own.

    A field marked `hidden` is left out. Anything but an object becomes one answer called `whole`.
    """
    if data is None:
        return ()
    if not isinstance(data, dict):
        return (Field(whole, _UNKNOWN, whole, data, 0.0),)
    listed = form.get("fields")
    known: dict[str, tuple[int, Mapping[str, JSONValue]]] = {}
    for place, described in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(described, Mapping) and isinstance(described.get("name"), str):
            known.setdefault(described["name"], (place, described))
    fields = []
    after = len(known)
    for key, value in data.items():
        if key in known:
            place, described = known[key]
            if described.get("hidden") is True:
                continue
            label, kind = text(described, "label") or key, text(described, "type") or _UNKNOWN
            fields.append(Field(key, kind, label, value, float(place)))
        else:
            fields.append(Field(key, _UNKNOWN, key, value, float(after + len(fields))))
    return tuple(sorted(fields, key=lambda field: field.order))
