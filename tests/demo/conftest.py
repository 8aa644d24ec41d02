"""A running reference server and clients for it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.reference import reference_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from inbox_tui.demo.running import RunningServer

NOW = datetime(2026, 5, 22, 10, 14, 39, tzinfo=UTC)


class SteppedClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = NOW

    def __call__(self) -> datetime:
        return self.moment

    def step(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def server(tmp_path: Path, clock: SteppedClock) -> Iterator[RunningServer]:
    with reference_server(tmp_path / "server.db", 40, moment=NOW, now=clock) as running:
        yield running


@pytest.fixture(scope="session")
def big(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with 240 submissions that tests only read from."""
    path = tmp_path_factory.mktemp("big") / "server.db"
    with reference_server(path, 240, moment=NOW, now=NOW) as running:
        yield running


def _client(server: RunningServer, key: str) -> httpx.Client:
    return httpx.Client(
        base_url=server.url + "/v1",
        headers={"Authorization": f"Bearer {server.keys[key]}"},
        trust_env=False,
        verify=False,
        timeout=10,
    )


@pytest.fixture
def api(server: RunningServer) -> Iterator[httpx.Client]:
    with _client(server, "awardee") as client:
        yield client


@pytest.fixture
def oauth(server: RunningServer) -> Iterator[httpx.Client]:
    with _client(server, "awardee.oauth") as client:
        yield client


@pytest.fixture
def big_api(big: RunningServer) -> Iterator[httpx.Client]:
    with _client(big, "awardee") as client:
        yield client


@pytest.fixture
def fresh(server: RunningServer) -> str:
    """Id of a submission that nobody has touched."""
    return str(server.add_submission()["id"])


Open = Callable[[str], httpx.Client]
"""Opens a client with the credential of this name, at the root of its system."""


@pytest.fixture
def open_client(server: RunningServer) -> Iterator[Open]:
    with ExitStack() as stack:

        def opened(key: str) -> httpx.Client:
            provider = key.partition(".")[0]
            header = "X-API-Key" if provider == "mantlz" else "Authorization"
            value = server.keys[key] if provider == "mantlz" else f"Bearer {server.keys[key]}"
            path = {"mantlz": "/mantlz/api/v1", "mimicbot": "/mimicbot/api", "postbox": "/postbox/api"}
            client = httpx.Client(
                base_url=server.url + path[provider],
                headers={header: value},
                trust_env=False,
                verify=False,
                timeout=10,
            )
            return stack.enter_context(client)

        yield opened
