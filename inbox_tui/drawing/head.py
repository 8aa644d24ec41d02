"""What stands above every tab: which submission it is, its triage, and what is still on its way."""

from collections.abc import Sequence
from typing import Final

from cache.models import Detail, EditState, PendingEdit, TriageValue
from cache.text import one_line
from inbox_tui.drawing.context import NAME_LIMIT, Setting
from inbox_tui.drawing.lines import Chunk, Line, Piece, beside, flow, said, sign_piece, wrap_cells
from inbox_tui.drawing.outcome import alerts
from inbox_tui.drawing.told import is_local, kept_here
from inbox_tui.format import age, priority_name, status_name
from inbox_tui.signs import Sign

__all__ = ["head_lines", "state_line"]

_ERROR_LIMIT: Final = 400
_NOTE_LIMIT: Final = 60
_MISSING: Final = "The server no longer lists this submission; what was seen of it is kept."
_UNDER_WAY: Final = (EditState.QUEUED, EditState.SENDING, EditState.VERIFYING)
_FIELD_NAMES: Final = {
    "status": "status",
    "priority": "priority",
    "flagged": "flag",
    "assignee_id": "assignee",
    "notes": "note",
}


def head_lines(detail: Detail, setting: Setting) -> list[Line]:
    """The lines above the tab: number and triage, origin, then a line or more for each unsettled edit."""
    setting = setting.knowing(detail)
    lines = _first_lines(detail, setting)
    if detail.missing:
        lines.extend(said(_MISSING, setting.cells, "warning"))
    lines.extend(flow(alerts(detail.submission), setting.cells))
    is_kept_here = is_local(detail)
    if is_kept_here:
        lines.extend(_local_lines(detail.submission.provider, setting))
    for edit in detail.pending:
        lines.extend(_edit_lines(edit, setting, is_kept_here=is_kept_here))
    return lines


def _local_lines(provider: str, setting: Setting) -> list[Line]:
    sign = setting.signs.local
    return _behind_sign(sign, wrap_cells(kept_here(provider, "triage is"), setting.cells - 2))


def _behind_sign(sign: Sign, texts: Sequence[str]) -> list[Line]:
    """Lines in the look of a sign that stands before the first of them."""
    return [
        (sign_piece(sign) if at == 0 else Piece(" "), Piece(f" {text}", sign.role))
        for at, text in enumerate(texts)
    ]


def _first_lines(detail: Detail, setting: Setting) -> list[Line]:
    """Triage and origin; how fresh they are stands at the right edge where there is room for it."""
    lines = flow(_triage(detail, setting), setting.cells)
    origin = _origin(detail, setting)
    seen: Chunk = (Piece(f"seen {_spoken_age(setting.now - detail.seen_at)} ago", "muted"),)
    for at, line in enumerate(lines):
        if whole := beside(line, seen, setting.cells):
            lines[at] = whole
            break
    else:
        origin.append(seen)
    return [*lines, *flow(origin, setting.cells)]


def _triage(detail: Detail, setting: Setting) -> list[Chunk]:
    signs, seen = setting.signs, detail.seen
    status, priority = signs.status(seen.status), signs.priority(seen.priority)
    chunks: list[Chunk] = [
        (Piece(one_line(detail.ref, NAME_LIMIT), "heading"),),
        (sign_piece(status), Piece(f" {status_name(seen.status).upper()}", status.role)),
    ]
    if seen.priority != "none":
        words = f" {priority_name(seen.priority).upper()}"
        chunks.append((sign_piece(priority), Piece(words, priority.role)))
    if seen.flagged:
        chunks.append((sign_piece(signs.flagged), Piece(" flagged", signs.flagged.role)))
    if seen.assignee_id is None:
        chunks.append((Piece("unassigned", "muted"),))
    else:
        chunks.append((Piece("@" + setting.person(seen.assignee_id)),))
    return chunks


def _origin(detail: Detail, setting: Setting) -> list[Chunk]:
    submission = detail.submission
    name = one_line(submission.container_name or submission.container_id or "", NAME_LIMIT)
    created = submission.created_at
    ago = _spoken_age(setting.now - created.timestamp())
    chunks: list[Chunk] = [
        (Piece(name) if name else Piece("form not known", "muted"),),
        (Piece(f"{setting.time(created)} ({ago})"),),
        (Piece(one_line(submission.source, NAME_LIMIT), "muted"),),
    ]
    signs = setting.signs
    if detail.cleaned:
        chunks.append((sign_piece(signs.cleaned), Piece(" hidden characters are shown", signs.cleaned.role)))
    return chunks


def _edit_lines(edit: PendingEdit, setting: Setting, *, is_kept_here: bool) -> list[Line]:
    """What became of one unsettled edit, in words behind its sign; wrapped with the rest set in."""
    sign = setting.signs.sync(edit.state.value)
    before = f"{_FIELD_NAMES[edit.field]}: {_shown(edit, edit.want, setting)} "
    after = _state_words(edit, setting, is_kept_here=is_kept_here)
    text = f"{before}{sign.text} {after}"
    lines = wrap_cells(text, setting.cells)
    if len(lines) == 1:
        return [(Piece(before), sign_piece(sign), Piece(f" {after}", sign.role))]
    # Set in by two, and the sign goes first: it must not be lost in the middle of a paragraph.
    return _behind_sign(sign, wrap_cells(f"{before.rstrip()}, {after}", setting.cells - 2))


def state_line(edit: PendingEdit, setting: Setting, *, is_kept_here: bool = False) -> list[Line]:
    """Where an unsettled edit stands, without saying what it is; wrapped."""
    words = _state_words(edit, setting, is_kept_here=is_kept_here)
    return _behind_sign(setting.signs.sync(edit.state.value), wrap_cells(words, setting.cells - 2))


def _state_words(edit: PendingEdit, setting: Setting, *, is_kept_here: bool) -> str:
    if is_kept_here and edit.state in _UNDER_WAY:
        return "is being kept on this machine"
    error = one_line(edit.error or "", _ERROR_LIMIT)
    server = _shown(edit, edit.theirs, setting)
    match edit.state:
        case EditState.QUEUED:
            words = "not sent yet"
            if edit.next_try is not None and edit.next_try > setting.now:
                words += f", next try in {_spoken_age(edit.next_try - setting.now)}"
            return f"{words}: {error}" if error else words
        case EditState.SENDING:
            return "is being sent"
        case EditState.VERIFYING:
            return "was sent, no answer came: it will be looked up"
        case EditState.CONFLICT:
            base = _shown(edit, edit.base, setting)
            return f"conflict: the server has {server}, before it was {base}; = decides"
        case EditState.REJECTED:
            return f"refused by the server: {error or 'it gave no reason'}"
        case EditState.ORPHANED:
            return f"cannot be sent: {error or 'the submission is no longer on the server'}"


def _shown(edit: PendingEdit, value: TriageValue, setting: Setting) -> str:
    """A triage value in words, in the language of the field it belongs to."""
    match edit.field:
        case "status":
            return status_name(str(value))
        case "priority":
            return priority_name(str(value))
        case "flagged":
            return "on" if value else "off"
        case "assignee_id":
            return setting.person(value if isinstance(value, str) else None)
        case "notes":
            return f'"{one_line(value, _NOTE_LIMIT)}"' if isinstance(value, str) and value else "empty"


def _spoken_age(seconds: float) -> str:
    """An age with a blank before its unit: `4 s`."""
    short = age(seconds)
    return f"{short[:-1]} {short[-1]}"
