"""What stands beside a label: answers of every shape, and destinations of every type."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from cache.models import Destination, JSONValue
from inbox_tui.drawing.context import VALUE_LINES, Setting, compact_json
from inbox_tui.drawing.lines import Line
from inbox_tui.format import cell_len, thousands

__all__ = ["answer_lines", "destination_lines", "destination_text", "is_empty", "scalar_text"]

_URL_KEYS: Final = ("url", "fileUrl", "file_url")
_NAME_KEYS: Final = ("filename", "fileName", "file_name", "name")
_DASH_FROM: Final = 4
"""Cells from which on a dash leaves room for a wide character behind it."""
_MAX_ITEMS: Final = 500

_DESTINATIONS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "url": ("web address", ("url",)),
    "page": ("page", ("pageId",)),
    "article": ("article", ("articleId",)),
    "chatbot": ("chatbot", ("chatbotId",)),
    "knowledge_base": ("knowledge base", ("knowledgeBaseId",)),
    "file": ("file", ("filename", "fileUrl")),
    "email": ("e-mail", ("email", "subject", "body")),
    "phone": ("phone", ("phone",)),
    "google_review": ("Google review", ("businessName", "placeId")),
}
"""The name of each type and the parts of its value in drawn order: docs/contracts/awardee.md section 2.1."""
_PART_NAMES: Final = {"fileUrl": "at", "placeId": "place"}
_MAX_PARTS: Final = 30
_PART_LINES: Final = 40


def is_empty(value: JSONValue) -> bool:
    """Says whether an answer has nothing to show."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, list | dict) and not value)


def scalar_text(value: JSONValue) -> str:
    """A value that is neither list nor object, in words; others as JSON on one line."""
    match value:
        case str():
            return value
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return str(value)
    return compact_json(value)


def answer_lines(
    value: JSONValue, setting: Setting, *, limit: int = VALUE_LINES, width: int = 0
) -> list[Line]:
    """The lines of an answer, or of any other value that came as JSON; `width` 0 is that of all values."""
    width = width or setting.value_width
    if isinstance(value, list) and value:
        return _list_lines(value, setting, limit, width)
    if isinstance(value, dict) and _is_media(value):
        return setting.value(_media_text(value), width, limit=limit)
    return setting.value(scalar_text(value), width, limit=limit)


def _list_lines(items: Sequence[JSONValue], setting: Setting, limit: int, width: int) -> list[Line]:
    if len(items) <= _MAX_ITEMS and all(not isinstance(item, list | dict) for item in items):
        texts = [scalar_text(item) for item in items]
        if not any("," in text or "\n" in text for text in texts):
            joined = ", ".join(texts)
            if len(joined) <= width and cell_len(joined) <= width:
                return setting.value(joined, width)
    lines: list[Line] = []
    for at, item in enumerate(items):
        room = limit - len(lines)
        if room <= 0:
            lines.extend(setting.value(f"... and {thousands(len(items) - at)} more", width, limit=1))
            break
        text = _media_text(item) if isinstance(item, dict) and _is_media(item) else scalar_text(item)
        lines.extend(_dashed(text, setting, room, width))
    return lines


def _dashed(text: str, setting: Setting, room: int, width: int) -> list[Line]:
    if width < _DASH_FROM:
        return setting.value(text, width, limit=room)
    from_dash = setting.value(text, width - 2, limit=room)
    first = from_dash[0][0]
    rest = [(piece._replace(text="  " + piece.text),) for (piece,) in from_dash[1:]]
    return [(first._replace(text="- " + first.text),), *rest]


def _first_text(value: Mapping[str, JSONValue], keys: Sequence[str]) -> tuple[str, str] | None:
    for key in keys:
        found = value.get(key)
        if isinstance(found, str) and found:
            return key, found
    return None


def _is_media(value: Mapping[str, JSONValue]) -> bool:
    return _first_text(value, _URL_KEYS) is not None and _first_text(value, _NAME_KEYS) is not None


def _media_text(value: Mapping[str, JSONValue]) -> str:
    """An uploaded file: its name and whatever else is known of it, and its address on a line of its own."""
    name, url = _first_text(value, _NAME_KEYS), _first_text(value, _URL_KEYS)
    if name is None or url is None:
        return compact_json(value)
    rest = _parts({key: part for key, part in value.items() if key not in (name[0], url[0])})
    return f"{name[1]} ({rest})\n{url[1]}" if rest else f"{name[1]}\n{url[1]}"


def _parts(value: Mapping[str, JSONValue]) -> str:
    return ", ".join(f"{key}: {scalar_text(part)}" for key, part in value.items())


def destination_text(destination: Destination | None) -> str:
    """Where the visitor was sent afterwards, on one line; any type, any value."""
    name, main, rest = _destination_parts(destination)
    shown = ", ".join([*(text for _, text in main), *(f"{key}: {text}" for key, text in rest)])
    return f"{name}: {shown}" if shown else name


def destination_lines(destination: Destination | None, setting: Setting) -> list[Line]:
    """Where the visitor was sent afterwards, with each further part of it on a line of its own."""
    name, main, rest = _destination_parts(destination)
    first = f"{name}: {main[0][1]}" if main else name
    texts = [first, *(f"{_PART_NAMES.get(key, key)}: {text}" for key, text in (*main[1:], *rest))]
    if len(texts) > _MAX_PARTS:
        texts[_MAX_PARTS:] = [f"... and {thousands(len(texts) - _MAX_PARTS)} more"]
    return [line for text in texts for line in setting.value(text, setting.value_width, limit=_PART_LINES)]


_Parts: TypeAlias = list[tuple[str, str]]


def _destination_parts(destination: Destination | None) -> tuple[str, _Parts, _Parts]:
    """The name of the type, the parts that belong to it in drawn order, and the others."""
    if destination is None:
        return "thank-you screen", [], []
    known = _DESTINATIONS.get(destination.type)
    value = destination.value
    name = known[0] if known else destination.type
    if known is None or not isinstance(value, dict):
        return name, [] if is_empty(value) else [("", scalar_text(value))], []
    main = [(key, scalar_text(value[key])) for key in known[1] if not is_empty(value.get(key))]
    return name, main, [(key, scalar_text(part)) for key, part in value.items() if key not in known[1]]
