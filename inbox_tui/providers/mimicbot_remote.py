"""The API of Mimicbot as the engine asks for it: windows of many bots as one list that is one page.

Facts: docs/contracts/mimicbot.md sections 1 to 6.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NoReturn
from urllib.parse import quote

from cache.models import Capability, Container, Event, JSONValue, Member, TriageField
from cache.sync.remote import (
    AuthPaused,
    BadAnswer,
    Budget,
    FetchedSubmission,
    Forbidden,
    Identity,
    Misconfigured,
    NeverLeft,
    NotFound,
    Page,
    QuarantinedItem,
    RateLimited,
    Refused,
    RemoteError,
)
from inbox_tui.providers import capabilities
from inbox_tui.providers.failures import bad_answer
from inbox_tui.providers.http import AnswerTooBig, JsonClient
from inbox_tui.providers.items import BadItem, clean_item, parse_time
from inbox_tui.providers.merged import Merger, Part
from inbox_tui.providers.mimicbot import PROVIDER, decode_clean
from inbox_tui.providers.wrapped import identifier, text, wrap

__all__ = ["WINDOW", "MimicbotRemote"]

WINDOW: Final = 200
"""How many of its newest submissions a bot shows (docs/contracts/mimicbot.md section 3.2)."""

_POLL_SECONDS: Final = 60.0
_A_MINUTE: Final = 8.0
"""Polls ask no more often than this in all; the service gives no number (section 6)."""
_FIRST_WAIT: Final = 30.0
_LONGEST_WAIT: Final = 900.0
_RESUME_SECONDS: Final = 7_200.0
"""How old the first window of a list may be that was interrupted and is read on."""
_RESUME_SECONDS_A_BOT: Final = 12.0
"""With very many bots it may be older: where a request is allowed every six seconds, each takes some."""
_ACTIONS_SECONDS: Final = 3_600.0
_MOST_FIELDS: Final = 200
_EVERYBODYS: Final = (AuthPaused, Misconfigured, NeverLeft, RateLimited)
"""Failures that no other request would be spared."""


@dataclass(frozen=True, slots=True)
class _Window:
    """What a bot showed the last time; `oldest` is None when that was nothing."""

    ids: frozenset[str] = frozenset()
    oldest: datetime | None = None
    is_full: bool = False


class MimicbotRemote:
    """The bots of one agency behind one token; implements `cache.sync.remote.Remote`.

    With `containers` only these bots are followed. Every bot shows its 200 newest rows and no others, so
    `page` gives all windows as one page without a next one. `clock` gives seconds since the epoch.
    """

    reads_one: Final = True
    """A single submission is found by reading the window of its bot again."""

    def __init__(
        self,
        source: str,
        client: JsonClient,
        *,
        clock: Callable[[], float],
        containers: Collection[str] = (),
    ) -> None:
        self._source = source
        self._client = client
        self._clock = clock
        self._merger = Merger(
            self._list_bots,
            self._gather,
            clock=clock,
            page_size=10 * WINDOW,
            only=containers,
            noun="bot",
        )
        self._began = clock()
        self._gathered: dict[str, Page] = {}
        self._windows: dict[str, _Window] = {}
        self._actions: dict[str, tuple[float, Mapping[str, dict[str, JSONValue]]]] = {}
        self._unsaid_waits = 0

    def __repr__(self) -> str:
        return f"MimicbotRemote({self._source!r})"

    @property
    def source(self) -> str:
        """The configured name of the source."""
        return self._source

    @property
    def provider(self) -> str:
        """`mimicbot`."""
        return PROVIDER

    @property
    def capabilities(self) -> Mapping[TriageField, Capability]:
        """Mimicbot has no triage: all five fields are kept locally."""
        return capabilities(PROVIDER)

    @property
    def budget(self) -> Budget:
        """Nothing: Mimicbot does not tell what is left."""
        return self._client.budget

    @property
    def page_size(self) -> int:
        """How many submissions a bot shows."""
        return WINDOW

    @property
    def window(self) -> int:
        """How many rows a bot lists at most; from as many on a list may have lost its oldest."""
        return WINDOW

    @property
    def full_windows(self) -> Mapping[str, datetime]:
        """Of each bot that showed all it can, when its oldest row came; what is older has aged out."""
        return {
            name: window.oldest
            for name, window in self._windows.items()
            if window.is_full and window.oldest is not None
        }

    @property
    def poll_floor(self) -> float:
        """The least number of seconds between two automatic polls; more when there are many bots."""
        return self._merger.poll_floor(_POLL_SECONDS, _A_MINUTE)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know: the bots that cannot be read."""
        return self._merger.notes

    async def identity(self) -> Identity:
        """Whether the token is good, and which bots it shows; Mimicbot does not tell whose it is."""
        seen = await self._merger.seen()
        return Identity(account_id=PROVIDER, account_name="Mimicbot", containers=seen)

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
        if len(page.items) + len(page.quarantined) < WINDOW and not page.quarantined:
            raise NotFound("Its bot has no such submission.", status=404)
        raise Refused("Its bot has newer submissions and shows this one no more.", status=404)

    async def patch(self, submission_id: str, changes: Mapping[str, JSONValue]) -> NoReturn:
        """Raises Refused: Mimicbot takes no changes."""
        raise Refused("Mimicbot takes no changes; triage is kept on this computer.", status=405)

    async def events(self, submission_id: str) -> tuple[Event, ...]:
        """Nothing: Mimicbot has no timelines."""
        return ()

    async def members(self) -> tuple[Member, ...]:
        """Nobody: Mimicbot has no members."""
        return ()

    async def containers(self) -> tuple[Container, ...]:
        """The bots that are followed."""
        return tuple(Container(self._source, part.id, part.name) for part in await self._merger.parts())

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def _list_bots(self) -> list[Part]:
        try:
            answer = await self._get("/api/bots")
        except Forbidden as exc:
            if exc.code != "NO_AGENCY":
                raise
            raise Forbidden(
                f"The token of source {self._source} belongs to a profile without an agency (NO_AGENCY);"
                " it has to join one in Mimicbot.",
                status=exc.status,
                code=exc.code,
            ) from exc
        found = []
        for item in self._listed(answer, "bots"):
            try:
                bot = clean_item(item)
                name = text(bot, "name", "publicId") or identifier(bot)[:8]
                found.append(Part(identifier(bot), name, created=parse_time(bot.get("createdAt"))))
            except BadItem:
                continue
        return found

    async def _gather(self, part: Part, cursor: str | None) -> Page:
        """The window of one bot, for the page that is being put together."""
        if part.id not in self._gathered:
            self._gathered[part.id] = await self._read_bot(part)
        return self._gathered[part.id]

    async def _read_bot(self, part: Part) -> Page:
        """The window of one bot."""
        path = f"/api/bots/{quote(part.id, safe='')}"
        rows = self._listed(await self._get(f"{path}/submissions"), "submissions")
        actions = await self._known_actions(part, path) if rows else {}
        items: list[FetchedSubmission] = []
        quarantined: list[QuarantinedItem] = []
        for position, row in enumerate(rows):
            try:
                item = clean_item(row)
                told = {"id": part.id, "name": part.name, **actions.get(text(item, "actionId") or "", {})}
                items.append(FetchedSubmission(decode_clean(item, told, self._source), wrap(item, told)))
            except BadItem as exc:
                quarantined.append(QuarantinedItem(position, exc.reason, exc.id))
        self._remember(part, items, is_full=len(rows) >= WINDOW)
        return Page(tuple(items), tuple(quarantined))

    def _remember(self, part: Part, items: list[FetchedSubmission], *, is_full: bool) -> None:
        """Keeps what a bot showed."""
        window = _Window()
        if items:
            ids = frozenset(item.submission.id for item in items)
            window = _Window(ids, min(item.submission.created_at for item in items), is_full)
        self._windows[part.id] = window

    async def _known_actions(self, part: Part, path: str) -> Mapping[str, dict[str, JSONValue]]:
        """What the actions of a bot and their answers are called; rows are read without that too."""
        now = self._clock()
        at, known = self._actions.get(part.id, (float("-inf"), {}))
        if 0 <= now - at < _ACTIONS_SECONDS:
            return known
        try:
            listed = self._listed(await self._get(f"{path}/actions"), "actions")
        except _EVERYBODYS:
            raise
        except RemoteError:
            listed = []
        known = dict(filter(None, (_action(item) for item in listed))) or known
        self._actions[part.id] = (now, known)
        return known

    async def _get(self, path: str) -> JSONValue:
        """GETs `path`. A 429 that names no wait gets one of 30 seconds to 15 minutes (section 6)."""
        try:
            answer = await self._client.get(path)
        except AnswerTooBig as exc:
            raise exc.error from exc
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
        if isinstance(answer, dict):
            answer = next((answer[key] for key in ("items", name) if key in answer), None)
        if not isinstance(answer, list):
            raise self._unexpected("it is not a list")
        return answer

    def _unexpected(self, fault: str) -> BadAnswer:
        return bad_answer(fault, host=self._client.host, status=200)


def _action(item: JSONValue) -> tuple[str, dict[str, JSONValue]] | None:
    """The id of an action with its label and the titles of its answers, in their order (section 4)."""
    try:
        action = clean_item(item)
        name = identifier(action)
    except BadItem:
        return None
    told: dict[str, JSONValue] = {}
    if (label := text(action, "label")) is not None:
        told["action"] = label
    schema = action.get("paramsSchema")
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if isinstance(properties, dict):
        told["fields"] = [
            _field(key, described) for key, described in list(properties.items())[:_MOST_FIELDS]
        ]
    return name, told


def _field(name: str, described: JSONValue) -> dict[str, JSONValue]:
    field: dict[str, JSONValue] = {"name": name}
    if isinstance(described, dict):
        if (title := text(described, "title")) is not None:
            field["label"] = title
        if (kind := text(described, "format", "type")) is not None:
            field["type"] = kind
    return field
