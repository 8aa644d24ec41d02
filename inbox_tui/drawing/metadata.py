"""The tab with everything around the answers: ids, times, contact, attribution and metadata."""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from cache.models import Detail, JSONValue, Submission
from cache.text import one_line
from inbox_tui.drawing.context import NAME_LIMIT, TAB_LINES, VALUE_LINES, Setting
from inbox_tui.drawing.language import language_name
from inbox_tui.drawing.lines import Line, heading, pair, said
from inbox_tui.drawing.told import container_label, never_told, no_metadata, system_name
from inbox_tui.drawing.values import answer_lines

__all__ = ["attribution_pairs", "duration_words", "metadata_lines"]

_ATTRIBUTION: Final = {
    "qr_code_id": "QR code",
    "product_id": "product",
    "object_id": "object",
    "conversation_id": "conversation",
    "visitor_id": "visitor",
    "action_id": "action",
}
_NOTE_LIMIT: Final = 600
_UNITS: Final = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def metadata_lines(detail: Detail, setting: Setting) -> list[Line]:
    """Every fact about a submission that is not an answer; what is not known is named, not left out."""
    submission = detail.submission
    contact = submission.contact
    parts = {
        "Submission": _identity(submission),
        "Times": _times(submission, setting),
        "Contact": {"name": contact.name, "e-mail": contact.email, "phone": contact.phone},
        "Came from": attribution_pairs(submission),
    }
    lines = [line for title, pairs in parts.items() for line in _part(title, pairs, submission, setting)]
    if note := one_line(setting.source_notes.get(submission.source, ""), _NOTE_LIMIT):
        lines += [heading("About the source"), *said(note, setting.cells, "warning"), ()]
    lines.append(heading("Metadata"))
    lines += _pairs(submission.metadata, setting) or said(no_metadata(submission.provider), setting.cells)
    if submission.translation:
        lines += [(), heading("Translation"), *_pairs(submission.translation, setting)]
    return lines


def attribution_pairs(submission: Submission) -> Mapping[str, str | None]:
    """The ids of what led the visitor to the form by their label."""
    return {_ATTRIBUTION[name]: value for name, value in submission.attribution._asdict().items()}


def duration_words(seconds: float) -> str:
    """A duration with its two largest units: `45 s`, `2 min 10 s`, `3 h 5 min`, `12 d 4 h`."""
    if not math.isfinite(seconds):
        return "?"
    whole = round(abs(seconds))
    sign = "-" if seconds < 0 and whole else ""
    for at, (unit, size) in enumerate(_UNITS):
        if whole >= size and at + 1 < len(_UNITS):
            smaller, smaller_size = _UNITS[at + 1]
            rest = whole % size // smaller_size
            return f"{sign}{whole // size} {unit}" + (f" {rest} {smaller}" if rest else "")
    return f"{sign}{whole} s"


def _identity(submission: Submission) -> Mapping[str, str | None]:
    number, container = submission.number, container_label(submission.provider)
    return {
        "id": submission.id,
        "number": str(number) if number is not None else None,
        "source": submission.source,
        "provider": submission.provider,
        container: submission.container_name,
        f"{container} id": submission.container_id,
        "language": language_name(submission.language),
    }


def _times(submission: Submission, setting: Setting) -> Mapping[str, str | None]:
    duration, resolver = submission.duration_seconds, submission.resolved_by
    return {
        "viewed": _moment(submission.viewed_at, setting),
        "duration": duration_words(duration) if duration is not None else None,
        "created": _moment(submission.created_at, setting),
        "completed": _moment(submission.completed_at, setting),
        "resolved": _moment(submission.resolved_at, setting),
        "resolved by": setting.person(resolver) if resolver is not None else None,
    }


def _moment(moment: datetime | None, setting: Setting) -> str | None:
    """A moment to the second, with its distance from UTC."""
    if moment is None:
        return None
    try:
        local = moment.astimezone(setting.tz)
    except (OverflowError, ValueError):  # at the edge of the calendar
        local = moment
    return local.isoformat(" ", "seconds")


def _part(
    title: str, pairs: Mapping[str, str | None], submission: Submission, setting: Setting
) -> list[Line]:
    """A part under its title: what is known as pairs, then the names of the rest, by why it is not."""
    lines: list[Line] = [heading(title), *_pairs({k: v for k, v in pairs.items() if v is not None}, setting)]
    unknown = [label for label, value in pairs.items() if value is None]
    untold = never_told(submission.provider)
    reasons = {
        "not known": [label for label in unknown if label not in untold],
        f"{system_name(submission.provider)} does not tell": [label for label in unknown if label in untold],
    }
    for reason, labels in reasons.items():
        if labels:
            lines += said(f"{reason}: {', '.join(labels)}", setting.cells)
    return [*lines, ()]


def _pairs(pairs: Mapping[str, JSONValue], setting: Setting) -> list[Line]:
    lines: list[Line] = []
    for label, value in _known(pairs):
        left = TAB_LINES - len(lines)
        shown = answer_lines(value, setting, limit=max(1, min(VALUE_LINES, left)))
        lines += pair(label, shown, setting.label_width)
    return lines


def _known(pairs: Mapping[str, JSONValue]) -> Iterable[tuple[str, JSONValue]]:
    for label, value in pairs.items():
        yield one_line(label, NAME_LIMIT) or "(no name)", value
