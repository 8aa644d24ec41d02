"""The reference server on a copy of data that were made once: making them takes longer than most tests."""

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path

from inbox_tui.demo.contract import Clock
from inbox_tui.demo.making import open_database
from inbox_tui.demo.registry import contracts
from inbox_tui.demo.running import PLENTY, RunningServer, real_clock, running_server

__all__ = ["reference_server"]


@contextmanager
def reference_server(
    path: Path,
    submissions: int = 120,
    *,
    seed: int = 1,
    moment: datetime | None = None,
    now: datetime | Clock | None = None,
    rate: tuple[int, int] = PLENTY,
) -> Iterator[RunningServer]:
    """Run a server on data of its own at `path`, made at `moment`, else when such data were first wanted.

    `now` and `rate` are those of `running_server`.
    """
    if not path.exists():
        shutil.copy(_made(submissions, seed, moment), path)
    with running_server(path, now=now, rate=rate) as server:
        yield server


@cache
def _made(submissions: int, seed: int = 1, moment: datetime | None = None) -> Path:
    """A server's file to be copied, made once in this process."""
    directory = Path(tempfile.mkdtemp(prefix="inbox-served-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    path = directory / "server.db"
    when = moment or real_clock()
    database, _ = open_database(path, contracts(), seed=seed, submissions=submissions, now=when)
    database.close()
    return path
