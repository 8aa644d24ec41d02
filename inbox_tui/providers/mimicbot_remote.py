"""The API of Mimicbot as the engine asks for it: windows of many bots as one list that is one page.

Facts: docs/contracts/mimicbot.md sections 1 to 6.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from cache.sync.remote import (
    FetchedSubmission,
    Forbidden,
    NotFound,
    Page,
    QuarantinedItem,
    RateLimited,
    Refused,
)
from inbox_tui.providers.items import clean_item, parse_time, understood
from inbox_tui.providers.merged import Merger, Part
from inbox_tui.providers.mimicbot import PROVIDER, decode_clean
from inbox_tui.providers.remembered import Remembered
from inbox_tui.providers.remotes import MergedRemote, read_page
from inbox_tui.providers.wrapped import identifier, rows_of, text, wrap

if TYPE_CHECKING:
    from cache.models import JSONValue
    from inbox_tui.providers.http import JsonClient

__all__ = ["WINDOW", "MimicbotRemote"]

WINDOW: Final = 200
"""How many of its newest submissions a bot shows (docs/contracts/mimicbot.md section 3.2)."""

_FIRST_WAIT: Final = 30.0
_LONGEST_WAIT: Final = 900.0
_RESUME_SECONDS: Final = 7_200.0
"""How old the first window of a list may be that was interrupted and is read on."""
_RESUME_SECONDS_A_BOT: Final = 12.0
"""With very many bots it may be older: where a request is allowed every six seconds, each takes some."""
_MOST_FIELDS: Final = 200


@dataclass(frozen=True, slots=True)
class _Window:
    """What a bot showed the last time."""

    ids: frozenset[str]
    full_from: datetime | None
    """When the oldest row came where it showed as many as it can, else None."""


class MimicbotRemote(MergedRemote):
    """The bots of one agency behind one token; implements `cache.sync.remote.Remote`.

    With `containers` only these bots are followed. Every bot shows its 200 newest rows and no others, so
    `page` gives all windows as one page without a next one. `clock` gives seconds since the epoch.
    """

    provider = PROVIDER
    page_size: Final = WINDOW
    """How many submissions a bot shows."""
    window: Final = WINDOW
    """How many rows a bot lists at most; from as many on a list may have lost its oldest."""
    poll_seconds = 60.0
    polls_a_minute = 8.0
    """The service gives no number (section 6)."""

    def __init__(
        self,
        source: str,
        client: JsonClient,
        *,
        clock: Callable[[], float],
        containers: Collection[str] = (),
    ) -> None:
        merger = Merger(
            self._list_bots,
            self._gather,
            clock=clock,
            page_size=10 * WINDOW,
            only=containers,
            noun="bot",
        )
        super().__init__(source, client, merger)
        self._clock = clock
        self._began = clock()
        self._gathered: dict[str, Page] = {}
        self._windows: dict[str, _Window] = {}
        self._actions: Remembered[Mapping[str, dict[str, JSONValue]]] = Remembered(
            self._read_actions, {}, clock=clock
        )
        self._unsaid_waits = 0

    @property
    def full_windows(self) -> Mapping[str, datetime]:
        """Of each bot that showed all it can, when its oldest row came; what is older has aged out."""
        return {
            name: window.full_from for name, window in self._windows.items() if window.full_from is not None
        }

    async def page(self, *, cursor: str | None = None, open_only: bool = False) -> Page:
        """All windows, newest first. Of the open ones alone nothing: the windows hold all that changes.

        A reading that was interrupted, by a rate limit for one, goes on with the bots not read yet.
        """
        if cursor is not None:
            raise Refused("Mimicbot has no further pages.", status=400)
        if open_only:
            return Page(())
        now = self._clock()
        lasts = max(_RESUME_SECONDS, _RESUME_SECONDS_A_BOT * self._merger.polled)
        if not self._gathered or not 0 <= now - self._began < lasts:
            self._began, self._gathered = now, {}
        found: dict[str, FetchedSubmission] = {}
        told: list[QuarantinedItem] = []
        place: str | None = None
        while True:
            page = await self._merger.page(place)
            for item in page.items:
                found.setdefault(item.submission.id, item)
            told.extend(page.quarantined)
            place = page.next_cursor
            if place is None:
                break
        self._gathered = {}
        items = sorted(
            found.values(),
            key=lambda item: (item.submission.created_at, item.submission.id),
            reverse=True,
        )
        return Page(tuple(items), tuple(told))

    async def get(self, submission_id: str) -> FetchedSubmission:
        """One submission out of the window of its bot, which is read again.

        Raises NotFound when the bot shows its whole history without it, and Refused when it may just be
        too old to be shown.
        """
        bot = next((bot for bot, window in self._windows.items() if submission_id in window.ids), None)
        part = next((part for part in await self._merger.parts() if part.id == bot), None)
        if part is None:
            raise Refused("This submission is not among the newest that its bot shows.", status=404)
        page = await self._read_bot(part)
        for item in page.items:
            if item.submission.id == submission_id:
                return item
        if len(page.items) < WINDOW and not page.quarantined:
            raise NotFound("Its bot has no such submission.", status=404)
        raise Refused("Its bot has newer submissions and shows this one no more.", status=404)

    async def _list_bots(self) -> list[Part]:
        try:
            answer = await self._get("/api/bots")
        except Forbidden as exc:
            if exc.code != "NO_AGENCY":
                raise
            raise Forbidden(
                f"The token of source {self.source} belongs to a profile without an agency (NO_AGENCY);"
                " it has to join one in Mimicbot.",
                status=exc.status,
                code=exc.code,
            ) from exc
        return understood(self._listed(answer, "bots"), _part)

    async def _gather(self, part: Part, cursor: str | None) -> Page:
        """The window of one bot, for the page that is being put together."""
        if part.id not in self._gathered:
            self._gathered[part.id] = await self._read_bot(part)
        return self._gathered[part.id]

    async def _read_bot(self, part: Part) -> Page:
        """The window of one bot."""
        path = f"/api/bots/{quote(part.id, safe='')}"
        rows = self._listed(await self._get(f"{path}/submissions"), "submissions")
        actions = await self._actions.of(part.id) if rows else {}

        def read(row: JSONValue) -> FetchedSubmission:
            item = clean_item(row)
            told = {"id": part.id, "name": part.name, **actions.get(text(item, "actionId") or "", {})}
            return FetchedSubmission(decode_clean(item, told, self.source), wrap(item, told))

        page = read_page(rows, read)
        ids = frozenset(item.submission.id for item in page.items)
        oldest = min((item.submission.created_at for item in page.items), default=None)
        self._windows[part.id] = _Window(ids, oldest if len(rows) >= WINDOW else None)
        return page

    async def _read_actions(self, bot: str) -> Mapping[str, dict[str, JSONValue]]:
        """What the actions of a bot and their answers are called."""
        answer = await self._get(f"/api/bots/{quote(bot, safe='')}/actions")
        return dict(understood(self._listed(answer, "actions"), _action))

    async def _get(self, path: str) -> JSONValue:
        """GETs `path`. A 429 that names no wait gets one of 30 seconds to 15 minutes (section 6)."""
        try:
            answer = await self._client.get(path)
        except RateLimited as exc:
            if exc.retry_after is not None:
                raise
            wait = min(_FIRST_WAIT * 2.0**self._unsaid_waits, _LONGEST_WAIT)
            self._unsaid_waits = min(self._unsaid_waits + 1, 10)
            raise RateLimited(exc.message, retry_after=wait, code=exc.code) from exc
        self._unsaid_waits = 0
        return answer

    def _listed(self, answer: JSONValue, name: str) -> list[JSONValue]:
        """The rows of a list in any of its envelopes (section 4)."""
        rows = rows_of(answer, "items", name)
        if rows is None:
            raise self._client.unexpected("it is not a list")
        return rows


def _part(bot: Mapping[str, JSONValue]) -> Part:
    name = text(bot, "name", "publicId") or identifier(bot)[:8]
    return Part(identifier(bot), name, created=parse_time(bot.get("createdAt")))


def _action(action: Mapping[str, JSONValue]) -> tuple[str, dict[str, JSONValue]]:
    """The id of an action with its label and the titles of its answers, in their order (section 4)."""
    told: dict[str, JSONValue] = {}
    if (label := text(action, "label")) is not None:
        told["action"] = label
    schema = action.get("paramsSchema")
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if isinstance(properties, dict):
        told["fields"] = [
            _field(key, described) for key, described in list(properties.items())[:_MOST_FIELDS]
        ]
    return identifier(action), told


def _field(name: str, described: JSONValue) -> dict[str, JSONValue]:
    field: dict[str, JSONValue] = {"name": name}
    if isinstance(described, dict):
        if (title := text(described, "title")) is not None:
            field["label"] = title
        if (kind := text(described, "format", "type")) is not None:
            field["type"] = kind
    return field
