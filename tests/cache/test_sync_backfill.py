"""The pages below the held stretch: their order, their end, and what an error on the way costs."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from cache.sync.backfill import Asked, ReadPage, pages_below
from cache.sync.remote import NotFound

LAST = 6


class Source:
    """A list of pages; the one named `broken` cannot be had. Pages are read when they are let go."""

    def __init__(self, *, broken: int | None = None) -> None:
        self.broken = broken
        self.asked: list[int] = []
        self.reading: list[int] = []
        self.gate = asyncio.Event()

    async def ask(self, cursor: str) -> Asked:
        number = int(cursor)
        self.asked.append(number)
        await asyncio.sleep(0)
        if number == self.broken:
            raise NotFound("gone")
        return Asked(str(number + 1) if number < LAST else None, self._reader(number))

    def _reader(self, number: int) -> Callable[[], Coroutine[Any, Any, ReadPage]]:
        async def read() -> ReadPage:
            self.reading.append(number)
            await self.gate.wait()
            return ReadPage(number, [], (), None)

        return read


@pytest.mark.parametrize("at_once", [0, 1, 3, 50])
@pytest.mark.parametrize("pages", [None, 1, 4, 99])
async def test_every_page_comes_once_and_in_order(at_once: int, pages: int | None) -> None:
    source = Source()
    source.gate.set()
    below = pages_below("1", source.ask, pages=pages, at_once=at_once)
    wanted = list(range(1, min(pages or LAST, LAST) + 1))
    assert [page.at async for page in below] == wanted
    assert source.asked == wanted


async def test_so_many_pages_are_read_at_once_and_no_more() -> None:
    source = Source()
    below = pages_below("1", source.ask, pages=None, at_once=2)
    first = asyncio.ensure_future(anext(below))
    for _ in range(200):
        await asyncio.sleep(0)
    assert source.reading == [1, 2, 3]
    assert source.asked == [1, 2, 3, 4]
    source.gate.set()
    assert (await first).at == 1
    await below.aclose()


async def test_a_page_that_is_read_waits_for_no_other() -> None:
    source = Source()
    source.gate.set()
    slow = asyncio.Event()
    asked = source.ask

    async def ask(cursor: str) -> Asked:
        if cursor == "2":
            await slow.wait()
        return await asked(cursor)

    below = pages_below("1", ask, pages=None, at_once=3)
    assert (await anext(below)).at == 1
    slow.set()
    assert [page.at async for page in below] == [2, 3, 4, 5, 6]


@pytest.mark.parametrize("at_once", [0, 3])
async def test_what_came_before_an_error_is_given_before_it_is_raised(at_once: int) -> None:
    source = Source(broken=4)
    source.gate.set()
    given: list[int] = []

    async def take() -> None:
        async for page in pages_below("1", source.ask, pages=None, at_once=at_once):
            given.append(page.at)

    with pytest.raises(NotFound):
        await take()
    assert given == [1, 2, 3]


async def test_whoever_stops_leaves_nothing_running() -> None:
    source = Source()
    below = pages_below("1", source.ask, pages=None, at_once=3)
    first = asyncio.ensure_future(anext(below))
    for _ in range(200):
        await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await below.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}
