"""The API of Postbox as the engine asks for it: the lists of all forms as one, in all three states.

Facts: docs/contracts/postbox.md sections 1 to 6.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final, NoReturn
from urllib.parse import quote

from cache.models import Capability, Container, Event, JSONValue, Member, TriageField
from cache.sync.remote import (
    AuthPaused,
    BadAnswer,
    Budget,
    FetchedSubmission,
    Identity,
    Misconfigured,
    NeverLeft,
    NotFound,
    OutcomeUnknown,
    Page,
    QuarantinedItem,
    RateLimited,
    Refused,
    RemoteError,
)
from inbox_tui.providers import capabilities
from inbox_tui.providers.failures import bad_answer
from inbox_tui.providers.http import AnswerTooBig, JsonClient
from inbox_tui.providers.items import BadItem, clean_item
from inbox_tui.providers.merged import Merger, Part
from inbox_tui.providers.postbox import ON_ITS_WAY, PROVIDER, decode_clean
from inbox_tui.providers.postbox_client import CountedClient
from inbox_tui.providers.postbox_wire import (
    ListPage,
    Place,
    form_facts,
    form_parts,
    list_page,
    one_submission,
)
from inbox_tui.providers.wrapped import wrap

__all__ = ["PostboxRemote"]

_PAGE_SIZE: Final = 50
"""The largest page (docs/contracts/postbox.md section 2.1)."""
_SMALLER_PAGES: Final = (10, 1)
_POLL_SECONDS: Final = 30.0
_A_MINUTE: Final = 20.0
"""Polls ask no more often than this in all."""
_SCHEMA_SECONDS: Final = 3_600.0
_LOOKS: Final = 10
"""How many submissions on their way are read again at a time."""
_MOST_MOVING: Final = 2_000
_MOST_KNOWN: Final = 50_000
"""Of how many submissions it is remembered in which form they are."""
_SEARCHED: Final = 20
"""In how many forms a submission is looked for whose form is not known."""
_BACK: Final = 10
"""How many pages are read again at once where rows slid up; for more the list is read anew."""
_EVERYBODYS: Final = (AuthPaused, Misconfigured, NeverLeft, RateLimited)
"""Failures that no other request would be spared."""


class PostboxRemote:
    """One Postbox account behind one key; implements `cache.sync.remote.Remote`.

    With `containers` only these forms are followed. `clock` gives seconds since the epoch; `page_size` is
    how many submissions of a form are asked for at once, 1 to 50.
    """

    reads_one: Final = True
    """A single submission can be asked for."""
    deletes: Final = True
    """A submission can be deleted."""

    def __init__(
        self,
        source: str,
        client: JsonClient,
        *,
        clock: Callable[[], float],
        containers: Collection[str] = (),
        page_size: int = _PAGE_SIZE,
    ) -> None:
        self._source = source
        self._client = CountedClient(client, clock)
        self._clock = clock
        self._page_size = page_size
        self._merger = Merger(
            self._list_forms, self._read_form, clock=clock, page_size=2 * page_size, only=containers
        )
        self._schemas: dict[str, tuple[float, dict[str, JSONValue]]] = {}
        self._forms: dict[str, str] = {}
        self._moving: dict[str, None] = {}
        self._perhaps_deleted: set[str] = set()

    def __repr__(self) -> str:
        return f"PostboxRemote({self._source!r})"

    @property
    def source(self) -> str:
        """The configured name of the source."""
        return self._source

    @property
    def provider(self) -> str:
        """`postbox`."""
        return PROVIDER

    @property
    def capabilities(self) -> Mapping[TriageField, Capability]:
        """Postbox has no triage: all five fields are kept locally."""
        return capabilities(PROVIDER)

    @property
    def budget(self) -> Budget:
        """What is left of the minute, by this program's own count; others may use the key too."""
        return self._client.budget

    @property
    def page_size(self) -> int:
        """How many submissions of a form a page holds at most."""
        return self._page_size

    @property
    def poll_floor(self) -> float:
        """The least number of seconds between two automatic polls; more when there are many forms."""
        return self._merger.poll_floor(_POLL_SECONDS, _A_MINUTE)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know: the forms that cannot be read."""
        return self._merger.notes

    async def identity(self) -> Identity:
        """Whether the key is good, and which forms it shows; Postbox does not tell whose it is."""
        seen = await self._merger.seen()
        return Identity(account_id=PROVIDER, account_name="Postbox", containers=seen)

    async def page(self, *, cursor: str | None = None, open_only: bool = False) -> Page:
        """One page of the lists of all forms, spam included, newest first.

        With `open_only` some of those that were last seen on their way through processing, read singly.
        """
        if open_only:
            return await self._moving_ones()
        return await self._merger.page(cursor)

    async def get(self, submission_id: str) -> FetchedSubmission:
        """One submission. Raises NotFound, and Refused when it may be in any of very many forms."""
        answer, part = await self._look_up(submission_id)
        try:
            item = clean_item(one_submission(answer))
            facts = await self._facts(part)
            fetched = FetchedSubmission(decode_clean(item, facts, self._source), wrap(item, facts))
        except BadItem as exc:
            raise self._unexpected(f"the submission has something wrong ({exc.reason})") from exc
        if fetched.submission.id != submission_id:
            raise self._unexpected("it is about another submission")
        self._learn(part, fetched)
        return fetched

    async def delete(self, submission_id: str, container_id: str | None = None) -> None:
        """Deletes a submission for good; `container_id` is its form, where that is known.

        One that is gone after an attempt whose outcome was not known counts as deleted. Raises NotFound,
        and Refused while it cannot be deleted (docs/contracts/postbox.md section 4).
        """
        if container_id is None:
            _, part = await self._look_up(submission_id)
            container_id = part.id
        try:
            await self._client.delete(_one_path(container_id, submission_id))
        except OutcomeUnknown:
            self._perhaps_deleted.add(submission_id)
            raise
        except NotFound:
            if submission_id not in self._perhaps_deleted:
                raise
        self._perhaps_deleted.discard(submission_id)
        self._forget(submission_id)

    async def patch(self, submission_id: str, changes: Mapping[str, JSONValue]) -> NoReturn:
        """Raises Refused: Postbox takes no changes."""
        raise Refused("Postbox takes no changes; triage is kept on this computer.", status=405)

    async def events(self, submission_id: str) -> tuple[Event, ...]:
        """Nothing: Postbox has no timelines."""
        return ()

    async def members(self) -> tuple[Member, ...]:
        """Nobody: Postbox has no members."""
        return ()

    async def containers(self) -> tuple[Container, ...]:
        """The forms that are followed."""
        return tuple(Container(self._source, part.id, part.name) for part in await self._merger.parts())

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    # The lists

    async def _list_forms(self) -> list[Part]:
        parts = form_parts(await self._client.get("/api/forms"))
        if parts is None:
            raise self._unexpected("it is not a list of forms")
        return parts

    async def _read_form(self, part: Part, cursor: str | None) -> Page:
        """A page of one form, with the rows before it that slid up from it since the last one was read.

        Pages are offsets: what arrives pushes rows on to later pages, what is deleted draws them back to
        pages that were read. The total tells both, so that no row is left out.
        """
        try:
            place = Place.read(cursor)
        except ValueError:
            raise Refused("The place in the list cannot be understood.", status=400) from None
        number, listed = place.page, await self._list_page(part, place.page)
        size = listed.size or self._page_size
        slid_up: list[JSONValue] = []
        if place.total is not None and listed.total is not None:
            more = listed.total - place.total
            if more >= size:
                number += more // size
                listed = await self._list_page(part, number)
            elif more < 0:
                back = -(more // size)
                if back > _BACK and number > 1:
                    raise Refused("Too many submissions were deleted meanwhile.", status=400)
                for earlier in range(max(1, number - back), number):
                    slid_up += (await self._list_page(part, earlier)).rows
        facts = await self._facts(part) if listed.rows or slid_up else {}
        items, quarantined = self._decoded([*slid_up, *listed.rows], facts)
        for item in items:
            self._learn(part, item)
        return Page(items, quarantined, _following(number, listed, size))

    async def _list_page(self, part: Part, number: int) -> ListPage:
        """One page, by its number. One too large to be read is asked for as several smaller ones."""
        wanted = self._page_size
        try:
            return await self._list_rows(part, number, wanted)
        except AnswerTooBig as exc:
            too_big = exc
        for smaller in (size for size in _SMALLER_PAGES if size < wanted and wanted % size == 0):
            rows: list[JSONValue] = []
            try:
                before = (number - 1) * wanted // smaller
                for piece in range(before + 1, before + wanted // smaller + 1):
                    listed = await self._list_rows(part, piece, smaller)
                    rows += listed.rows
                    if _following(piece, listed, smaller) is None:
                        break
            except AnswerTooBig as exc:
                too_big = exc
                continue
            return ListPage(rows, listed.total, wanted)
        raise too_big.error from too_big

    async def _list_rows(self, part: Part, number: int, size: int) -> ListPage:
        params = {"filter": "all", "page": str(number), "page_size": str(size)}
        answer = await self._client.get_page(f"{_form_path(part.id)}/submissions", params)
        listed = list_page(answer)
        if listed is None:
            raise self._unexpected("it is not a list of submissions")
        return listed

    def _decoded(
        self, rows: list[JSONValue], facts: Mapping[str, JSONValue]
    ) -> tuple[tuple[FetchedSubmission, ...], tuple[QuarantinedItem, ...]]:
        items: dict[str, FetchedSubmission] = {}
        quarantined = []
        for position, row in enumerate(rows):
            try:
                item = clean_item(row)
                fetched = FetchedSubmission(decode_clean(item, facts, self._source), wrap(item, facts))
                items.setdefault(fetched.submission.id, fetched)
            except BadItem as exc:
                quarantined.append(QuarantinedItem(position, exc.reason, exc.id))
        return tuple(items.values()), tuple(quarantined)

    async def _facts(self, part: Part) -> dict[str, JSONValue]:
        """What is known of a form; its rows are read even when its fields cannot be."""
        now = self._clock()
        at, known = self._schemas.get(part.id, (float("-inf"), None))
        if known is not None and 0 <= now - at < _SCHEMA_SECONDS:
            return {**known, "name": part.name}
        try:
            known = form_facts(part, await self._client.get(_form_path(part.id)))
        except _EVERYBODYS:
            raise
        except RemoteError:
            known = known or form_facts(part, None)
        self._schemas[part.id] = (now, known)
        return known

    # Single submissions

    async def _moving_ones(self) -> Page:
        items: list[FetchedSubmission] = []
        for name in list(self._moving)[:_LOOKS]:
            # To the end of the queue, so that the others have their turn.
            self._moving.pop(name, None)
            self._moving[name] = None
            try:
                items.append(await self.get(name))
            except NotFound:
                self._forget(name)
            except _EVERYBODYS:
                if not items:
                    raise
                break
            except RemoteError:
                continue
        return Page(tuple(items))

    async def _look_up(self, submission_id: str) -> tuple[JSONValue, Part]:
        """The answer about a submission, and its form: the one it was seen in, or else one after another."""
        parts = {part.id: part for part in await self._merger.parts()}
        known = self._forms.get(submission_id)
        if known is not None:
            part = parts.get(known) or Part(known, known[:8])
            return await self._client.get(_one_path(known, submission_id)), part
        asked = [part for part in parts.values() if not part.is_empty]
        for part in asked[:_SEARCHED]:
            try:
                answer = await self._client.get(_one_path(part.id, submission_id))
            except NotFound:
                continue
            self._forms[submission_id] = part.id
            return answer, part
        if len(asked) > _SEARCHED:
            raise Refused("It is not known yet to which form this submission belongs.", status=404)
        raise NotFound("No form of this account has such a submission.", status=404)

    def _learn(self, part: Part, item: FetchedSubmission) -> None:
        """Keeps where a submission is, and whether it is still on its way."""
        name, processing = item.submission.id, item.submission.processing
        self._forms[name] = part.id
        if len(self._forms) > _MOST_KNOWN:
            del self._forms[next(iter(self._forms))]
        if processing is None or processing.status not in ON_ITS_WAY:
            self._moving.pop(name, None)
        elif name in self._moving or len(self._moving) < _MOST_MOVING:
            self._moving.setdefault(name)

    def _forget(self, submission_id: str) -> None:
        self._moving.pop(submission_id, None)
        self._forms.pop(submission_id, None)

    def _unexpected(self, fault: str) -> BadAnswer:
        return bad_answer(fault, host=self._client.host, status=200)


def _following(number: int, listed: ListPage, size: int) -> str | None:
    """The cursor of the page after this one, None when it is the last."""
    if not listed.rows:
        return None
    if listed.total is not None:
        ends = number * size >= listed.total
    elif listed.pages is not None:
        ends = number >= listed.pages
    else:
        ends = len(listed.rows) < size
    return None if ends else Place(number + 1, listed.total).text()


def _form_path(form_id: str) -> str:
    return f"/api/forms/{quote(form_id, safe='')}"


def _one_path(form_id: str, submission_id: str) -> str:
    if submission_id in {"", ".", ".."}:
        raise NotFound("That is not the id of a submission.")
    return f"{_form_path(form_id)}/submissions/{quote(submission_id, safe='')}"
