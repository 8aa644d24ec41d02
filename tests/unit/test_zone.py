import time
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from inbox_tui.zone import MachineZone

NAMES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC")


@pytest.fixture(params=NAMES)
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ZoneInfo]:
    """A machine that stands there."""
    with monkeypatch.context() as there:
        there.setenv("TZ", request.param)
        time.tzset()
        yield ZoneInfo(request.param)
    time.tzset()


def test_machine_zone_has_the_offset_of_every_moment(place: ZoneInfo) -> None:
    zone = MachineZone()
    for second in range(1_767_225_600, 1_798_761_600, 1_800 * 7):
        moment = datetime.fromtimestamp(second, UTC)
        there, here = moment.astimezone(place), moment.astimezone(zone)
        assert here.replace(tzinfo=None) == there.replace(tzinfo=None)
        assert (here.fold, here.utcoffset()) == (there.fold, there.utcoffset())
        assert here.timestamp() == second


def test_hour_that_comes_twice_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as there:
        there.setenv("TZ", "Europe/Berlin")
        time.tzset()
        first, second = (
            datetime(2026, 10, 25, 2, 30, tzinfo=MachineZone(), fold=fold).timestamp() for fold in (0, 1)
        )
        assert second - first == 3600
    time.tzset()
