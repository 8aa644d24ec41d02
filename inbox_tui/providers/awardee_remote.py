"""The API of Awardee as the engine asks for it.

Facts: docs/contracts/awardee.md sections 1 to 5.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Final, TypeVar
from urllib.parse import quote

from pydantic import ValidationError

from cache.models import (
    OPEN_STATUSES,
    TRIAGE_FIELDS,
    Capability,
    Container,
    Event,
    JSONValue,
    Member,
    Message,
    TriageField,
)
from cache.sync.remote import (
    BadAnswer,
    Budget,
    FetchedSubmission,
    Identity,
    NotFound,
    Page,
    QuarantinedItem,
    Refused,
)
from inbox_tui.providers import capabilities
from inbox_tui.providers.awardee import PROVIDER, decode_clean
from inbox_tui.providers.awardee_events import read_events
from inbox_tui.providers.awardee_messages import read_messages
from inbox_tui.providers.awardee_wire import WireList, WireMe, WireMember, WirePage, WireRecord
from inbox_tui.providers.body import TextList
from inbox_tui.providers.failures import bad_answer
from inbox_tui.providers.http import AnswerTooBig, JsonClient
from inbox_tui.providers.items import BadItem, clean_item, is_within_bounds

__all__ = ["AwardeeRemote"]

_PAGE_SIZE: Final = 100
_POLL_FLOOR: Final = 30.0
_SMALLER_PAGES: Final = (10, 1)
"""What is asked instead of a page that is too large to be read."""
_WALK_PAGES: Final = 50
"""The most pages of one walk over members, containers or events."""
_MANAGE: Final = "submissions.manage"

_W = TypeVar("_W", bound=WireRecord)


class AwardeeRemote:
    """One Awardee organisation behind one key; implements `cache.sync.remote.Remote`.

    With `containers`, submissions of other pages are left out of every list. `page_size` is the number of
    submissions asked for at once, 1 to 100.
    """

    def __init__(
        self,
        source: str,
        client: JsonClient,
        *,
        containers: Collection[str] = (),
        page_size: int = _PAGE_SIZE,
    ) -> None:
        self._source = source
        self._client = client
        self._containers = frozenset(containers)
        self._page_size = page_size
        self._filters_work = True

    def __repr__(self) -> str:
        return f"AwardeeRemote({self._source!r})"

    @property
    def source(self) -> str:
        """The configured name of the source."""
        return self._source

    @property
    def provider(self) -> str:
        """`awardee`."""
        return PROVIDER

    @property
    def capabilities(self) -> Mapping[TriageField, Capability]:
        """Awardee stores all five fields."""
        return capabilities(PROVIDER)

    @property
    def budget(self) -> Budget:
        """The rate windows as the last answer told them; the whole organisation shares them."""
        return self._client.budget

    @property
    def page_size(self) -> int:
        """How many submissions a page holds at most."""
        return self._page_size

    @property
    def poll_floor(self) -> float:
        """The least number of seconds between two automatic polls of the head."""
        return _POLL_FLOOR

    async def identity(self) -> Identity:
        """Whose account the key opens; a token without the managing scope may write nothing."""
        answer = await self._get("/me")
        try:
            me = WireMe.model_validate(clean_item(answer))
        except (ValidationError, BadItem):
            raise self._unexpected("it does not say whose key this is") from None
        org_id = me.org.id if me.org else None
        name = (me.org.name if me.org else None) or me.org_name
        account = org_id or name
        if account is None:
            raise self._unexpected("it does not say whose key this is")
        allowed: dict[TriageField, Capability] | None = None
        scopes = me.auth.scopes if me.auth else None
        if scopes is not None:
            held = Capability.REMOTE if _MANAGE in scopes else Capability.NONE
            allowed = dict.fromkeys(TRIAGE_FIELDS, held)
        user = me.user if me.user and me.user.id else None
        return Identity(
            account_id=account,
            account_name=name or account,
            user_id=user.id if user else None,
            user_name=_full_name(user.first_name, user.last_name) if user else None,
            capabilities=allowed,
            actor_ids=frozenset(
                actor.id for actor in (me.user, me.api_key) if actor is not None and actor.id
            ),
        )

    async def page(self, *, cursor: str | None = None, open_only: bool = False) -> Page:
        """One page, newest first. Raises Refused for a cursor the server no longer takes.

        A server that refuses the filter is asked again without it, now and from then on.
        """
        filtered = open_only and self._filters_work
        try:
            listed = await self._list_submissions(cursor, filtered=filtered)
        except Refused as exc:
            if not (
                filtered and cursor is None and exc.status == 400 and exc.code in {"invalid_query", None}
            ):
                raise
            listed = await self._list_submissions(None, filtered=False)
            self._filters_work = False
        next_cursor = self._next_cursor(listed, {cursor})
        items: list[FetchedSubmission] = []
        quarantined: list[QuarantinedItem] = []
        for position, (item, text) in enumerate(zip(listed.data, _texts(listed.data), strict=True)):
            try:
                fetched = self._fetched(item, text)
            except BadItem as exc:
                quarantined.append(QuarantinedItem(position, exc.reason, exc.id))
                continue
            if not self._containers or fetched.submission.container_id in self._containers:
                items.append(fetched)
        return Page(tuple(items), tuple(quarantined), next_cursor)

    async def get(self, submission_id: str) -> FetchedSubmission:
        """One submission. Raises NotFound."""
        return self._same(submission_id, await self._get(_submission_path(submission_id)))

    async def patch(self, submission_id: str, changes: Mapping[str, JSONValue]) -> FetchedSubmission:
        """Changes exactly the named fields and gives the submission as the server now holds it."""
        try:
            answer = await self._client.patch(_submission_path(submission_id), changes)
        except AnswerTooBig as exc:
            raise exc.error from exc
        return self._same(submission_id, answer)

    async def events(self, submission_id: str) -> tuple[Event, ...]:
        """The timeline, oldest first."""
        return read_events(await self._walk(f"{_submission_path(submission_id)}/events"))

    @property
    def converses(self) -> bool:
        """The conversation a submission came from can be read."""
        return True

    async def messages(self, conversation_id: str) -> tuple[Message, ...]:
        """What was said in a conversation, oldest first (docs/contracts/awardee.md section 3)."""
        return read_messages(await self._walk(f"/conversations/{_segment(conversation_id)}/messages"))

    async def members(self) -> tuple[Member, ...]:
        """The active members; one without a name is shown by the start of the user id."""
        members = self._models(WireMember, await self._walk("/team/members"))
        return tuple(
            Member(
                source=self._source,
                user_id=member.user_id,
                name=_full_name(member.first_name, member.last_name) or member.user_id[:8],
                role=member.role,
            )
            for member in members
        )

    async def containers(self) -> tuple[Container, ...]:
        """The pages of the organisation."""
        pages = self._models(WirePage, await self._walk("/pages", {"limit": str(_PAGE_SIZE)}))
        return tuple(
            Container(self._source, page.id, page.title or page.slug or page.id[:8]) for page in pages
        )

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def _list_submissions(self, cursor: str | None, *, filtered: bool) -> WireList:
        """A page of submissions; one too large to be read is asked for again with fewer of them."""
        params = {"status": ",".join(OPEN_STATUSES)} if filtered else {}
        if cursor is not None:
            params["cursor"] = cursor
        for limit in (self._page_size, *(size for size in _SMALLER_PAGES if size < self._page_size)):
            try:
                return self._listed(await self._client.get("/submissions", {**params, "limit": str(limit)}))
            except AnswerTooBig as exc:
                too_big = exc
        raise too_big.error from too_big

    async def _walk(self, path: str, params: Mapping[str, str] | None = None) -> list[JSONValue]:
        """All items of a list, page after page."""
        items: list[JSONValue] = []
        asked: set[str | None] = set()
        cursor: str | None = None
        for _ in range(_WALK_PAGES):
            asked.add(cursor)
            query = {**(params or {}), **({"cursor": cursor} if cursor is not None else {})}
            listed = self._listed(await self._get(path, query))
            items.extend(listed.data)
            cursor = self._next_cursor(listed, asked)
            if cursor is None:
                return items
        raise self._unexpected(f"its list does not end after {_WALK_PAGES} pages")

    async def _get(self, path: str, params: Mapping[str, str] | None = None) -> JSONValue:
        try:
            return await self._client.get(path, params)
        except AnswerTooBig as exc:
            raise exc.error from exc

    def _listed(self, answer: JSONValue) -> WireList:
        try:
            listed = WireList.model_validate(answer)
        except ValidationError:
            # The library's error quotes what the visitors wrote, so it does not travel on.
            raise self._unexpected("it is not a list") from None
        # The model holds a plain copy of the list.
        return listed.model_copy(update={"data": answer["data"]})

    def _next_cursor(self, listed: WireList, asked: Collection[str | None]) -> str | None:
        if listed.has_more is False:
            return None
        cursor = listed.next_cursor or None
        if cursor is None and listed.has_more:
            raise self._unexpected("it says that more follows, but not where")
        if cursor is not None and cursor in asked:
            raise self._unexpected("its list leads back to a page that was read")
        return cursor

    def _fetched(self, item: JSONValue, text: str | None = None) -> FetchedSubmission:
        """Decodes an item; `text` is how `_dumped` would write it, where that is known."""
        if text is not None and is_within_bounds(text):
            return FetchedSubmission(decode_clean(item, self._source), text)
        cleaned = clean_item(item)
        return FetchedSubmission(decode_clean(cleaned, self._source), _dumped(cleaned))

    def _same(self, submission_id: str, answer: JSONValue) -> FetchedSubmission:
        try:
            fetched = self._fetched(answer)
        except BadItem as exc:
            raise self._unexpected(f"the submission has something wrong ({exc.reason})") from exc
        if fetched.submission.id != submission_id:
            raise self._unexpected("it is about another submission")
        return fetched

    def _models(self, model: type[_W], items: list[JSONValue]) -> list[_W]:
        """The items that can be understood; the others are left out."""
        found = []
        for item in items:
            try:
                found.append(model.model_validate(clean_item(item)))
            except (ValidationError, BadItem):
                continue
        return found

    def _unexpected(self, fault: str) -> BadAnswer:
        return bad_answer(fault, host=self._client.host, status=200)


def _dumped(item: Mapping[str, JSONValue]) -> str:
    return json.dumps(item, ensure_ascii=False, separators=(",", ":"))


def _texts(items: list[JSONValue]) -> Sequence[str | None]:
    """The items' own texts where the server writes JSON as `_dumped` does, which one of them shows."""
    first = items[0] if items else None
    if isinstance(items, TextList) and isinstance(first, dict) and items.texts[0] == _dumped(first):
        return items.texts
    return [None] * len(items)


def _submission_path(submission_id: str) -> str:
    return f"/submissions/{_segment(submission_id)}"


def _segment(identifier: str) -> str:
    """An id as one segment of a path."""
    if identifier in {"", ".", ".."}:
        raise NotFound("That is not an id.")
    return quote(identifier, safe="")


def _full_name(first: str | None, last: str | None) -> str | None:
    return " ".join(part.strip() for part in (first, last) if part and part.strip()) or None
