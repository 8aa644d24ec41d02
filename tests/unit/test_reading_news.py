"""When the submission under the cursor is read again after news: at once, or when nothing else is to do."""

from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest

from cache.store.changes import ChangeSet
from inbox_tui.drawing import SameContact
from inbox_tui.inbox.reading import ReadingController
from tests.unit.test_drawing_contact import row

NEWS = ChangeSet(frozenset({1}), sources=True)


class Reads:
    """Stands for the store thread, which answers when the test does; and the submission that is shown."""

    def __init__(self, tab: str = "fields") -> None:
        self.paces: list[str] = []
        self._thens: list[Callable[[Any], None]] = []
        pane = Mock(tab=tab, detail=None, contact=SameContact())
        engine = Mock(generation_of=lambda _: 1, status_of=lambda _: None, refusal_of=lambda _: None)
        self.shown = ReadingController(pane, self, engine, lambda *_: None, lambda: 0.0, Mock())
        self.shown.show(row(1))

    def submit(self, _: object, then: Callable[[Any], None], *, pace: str, **__: object) -> None:
        self.paces.append(pace)
        self._thens.append(then)

    def answer(self, number: int, *, has_timeline: bool = False) -> None:
        """The answer to a read comes, counted from 0."""
        self._thens[number]((None, SameContact(), (), has_timeline))

    def news_are_read(self) -> str:
        """How the submission is read after news of it."""
        self.shown.changed(NEWS, awaited=False)
        return self.paces[-1]


def test_news_of_a_submission_that_is_there_are_read_when_there_is_nothing_else_to_do() -> None:
    reads = Reads()
    reads.answer(0)
    assert reads.news_are_read() == "late"


def test_news_do_not_put_off_what_a_person_waits_for() -> None:
    assert Reads().news_are_read() == "whole"


def test_a_person_who_waits_still_does_after_the_answer_to_an_earlier_read() -> None:
    reads = Reads()
    reads.news_are_read()
    reads.answer(0)  # it was on its way
    assert reads.news_are_read() == "whole"
    reads.answer(2)
    assert reads.news_are_read() == "late"


@pytest.mark.parametrize(("has_timeline", "pace"), [(False, "whole"), (True, "late")])
def test_a_timeline_that_is_waited_for_is_read_at_once_when_it_came(has_timeline: bool, pace: str) -> None:
    reads = Reads("timeline")
    reads.shown.tab_shown()
    reads.answer(len(reads.paces) - 1, has_timeline=has_timeline)
    assert reads.news_are_read() == pace
