"""The API of Awardee as the engine asks for it.

Facts: docs/contracts/awardee.md sections 1 to 5.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from cache.models import (
    OPEN_STATUSES,
    TRIAGE_FIELDS,
    Capability,
    Container,
    Event,
    Member,
    Message,
    TriageField,
)
from cache.sync.remote import (
    FetchedSubmission,
    Identity,
    NotFound,
    Page,
    Refused,
    TextPage,
)
from inbox_tui.providers.awardee import PROVIDER, decode_clean
from inbox_tui.providers.awardee_events import read_events
from inbox_tui.providers.awardee_messages import read_messages
from inbox_tui.providers.awardee_wire import WireList, WireMe, WireMember, WirePage
from inbox_tui.providers.body import TextList, read_json
from inbox_tui.providers.cutting import CutList, cut_json
from inbox_tui.providers.items import BadItem, clean_item, is_within_bounds, understood
from inbox_tui.providers.keeping import dumped, is_dumped, kept_text, respelled_text
from inbox_tui.providers.remotes import SourceRemote, ask_for_less, read_page
from inbox_tui.providers.shapes import shaped

if TYPE_CHECKING:
    from cache.models import JSONValue
    from inbox_tui.providers.http import JsonClient

__all__ = ["AwardeeRemote"]

_PAGE_SIZE: Final = 100
_SMALLER_PAGES: Final = (10, 1)
"""What is asked instead of a page that is too large to be read."""
_WALK_PAGES: Final = 50
"""The most pages of one walk over members, containers or events."""
_MANAGE: Final = "submissions.manage"


class AwardeeRemote(SourceRemote):
    """One Awardee organisation behind one key; implements `cache.sync.remote.Remote`.

    With `containers`, submissions of other pages are left out of every list. `page_size` is the number of
    submissions asked for at once, 1 to 100.
    """

    provider = PROVIDER
    poll_floor: Final = 30.0
    converses: Final = True
    """The conversation a submission came from can be read."""

    def __init__(
        self,
        source: str,
        client: JsonClient,
        *,
        containers: Collection[str] = (),
        page_size: int = _PAGE_SIZE,
    ) -> None:
        super().__init__(source, client)
        self.page_size: Final = page_size
        self._containers = frozenset(containers)
        self._filters_work = True

    async def identity(self) -> Identity:
        """Whose account the key opens; a token without the managing scope may write nothing."""
        try:
            me = shaped(WireMe, clean_item(await self._client.get("/me")))
        except BadItem:
            raise self._client.unexpected("it does not say whose key this is") from None
        org_id = me.org.id if me.org else None
        name = (me.org.name if me.org else None) or me.org_name
        account = org_id or name
        if account is None:
            raise self._client.unexpected("it does not say whose key this is")
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
        rows = zip(listed.data, _texts(listed.data), strict=True)
        page = read_page(rows, lambda row: self._fetched(*row), next_cursor)
        if not self._containers:
            return page
        return replace(
            page, items=tuple(item for item in page.items if item.submission.container_id in self._containers)
        )

    @property
    def gives_texts(self) -> bool:
        """Whether `text_page` may be used: which page a submission is of shows only when it is decoded."""
        return not self._containers

    async def text_page(self, *, cursor: str | None = None) -> TextPage:
        """What `page` shows, not decoded yet."""
        listed = await self._list_submissions(cursor, filtered=False, read=cut_json)
        next_cursor = self._next_cursor(listed, {cursor})
        is_cut = isinstance(listed.data, CutList)
        texts: tuple[bytes, ...] = tuple(
            listed.data if is_cut else [json.dumps(item).encode() for item in listed.data]
        )
        keep = kept_text if texts and is_dumped(texts[0]) else respelled_text
        return TextPage(texts, decode_clean, next_cursor, keep)

    async def get(self, submission_id: str) -> FetchedSubmission:
        """One submission. Raises NotFound."""
        answer = await self._client.get(_submission_path(submission_id))
        return self._read_one(submission_id, lambda: self._fetched(answer))

    async def patch(self, submission_id: str, changes: Mapping[str, JSONValue]) -> FetchedSubmission:
        """Changes exactly the named fields and gives the submission as the server now holds it."""
        answer = await self._client.patch(_submission_path(submission_id), changes)
        return self._read_one(submission_id, lambda: self._fetched(answer))

    async def events(self, submission_id: str) -> tuple[Event, ...]:
        """The timeline, oldest first."""
        return read_events(await self._walk(f"{_submission_path(submission_id)}/events"))

    async def messages(self, conversation_id: str) -> tuple[Message, ...]:
        """What was said in a conversation, oldest first (docs/contracts/awardee.md section 3)."""
        return read_messages(await self._walk(f"/conversations/{_segment(conversation_id)}/messages"))

    async def members(self) -> tuple[Member, ...]:
        """The active members; one without a name is shown by the start of the user id."""

        def member(item: JSONValue) -> Member:
            told = shaped(WireMember, item)
            name = _full_name(told.first_name, told.last_name) or told.user_id[:8]
            return Member(source=self.source, user_id=told.user_id, name=name, role=told.role)

        return tuple(understood(await self._walk("/team/members"), member))

    async def containers(self) -> tuple[Container, ...]:
        """The pages of the organisation."""

        def page(item: JSONValue) -> Container:
            told = shaped(WirePage, item)
            return Container(self.source, told.id, told.title or told.slug or told.id[:8])

        return tuple(understood(await self._walk("/pages", {"limit": str(_PAGE_SIZE)}), page))

    async def _list_submissions(
        self, cursor: str | None, *, filtered: bool, read: Callable[[bytes], JSONValue] = read_json
    ) -> WireList:
        """A page of submissions; one too large to be read is asked for again with fewer of them."""
        params = {"status": ",".join(OPEN_STATUSES)} if filtered else {}
        if cursor is not None:
            params["cursor"] = cursor

        async def ask(limit: int) -> WireList:
            answer = await self._client.get("/submissions", {**params, "limit": str(limit)}, read)
            return self._listed(answer)

        return await ask_for_less(ask, self.page_size, _SMALLER_PAGES)

    async def _walk(self, path: str, params: Mapping[str, str] | None = None) -> list[JSONValue]:
        """All items of a list, page after page."""
        items: list[JSONValue] = []
        asked: set[str | None] = set()
        cursor: str | None = None
        for _ in range(_WALK_PAGES):
            asked.add(cursor)
            query = {**(params or {}), **({"cursor": cursor} if cursor is not None else {})}
            listed = self._listed(await self._client.get(path, query))
            items.extend(listed.data)
            cursor = self._next_cursor(listed, asked)
            if cursor is None:
                return items
        raise self._client.unexpected(f"its list does not end after {_WALK_PAGES} pages")

    def _listed(self, answer: JSONValue) -> WireList:
        try:
            listed = shaped(WireList, answer)
        except BadItem:
            raise self._client.unexpected("it is not a list") from None
        # The model holds a plain copy of the list.
        return listed.model_copy(update={"data": answer["data"]})

    def _next_cursor(self, listed: WireList, asked: Collection[str | None]) -> str | None:
        if listed.has_more is False:
            return None
        cursor = listed.next_cursor or None
        if cursor is None and listed.has_more:
            raise self._client.unexpected("it says that more follows, but not where")
        if cursor is not None and cursor in asked:
            raise self._client.unexpected("its list leads back to a page that was read")
        return cursor

    def _fetched(self, item: JSONValue, text: str | None = None) -> FetchedSubmission:
        """Decodes an item; `text` is how `dumped` would write it, where that is known."""
        if text is not None and is_within_bounds(text.encode()):
            return FetchedSubmission(decode_clean(item, self.source), text)
        cleaned = clean_item(item)
        return FetchedSubmission(decode_clean(cleaned, self.source), dumped(cleaned))


def _texts(items: list[JSONValue]) -> Sequence[str | None]:
    """The items' own texts where the server writes JSON as `dumped` does, which one of them shows."""
    if isinstance(items, TextList) and items and is_dumped((items.texts[0] or "").encode()):
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
