"""Walks over Postbox lists that move meanwhile: pages are offsets, and no row may fall between two."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inbox_tui.demo.postbox import Ledger, Postbox, Quirks
from inbox_tui.demo.running import real_clock, running_server
from tests.providers.remotes import remote_at

NOW = real_clock().replace(microsecond=0)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("moving") / "server.db", submissions=0, now=NOW) as running:
        yield running


def clear(server):
    with server.database.transaction() as connection:
        connection.execute("DELETE FROM postbox_submissions")


def arrive(server, count, since):
    """Lets rows arrive, one a second after all that are there, and returns their ids."""
    held = Ledger(server.database, server.seed)
    form = held.form_id("contact")
    return [held.add(form, {"n": since + n}, NOW + timedelta(seconds=since + n)) for n in range(count)]


def remove(server, places):
    """Deletes the rows at these places of the list, the newest being 0, and returns their ids."""
    held = Ledger(server.database, server.seed)
    rows = [row["id"] for row in held.submissions(held.form_id("contact"))]
    doomed = {rows[place] for place in places if place < len(rows)}
    with server.database.transaction() as connection:
        connection.executemany("DELETE FROM postbox_submissions WHERE id = ?", [(each,) for each in doomed])
    return doomed


async def walk(server, page_size, between):
    """All ids that a walk gives while `between` happens after each page, and how the list ends."""
    remote = remote_at(server, "postbox", "box", page_size=page_size)
    given, cursor = [], None
    try:
        for number in range(200):
            page = await remote.page(cursor=cursor)
            given += [item.submission.id for item in page.items]
            cursor = page.next_cursor
            if cursor is None:
                return given
            between(number)
        raise AssertionError("the walk does not end")
    finally:
        await remote.aclose()


@pytest.mark.parametrize("past_end", ["empty", "refuse"])
@pytest.mark.parametrize("at_once", [1, 5, 9, 10, 11, 20, 40])
async def test_rows_that_arrive_meanwhile_push_none_out(server, at_once, past_end):
    clear(server)
    server.contract(Postbox).quirks = Quirks(past_end=past_end)
    first = arrive(server, 95, 0)
    arrived = [95]

    def between(number):
        if number < 3:
            arrive(server, at_once, arrived[0])
            arrived[0] += at_once

    given = await walk(server, 10, between)
    assert set(first) <= set(given)


@pytest.mark.parametrize("past_end", ["empty", "refuse"])
@pytest.mark.parametrize("at_once", [1, 4, 10, 13, 30])
async def test_rows_that_are_deleted_meanwhile_hide_none(server, at_once, past_end):
    clear(server)
    server.contract(Postbox).quirks = Quirks(past_end=past_end)
    first = arrive(server, 95, 0)
    doomed = set()

    def between(number):
        if number < 3:
            doomed.update(remove(server, range(at_once)))

    given = await walk(server, 10, between)
    assert set(first) - doomed <= set(given)


async def test_a_quiet_walk_gives_every_row_once(server):
    clear(server)
    first = arrive(server, 95, 0)
    assert await walk(server, 10, lambda number: None) == first[::-1]


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_moves_no_row_that_stays_is_left_out(server, data):
    clear(server)
    past_end = data.draw(st.sampled_from(["empty", "refuse"]))
    server.contract(Postbox).quirks = Quirks(past_end=past_end)
    held = data.draw(st.integers(0, 70))
    size = data.draw(st.sampled_from([3, 10, 25]))
    first, doomed, arrived = arrive(server, held, 0), set(), [held]

    def between(number):
        if number < 6:
            count = data.draw(st.integers(0, 12))
            arrive(server, count, arrived[0])
            arrived[0] += count
            # What arrives and what goes in the part that was not read yet may hide each other.
            doomed.update(remove(server, data.draw(st.sets(st.integers(0, size - 1), max_size=8))))

    given = asyncio.run(walk(server, size, between))
    assert set(first) - doomed <= set(given)
