"""A first sync against a bare loop over the same pages."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from inbox_tui.demo.launch import DemoChild, print_key
from tests.bench.bare_loop import bare_loop
from tests.bench.data import BASE_PATH, environ_of, served, sync_in_process
from tests.bench.measure import Line, in_turns

__all__ = ["measure_sync"]

_MOST = 3.0
_ROUNDS = 5


def measure_sync(place: Path, submissions: int) -> list[Line]:
    """The command `sync` on an empty directory, and the engine alone, as multiples of the bare loop."""
    with served(place / f"served-{submissions}", submissions) as child:
        _bare_here(child)  # the server's first answers are its slowest
        taken = in_turns(
            {
                "loop": lambda: _bare_here(child),
                "engine": lambda: _engine(child),
                "loop process": lambda: _bare_process(child),
                "command": lambda: _command(child),
            },
            _ROUNDS,
        )
    name = f"sync of {submissions:,}"
    return [
        Line(name, taken["loop process"], taken["command"], _MOST, "two processes, starts included"),
        Line(f"{name}, engine alone", taken["loop"], taken["engine"], _MOST, "both in this process"),
    ]


def _bare_here(child: DemoChild) -> float:
    began = time.perf_counter()
    bare_loop(child.url + BASE_PATH, print_key("awardee", child.paths.seed))
    return time.perf_counter() - began


def _bare_process(child: DemoChild) -> float:
    began = time.perf_counter()
    subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.bench.bare_loop",
            child.url + BASE_PATH,
            print_key("awardee", child.paths.seed),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
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
