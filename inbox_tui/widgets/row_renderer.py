"""Draws one row of the list: pure functions from a row and a look to styled stretches of text.

Knows nothing of Textual, so that the first rows can be on the screen before it is loaded. Every text of a row
is cleaned once more here, and everything is measured in terminal cells, so that columns stay straight under
wide characters.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias

from rich.segment import Segment
from rich.style import Style

from cache.models import Row
from cache.names import initials
from cache.text import blot, one_line
from inbox_tui.format import age_or_date, cell_cut, cell_fit, cell_len, thousands
from inbox_tui.signs import Role, Sign, SignSet

__all__ = [
    "DRAWN_ROLES",
    "HEADER_LINES",
    "LEAST_AGE",
    "LEAST_NUMBER",
    "Columns",
    "Look",
    "Palette",
    "Picture",
    "RowLayout",
    "blank_line",
    "columns_for",
    "draw_header",
    "draw_placeholder",
    "draw_row",
    "draw_sentence",
    "lines_of",
    "needed_cells",
    "number_label",
    "person_label",
]

HEADER_LINES: Final = 1
"""Lines above the rows; they do not scroll."""
DRAWN_ROLES: Final[tuple[Role, ...]] = ("accent", "text", "info", "muted", "warning", "error")
"""The roles that a palette needs."""
LEAST_NUMBER: Final = 4
LEAST_AGE: Final = 3
_MOST_NUMBER: Final = 9
_MOST_AGE: Final = 6

RowLayout: TypeAlias = Literal["line", "narrow"]

_SIGN_CELLS: Final = 9
"""Cursor, a blank, status, a blank, priority, a blank, flag, sync, a blank."""
_BY_CELLS: Final = 2
_SOURCE_CELLS: Final = 2
_SHORT_ID: Final = 6
_COUNTED: Final = re.compile(r"SUB-0*(\d+)")


@dataclass(frozen=True, eq=False)
class Palette:
    """The styles of one theme, ready to draw with. Compared by identity: a new theme makes a new one."""

    roles: Mapping[Role, Style]
    header: Style
    notice: Style
    dimmed: Style
    """Rows that no longer match, or that the server no longer lists."""
    placeholder: Style
    cursor: Style
    cursor_blurred: Style


class Columns(NamedTuple):
    """How many cells each column of the one-line layout has; 0 leaves a column out."""

    number: int
    age: int
    source: int
    who: int
    about: int
    by: int

    @property
    def cells(self) -> int:
        """How many cells they take with their signs and the blanks between them."""
        number, age, source, who, about, by = self
        return _SIGN_CELLS + number + age + 2 + who + sum(each + 1 for each in (source, about, by) if each)


@dataclass(frozen=True, eq=False)
class Look:
    """What all rows of one frame share. Compared by identity: the widget makes a new one for any change."""

    width: int
    layout: RowLayout
    columns: Columns
    signs: SignSet
    palette: Palette
    me: frozenset[str]
    local_sources: frozenset[str]
    """Sources whose triage no provider stores."""


class Picture(NamedTuple):
    """Every input of one drawn line of a row; the key under which its strip is kept."""

    row: Row
    look: Look
    age: str
    cursor: bool
    focused: bool
    line: int
    """0, or 1 for the second line of the narrow layout."""


def lines_of(layout: RowLayout) -> int:
    """How many lines a row takes."""
    return 1 if layout == "line" else 2


@lru_cache(maxsize=64)
def columns_for(width: int, number: int, age: int, several_sources: bool) -> Columns:
    """Share `width` cells out among the columns of the one-line layout.

    `number` and `age` are the cells that the widest number and age need. Where it is tight the source goes
    first, then the assignee, then the text.
    """
    source = _SOURCE_CELLS if several_sources else 0
    by = _BY_CELLS

    def rest() -> int:
        return width - _SIGN_CELLS - (number + 1) - (age + 1) - (source and source + 1) - (by and by + 1)

    if rest() < 18:
        source = 0
    if rest() < 16:
        by = 0
    room = rest() - 1
    if room < 12:
        return Columns(number, age, source, max(0, room + 1), 0, by)
    who = max(8, min(24, room * 45 // 100))
    return Columns(number, age, source, who, room - who, by)


def needed_cells(rows: Sequence[Row], now: float, tz: tzinfo) -> tuple[int, int]:
    """The cells that the columns of numbers and of ages need for these rows."""
    numbers = max((cell_len(number_label(row)) for row in rows), default=0)
    ages = max((cell_len(age_or_date(row.created, now, tz)) for row in rows), default=0)
    return max(LEAST_NUMBER, min(_MOST_NUMBER, numbers)), max(LEAST_AGE, min(_MOST_AGE, ages))


def number_label(row: Row) -> str:
    """The number without its prefix where the provider counts, else the first six cells of the id."""
    counted = _COUNTED.fullmatch(row.ref)
    return counted[1] if counted else cell_cut(_clean(row.ref), _SHORT_ID, "")


def person_label(row: Row, me: frozenset[str]) -> str:
    """Who has the submission, in two cells: `me`, initials, or `--` for nobody."""
    if row.assignee_id is None:
        return "--"
    return "me" if row.assignee_id in me else initials(row.assignee_name or row.assignee_id)


def draw_row(picture: Picture) -> list[Segment]:
    """One line of a row, exactly as wide as its look says."""
    look = picture.look
    if look.layout == "line":
        segments = _line(picture)
    elif picture.line == 0:
        segments = _narrow_first(picture)
    else:
        segments = _narrow_second(picture)
    segments = list(Segment.simplify(segments))
    if look.layout == "line" and look.columns.cells == look.width:
        return segments  # each column has its cells
    return _filled(segments, picture)


def draw_header(look: Look, new_above: int = 0) -> list[Segment]:
    """The line above the rows: the names of the columns, or how many rows arrived above the first one."""
    if new_above > 0:
        style = look.palette.notice
        text = cell_fit(f"  {thousands(new_above)} new above", look.width, ellipsis=look.signs.ellipsis)
        return [Segment(text, style)]
    columns, cuts = look.columns, look.signs.ellipsis
    cells = ["  S P".ljust(_SIGN_CELLS)]
    if look.layout == "line":
        cells.append(cell_fit("NO.", columns.number, right=True) + " ")
        cells.append(cell_fit("AGE", columns.age, right=True) + " ")
        cells.append("SR " if columns.source else "")
        cells.append(cell_fit("WHO", columns.who, ellipsis=cuts))
        cells.append(" " + cell_fit("ABOUT", columns.about) if columns.about else "")
        cells.append(" BY" if columns.by else "")
    else:
        cells.append("WHO".ljust(max(3, look.width - _SIGN_CELLS - columns.age)))
        cells.append(cell_fit("AGE", columns.age, right=True))
    return _sized([Segment("".join(cells), look.palette.header)], look.width, look.palette.header)


def blank_line(look: Look) -> list[Segment]:
    """A line below the last row."""
    return [Segment(" " * look.width, look.palette.roles["text"])]


def draw_placeholder(look: Look, *, cursor: bool, focused: bool, line: int = 0) -> list[Segment]:
    """What stands for a row that is not here yet; the cursor shows on it too."""
    style = _cursor_style(look.palette, focused) if cursor else look.palette.placeholder
    first = look.signs.cursor.text if cursor and line == 0 else " "
    dots = look.signs.ellipsis if line == 0 else ""
    text = cell_fit(f"{first}{' ' * (_SIGN_CELLS - 1)}{dots}", look.width)
    return [Segment(text, style)]


def draw_sentence(text: str, look: Look, line: int, height: int) -> list[Segment]:
    """Line `line` of a sentence in the middle of an empty list of this height."""
    style = look.palette.roles["muted"]
    lines = _wrapped(_clean(text), max(1, look.width - 4), look.signs.ellipsis)
    at = line - max(0, (height - len(lines)) // 2)
    sentence = lines[at] if 0 <= at < len(lines) else ""
    left = max(0, (look.width - cell_len(sentence)) // 2)
    return [Segment(cell_fit(" " * left + sentence, look.width), style)]


def _line(picture: Picture) -> list[Segment]:
    row, look = picture.row, picture.look
    columns, cuts = look.columns, look.signs.ellipsis
    segments = [
        *_sign_segments(picture),
        _text(cell_fit(number_label(row), columns.number, right=True, ellipsis=cuts) + " ", "muted", picture),
        _text(cell_fit(picture.age, columns.age, right=True, ellipsis=cuts) + " ", "muted", picture),
    ]
    if columns.source:
        segments.append(_source(picture))
    segments.append(_text(cell_fit(_clean(row.who), columns.who, ellipsis=cuts), "text", picture, bold=True))
    if columns.about:
        segments.append(_text(" ", "text", picture))
        segments.extend(_about(picture, columns.about))
    if columns.by:
        segments.append(_by(picture))
    return segments


def _narrow_first(picture: Picture) -> list[Segment]:
    row, look = picture.row, picture.look
    tail = look.columns.age + 1
    who = look.width - _SIGN_CELLS - tail - (_SOURCE_CELLS + 1 if look.columns.source else 0)
    segments = _sign_segments(picture)
    name = cell_fit(_clean(row.who), max(0, who), ellipsis=look.signs.ellipsis)
    segments.append(_text(name + " ", "text", picture, bold=True))
    if look.columns.source:
        segments.append(_source(picture))
    segments.append(_text(cell_fit(picture.age, look.columns.age, right=True), "muted", picture))
    return segments


def _narrow_second(picture: Picture) -> list[Segment]:
    row, look = picture.row, picture.look
    number = max(_SIGN_CELLS - 3, look.columns.number)
    label = cell_fit(number_label(row), number, right=True, ellipsis=look.signs.ellipsis)
    about = max(0, look.width - 2 - number - 1 - (_BY_CELLS + 1))
    return [_text(f"  {label} ", "muted", picture), *_about(picture, about), _by(picture)]


def _sign_segments(picture: Picture) -> list[Segment]:
    """The nine cells that every row starts with."""
    row, signs = picture.row, picture.look.signs
    cursor = Sign(signs.cursor.text if picture.cursor else " ", signs.cursor.role)
    local = row.key.source in picture.look.local_sources
    status = signs.status(row.status)
    return [
        _sign(cursor, picture),
        _text(" ", "muted", picture),
        _sign(status, picture, after=" "),
        _sign(signs.priority(row.priority), picture, after=" "),
        _sign(signs.flag(row.flagged), picture),
        _sign(signs.sync(row.sync, local=local), picture, after=" "),
    ]


def _about(picture: Picture, cells: int) -> list[Segment]:
    """What the submission says, after the sign that foreign text in it was changed."""
    text, signs = _clean(picture.row.about), picture.look.signs
    if picture.row.cleaned and cells > 2:
        rest = cell_fit(text, cells - 2, ellipsis=signs.ellipsis)
        return [_sign(signs.cleaned, picture, after=" "), _text(rest, "text", picture, bold=True)]
    return [_text(cell_fit(text, cells, ellipsis=signs.ellipsis), "text", picture, bold=True)]


def _source(picture: Picture) -> Segment:
    return _text(cell_fit(initials(picture.row.key.source), _SOURCE_CELLS) + " ", "muted", picture)


def _by(picture: Picture) -> Segment:
    label = person_label(picture.row, picture.look.me)
    role: Role = "accent" if label == "me" else "muted"
    return _text(" " + cell_fit(label, _BY_CELLS), role, picture)


def _sign(sign: Sign, picture: Picture, after: str = "") -> Segment:
    return _text(sign.text + after, sign.role, picture)


def _text(text: str, role: Role, picture: Picture, *, bold: bool = False) -> Segment:
    """A stretch in the style that its role has in this row.

    `bold` stretches stand out while it is new, and are struck through once it matches no more.
    """
    palette = picture.look.palette
    if picture.cursor:
        style = _cursor_style(palette, picture.focused)
    elif _is_dimmed(picture.row):
        style = palette.dimmed
    else:
        style = palette.roles[role]
    if bold and picture.row.status == "new":
        style += _BOLD
    if bold and not picture.row.matches:  # under the cursor it is not dimmed
        style += _STRUCK
    return Segment(text, style)


_BOLD: Final = Style(bold=True)
_STRUCK: Final = Style(strike=True)


def _cursor_style(palette: Palette, focused: bool) -> Style:
    return palette.cursor if focused else palette.cursor_blurred


def _is_dimmed(row: Row) -> bool:
    return row.missing or not row.matches


def _filled(segments: list[Segment], picture: Picture) -> list[Segment]:
    palette = picture.look.palette
    blank = _cursor_style(palette, picture.focused) if picture.cursor else palette.roles["text"]
    return _sized(segments, picture.look.width, blank)


def _sized(segments: list[Segment], width: int, blank: Style) -> list[Segment]:
    return Segment.adjust_line_length(segments, width, blank)


def _clean(text: str) -> str:
    """Makes a text that should be clean already certainly so."""
    return blot(one_line(text))


def _wrapped(text: str, cells: int, ellipsis: str) -> list[str]:
    """The words of `text` in lines of at most `cells` cells; a word that is too long is cut."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= cells:
            lines[-1] += " " + word
        else:
            lines.append(cell_cut(word, cells, ellipsis))
    return lines
