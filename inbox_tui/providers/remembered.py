"""Keeps what is known of each form or bot beside its rows, so that it is not asked for with every page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from cache.sync.remote import RemoteError
from inbox_tui.providers.merged import EVERYBODYS

__all__ = ["Remembered"]

_HOUR: Final = 3_600.0

_T = TypeVar("_T")


class Remembered(Generic[_T]):
    """What `ask` tells of a form or bot, by its id: believed for an hour, and rows are read without it too.

    What cannot be had stays as it was, `unknown` at first, and is asked for again after `retry_seconds`.
    `clock` gives seconds since the epoch.
    """

    def __init__(
        self,
        ask: Callable[[str], Awaitable[_T]],
        unknown: _T,
        *,
        clock: Callable[[], float],
        retry_seconds: float = _HOUR,
    ) -> None:
        self._ask = ask
        self._unknown = unknown
        self._clock = clock
        self._retry_seconds = retry_seconds
        self._known: dict[str, tuple[float, float, _T]] = {}

    async def of(self, part_id: str) -> _T:
        """What is known of one of them. Raises what concerns more than this one."""
        now = self._clock()
        at, lasts, known = self._known.get(part_id, (now, 0.0, self._unknown))
        if 0 <= now - at < lasts:
            return known
        lasts = _HOUR
        try:
            known = await self._ask(part_id)
        except EVERYBODYS:
            raise
        except RemoteError:
            lasts = self._retry_seconds
        self._known[part_id] = (now, lasts, known)
        return known
