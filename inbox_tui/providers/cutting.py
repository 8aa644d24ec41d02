"""Cuts a listed answer into the texts of its items, for others to decode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from inbox_tui.providers.body import holds_long_number, read_json

if TYPE_CHECKING:
    from cache.models import JSONValue

__all__ = ["CutList", "cut_json"]

_LISTED: Final = "data"


class CutList(list[bytes]):
    """The JSON text of each item of a list, as it came: it may hold bytes that are not UTF-8."""


def cut_json(body: bytes) -> JSONValue:
    """What `read_json` gives, but for the list under `data`, which is a `CutList` where it can be one.

    Where it cannot (integers beyond 64 bits, anything but an object with a list) it is what `read_json`
    gives. A float out of range stands in its text as it came, and so do bytes that are not UTF-8.
    Raises Unreadable and TooBig, as `read_json` does.
    """
    if not holds_long_number(body):
        import msgspec  # only a long first reading needs it

        try:
            parts: dict[str, Any] = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
            listed: list[Any] = msgspec.json.decode(parts[_LISTED], type=list[msgspec.Raw])
            texts = CutList(map(bytes, listed))
            return {key: texts if key == _LISTED else read_json(bytes(part)) for key, part in parts.items()}
        except (msgspec.MsgspecError, KeyError, ValueError, RecursionError):
            pass  # whoever reads the whole says what is wrong with it
    return read_json(body)
