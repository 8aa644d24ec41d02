"""The two invented organisations: members, credentials and pages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inbox_tui.demo.forms import FORMS
from inbox_tui.demo.generate import Generator, seeded, to_micros
from inbox_tui.demo.keys import derive, derive_uuid

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

__all__ = [
    "ORGANISATIONS",
    "Organisation",
    "Team",
    "block_ids",
    "credentials",
    "key_id",
    "make_team",
    "page_id",
    "user_id",
]

_DAY = 86_400_000_000
_SCOPES = ("submissions.view", "pages.view", "team.view", "conversations.view")
_KINDS = ("", "oauth", "read_only", "revoked", "expired", "paused")
_OAUTH = ("oauth", "read_only")
_MANAGE = ("submissions.manage", "conversations.manage")


@dataclass(frozen=True)
class _Person:
    first_name: str | None
    last_name: str | None
    role: str
    active: bool = True


@dataclass(frozen=True)
class Organisation:
    """One customer of Awardee."""

    slug: str
    name: str
    people: tuple[_Person, ...]
    """The first is the one behind `me`."""


ORGANISATIONS: tuple[Organisation, ...] = (
    Organisation(
        "acme",
        "Acme",
        (
            _Person("Mira", "Castellanos", "manager"),
            _Person("Tom", "Okonkwo", "agent"),
            _Person("Jürgen", "Weiß", "agent"),
            _Person("彩花", "中村", "agent"),
            _Person("Alexandra-Konstantina", "Papadimitropoulou-Featherstonehaugh", "member"),
            _Person("Sam", None, "admin"),
            _Person(None, None, "owner"),
            _Person("Ravi", "Menon", "agent", active=False),
        ),
    ),
    Organisation(
        "globex",
        "Globex Studio",
        (_Person("Lena", "Hartmann", "owner"), _Person("Mateus", "Prado", "agent")),
    ),
)


def user_id(seed: int, slug: str, place: int) -> str:
    """Return the user id of the member at `place` of an organisation."""
    return derive_uuid(seed, f"awardee {slug} user {place}")


def page_id(seed: int, slug: str, form: int) -> str:
    """Return the id of the page that shows a form."""
    return derive_uuid(seed, f"awardee {slug} page {FORMS[form].slug}")


def block_ids(seed: int, slug: str, form: int) -> list[str]:
    """Return the ids of a form's blocks, in their order on the page."""
    rng = seeded("awardee blocks", seed, slug, FORMS[form].slug)
    letters = "abcdefghjkmnpqrstvwxyz0123456789"
    return [
        "blk_" + "".join(rng.choices(letters, k=5)) + letters[place]
        for place in range(len(FORMS[form].blocks))
    ]


def key_id(seed: int, place: int, kind: str = "") -> str:
    """Return the id (not the secret) of one of an organisation's credentials."""
    return derive_uuid(seed, f"awardee {ORGANISATIONS[place].slug} key {kind}")


def _token(seed: int, place: int, kind: str) -> str:
    prefix = "awo_live_" if kind in _OAUTH else "aw_live_"
    return derive(seed, f"awardee {ORGANISATIONS[place].slug} {kind}", prefix)


def credentials(seed: int) -> Mapping[str, str]:
    """Return every credential by name: `awardee`, `awardee.oauth`, ..., `awardee.second`, ..."""
    found = {}
    for place, base in enumerate(("awardee", "awardee.second")):
        for kind in _KINDS:
            found[f"{base}.{kind}" if kind else base] = _token(seed, place, kind)
    return found


@dataclass(frozen=True)
class Team:
    """What submissions of one organisation refer to."""

    seed: int
    org_id: str
    slug: str
    users: tuple[str, ...]
    """User ids, former members included."""
    key_id: str
    """Id of the API key that other software uses."""


def make_team(connection: sqlite3.Connection, generator: Generator, place: int) -> Team:
    """Write one organisation with its members, credentials and pages."""
    seed = generator.seed
    organisation = ORGANISATIONS[place]
    slug = organisation.slug
    org_id = derive_uuid(seed, f"awardee org {slug}")
    now = to_micros(generator.now)
    connection.execute("INSERT INTO awardee_orgs VALUES (?, ?, ?)", (org_id, organisation.name, slug))
    for index, person in enumerate(organisation.people):
        joined = now - (700 - 60 * index) * _DAY
        connection.execute(
            """INSERT INTO awardee_members (id, org_id, user_id, first_name, last_name, avatar_url, role_id,
            role, joined_at, updated_at, active) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                derive_uuid(seed, f"awardee {slug} membership {index}"),
                org_id,
                user_id(seed, slug, index),
                person.first_name,
                person.last_name,
                None if index % 2 else f"https://files.acme.example/avatars/{index}.png",
                derive_uuid(seed, f"awardee {slug} role {person.role}"),
                person.role,
                joined,
                joined + 3 * _DAY,
                person.active,
            ),
        )
    _make_keys(connection, generator, place, org_id)
    _make_pages(connection, generator, slug, org_id)
    users = tuple(user_id(seed, slug, index) for index in range(len(organisation.people)))
    return Team(seed, org_id, slug, users, key_id(seed, place))


def _make_keys(connection: sqlite3.Connection, generator: Generator, place: int, org_id: str) -> None:
    slug = ORGANISATIONS[place].slug
    for kind in _KINDS:
        oauth = kind in _OAUTH
        scopes = _SCOPES if kind == "read_only" else _SCOPES + _MANAGE
        connection.execute(
            "INSERT INTO awardee_keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                _token(generator.seed, place, kind),
                org_id,
                key_id(generator.seed, place, kind),
                kind or "inbox",
                "oauth_token" if oauth else "api_key",
                kind if kind in ("revoked", "paused") else "active",
                to_micros(generator.now) - 30 * _DAY if kind == "expired" else None,
                user_id(generator.seed, slug, 0) if oauth else None,
                json.dumps(scopes) if oauth else None,
            ),
        )


def _make_pages(connection: sqlite3.Connection, generator: Generator, slug: str, org_id: str) -> None:
    for index, form in enumerate(FORMS):
        if form.deleted:
            continue
        blocks = [
            {
                "id": block_id,
                "type": f"form_{block.kind}",
                "label": block.label,
                "required": not block.optional,
                "options": list(block.options),
                "order": order,
            }
            for order, (block_id, block) in enumerate(
                zip(block_ids(generator.seed, slug, index), form.blocks, strict=True)
            )
        ]
        made = to_micros(generator.now) - (400 + 10 * index) * _DAY
        connection.execute(
            """INSERT INTO awardee_pages (id, org_id, title, slug, public_slug, status, blocks, created_at,
            updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                page_id(generator.seed, slug, index),
                org_id,
                form.title,
                form.slug,
                f"{slug}-{form.slug}",
                form.status,
                json.dumps(blocks, ensure_ascii=False),
                made,
                made + 5 * _DAY,
            ),
        )
