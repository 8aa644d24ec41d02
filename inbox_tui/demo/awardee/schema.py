"""Tables of the Awardee contract. Moments are microseconds since 1970."""

from __future__ import annotations

__all__ = ["SCHEMA"]

SCHEMA: tuple[str, ...] = (
    "CREATE TABLE awardee_orgs (id TEXT PRIMARY KEY, name TEXT NOT NULL, slug TEXT NOT NULL UNIQUE)",
    """CREATE TABLE awardee_keys (
        token TEXT PRIMARY KEY, org_id TEXT NOT NULL REFERENCES awardee_orgs, id TEXT NOT NULL,
        name TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, expires_at INTEGER, user_id TEXT,
        scopes TEXT)""",
    """CREATE TABLE awardee_members (
        position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, org_id TEXT NOT NULL REFERENCES awardee_orgs,
        user_id TEXT NOT NULL, first_name TEXT, last_name TEXT, avatar_url TEXT, role_id TEXT NOT NULL,
        role TEXT NOT NULL, joined_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
        active INTEGER NOT NULL)""",
    """CREATE TABLE awardee_pages (
        position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, org_id TEXT NOT NULL REFERENCES awardee_orgs,
        title TEXT NOT NULL, slug TEXT NOT NULL, public_slug TEXT NOT NULL, status TEXT NOT NULL,
        blocks TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL)""",
    """CREATE TABLE awardee_conversations (
        id TEXT PRIMARY KEY, org_id TEXT NOT NULL REFERENCES awardee_orgs,
        status TEXT NOT NULL, priority TEXT NOT NULL, title TEXT, summary TEXT, contact_email TEXT,
        contact_name TEXT,
        contact_phone TEXT, assigned_to TEXT, last_message_preview TEXT, created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL)""",
    """CREATE TABLE awardee_messages (
        seq INTEGER PRIMARY KEY, conversation_id TEXT NOT NULL REFERENCES awardee_conversations,
        role TEXT NOT NULL, author_id TEXT, parts TEXT NOT NULL, created_at INTEGER NOT NULL)""",
    "CREATE INDEX awardee_messages_of ON awardee_messages (conversation_id, seq)",
    """CREATE TABLE awardee_submissions (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
        org_id TEXT NOT NULL REFERENCES awardee_orgs, page_id TEXT,
        number INTEGER NOT NULL, status TEXT NOT NULL, priority TEXT NOT NULL, flagged INTEGER NOT NULL,
        assignee_id TEXT,
        resolved_by TEXT, resolved_at INTEGER, notes TEXT, viewed_at INTEGER, duration_seconds REAL,
        conversation_id TEXT, created_at INTEGER NOT NULL, rest TEXT NOT NULL)""",
    "CREATE UNIQUE INDEX awardee_submissions_number ON awardee_submissions (org_id, number)",
    "CREATE INDEX awardee_submissions_age ON awardee_submissions (org_id, created_at, id)",
    """CREATE TABLE awardee_events (
        seq INTEGER PRIMARY KEY, submission_id TEXT NOT NULL, type TEXT NOT NULL, actor_id TEXT,
        key_name TEXT,
        before TEXT, after TEXT, created_at INTEGER NOT NULL)""",
    "CREATE INDEX awardee_events_of ON awardee_events (submission_id, seq)",
    """CREATE TABLE awardee_replays (
        key_id TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, idempotency_key TEXT NOT NULL,
        digest TEXT NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL, created_at INTEGER NOT NULL,
        PRIMARY KEY (key_id, method, path, idempotency_key))""",
)
"""Statements that make every table; `before` and `after` of events hold JSON."""
