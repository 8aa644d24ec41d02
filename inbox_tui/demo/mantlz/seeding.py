"""Generated Mantlz data: forms, submissions with `_meta`, and the log of e-mails."""

from __future__ import annotations

import json
import string
from typing import TYPE_CHECKING, Any

from inbox_tui.demo.generate import Generator, Visitor, from_micros, hostile_turn, to_micros
from inbox_tui.demo.live import arrivals
from inbox_tui.demo.mantlz.catalogue import ACCOUNTS, FORMS, credentials, form_id, schema_fields
from inbox_tui.demo.oddities import ODD_ANSWERS, odd_turn
from inbox_tui.demo.plain import PlainForm, plain_answers
from inbox_tui.demo.wire import compact, moment_ms

if TYPE_CHECKING:
    import random
    import sqlite3
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["arrive", "cuid", "insert_row", "seed_all"]

_MOST = 5_000
_YEAR = 365 * 86_400 * 1_000_000
_SECOND = 1_000_000
_TRIES = 5
_BROWSERS = (
    "Chrome",
    "Chrome",
    "Safari",
    "Firefox",
    "Edge",
    "Opera",
    "Mobile Browser",
    "Unknown",
    "Vivaldi 7",
)
_COUNTRIES = {
    "en": "United Kingdom",
    "de": "Germany",
    "fr": "FR",
    "es": "Spain",
    "pt": "Portugal",
    "pl": "Poland",
    "ja": "JP",
    "zh": "China",
    "ko": "KR",
    "th": "TH",
    "ar": "AE",
    "he": "Unknown",
}
_LETTERS = string.digits + string.ascii_lowercase
_WEIGHTS = [form.weight for form in FORMS]


def cuid(rng: random.Random) -> str:
    """Return an id of the usual shape: `c` and 24 characters of base 36."""
    return "c" + "".join(rng.choices(_LETTERS, k=24))


def seed_all(connection: sqlite3.Connection, generator: Generator, submissions: int) -> None:
    """Fill the accounts of every plan."""
    seed = generator.seed
    keys = credentials(seed)
    rows = [(keys["mantlz"], "pro", "PRO", 1, 1), (keys["mantlz.inactive"], "pro", "PRO", 0, 1)]
    rows += [(keys[f"mantlz.{account.slug}"], account.slug, account.plan, 1, 1) for account in ACCOUNTS[1:]]
    rows.append((keys["mantlz.orphan"], "nobody", "FREE", 1, 0))
    connection.executemany("INSERT INTO mantlz_keys VALUES (?, ?, ?, ?, ?, NULL)", rows)
    born = to_micros(generator.now) - _YEAR
    for account in ACCOUNTS:
        for place, form in enumerate(FORMS):
            made = born - place * 86_400 * _SECOND
            fields = compact(schema_fields(form))
            connection.execute(
                "INSERT INTO mantlz_forms (id, account, name, description, kind, fields, created_at,"
                " updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    form_id(seed, account.slug, form.slug),
                    account.slug,
                    form.title,
                    form.description,
                    form.kind,
                    fields,
                    made,
                    made + 3_600 * _SECOND,
                ),
            )
        count = min(-(-submissions // account.divisor), _MOST)
        for number, created in enumerate(generator.arrivals(count), start=1):
            _add(connection, generator, account.slug, number, created)


def arrive(connection: sqlite3.Connection, seed: int, now: datetime) -> None:
    """Let what is due arrive at the first account."""
    for arrival in arrivals(connection, "mantlz", seed, now):
        _add(connection, arrival.generator, ACCOUNTS[0].slug, arrival.number + 1, arrival.at)


def _add(
    connection: sqlite3.Connection, generator: Generator, account: str, number: int, created: int
) -> None:
    form = generator.rng.choices(FORMS, _WEIGHTS)[0]
    container = form_id(generator.seed, account, form.slug)
    visitor = _newcomer(connection, generator, container, form)
    data = _answers(generator, form, visitor, number, created)
    odd = odd_turn(number)
    if odd is not None:
        data |= ODD_ANSWERS[odd]
    if "email" in data and visitor is None:
        data["email"] = None
    if generator.chance(0.9):
        data["_meta"] = _meta(generator, visitor, created)
    elif generator.chance(0.2):
        data["_meta"] = "a field that a visitor's form called _meta"
    row = insert_row(connection, generator.rng, container, data, created)
    for kind in ("DEVELOPER_NOTIFICATION", "SUBMISSION_CONFIRMATION"):
        status = generator.rng.choice(("SENT", "SENT", "SENT", "SKIPPED", "FAILED"))
        error = "Mailbox unavailable (550 5.1.1)" if status == "FAILED" else None
        connection.execute(
            "INSERT INTO mantlz_logs (id, submission_id, form_id, type, status, error, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                cuid(generator.rng),
                row,
                container,
                kind,
                status,
                error,
                created + generator.rng.randrange(_SECOND),
            ),
        )


def _newcomer(
    connection: sqlite3.Connection, generator: Generator, container: str, form: PlainForm
) -> Visitor | None:
    """Return somebody whose address the form has not seen; None when that does not succeed."""
    for _ in range(_TRIES):
        visitor = generator.visitor()
        taken = "SELECT 1 FROM mantlz_submissions WHERE form_id = ? AND email = ?"
        if not form.names("email") or not connection.execute(taken, (container, visitor.email)).fetchone():
            return visitor
    return None


def _answers(
    generator: Generator, form: PlainForm, visitor: Visitor | None, number: int, created: int
) -> dict[str, Any]:
    who = visitor or generator.visitor()
    answers = plain_answers(generator, form, who, from_micros(created), hostile_turn(number))
    for name in form.names("document"):
        answers[name] = answers[name] and answers[name]["url"]
    optional = {name for name, block in form.fields if block.optional}
    return {
        name: value
        for name, value in answers.items()
        if value is not None or name not in optional or name == "email"
    }


def _meta(generator: Generator, visitor: Visitor | None, created: int) -> dict[str, Any]:
    meta = {
        "browser": generator.rng.choice(_BROWSERS),
        "country": _COUNTRIES.get(visitor.locale.code, "Unknown") if visitor else "Unknown",
    }
    if generator.chance(0.9):
        meta["timestamp"] = moment_ms(created)
    return meta


def insert_row(
    connection: sqlite3.Connection,
    rng: random.Random,
    container: str,
    data: Mapping[str, Any],
    created: int,
) -> str:
    """Write one submission and return its id; its e-mail is the answer of that name, if it is a string.

    Raises:
        sqlite3.IntegrityError: the form has a submission with this e-mail, or does not exist.
    """
    form = connection.execute("SELECT fields FROM mantlz_forms WHERE id = ?", (container,)).fetchone()
    named = form is not None and any(field["name"] == "email" for field in json.loads(form["fields"]))
    email = data.get("email")
    identifier = cuid(rng)
    connection.execute(
        "INSERT INTO mantlz_submissions (id, form_id, email, has_email, data, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            identifier,
            container,
            email if isinstance(email, str) else None,
            int(named),
            compact(data),
            created - created % 1_000,
        ),
    )
    return identifier
