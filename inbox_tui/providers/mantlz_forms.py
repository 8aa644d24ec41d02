"""The forms of a Mantlz account: their list, which may be long, and the questions of each.

Facts: docs/contracts/mantlz.md section 3.3.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from inbox_tui.providers.items import BadItem, parse_time, understood
from inbox_tui.providers.mantlz_wire import WireForms, WireListedForm, WireQuestion, WireSchema
from inbox_tui.providers.merged import Part
from inbox_tui.providers.shapes import shaped

if TYPE_CHECKING:
    from cache.models import JSONValue

__all__ = ["FormList", "read_questions"]

_LIMIT: Final = 100
_MOST_PAGES: Final = 1_000
_LIST_SECONDS: Final = 900.0
"""How long a list that was read in part may be gone on with."""


class FormList:
    """Reads the list of forms; where a request fails, the next `read` goes on from there.

    `ask` gives the page that its parameters ask for. A page may begin with the last form of the page
    before, and may name a next page for ever (docs/contracts/mantlz.md section 3.2).
    """

    def __init__(
        self, ask: Callable[[Mapping[str, str]], Awaitable[WireForms]], *, clock: Callable[[], float]
    ) -> None:
        self._ask = ask
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
            if not self._take(await self._ask(params)):
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
        for part in understood(listed.forms, _part):
            self._found.setdefault(part.id, part)
        cursor = listed.next_cursor or None
        if cursor is None or cursor in self._asked or len(self._found) == known:
            return False
        self._asked.add(cursor)
        self._cursor = cursor
        return True


def read_questions(answer: JSONValue) -> tuple[Mapping[str, JSONValue], ...]:
    """The questions of a form in their order; none where the answer has none."""
    try:
        listed = shaped(WireSchema, answer).fields or []
    except BadItem:
        return ()
    return tuple(understood(listed, _question))


def _part(row: JSONValue) -> Part:
    form = shaped(WireListedForm, row)
    return Part(form.id, form.name or form.id[:8], form.count, parse_time(form.created_at))


def _question(row: JSONValue) -> Mapping[str, JSONValue]:
    question = shaped(WireQuestion, row)
    key = question.name or question.id
    if key is None:
        raise BadItem("a question without a name")
    told = {"name": key, "label": question.label, "type": question.type}
    return {name: value for name, value in told.items() if value}
