"""Walks that a leading inbox makes one request at a time: over what is open, and over all that is held."""

import contextlib
from dataclasses import replace
from typing import Final

from cache.models import Key
from cache.store.presence import ScanState
from cache.sync.pace import Lane, Pause
from cache.sync.pull import Puller, is_open
from cache.sync.remote import BadAnswer, Forbidden, NotFound, Page, Refused

__all__ = ["ColdWalk", "OpenWalk", "look_for_missing"]

_LOOKS: Final = 200
_LOOK_AGAIN_SECONDS: Final = 600.0
_SCAN_EVERY: Final = 86_400


class OpenWalk:
    """Reads the open submissions again; those held as open but no longer listed are looked at singly."""

    def __init__(self, puller: Puller, *, looks: int) -> None:
        self._puller = puller
        self._looks = looks
        self._began = puller.moment()
        self._cursor: str | None = None
        self._single: list[Key] | None = None

    async def step(self) -> bool:
        """Make the next request; False when nothing is left to do. Raises RemoteError."""
        if self._single is None:
            await self._list()
        elif self._single:
            await _look(self._puller, self._single.pop(0), Lane.HOT)
        return self._single is None or bool(self._single)

    async def _list(self) -> None:
        at, page = await self._puller.page(Lane.HOT, self._cursor, open_only=True)
        self._puller.keep(page, at)
        self._cursor = page.next_cursor
        # A server that knows no filter would have its whole list read again and again.
        if self._cursor is None or not all(map(is_open, page.items)):
            self._single = self._puller.stale_open(self._began, self._looks)


class ColdWalk:
    """Looks now and then through all that is held, for what is no longer there.

    A page at a time from the head of the list to its end; how far it has come outlives the process. Only at
    the end of a walk without an error is what it has not shown marked, and then asked for singly.
    """

    def __init__(self, puller: Puller) -> None:
        self._puller = puller
        self._single: list[Key] = []
        self._looked = Pause()
        self._is_cut = False

    @property
    def looks(self) -> bool:
        """Whether single submissions are to be asked for now."""
        return bool(self._single)

    async def step(self, now: float) -> bool:
        """Make the next request, if one is due; True when that was the last of a scan. Raises RemoteError."""
        if not self._single and self._looked.left(now) <= 0:
            self._looked.begin(now, _LOOK_AGAIN_SECONDS)
            self._single = self._puller.missing(_LOOKS)
        if self._single:
            await _look(self._puller, self._single.pop(0))
            return False
        state = self._puller.scan
        if state.began is None:
            due = state.scanned_at is None or not 0 <= now - state.scanned_at < _SCAN_EVERY
            due = due or state.is_owed(int(now))
            if not due or not self._puller.coverage.complete:
                return False
            self._is_cut = False
            state = ScanState(self._puller.moment(), None, False, state.scanned_at)
            self._puller.set_scan(state)
        return await self._scan(state, int(now))

    async def _scan(self, state: ScanState, now: int) -> bool:
        try:
            at, page = await self._puller.page(Lane.COLD, state.cursor)
        except (NotFound, Refused):
            # The cursor is no longer good: this walk proves nothing, the next one begins at the head.
            self._puller.set_scan(replace(state, began=None, cursor=None))
            raise
        self._puller.keep(page, at)
        self._is_cut = self._is_cut or any(item.may_pass for item in page.quarantined)
        state = replace(state, cursor=page.next_cursor, spoiled=state.spoiled or _spoils(page))
        if page.next_cursor is not None:
            self._puller.set_scan(state)
            return False
        self._puller.set_scan(ScanState(spoiled=self._is_cut, scanned_at=now))
        self._looked.end()
        if state.began is not None and not state.spoiled:
            self._puller.mark_unseen(state.began)
        return True


async def look_for_missing(puller: Puller, *, looks: int) -> None:
    """Ask singly for what is missing. Raises RemoteError when the source as a whole fails."""
    for key in puller.missing(looks):
        await _look(puller, key)


async def _look(puller: Puller, key: Key, lane: Lane = Lane.COLD) -> None:
    """Read one; that it may not be read proves nothing, and does not keep others from being looked at."""
    with contextlib.suppress(Forbidden, Refused, BadAnswer):
        await puller.one(key, lane)


def _spoils(page: Page) -> bool:
    """Whether something unreadable may be any of the rows that are held."""
    return any(item.id is None for item in page.quarantined)
