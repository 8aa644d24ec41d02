"""Generated Postbox data: submissions on their way through spam check, translation and smart reply."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from inbox_tui.demo.generate import Generator, Visitor, from_micros, hostile_turn, to_micros
from inbox_tui.demo.live import Step, arrivals, plan_columns
from inbox_tui.demo.oddities import ODD_ANSWERS, odd_turn
from inbox_tui.demo.plain import plain_answers
from inbox_tui.demo.postbox.catalogue import FORMS, PostboxForm, credentials, form_id, schema_fields
from inbox_tui.demo.wire import compact

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["FRESH", "arrive", "insert_row", "seed_all"]

_MOST = 5_000
_SECOND = 1_000_000
_RECENT = 2 * 3_600 * _SECOND
_DAY = 86_400 * _SECOND
_WEIGHTS = [form.plain.weight for form in FORMS]
_SPAM = (
    ("Casino bonus!!! Click http://win.example/now", "Advertises gambling and links to an unknown shop"),
    ("I can rank your site #1 on Google, 5000 backlinks", "Unasked offer of search ranking"),
    ("URGENT: wire 4,000 EUR to release your parcel", "Asks for money under pressure of time"),
)
FRESH: dict[str, Any] = {
    "processing": "pending",
    "reason": None,
    "spam": 0,
    "confidence": None,
    "spam_reason": None,
    "language": None,
    "translated": None,
    "reply": "off",
    "reply_content": None,
    "reply_subject": None,
    "reply_reason": None,
    "replied_at": None,
}
"""The columns of a submission that nothing has looked at yet."""


def seed_all(connection: sqlite3.Connection, generator: Generator, submissions: int) -> None:
    """Fill the first account; the second has nothing."""
    seed = generator.seed
    keys = credentials(seed)
    connection.executemany(
        "INSERT INTO postbox_keys VALUES (?, ?, ?, ?, ?)",
        [
            (keys["postbox"], "acme", 0, 1, 4_812),
            (keys["postbox.revoked"], "acme", 1, 1, 0),
            (keys["postbox.second"], "second", 0, 0, 50),
        ],
    )
    born = to_micros(generator.now) - 380 * _DAY
    for place, form in enumerate(FORMS):
        plain = form.plain
        connection.execute(
            "INSERT INTO postbox_forms (id, account, name, slug, visibility, fields, created_at)"
            " VALUES (?, 'acme', ?, ?, ?, ?, ?)",
            (
                form_id(seed, plain.slug),
                plain.title,
                plain.slug,
                form.visibility,
                compact(schema_fields(plain)),
                born + place * _DAY,
            ),
        )
    present = to_micros(generator.now)
    for number, created in enumerate(generator.arrivals(min(submissions, _MOST)), start=1):
        _add(connection, generator, number, created, present)


def arrive(connection: sqlite3.Connection, seed: int, now: datetime) -> None:
    """Let what is due arrive at the first account, as `pending`."""
    for arrival in arrivals(connection, "postbox", seed, now):
        _add(connection, arrival.generator, arrival.number + 1, arrival.at, arrival.at)


def _add(
    connection: sqlite3.Connection, generator: Generator, number: int, created: int, present: int
) -> None:
    rng = generator.rng
    form = rng.choices(FORMS, _WEIGHTS)[0]
    visitor = generator.visitor()
    data = _data(generator, form, visitor, number, created)
    row = {**FRESH, **plan_columns(()), "reply": "off" if form.replies == "off" else "none"}
    first, second = rng.randint(2, 8) * _SECOND, rng.randint(3, 15) * _SECOND
    # A recent row may still be in the middle of things; an arriving one is at the start of them.
    moving = created == present or (present - created < _RECENT and generator.chance(0.5))
    start = present if moving else created
    steps: list[Step] = [(start + first, {"processing": "processing"})]
    steps += _pipeline(generator, form, visitor, data, start + first + second)
    if moving:
        row |= plan_columns(steps)
    else:
        for _, changes in steps:
            row |= changes
    row["data"] = compact(data)
    row["metadata"] = compact(_metadata(generator))
    insert_row(connection, generator.uuid(), form_id(generator.seed, form.plain.slug), row, created)


def insert_row(
    connection: sqlite3.Connection, identifier: str, form: str, row: Mapping[str, Any], created: int
) -> None:
    """Write one submission whose `data` and `metadata` are JSON texts."""
    written = {**row, "id": identifier, "form_id": form, "created_at": created - created % _SECOND}
    names = ", ".join(written)
    marks = ", ".join(f":{name}" for name in written)
    connection.execute(f"INSERT INTO postbox_submissions ({names}) VALUES ({marks})", written)  # noqa: S608


def _data(
    generator: Generator, form: PostboxForm, visitor: Visitor, number: int, created: int
) -> dict[str, Any]:
    data = plain_answers(generator, form.plain, visitor, from_micros(created), hostile_turn(number))
    for name in form.plain.names("submit"):
        data[name] = None
    for name in form.plain.names("visitor"):
        data[name] = visitor.browser_id if generator.chance(0.6) else None
    if generator.chance(0.06):  # sent to an older version of the form
        data["newsletter_opt_in"] = generator.chance(0.5)
    odd = odd_turn(number)
    return data if odd is None else {**data, **ODD_ANSWERS[odd]}


def _metadata(generator: Generator) -> dict[str, Any]:
    rng = generator.rng
    return {
        "ip": f"192.0.2.{rng.randrange(1, 255)}",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "referer": rng.choice((None, "https://www.search.example/")),
        "origin": "https://acme.example",
        "utm": rng.choice(({}, {"source": "newsletter", "campaign": "夏"})),
    }


def _pipeline(
    generator: Generator, form: PostboxForm, visitor: Visitor, data: dict[str, Any], at: int
) -> list[Step]:
    """Return how processing ends and, where replies go out by themselves, what follows."""
    rng = generator.rng
    if generator.chance(0.04):
        return [(at, {"processing": "failed", "reason": "service_error"})]
    if generator.chance(0.05):
        reply = "off" if form.replies == "off" else "exhausted"
        return [(at, {"processing": "skipped", "reason": "ai_credits_exhausted", "reply": reply})]
    if generator.chance(0.12):
        text, why = rng.choice(_SPAM)
        if "message" in data:
            data["message"] = text
        sure = round(rng.uniform(0.71, 0.999), 3)
        done = {"processing": "completed", "spam": 1, "confidence": sure, "spam_reason": why}
        return [(at, done if form.replies == "off" else {**done, "reply": "skipped"})]
    done = {"processing": "completed", "confidence": round(rng.uniform(0, 0.2), 3)}
    if form.translates:
        done |= _translated(generator, visitor, data)
    if form.replies == "off":
        return [(at, done)]
    answer = {
        "reply_subject": f"Re: {form.plain.title}",
        "reply_content": f"Hello {visitor.name},\n\nthank you for writing. {generator.message('en')}",
    }
    if generator.chance(0.15):
        why = "The knowledge base has nothing on this question"
        return [(at, {**done, "reply": "human", "reply_reason": why})]
    if form.replies == "draft":
        return [(at, {**done, **answer, "reply": "draft"})]
    sent = at + rng.randint(2, 12) * _SECOND
    if generator.chance(0.12):
        last: dict[str, Any] = {"reply": "failed", "reply_reason": "550 mailbox unavailable"}
    else:
        last = {"reply": "sent", "replied_at": sent}
    return [(at, {**done, **answer, "reply": "sending"}), (sent, last)]


def _translated(generator: Generator, visitor: Visitor, data: dict[str, Any]) -> dict[str, Any]:
    code = visitor.locale.code
    if code == "en" or not isinstance(data.get("message"), str):
        return {"language": code}
    translated = json.loads(compact(data))
    translated["message"] = generator.message("en")
    return {"language": code, "translated": compact(translated)}
