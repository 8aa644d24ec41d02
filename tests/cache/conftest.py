"""Fixtures of the local copy, and a world for the tests of the engine."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.cache.making import NOW, LocalCopy, fetched
from tests.cache.sync_world import World


@pytest.fixture
def local(tmp_path: Path) -> Iterator[LocalCopy]:
    """An empty local copy of one source."""
    with LocalCopy(tmp_path / "data") as copy:
        yield copy


@pytest.fixture
def copy(local: LocalCopy) -> LocalCopy:
    """A local copy with three submissions."""
    local.show(*(fetched(name, created=NOW + ord(name), notes="call") for name in "abc"))
    return local


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """The engine with a scripted remote."""
    made = World(tmp_path / "data")
    yield made
    await made.close()
