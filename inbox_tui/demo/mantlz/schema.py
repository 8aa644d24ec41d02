"""Tables of the Mantlz contract. Moments are microseconds since 1970."""

from __future__ import annotations

__all__ = ["SCHEMA"]

SCHEMA: tuple[str, ...] = (
    """CREATE TABLE mantlz_keys (
        token TEXT PRIMARY KEY, account TEXT NOT NULL, plan TEXT NOT NULL, active INTEGER NOT NULL,
        owned INTEGER NOT NULL, last_used_at INTEGER)""",
    """CREATE TABLE mantlz_forms (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, name TEXT NOT NULL,
        description TEXT, kind TEXT NOT NULL, fields TEXT NOT NULL, created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL)""",
    "CREATE INDEX mantlz_forms_age ON mantlz_forms (account, created_at, id)",
    """CREATE TABLE mantlz_submissions (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
        form_id TEXT NOT NULL REFERENCES mantlz_forms (id) ON DELETE CASCADE,
        email TEXT, has_email INTEGER NOT NULL, data TEXT NOT NULL, created_at INTEGER NOT NULL)""",
    "CREATE INDEX mantlz_submissions_age ON mantlz_submissions (form_id, created_at, id)",
    "CREATE UNIQUE INDEX mantlz_submissions_mail ON mantlz_submissions (form_id, email)",
    """CREATE TABLE mantlz_logs (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
        submission_id TEXT NOT NULL REFERENCES mantlz_submissions (id) ON DELETE CASCADE,
        form_id TEXT NOT NULL, type TEXT NOT NULL, status TEXT NOT NULL, error TEXT,
        created_at INTEGER NOT NULL)""",
    "CREATE INDEX mantlz_logs_age ON mantlz_logs (form_id, created_at, id)",
    "CREATE INDEX mantlz_logs_of ON mantlz_logs (submission_id)",
)
"""Statements that make every table; `data` holds the answers as JSON with `_meta` where there is one."""
