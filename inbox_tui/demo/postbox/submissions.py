"""Forms and submissions of the Postbox contract. See docs/contracts/postbox.md sections 2 to 4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inbox_tui.demo.postbox import wire
from inbox_tui.demo.postbox.desk import Call, PostboxError, Settings

if TYPE_CHECKING:
    import sqlite3

    from inbox_tui.demo.contract import Context

__all__ = ["MOST_ROWS", "Submissions"]

MOST_ROWS = 50
"""The largest page; more is served as this much, and `meta.page_size` says so."""

_FILTERS = {"inbox": "spam = 0", "spam": "spam = 1", "all": "1"}
_PROCESSING = ("pending", "processing", "completed", "skipped", "failed")
_LARGEST_PAGE = 10**9


class Submissions:
    """Lists, reads and deletes."""

    def __init__(self, context: Context, settings: Settings, prefix: str) -> None:
        self._context = context
        self._settings = settings
        self._prefix = prefix

    def forms(self, call: Call) -> object:
        """Answer `GET /api/forms` with all forms at once."""
        with self._context.database.reading() as connection:
            rows = connection.execute(
                "SELECT f.*, (SELECT count(*) FROM postbox_submissions s WHERE s.form_id = f.id) AS held"
                " FROM postbox_forms f WHERE account = ? ORDER BY seq",
                (call.account,),
            ).fetchall()
        found = [wire.form_row(row, row["held"], call.profile, self._host(call)) for row in rows]
        envelope = self._settings.quirks.forms
        return found if envelope == "bare" else {envelope: found}

    def form(self, call: Call) -> object:
        """Answer `GET /api/forms/{id}` with the fields."""
        with self._context.database.reading() as connection:
            row = _form(connection, call)
            held = _count(connection, "form_id = ?", [row["id"]])
        return wire.form_detail(row, held, call.profile, self._host(call))

    def list_page(self, call: Call) -> object:
        """Answer `GET /api/forms/{form_id}/submissions`."""
        page, size = self._paging(call)
        with self._context.database.reading() as connection:
            form = _form(connection, call)
            conditions, values, order = _chosen(call)
            conditions.insert(0, "form_id = ?")
            values.insert(0, form["id"])
            where = " AND ".join(conditions)
            total = _count(connection, where, values)
            rows = connection.execute(
                f"SELECT * FROM postbox_submissions WHERE {where} ORDER BY {order}"  # noqa: S608
                " LIMIT ? OFFSET ?",
                (*values, size, (page - 1) * size),
            ).fetchall()
        pages = -(-total // size)
        if page > max(1, pages) and self._settings.quirks.past_end == "refuse":
            raise PostboxError(400, "page is past the end")
        meta = {"current_page": page, "total_pages": pages, "total_count": total, "page_size": size}
        return {"data": [wire.submission(row, call.profile) for row in rows], "meta": meta}

    def read(self, call: Call) -> object:
        """Answer `GET /api/forms/{form_id}/submissions/{id}`."""
        with self._context.database.reading() as connection:
            found = wire.submission(_submission(connection, call), call.profile)
        wrapper = self._settings.quirks.one
        return found if wrapper == "bare" else {wrapper: found}

    def delete(self, call: Call) -> object:
        """Answer `DELETE` with the deleted submission; what is being processed cannot go (section 4)."""
        with self._context.database.transaction() as connection:
            row = _submission(connection, call)
            if row["processing"] == "processing":
                raise PostboxError(422, "The submission could not be deleted.")
            connection.execute("DELETE FROM postbox_submissions WHERE seq = ?", (row["seq"],))
        return wire.submission(row, call.profile)

    def _paging(self, call: Call) -> tuple[int, int]:
        page = _number(call, "page", 1)
        return page, min(_number(call, "page_size", 10 if call.profile == "A" else 20), MOST_ROWS)

    def _host(self, call: Call) -> str:
        return f"{str(call.request.base_url).rstrip('/')}{self._prefix}"


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, str(default))
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:10]) <= _LARGEST_PAGE:
        raise PostboxError(400, f"{name} must be a positive number")
    return int(text[:10])


def _chosen(call: Call) -> tuple[list[str], list[Any], str]:
    """Return conditions, their values and the order; all but `filter` is unknown to state A."""
    query, values = call.query, list[Any]()
    chosen = query.get("filter", "inbox")
    if chosen not in _FILTERS:
        raise PostboxError(400, "filter must be inbox, spam or all")
    conditions = [_FILTERS[chosen]]
    if call.profile == "A":
        return conditions, values, "created_at DESC, id DESC"
    if query.get("search"):
        conditions.append("instr(lower(data), lower(?))")
        values.append(query["search"])
    if "processing_status" in query:
        if query["processing_status"] not in _PROCESSING:
            raise PostboxError(400, "processing_status is not known")
        conditions.append("processing = ?")
        values.append(query["processing_status"])
    if "reply_status" in query:
        last = call.profile == "C"
        ours = [word for word, theirs in wire.REPLIES.items() if theirs[last] == query["reply_status"]]
        if not ours:
            raise PostboxError(400, "reply_status is not known")
        conditions.append(f"reply IN ({', '.join('?' * len(ours))})")
        values.extend(ours)
    column, way = query.get("sort_by", "inserted_at"), query.get("sort_order", "desc")
    if column not in ("inserted_at", "id") or way not in ("asc", "desc"):
        raise PostboxError(400, "sort_by or sort_order is not known")
    order = f"id {way}" if column == "id" else f"created_at {way}, id {way}"
    return conditions, values, order


def _count(connection: sqlite3.Connection, where: str, values: list[Any]) -> int:
    statement = f"SELECT count(*) FROM postbox_submissions WHERE {where}"  # noqa: S608 - our own fragments
    return int(connection.execute(statement, values).fetchone()[0])


def _form(connection: sqlite3.Connection, call: Call) -> sqlite3.Row:
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM postbox_forms WHERE id = ? AND account = ?", (call.path("form_id"), call.account)
    ).fetchone()
    if row is None:
        raise PostboxError(404, "Form not found", about="form")
    return row


def _submission(connection: sqlite3.Connection, call: Call) -> sqlite3.Row:
    form = _form(connection, call)
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM postbox_submissions WHERE id = ? AND form_id = ?", (call.path("id"), form["id"])
    ).fetchone()
    if row is None:
        raise PostboxError(404, "Submission not found")
    return row
