"""What the engine tells reaches the screen at once after a pause, and gathered while there is much of it."""

import asyncio
from typing import Any

import pytest

from cache.errors import CacheError
from cache.store.changes import ChangeSet
from cache.sync.status import Connection, SourceStatus
from inbox_tui.inbox import news as module
from inbox_tui.inbox.news import News
from inbox_tui.messages import CacheChanged, SourceStatusChanged, StoreFailed


def status(source: str, message: str) -> SourceStatus:
    return SourceStatus(source, Connection.ONLINE, since=1.0, message=message)


def rows(*numbers: int) -> ChangeSet:
    return ChangeSet(frozenset(numbers))


async def test_the_first_news_are_told_at_once_and_the_next_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSE", 0.01)
    told: list[Any] = []
    came = asyncio.Event()

    def tell(message: Any) -> None:
        told.append(message)
        came.set()

    news = News(tell)
    for source in ("acme", "beta"):
        news.status(status(source, "online"))
    told.clear()
    came.clear()
    news.status(status("acme", "one"))
    news.changed(rows(1))
    await came.wait()
    assert told == [SourceStatusChanged(status("acme", "one")), CacheChanged(rows(1))]
    told.clear()
    came.clear()
    news.changed(rows(2))
    news.status(status("acme", "two"))
    news.status(status("beta", "three"))
    news.changed(rows(3))
    news.status(status("acme", "four"))
    assert not told
    await came.wait()
    assert told == [
        SourceStatusChanged(status("acme", "four")),
        SourceStatusChanged(status("beta", "three")),
        CacheChanged(rows(2, 3)),
    ]


async def test_arrivals_and_another_connection_are_told_at_once() -> None:
    told: list[Any] = []
    news = News(told.append)
    news.status(status("acme", "online"))
    news.status(status("acme", "still"))
    lost = SourceStatus("acme", Connection.OFFLINE, since=2.0, message="lost")
    news.status(lost)
    assert told == [SourceStatusChanged(status("acme", "online")), SourceStatusChanged(lost)]
    told.clear()
    arrived = ChangeSet(frozenset({7}), frozenset({7}))
    news.changed(rows(1))
    assert not told
    news.changed(arrived)
    assert told == [CacheChanged(rows(1) | arrived)]


def test_without_the_engine_everything_is_told_at_once() -> None:
    told: list[Any] = []
    news = News(told.append)
    news.changed(rows(1))
    news.status(status("acme", "stopped"))
    assert told == [CacheChanged(rows(1)), SourceStatusChanged(status("acme", "stopped"))]


async def test_a_failure_is_told_after_what_came_before_it() -> None:
    told: list[Any] = []
    news = News(told.append)
    error = CacheError("The disk is full.")
    news.changed(rows(1))
    news.failed(error)
    assert told == [CacheChanged(rows(1)), StoreFailed(error, None)]
