"""The forms of a Mantlz account: their list, which may be long, and the questions of each.

Facts: docs/contracts/mantlz.md section 3.3.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Protocol, TypeVar
from urllib.parse import quote

from pydantic import ValidationError

from cache.sync.remote import BadAnswer, Forbidden, NotFound, OutcomeUnknown, Refused
from inbox_tui.providers.items import BadItem, clean_item, parse_time
from inbox_tui.providers.mantlz_wire import WireForms, WireListedForm, WireQuestion, WireRecord, WireSchema
from inbox_tui.providers.merged import Part

if TYPE_CHECKING:
    from cache.models import JSONValue

__all__ = ["FormList", "FormSchemas"]

_W = TypeVar("_W", bound=WireRecord)

_LIMIT: Final = 100
_MOST_PAGES: Final = 1_000
_LIST_SECONDS: Final = 900.0
"""How long a list that was read in part may be gone on with."""
_SCHEMA_SECONDS: Final = 3_600.0
_RETRY_SECONDS: Final = 600.0
"""After how long questions that could not be read are asked for again."""


class _Get(Protocol):
    def __call__(self, path: str, params: Mapping[str, str] | None = None, /) -> Awaitable[JSONValue]: ...


class _Check(Protocol):
    def __call__(self, shape: type[_W], answer: JSONValue, /) -> _W: ...


class FormList:
    """Reads the list of forms; where a request fails, the next `read` goes on from there.

    A page may begin with the last form of the page before, and may name a next page for ever
    (docs/contracts/mantlz.md section 3.2).
    """

    def __init__(self, get: _Get, check: _Check, *, clock: Callable[[], float]) -> None:
        self._get = get
        self._check = check
        self._clock = clock
        self._found: dict[str, Part] = {}
        self._asked: set[str] = set()
        self._cursor: str | None = None
        self._began = 0.0

    async def read(self) -> Sequence[Part]:
        """All forms. Raises RemoteError."""
        if not 0 <= self._clock() - self._began < _LIST_SECONDS:
            self._begin()
        for _ in range(_MOST_PAGES):
            params = {"limit": str(_LIMIT)}
            if self._cursor is not None:
                params["cursor"] = self._cursor
            listed = self._check(WireForms, await self._get("/forms/list", params))
            if not self._take(listed):
                break
        found = tuple(self._found.values())
        self._began = 0.0
        return found

    def _begin(self) -> None:
        self._found, self._asked, self._cursor = {}, set(), None
        self._began = self._clock()

    def _take(self, listed: WireForms) -> bool:
        """Takes a page; says whether there is another."""
        known = len(self._found)
        for row in listed.forms:
            try:
                form = WireListedForm.model_validate(clean_item(row))
            except (ValidationError, BadItem):
                continue
            created = parse_time(form.created_at)
            part = Part(form.id, form.name or form.id[:8], form.count, created)
            self._found.setdefault(form.id, part)
        cursor = listed.next_cursor or None
        if cursor is None or cursor in self._asked or len(self._found) == known:
            return False
        self._asked.add(cursor)
        self._cursor = cursor
        return True


class FormSchemas:
    """The questions of forms, as they are asked today. A form whose questions cannot be had has none."""

    def __init__(self, get: _Get, *, clock: Callable[[], float]) -> None:
        self._get = get
        self._clock = clock
        self._known: dict[str, tuple[Mapping[str, JSONValue], ...]] = {}
        self._until: dict[str, float] = {}

    async def of(self, form_id: str) -> tuple[Mapping[str, JSONValue], ...]:
        """The questions of a form in their order. Raises what concerns more than this form."""
        now = self._clock()
        if now >= self._until.get(form_id, 0.0):
            try:
                self._known[form_id] = _questions(await self._get(f"/forms/{quote(form_id, safe='')}"))
                self._until[form_id] = now + _SCHEMA_SECONDS
            except (Forbidden, NotFound, OutcomeUnknown, Refused, BadAnswer):
                self._until[form_id] = now + _RETRY_SECONDS
        return self._known.get(form_id, ())


def _questions(answer: JSONValue) -> tuple[Mapping[str, JSONValue], ...]:
    try:
        listed = WireSchema.model_validate(answer).fields or []
    except ValidationError:
        return ()
    found = []
    for row in listed:
        try:
            question = WireQuestion.model_validate(clean_item(row))
        except (ValidationError, BadItem):
            continue
        key = question.name or question.id
        if key is not None:
            told = {"name": key, "label": question.label, "type": question.type}
            found.append({name: value for name, value in told.items() if value})
    return tuple(found)
