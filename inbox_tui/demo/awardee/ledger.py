"""Direct access to Awardee data for tests: the truth, a colleague's change, a new arrival."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from inbox_tui.demo.awardee.changes import Actor, apply_changes, check_changes, find_submission
from inbox_tui.demo.awardee.errors import not_found
from inbox_tui.demo.awardee.seeding import Batch, SubmissionMaker, rest_text
from inbox_tui.demo.awardee.team import ORGANISATIONS, Team, key_id, user_id
from inbox_tui.demo.generate import Generator, to_micros

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from inbox_tui.demo.awardee.wire import Wire
    from inbox_tui.demo.database import Database

__all__ = ["Ledger", "arrive"]

_REST = ("data", "metadata", "destination", "qr_code_id", "product_id", "object_id")
_MOMENTS = ("created_at", "viewed_at", "resolved_at")
_PLAIN = (
    "page_id",
    "status",
    "priority",
    "flagged",
    "assignee_id",
    "resolved_by",
    "notes",
    "duration_seconds",
    "conversation_id",
)


class Ledger:
    """Reads and writes the tables without going through HTTP."""

    def __init__(self, database: Database, wire: Wire, seed: int) -> None:
        self._database = database
        self._wire = wire
        self._seed = seed

    def submission(self, submission_id: str) -> dict[str, Any]:
        """Return one submission as its wire object.

        Raises:
            KeyError: there is none with this id.
        """
        with self._database.reading() as connection:
            row = _any_org(connection, submission_id)
        if row is None:
            raise KeyError(submission_id)
        return self._object(row)

    def submissions(self, org: str) -> list[dict[str, Any]]:
        """Return every submission of an organisation, newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM awardee_submissions WHERE org_id = ? ORDER BY created_at DESC, id DESC",
                (_org_id(connection, org),),
            ).fetchall()
        return [self._object(row) for row in rows]

    def events(self, submission_id: str) -> list[dict[str, Any]]:
        """Return the timeline of one submission."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM awardee_events WHERE submission_id = ? ORDER BY seq", (submission_id,)
            ).fetchall()
        return [self._wire.event(row) for row in rows]

    def members(self, org: str) -> list[dict[str, Any]]:
        """Return the active members of an organisation."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM awardee_members WHERE org_id = ? AND active ORDER BY position",
                (_org_id(connection, org),),
            ).fetchall()
        return [self._wire.member(row) for row in rows]

    def act_as(
        self, member: str, submission_id: str, patch: Mapping[str, Any], now: datetime
    ) -> dict[str, Any]:
        """Apply a checked PATCH in the name of a member."""
        quirks = self._wire.quirks
        with self._database.transaction() as connection:
            row = _any_org(connection, submission_id)
            if row is None:
                raise not_found("submission")
            changes = check_changes(connection, row["org_id"], patch, quirks)
            after = apply_changes(connection, row, changes, Actor(user_id=member), to_micros(now), quirks)
        return self._object(after)

    def add(self, org: str, fields: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        """Write a new submission whose number follows the highest one."""
        with self._database.transaction() as connection:
            added = arrive(connection, self._seed, org, now, fields)
        return self._object(added)

    def _object(self, row: sqlite3.Row) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._wire.submission(row))
        return found


def arrive(
    connection: sqlite3.Connection,
    seed: int,
    org: str,
    now: datetime,
    fields: Mapping[str, Any],
    generator: Generator | None = None,
) -> sqlite3.Row:
    """Write a new submission inside a running transaction and return its row."""
    place = [organisation.slug for organisation in ORGANISATIONS].index(org)
    org_id = _org_id(connection, org)
    highest = "SELECT coalesce(max(number), 0) FROM awardee_submissions WHERE org_id = ?"
    number = 1 + int(connection.execute(highest, (org_id,)).fetchone()[0])
    users = tuple(user_id(seed, org, index) for index in range(len(ORGANISATIONS[place].people)))
    team = Team(seed, org_id, org, users, key_id(seed, place))
    maker = SubmissionMaker(generator or Generator(seed, now, f"arrival {org} {number}"), team)
    batch = Batch()
    row = maker.make(batch, number, to_micros(now), None)
    _replace_fields(row, fields)
    batch.write(connection)
    return find_submission(connection, org_id, row["id"])


def _replace_fields(row: dict[str, Any], fields: Mapping[str, Any]) -> None:
    rest = json.loads("{" + row["rest"] + "}")
    for name, value in fields.items():
        if name in _REST:
            rest[name] = value
        elif name in _MOMENTS:
            row[name] = None if value is None else to_micros(datetime.fromisoformat(value).astimezone(UTC))
        elif name in _PLAIN:
            row[name] = value
        else:
            message = f"{name!r} cannot be chosen for a new submission"
            raise ValueError(message)
    row["rest"] = rest_text(rest)


def _org_id(connection: sqlite3.Connection, org: str) -> str:
    row = connection.execute("SELECT id FROM awardee_orgs WHERE slug = ?", (org,)).fetchone()
    if row is None:
        raise KeyError(org)
    return str(row["id"])


def _any_org(connection: sqlite3.Connection, submission_id: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM awardee_submissions WHERE id = ?", (submission_id,)
    ).fetchone()
    return row
