"""Lists and details of the Mantlz contract. See docs/contracts/mantlz.md sections 2 and 3."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from inbox_tui.demo.generate import from_micros, to_micros
from inbox_tui.demo.mantlz.desk import Call, MantlzError, Settings
from inbox_tui.demo.wire import moment_ms

if TYPE_CHECKING:
    import sqlite3

    from inbox_tui.demo.contract import Context

__all__ = ["Reads", "wire_row"]

_PAID = ("STANDARD", "PRO")
_DAY = 86_400_000_000
_RANGES = {"day": 1, "week": 7, "month": 30}
_LOG_FILTERS = {
    "type": ("SUBMISSION_CONFIRMATION", "DEVELOPER_NOTIFICATION"),
    "status": ("SENT", "FAILED", "SKIPPED"),
}
_TITLES = {"survey_v2": "Survey", "rsvp": "RSVP"}


def wire_row(row: sqlite3.Row, plan: str) -> dict[str, Any]:
    """Return one submission object; plans below STANDARD get no `_meta`."""
    data = json.loads(row["data"])
    if plan not in _PAID:
        data.pop("_meta", None)
    found = {"id": row["id"], "createdAt": moment_ms(row["created_at"]), "email": row["email"], "data": data}
    if not row["has_email"]:
        del found["email"]
    return found


class Reads:
    """Everything a key can read."""

    def __init__(self, context: Context, settings: Settings) -> None:
        self._context = context
        self._settings = settings

    def forms(self, call: Call) -> dict[str, object]:
        """Answer `GET /forms/list`."""
        last_row = self._settings.quirks.last_row_cursor != "nowhere"
        rows, ending = self._page(
            call, "mantlz_forms", ["account = ?"], [call.account], last_row=last_row, one_more=False
        )
        return {"forms": [self._form_row(row) for row in rows], **ending}

    def form(self, call: Call) -> dict[str, object]:
        """Answer `GET /forms/{formId}`."""
        row = self._find(call)
        fields = json.loads(row["fields"])
        kind = row["kind"]
        return {
            **self._form_row(row),
            "title": row["name"],
            "formType": kind,
            "formTypeDisplay": _TITLES.get(kind, kind.replace("_", " ").capitalize()),
            "fields": fields,
            "emailSettings": {"enabled": True, "developerNotificationsEnabled": call.plan == "PRO"},
            "usersJoinedSettings": {"enabled": True, "count": self._count(row["id"])}
            if kind == "waitlist"
            else None,
            "formTypeSpecific": {},
        }

    def submissions(self, call: Call) -> dict[str, object]:
        """Answer `GET /forms/{formId}/submissions`."""
        self._find(call)
        conditions, values = ["form_id = ?"], [call.form_id]
        conditions, values = self._range(call, conditions, values)
        rows, ending = self._page(
            call,
            "mantlz_submissions",
            conditions,
            values,
            last_row=self._settings.quirks.last_row_cursor == "everywhere",
            one_more=self._settings.quirks.one_row_more,
        )
        return {"submissions": [wire_row(row, call.plan) for row in rows], **ending, "plan": call.plan}

    def logs(self, call: Call) -> dict[str, object]:
        """Answer `GET /forms/{formId}/logs`."""
        self._find(call)
        if call.plan != "PRO":
            raise MantlzError(403, "Email logs are available on the PRO plan")
        conditions, values = ["form_id = ?"], [call.form_id]
        for name, known in _LOG_FILTERS.items():
            if call.query.get(name) in known:
                conditions.append(f"{name} = ?")
                values.append(call.query[name])
        last_row = self._settings.quirks.last_row_cursor == "everywhere"
        rows, ending = self._page(
            call,
            "mantlz_logs",
            conditions,
            values,
            last_row=last_row,
            one_more=self._settings.quirks.one_row_more,
        )
        with self._context.database.reading() as connection:
            return {"logs": [_log(connection, row) for row in rows], **ending}

    def joined(self, call: Call) -> dict[str, object]:
        """Answer `GET /forms/{formId}/users-joined`."""
        return {"formId": self._find(call)["id"], "count": self._count(call.form_id)}

    def analytics(self, call: Call) -> dict[str, object]:
        """Answer `GET /forms/{formId}/analytics`."""
        chosen = call.query.get("timeRange", "week")
        if chosen not in _RANGES:
            raise MantlzError(400, "Invalid enum value. Expected 'day' | 'week' | 'month'")
        self._find(call)
        if call.plan not in _PAID:
            raise MantlzError(403, "Analytics are available on the STANDARD and PRO plans")
        now, days = to_micros(self._context.clock()), _RANGES[chosen]
        with self._context.database.reading() as connection:
            rows = connection.execute(
                "SELECT created_at, data FROM mantlz_submissions WHERE form_id = ? AND created_at > ?",
                (call.form_id, now - 2 * days * _DAY),
            ).fetchall()
        recent = [row for row in rows if row["created_at"] > now - days * _DAY]
        by_day = Counter(moment_ms(row["created_at"])[:10] for row in recent)
        found: dict[str, object] = {
            "totalSubmissions": self._count(call.form_id),
            "dailySubmissionRate": round(len(recent) / days, 2),
            "last24HoursSubmissions": sum(row["created_at"] > now - _DAY for row in rows),
            "timeSeriesData": [{"time": day, "submissions": by_day[day]} for day in sorted(by_day)],
            "timeRange": chosen,
            "plan": call.plan,
        }
        if call.plan == "PRO":
            before = len(rows) - len(recent)
            hours = Counter(from_micros(row["created_at"]).hour for row in recent)
            metas = [meta for row in recent if isinstance(meta := json.loads(row["data"]).get("_meta"), dict)]
            found["weekOverWeekGrowth"] = round((len(recent) - before) / before * 100) if before else 0
            found["peakSubmissionHour"] = hours.most_common(1)[0][0] if hours else None
            found["browserStats"] = dict(sorted(Counter(meta["browser"] for meta in metas).items()))
            found["locationStats"] = dict(sorted(Counter(meta["country"] for meta in metas).items()))
        return found

    def _find(self, call: Call) -> sqlite3.Row:
        with self._context.database.reading() as connection:
            row: sqlite3.Row | None = connection.execute(
                "SELECT * FROM mantlz_forms WHERE id = ? AND account = ?", (call.form_id, call.account)
            ).fetchone()
        if row is None:
            raise MantlzError(self._settings.quirks.missing_form, "Form not found")
        return row

    def _count(self, form_id: str) -> int:
        with self._context.database.reading() as connection:
            counted = connection.execute(
                "SELECT count(*) FROM mantlz_submissions WHERE form_id = ?", (form_id,)
            )
            return int(counted.fetchone()[0])

    def _form_row(self, row: sqlite3.Row) -> dict[str, object]:
        return {
            "id": row["id"],
            "name": row["name"],
            "description": row["description"],
            "submissionCount": self._count(row["id"]),
            "createdAt": moment_ms(row["created_at"]),
            "updatedAt": moment_ms(row["updated_at"]),
        }

    def _range(self, call: Call, conditions: list[str], values: list[Any]) -> tuple[list[str], list[Any]]:
        asked = [name for name in ("startDate", "endDate") if name in call.query]
        if asked and call.plan not in _PAID:
            raise MantlzError(403, "Date filtering requires a STANDARD or PRO plan")
        for name in asked:
            try:
                at = datetime.fromisoformat(call.query[name])
            except ValueError as problem:
                raise MantlzError(500, "Internal server error") from problem
            at = at if at.tzinfo else at.replace(tzinfo=UTC)
            if name == "endDate":
                at += timedelta(hours=24)
            conditions.append("created_at >= ?" if name == "startDate" else "created_at < ?")
            values.append(to_micros(at))
        return conditions, values

    def _page(
        self,
        call: Call,
        table: str,
        conditions: list[str],
        values: list[Any],
        *,
        last_row: bool,
        one_more: bool,
    ) -> tuple[list[sqlite3.Row], dict[str, object]]:
        """Return the rows of a page and the member that names the next one; a cursor is inclusive."""
        limit = call.limit
        if isinstance(limit, float):
            raise MantlzError(500, "Internal server error")
        cursor = call.query.get("cursor")
        where, asked = [*conditions], [*values]
        with self._context.database.reading() as connection:
            if cursor:
                start = f"SELECT created_at, id FROM {table} WHERE id = ? AND {conditions[0]}"  # noqa: S608
                found = connection.execute(start, (cursor, values[0])).fetchone()
                if found is None:
                    return [], self._ending(None)
                where.append("(created_at, id) <= (?, ?)")
                asked += [found["created_at"], found["id"]]
            statement = (
                f"SELECT * FROM {table} WHERE {' AND '.join(where)}"  # noqa: S608 - our own fragments
                " ORDER BY created_at DESC, id DESC LIMIT ?"
            )
            rows = connection.execute(statement, (*asked, limit + 1)).fetchall()
        if one_more:
            return rows, self._ending(None)
        if len(rows) <= limit:
            return rows, self._ending(None)
        return rows[:limit], self._ending(rows[limit - 1 if last_row else limit]["id"])

    def _ending(self, cursor: str | None) -> dict[str, object]:
        if cursor is not None:
            return {"nextCursor": cursor}
        how = self._settings.quirks.end_of_list
        return {} if how == "absent" else {"nextCursor": None if how == "null" else ""}


def _log(connection: sqlite3.Connection, row: sqlite3.Row) -> dict[str, object]:
    about = connection.execute(
        "SELECT id, email, created_at FROM mantlz_submissions WHERE id = ?", (row["submission_id"],)
    ).fetchone()
    return {
        "id": row["id"],
        "type": row["type"],
        "status": row["status"],
        "error": row["error"],
        "createdAt": moment_ms(row["created_at"]),
        "submissionId": row["submission_id"],
        "submission": about
        and {"id": about["id"], "email": about["email"], "createdAt": moment_ms(about["created_at"])},
    }
