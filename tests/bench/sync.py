"""A first sync against a bare loop over the same pages."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from inbox_tui.demo.launch import DemoChild, print_key
from tests.bench.data import BASE_PATH, environ_of, served, sync_in_process
from tests.bench.measure import Line, in_turns

__all__ = ["measure_sync"]

_MOST = 3.0
_ROUNDS = 5


def measure_sync(place: Path, submissions: int) -> list[Line]:
    """The command `sync` on an empty directory, and the engine alone, as multiples of the bare loop."""
    with served(place / f"served-{submissions}", submissions) as child:
        _bare_loop(child)  # the server's first answers are its slowest
        taken = in_turns(
            {
                "floor": lambda: _bare_loop(child),
                "engine": lambda: _engine(child),
                "command": lambda: _command(child),
            },
            _ROUNDS,
        )
    name = f"sync of {submissions:,}"
    return [
        Line(name, taken["floor"], taken["command"], _MOST, "the command, its start included"),
        Line(f"{name}, engine alone", taken["floor"], taken["engine"], note="in this process"),
    ]


def _bare_loop(child: DemoChild) -> float:
    """Download and decode every page, one after the other on one connection, and keep nothing."""
    headers = {"Authorization": f"Bearer {print_key('awardee', child.paths.seed)}"}
    began = time.perf_counter()
    with httpx.Client(base_url=child.url + BASE_PATH, headers=headers) as client:
        params = {"limit": "100"}
        while True:
            answer = client.get("/submissions", params=params)
            answer.raise_for_status()
            page = json.loads(answer.content)
            if not page["has_more"]:
                break
            params["cursor"] = page["next_cursor"]
    return time.perf_counter() - began


@contextmanager
def _empty() -> Iterator[Path]:
    with TemporaryDirectory(prefix="inbox-tui-bench-") as folder:
        yield Path(folder) / "data"


def _engine(child: DemoChild) -> float:
    with _empty() as data:
        return sync_in_process(environ_of(child, data))


def _command(child: DemoChild) -> float:
    with _empty() as data:
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "inbox_tui", "sync"],
            env=environ_of(child, data),
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return time.perf_counter() - began
