"""What an agency can read of its bots. See docs/contracts/mimicbot.md sections 2 to 4."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from inbox_tui.demo.generate import to_micros
from inbox_tui.demo.mimicbot.desk import Call, MimicbotError, Settings
from inbox_tui.demo.wire import json_answer, moment_ms

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from inbox_tui.demo.contract import Context

__all__ = ["WINDOW_ROWS", "Reads", "wire_row"]

WINDOW_ROWS = 200
"""How many of the newest submissions a bot shows."""

_DEFAULT_LIMIT = 50
_TOP_LIMIT = 100


def wire_row(row: sqlite3.Row) -> dict[str, Any]:
    """Return one submission object."""
    return {
        "id": row["id"],
        "botId": row["bot_id"],
        "actionId": row["action_id"],
        "conversationId": row["conversation_id"],
        "visitorId": row["visitor_id"],
        "params": json.loads(row["params"]),
        "result": row["result"],
        "contactMetadata": None if row["metadata"] is None else json.loads(row["metadata"]),
        "createdAt": moment_ms(row["created_at"]),
        "completedAt": _maybe(row["completed_at"]),
    }


class Reads:
    """Bots, submissions, executions, actions and open questions."""

    def __init__(self, context: Context, settings: Settings) -> None:
        self._context = context
        self._settings = settings

    def bots(self, call: Call) -> Response:
        """Answer `GET /api/bots`."""
        rows = self._rows("SELECT * FROM mimicbot_bots WHERE agency = ? ORDER BY seq", call.agency)
        return self._listed("bots", [_bot(row) for row in rows])

    def submissions(self, call: Call) -> Response:
        """Answer `GET /api/bots/{botId}/submissions`: no paging, only the newest."""
        rows = self._rows(
            "SELECT * FROM mimicbot_executions WHERE bot_id = ? AND kind IN ('contact_form', 'contact_team')"
            " ORDER BY created_at DESC, seq LIMIT ?",
            self._bot_id(call),
            WINDOW_ROWS,
        )
        return self._listed("submissions", [wire_row(row) for row in rows])

    def executions(self, call: Call) -> Response:
        """Answer `GET /api/bots/{botId}/actions/executions`."""
        bot, text = self._bot_id(call), call.query.get("limit", str(_DEFAULT_LIMIT))
        if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:9]) <= _TOP_LIMIT:
            raise MimicbotError(400)
        rows = self._rows(
            "SELECT e.*, a.label FROM mimicbot_executions e"
            " LEFT JOIN mimicbot_actions a ON a.id = e.action_id"
            " WHERE e.bot_id = ? ORDER BY e.created_at DESC, e.seq LIMIT ?",
            bot,
            int(text),
        )
        return json_answer({"items": [_execution(row) for row in rows]})

    def actions(self, call: Call) -> Response:
        """Answer `GET /api/bots/{botId}/actions`, the surest first."""
        bot, status = self._bot_id(call), call.query.get("status", "")
        rows = self._rows(
            "SELECT * FROM mimicbot_actions WHERE bot_id = ? AND ? IN ('', status) ORDER BY confidence DESC",
            bot,
            status,
        )
        return json_answer({"items": [_action(row) for row in rows]})

    def unanswered(self, call: Call) -> Response:
        """Answer `GET /api/bots/{botId}/unanswered`, the most frequent first."""
        rows = self._rows(
            "SELECT * FROM mimicbot_unanswered WHERE bot_id = ? AND dismissed_at IS NULL"
            " ORDER BY frequency DESC, seq",
            self._bot_id(call),
        )
        return json_answer({"items": [_question(row) for row in rows]})

    def dismiss(self, call: Call) -> Response:
        """Answer `POST /api/bots/{botId}/unanswered/{id}/dismiss`."""
        bot = self._bot_id(call)
        now = to_micros(self._context.clock())
        with self._context.database.transaction() as connection:
            changed = connection.execute(
                "UPDATE mimicbot_unanswered SET dismissed_at = ? WHERE id = ? AND bot_id = ?",
                (now, call.path("question_id"), bot),
            )
            if not changed.rowcount:
                raise MimicbotError(404)
        status = self._settings.quirks.dismissed
        return Response(status_code=status) if status == 204 else json_answer({"ok": True})

    def _bot_id(self, call: Call) -> str:
        asked = call.path("bot_id")
        try:
            uuid.UUID(asked)
        except ValueError as problem:
            raise MimicbotError(self._settings.quirks.malformed_id) from problem
        found = self._rows("SELECT * FROM mimicbot_bots WHERE id = ? AND agency = ?", asked, call.agency)
        if not found:
            raise MimicbotError(404)
        if not found[0]["open"]:
            raise MimicbotError(403)
        return asked

    def _rows(self, statement: str, *values: object) -> Sequence[sqlite3.Row]:
        with self._context.database.reading() as connection:
            return connection.execute(statement, values).fetchall()

    def _listed(self, name: str, rows: list[dict[str, Any]]) -> Response:
        envelope = self._settings.quirks.envelope
        if envelope == "bare":
            return json_answer(rows)
        return json_answer({"items" if envelope == "items" else name: rows})


def _maybe(micros: int | None) -> str | None:
    return None if micros is None else moment_ms(micros)


def _bot(row: sqlite3.Row) -> dict[str, Any]:
    found = {
        "id": row["id"],
        "publicId": row["public_id"],
        "name": row["name"],
        "status": row["status"],
        "widgetConfig": {"color": "#3b5bdb", "greeting": "Hi!"},
        "crawlConfig": {"maxPages": 200},
        "createdAt": moment_ms(row["created_at"]),
        "updatedAt": moment_ms(row["created_at"]),
    }
    if row["client_url"] is not None:
        found |= {"clientUrl": row["client_url"], "lastIndexedAt": moment_ms(row["created_at"])}
    return found


def _execution(row: sqlite3.Row) -> dict[str, Any]:
    found = {
        "id": row["id"],
        "actionId": row["action_id"],
        "actionLabel": row["label"],
        "actionKind": "contact_form" if row["kind"] == "contact_team" else row["kind"],
        "visitorId": row["visitor_id"],
        "result": row["result"],
        "createdAt": moment_ms(row["created_at"]),
    }
    for name, value in (("error", row["error"]), ("completedAt", _maybe(row["completed_at"]))):
        if value is not None:
            found[name] = value
    return found


def _action(row: sqlite3.Row) -> dict[str, Any]:
    at = moment_ms(row["created_at"])
    return {
        "id": row["id"],
        "botId": row["bot_id"],
        "kind": row["kind"],
        "status": row["status"],
        "executionMode": "widget",
        "label": row["label"],
        "description": None,
        "paramsSchema": json.loads(row["params_schema"]),
        "target": {},
        "confidence": row["confidence"],
        "lastSeenInCrawlAt": at,
        "createdAt": at,
        "updatedAt": at,
    }


def _question(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "botId": row["bot_id"],
        "questionNormalized": row["question"].lower(),
        "questionExamples": [row["question"]],
        "reason": row["reason"],
        "frequency": row["frequency"],
        "firstSeenAt": moment_ms(row["first_at"]),
        "lastSeenAt": moment_ms(row["last_at"]),
    }
