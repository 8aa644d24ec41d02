"""What is measured: a reference server with many submissions, and a local copy of them."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from inbox_tui.demo.launch import DemoChild, prepare, print_key, start_child
from inbox_tui.workspace import open_workspace

__all__ = ["BASE_PATH", "environ_of", "filled", "served", "sync_in_process"]

BASE_PATH = "/v1"
_KEY = "INBOX_TUI_BENCH_KEY"
_RATE = (100_000, 1_000_000)
"""A budget that no measurement exhausts."""


@contextmanager
def served(place: Path, submissions: int, *, now: datetime | None = None) -> Iterator[DemoChild]:
    """The reference server as a process of its own; its database is made first, once a directory.

    `now` is the moment the newest submissions come from.
    """
    prepare(place, submissions=submissions, now=now)
    with start_child(place, submissions=submissions, rate=_RATE) as child:
        yield child


def environ_of(child: DemoChild, data: Path) -> dict[str, str]:
    """The environment of the program for this server and this data directory.

    One source, and its key stands in a variable: the command in the demo's configuration would start a
    second Python.
    """
    config = child.paths.directory / "bench.toml"
    written = child.paths.config.read_text(encoding="utf-8")
    first = re.split(r"(?m)^(?=\[sources\.)", written)[1]
    config.write_text(re.sub(r"(?m)^key_command = .*$", f'key_env = "{_KEY}"', first), encoding="utf-8")
    key = print_key("awardee", child.paths.seed)
    return {**os.environ, "INBOX_TUI_CONFIG": str(config), "INBOX_TUI_DATA": str(data), _KEY: key}


def sync_in_process(environ: Mapping[str, str]) -> float:
    """Sync everything once in this process; gives the seconds it took. Raises RuntimeError when it fails."""
    workspace = open_workspace(environ)
    began = time.perf_counter()
    with workspace.text_reader() as reader:
        engine = workspace.engine(on_change=lambda _: None, on_status=lambda _: None, reader=reader)
        reports = asyncio.run(engine.sync_once())
        took = time.perf_counter() - began
    if reports is None:
        raise RuntimeError("somebody else leads this data directory")
    for report in reports:
        if report.error is not None:
            raise RuntimeError(report.error)
    return took


def filled(place: Path, submissions: int) -> dict[str, str]:
    """A local copy of that many submissions; gives the environment that opens it.

    Its server is gone, so nothing is downloaded while something else is measured. Kept in `place`.
    """
    home = place / f"cached-{submissions}"
    data = home / "copy"
    done = home / "done"
    if not done.exists():
        with served(home, submissions) as child:
            sync_in_process(environ_of(child, data))
        done.touch()
    return {**os.environ, "INBOX_TUI_CONFIG": str(home / "config.toml"), "INBOX_TUI_DATA": str(data)}
