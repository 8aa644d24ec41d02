"""Endpoints for conversations and their messages. See docs/contracts/awardee.md section 3."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from inbox_tui.demo.awardee.changes import read_object
from inbox_tui.demo.awardee.desk import Answer, Call, Caller
from inbox_tui.demo.awardee.errors import ApiError, dump, invalid_payload, not_found
from inbox_tui.demo.awardee.paging import decode_cursor, encode_cursor, read_limit, refuse_unknown
from inbox_tui.demo.generate import to_micros

if TYPE_CHECKING:
    import sqlite3

    from inbox_tui.demo.awardee.wire import Wire
    from inbox_tui.demo.contract import Context

__all__ = ["Conversations"]

_KEPT = 24 * 3600 * 1_000_000
_KEY_LENGTH = 255
_ANSWERABLE = ("open", "agent_requested")


class Conversations:
    """Read a conversation and its messages, and answer the visitor."""

    def __init__(self, context: Context, wire: Wire) -> None:
        self._context = context
        self._wire = wire

    def read(self, call: Call) -> Answer:
        """Answer `GET /conversations/{id}`."""
        with self._context.database.reading() as connection:
            return Answer(dump(self._wire.conversation(_find(connection, call))))

    def messages(self, call: Call) -> Answer:
        """Answer `GET /conversations/{id}/messages`, oldest first."""
        limit = read_limit(call.query)
        refuse_unknown(call.query, ("limit", "cursor"), self._wire.quirks)
        with self._context.database.reading() as connection:
            conversation = _find(connection, call)
            after = decode_cursor(call.query.get("cursor"), conversation["id"], (int,))
            rows = connection.execute(
                "SELECT * FROM awardee_messages WHERE conversation_id = ? AND seq > ? ORDER BY seq LIMIT ?",
                (conversation["id"], after[0] if after else 0, limit + 1),
            ).fetchall()
        more = len(rows) > limit
        cursor = encode_cursor(conversation["id"], rows[limit - 1]["seq"]) if more else None
        data = [self._wire.message(row) for row in rows[:limit]]
        return Answer(dump({"object": "list", "has_more": more, "next_cursor": cursor, "data": data}))

    def reply(self, call: Call) -> Answer:
        """Answer `POST /conversations/{id}/messages`; honours `Idempotency-Key` for 24 hours."""
        key = call.request.headers.get("idempotency-key")
        if key is not None and len(key) > _KEY_LENGTH:
            raise invalid_payload(form=[f"Idempotency-Key is longer than {_KEY_LENGTH} characters."])
        now = to_micros(self._context.clock())
        digest = hashlib.sha256(call.body).hexdigest()
        with self._context.database.transaction() as connection:
            conversation = _find(connection, call)
            if key is not None:
                earlier = self._earlier(connection, call, key, digest, now)
                if earlier is not None:
                    return earlier
            body = read_object(call.body, call.request.headers.get("content-type", ""))
            parts = _parts(body)
            if conversation["status"] not in _ANSWERABLE:
                raise invalid_payload(
                    form=[f"A conversation that is {conversation['status']} takes no replies."]
                )
            answer = Answer(self._store(connection, conversation, call.caller, parts, now), 201)
            if key is not None:
                connection.execute(
                    "INSERT OR REPLACE INTO awardee_replays VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (call.caller.key_id, "POST", call.request.url.path, key, digest, 201, answer.body, now),
                )
        return answer

    def _store(
        self,
        connection: sqlite3.Connection,
        conversation: sqlite3.Row,
        caller: Caller,
        parts: list[dict[str, Any]],
        now: int,
    ) -> bytes:
        added = connection.execute(
            "INSERT INTO awardee_messages (conversation_id, role, author_id, parts, created_at)"
            " VALUES (?, 'assistant', ?, ?, ?)",
            (conversation["id"], caller.user_id or caller.key_id, json.dumps(parts, ensure_ascii=False), now),
        )
        preview = str(parts[0].get("text", ""))[:80]
        connection.execute(
            "UPDATE awardee_conversations SET last_message_preview = ?, updated_at = ? WHERE id = ?",
            (preview, now, conversation["id"]),
        )
        row = connection.execute(
            "SELECT * FROM awardee_messages WHERE seq = ?", (added.lastrowid,)
        ).fetchone()
        return dump(self._wire.message(row))

    @staticmethod
    def _earlier(
        connection: sqlite3.Connection, call: Call, key: str, digest: str, now: int
    ) -> Answer | None:
        row = connection.execute(
            "SELECT * FROM awardee_replays"
            " WHERE key_id = ? AND method = 'POST' AND path = ? AND idempotency_key = ?",
            (call.caller.key_id, call.request.url.path, key),
        ).fetchone()
        if row is None or row["created_at"] <= now - _KEPT:
            return None
        if row["digest"] != digest:
            raise ApiError(409, "idempotency_conflict", "This Idempotency-Key was used with another body.")
        return Answer(row["body"], row["status"], {"Idempotent-Replayed": "true"})


def _find(connection: sqlite3.Connection, call: Call) -> sqlite3.Row:
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM awardee_conversations WHERE id = ? AND org_id = ?",
        (call.path("id"), call.caller.org_id),
    ).fetchone()
    if row is None:
        raise not_found("conversation")
    return row


def _parts(body: dict[str, Any]) -> list[dict[str, Any]]:
    wrong: dict[str, list[str]] = {}
    text = body.get("text")
    attachments = body.get("attachments", [])
    if text is not None and (not isinstance(text, str) or not text.strip()):
        wrong["text"] = ["Must be a string that is not empty."]
    good = isinstance(attachments, list) and all(
        isinstance(item, dict) and isinstance(item.get("url"), str) and item["url"].startswith("https://")
        for item in attachments
    )
    if not good:
        wrong["attachments"] = ["Must be a list of objects with an https url."]
    for name in body:
        if name not in ("text", "attachments"):
            wrong[name] = ["This field is not known."]
    if not wrong and text is None and not attachments:
        wrong["text"] = ["Send a text or an attachment."]
    if wrong:
        raise invalid_payload(wrong)
    contents: list[dict[str, Any]] = [{"text": text}] if text is not None else []
    contents.extend({"file_url": item["url"]} for item in attachments)
    return [{"order": order, **content} for order, content in enumerate(contents)]
