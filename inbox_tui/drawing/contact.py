"""The history tab: what else the same person sent, over all sources, and how the last of it ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from cache.models import Detail, Row, Submission
from cache.text import one_line
from inbox_tui.drawing.context import NAME_LIMIT, Setting
from inbox_tui.drawing.lines import Line, Look, Piece, line_width, said, sign_piece
from inbox_tui.format import cell_cut, cell_fit, cell_len, short_time, status_name, thousands

__all__ = ["SameContact", "contact_sentence", "history_lines"]

_ONE_LINE_FROM: Final = 72
"""Widths from this one on have room for everything of a submission beside each other."""
_MOST_REF: Final = 12
_MOST_SOURCE: Final = 16
_ABOUT_LIMIT: Final = 300


@dataclass(frozen=True, slots=True)
class SameContact:
    """The other submissions of the person behind one, as far as they are shown."""

    rows: tuple[Row, ...] = ()
    """The newest of them, newest first."""
    earlier: int = 0
    later: int = 0
    last: Row | None = None
    """The newest of the earlier ones."""
    present: Row | None = None
    """The submission they are the others of."""

    @property
    def total(self) -> int:
        """How many there are besides the present one."""
        return self.earlier + self.later


def contact_sentence(contact: SameContact) -> str:
    """How many others there are and how the last of the earlier ones ended; empty where there are none."""
    parts = []
    if contact.earlier:
        last = f", the last {status_name(contact.last.status)}" if contact.last is not None else ""
        parts.append(f"{thousands(contact.earlier)} earlier{last}")
    if contact.later:
        parts.append(f"{thousands(contact.later)} later")
    return f"Same contact: {'; '.join(parts)}" if parts else ""


def history_lines(contact: SameContact, detail: Detail, setting: Setting) -> list[Line]:
    """Every submission of the person, newest first, the present one among them and marked."""
    sentence = contact_sentence(contact)
    if not sentence:
        return said(_nobody(detail.submission), setting.cells)
    present = contact.present
    here = present.rowid if present is not None else detail.rowid
    later = [row for row in contact.rows if row.rowid > here]
    earlier = [row for row in contact.rows if row.rowid < here]
    shown = [*later, *([present] if present is not None else []), *earlier]
    refs = min(_MOST_REF, max(cell_len(_ref(row)) for row in shown))
    sources = min(_MOST_SOURCE, max(cell_len(one_line(row.key.source, NAME_LIMIT)) for row in shown))
    times = max(cell_len(short_time(row.created, setting.now, setting.tz)) for row in shown)
    states = max(cell_len(status_name(row.status)) for row in shown)
    widths = _Widths(refs, times, sources, states)

    def lines_of(rows: Sequence[Row]) -> list[Line]:
        return [line for row in rows for line in _row_lines(row, here, widths, setting)]

    lines = [*said(sentence, setting.cells, "text"), *said("( older, ) newer", setting.cells), ()]
    lines += [*lines_of(later), *_more(contact.later - len(later), "later", setting)]
    lines += lines_of([present] if present is not None else [])
    return [*lines, *lines_of(earlier), *_more(contact.earlier - len(earlier), "earlier", setting)]


def _more(count: int, what: str, setting: Setting) -> list[Line]:
    return said(f"... and {thousands(count)} more {what}", setting.cells) if count > 0 else []


def _nobody(submission: Submission) -> str:
    contact = submission.contact
    if not (contact.email or contact.phone or submission.attribution.visitor_id):
        return "it names no e-mail address, phone number or visitor: nothing else can be told to be theirs"
    return "nothing else of the same contact is known here"


def _ref(row: Row) -> str:
    return one_line(row.ref, NAME_LIMIT)


class _Widths(NamedTuple):
    """The cells each column needs."""

    refs: int
    times: int
    sources: int
    states: int


def _row_lines(row: Row, here: int, widths: _Widths, setting: Setting) -> list[Line]:
    """One submission: on one line where there is room, else its text below."""
    is_here = row.rowid == here
    sign = setting.signs.status(row.status)
    cursor = sign_piece(setting.signs.cursor) if is_here else Piece(" ")
    look: Look = "heading" if is_here else "text"
    time = short_time(row.created, setting.now, setting.tz)
    source = one_line(row.key.source, NAME_LIMIT)
    status, about = status_name(row.status), one_line(row.about, _ABOUT_LIMIT)
    first = (cursor, Piece(f" {cell_fit(_ref(row), widths.refs)}", look))
    origin = f"  {cell_fit(time, widths.times)}  {cell_fit(source, widths.sources)}"
    if setting.cells >= _ONE_LINE_FROM:
        state = Piece(f" {cell_fit(status, widths.states)}  ", sign.role)
        line = (*first, Piece(f"{origin}  ", "muted"), sign_piece(sign), state)
        return [(*line, Piece(cell_cut(about, setting.cells - line_width(line)), look))]
    room = max(setting.cells - line_width(first), 0)
    state = Piece(cell_cut(f" {status}  ", setting.cells - 3), sign.role)
    below = max(setting.cells - 3 - line_width([state]), 0)
    return [
        (*first, Piece(cell_cut(origin.rstrip(), room), "muted")),
        (Piece("  "), sign_piece(sign), state, Piece(cell_cut(about, below))),
    ]
