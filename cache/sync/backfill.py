"""What lies below the held stretch of a list: page after page, each made ready to be stored."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from cache.store.elsewhere import Texts
from cache.store.packing import Dictionary
from cache.store.ready import Ready
from cache.store.writer import Writer
from cache.sync.reading import TextReader
from cache.sync.remote import Page, QuarantinedItem, RemoteError, TextPage

__all__ = ["BATCH_ROWS", "Asked", "Batch", "ReadPage", "pages_below", "read_decoded", "read_texts"]

BATCH_ROWS: Final = 250
"""Four times as many are stored a seventh quicker and take 11 MB more."""
_BATCH_SECONDS: Final = 1.0


class ReadPage(NamedTuple):
    """A page whose items are ready to be stored."""

    at: int
    """The logical moment at which it was asked for."""
    items: list[Ready]
    quarantined: tuple[QuarantinedItem, ...]
    next_cursor: str | None


@dataclass(slots=True)
class Batch:
    """Pages that are stored in one transaction."""

    started: float
    rows: int = BATCH_ROWS
    """It is stored with so many, or sooner when they come slowly."""
    at_rest: int = BATCH_ROWS
    """It is stored with so many, too, while no other one is being stored."""
    at: int = 0
    """The logical moment at which the first of them was asked for: the safe one for all."""
    items: list[Ready] = field(default_factory=list)
    quarantined: list[QuarantinedItem] = field(default_factory=list)
    pages: int = 0

    def add(self, page: ReadPage) -> None:
        """Take a page in."""
        self.at = self.at or page.at
        self.items += page.items
        self.quarantined += page.quarantined
        self.pages += 1

    def ready(self, now: float, *, at_rest: bool) -> bool:
        """Whether it is to be stored now; `now` and `started` are of one clock, in seconds.

        `at_rest` says that no other one is being stored.
        """
        enough = self.at_rest if at_rest else self.rows
        return len(self.items) >= enough or not self.started <= now < self.started + _BATCH_SECONDS


class Asked(NamedTuple):
    """A page as it came."""

    next_cursor: str | None
    read: Callable[[], Coroutine[Any, Any, ReadPage]]


async def pages_below(
    cursor: str,
    ask: Callable[[str], Coroutine[Any, Any, Asked]],
    *,
    pages: int | None,
    at_once: int = 0,
) -> AsyncGenerator[ReadPage, None]:
    """The pages from `cursor` on, at most `pages` of them.

    The next one is asked for while one is read, and up to `at_once` more while the first is still read. Each
    is given as soon as it is read and it is its turn. Raises what `ask` raises, after the pages before that.
    """
    reading: deque[asyncio.Task[ReadPage]] = deque()
    ahead: asyncio.Task[Asked] | None = asyncio.create_task(ask(cursor))
    failed: RemoteError | None = None
    asked = 1
    try:
        while ahead is not None or reading:
            if ahead is not None and len(reading) <= at_once:
                await asyncio.wait({ahead, *list(reading)[:1]}, return_when=asyncio.FIRST_COMPLETED)
            if reading and (ahead is None or len(reading) > at_once or reading[0].done()):
                yield await reading.popleft()
            elif ahead is not None and ahead.done():
                try:
                    page, ahead = ahead.result(), None
                except RemoteError as error:
                    failed, ahead = error, None
                    continue
                if page.next_cursor is not None and asked != pages:
                    ahead = asyncio.create_task(ask(page.next_cursor))
                    asked += 1
                    await _let_it_start()
                reading.append(asyncio.create_task(page.read()))
        if failed is not None:
            raise failed
    finally:
        left = [each for each in (ahead, *reading) if each is not None]
        for each in left:
            each.cancel()
        await asyncio.gather(*left, return_exceptions=True)


async def read_decoded(page: Page, at: int, writer: Writer) -> ReadPage:
    """Make the items of a page ready, in this process."""
    return ReadPage(at, writer.ready(page.items), page.quarantined, page.next_cursor)


async def read_texts(
    page: TextPage, at: int, source: str, reader: TextReader, dictionary: Dictionary | None
) -> ReadPage:
    """Make the texts of a page ready, by whatever `reader` reads them."""
    found = await reader.read(Texts(source, page.decoder, page.texts, dictionary, page.keep))
    items: list[Ready] = []
    quarantined: list[QuarantinedItem] = []
    for position, item in enumerate(found):
        if isinstance(item, Ready):
            items.append(item)
        else:
            quarantined.append(QuarantinedItem(position, item.reason, item.id))
    return ReadPage(at, items, tuple(quarantined), page.next_cursor)


async def _let_it_start() -> None:
    """Give a new request the turns of the loop it needs to be written to its socket."""
    for _ in range(8):
        await asyncio.sleep(0)
