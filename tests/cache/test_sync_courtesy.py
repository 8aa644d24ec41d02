"""What waits for a person who types, and what does not."""

import itertools

import pytest

from tests.cache.sync_world import World


@pytest.fixture
async def world(tmp_path):
    made = World(tmp_path / "data", rows=40, page_size=5)
    yield made
    await made.close()


async def test_edits_do_not_wait_for_a_person_who_types_while_the_source_is_opened(world):
    await world.sync()
    world.edit("s0001", status="read")
    world.time.now += 86_400
    world.remote.calls.clear()
    opened = world.time.now
    await world.start(busy=lambda: 60.0)
    await world.time.passes(10)
    sent = [call.at for call in world.remote.calls if call.kind in ("me", "patch")]
    assert sent == [opened, opened]


async def test_news_that_are_asked_for_do_not_wait_for_a_person_who_types_on(world):
    await world.sync()
    engine = await world.start(busy=lambda: 60.0)
    await world.time.passes(3600)
    world.remote.latency = 0.7
    world.remote.calls.clear()
    asked = world.time.now
    engine.poll_now()
    await world.time.passes(60)
    pages = [call.at for call in world.remote.calls if call.kind in ("page", "open")]
    steps = [later - sooner for sooner, later in zip([asked, *pages], pages, strict=False)]
    assert len(pages) > 8
    assert max(steps[:9]) == pytest.approx(0.7)


async def test_news_nobody_asked_for_wait_again_once_those_that_were_are_read(world):
    await world.sync()
    engine = await world.start(busy=lambda: 60.0)
    await world.time.passes(30)
    engine.poll_now()
    await world.time.passes(30)
    world.remote.calls.clear()
    await world.time.passes(3600)
    pages = [call.at for call in world.remote.calls if call.kind in ("page", "open")]
    steps = [later - sooner for sooner, later in itertools.pairwise(pages)]
    assert len(pages) > 8
    assert min(steps) >= 2.0
