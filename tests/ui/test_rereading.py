"""When things are read again: every change is followed, and no read keeps another from its answer."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox_tui.inbox.rereading import Rereading

DELAY = 0.1


class Bench:
    """A clock that is turned by hand, and reads that are answered when they are told to be."""

    def __init__(self) -> None:
        self.now = 0.0
        self.due: list[tuple[float, Callable[[], None]]] = []
        self.state = self.shown = 0
        self.reads: list[bool] = []
        self.answers: list[tuple[int, Callable[[int], None]]] = []
        """Of each read that is under way what it sees, and who takes it; only the last is wanted."""
        self.rereading = Rereading(DELAY, self.read, self._later, steady=lambda: self.now)

    def _later(self, seconds: float, then: Callable[[], None]) -> None:
        self.due.append((self.now + seconds, then))

    def read(self, awaited: bool) -> None:
        """Begin a read, in place of the one before."""
        self.reads.append(awaited)
        number = self.rereading.begun(stays=awaited)
        self.answers = [(self.state, self.rereading.taking(number, self._show))]

    def _show(self, seen: int) -> None:
        self.shown = seen

    def change(self, *, awaited: bool = False) -> None:
        """Something is not what it was."""
        self.state += 1
        self.rereading.changed(awaited=awaited)

    def news_read_for(self, seconds: float) -> None:
        """News are read for so long, and others come meanwhile."""
        self.change()
        self.pass_time(DELAY)
        self.change()
        self.pass_time(seconds)
        self.answer()

    def answer(self) -> None:
        """The read under way is over."""
        for seen, take in self.answers:
            self.answers = []
            take(seen)

    def pass_time(self, seconds: float) -> None:
        """Do what is due by then."""
        self.now += seconds
        due = [then for at, then in self.due if at <= self.now]
        self.due = [one for one in self.due if one[0] > self.now]
        for then in due:
            then()


def test_many_changes_are_read_once() -> None:
    bench = Bench()
    for _ in range(5):
        bench.change()
    bench.pass_time(DELAY)
    assert bench.reads == [False]


def test_a_read_that_nobody_awaits_is_not_replaced_by_the_next_change() -> None:
    bench = Bench()
    bench.change()
    bench.pass_time(DELAY)
    for _ in range(20):
        bench.change()
        bench.pass_time(DELAY)
    assert bench.reads == [False]
    bench.answer()
    assert bench.shown == 1
    assert bench.rereading.is_waiting


@pytest.mark.parametrize(("took", "pause"), [(0.5, 0.5), (1.0, 1.0), (600.0, 1.0)])
def test_the_next_read_begins_after_as_long_as_the_last_one_took_but_a_second_at_most(
    took: float, pause: float
) -> None:
    bench = Bench()
    bench.news_read_for(took)
    bench.pass_time(pause - 0.1)
    assert bench.reads == [False]
    bench.pass_time(0.1)
    assert bench.reads == [False, False]


def test_what_a_person_did_does_not_wait_as_long_as_news_do() -> None:
    bench = Bench()
    bench.news_read_for(1.0)
    bench.change(awaited=True)
    bench.pass_time(DELAY)
    assert bench.reads == [False, True]
    bench.answer()
    bench.pass_time(1.0)
    assert bench.reads == [False, True]  # for the timer of the news, too


def test_what_a_person_did_is_read_in_place_of_what_nobody_awaits() -> None:
    bench = Bench()
    bench.change()
    bench.pass_time(DELAY)
    bench.change(awaited=True)
    bench.pass_time(DELAY)
    assert bench.reads == [False, True]
    bench.change(awaited=True)
    bench.pass_time(DELAY)
    assert bench.reads == [False, True]
    bench.pass_time(1.0)
    bench.answer()
    bench.pass_time(DELAY)
    assert bench.reads == [False, True, True]


def test_the_answer_to_a_read_that_was_replaced_does_not_count() -> None:
    bench = Bench()
    bench.read(False)
    late = bench.answers
    bench.read(True)
    bench.change()
    bench.pass_time(DELAY)
    for seen, take in late:
        take(seen)
    bench.pass_time(DELAY)
    assert bench.reads == [False, True]


@given(st.lists(st.sampled_from(["change", "edit", "answer", "read", "time"])))
def test_in_the_end_everything_that_changed_is_shown(steps: list[str]) -> None:
    bench = Bench()
    for step in steps:
        match step:
            case "change" | "edit":
                bench.change(awaited=step == "edit")
            case "answer":
                bench.answer()
            case "read":
                bench.read(True)
            case _:
                bench.pass_time(DELAY / 2)
    bench.answer()
    reads = len(bench.reads)
    bench.change(awaited=True)
    bench.pass_time(DELAY)
    assert bench.reads[reads:] == [True]
    for _ in range(6):
        bench.pass_time(1_000)
        bench.answer()
    assert bench.shown == bench.state
    assert not bench.rereading.is_waiting
