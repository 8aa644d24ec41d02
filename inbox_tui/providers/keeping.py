"""The JSON text of an item as it is kept: in bounds, and spelled in one way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from inbox_tui.providers.body import TooBig, holds_long_number, read_json
from inbox_tui.providers.items import BadItem, clean_item, is_within_bounds

if TYPE_CHECKING:
    from cache.models import JSONValue

__all__ = ["dumped", "is_dumped", "kept_text", "respelled_text"]


def dumped(item: Mapping[str, JSONValue]) -> str:
    """The one way in which items are spelled: without blanks, and letters as they are."""
    return json.dumps(item, ensure_ascii=False, separators=(",", ":"))


def is_dumped(text: bytes) -> bool:
    """Whether the text of an item, which is known to be JSON, is spelled as `dumped` would spell it."""
    if not is_within_bounds(text):
        return False
    try:
        item = json.loads(text.decode())
    except ValueError:
        return False
    return isinstance(item, dict) and text == dumped(item).encode()


def kept_text(text: bytes) -> bytes:
    """What is kept of an item that `dumped` has spelled, or a server that does as it does. Raises BadItem."""
    return text if is_within_bounds(text) and not holds_long_number(text) else respelled_text(text)


def respelled_text(text: bytes) -> bytes:
    """What is kept of an item, however it is spelled. Raises BadItem."""
    try:
        return dumped(clean_item(read_json(text))).encode()
    except TooBig as exc:
        raise BadItem("nested too deeply") from exc
