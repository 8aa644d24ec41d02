"""Random submissions of several systems, with every fact a query may ask for, and edits on some of them."""

import json
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

from cache.models import (
    Attribution,
    Contact,
    Container,
    Delivery,
    Destination,
    EditState,
    Field,
    Key,
    Member,
    Processing,
    Reply,
    Spam,
    Submission,
)
from cache.schema import transaction
from cache.sync.remote import FetchedSubmission
from tests.cache.judging import Judged
from tests.cache.making import LocalCopy

__all__ = ["ME", "SOURCES", "Crowd", "decode_all"]

SOURCES = ("acme", "beta", "cori")
PROVIDERS = {"acme": "plain", "beta": "other", "cori": "plain", "gone": "plain"}
MEMBERS = (
    Member("acme", "u1", "Ben Ruiz"),
    Member("acme", "u2", "Zoë Adler"),
    Member("beta", "v1", "Ben Vogel"),
    Member("cori", "u1", "Benedikta Ng"),
)
ME = {"acme": "u1", "beta": "v1"}
CONTAINERS = (
    Container("acme", "p1", "Contact us"),
    Container("acme", "p2", "Pricing"),
    Container("beta", "p1", "Contact"),
)
WORDS = (
    *("pricing", "price", "sso", "login", "seats", "late", "Größe", "naïve", "CAFÉ", "straße", "Йод", "42"),
    *("東京都", "京都", "東京", "สวัสดี", "สวัส", "a", "p", "e\u0301t", "it's", "x-y", "ρε", "1,200", "한국어"),
)
NAMES = ("Ada Lovelace", "ben", "Zoë", "Carl Ruiz", "東京 太郎", "李", "O'Neil", "")
EMAILS = (None, "ada@example.com", "Ben.Ruiz@Mail.example.ORG", "x@y.de", "ünï@köln.de", "not an address")
PHONES = (None, None, "+49 170 1234567", "0170/1234567", "(030) 555-0101", "123")
NOTES = (None, None, "", "call back", "late", "price 東京", "?!")
NUMBERS = ("3", "12", "-4.5", "1,200", "12 seats", "0")
DAYS = ("2026-03-28", "2026-03-29", "2026-10-25T10:00", "2025-12-31", "2026-02-30")
SYMBOLS = ("", "", "", " ?!", " :)", " 100%", " --")


def decode_all(raw: Mapping[str, Any], source: str) -> Submission:
    """A decoder of everything a submission can have."""

    def when(name: str) -> datetime | None:
        return datetime.fromtimestamp(raw[name], UTC) if raw[name] is not None else None

    created = when("created_at")
    assert created is not None
    return Submission(
        source=source,
        provider=PROVIDERS[source],
        id=raw["id"],
        created_at=created,
        number=raw["number"],
        container_id=raw["container_id"],
        status=raw["status"],
        priority=raw["priority"],
        flagged=raw["flagged"],
        assignee_id=raw["assignee_id"],
        notes=raw["notes"],
        resolved_at=when("resolved_at"),
        resolved_by=raw["resolved_by"],
        fields=tuple(Field(*field) for field in raw["fields"]),
        metadata=raw["metadata"],
        destination=Destination(*raw["destination"]) if raw["destination"] else None,
        viewed_at=when("viewed_at"),
        completed_at=when("completed_at"),
        duration_seconds=raw["duration_seconds"],
        attribution=Attribution(conversation_id=raw["conversation"], visitor_id=raw["visitor"]),
        contact=Contact(*raw["contact"]),
        result=raw["result"],
        delivery=Delivery(raw["delivery"]) if raw["delivery"] else None,
        spam=Spam(raw["spam"] > 0.5, raw["spam"]) if raw["spam"] is not None else None,
        language=raw["language"],
        translation=raw["translation"],
        reply=Reply(*raw["reply"]) if raw["reply"] else None,
        processing=Processing(raw["processing"]) if raw["processing"] else None,
    )


class Crowd:
    """A copy with random submissions, some of a source that left the config, a third of them edited."""

    def __init__(self, directory: Path, seed: int, zone: tzinfo, *, size: int = 90) -> None:
        rng = random.Random(seed)
        self.now = rng.choice(_CHANGES) + rng.randrange(-2, 3) * 86_400 + rng.randrange(86_400)
        views = {"inbox": "is:open", "hot": "p:high OR is:flagged", "both": "in:inbox -in:hot sort:name"}
        self.local = LocalCopy(
            directory,
            sources=SOURCES,
            me=ME,
            zone=zone,
            views=views,
            decoders=dict.fromkeys(PROVIDERS.values(), decode_all),
        )
        self.local.wall.at = self.now
        sources = self.local.writer.sources
        for source in PROVIDERS:
            self.local.cache.execute(
                "INSERT OR REPLACE INTO source (name, provider) VALUES (?, ?)", (source, PROVIDERS[source])
            )
        for source in SOURCES:
            sources.set_members(source, tuple(one for one in MEMBERS if one.source == source))
        sources.set_containers(CONTAINERS)
        pages = [self._submission(rng, n) for n in range(size)]
        self.local.show(*pages)
        self.rows = self._edited(rng, {page.submission.key: page.submission for page in pages})

    def close(self) -> None:
        """Close every file."""
        self.local.close()

    def _submission(self, rng: random.Random, n: int) -> FetchedSubmission:
        maybe = _maybe(rng)
        created = self.now - rng.choice(
            (rng.randrange(3), rng.randrange(4 * 3600), rng.randrange(9 * 86_400), rng.randrange(10**8))
        )
        fields = [
            ["m", "form_text", "Message", _text(rng), 1],
            ["s", "form_text", "Team size", rng.choice((*NUMBERS, "", rng.randrange(40))), 2],
            ["d", "form_text", "Größe / Day", rng.choice((*DAYS, "", "soon")), 3],
        ]
        if maybe(0.3):
            fields.append(["m2", "form_text", "message", _text(rng), 4])
        if maybe(0.1):
            fields.append(["l", "form_text", "Link", "see https://example.com/x", 5])
        times = {
            name: created + rng.randrange(10**6) if maybe(0.4) else None
            for name in ("resolved_at", "viewed_at", "completed_at")
        }
        metadata = {
            key: value
            for key, value in (
                ("country", rng.choice(("de", "JP", "fr"))),
                ("browser", "Firefox"),
                ("Plan", rng.choice(("Pro", "free", 3, 7.5))),
                ("utm_source", "news"),
                ("flag", maybe(0.5)),
            )
            if maybe(0.4)
        }
        raw = {
            "id": f"{rng.choice(('id', 'AB', 'zz'))}-{n}-{rng.randrange(1000)}",
            "created_at": created,
            "number": rng.randrange(1, 500) if maybe(0.7) else None,
            "container_id": rng.choice((None, "p1", "p2", "p3")),
            "status": rng.choice(("new", "read", "in_progress", "resolved", "spam", "triaged")),
            "priority": rng.choice(("none", "low", "medium", "high", "urgent")),
            "flagged": maybe(0.2),
            "assignee_id": rng.choice((None, None, "u1", "u2", "v1", "x9")),
            "notes": rng.choice(NOTES),
            "resolved_by": rng.choice((None, None, "u1", "v1")),
            "fields": fields,
            "metadata": metadata,
            "destination": rng.choice((None, ["url", "https://example.com/thanks"], ["page", {"to": "Two"}])),
            **times,
            "duration_seconds": rng.choice((None, 0.5, 2.0, 59, 3600.5)),
            "conversation": rng.choice((None, "c1")),
            "visitor": rng.choice((None, "v-1", "v-2")),
            "contact": [rng.choice(NAMES) or None, rng.choice(EMAILS), rng.choice(PHONES)],
            "result": rng.choice((None, "Won", "lost")),
            "delivery": rng.choice((None, "sent", "failed")),
            "spam": rng.choice((None, 0.0, 0.25, 0.9, 1.0)),
            "language": rng.choice((None, "en", "de", "ja")),
            "translation": rng.choice((None, {"text": "x"})),
            "reply": rng.choice((None, ["sent", "thanks"], ["draft", None])),
            "processing": rng.choice((None, "done", "Failed")),
        }
        source = rng.choice((*SOURCES, *SOURCES, "gone"))
        return FetchedSubmission(decode_all(raw, source), json.dumps(raw))

    def _edited(self, rng: random.Random, held: dict[Key, Submission]) -> list[Judged]:
        local, wants = self.local, {}
        values: dict[str, tuple[Any, ...]] = {
            "status": ("new", "read", "in_progress", "resolved", "spam"),
            "priority": ("none", "low", "medium", "high"),
            "flagged": (True, False),
            "assignee_id": (None, "u1", "u2", "v1"),
            "notes": ("pending zebra", "late", None, "東京 zebra", "?!"),
        }
        for key in rng.sample(sorted(held), len(held) // 3):
            fields = rng.sample(sorted(values), rng.choice((1, 1, 2, 5)))
            local.edit(key.id, source=key.source, **{name: rng.choice(values[name]) for name in fields})
        states = {}
        with transaction(local.outbox_file):
            for edit in local.outbox.pending():
                states[edit.key, edit.field] = rng.choice(list(EditState))
                local.outbox.registers.put(replace(edit, state=states[edit.key, edit.field]))
                wants[edit.key, edit.field] = edit.want
        opened = rng.sample(sorted(held), len(held) // 4)
        for key in opened:
            local.outbox.opened.add(key)
        local.reader.refresh()
        rows = []
        for key, submission in held.items():
            rowid = local.writer.rowid(*key)
            assert rowid is not None
            changes = {name: want for (edited, name), want in wants.items() if edited == key}
            own = [state for (edited, _), state in states.items() if edited == key]
            seen = submission._replace(**changes)
            if key.source in SOURCES:
                rows.append(
                    Judged(seen, rowid, min(own, key=_WORST.index) if own else "clean", key in opened)
                )
        return sorted(rows, key=lambda one: -one.rowid)


_WORST = ("conflict", "rejected", "orphaned", "verifying", "sending", "queued")
_CHANGES = (1_774_746_000, 1_792_890_000, 1_773_043_200, 1_793_512_800, 1_775_314_800, 1_779_444_840)
"""Days on which clocks change somewhere, and one on which none does."""


def _maybe(rng: random.Random) -> Any:
    return lambda chance: rng.random() < chance


def _text(rng: random.Random) -> str:
    words = rng.choices(WORDS, k=rng.randrange(6))
    return " ".join(words) + rng.choice(SYMBOLS)
