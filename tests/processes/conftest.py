"""A reference server with data of its own, an inbox for it, and processes that run faster than the clock."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from inbox_tui.demo.running import RunningServer
from tests.processes.fleet import Fleet
from tests.processes.hurry import Hurry
from tests.processes.place import Place
from tests.reference import reference_server

SUBMISSIONS = 90


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with reference_server(tmp_path / "server.db", SUBMISSIONS) as running:
        yield running


@pytest.fixture
def place(server: RunningServer, tmp_path: Path) -> Place:
    return Place.made(tmp_path / "inbox", server)


@pytest.fixture
def hurried() -> Hurry:
    """Half a minute passes in a second and a half."""
    return Hurry(20.0)


@pytest.fixture
def fleet(place: Place, tmp_path: Path, hurried: Hurry, server: RunningServer) -> Iterator[Fleet]:
    """Processes for the place, which has been synced."""
    with Fleet(tmp_path / "out", place.environ, hurried) as started:
        assert started.command("sync").wait() == 0
        server.forget_requests()
        yield started


@pytest.fixture
def fresh(server: RunningServer) -> dict[str, object]:
    """A submission that is new, nobody's, not flagged and without notes."""
    return next(
        row
        for row in server.submissions()
        if row["status"] == "new" and not row["flagged"] and row["notes"] is None and not row["assignee_id"]
    )
