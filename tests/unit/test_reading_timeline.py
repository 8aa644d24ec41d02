"""When a timeline is asked for again: over another connection, and not without end."""

from unittest.mock import Mock

from cache.store.changes import ChangeSet
from cache.sync.status import Connection, SourceStatus
from inbox_tui.drawing import SameContact
from inbox_tui.inbox.reading import ReadingController
from tests.unit.test_drawing_contact import row


class Link:
    """Stands for the engine thread: a connection, and how often it was asked for a timeline."""

    def __init__(self) -> None:
        self.connection = Connection.ONLINE
        self.generation = 1
        self.asked = 0
        self.reading = ReadingController(
            Mock(tab="timeline", detail=None, contact=SameContact()),
            Mock(),
            self,
            lambda *_: None,
            lambda: 0.0,
            Mock(),
        )

    def status_of(self, source: str) -> SourceStatus:
        return SourceStatus(source, self.connection)

    def generation_of(self, source: str) -> int:
        return self.generation

    def read_events(self, key: object) -> None:
        self.asked += 1

    def look_at(self, keys: object) -> None: ...

    def show(self, number: int) -> None:
        self.reading.show(row(number))
        self.reading.tab_shown()

    def become(self, connection: Connection) -> None:
        """The connection comes or goes, and the screen is told."""
        self.connection, self.generation = connection, self.generation + 1
        self.reading.changed(ChangeSet(sources=True))

    def flip(self) -> None:
        """The connection is lost and back before the screen is told."""
        self.generation += 2
        self.reading.changed(ChangeSet(sources=True))


def test_it_is_asked_for_once_over_one_connection() -> None:
    link = Link()
    link.show(1)
    for _ in range(5):
        link.reading.changed(ChangeSet(sources=True))
    assert link.asked == 1


def test_it_is_asked_for_again_over_another_connection_also_when_nobody_saw_the_first_one_go() -> None:
    link = Link()
    link.show(1)
    link.flip()
    assert link.asked == 2


def test_what_breaks_the_connection_each_time_is_asked_for_three_times_and_of_another_one_again() -> None:
    link = Link()
    link.show(1)
    for _ in range(20):
        link.flip()
    assert link.asked == 3
    link.show(2)
    assert link.asked == 4


def test_a_day_without_a_connection_takes_none_of_the_tries() -> None:
    link = Link()
    link.connection = Connection.OFFLINE
    link.show(1)
    for _ in range(10):
        link.become(Connection.RETRY)
        link.become(Connection.OFFLINE)
    before = link.asked
    link.become(Connection.ONLINE)
    assert link.asked == before + 1
