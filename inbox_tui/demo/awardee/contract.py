"""The Awardee contract as one part of the reference server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Route

from inbox_tui.demo.awardee.conversations import Conversations
from inbox_tui.demo.awardee.desk import Answer, Call, Desk
from inbox_tui.demo.awardee.directory import Directory
from inbox_tui.demo.awardee.errors import ApiError
from inbox_tui.demo.awardee.ledger import arrive
from inbox_tui.demo.awardee.quirks import Quirks
from inbox_tui.demo.awardee.schema import SCHEMA
from inbox_tui.demo.awardee.seeding import insert_submissions
from inbox_tui.demo.awardee.submissions import Submissions
from inbox_tui.demo.awardee.team import ORGANISATIONS, credentials, make_team, user_id
from inbox_tui.demo.awardee.wire import Wire
from inbox_tui.demo.generate import from_micros
from inbox_tui.demo.live import arrivals

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from inbox_tui.demo.contract import Context, Refusal
    from inbox_tui.demo.generate import Generator

__all__ = ["Awardee"]

_SECOND_SHARE = 5
_SECOND_LEAST = 3
_SECOND_MOST = 500


class Awardee:
    """Serves `/v1` for two organisations."""

    def __init__(self, quirks: Quirks | None = None) -> None:
        self.wire = Wire(quirks or Quirks())

    @property
    def quirks(self) -> Quirks:
        """The dialect; may be replaced while the server runs."""
        return self.wire.quirks

    @quirks.setter
    def quirks(self, quirks: Quirks) -> None:
        self.wire.quirks = quirks

    @property
    def name(self) -> str:
        """The provider's name."""
        return "awardee"

    @property
    def prefix(self) -> str:
        """The path of the one published version."""
        return "/v1"

    @property
    def schema(self) -> tuple[str, ...]:
        """The statements that make its tables."""
        return SCHEMA

    def keys(self, seed: int) -> Mapping[str, str]:
        """Return every credential by name."""
        return credentials(seed)

    def me(self, seed: int) -> str:
        """Return the user id of the first member of the first organisation."""
        return user_id(seed, ORGANISATIONS[0].slug, 0)

    def seed(self, connection: sqlite3.Connection, generator: Generator, submissions: int) -> None:
        """Fill both organisations; the second gets a fifth as many submissions, at most 500."""
        for place in range(len(ORGANISATIONS)):
            team = make_team(connection, generator, place)
            smaller = min(submissions, submissions // _SECOND_SHARE + _SECOND_LEAST, _SECOND_MOST)
            count = submissions if place == 0 else smaller
            insert_submissions(connection, generator, team, count)

    def tick(self, connection: sqlite3.Connection, seed: int, now: datetime) -> None:
        """Let submissions arrive at the first organisation; nothing else moves by itself here."""
        for arrival in arrivals(connection, self.name, seed, now):
            at = from_micros(arrival.at)
            arrive(connection, seed, ORGANISATIONS[0].slug, at, {}, arrival.generator)

    def routes(self, context: Context) -> list[BaseRoute]:
        """Return the routes of version 1."""
        desk = Desk(context)
        submissions = Submissions(context, self.wire)
        directory = Directory(context, self.wire)
        conversations = Conversations(context, self.wire)
        table = (
            ("GET", "/me", directory.me, None),
            ("GET", "/submissions", submissions.list_page, "submissions.view"),
            ("GET", "/submissions/{id}", submissions.read, "submissions.view"),
            ("PATCH", "/submissions/{id}", submissions.change, "submissions.manage"),
            ("GET", "/submissions/{id}/events", submissions.events, "submissions.view"),
            ("GET", "/team/members", directory.members, "team.view"),
            ("GET", "/team/members/{id}", directory.member, "team.view"),
            ("GET", "/pages", directory.pages, "pages.view"),
            ("GET", "/pages/{id}", directory.page, "pages.view"),
            ("GET", "/conversations/{id}", conversations.read, "conversations.view"),
            ("GET", "/conversations/{id}/messages", conversations.messages, "conversations.view"),
            ("POST", "/conversations/{id}/messages", conversations.reply, "conversations.manage"),
        )
        return [
            Route(self.prefix + path, desk.endpoint(handler, scope), methods=[method])
            for method, path, handler, scope in table
        ]

    def refuse(self, context: Context, request: Request, refusal: Refusal) -> Response:
        """Answer with an error in the envelope, after the usual checks of credential and rate."""

        def handler(call: Call) -> Answer:
            raise ApiError(refusal.status, refusal.code, refusal.message, refusal.details, refusal.headers)

        return Desk(context).answer(request, b"", handler, None)
