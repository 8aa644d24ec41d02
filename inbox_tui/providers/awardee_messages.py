"""Reads the messages of a conversation. Facts: docs/contracts/awardee.md section 3."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from cache.models import JSONValue, Message
from inbox_tui.providers.items import BadItem, clean_item, parse_time

__all__ = ["read_messages"]

_TOOL: Final = "tool_"
_FILE: Final = "file_"
_LAST: Final = float("inf")


def read_messages(items: Iterable[JSONValue]) -> tuple[Message, ...]:
    """The messages in the order they came; one that cannot be understood at all is left out."""
    found: list[Message] = []
    for position, item in enumerate(items):
        try:
            row = clean_item(item)
        except BadItem:
            continue
        identifier, role, author = row.get("id"), row.get("role"), row.get("author_id")
        found.append(
            Message(
                id=identifier if isinstance(identifier, str) and identifier else f"#{position}",
                role=role if isinstance(role, str) else "",
                created_at=parse_time(row.get("created_at")),
                author_id=author if isinstance(author, str) and author else None,
                parts=tuple(_parts(row.get("parts"))),
            )
        )
    return tuple(found)


def _parts(parts: JSONValue) -> Iterator[str]:
    """What a message is made of, in its order; a tool and a file are named in words."""
    rows = [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    for part in sorted(rows, key=_order):
        text = part.get("text")
        if isinstance(text, str) and text:
            yield text
        elif described := _described(part):
            yield described


def _described(part: Mapping[str, JSONValue]) -> str:
    for prefix, word in ((_FILE, "file"), (_TOOL, "tool")):
        values = [value for key, value in part.items() if key.startswith(prefix)]
        texts = [value for value in values if isinstance(value, str) and value]
        if values:
            return f"[{word}: {', '.join(texts)}]" if texts else f"[{word}]"
    return ""


def _order(part: Mapping[str, JSONValue]) -> float:
    order = part.get("order")
    return order if isinstance(order, int | float) and not isinstance(order, bool) else _LAST
