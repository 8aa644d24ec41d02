"""A reference server with data of its own, an inbox for it, and processes that run faster than the clock."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from inbox_tui.demo.making import open_database
from inbox_tui.demo.registry import contracts
from inbox_tui.demo.running import RunningServer, real_clock, running_server
from tests.processes.fleet import Fleet
from tests.processes.hurry import Hurry
from tests.processes.place import Place

SUBMISSIONS = 90


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the reference server, made once."""
    path = tmp_path_factory.mktemp("template") / "server.db"
    database, _ = open_database(path, contracts(), seed=1, submissions=SUBMISSIONS, now=real_clock())
    database.close()
    return path


@pytest.fixture
def server(template: Path, tmp_path: Path) -> Iterator[RunningServer]:
    shutil.copy(template, tmp_path / "server.db")
    with running_server(tmp_path / "server.db") as running:
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
