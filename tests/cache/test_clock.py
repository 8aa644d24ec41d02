from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.clock import LOCAL_STEPS, LogicalClock
from cache.models import Key, Triage
from cache.outbox import Delivery, Edit, Outbox
from cache.schema import OUTBOX, open_database
from tests.cache.making import Wall, make_files

KEY = Key("acme", "a")


def edit(outbox: Outbox, note: str) -> int:
    """Make an edit and tell its moment."""
    outbox.edit("note", [Edit(KEY, "notes", note)], lambda _: Triage())
    return outbox.pending()[-1].clock


@settings(max_examples=30, deadline=None)
@given(
    moves=st.lists(st.sampled_from(["edit here", "edit there", "read", "restart", "new leader"]), max_size=20)
)
def test_any_two_moments_compare_as_they_happened(
    moves: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    directory: Path = tmp_path_factory.mktemp("clock")
    make_files(directory)
    here, there = open_database(directory, OUTBOX), open_database(directory, OUTBOX)
    moments: list[int] = []
    try:
        clock = LogicalClock(here)
        for number, move in enumerate(moves):
            if move == "edit here":
                moments.append(edit(Outbox(here, wall=Wall()), str(number)))
            elif move == "edit there":
                moments.append(edit(Outbox(there, wall=Wall()), str(number)))
            elif move == "read":
                moments.append(clock.now())
            else:
                if move == "restart":
                    here.close()
                    here = open_database(directory, OUTBOX)
                Delivery(here, wall=Wall()).adopt()  # what a leader begins with
                clock = LogicalClock(here)
        assert moments == sorted(set(moments))
    finally:
        here.close()
        there.close()


def test_read_begun_before_an_edit_stays_before_it_however_many_came_between(tmp_path: Path) -> None:
    with closing(open_database(tmp_path, OUTBOX)) as conn:
        clock, outbox = LogicalClock(conn), Outbox(conn, wall=Wall())
        reads = [clock.now() for _ in range(1000)]
        edited = edit(outbox, "x")
        assert max(reads) < edited < clock.now()
        assert reads == sorted(set(reads))
        assert edited % LOCAL_STEPS == 0


def test_moments_do_not_depend_on_the_wall_clock(tmp_path: Path) -> None:
    with closing(open_database(tmp_path, OUTBOX)) as conn:
        wall = Wall()
        outbox = Outbox(conn, wall=wall)
        first = edit(outbox, "x")
        wall.at -= 10 * 365 * 86_400
        assert edit(outbox, "y") > first
