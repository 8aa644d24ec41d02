"""PATCH of a submission: what is accepted and what it does. See docs/contracts/awardee.md section 2.4."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from inbox_tui.demo.awardee.errors import invalid_payload, not_found
from inbox_tui.demo.generate import to_micros

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from inbox_tui.demo.awardee.quirks import Quirks

__all__ = [
    "PRIORITIES",
    "STATUSES",
    "Actor",
    "apply_changes",
    "check_changes",
    "find_submission",
    "read_object",
]

STATUSES = ("new", "read", "in_progress", "resolved", "spam")
PRIORITIES = ("none", "low", "medium", "high")
_WRITABLE = ("status", "priority", "flagged", "assignee_id", "notes", "resolved_at", "resolved_by")


@dataclass(frozen=True)
class Actor:
    """Who makes a change: a member, or an API key."""

    user_id: str | None = None
    key_id: str | None = None
    key_name: str | None = None


def read_object(body: bytes, content_type: str) -> dict[str, Any]:
    """Read a request body that must be one JSON object.

    Raises:
        ApiError: it is something else, or is not sent as JSON.
    """
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise invalid_payload(form=["Content-Type must be application/json."])
    try:
        read = json.loads(body)
        body.decode()
        json.dumps(read, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as problem:
        raise invalid_payload(form=["The body is not valid JSON in UTF-8."]) from problem
    if not isinstance(read, dict):
        raise invalid_payload(form=["The body must be an object."])
    return read


def check_changes(
    connection: sqlite3.Connection, org_id: str, body: Mapping[str, Any], quirks: Quirks
) -> dict[str, Any]:
    """Return the changes that a PATCH body asks for; a parsed `resolved_at` is in microseconds.

    Raises:
        ApiError: 400 `invalid_payload` with a message for each wrong field.
    """
    if not body and quirks.empty_patch == "refuse":
        raise invalid_payload(form=["Send at least one field."])
    wrong: dict[str, list[str]] = {}
    changes: dict[str, Any] = {}
    stranger = False
    for name, value in body.items():
        if name not in _WRITABLE:
            if quirks.unknown_keys == "refuse":
                wrong[name] = ["This field cannot be written."]
        elif name == "assignee_id" and isinstance(value, str) and not _is_member(connection, org_id, value):
            wrong[name] = ["This is not an active member of the team."]
            stranger = True
        else:
            problem, checked = _check_field(name, value, quirks)
            if problem:
                wrong[name] = [problem]
            changes[name] = checked
    if wrong:
        status = quirks.stranger_status if stranger and len(wrong) == 1 else 400
        raise invalid_payload(wrong, status=status)
    if not changes and quirks.empty_patch == "refuse":
        raise invalid_payload(form=["Send at least one field."])
    return changes


def _is_member(connection: sqlite3.Connection, org_id: str, user_id: str) -> bool:
    found = connection.execute(
        "SELECT 1 FROM awardee_members WHERE org_id = ? AND user_id = ? AND active", (org_id, user_id)
    )
    return found.fetchone() is not None


def _check_field(name: str, value: Any, quirks: Quirks) -> tuple[str | None, Any]:  # noqa: ANN401
    match name:
        case "status" | "priority":
            known = STATUSES if name == "status" else PRIORITIES
            return (None if value in known else f"Must be one of {', '.join(known)}.", value)
        case "flagged":
            return (None if isinstance(value, bool) else "Must be true or false.", value)
        case "assignee_id" | "notes":
            return (None if value is None or isinstance(value, str) else "Must be a string or null.", value)
        case "resolved_by":
            return (None if value is None else "Can only be cleared with null.", value)
        case _:
            return _check_moment(value, quirks)


def _check_moment(value: Any, quirks: Quirks) -> tuple[str | None, int | None]:  # noqa: ANN401
    if value is None:
        return ("Cannot be cleared." if quirks.null_resolved_at == "refuse" else None, None)
    problem = "Must be an ISO 8601 moment with an offset."
    if not isinstance(value, str):
        return problem, None
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            return problem, None
        return None, to_micros(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        return problem, None


def find_submission(connection: sqlite3.Connection, org_id: str, submission_id: str) -> sqlite3.Row:
    """Return the row of a submission.

    Raises:
        ApiError: 404, the organisation has none with this id.
    """
    found: sqlite3.Row | None = connection.execute(
        "SELECT * FROM awardee_submissions WHERE id = ? AND org_id = ?", (submission_id, org_id)
    ).fetchone()
    if found is None:
        raise not_found("submission")
    return found


def apply_changes(
    connection: sqlite3.Connection,
    before: sqlite3.Row,
    changes: Mapping[str, Any],
    actor: Actor,
    now: int,
    quirks: Quirks,
) -> sqlite3.Row:
    """Write checked changes, their stamps and their timeline rows; return the new row."""
    after = {name: before[name] for name in _WRITABLE}
    after.update(changes)
    if after["status"] == "resolved" and before["status"] != "resolved":
        if "resolved_at" not in changes:
            after["resolved_at"] = now
        if "resolved_by" not in changes:
            after["resolved_by"] = actor.user_id
    elif before["status"] == "resolved" and after["status"] != "resolved" and quirks.reopening_clears_stamps:
        after["resolved_at"] = after["resolved_by"] = None
    connection.execute(
        """UPDATE awardee_submissions SET status = :status, priority = :priority, flagged = :flagged,
        assignee_id = :assignee_id, notes = :notes, resolved_at = :resolved_at, resolved_by = :resolved_by
        WHERE id = :id""",
        {**after, "flagged": int(after["flagged"]), "id": before["id"]},
    )
    who = actor.user_id or actor.key_id
    for name in ("status", "priority", "flagged", "assignee_id", "notes"):
        if after[name] == before[name]:
            continue
        kind = _event_type(name, after[name])
        old, new = before[name], after[name]
        if name == "flagged":
            old, new = bool(old), bool(new)
        connection.execute(
            "INSERT INTO awardee_events (submission_id, type, actor_id, key_name, before, after, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (before["id"], kind, who, actor.key_name, json.dumps(old), json.dumps(new), now),
        )
    return find_submission(connection, before["org_id"], before["id"])


def _event_type(name: str, value: object) -> str:
    match name:
        case "status" | "priority":
            return f"{name}_changed"
        case "flagged":
            return "flagged" if value else "unflagged"
        case "assignee_id":
            return "unassigned" if value is None else "assigned"
        case _:
            return "notes_updated"
