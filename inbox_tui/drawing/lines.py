"""Lines of pieces of text, and the wrapping of foreign text into terminal cells.

A line is what one row of the screen shows. Nothing here knows Textual: a piece names the look of its text,
and whoever shows it says what that look is.
"""

from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Final, Literal, NamedTuple, TypeAlias

from rich.cells import cell_len, split_graphemes

from cache.text import safe_text
from inbox_tui.format import cell_cut, thousands
from inbox_tui.signs import Role, Sign

__all__ = [
    "MIN_WIDTH",
    "Chunk",
    "Line",
    "Look",
    "Piece",
    "Wrapped",
    "beside",
    "columns",
    "cut_notice",
    "flow",
    "heading",
    "line_width",
    "pair",
    "said",
    "sign_piece",
    "wrap_cells",
    "wrap_foreign",
]

MIN_WIDTH: Final = 12
"""The least number of cells that text is drawn for; a narrower place cuts it off."""
_GAP: Final = 2
_MAX_LABEL_LINES: Final = 4

Look: TypeAlias = Role | Literal["label", "heading", "key"]
"""How a piece is shown: the role of a colour, or one of those that are more than a colour."""


class Piece(NamedTuple):
    """Some displayable text in one look."""

    text: str
    look: Look = "text"


Line: TypeAlias = tuple[Piece, ...]
Chunk: TypeAlias = tuple[Piece, ...]
"""Pieces that stay together on one line."""


class Wrapped(NamedTuple):
    """Foreign text made displayable and wrapped."""

    lines: list[str]
    left_out: bool
    """True when the text goes on after the last line."""


def line_width(line: Iterable[Piece]) -> int:
    """How many terminal cells a line takes."""
    return sum(cell_len(piece.text) for piece in line)


def sign_piece(sign: Sign) -> Piece:
    """A sign in the colour of its role."""
    return Piece(sign.text, sign.role)


def heading(text: str) -> Line:
    """The title of a part."""
    return (Piece(text, "heading"),)


def wrap_foreign(text: str, width: int, *, limit: int, wrap: bool = True) -> Wrapped:
    """Makes `text` displayable and breaks it into at most `limit` lines of at most `width` cells.

    Line breaks of the text stay. Without `wrap` each of its lines is one line, cut where it is too long.
    The work depends on `limit`, not on the length of the text.
    """
    width, limit = max(width, 2), max(limit, 1)
    # A character without a width of its own counts as well: a text full of them is cut earlier.
    head = text[: width * limit + 64]
    left_out = len(head) < len(text)
    cleaned = safe_text(head)
    if not wrap:
        parts = cleaned.split("\n", limit)
        left_out = left_out or len(parts) > limit
        return Wrapped([cell_cut(part, width) for part in parts[:limit]], left_out)
    lines = list(islice(chain.from_iterable(_wrap(part, width) for part in cleaned.split("\n")), limit + 1))
    return Wrapped(lines[:limit], left_out or len(lines) > limit)


def wrap_cells(text: str, width: int) -> list[str]:
    """Breaks displayable text into lines of at most `width` cells, at blanks where there are any."""
    width = max(width, 2)
    return [line for part in text.split("\n") for line in _wrap(part, width)]


def _wrap(text: str, width: int) -> Iterable[str]:
    """The lines of one paragraph; an empty one is one empty line."""
    if cell_len(text) <= width:
        return (text,)
    return _wrap_plain(text, width) if text.isascii() else _wrap_wide(text, width)


def _wrap_plain(text: str, width: int) -> Iterable[str]:
    """Wraps text in which every character is one cell."""
    start, size = 0, len(text)
    while size - start > width:
        cut = text.rfind(" ", start, start + width + 1)
        if cut <= start or not text[start:cut].strip():
            cut = start + width
        yield text[start:cut].rstrip(" ")
        start = cut
        while start < size and text[start] == " ":
            start += 1
    if start < size:
        yield text[start:]


def _wrap_wide(text: str, width: int) -> Iterable[str]:
    """Wraps text with wide characters and clusters, which are never cut in two."""
    spans, _ = split_graphemes(text)
    first = used = index = 0
    break_at = 0
    while index < len(spans):
        begin, end, size = spans[index]
        if text[begin:end] == " ":
            break_at = index if text[spans[first][0] : begin].strip() else 0
        elif size > 1:
            break_at = index
        if used + size <= width:
            used += size
            index += 1
            continue
        cut = break_at if break_at > first else max(index, first + 1)
        stop = spans[cut][0] if cut < len(spans) else len(text)
        yield text[spans[first][0] : stop].rstrip(" ")
        while cut < len(spans) and text[spans[cut][0] : spans[cut][1]] == " ":
            cut += 1
        first = index = cut
        used = break_at = 0
    if first < len(spans):
        yield text[spans[first][0] :]


def flow(chunks: Iterable[Chunk], width: int, *, indent: int = 0) -> list[Line]:
    """Puts chunks beside each other with two blanks between, on as many lines as they need.

    A chunk is broken only where it is wider than a whole line: then it is cut.
    """
    lines: list[Line] = []
    current: list[Piece] = []
    used = 0
    for whole in chunks:
        room = width - (indent if lines or current else 0)
        chunk = _cut_chunk(whole, room)
        size = line_width(chunk)
        if current and used + _GAP + size > width:
            lines.append(tuple(current))
            current, used = ([Piece(" " * indent)] if indent else []), indent
        elif current:
            current.append(Piece(" " * _GAP))
            used += _GAP
        current.extend(chunk)
        used += size
    if current:
        lines.append(tuple(current))
    return lines


def _cut_chunk(chunk: Chunk, room: int) -> Chunk:
    if line_width(chunk) <= room:
        return chunk
    kept: list[Piece] = []
    for piece in chunk:
        size = cell_len(piece.text)
        if size > room:
            kept.append(Piece(cell_cut(piece.text, room), piece.look))
            break
        kept.append(piece)
        room -= size
    return tuple(kept)


def beside(line: Line, right: Chunk, width: int) -> Line | None:
    """`line` with `right` at the right edge, None where there is no room for both."""
    blanks = width - line_width(line) - line_width(right)
    return (*line, Piece(" " * blanks), *right) if blanks >= _GAP else None


def columns(texts: Sequence[Sequence[Line]], width: int, gap: int) -> list[Line]:
    """Texts beside each other, each in `width` cells with `gap` blanks to the next; none may be wider."""
    lines: list[Line] = []
    for at in range(max(map(len, texts), default=0)):
        pieces: list[Piece] = []
        for text in texts:
            line = text[at] if at < len(text) else ()
            pieces += [*line, Piece(" " * (width - line_width(line) + gap))]
        lines.append(tuple(pieces[:-1]))
    return lines


def said(text: str, width: int, look: Look = "muted") -> list[Line]:
    """A sentence of ours, or a displayable text, in one look and wrapped."""
    return [(Piece(line, look),) for line in wrap_cells(text, width)]


def pair(label: str, value: Sequence[Line], label_width: int, *, label_look: Look = "label") -> list[Line]:
    """A column with a displayable label, wrapped, and beside it the lines of its value."""
    labels = wrap_cells(label, label_width)
    if len(labels) > _MAX_LABEL_LINES:
        last = labels[_MAX_LABEL_LINES - 1]
        labels = [*labels[: _MAX_LABEL_LINES - 1], cell_cut(last, label_width - 1, "") + "…"]
    lines: list[Line] = []
    for at in range(max(len(labels), len(value))):
        text = labels[at] if at < len(labels) else ""
        rest = value[at] if at < len(value) else ()
        padding = " " * (label_width - cell_len(text) + _GAP) if rest else ""
        lines.append((Piece(text + padding, label_look), *rest))
    return lines


def cut_notice(length: int) -> str:
    """What is said under a text that was not drawn to its end."""
    return f"... cut here: {thousands(length)} characters in all"
