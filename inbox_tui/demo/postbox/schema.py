"""Tables of the Postbox contract. Moments are microseconds since 1970."""

from __future__ import annotations

__all__ = ["SCHEMA"]

SCHEMA: tuple[str, ...] = (
    """CREATE TABLE postbox_keys (
        token TEXT PRIMARY KEY, account TEXT NOT NULL, revoked INTEGER NOT NULL, metered INTEGER NOT NULL,
        credits INTEGER NOT NULL)""",
    """CREATE TABLE postbox_forms (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, name TEXT NOT NULL,
        slug TEXT NOT NULL, visibility TEXT NOT NULL, fields TEXT NOT NULL, created_at INTEGER NOT NULL)""",
    """CREATE TABLE postbox_submissions (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
        form_id TEXT NOT NULL REFERENCES postbox_forms (id) ON DELETE CASCADE, data TEXT NOT NULL,
        processing TEXT NOT NULL, reason TEXT, spam INTEGER NOT NULL, confidence REAL, spam_reason TEXT,
        language TEXT, translated TEXT, reply TEXT NOT NULL, reply_content TEXT, reply_subject TEXT,
        reply_reason TEXT, replied_at INTEGER, metadata TEXT NOT NULL, created_at INTEGER NOT NULL,
        plan TEXT, due_at INTEGER)""",
    "CREATE INDEX postbox_submissions_age ON postbox_submissions (form_id, created_at, id)",
    "CREATE INDEX postbox_submissions_due ON postbox_submissions (due_at) WHERE due_at IS NOT NULL",
)
"""Statements that make every table. `processing` and `reply` hold words of our own; see `wire.py`."""
