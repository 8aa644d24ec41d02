"""The queue of the store thread: order, what gives way to what, and what is never called off."""

import threading
from collections.abc import Callable

import pytest

from cache.errors import Interrupted
from inbox_tui.job_queue import JobQueue


class Worker:
    """Takes jobs of a queue one by one, and counts how often a running one was interrupted."""

    def __init__(self) -> None:
        self.interrupts = 0
        self.now = 100.0
        self.queue: JobQueue[str] = JobQueue(self._interrupt, clock=lambda: self.now)

    def _interrupt(self) -> None:
        self.interrupts += 1

    def take(self, meanwhile: Callable[[], None] | None = None) -> str | None:
        """Do the next job; `meanwhile` happens while it runs. A job that was interrupted is marked."""
        job = self.queue.get(0)
        if job is None:
            return None
        before = self.interrupts
        with self.queue.interruptible():
            if meanwhile is not None:
                meanwhile()
        if self.interrupts > before:
            self.queue.called_off()
            return f"{job} (called off)"
        return job

    def rest(self) -> list[str]:
        """Do all there is, the jobs aside a good while after the others."""
        return [*self.busy(), *self.later()]

    def busy(self) -> list[str]:
        """Do what is to be done at once."""
        return list(iter(self.take, None))

    def later(self) -> list[str]:
        """Do what is left after a good while."""
        self.now += 10
        return self.busy()


@pytest.fixture
def worker() -> Worker:
    return Worker()


def test_jobs_are_done_in_order_and_those_aside_after_the_others(worker: Worker) -> None:
    worker.queue.put("count", pace="aside")
    worker.queue.put("first")
    worker.queue.put("second", pace="read")
    assert worker.rest() == ["first", "second", "count"]


def test_only_the_newest_of_a_slot_is_done(worker: Worker) -> None:
    for text in ("d", "de", "dem"):
        worker.queue.put(text, "window", "read")
    worker.queue.put("edit")
    assert worker.rest() == ["dem", "edit"]


def test_a_newer_job_of_its_slot_calls_a_read_off_for_good(worker: Worker) -> None:
    worker.queue.put("d", "window", "read")
    assert worker.take(lambda: worker.queue.put("de", "window", "read")) == "d (called off)"
    assert worker.rest() == ["de"]


def test_a_read_is_not_called_off_by_jobs_of_other_slots(worker: Worker) -> None:
    worker.queue.put("window", "window", "read")
    assert worker.take(lambda: worker.queue.put("detail", "detail", "read")) == "window"
    assert worker.rest() == ["detail"]


def test_what_is_done_aside_gives_way_and_begins_again(worker: Worker) -> None:
    worker.queue.put("counts", "counts", "aside")
    worker.queue.put("drop", "drop", "aside")
    assert worker.take(lambda: worker.queue.put("window", "window", "read")) == "counts (called off)"
    assert worker.rest() == ["window", "drop", "counts"]


def test_what_is_late_waits_for_its_turn_and_is_not_called_off(worker: Worker) -> None:
    worker.queue.put("counts", "counts", "aside")
    worker.queue.put("window", "window", "read")
    assert worker.take() == "window"
    worker.queue.put("facts", "facts", "late")
    assert worker.take() is None
    worker.now += 10
    assert worker.take(lambda: worker.queue.put("window", "window", "read")) == "facts"
    assert worker.rest() == ["window", "counts"]


def test_what_is_late_is_not_put_off_by_what_replaces_it(worker: Worker) -> None:
    worker.queue.put("detail", "detail", "late")
    worker.queue.put("counts", "counts", "aside")
    worker.queue.put("detail again", "detail", "late")
    assert worker.rest() == ["detail again", "counts"]


def test_what_is_done_aside_waits_until_the_answer_before_it_can_be_drawn(worker: Worker) -> None:
    worker.queue.put("window", "window", "read")
    worker.queue.put("counts", "counts", "aside")
    worker.queue.put("drop", "drop", "aside")
    assert worker.busy() == ["window"]
    worker.now += 0.005
    assert worker.busy() == []
    worker.queue.put("detail", "detail", "read")
    assert worker.busy() == ["detail"]
    assert worker.later() == ["counts", "drop"]


def test_what_is_done_aside_is_not_awaited_where_nothing_else_was_done(worker: Worker) -> None:
    worker.queue.put("counts", "counts", "aside")
    worker.queue.put("drop", "drop", "aside")
    assert worker.busy() == ["counts", "drop"]


def test_a_taker_that_waits_gets_what_is_done_aside_in_its_time() -> None:
    queue: JobQueue[str] = JobQueue(lambda: None)
    queue.put("window")
    assert queue.get(0) == "window"
    queue.put("counts", pace="aside")
    assert queue.get(30) == "counts"


def test_what_is_done_aside_does_not_give_way_to_its_like(worker: Worker) -> None:
    worker.queue.put("counts", "counts", "aside")
    assert worker.take(lambda: worker.queue.put("drop", "drop", "aside")) == "counts"


@pytest.mark.parametrize("slot", [None, "edit"])
def test_a_write_is_never_called_off(worker: Worker, slot: str | None) -> None:
    worker.queue.put("write", slot)

    def meanwhile() -> None:
        worker.queue.put("newer", slot)
        worker.queue.put("read", "window", "read")
        worker.queue.put("aside", pace="aside")
        worker.queue.end()

    assert worker.take(meanwhile) == "write"
    assert worker.interrupts == 0


def test_a_job_called_off_before_it_began_to_read_does_not_begin(worker: Worker) -> None:
    worker.queue.put("d", "window", "read")
    assert worker.queue.get(0) == "d"
    worker.queue.put("de", "window", "read")
    with pytest.raises(Interrupted), worker.queue.interruptible():
        raise AssertionError("it was done")
    assert worker.interrupts == 0
    worker.queue.called_off()
    assert worker.rest() == ["de"]


def test_the_end_waits_for_edits_and_not_for_counts(worker: Worker) -> None:
    worker.queue.put("edit")
    worker.queue.put("counts", pace="aside")
    worker.queue.end()
    assert not worker.queue.is_over
    assert worker.rest() == ["edit"]
    assert worker.queue.is_over


def test_the_end_calls_off_what_is_done_aside(worker: Worker) -> None:
    worker.queue.put("counts", pace="aside")
    assert worker.take(worker.queue.end) == "counts (called off)"
    assert worker.rest() == []


def test_a_waiting_taker_is_woken_by_a_job(worker: Worker) -> None:
    got: list[str | None] = []
    taker = threading.Thread(target=lambda: got.append(worker.queue.get(30)))
    taker.start()
    worker.queue.put("edit")
    taker.join(30)
    assert got == ["edit"]
