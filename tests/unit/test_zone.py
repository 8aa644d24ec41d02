import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from inbox_tui.app import InboxApp
from inbox_tui.config import parse
from inbox_tui.format import short_time
from inbox_tui.store_thread import StoreThread
from inbox_tui.workspace import Workspace
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


def test_inbox_shows_the_times_of_another_season_as_they_were_then(place: ZoneInfo, tmp_path: Path) -> None:
    workspace = Workspace(parse("", tmp_path / "config.toml"), tmp_path, {})
    zone = InboxApp(workspace, StoreThread(workspace)).inbox.zone
    for month in (1, 7):
        noon = datetime(2026, month, 15, 12, tzinfo=place).timestamp()
        assert short_time(noon, noon, zone).endswith(" 12:00")


def test_hour_that_comes_twice_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as there:
        there.setenv("TZ", "Europe/Berlin")
        time.tzset()
        first, second = (
            datetime(2026, 10, 25, 2, 30, tzinfo=MachineZone(), fold=fold).timestamp() for fold in (0, 1)
        )
        assert second - first == 3600
    time.tzset()
