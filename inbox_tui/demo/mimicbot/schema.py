"""Tables of the Mimicbot contract. Moments are microseconds since 1970."""

from __future__ import annotations

__all__ = ["SCHEMA"]

SCHEMA: tuple[str, ...] = (
    "CREATE TABLE mimicbot_tokens (token TEXT PRIMARY KEY, agency TEXT, valid INTEGER NOT NULL)",
    """CREATE TABLE mimicbot_bots (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, public_id TEXT NOT NULL, agency TEXT NOT NULL,
        name TEXT NOT NULL, client_url TEXT, status TEXT NOT NULL, open INTEGER NOT NULL,
        created_at INTEGER NOT NULL)""",
    """CREATE TABLE mimicbot_actions (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
        bot_id TEXT NOT NULL REFERENCES mimicbot_bots (id) ON DELETE CASCADE, kind TEXT NOT NULL,
        status TEXT NOT NULL, label TEXT NOT NULL, params_schema TEXT NOT NULL, confidence REAL NOT NULL,
        created_at INTEGER NOT NULL)""",
    """CREATE TABLE mimicbot_executions (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
        bot_id TEXT NOT NULL REFERENCES mimicbot_bots (id) ON DELETE CASCADE, action_id TEXT,
        kind TEXT NOT NULL, conversation_id TEXT, visitor_id TEXT NOT NULL, params TEXT NOT NULL,
        result TEXT NOT NULL, metadata TEXT, error TEXT, created_at INTEGER NOT NULL, completed_at INTEGER,
        plan TEXT, due_at INTEGER)""",
    "CREATE INDEX mimicbot_executions_age ON mimicbot_executions (bot_id, created_at, seq)",
    "CREATE INDEX mimicbot_executions_due ON mimicbot_executions (due_at) WHERE due_at IS NOT NULL",
    """CREATE TABLE mimicbot_unanswered (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
        bot_id TEXT NOT NULL REFERENCES mimicbot_bots (id) ON DELETE CASCADE, question TEXT NOT NULL,
        reason TEXT NOT NULL, frequency INTEGER NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL,
        dismissed_at INTEGER)""",
)
"""Statements that make every table. An execution of kind `contact_form` or `contact_team` is a submission."""
