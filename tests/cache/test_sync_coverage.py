"""What is claimed about the list is true at any kill point; pages in any order give the same cache."""

import asyncio
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.schema import CACHE
from cache.store.writer import Writer
from tests.cache.making import NOW, LocalCopy, fetched, interruption, scratch
from tests.cache.sync_world import World
from tests.cache.test_sync_pull import assert_claim_is_true, assert_next_sync_holds_everything


async def kill(engine, task):
    """End a leading engine as a crash does: nothing is finished, the lock is released."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    engine._lock.release()


@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 30),
    st.lists(st.tuples(st.integers(0, 14), st.integers(0, 9), st.floats(0, 1.5)), max_size=4),
)
async def test_claims_are_true_wherever_a_leading_inbox_is_killed(rows, lives):
    """inv 16"""
    with scratch() as directory:
        world = World(directory / "data", rows=rows, page_size=3)
        world.remote.latency = 0.2
        try:
            for requests, arrivals, seconds in lives:
                for _ in range(arrivals):
                    world.remote.arrive()
                world.remote.calls.clear()
                engine = world.engine()
                task = asyncio.ensure_future(engine.run())
                for _ in range(200):
                    if world.remote.count("page") >= requests:
                        break
                    await world.time.passes(0.1)
                await world.time.passes(seconds)
                await kill(engine, task)
                assert_claim_is_true(world, world.remote.rows)
            world.remote.latency = 0.0
            await assert_next_sync_holds_everything(world)
        finally:
            await world.close()


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.integers(1, 60))
async def test_a_claim_is_never_stored_without_the_rows_it_speaks_of(step):
    """inv 16: the disk fails at any statement of a walk."""
    with scratch() as directory:
        world = World(directory / "data", rows=12, page_size=3)
        applied = Writer.apply

        def failing(writer, *arguments, **options):
            writer._conn.set_progress_handler(interruption(step), 40)
            try:
                return applied(writer, *arguments, **options)
            finally:
                writer._conn.set_progress_handler(None, 0)

        try:
            Writer.apply = failing
            await world.sync()
            Writer.apply = applied
            assert_claim_is_true(world, world.remote.rows)
            await world.sync()
            assert world.cached() == set(world.remote.rows)
        finally:
            Writer.apply = applied
            await world.close()


values = st.builds(
    dict,
    status=st.sampled_from(["new", "read", "resolved"]),
    flagged=st.booleans(),
    notes=st.sampled_from([None, "call", "call back"]),
)
pages = st.lists(
    st.lists(st.tuples(st.sampled_from("abcdef"), values), max_size=4, unique_by=lambda item: item[0]),
    max_size=5,
)


@pytest.mark.slow
@settings(deadline=None)
@given(pages, st.randoms(use_true_random=False), st.integers(0, 3))
def test_pages_applied_twice_or_in_either_order_give_the_same_cache(shown, rng, repeats):
    """inv 17: each page was asked for at a moment of its own."""
    with scratch() as directory:
        made = [
            (moment, [fetched(name, created=NOW + ord(name), **fields) for name, fields in page])
            for moment, page in enumerate(shown, start=1)
        ]
        other = [*made, *made[:repeats]]
        rng.shuffle(other)
        with LocalCopy(directory / "one") as one, LocalCopy(directory / "other") as two:
            for moment, page in made:
                one.show(*page, as_of=moment)
            for moment, page in other:
                two.show(*page, as_of=moment)
            assert one.rows() == two.rows()
            assert sorted(one.ids()) == sorted(two.ids())
            one.check_index()
            two.check_index()


async def test_a_scan_cursor_is_kept_only_after_the_rows_it_has_passed(world):
    """inv 16"""
    for _ in range(40):
        world.remote.arrive(status="resolved")
    await world.sync()
    world.cache.execute("UPDATE source SET scanned_at = scanned_at - 86400")
    engine = await world.start()
    cursors = set()
    for _ in range(60):
        await world.time.passes(10)
        with_cursor = sqlite3.connect(world.directory / CACHE.name)
        began, cursor = with_cursor.execute("SELECT scan_began, scan_cursor FROM source").fetchone()
        with_cursor.close()
        cursors.add(cursor)
        if cursor is not None:
            passed = {name for name in world.remote.rows if name >= cursor}
            seen = world.cache.execute(
                "SELECT id FROM submission JOIN triage USING (rowid) WHERE as_of >= ?", (began,)
            )
            assert passed <= {row[0] for row in seen}
    await world.end(engine)
    assert len(cursors) > 3
