"""The API of Mantlz as the engine asks for it: many forms, one list, nothing to write.

Facts: docs/contracts/mantlz.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import quote

from cache.sync.remote import (
    AuthPaused,
    Budget,
    FetchedSubmission,
    NotFound,
    Page,
    RateLimited,
    RateWindow,
    Refused,
    RemoteError,
)
from inbox_tui.providers.counting import MINUTE, RequestCount
from inbox_tui.providers.items import BadItem, clean_item
from inbox_tui.providers.mantlz import PROVIDER, decode_clean
from inbox_tui.providers.mantlz_forms import FormList, read_questions
from inbox_tui.providers.mantlz_wire import WireForms, WireSubmissions
from inbox_tui.providers.merged import LOST_PLACE, Merger, Part
from inbox_tui.providers.remembered import Remembered
from inbox_tui.providers.remotes import MergedRemote, ask_for_less, read_page
from inbox_tui.providers.shapes import WireRecord, shaped
from inbox_tui.providers.wrapped import wrap

if TYPE_CHECKING:
    from cache.models import JSONValue
    from inbox_tui.providers.http import JsonClient

__all__ = ["MantlzRemote"]

_PAGE_SIZE: Final = 100
_SMALLER_PAGES: Final = (10, 2)
"""What is asked instead of a page that is too large to be read; a walk of one row at a time may stand still
(docs/contracts/mantlz.md section 3.2)."""
_REQUESTS_A_MINUTE: Final = 30
"""What the address layer lets through, which states it only when it refuses (section 5)."""
_KEPT_BACK: Final = 2
"""How many of them are left to others."""
_RETRY_SECONDS: Final = 600.0
"""After how long questions that could not be read are asked for again."""
_PAID: Final = frozenset({"STANDARD", "PRO"})

_W = TypeVar("_W", bound=WireRecord)


class MantlzRemote(MergedRemote):
    """One Mantlz account behind one key; implements `cache.sync.remote.Remote`.

    With `containers`, other forms are not read. `clock` gives seconds since the epoch; `page_size` is the
    number of submissions asked for at once, 2 to 100.
    """

    provider = PROVIDER
    poll_seconds = 30.0
    polls_a_minute = 20.0
    reads_one: Final = False
    """A single submission cannot be asked for."""

    def __init__(
        self,
        source: str,
        client: JsonClient,
        *,
        clock: Callable[[], float],
        containers: Collection[str] = (),
        page_size: int = _PAGE_SIZE,
    ) -> None:
        merger = Merger(self._list_forms, self._read, clock=clock, page_size=page_size, only=containers)
        super().__init__(source, client, merger)
        self.page_size: Final = page_size
        self._clock = clock
        self._count = RequestCount(clock)
        self._is_limited = False
        self._plan: str | None = None
        self._forms = FormList(self._ask_for_forms, clock=clock)
        self._questions: Remembered[Sequence[Mapping[str, JSONValue]]] = Remembered(
            self._ask_for_questions, (), clock=clock, retry_seconds=_RETRY_SECONDS
        )

    @property
    def budget(self) -> Budget:
        """The rate window as it is counted here, over all forms, once the server was seen to have one.

        What an answer states is about one form only, and the layer over all of them states nothing until it
        refuses.
        """
        told = next(iter(self._client.budget.windows), None)
        if told is None and not self._is_limited:
            return Budget()
        sent = self._count.recent
        limit = told.limit if told is not None else _REQUESTS_A_MINUTE
        left = max(0, limit - len(sent))
        if told is not None and told.reset_at > self._clock():
            left = min(left, told.remaining)
        reset_at = (sent[0] if sent else self._clock()) + MINUTE
        return Budget((RateWindow("minute", limit, left, reset_at),))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know: forms that cannot be read, and what the plan leaves out."""
        notes = self._merger.notes
        if self._plan is None or self._plan in _PAID:
            return notes
        if self._plan == "FREE":
            return (*notes, "The FREE plan of Mantlz tells no browser and no country, and filters no dates.")
        return (*notes, "Mantlz names a plan that is not known here; it is treated as FREE.")

    async def page(self, *, cursor: str | None = None, open_only: bool = False) -> Page:
        """One page over all forms, newest first.

        Mantlz knows nothing of open or closed and its rows never change (section 6), so that there is nothing
        to be read again of what is open: the list of those is empty.
        """
        return Page(()) if open_only else await self._merger.page(cursor)

    async def get(self, submission_id: str) -> FetchedSubmission:
        """Mantlz shows no single submission (section 2). Raises Refused."""
        raise Refused("Mantlz does not show single submissions.", status=405)

    async def _list_forms(self) -> Sequence[Part]:
        """All forms. An account that is gone is refused as a missing record is (section 4)."""
        try:
            return await self._forms.read()
        except NotFound as error:
            raise AuthPaused(
                f"{self._client.host} has no account for the key of source {self.source};"
                " check the key and the base_url.",
                status=error.status,
            ) from error

    async def _read(self, part: Part, cursor: str | None) -> Page:
        """A page of one form. Raises Refused where nothing stands at the cursor, which is inclusive."""
        questions = await self._questions.of(part.id)  # first: what is limited then is not asked twice
        listed, limit = await self._submissions(part, cursor)
        if listed.plan:
            self._plan = listed.plan
        rows = listed.submissions
        if cursor is not None and not rows:
            raise Refused("The place in the list of the form is lost.", status=404, code=LOST_PLACE)

        def read(row: JSONValue) -> FetchedSubmission:
            item = clean_item(row)
            facts = _facts(part, questions, item)
            return FetchedSubmission(decode_clean(item, facts, self.source), wrap(item, facts))

        return read_page(rows, read, _next_cursor(listed, limit))

    async def _submissions(self, part: Part, cursor: str | None) -> tuple[WireSubmissions, int]:
        """A page of a form and the limit it was asked with; one too large is asked for again, smaller."""
        path = f"/forms/{quote(part.id, safe='')}/submissions"
        params = {"cursor": cursor} if cursor is not None else {}

        async def ask(limit: int) -> tuple[WireSubmissions, int]:
            answer = await self._get(path, {**params, "limit": str(limit)})
            return self._checked(WireSubmissions, answer), limit

        return await ask_for_less(ask, self.page_size, _SMALLER_PAGES)

    async def _ask_for_forms(self, params: Mapping[str, str]) -> WireForms:
        return self._checked(WireForms, await self._get("/forms/list", params))

    async def _ask_for_questions(self, form: str) -> Sequence[Mapping[str, JSONValue]]:
        return read_questions(await self._get(f"/forms/{quote(form, safe='')}"))

    async def _get(self, path: str, params: Mapping[str, str] | None = None) -> JSONValue:
        self._stay_below_the_limit()
        self._count.add()
        try:
            return await self._client.get(path, params)
        except RateLimited:
            self._is_limited = True
            raise
        except Refused as error:
            raise self._about_the_key(error) from error

    def _stay_below_the_limit(self) -> None:
        """Opening many forms asks more than a minute allows. Raises RateLimited before the server has to."""
        sent = self._count.recent
        for window in self.budget.windows:
            if window.remaining <= _KEPT_BACK and len(sent) > 1:
                free = sent[len(sent) // 2] + MINUTE - self._clock()
                raise RateLimited(
                    f"The requests that {self._client.host} allows in a minute are used up.",
                    retry_after=max(1.0, free),
                )

    def _about_the_key(self, error: Refused) -> RemoteError:
        """A key of the wrong form is refused as a wrong parameter is (section 4)."""
        if error.status != 400 or "api key" not in error.message.lower():
            return error
        return AuthPaused(f"{self._client.host} does not accept the key of source {self.source}.", status=400)

    def _checked(self, shape: type[_W], answer: JSONValue) -> _W:
        try:
            return shaped(shape, answer)
        except BadItem:
            raise self._client.unexpected("it is not a list") from None


def _next_cursor(listed: WireSubmissions, limit: int) -> str | None:
    """Where the next page begins; a page of too many rows without a cursor is gone on from its last row."""
    if listed.next_cursor:
        return listed.next_cursor
    last = listed.submissions[-1] if len(listed.submissions) > limit else None
    identifier = last.get("id") if isinstance(last, dict) else None
    return identifier if isinstance(identifier, str) and identifier else None


def _facts(
    part: Part, questions: Sequence[Mapping[str, JSONValue]], item: Mapping[str, JSONValue]
) -> dict[str, JSONValue]:
    """What is stored of the form with an item: its id, its name and the questions the item answers."""
    facts: dict[str, JSONValue] = {"id": part.id, "name": part.name}
    data = item.get("data")
    if isinstance(data, dict) and (asked := [row for row in questions if row["name"] in data]):
        facts["fields"] = asked
    return facts
