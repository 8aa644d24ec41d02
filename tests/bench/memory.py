"""Memory of the inbox while a sync runs, with few submissions in the local copy and with very many."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.bench.data import environ_of, served
from tests.bench.load import memory_of
from tests.bench.measure import Line
from tests.bench.million import crowded, environ_at
from tests.bench.terminal import Terminal, program

if TYPE_CHECKING:
    from inbox_tui.demo.launch import DemoChild

__all__ = ["measure_memory"]

_FEW = 10_000
_SYNCED = 5_000
_SECONDS = 12.0
_MOST = 1.10
_ANY_ROW = re.compile(rb"SUB-\d+")


def measure_memory(place: Path, rows: int) -> list[Line]:
    """The most memory of the program within some seconds from its start, at `rows` against 10,000."""
    with served(place / f"served-{_SYNCED}", _SYNCED) as child:
        few, many = (_peak(place, count, child) for count in (_FEW, rows))
    return [
        Line(f"memory at {rows:,} against {_FEW:,}", few, many, _MOST, "a sync running", "MB"),
        Line(f"memory at {rows:,}", 100.0, many, 1.0, "of what is allowed", "MB"),
    ]


def _peak(place: Path, rows: int, child: DemoChild) -> float:
    """With a copy of the files, which the sync changes; its source stands beside those of the crowd."""
    environ = crowded(place, rows)
    with TemporaryDirectory(prefix="inbox-tui-bench-", dir=place) as folder:
        home = Path(folder)
        shutil.copytree(environ["INBOX_TUI_DATA"], home / "copy")
        served_by = environ_of(child, home / "copy")
        live = Path(served_by["INBOX_TUI_CONFIG"]).read_text(encoding="utf-8")
        crowd = Path(environ["INBOX_TUI_CONFIG"]).read_text(encoding="utf-8")
        live = re.sub(r"(?m)^\[sources\.\w+\]", "[sources.live]", live)
        (home / "config.toml").write_text(crowd + live, encoding="utf-8")
        most = 0.0
        with Terminal(program("inbox_tui"), {**served_by, **_home(home)}) as terminal:
            terminal.wait_for(_ANY_ROW)
            until = time.perf_counter() + _SECONDS
            while time.perf_counter() < until:
                terminal.read_for(0.1)
                most = max(most, memory_of(terminal.pid))
    return most


def _home(home: Path) -> dict[str, str]:
    environ = environ_at(home)
    return {name: environ[name] for name in ("INBOX_TUI_CONFIG", "INBOX_TUI_DATA")}
