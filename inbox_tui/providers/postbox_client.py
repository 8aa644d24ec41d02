"""Requests to Postbox, counted: it tells nobody how many are left.

Facts: docs/contracts/postbox.md section 5.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final

from cache.sync.remote import BadAnswer, Budget, RateLimited, RateWindow
from inbox_tui.providers.http import AnswerTooBig, JsonClient

if TYPE_CHECKING:
    from cache.models import JSONValue

__all__ = ["LIMIT", "CountedClient"]

LIMIT: Final = 60
"""Requests in any minute."""
_MINUTE: Final = 60.0
_NO_CONTENT: Final = 204


class CountedClient:
    """A `JsonClient` with a budget of its own; `clock` gives seconds since the epoch."""

    def __init__(self, client: JsonClient, clock: Callable[[], float]) -> None:
        self._client = client
        self._clock = clock
        self._asked: deque[float] = deque(maxlen=LIMIT)

    @property
    def host(self) -> str:
        """The host name, as messages show it."""
        return self._client.host

    @property
    def budget(self) -> Budget:
        """What is left of the minute, by this program's own count; others may use the key too."""
        now = self._clock()
        while self._asked and not now - _MINUTE < self._asked[0] <= now:
            self._asked.popleft()
        if not self._asked:
            return Budget()
        left = LIMIT - len(self._asked)
        return Budget((RateWindow("minute", LIMIT, left, self._asked[0] + _MINUTE),))

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> JSONValue:
        """GETs `path`; an answer that is too large is an error like any other."""
        try:
            return await self.get_page(path, params)
        except AnswerTooBig as exc:
            raise exc.error from exc

    async def get_page(self, path: str, params: Mapping[str, str] | None = None) -> JSONValue:
        """GETs `path`. Raises AnswerTooBig for an answer of which less may be asked."""
        return await self._counted(self._client.get(path, params))

    async def delete(self, path: str) -> None:
        """DELETEs `path`; of a good answer only its status counts, it may be empty."""
        try:
            await self._counted(self._client.delete(path))
        except AnswerTooBig:
            return  # it was a good one
        except BadAnswer as exc:
            if exc.status != _NO_CONTENT:
                raise

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def _counted(self, request: Awaitable[JSONValue]) -> JSONValue:
        moment = self._clock()
        self._asked.append(moment)
        try:
            return await request
        except RateLimited:
            if moment in self._asked:
                self._asked.remove(moment)  # a refused request is not counted
            raise
