"""The API of Postbox as the engine asks for it: the lists of all forms as one, in all three states.

Facts: docs/contracts/postbox.md sections 1 to 6.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import quote

from cache.sync.remote import (
    Budget,
    FetchedSubmission,
    NotFound,
    OutcomeUnknown,
    Page,
    RateLimited,
    RateWindow,
    Refused,
    RemoteError,
)
from inbox_tui.providers.counting import MINUTE, RequestCount
from inbox_tui.providers.items import clean_item
from inbox_tui.providers.merged import EVERYBODYS, Merger, Part
from inbox_tui.providers.postbox import ON_ITS_WAY, PROVIDER, decode_clean
from inbox_tui.providers.postbox_wire import (
    ListPage,
    Place,
    form_fields,
    form_parts,
    list_page,
    one_submission,
)
from inbox_tui.providers.remembered import Remembered
from inbox_tui.providers.remotes import MergedRemote, ask_for_less, read_page
from inbox_tui.providers.wrapped import wrap

if TYPE_CHECKING:
    from cache.models import JSONValue
    from inbox_tui.providers.http import JsonClient

__all__ = ["PostboxRemote"]

_PAGE_SIZE: Final = 50
"""The largest page (docs/contracts/postbox.md section 2.1)."""
_SMALLER_PAGES: Final = (10, 1)
_REQUESTS_A_MINUTE: Final = 60
"""What the service allows in any minute, and tells nobody how many are left (section 5)."""
_LOOKS: Final = 10
"""How many submissions on their way are read again at a time."""
_MOST_MOVING: Final = 2_000
_MOST_KNOWN: Final = 50_000
"""Of how many submissions it is remembered in which form they are."""
_SEARCHED: Final = 20
"""In how many forms a submission is looked for whose form is not known."""
_BACK: Final = 10
"""How many pages are read again at once where rows slid up; for more the list is read anew."""

_T = TypeVar("_T")


class PostboxRemote(MergedRemote):
    """One Postbox account behind one key; implements `cache.sync.remote.Remote`.

    With `containers` only these forms are followed. `clock` gives seconds since the epoch; `page_size` is
    how many submissions of a form are asked for at once, 1 to 50.
    """

    provider = PROVIDER
    poll_seconds = 30.0
    polls_a_minute = 20.0
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
        merger = Merger(
            self._list_forms, self._read_form, clock=clock, page_size=2 * page_size, only=containers
        )
        super().__init__(source, client, merger)
        self.page_size: Final = page_size
        self._count = RequestCount(clock, _REQUESTS_A_MINUTE)
        self._fields = Remembered(self._read_fields, None, clock=clock)
        self._forms: dict[str, str] = {}
        self._moving: dict[str, None] = {}
        self._perhaps_deleted: set[str] = set()

    @property
    def budget(self) -> Budget:
        """What is left of the minute, by this program's own count; others may use the key too."""
        sent = self._count.recent
        if not sent:
            return Budget()
        left = _REQUESTS_A_MINUTE - len(sent)
        return Budget((RateWindow("minute", _REQUESTS_A_MINUTE, left, sent[0] + MINUTE),))

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
        facts = await self._facts(part)
        fetched = self._read_one(submission_id, lambda: self._fetched(one_submission(answer), facts))
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
            await self._counted(self._client.delete(_one_path(container_id, submission_id)))
        except OutcomeUnknown:
            self._perhaps_deleted.add(submission_id)
            raise
        except NotFound:
            if submission_id not in self._perhaps_deleted:
                raise
        self._perhaps_deleted.discard(submission_id)
        self._forget(submission_id)

    # The lists

    async def _list_forms(self) -> list[Part]:
        parts = form_parts(await self._get("/api/forms"))
        if parts is None:
            raise self._client.unexpected("it is not a list of forms")
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
        size = listed.size or self.page_size
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
        page = read_page(
            [*slid_up, *listed.rows], lambda row: self._fetched(row, facts), _following(number, listed, size)
        )
        items: dict[str, FetchedSubmission] = {}
        for item in page.items:
            if items.setdefault(item.submission.id, item) is item:
                self._learn(part, item)
        return replace(page, items=tuple(items.values()))

    async def _list_page(self, part: Part, number: int) -> ListPage:
        """One page, by its number. One too large to be read is asked for as several smaller ones."""
        wanted = self.page_size

        async def ask(size: int) -> ListPage:
            if size == wanted:
                return await self._list_rows(part, number, size)
            rows: list[JSONValue] = []
            before = (number - 1) * wanted // size
            for piece in range(before + 1, before + wanted // size + 1):
                listed = await self._list_rows(part, piece, size)
                rows += listed.rows
                if _following(piece, listed, size) is None:
                    break
            return ListPage(rows, listed.total, wanted)

        return await ask_for_less(ask, wanted, (size for size in _SMALLER_PAGES if wanted % size == 0))

    async def _list_rows(self, part: Part, number: int, size: int) -> ListPage:
        params = {"filter": "all", "page": str(number), "page_size": str(size)}
        answer = await self._get(f"{_form_path(part.id)}/submissions", params)
        listed = list_page(answer)
        if listed is None:
            raise self._client.unexpected("it is not a list of submissions")
        return listed

    def _fetched(self, row: JSONValue, facts: Mapping[str, JSONValue]) -> FetchedSubmission:
        item = clean_item(row)
        return FetchedSubmission(decode_clean(item, facts, self.source), wrap(item, facts))

    async def _facts(self, part: Part) -> dict[str, JSONValue]:
        """What is known of a form."""
        fields = await self._fields.of(part.id)
        known: dict[str, JSONValue] = {"id": part.id, "name": part.name}
        return known if fields is None else {**known, "fields": fields}

    async def _read_fields(self, form: str) -> list[JSONValue] | None:
        return form_fields(await self._get(_form_path(form)))

    async def _get(self, path: str, params: Mapping[str, str] | None = None) -> JSONValue:
        return await self._counted(self._client.get(path, params))

    async def _counted(self, request: Awaitable[_T]) -> _T:
        """Sends a request and counts it, unless it is refused for the rate."""
        moment = self._count.add()
        try:
            return await request
        except RateLimited:
            self._count.take_back(moment)
            raise

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
            except EVERYBODYS:
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
            return await self._get(_one_path(known, submission_id)), part
        asked = [part for part in parts.values() if not part.is_empty]
        for part in asked[:_SEARCHED]:
            try:
                answer = await self._get(_one_path(part.id, submission_id))
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
