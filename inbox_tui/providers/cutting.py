"""Cuts a listed answer into the texts of its items, for others to decode."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

from inbox_tui.providers.body import read_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from cache.models import JSONValue

__all__ = ["CutList", "cut_json"]

_ENVELOPE: Final = ("data", "has_more", "next_cursor")
"""What is read of an answer: its list first, and what tells of the next one."""


class CutList(list[bytes]):
    """The JSON text of each item of a list, as it came: it may hold bytes that are not UTF-8."""


def cut_json(body: bytes) -> JSONValue:
    """What `read_json` gives under the names of a list's envelope, with a `CutList` under `data`.

    Where that cannot be (anything but an object with a list) it is what `read_json` gives. Numbers out of
    range stand in the texts as they came, and so do bytes that are not UTF-8.
    Raises Unreadable and TooBig, as `read_json` does.
    """
    import msgspec  # only a long first reading needs it

    try:
        cut = _decoder()(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return read_json(body)  # whoever reads the whole says what is wrong with it
    data, *others = (getattr(cut, name) for name in _ENVELOPE)
    found: dict[str, JSONValue] = {"data": cast("JSONValue", CutList(map(bytes, data)))}
    for name, part in zip(_ENVELOPE[1:], others, strict=True):
        if part:
            found[name] = read_json(bytes(part))
    return found


@lru_cache(maxsize=1)
def _decoder() -> Callable[[bytes], object]:
    """Looks at a body once, and decodes nothing of what it leaves out."""
    import msgspec

    listed, *others = _ENVELOPE
    fields: list[Any] = [(listed, list[msgspec.Raw])]
    fields += [(name, msgspec.Raw, msgspec.Raw()) for name in others]
    return msgspec.json.Decoder(msgspec.defstruct("Cut", fields)).decode
