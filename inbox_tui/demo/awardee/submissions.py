"""Endpoints for submissions. See docs/contracts/awardee.md section 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox_tui.demo.awardee.changes import apply_changes, check_changes, find_submission, read_object
from inbox_tui.demo.awardee.desk import Answer, Call
from inbox_tui.demo.awardee.errors import dump
from inbox_tui.demo.awardee.paging import decode_cursor, encode_cursor, read_filters, read_limit
from inbox_tui.demo.generate import to_micros

if TYPE_CHECKING:
    from inbox_tui.demo.awardee.wire import Wire
    from inbox_tui.demo.contract import Context

__all__ = ["Submissions"]


class Submissions:
    """List, read, change, and the timeline."""

    def __init__(self, context: Context, wire: Wire) -> None:
        self._context = context
        self._wire = wire

    def list_page(self, call: Call) -> Answer:
        """Answer `GET /submissions`."""
        limit = read_limit(call.query)
        filters = read_filters(call.query, self._wire.quirks)
        after = decode_cursor(call.query.get("cursor"), filters.digest, (int, str))
        conditions = ["org_id = ?", *filters.conditions]
        values: list[object] = [call.caller.org_id, *filters.values]
        if after is not None:
            conditions.append(
                "(created_at, id) < (?, ?)" if filters.newest_first else "(created_at, id) > (?, ?)"
            )
            values.extend(after)
        way = "DESC" if filters.newest_first else "ASC"
        statement = (
            f"SELECT * FROM awardee_submissions WHERE {' AND '.join(conditions)}"  # noqa: S608
            f" ORDER BY created_at {way}, id {way} LIMIT ?"
        )
        with self._context.database.reading() as connection:
            rows = connection.execute(statement, (*values, limit + 1)).fetchall()
        more = len(rows) > limit
        shown = rows[:limit]
        cursor = encode_cursor(filters.digest, shown[-1]["created_at"], shown[-1]["id"]) if more else None
        head = dump({"object": "list", "has_more": more, "next_cursor": cursor})
        return Answer(head[:-1] + b',"data":[' + b",".join(map(self._wire.submission, shown)) + b"]}")

    def read(self, call: Call) -> Answer:
        """Answer `GET /submissions/{id}`."""
        with self._context.database.reading() as connection:
            row = find_submission(connection, call.caller.org_id, call.path("id"))
        return Answer(self._wire.submission(row))

    def change(self, call: Call) -> Answer:
        """Answer `PATCH /submissions/{id}`; an `Idempotency-Key` makes no difference."""
        org_id = call.caller.org_id
        now = to_micros(self._context.clock())
        quirks = self._wire.quirks
        with self._context.database.transaction() as connection:
            before = find_submission(connection, org_id, call.path("id"))
            body = read_object(call.body, call.request.headers.get("content-type", ""))
            changes = check_changes(connection, org_id, body, quirks)
            row = apply_changes(connection, before, changes, call.caller.actor, now, quirks)
        return Answer(self._wire.submission(row))

    def events(self, call: Call) -> Answer:
        """Answer `GET /submissions/{id}/events` with the whole history, oldest first."""
        with self._context.database.reading() as connection:
            row = find_submission(connection, call.caller.org_id, call.path("id"))
            found = connection.execute(
                "SELECT * FROM awardee_events WHERE submission_id = ? ORDER BY seq", (row["id"],)
            ).fetchall()
        data = [self._wire.event(event) for event in found]
        return Answer(dump({"object": "list", "has_more": False, "next_cursor": None, "data": data}))
