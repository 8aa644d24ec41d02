"""Generated submissions of the Awardee contract, with timelines that explain their state."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from inbox_tui.demo.awardee.errors import compact
from inbox_tui.demo.awardee.team import Team, block_ids, page_id
from inbox_tui.demo.forms import FORMS
from inbox_tui.demo.generate import Generator, Visitor, from_micros, hostile_turn, to_micros
from inbox_tui.demo.texts import TEAM_NOTES

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

__all__ = ["Batch", "SubmissionMaker", "insert_submissions", "rest_text"]

_SECOND = 1_000_000
_BUSY_DAYS = 4 * 86_400 * _SECOND
_BATCH = 2_000
_SUBMISSION_COLUMNS = (
    "id",
    "org_id",
    "page_id",
    "number",
    "status",
    "priority",
    "flagged",
    "assignee_id",
    "resolved_by",
    "resolved_at",
    "notes",
    "viewed_at",
    "duration_seconds",
    "conversation_id",
    "created_at",
    "rest",
)
_REST = ("data", "metadata", "destination", "qr_code_id", "product_id", "object_id")

_FRESH_ID = "<a fresh id>"
_DESTINATIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("url", {"url": "https://acme.example/thanks?ref=form"}),
    ("page", {"pageId": _FRESH_ID}),
    ("article", {"articleId": _FRESH_ID}),
    ("chatbot", {"chatbotId": _FRESH_ID}),
    ("knowledge_base", {"knowledgeBaseId": _FRESH_ID}),
    ("file", {"fileUrl": "https://files.acme.example/guide.pdf", "filename": "Guide für Einsteiger.pdf"}),
    (
        "email",
        {"email": "sales@acme.example", "subject": "My request", "body": "Hello,\nI just sent a form."},
    ),
    ("phone", {"phone": "+442055501234"}),
    ("google_review", {"placeId": "ChIJ-acme-01", "businessName": "Acme & Söhne"}),
    ("calendar_slot", {"calendarId": _FRESH_ID, "minutes": 30, "hosts": ["mira", "tom"]}),
)

Event = tuple[str, str, str | None, str | None, str | None, str | None, int]


@dataclass
class Batch:
    """Rows that wait to be written together."""

    submissions: list[Mapping[str, Any]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    conversations: list[tuple[Any, ...]] = field(default_factory=list)
    messages: list[tuple[Any, ...]] = field(default_factory=list)

    def write(self, connection: sqlite3.Connection) -> None:
        """Write every row and start again empty."""
        names = ", ".join(_SUBMISSION_COLUMNS)
        marks = ", ".join(f":{name}" for name in _SUBMISSION_COLUMNS)
        connection.executemany(
            "INSERT INTO awardee_conversations VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", self.conversations
        )
        connection.executemany(
            "INSERT INTO awardee_messages (conversation_id, role, author_id, parts, created_at)"
            " VALUES (?,?,?,?,?)",
            self.messages,
        )
        insert = f"INSERT INTO awardee_submissions ({names}) VALUES ({marks})"  # noqa: S608 - our own names
        connection.executemany(insert, self.submissions)
        connection.executemany(
            "INSERT INTO awardee_events (submission_id, type, actor_id, key_name, before, after, created_at)"
            " VALUES (?,?,?,?,?,?,?)",
            self.events,
        )
        for rows in (self.submissions, self.events, self.conversations, self.messages):
            rows.clear()


def insert_submissions(connection: sqlite3.Connection, generator: Generator, team: Team, count: int) -> None:
    """Write `count` submissions of one organisation inside a running transaction."""
    maker = SubmissionMaker(generator, team)
    batch = Batch()
    for number, created in enumerate(generator.arrivals(count), start=1):
        maker.make(batch, number, created, recency=(count - number + 0.5) / count)
        if len(batch.submissions) >= _BATCH:
            batch.write(connection)
    batch.write(connection)


class SubmissionMaker:
    """Makes one submission after the other."""

    def __init__(self, generator: Generator, team: Team) -> None:
        self._gen = generator
        self._rng = generator.rng
        self._team = team
        self._now = to_micros(generator.now)
        self._blocks = [block_ids(team.seed, team.slug, form) for form in range(len(FORMS))]
        self._pages = [
            None if form.deleted else page_id(team.seed, team.slug, index) for index, form in enumerate(FORMS)
        ]

    def make(self, batch: Batch, number: int, created: int, recency: float | None) -> dict[str, Any]:
        """Add one submission to the batch.

        `recency` is 0 for the newest and 1 for the oldest of all; None makes one that nobody has touched.
        """
        gen = self._gen
        form = gen.form()
        visitor = gen.visitor()
        arrived = from_micros(created)
        row: dict[str, Any] = {
            "id": gen.uuid(),
            "org_id": self._team.org_id,
            "page_id": self._pages[form],
            "number": number,
            "created_at": created,
            "viewed_at": None,
            "duration_seconds": None,
            "conversation_id": None,
        }
        if not gen.chance(0.25 if recency and recency > 0.7 else 0.05):
            lasted = self._rng.randint(8, 900) if gen.chance(0.7) else round(self._rng.uniform(8, 900), 3)
            row["duration_seconds"] = float(lasted)
            row["viewed_at"] = created - round(lasted * _SECOND)
        if gen.chance(0.12):
            row["conversation_id"] = self._conversation(batch, visitor, created)
        rest = {
            "data": gen.answers(FORMS[form], self._blocks[form], visitor, arrived, hostile_turn(number)),
            "metadata": gen.metadata(),
            "destination": self._destination(number),
            "qr_code_id": gen.uuid() if gen.chance(0.08) else None,
            "product_id": gen.uuid() if gen.chance(0.06) else None,
            "object_id": gen.uuid() if gen.chance(0.04) else None,
        }
        row.update(self._history(batch, row["id"], created, recency))
        row["rest"] = rest_text(rest)
        batch.submissions.append(row)
        return row

    def _destination(self, number: int) -> dict[str, Any] | None:
        turn, empty = divmod(number, 2)
        if empty:
            return None
        kind, value = _DESTINATIONS[turn % len(_DESTINATIONS)]
        own_id = {name: self._gen.uuid() for name, part in value.items() if part == _FRESH_ID}
        return {"type": kind, "value": {**value, **own_id}}

    def _history(self, batch: Batch, submission: str, created: int, recency: float | None) -> dict[str, Any]:
        rng, gen = self._rng, self._gen
        state: dict[str, Any] = {
            "status": "new",
            "priority": "none",
            "flagged": False,
            "assignee_id": None,
            "notes": None,
            "resolved_at": None,
            "resolved_by": None,
        }
        batch.events.append((submission, "created", None, None, None, None, created))
        if recency is None:
            return state
        steps = self._steps(recency)
        span = min(self._now - created, _BUSY_DAYS)
        moments = sorted(created + int(rng.random() * span) for _ in steps)
        for (name, kind, value), at in zip(steps, moments, strict=True):
            user = None if gen.chance(0.12) else rng.choice(self._team.users)
            actor = user or self._team.key_id
            before, state[name] = state[name], value
            batch.events.append(
                (
                    submission,
                    kind,
                    actor,
                    None if user else "inbox",
                    json.dumps(before),
                    json.dumps(value),
                    at,
                )
            )
            if name == "status" and value == "resolved":
                state["resolved_at"], state["resolved_by"] = at, user
        return state

    def _steps(self, recency: float) -> list[tuple[str, str, Any]]:
        rng, gen = self._rng, self._gen
        still_open = 0.9 if recency < 0.2 else 0.55 if recency < 0.5 else 0.22
        path: tuple[str, ...]
        if gen.chance(still_open):
            path = rng.choice(
                ((), (), (), ("read",), ("read",), ("read", "in_progress"), ("in_progress",))
                if not gen.chance(0.06)
                else (("read", "resolved", "in_progress"), ("resolved", "read"))
            )
        elif gen.chance(0.18):
            path = rng.choice((("spam",), ("read", "spam")))
        else:
            path = rng.choice((("resolved",), ("read", "resolved"), ("read", "in_progress", "resolved")))
        steps: list[tuple[str, str, Any]] = [("status", "status_changed", status) for status in path]
        touched = 1.0 if path else 0.3
        extra: list[tuple[str, str, Any]] = []
        if gen.chance(0.5 * touched):
            extra.append(("priority", "priority_changed", rng.choice(("low", "medium", "medium", "high"))))
        if gen.chance(0.14):
            extra.append(("flagged", "flagged", True))
        if gen.chance(0.45 * touched):
            extra.append(("assignee_id", "assigned", rng.choice(self._team.users)))
        if gen.chance(0.3 * touched):
            extra.append(("notes", "notes_updated", self._note()))
        for step in extra:
            steps.insert(rng.randint(0, len(steps)), step)
        if gen.chance(0.04) and any(name == "flagged" for name, _, _ in steps):
            steps.append(("flagged", "unflagged", False))
        return steps

    def _note(self) -> str:
        if self._gen.chance(0.08):
            return "\n\n".join(self._rng.sample(TEAM_NOTES, 5))
        return self._rng.choice(TEAM_NOTES)

    def _conversation(self, batch: Batch, visitor: Visitor, created: int) -> str:
        rng, gen = self._rng, self._gen
        conversation = gen.uuid()
        started = created - rng.randint(60, 900) * _SECOND
        turns = rng.randint(1, 3)
        preview = ""
        for turn in range(turns):
            question = gen.sentences(visitor.locale.code, 1, 1)
            at = started + turn * 20 * _SECOND
            asked = [{"order": 0, "text": question}]
            answered: list[dict[str, Any]] = [{"order": 0, "text": "Let me look that up for you."}]
            if turn == turns - 1:
                answered.append({"order": 1, "tool_name": "present_page", "tool_input": {"page": "contact"}})
            batch.messages.append((conversation, "user", None, compact(asked), at))
            batch.messages.append((conversation, "assistant", None, compact(answered), at + 5 * _SECOND))
            preview = question
        status = rng.choice(("open", "bot_active", "agent_requested", "resolved", "closed", "archived"))
        batch.conversations.append(
            (
                conversation,
                self._team.org_id,
                status,
                rng.choice(("low", "medium", "high")),
                rng.choice((None, "Question from the website")),
                rng.choice((None, "Asked about prices, then opened the form.")),
                visitor.email,
                visitor.name if gen.chance(0.7) else None,
                None,
                rng.choice((None, *self._team.users)),
                preview[:80],
                started,
                created,
            )
        )
        return conversation


def rest_text(rest: Mapping[str, Any]) -> str:
    """Return the members of a submission that never change, as JSON without the outer braces.

    Raises:
        KeyError: one of them is missing.
    """
    return compact({name: rest[name] for name in _REST})[1:-1]
