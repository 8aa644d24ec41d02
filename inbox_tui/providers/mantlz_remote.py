"""The API of Mantlz as the engine asks for it: many forms, one list, nothing to write.

Facts: docs/contracts/mantlz.md.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, TypeVar
from urllib.parse import quote

from pydantic import ValidationError

from cache.models import Capability, Container, Event, JSONValue, Member, TriageField
from cache.sync.remote import (
    AuthPaused,
    BadAnswer,
    Budget,
    FetchedSubmission,
    Identity,
    NotFound,
    Page,
    QuarantinedItem,
    RateLimited,
    RateWindow,
    Refused,
    RemoteError,
)
from inbox_tui.providers import capabilities
from inbox_tui.providers.failures import bad_answer
from inbox_tui.providers.http import AnswerTooBig, JsonClient
from inbox_tui.providers.items import BadItem, clean_item
from inbox_tui.providers.mantlz import PROVIDER, decode_clean
from inbox_tui.providers.mantlz_forms import FormList, FormSchemas
from inbox_tui.providers.mantlz_wire import WireRecord, WireSubmissions
from inbox_tui.providers.merged import LOST_PLACE, Merger, Part
from inbox_tui.providers.wrapped import wrap

__all__ = ["MantlzRemote"]

_PAGE_SIZE: Final = 100
_SMALLER_PAGES: Final = (10, 2)
"""What is asked instead of a page that is too large to be read; a walk of one row at a time may stand still
(docs/contracts/mantlz.md section 3.2)."""
_FORM_SECONDS: Final = 30.0
_POLLS_A_MINUTE: Final = 20.0
_REQUESTS_A_MINUTE: Final = 30
"""What the address layer lets through, which states it only when it refuses (section 5)."""
_KEPT_BACK: Final = 2
"""How many of them are left to others."""
_MINUTE: Final = 60.0
_PAID: Final = frozenset({"STANDARD", "PRO"})

_W = TypeVar("_W", bound=WireRecord)


class MantlzRemote:
    """One Mantlz account behind one key; implements `cache.sync.remote.Remote`.

    With `containers`, other forms are not read. `clock` gives seconds since the epoch; `page_size` is the
    number of submissions asked for at once, 2 to 100.
    """

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
        self._client = client
        self._clock = clock
        self._page_size = page_size
        self._sent: deque[float] = deque()
        self._is_limited = False
        self._plan: str | None = None
        self._forms = FormList(self._get, self._checked, clock=clock)
        self._schemas = FormSchemas(self._get, clock=clock)
        self._merger = Merger(
            self._list_forms, self._read, clock=clock, page_size=page_size, only=containers, noun="form"
        )

    def __repr__(self) -> str:
        return f"MantlzRemote({self._source!r})"

    @property
    def source(self) -> str:
        """The configured name of the source."""
        return self._source

    @property
    def provider(self) -> str:
        """`mantlz`."""
        return PROVIDER

    @property
    def capabilities(self) -> Mapping[TriageField, Capability]:
        """Mantlz stores no triage at all."""
        return capabilities(PROVIDER)

    @property
    def budget(self) -> Budget:
        """The rate window as it is counted here, over all forms, once the server was seen to have one.

        What an answer states is about one form only, and the layer over all of them states nothing until it
        refuses.
        """
        told = next(iter(self._client.budget.windows), None)
        if told is None and not self._is_limited:
            return Budget()
        self._forget_old_requests()
        limit = told.limit if told is not None else _REQUESTS_A_MINUTE
        left = max(0, limit - len(self._sent))
        if told is not None and told.reset_at > self._clock():
            left = min(left, told.remaining)
        reset_at = (self._sent[0] if self._sent else self._clock()) + _MINUTE
        return Budget((RateWindow("minute", limit, left, reset_at),))

    @property
    def page_size(self) -> int:
        """How many submissions a page holds, as a rule."""
        return self._page_size

    @property
    def poll_floor(self) -> float:
        """The least number of seconds between two polls: 30 for a form, and 20 forms a minute at most."""
        return self._merger.poll_floor(_FORM_SECONDS, _POLLS_A_MINUTE)

    @property
    def reads_one(self) -> bool:
        """A single submission cannot be asked for."""
        return False

    @property
    def plan(self) -> str | None:
        """The plan of the account as the last page told it, None before the first."""
        return self._plan

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know: forms that cannot be read, and what the plan leaves out."""
        notes = self._merger.notes
        if self._plan is None or self._plan in _PAID:
            return notes
        if self._plan == "FREE":
            return (*notes, "The FREE plan of Mantlz tells no browser and no country, and filters no dates.")
        return (*notes, "Mantlz names a plan that is not known here; it is treated as FREE.")

    async def identity(self) -> Identity:
        """That the key is good, and which forms it shows; Mantlz does not say whose it is."""
        seen = await self._merger.seen()
        return Identity(account_id=PROVIDER, account_name="Mantlz", containers=seen)

    async def page(self, *, cursor: str | None = None, open_only: bool = False) -> Page:
        """One page over all forms, newest first.

        Mantlz knows nothing of open or closed and its rows never change (section 6), so that there is nothing
        to be read again of what is open: the list of those is empty.
        """
        return Page(()) if open_only else await self._merger.page(cursor)

    async def get(self, submission_id: str) -> FetchedSubmission:
        """Mantlz shows no single submission (section 2). Raises Refused."""
        raise Refused("Mantlz does not show single submissions.", status=405)

    async def patch(self, submission_id: str, changes: Mapping[str, JSONValue]) -> FetchedSubmission:
        """Nothing can be changed with a key (section 2). Raises Refused."""
        raise Refused("Mantlz lets nothing be changed.", status=405)

    async def events(self, submission_id: str) -> tuple[Event, ...]:
        """There is no timeline of a submission."""
        return ()

    async def members(self) -> tuple[Member, ...]:
        """There are no colleagues."""
        return ()

    async def containers(self) -> tuple[Container, ...]:
        """The forms of the account."""
        return tuple(Container(self._source, part.id, part.name) for part in await self._merger.parts())

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def _list_forms(self) -> Sequence[Part]:
        """All forms. An account that is gone is refused as a missing record is (section 4)."""
        try:
            return await self._forms.read()
        except NotFound as error:
            raise AuthPaused(
                f"{self._client.host} has no account for the key of source {self._source};"
                " check the key and the base_url.",
                status=error.status,
            ) from error

    async def _read(self, part: Part, cursor: str | None) -> Page:
        """A page of one form. Raises Refused where nothing stands at the cursor, which is inclusive."""
        questions = await self._schemas.of(part.id)  # first: what is limited then is not asked twice
        listed, limit = await self._submissions(part, cursor)
        if listed.plan:
            self._plan = listed.plan
        rows = listed.submissions
        if cursor is not None and not rows:
            raise Refused("The place in the list of the form is lost.", status=404, code=LOST_PLACE)
        items: list[FetchedSubmission] = []
        quarantined: list[QuarantinedItem] = []
        for position, row in enumerate(rows):
            try:
                item = clean_item(row)
                facts = _facts(part, questions, item)
                items.append(FetchedSubmission(decode_clean(item, facts, self._source), wrap(item, facts)))
            except BadItem as exc:
                quarantined.append(QuarantinedItem(position, exc.reason, exc.id))
        return Page(tuple(items), tuple(quarantined), _next_cursor(listed, limit))

    async def _submissions(self, part: Part, cursor: str | None) -> tuple[WireSubmissions, int]:
        """A page of a form and the limit it was asked with; one too large is asked for again, smaller."""
        path = f"/forms/{quote(part.id, safe='')}/submissions"
        params = {"cursor": cursor} if cursor is not None else {}
        for limit in (self._page_size, *(size for size in _SMALLER_PAGES if size < self._page_size)):
            try:
                answer = await self._send(path, {**params, "limit": str(limit)})
                return self._checked(WireSubmissions, answer), limit
            except AnswerTooBig as exc:
                too_big = exc
        raise too_big.error from too_big

    async def _get(self, path: str, params: Mapping[str, str] | None = None) -> JSONValue:
        try:
            return await self._send(path, params)
        except AnswerTooBig as exc:
            raise exc.error from exc

    async def _send(self, path: str, params: Mapping[str, str] | None) -> JSONValue:
        self._stay_below_the_limit()
        self._sent.append(self._clock())
        try:
            return await self._client.get(path, params)
        except RateLimited:
            self._is_limited = True
            raise
        except Refused as error:
            raise self._about_the_key(error) from error

    def _stay_below_the_limit(self) -> None:
        """Opening many forms asks more than a minute allows. Raises RateLimited before the server has to."""
        for window in self.budget.windows:
            if window.remaining <= _KEPT_BACK and len(self._sent) > 1:
                free = self._sent[len(self._sent) // 2] + _MINUTE - self._clock()
                raise RateLimited(
                    f"The requests that {self._client.host} allows in a minute are used up.",
                    retry_after=max(1.0, free),
                )

    def _about_the_key(self, error: Refused) -> RemoteError:
        """A key of the wrong form is refused as a wrong parameter is (section 4)."""
        if error.status != 400 or "api key" not in error.message.lower():
            return error
        return AuthPaused(
            f"{self._client.host} does not accept the key of source {self._source}.", status=400
        )

    def _forget_old_requests(self) -> None:
        now = self._clock()
        while self._sent and not now - _MINUTE < self._sent[0] <= now:
            self._sent.popleft()

    def _checked(self, shape: type[_W], answer: JSONValue) -> _W:
        try:
            return shape.model_validate(answer)
        except ValidationError:
            # The library's error quotes what the visitors wrote, so it does not travel on.
            raise self._unexpected("it is not a list") from None

    def _unexpected(self, fault: str) -> BadAnswer:
        return bad_answer(fault, host=self._client.host, status=200)


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
