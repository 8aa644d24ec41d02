"""The tab with the provider's JSON, laid out but otherwise as it came."""

import json
from collections.abc import Iterable, Iterator
from typing import Final

from inbox_tui.drawing.context import Setting
from inbox_tui.drawing.lines import Line, Piece, cut_notice, said, wrap_foreign
from inbox_tui.format import thousands

__all__ = ["raw_lines"]

MAX_LINES: Final = 2000
_LINE_LIMIT: Final = 100
"""Lines that one line of the JSON, such as a long text, may be wrapped into."""
_PARSE_LIMIT: Final = 400_000
"""Characters; a larger text is shown without being laid out."""
_ENCODER: Final = json.JSONEncoder(indent=2, ensure_ascii=False)


def raw_lines(raw: str, setting: Setting) -> list[Line]:
    """The JSON text with one value a line; at the end a line tells of what did not fit."""
    lines: list[Line] = []
    source = _laid_out(raw)
    for text in source:
        indent = min(len(text) - len(text.lstrip(" ")), setting.cells // 2)
        drawn = _wrapped(text.lstrip(" "), indent, setting)
        room = MAX_LINES - len(lines)
        lines.extend(drawn[:room])
        if len(drawn) > room or len(lines) == MAX_LINES:
            more = sum(1 for _ in source) + (len(drawn) > room)
            if more:
                lines.extend(said(f"... and {thousands(more)} more lines of JSON", setting.cells, "warning"))
            break
    return lines


def _laid_out(raw: str) -> Iterator[str]:
    """The lines of the JSON laid out, or of the text itself where it is no JSON or too large to read."""
    if len(raw) > _PARSE_LIMIT:
        return iter(raw.split("\n"))
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return iter(raw.split("\n"))
    return _joined(_ENCODER.iterencode(value))


def _joined(parts: Iterable[str]) -> Iterator[str]:
    """Puts the encoder's pieces together to lines; a line break inside a string is an escape, never one."""
    line: list[str] = []
    for part in parts:
        *done, rest = part.split("\n")
        for text in done:
            line.append(text)
            yield "".join(line)
            line.clear()
        line.append(rest)
    yield "".join(line)


def _wrapped(text: str, indent: int, setting: Setting) -> list[Line]:
    width = setting.cells - indent
    lines, left_out = wrap_foreign(text, width, limit=_LINE_LIMIT, wrap=setting.wrap)
    drawn: list[Line] = [(Piece(" " * indent + line),) for line in lines]
    return [*drawn, *said(cut_notice(len(text)), setting.cells, "warning")] if left_out else drawn
