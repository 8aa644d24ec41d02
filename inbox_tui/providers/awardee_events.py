"""Reads a submission's timeline, whose JSON layout Awardee leaves open.

Facts and the spellings that are understood: docs/contracts/awardee.md section 2.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from cache.models import Event, JSONValue
from inbox_tui.providers.items import BadItem, clean_item, parse_time

__all__ = ["read_events"]

_TYPE_KEYS: Final = ("type", "event_type", "event")
_BEFORE_KEYS: Final = ("from", "old_value", "old", "before")
_AFTER_KEYS: Final = ("to", "new_value", "new", "after")
_TIME_KEYS: Final = ("created_at", "timestamp", "occurred_at")
_ACTOR_NAME_KEYS: Final = ("actor_name", "api_key_name", "name", "label")
_CHANGED: Final[Mapping[str, str]] = {
    "status": "status_changed",
    "priority": "priority_changed",
    "notes": "notes_updated",
}
_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)


def read_events(items: Iterable[JSONValue]) -> tuple[Event, ...]:
    """The events, oldest first; a row that cannot be understood at all is left out.

    A row that tells of several fields gives one event for each of them. A row without a time comes first.
    """
    events: list[Event] = []
    seen: set[str] = set()
    for position, item in enumerate(items):
        try:
            row = clean_item(item)
        except BadItem:
            continue
        for event in _events_of(row, position):
            if event.id not in seen:
                seen.add(event.id)
                events.append(event)
    events.sort(key=lambda event: event.created_at or _EARLIEST)
    return tuple(events)


def _events_of(row: Mapping[str, JSONValue], position: int) -> Iterator[Event]:
    kind = _text(row, _TYPE_KEYS) or "unknown"
    moment = next((time for key in _TIME_KEYS if (time := parse_time(row.get(key)))), None)
    identifier = _text(row, ("id",)) or f"{kind}#{position}"
    actor_id, actor_name = _actor(row)
    changes = _changes_by_field(row)
    if len(changes) > 1:
        for name, (before, after) in changes.items():
            yield Event(
                f"{identifier}:{name}",
                _kind_of(name, before, after),
                moment,
                actor_id,
                actor_name,
                before,
                after,
            )
        return
    before, after = next(iter(changes.values())) if changes else _values(row)
    if changes and kind in {"unknown", "updated", "submission.updated"}:
        kind = _kind_of(next(iter(changes)), before, after)
    yield Event(identifier, kind, moment, actor_id, actor_name, before, after)


def _values(row: Mapping[str, JSONValue]) -> tuple[JSONValue, JSONValue]:
    """The old and the new value, beside the type or inside `changes` or `metadata`."""
    for place in (row, row.get("changes"), row.get("metadata")):
        if isinstance(place, dict):
            found = _pair(place)
            if found is not None:
                return found
    return None, None


def _pair(place: Mapping[str, JSONValue]) -> tuple[JSONValue, JSONValue] | None:
    before = next((key for key in _BEFORE_KEYS if key in place), None)
    after = next((key for key in _AFTER_KEYS if key in place), None)
    if before is None and after is None:
        return None
    return (place[before] if before else None), (place[after] if after else None)


def _changes_by_field(row: Mapping[str, JSONValue]) -> dict[str, tuple[JSONValue, JSONValue]]:
    """`changes` in its form `{field: {from, to}}`; empty for any other form."""
    changes = row.get("changes")
    if not isinstance(changes, dict):
        return {}
    return {
        name: pair
        for name, change in changes.items()
        if isinstance(change, dict) and (pair := _pair(change)) is not None
    }


def _kind_of(name: str, before: JSONValue, after: JSONValue) -> str:
    if name == "flagged":
        return "flagged" if after else "unflagged"
    if name == "assignee_id":
        return "assigned" if after else "unassigned"
    return _CHANGED.get(name, f"{name}_changed")


def _actor(row: Mapping[str, JSONValue]) -> tuple[str | None, str | None]:
    actor = row.get("actor")
    inner = actor if isinstance(actor, dict) else {}
    metadata = row.get("metadata")
    api_key = metadata.get("api_key") if isinstance(metadata, dict) else None
    identifier = _text(row, ("actor_id", "user_id")) or _text(inner, ("id", "user_id"))
    name = _text(row, ("actor_name",)) or _text(inner, _ACTOR_NAME_KEYS)
    if name is None and isinstance(metadata, dict):
        name = _text(metadata, ("actor_name", "api_key_name", "api_key"))
    if name is None and isinstance(api_key, dict):
        name = _text(api_key, ("name", "label"))
    return identifier, name


def _text(place: Mapping[str, JSONValue], keys: Iterable[str]) -> str | None:
    for key in keys:
        value = place.get(key)
        if isinstance(value, str) and value:
            return value
    return None
