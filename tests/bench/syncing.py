"""The inbox over very many submissions while a sync brings others: its memory, and typing in its filter."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from cache.query import parse_query
from inbox_tui.workspace import open_workspace
from tests.bench.crowd import NOW, YEARS
from tests.bench.data import environ_of, served
from tests.bench.filtering import bare_input, compared, sql_alone, strokes_of, typed
from tests.bench.load import memory_of
from tests.bench.measure import Line
from tests.bench.million import crowded, environ_at
from tests.bench.shown import inbox
from tests.bench.terminal import Terminal, program

if TYPE_CHECKING:
    from inbox_tui.demo.launch import DemoChild

__all__ = ["measure_filter_while_syncing", "measure_memory"]

_FEW = 10_000
_SYNCED = 5_000
_SECONDS = 12.0
_MOST_MEMORY = 1.10
_ANY_ROW = re.compile(rb"SUB-\d+")
_SYNCED_WHILE_TYPING = 200_000
"""More than come in while all letters are typed."""
_BEGINNINGS = ("-source:live ", "is:open p:high -source:live ")
"""Rows of the sync are left out: when each of them comes is not known before."""
_OLD = datetime.fromtimestamp(NOW - YEARS, UTC)
"""They are older than the crowd, which therefore is not behind them where the newest are looked for."""


def measure_memory(place: Path, rows: int) -> list[Line]:
    """The most memory of the program within some seconds from its start, at `rows` against 10,000."""
    with served(place / f"served-{_SYNCED}", _SYNCED) as child:
        few, many = (_peak(place, count, child) for count in (_FEW, rows))
    return [
        Line(f"memory at {rows:,} against {_FEW:,}", few, many, _MOST_MEMORY, "a sync running", "MB"),
        Line(f"memory at {rows:,}", 100.0, many, 1.0, "of what is allowed", "MB"),
    ]


def measure_filter_while_syncing(place: Path, rows: int) -> list[Line]:
    """200 letters as in `filter`, while pages are applied as fast as a server without limits gives them."""
    submissions = _SYNCED_WHILE_TYPING
    with (
        served(place / f"old-{submissions}", submissions, now=_OLD) as child,
        _beside(place, rows, child) as environ,
    ):
        strokes, _ = strokes_of(environ, _BEGINNINGS)
        bare = bare_input(environ, strokes)
        shown = "is:open -source:live"
        with inbox(environ, ("--query", shown), _count(environ, shown)) as terminal:
            terminal.press_and_settle(b"/")
            before = _count(environ, "source:live")
            ours = typed(terminal, [(one, one.shown) for one in strokes])
        after = _count(environ, "source:live")
        sql = sql_alone(environ, strokes)
    if after >= submissions:
        raise RuntimeError("the sync was over before the last letter")
    name = f"letter while a sync applies pages, {rows:,}"
    return compared(name, ours, bare, sql, f"{after - before:,} rows came in")


def _count(environ: Mapping[str, str], query: str) -> int:
    with open_workspace(environ).local() as local:
        return local.reader.count(parse_query(query))


def _peak(place: Path, rows: int, child: DemoChild) -> float:
    most = 0.0
    with _beside(place, rows, child) as environ, Terminal(program("inbox_tui"), environ) as terminal:
        terminal.wait_for(_ANY_ROW)
        until = time.perf_counter() + _SECONDS
        while time.perf_counter() < until:
            terminal.read_for(0.1)
            most = max(most, memory_of(terminal.pid))
    return most


@contextmanager
def _beside(place: Path, rows: int, child: DemoChild) -> Iterator[dict[str, str]]:
    """A copy of the crowd's files that a sync changes; its source `live` stands beside those of the crowd."""
    crowd = crowded(place, rows)
    with TemporaryDirectory(prefix="inbox-tui-bench-", dir=place) as folder:
        home = Path(folder)
        shutil.copytree(crowd["INBOX_TUI_DATA"], home / "copy")
        served_by = environ_of(child, home / "copy")
        live = Path(served_by["INBOX_TUI_CONFIG"]).read_text(encoding="utf-8")
        live = re.sub(r"(?m)^\[sources\.\w+\]", "[sources.live]", live)
        known = Path(crowd["INBOX_TUI_CONFIG"]).read_text(encoding="utf-8")
        (home / "config.toml").write_text(known + live, encoding="utf-8")
        ours = environ_at(home)
        yield served_by | {name: ours[name] for name in ("INBOX_TUI_CONFIG", "INBOX_TUI_DATA")}
