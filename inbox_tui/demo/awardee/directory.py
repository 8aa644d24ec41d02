"""Endpoints for credential check, team and pages. See docs/contracts/awardee.md sections 1 and 3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox_tui.demo.awardee.desk import Answer, Call
from inbox_tui.demo.awardee.errors import dump, not_found
from inbox_tui.demo.awardee.paging import decode_cursor, encode_cursor, read_limit, refuse_unknown

if TYPE_CHECKING:
    import sqlite3

    from inbox_tui.demo.awardee.wire import Wire
    from inbox_tui.demo.contract import Context

__all__ = ["Directory"]


class Directory:
    """Everything that submissions refer to by id."""

    def __init__(self, context: Context, wire: Wire) -> None:
        self._context = context
        self._wire = wire

    def me(self, call: Call) -> Answer:
        """Answer `GET /me` in the shape for the kind of credential."""
        caller = call.caller
        with self._context.database.reading() as connection:
            org = connection.execute("SELECT * FROM awardee_orgs WHERE id = ?", (caller.org_id,)).fetchone()
            user = connection.execute(
                "SELECT * FROM awardee_members WHERE org_id = ? AND user_id = ?",
                (caller.org_id, caller.user_id),
            ).fetchone()
        key = {"id": caller.key_id, "name": caller.key_name}
        if caller.user_id is None and self._wire.quirks.me == "older":
            return Answer(dump({"org": {"id": org["id"], "name": org["name"]}, "api_key": key}))
        found: dict[str, object] = {
            "object": "me",
            "connection_label": org["name"],
            "org_name": org["name"],
            "auth": {"type": "api_key"},
            "org": {"id": org["id"], "name": org["name"], "slug": org["slug"]},
        }
        if caller.user_id is None:
            found["api_key"] = key
        else:
            client = {"client_id": "inbox-demo", "name": "Inbox demo", "logo_url": None}
            scopes = sorted(caller.scopes or ())
            found["auth"] = {"type": "oauth_token", "client": client, "scopes": scopes}
            found["user"] = {
                "id": caller.user_id,
                "first_name": user["first_name"],
                "last_name": user["last_name"],
            }
        return Answer(dump(found))

    def members(self, call: Call) -> Answer:
        """Answer `GET /team/members` with every active member."""
        with self._context.database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM awardee_members WHERE org_id = ? AND active ORDER BY position",
                (call.caller.org_id,),
            ).fetchall()
        data = [self._wire.member(row) for row in rows]
        return Answer(dump({"object": "list", "has_more": False, "next_cursor": None, "data": data}))

    def member(self, call: Call) -> Answer:
        """Answer `GET /team/members/{id}`; the id is that of the membership."""
        with self._context.database.reading() as connection:
            row = connection.execute(
                "SELECT * FROM awardee_members WHERE org_id = ? AND id = ? AND active",
                (call.caller.org_id, call.path("id")),
            ).fetchone()
        if row is None:
            raise not_found("member")
        return Answer(dump(self._wire.member(row)))

    def pages(self, call: Call) -> Answer:
        """Answer `GET /pages`, without blocks."""
        limit = read_limit(call.query)
        refuse_unknown(call.query, ("limit", "cursor"), self._wire.quirks)
        after = decode_cursor(call.query.get("cursor"), "pages", (int,))
        with self._context.database.reading() as connection:
            rows: list[sqlite3.Row] = connection.execute(
                "SELECT * FROM awardee_pages WHERE org_id = ? AND position > ? ORDER BY position LIMIT ?",
                (call.caller.org_id, after[0] if after else 0, limit + 1),
            ).fetchall()
        more = len(rows) > limit
        cursor = encode_cursor("pages", rows[limit - 1]["position"]) if more else None
        data = [self._wire.page(row, blocks=False) for row in rows[:limit]]
        return Answer(dump({"object": "list", "has_more": more, "next_cursor": cursor, "data": data}))

    def page(self, call: Call) -> Answer:
        """Answer `GET /pages/{id}`, with blocks in order."""
        with self._context.database.reading() as connection:
            row = connection.execute(
                "SELECT * FROM awardee_pages WHERE org_id = ? AND id = ?",
                (call.caller.org_id, call.path("id")),
            ).fetchone()
        if row is None:
            raise not_found("page")
        return Answer(dump(self._wire.page(row, blocks=True)))
