"""The conflict card: one field as it was, as the person wants it and as somebody else left it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from cache.models import TriageValue
from cache.text import one_line
from inbox_tui.conflicts import CardEntry, Ruling, result_of
from inbox_tui.drawing.context import NAME_LIMIT, Setting
from inbox_tui.drawing.lines import Line, Piece, columns, flow, heading, pair, said, wrap_cells
from inbox_tui.format import cell_cut, cell_fit, cell_len, priority_name, status_name
from inbox_tui.triage import FIELD_NAMES

__all__ = ["entry_lines", "list_line", "sentence_of", "value_text"]

_SIDE_BY_SIDE: Final = 84
"""The width from which three texts have room beside each other."""
_NOTE_LINES: Final = 120
_LABELS: Final = 8


def value_text(entry: CardEntry, value: TriageValue, setting: Setting) -> str:
    """A value in words, on one line."""
    if entry.field == "assignee_id":
        return setting.person(value if isinstance(value, str) else None)
    if isinstance(value, bool):
        return "flagged" if value else "not flagged"
    if value is None or value == "":
        return "nothing"
    if entry.field == "status":
        return one_line(status_name(value), NAME_LIMIT)
    return one_line(priority_name(value) if entry.field == "priority" else value, NAME_LIMIT)


def list_line(entry: CardEntry, ruling: Ruling | None, setting: Setting, *, is_current: bool) -> Line:
    """One entry in the list of the card: where, what, and what was chosen."""
    signs = setting.signs
    sign = signs.sync(entry.kind) if entry.kind != "overwrite" else None
    cursor = Piece(f"{signs.cursor.text if is_current else ' '} ", "accent")
    mark = Piece(f"{sign.text} " if sign else "! ", sign.role if sign else "warning")
    chosen = f"{ruling.choice} " if ruling is not None else ""
    room = max(4, setting.cells - 4 - cell_len(chosen))
    text = f"{one_line(entry.ref, 20)}  {FIELD_NAMES[entry.field]}  {_kind(entry)}  {entry.who}"
    look = "heading" if is_current else "text"
    return (cursor, mark, Piece(cell_fit(text, room, ellipsis=signs.ellipsis), look), Piece(chosen, "info"))  # type: ignore[arg-type]


def _kind(entry: CardEntry) -> str:
    return {
        "conflict": "in conflict",
        "rejected": "refused",
        "orphaned": "nowhere to send it",
        "overwrite": "overwritten by you",
    }[entry.kind]


def sentence_of(entry: CardEntry, setting: Setting) -> str:
    """What happened, in one or two sentences."""
    field, by = FIELD_NAMES[entry.field], one_line(entry.by or "", NAME_LIMIT) or "Somebody else"
    when = f" at {_time(entry.changed_at, setting)}" if entry.changed_at is not None else ""
    match entry.kind:
        case "rejected":
            return f"The server refused the {field}: {one_line(entry.message or 'it did not say why', 300)}"
        case "orphaned":
            return f"The server no longer has this submission: your {field} could not be sent."
        case "overwrite":
            return f"You overwrote the {field} that {by} set{when}, before anybody here had seen it."
    if entry.field == "assignee_id" and isinstance(entry.theirs, str):
        mine = isinstance(entry.mine, str) and entry.mine in setting.me
        sent = "Your claim was not sent." if mine else "What you wanted was not sent."
        if by == value_text(entry, entry.theirs, setting) or entry.by is None:
            return f"Claimed by {value_text(entry, entry.theirs, setting)}{when}. {sent}"
        return f"Assigned to {value_text(entry, entry.theirs, setting)} by {by}{when}. {sent}"
    yours = "Yours were" if entry.field == "notes" else "Yours was"
    return f"{by} changed the {field} too{when}. {yours} not sent."


def _time(moment: float, setting: Setting) -> str:
    return setting.time(datetime.fromtimestamp(moment, UTC))


def entry_lines(entry: CardEntry, ruling: Ruling | None, setting: Setting) -> list[Line]:
    """Everything about one entry: what happened, every side, and what will be."""
    name = f"{one_line(entry.ref, 20)}  {one_line(entry.who, NAME_LIMIT)}".strip()
    lines: list[Line] = [heading(cell_cut(name, setting.cells, setting.signs.ellipsis))]
    look = "warning" if entry.kind in ("conflict", "overwrite") else "error"
    lines += said(sentence_of(entry, setting), setting.cells, look)  # type: ignore[arg-type]
    lines.append(())
    sides = _notes(entry, setting) if entry.field == "notes" else _values(entry, setting)
    result = _result(entry, ruling, setting)
    if entry.field == "notes" and ruling is not None and setting.cells < _SIDE_BY_SIDE:
        return [*lines, *result, *sides]  # what was chosen stays in sight above the long texts
    return [*lines, *sides, *result]


def _sides(entry: CardEntry, setting: Setting) -> list[tuple[str, TriageValue, str]]:
    """Each value with its label and what is known of it."""
    mine_at = f"you, {_time(entry.at, setting)}" if entry.at else "you"
    theirs_at = one_line(entry.by or "", NAME_LIMIT) or "somebody else"
    if entry.changed_at is not None:
        theirs_at += f", {_time(entry.changed_at, setting)}"
    mine = ("yours", entry.mine, mine_at)
    match entry.kind:
        case "conflict":
            was = ("was", entry.base, "what you saw")
            return [was, mine, ("theirs", entry.theirs, theirs_at)]
        case "overwrite":
            known = entry.overwrite is not None and entry.overwrite.known
            theirs = [("theirs", entry.theirs, theirs_at)] if known else []
            return [*theirs, mine]
    return [("was", entry.base, "what you saw"), mine]


def _values(entry: CardEntry, setting: Setting) -> list[Line]:
    lines: list[Line] = []
    for label, value, note in _sides(entry, setting):
        text = value_text(entry, value, setting)
        chunks = [(Piece(text),), (Piece(f"({note})", "muted"),)]
        lines += pair(label, flow(chunks, setting.cells - _LABELS - 2), _LABELS)
    return lines


def _notes(entry: CardEntry, setting: Setting) -> list[Line]:
    sides = _sides(entry, setting)
    if setting.cells < _SIDE_BY_SIDE:
        lines: list[Line] = []
        for label, value, note in sides:
            lines.append((Piece(f"{label} ", "heading"), Piece(f"({note})", "muted")))
            lines += [(Piece("  "), *line) for line in _text(value, setting, setting.cells - 2)]
        return lines
    gap = 3
    width = (setting.cells - gap * (len(sides) - 1)) // len(sides)
    texts: list[list[Line]] = []
    for label, value, note in sides:
        head = [(Piece(line, "muted"),) for line in wrap_cells(f"{label} ({note})", width)]
        texts.append([*head, *_text(value, setting, width)])
    return columns(texts, width, gap)


def _text(value: TriageValue, setting: Setting, width: int) -> Sequence[Line]:
    text = str(value or "")
    return setting.value(text, width, limit=_NOTE_LINES) if text else [(Piece("(nothing)", "muted"),)]


def _result(entry: CardEntry, ruling: Ruling | None, setting: Setting) -> list[Line]:
    if entry.kind != "conflict":
        return []
    if ruling is None:
        return pair("result", [(Piece("choose first", "muted"),)], _LABELS)
    value = result_of(ruling)
    if entry.field != "notes":
        text = value_text(entry, value, setting)
        return pair("result", [(Piece(text, "accent"),)], _LABELS)
    head: Line = (Piece("result ", "heading"), Piece(f"({ruling.choice})", "info"))
    gap: list[Line] = [()] if setting.cells >= _SIDE_BY_SIDE else []
    return [*gap, head, *((Piece("  "), *line) for line in _text(value, setting, setting.cells - 2))]
