"""What drawing needs to know beside the submission, and how it writes times, people and values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import Final, Literal, Self, TypeAlias

from cache.models import Detail, JSONValue
from cache.text import one_line
from inbox_tui.drawing.lines import MIN_WIDTH, Line, Piece, cut_notice, said, wrap_foreign
from inbox_tui.format import short_time
from inbox_tui.signs import UNICODE, SignSet

__all__ = [
    "LANGUAGES",
    "NAME_LIMIT",
    "TAB_LINES",
    "VALUE_LINES",
    "LanguageMode",
    "Setting",
    "compact_json",
    "next_language",
]

LanguageMode: TypeAlias = Literal["original", "translation", "both"]
"""Which of an answer and its translation are drawn, where there is a translation."""
LANGUAGES: Final[tuple[LanguageMode, ...]] = ("original", "translation", "both")

NAME_LIMIT: Final = 60
"""Characters of a name, a type or another short foreign text."""
VALUE_LINES: Final = 200
"""Lines of one value."""
TAB_LINES: Final = 1500
"""Lines of one tab; when they are used up each value has one line left."""
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, default=str)


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and for whom something is drawn. Nothing here is looked up: every part is passed in."""

    width: int
    """Terminal cells; less than `MIN_WIDTH` counts as that."""
    now: float
    """The present moment in seconds since the epoch."""
    tz: tzinfo = UTC
    signs: SignSet = UNICODE
    wrap: bool = True
    me: frozenset[str] = frozenset()
    """The user ids of the person at the keyboard, one or more a source."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Names of people by user id."""
    language: LanguageMode = "original"
    source_notes: Mapping[str, str] = field(default_factory=dict)
    """What is to be known of a source, by its name."""

    @property
    def cells(self) -> int:
        """The width that is drawn for."""
        return max(self.width, MIN_WIDTH)

    @property
    def label_width(self) -> int:
        """The width of the column of labels."""
        return min(max(self.cells // 4, 12), 24, self.cells // 2)

    @property
    def value_width(self) -> int:
        """What the column of labels leaves to the values."""
        return self.cells - self.label_width - 2

    def knowing(self, detail: Detail) -> Self:
        """The same with the name of the assignee, which a detail brings along."""
        assignee, name = detail.seen.assignee_id, detail.assignee_name
        if assignee is None or not name or assignee in self.names:
            return self
        return replace(self, names={**self.names, assignee: name})

    def person(self, user_id: str | None, name: str | None = None) -> str:
        """`me`, a name, else the start of the id; `nobody` for none."""
        if user_id is None:
            return "nobody"
        if user_id in self.me:
            return "me"
        return one_line(self.names.get(user_id) or name or "", NAME_LIMIT) or one_line(user_id[:8]) or "?"

    def time(self, moment: datetime) -> str:
        """A moment to the minute, with the year when it is not the present one."""
        return short_time(moment.timestamp(), self.now, self.tz)

    def value(self, text: str, width: int, *, limit: int = VALUE_LINES) -> list[Line]:
        """The lines of a foreign text; at least one, and a notice where not all of it is drawn."""
        lines, left_out = wrap_foreign(text, width, limit=limit, wrap=self.wrap)
        while len(lines) > 1 and not lines[-1].strip():
            lines.pop()
        drawn: list[Line] = [(Piece(line),) for line in lines]
        if left_out:
            drawn.extend(said(cut_notice(len(text)), width, "warning"))
        return drawn


def next_language(mode: LanguageMode) -> LanguageMode:
    """The mode after this one; after the last comes the first."""
    return LANGUAGES[(LANGUAGES.index(mode) + 1) % len(LANGUAGES)]


def compact_json(value: JSONValue, limit: int = 65536) -> str:
    """A value as JSON on one line; the work stops a little after `limit` characters."""
    parts: list[str] = []
    length = 0
    for part in _ENCODER.iterencode(value):
        parts.append(part)
        length += len(part)
        if length > limit:
            break
    return "".join(parts)
