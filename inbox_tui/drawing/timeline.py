"""The timeline tab: what happened to a submission, oldest first, in words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from cache.models import Event, JSONValue
from cache.text import one_line
from inbox_tui.drawing.context import NAME_LIMIT, TAB_LINES, Setting
from inbox_tui.drawing.lines import Line, Piece, said, wrap_cells
from inbox_tui.drawing.values import scalar_text
from inbox_tui.format import cell_fit, cell_len, priority_name, status_name, thousands

__all__ = ["Timeline", "timeline_lines"]

_VALUE_LIMIT: Final = 300
_SENTENCE_LIMIT: Final = 400
_ONE_LINE_FROM: Final = 56
"""Widths from this one on have room for time, actor and words beside each other."""
_NO_TIME: Final = "no time"


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is known of a submission's events."""

    events: tuple[Event, ...] = ()
    state: Literal["unread", "reading", "asked", "waiting", "read", "failed"] = "unread"
    """`asked`: another process was asked to read it. `waiting`: there is no connection to read it over."""
    sentence: str = ""
    """Why it cannot be read."""


def timeline_lines(timeline: Timeline, setting: Setting) -> list[Line]:
    """How far reading has come, unless it is done, then the events."""
    lines = _state_lines(timeline, setting)
    events = sorted(timeline.events, key=lambda event: event.created_at or datetime.min.replace(tzinfo=UTC))
    for at, event in enumerate(events):
        if len(lines) >= TAB_LINES:
            lines.extend(said(f"... and {thousands(len(events) - at)} more", setting.cells, "warning"))
            break
        lines.extend(_event_lines(event, setting))
    return lines


def _state_lines(timeline: Timeline, setting: Setting) -> list[Line]:
    match timeline.state:
        case "unread":
            text = "the timeline was not read yet"
        case "reading":
            text = "reading the timeline ..."
        case "asked":
            text = "not read yet: another inbox-tui was asked for it"
        case "waiting":
            text = "not read yet: it comes once there is a connection"
        case "failed":
            reason = one_line(timeline.sentence, _SENTENCE_LIMIT) or "the reason is not known"
            text = f"the timeline could not be read: {reason}"
        case "read":
            text = "" if timeline.events else "the server knows of nothing that happened to this submission"
    look: Literal["error", "muted"] = "error" if timeline.state == "failed" else "muted"
    return said(text, setting.cells, look) if text else []


def _event_lines(event: Event, setting: Setting) -> list[Line]:
    time = setting.time(event.created_at) if event.created_at else _NO_TIME
    actor = _actor(event, setting)
    words = _words(event, setting)
    if setting.cells < _ONE_LINE_FROM:
        first: list[Line] = [
            (Piece(line, "label"),) for line in wrap_cells(f"{time}  {actor}", setting.cells)
        ]
        return [*first, *((Piece(f"  {line}"),) for line in wrap_cells(words, setting.cells - 2))]
    time_width, actor_width = max(12, cell_len(time)), min(20, setting.cells // 5)
    lead = f"{cell_fit(time, time_width)}  {cell_fit(actor, actor_width)}  "
    indent = time_width + actor_width + 4
    return [
        (Piece(lead if at == 0 else " " * indent, "label"), Piece(line))
        for at, line in enumerate(wrap_cells(words, setting.cells - indent))
    ]


def _actor(event: Event, setting: Setting) -> str:
    if event.actor_id is None:
        return one_line(event.actor_name or "", NAME_LIMIT) or "system"
    return setting.person(event.actor_id, event.actor_name)


def _words(event: Event, setting: Setting) -> str:
    """What happened; a type that is not known stands as it came."""
    before, after = event.before, event.after
    match event.type:
        case "created":
            return "created"
        case "status_changed":
            return f"status {_named(before, status_name)} -> {_named(after, status_name)}"
        case "priority_changed":
            return f"priority {_named(before, priority_name)} -> {_named(after, priority_name)}"
        case "flagged":
            return "flag set"
        case "unflagged":
            return "flag removed"
        case "assigned":
            was = f", before {_who(before, setting)}" if before else ""
            return f"assigned to {_who(after, setting)}{was}"
        case "unassigned":
            return f"unassigned, before {_who(before, setting)}" if before else "unassigned"
        case "notes_updated":
            return f'note changed: "{_short(after)}"' if after else "note changed" + _removed(before)
    name = one_line(event.type, NAME_LIMIT) or "?"
    if before is None and after is None:
        return name
    return f"{name} {_short(before)} -> {_short(after)}"


def _named(value: JSONValue, name: Callable[[str], str]) -> str:
    return name(value) if isinstance(value, str) else _short(value)


def _removed(before: JSONValue) -> str:
    return ", it is empty now" if before else ""


def _who(value: JSONValue, setting: Setting) -> str:
    return setting.person(value) if isinstance(value, str) else _short(value)


def _short(value: JSONValue) -> str:
    return one_line(scalar_text(value), _VALUE_LIMIT)
