"""Postbox rows in the words of each published state. See docs/contracts/postbox.md sections 3 and 6."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from inbox_tui.demo.wire import moment

if TYPE_CHECKING:
    import sqlite3

    from inbox_tui.demo.postbox.quirks import Profile

__all__ = ["REPLIES", "endpoint_path", "form_detail", "form_row", "submission"]

REPLIES = {
    "off": ("pending", None),
    "none": ("pending", None),
    "draft": ("completed", "awaiting_review"),
    "sending": ("completed", "awaiting_delivery"),
    "sent": ("sent", "delivered"),
    "failed": ("failed", "delivery_failed"),
    "human": ("pending", "needs_human_reply"),
    "skipped": ("pending", "skipped"),
    "exhausted": ("pending", "exhausted"),
}
"""Our word for the state of a reply to the words of states A (and B) and of state C."""


def submission(row: sqlite3.Row, profile: Profile) -> dict[str, Any]:
    """Return one submission object."""
    last = profile == "C"
    processing, reason = row["processing"], row["reason"]
    if last and processing == "skipped":
        processing = "completed"
    if last and reason == "ai_credits_exhausted":
        reason = "credits_exhausted"
    found: dict[str, Any] = {
        "id": row["id"],
        "data": json.loads(row["data"]),
        "processing_status": processing,
        "processing_reason": reason,
        "spam" if last else "spam_flag": bool(row["spam"]),
        "spam_confidence": row["confidence"],
        "spam_reason": row["spam_reason"],
        "detected_language" if last else "original_language": row["language"],
        "translated_data": None if row["translated"] is None else json.loads(row["translated"]),
        "reply_status": REPLIES[row["reply"]][last],
        "reply_content": row["reply_content"],
        "reply_reason": row["reply_reason"],
        "replied_at": None if row["replied_at"] is None else moment(row["replied_at"]),
        "created_at": moment(row["created_at"]),
    }
    if profile != "A":
        found["reply_subject"] = row["reply_subject"]
    if last:
        found["metadata"] = json.loads(row["metadata"])
    return found


def endpoint_path(row: sqlite3.Row) -> str:
    """Return the path that a form is sent to."""
    return f"/api/{row['id'][:8]}/f/{row['slug']}"


def form_row(row: sqlite3.Row, count: int, profile: Profile, host: str) -> dict[str, Any]:
    """Return one row of the list of forms."""
    found = {
        "id": row["id"],
        "name": row["name"],
        "slug": row["slug"],
        "visibility": row["visibility"],
        "submission_count": count,
        "created_at": moment(row["created_at"]),
    }
    return found if profile == "A" else {**found, "endpoint": host + endpoint_path(row)}


def form_detail(row: sqlite3.Row, count: int, profile: Profile, host: str) -> dict[str, Any]:
    """Return one form with its fields: bare in state A, wrapped in the others."""
    fields = json.loads(row["fields"])
    found = {**form_row(row, count, profile, host), "endpoint": host + endpoint_path(row)}
    if profile == "A":
        return {**found, "schema": {"fields": fields}}
    ruled = []
    for field in fields:
        rules = [{"op": name} for name in ("required", "honeypot") if field[name]]
        ruled.append({"name": field["name"], "type": field["type"], "rules": rules})
    found["fields_schema"] = {"fields": ruled}
    if profile == "C":
        found["intent"] = f"Submissions of {row['name']}"
    return {"form": found}
