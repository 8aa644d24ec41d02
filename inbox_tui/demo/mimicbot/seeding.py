"""Generated Mimicbot data: bots, what their visitors asked for, and how it was delivered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inbox_tui.demo.generate import Generator, Visitor, hostile_turn, to_micros
from inbox_tui.demo.hostile import HOSTILE
from inbox_tui.demo.keys import derive, derive_uuid
from inbox_tui.demo.live import Step, arrivals, plan_columns
from inbox_tui.demo.oddities import ODD_ANSWERS, odd_turn
from inbox_tui.demo.wire import compact

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["BOTS", "arrive", "bot_id", "credentials", "insert_row", "seed_all"]

_MOST = 5_000
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_FRESH = 6 * 3_600 * _SECOND
_ACTIONS = (
    ("contact_form", "active", "Contact form", 0.97),
    ("newsletter", "active", "Newsletter sign-up", 0.9),
    ("phone", "review", "Call the shop ☎", 0.71),
    ("calendar", "disabled", "Book a visit", 0.64),
)
_FIELDS = {"name": "Your name", "email": "E-mail", "phone": "Phone", "message": "Your message"}
_Outcome = tuple[str, "Mapping[str, Any] | None", "str | None"]


@dataclass(frozen=True)
class Bot:
    """One chat bot of the invented agency, or of the one next door."""

    slug: str
    name: str
    agency: str
    status: str
    weight: int
    open: bool = True
    """Whether the agency's token may read its submissions."""


BOTS: tuple[Bot, ...] = (
    Bot("website", "Website helper", "acme", "ready", 70),
    Bot("shop", "Ladenhilfe 🛒", "acme", "ready", 22),
    Bot("docs", "ドキュメント案内", "acme", "indexing", 8),
    Bot("partner", "Partner portal", "acme", "ready", 5, open=False),
    Bot("unused", "Not launched", "acme", "draft", 0),
    Bot("elsewhere", "Somebody else's bot", "other", "error", 0),
)


def bot_id(seed: int, slug: str) -> str:
    """Return the id of a generated bot."""
    return derive_uuid(seed, f"mimicbot bot {slug}")


def credentials(seed: int) -> Mapping[str, str]:
    """Return every token by name."""
    names = ("mimicbot", "mimicbot.no_agency", "mimicbot.expired", "mimicbot.second")
    return {name: derive(seed, name, "sk_") for name in names}


def seed_all(connection: sqlite3.Connection, generator: Generator, submissions: int) -> None:
    """Fill both agencies; the second has a bot and nothing else."""
    seed = generator.seed
    keys = credentials(seed)
    tokens = (
        ("mimicbot", "acme", 1),
        ("mimicbot.no_agency", None, 1),
        ("mimicbot.expired", "acme", 0),
        ("mimicbot.second", "other", 1),
    )
    connection.executemany(
        "INSERT INTO mimicbot_tokens VALUES (?, ?, ?)",
        [(keys[name], agency, valid) for name, agency, valid in tokens],
    )
    now = to_micros(generator.now)
    for bot in BOTS:
        found = bot_id(seed, bot.slug)
        connection.execute(
            "INSERT INTO mimicbot_bots (id, public_id, agency, name, client_url, status, open, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                found,
                derive(seed, f"bot {bot.slug}", "bot_")[:14],
                bot.agency,
                bot.name,
                f"https://{bot.slug}.acme.example" if bot.weight else None,
                bot.status,
                int(bot.open),
                now - 400 * _DAY,
            ),
        )
        if bot.weight:
            _support(connection, generator, bot, now)
    for number, created in enumerate(generator.arrivals(min(submissions, _MOST)), start=1):
        _add(connection, generator, number, created, now)


def arrive(connection: sqlite3.Connection, seed: int, now: datetime) -> None:
    """Let what is due arrive at the bots of the first agency, as `pending`."""
    for arrival in arrivals(connection, "mimicbot", seed, now):
        _add(connection, arrival.generator, arrival.number + 1, arrival.at, arrival.at)


def _support(connection: sqlite3.Connection, generator: Generator, bot: Bot, now: int) -> None:
    schema = {"type": "object", "properties": {name: {"title": title} for name, title in _FIELDS.items()}}
    found = bot_id(generator.seed, bot.slug)
    for kind, status, label, confidence in _ACTIONS:
        connection.execute(
            "INSERT INTO mimicbot_actions (id, bot_id, kind, status, label, params_schema, confidence,"
            " created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                _action(generator.seed, bot, kind),
                found,
                kind,
                status,
                label,
                compact(schema),
                confidence,
                now,
            ),
        )
    for reason in ("no_relevant_docs", "low_confidence", "refused"):
        connection.execute(
            "INSERT INTO mimicbot_unanswered (id, bot_id, question, reason, frequency, first_at, last_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                generator.uuid(),
                found,
                generator.sentences("en", 1, 1),
                reason,
                generator.rng.randint(1, 60),
                now - 90 * _DAY,
                now - _DAY,
            ),
        )


def _action(seed: int, bot: Bot, kind: str) -> str:
    return derive_uuid(seed, f"mimicbot action {bot.slug} {kind}")


def _add(
    connection: sqlite3.Connection, generator: Generator, number: int, created: int, present: int
) -> None:
    rng = generator.rng
    bot = rng.choices(BOTS, [bot.weight for bot in BOTS])[0]
    visitor = generator.visitor()
    kind = rng.choice(("contact_form", "contact_form", "contact_team"))
    if generator.chance(0.1):
        kind = rng.choice(("newsletter", "phone"))
    row: dict[str, Any] = {
        "action_id": None if kind == "contact_team" else _action(generator.seed, bot, kind),
        "kind": kind,
        "conversation_id": None if generator.chance(0.15) else generator.uuid(),
        "visitor_id": visitor.browser_id,
        "params": _params(generator, visitor, number),
    }
    result, metadata, error = _outcome(generator, kind)
    finish = created + rng.randint(1, 40) * _SECOND + rng.randrange(1_000) * 1_000
    final = {
        "result": result,
        "metadata": metadata and compact(metadata),
        "error": error,
        "completed_at": finish,
    }
    waits = (
        present == created or (present - created < _FRESH and generator.chance(0.5)) or generator.chance(0.02)
    )
    if waits:
        steps: list[Step] = [(max(finish, present + 5 * _SECOND), final)]
        if present != created and generator.chance(0.3):
            steps = []
        row |= {
            "result": "pending",
            "metadata": None,
            "error": None,
            "completed_at": None,
            **plan_columns(steps),
        }
    else:
        row |= {**final, **plan_columns(())}
    insert_row(connection, generator.uuid(), bot_id(generator.seed, bot.slug), row, created)


def insert_row(
    connection: sqlite3.Connection, identifier: str, bot: str, row: Mapping[str, Any], created: int
) -> None:
    """Write one execution whose `params` is an object."""
    written = {
        **row,
        "id": identifier,
        "bot_id": bot,
        "params": compact(row["params"]),
        "created_at": created - created % 1_000,
    }
    names = ", ".join(written)
    marks = ", ".join(f":{name}" for name in written)
    connection.execute(f"INSERT INTO mimicbot_executions ({names}) VALUES ({marks})", written)  # noqa: S608


def _params(generator: Generator, visitor: Visitor, number: int) -> dict[str, Any]:
    odd, hostile = odd_turn(number), hostile_turn(number)
    params: dict[str, Any] = {"name": visitor.name} if generator.chance(0.7) else {}
    if generator.chance(0.75):
        params["email"] = visitor.email
    if generator.chance(0.3):
        params["phone"] = visitor.phone
    params["message"] = generator.message(visitor.locale.code)
    if hostile is not None:
        params |= {"name": HOSTILE[hostile].name, "message": HOSTILE[hostile].message}
    return params if odd is None else {**params, **ODD_ANSWERS[odd]}


def _outcome(generator: Generator, kind: str) -> _Outcome:
    rng = generator.rng
    if kind == "contact_team":
        return "success", _delivery("captured", "server_capture", "server"), None
    waited = rng.randint(180, 4_900)
    shapes: tuple[tuple[int, _Outcome], ...] = (
        (40, ("success", _delivery("delivered", "same_page", "network", 200, waited), None)),
        (14, ("success", _delivery("delivered", "hidden_iframe", "iframe-load", None, waited), None)),
        (14, ("success", _delivery("optimistic", "same_page", "timeout", None, 5_000), None)),
        (10, ("success", _delivery("deeplink_opened", "deep_link", "navigation"), None)),
        (8, ("failure", _delivery("failed", "same_page", "network", 503, waited), "The form answered 503")),
        (5, ("failure", {"deliveryStatus": "failed"}, "No form was found on the page")),
        (5, ("cancelled", None, None)),
        (3, ("expired", None, "The visitor left before confirming")),
        (4, ("success", {"deliveryStatus": "queued_by_partner", "signalSource": "partner"}, None)),
    )
    return rng.choices([shape for _, shape in shapes], [weight for weight, _ in shapes])[0]


def _delivery(
    status: str, method: str, signal: str, network: int | None = None, waited: int | None = None
) -> dict[str, Any]:
    found: dict[str, Any] = {"deliveryStatus": status, "deliveryMethod": method, "signalSource": signal}
    if network is not None:
        found["networkStatus"] = network
    if waited is not None:
        found["submitToSignalMs"] = waited
    return found
