"""The shape of every JSON output: all keys always present, null when unknown, times in UTC.

Only `local_time` is for people: times in text are those of the machine's zone. Strings are the values
themselves, not cleaned for display; the text is ASCII, with every control character escaped, so that printing
it cannot harm a terminal.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime

from cache.models import (
    TRIAGE_FIELDS,
    Capability,
    Detail,
    Field,
    JSONValue,
    PendingEdit,
    Submission,
    Triage,
    TriageField,
    human_number,
)

__all__ = [
    "edit_object",
    "json_pieces",
    "json_text",
    "local_time",
    "submission_object",
    "utc_time",
]


def json_text(value: JSONValue, *, indent: int | None = None) -> str:
    """JSON in ASCII. Numbers that JSON cannot hold become null."""
    return json.dumps(_finite(value), ensure_ascii=True, allow_nan=False, indent=indent).replace(
        "\x7f", "\\u007f"
    )


def json_pieces(values: Iterable[JSONValue], *, as_lines: bool) -> Iterator[str]:
    """An array with a value on each line, in pieces; with `as_lines` the values alone."""
    separator = "["
    for text in map(json_text, values):
        yield f"{text}\n" if as_lines else f"{separator}\n{text}"
        separator = ","
    if not as_lines:
        yield "[]\n" if separator == "[" else "\n]\n"


def utc_time(moment: datetime | float | None) -> str | None:
    """A moment (or seconds since the epoch) as `2026-05-22T10:14:39Z`; None outside the years 1 to 9999."""
    if moment is None:
        return None
    try:
        moment = moment if isinstance(moment, datetime) else datetime.fromtimestamp(moment, UTC)
        return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
    except (OverflowError, ValueError, OSError):
        return None


def local_time(moment: datetime | float | None, *, seconds: bool = True) -> str:
    """A moment (or seconds since the epoch) in the machine's zone: `2026-05-22 12:14:39 +0200`, else `?`."""
    if moment is None:
        return "?"
    try:
        moment = moment if isinstance(moment, datetime) else datetime.fromtimestamp(moment, UTC)
        return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S %z" if seconds else "%Y-%m-%d %H:%M %z")
    except (OverflowError, ValueError, OSError):
        return "?"


def submission_object(detail: Detail, capabilities: Mapping[TriageField, Capability]) -> dict[str, JSONValue]:
    """A submission; its triage keys hold what a person sees, `server` what lies under unsettled edits."""
    facts, seen = detail.submission, detail.seen
    pending = [edit.field for edit in detail.pending]
    return {
        "source": facts.source,
        "provider": facts.provider,
        "id": facts.id,
        "ref": detail.ref,
        "number": facts.number,
        "container_id": facts.container_id,
        "container_name": facts.container_name,
        **{name: seen.value(name) for name in TRIAGE_FIELDS},
        "resolved_at": utc_time(facts.resolved_at),
        "resolved_by": facts.resolved_by,
        "fields": [_field(field) for field in facts.fields],
        "metadata": dict(facts.metadata),
        **_provided(facts),
        "server": {name: facts.triage.value(name) for name in pending},
        "pending": pending,
        "triage": {name: _capability(capabilities, name) for name in TRIAGE_FIELDS},
        "sync": "clean" if detail.sync == "local" else detail.sync,
        "seen_at": utc_time(detail.seen_at),
    }


def edit_object(edit: PendingEdit, *, number: int | None, server: Triage | None) -> dict[str, JSONValue]:
    """An unsettled edit as `inbox-tui outbox list --json` prints it."""
    return {
        "source": edit.key.source,
        "id": edit.key.id,
        "ref": human_number(number, edit.key.id),
        "field": edit.field,
        "base": edit.base,
        "want": edit.want,
        "server": server.value(edit.field) if server is not None else None,
        "state": edit.state.value,
        "attempts": edit.attempts,
        "next_try": utc_time(edit.next_try),
        "error": edit.error,
        "edited_at": utc_time(edit.edited_at),
    }


def _field(field: Field) -> dict[str, JSONValue]:
    whole = math.isfinite(field.order) and field.order == int(field.order)
    order = int(field.order) if whole else field.order
    return {
        "key": field.key,
        "type": field.type,
        "label": field.label,
        "value": field.value,
        "order": order,
    }


def _provided(facts: Submission) -> dict[str, JSONValue]:
    reply = facts.reply
    return {
        "destination": asdict(facts.destination) if facts.destination else None,
        "created_at": utc_time(facts.created_at),
        "viewed_at": utc_time(facts.viewed_at),
        "completed_at": utc_time(facts.completed_at),
        "duration_seconds": facts.duration_seconds,
        "attribution": facts.attribution._asdict(),
        "contact": facts.contact._asdict(),
        "result": facts.result,
        "delivery": asdict(facts.delivery) if facts.delivery else None,
        "spam": asdict(facts.spam) if facts.spam else None,
        "language": facts.language,
        "translation": dict(facts.translation) if facts.translation is not None else None,
        "reply": {**asdict(reply), "replied_at": utc_time(reply.replied_at)} if reply else None,
        "processing": asdict(facts.processing) if facts.processing else None,
    }


def _capability(capabilities: Mapping[TriageField, Capability], name: TriageField) -> str:
    return capabilities.get(name, Capability.NONE).value


def _finite(value: JSONValue) -> JSONValue:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_finite(item) for item in value]
    return value
