"""The organisation's server: last write wins, stamps, pages, a timeline, and every value it ever held."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from cache.models import OPEN_STATUSES, TRIAGE_FIELDS, Event, Key, Submission
from cache.sync.remote import FetchedSubmission, NotFound, Page, Refused
from tests.simulator.clockwork import START
from tests.simulator.record import Record

__all__ = ["GHOST", "ME", "POISON", "SOURCE", "Change", "Server", "decode"]

SOURCE: Final = "acme"
ME: Final = "u-me"
GHOST: Final = "u-ghost"
"""A colleague who left: assigning to them is answered with 404."""
POISON: Final = "poison"
"""A note or priority with this in it is refused, and named as the reason."""
_TYPES: Final = {"status": "status_changed", "priority": "priority_changed", "notes": "notes_updated"}


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one submission took one value."""

    order: int
    at: float
    id: str
    field: str
    before: Any
    after: Any
    actor: str
    request: int | None
    """The request of ours that did it."""
    written: bool = True
    """False when a request wrote what was there already."""


def decode(raw: Mapping[str, Any], source: str) -> Submission:
    """From the wire to a submission."""
    return Submission(
        source=source,
        provider="awardee",
        id=raw["id"],
        number=raw["number"],
        created_at=datetime.fromtimestamp(raw["created"], UTC),
        status=raw["status"],
        priority=raw["priority"],
        flagged=raw["flagged"],
        assignee_id=raw["assignee_id"],
        notes=raw["notes"],
    )


@dataclass
class Server:
    """Submissions and what everybody did to them."""

    record: Record
    wall: Callable[[], float]
    page_size: int = 4
    filters: bool = True
    normalises: bool = False
    """Whether trailing blanks of notes are cut off."""
    tells_fields: bool = True
    """Whether a refusal names the field."""
    account: str = "org-1"
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    timeline: dict[str, list[Event]] = field(default_factory=dict)
    _count: int = 0
    cursor_age: int = 0
    """Cursors handed out before this one are dead."""

    def arrive(self, **values: Any) -> str:
        """A new submission comes in."""
        self._count += 1
        identifier = f"s{self._count:03}"
        row = {
            "id": identifier,
            "number": self._count,
            "created": START - 100_000 + 10 * self._count,
            "status": "new",
            "priority": "none",
            "flagged": False,
            "assignee_id": None,
            "notes": None,
            "resolved_at": None,
            "resolved_by": None,
            **values,
        }
        order = self.record.add("arrives", id=identifier)
        self.rows[identifier] = {**row, "rev": order}
        self.timeline[identifier] = []
        for name in TRIAGE_FIELDS:
            self.changes.append(Change(order, 0.0, identifier, name, None, row[name], "visitor", None))
        return identifier

    def vanish(self, identifier: str) -> None:
        """Somebody deletes a submission."""
        if self.rows.pop(identifier, None) is not None:
            self.record.add("vanishes", id=identifier)

    def write(self, identifier: str, body: Mapping[str, Any], actor: str, request: int | None = None) -> None:
        """Apply a change: whoever writes last wins. Raises what the API would answer."""
        if identifier not in self.rows:
            raise NotFound("There is no such record.", status=404)
        bad = [name for name in body if isinstance(body[name], str) and POISON in body[name]]
        if bad:
            told = dict.fromkeys(bad, "is not allowed") if self.tells_fields else {}
            raise Refused("A value is refused.", status=400, code="invalid", field_errors=told)
        if body.get("assignee_id") == GHOST:
            raise NotFound("There is no such record.", status=404)
        row = self.rows[identifier]
        order = self.record.add("applied", id=identifier, body=dict(body), actor=actor, request=request)
        moved = False
        for name, wanted in body.items():
            value = wanted
            if name == "notes":
                value = (value.rstrip() if self.normalises and value else value) or None
            if name in TRIAGE_FIELDS:
                changed = value != row[name]
                moved |= changed
                self.changes.append(
                    Change(order, self.wall(), identifier, name, row[name], value, actor, request, changed)
                )
                if changed:
                    self._tell(identifier, name, row[name], value, actor)
                if changed and name == "status" and value == "resolved":
                    row["resolved_at"], row["resolved_by"] = order, actor
            elif row[name] != value:
                moved = True
            row[name] = value
        if moved:
            row["rev"] = order

    def _tell(self, identifier: str, name: str, before: Any, after: Any, actor: str) -> None:
        kind = _TYPES.get(name)
        if kind is None:
            on, off = ("flagged", "unflagged") if name == "flagged" else ("assigned", "unassigned")
            kind = on if after else off
        place = len(self.timeline[identifier])
        moment = datetime.fromtimestamp(self.wall(), UTC)
        self.timeline[identifier].append(
            Event(f"e-{identifier}-{place}", kind, moment, actor, actor.upper(), before, after)
        )

    def fetched(self, identifier: str) -> FetchedSubmission:
        """One submission as it is now."""
        if identifier not in self.rows:
            raise NotFound("There is no such record.", status=404)
        row = self.rows[identifier]
        return FetchedSubmission(decode(row, SOURCE), json.dumps(row))

    def page(self, cursor: str | None, *, open_only: bool) -> Page:
        """One page, newest first."""
        rows = sorted(self.rows.values(), key=lambda row: row["number"], reverse=True)
        if open_only and self.filters:
            rows = [row for row in rows if row["status"] in OPEN_STATUSES]
        if cursor is not None:
            issued, _, number = cursor.partition(":")
            if int(issued) < self.cursor_age:
                raise Refused("The cursor is dead.", status=400, code="invalid_query")
            rows = [row for row in rows if row["number"] < int(number)]
        shown = rows[: self.page_size]
        last = f"{self.record.order}:{shown[-1]['number']}" if len(rows) > self.page_size else None
        return Page(tuple(self.fetched(row["id"]) for row in shown), (), last)

    def value(self, key: Key, name: str) -> Any:
        """What a field holds now; None where the submission is gone."""
        return self.rows.get(key.id, {}).get(name)

    def history(self, identifier: str, name: str) -> list[Change]:
        """Every write of a field, oldest first."""
        return [change for change in self.changes if change.id == identifier and change.field == name]
