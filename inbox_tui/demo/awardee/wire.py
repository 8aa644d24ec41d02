"""Database rows as the JSON that goes over the wire. See docs/contracts/awardee.md sections 2 and 3."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

from inbox_tui.demo.awardee.errors import compact
from inbox_tui.demo.generate import from_micros

if TYPE_CHECKING:
    import sqlite3

    from inbox_tui.demo.awardee.quirks import Quirks

__all__ = ["Wire", "message_id"]

_IDS = uuid.UUID("6f1d9c1e-52f0-4d0a-9a0f-0d3f6b1f6a11")


def message_id(seq: int) -> str:
    """Return the id of a message from its place in the table."""
    return str(uuid.uuid5(_IDS, f"message {seq}"))


class Wire:
    """Builds wire objects in the dialect that the quirks choose."""

    def __init__(self, quirks: Quirks) -> None:
        self.quirks = quirks

    def moment(self, micros: int | None) -> str | None:
        """Return a timestamp; a fraction appears only where there is one."""
        if micros is None:
            return None
        text = from_micros(micros).isoformat()
        return text if self.quirks.utc_suffix == "+00:00" else text.removesuffix("+00:00") + "Z"

    def submission(self, row: sqlite3.Row) -> bytes:
        """Return one submission object as JSON."""
        duration = row["duration_seconds"]
        changing = {
            "object": "submission",
            "id": row["id"],
            "page_id": row["page_id"],
            "submission_number": row["number"],
            "status": row["status"],
            "priority": row["priority"],
            "flagged": bool(row["flagged"]),
            "assignee_id": row["assignee_id"],
            "resolved_by": row["resolved_by"],
            "resolved_at": self.moment(row["resolved_at"]),
            "notes": row["notes"],
            "viewed_at": self.moment(row["viewed_at"]),
            "duration_seconds": int(duration) if duration is not None and duration.is_integer() else duration,
            "conversation_id": row["conversation_id"],
            "created_at": self.moment(row["created_at"]),
        }
        head = compact(changing)
        return f"{head[:-1]},{row['rest']}}}".encode()

    def event(self, row: sqlite3.Row) -> dict[str, object]:
        """Return one timeline row."""
        longer = self.quirks.event_names == "longer"
        return {
            "object": "submission_event",
            "id": str(uuid.uuid5(_IDS, f"event {row['seq']}")),
            "submission_id": row["submission_id"],
            "event_type" if longer else "type": row["type"],
            "actor_id": row["actor_id"],
            "old_value" if longer else "from": None if row["before"] is None else json.loads(row["before"]),
            "new_value" if longer else "to": None if row["after"] is None else json.loads(row["after"]),
            "metadata": {}
            if row["key_name"] is None
            else {"actor_type": "api_key", "api_key_name": row["key_name"]},
            "created_at": self.moment(row["created_at"]),
        }

    def member(self, row: sqlite3.Row) -> dict[str, object]:
        """Return one team member; there is no e-mail."""
        found: dict[str, object] = {"object": "team_member"}
        for name in ("id", "user_id", "first_name", "last_name", "avatar_url", "role_id", "role"):
            found[name] = row[name]
        found["joined_at"] = self.moment(row["joined_at"])
        found["updated_at"] = self.moment(row["updated_at"])
        return found

    def page(self, row: sqlite3.Row, *, blocks: bool) -> dict[str, object]:
        """Return one page, with its ordered blocks where one page was asked for."""
        found: dict[str, object] = {"object": "page"}
        for name in ("id", "title", "slug", "public_slug", "status"):
            found[name] = row[name]
        if blocks:
            found["blocks"] = json.loads(row["blocks"])
        found["created_at"] = self.moment(row["created_at"])
        found["updated_at"] = self.moment(row["updated_at"])
        return found

    def conversation(self, row: sqlite3.Row) -> dict[str, object]:
        """Return one conversation."""
        found: dict[str, object] = {"object": "conversation"}
        for name in row.keys():  # noqa: SIM118
            if name != "org_id":
                found[name] = self.moment(row[name]) if name.endswith("_at") else row[name]
        return found

    def message(self, row: sqlite3.Row) -> dict[str, object]:
        """Return one message of a conversation."""
        return {
            "object": "message",
            "id": message_id(row["seq"]),
            "conversation_id": row["conversation_id"],
            "role": row["role"],
            "author_id": row["author_id"],
            "parts": json.loads(row["parts"]),
            "created_at": self.moment(row["created_at"]),
        }
