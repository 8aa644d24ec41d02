"""Moving in the list: `j` held, `G`, and a page down at any place."""

from __future__ import annotations

import random
import re
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cache.query import parse_query
from inbox_tui.workspace import open_workspace
from tests.bench.measure import Line, percentile
from tests.bench.million import copied
from tests.bench.shown import SCREEN, cpu_of, inbox, rest, row_pattern
from tests.bench.terminal import Terminal, program

if TYPE_CHECKING:
    from cache.models import Row

__all__ = ["measure_held", "measure_jumps"]

_QUERY = "is:open"
"""What the inbox opens on."""
_MOVES = 300
_BURSTS = 5
"""So often down and up again: one burst takes too little computing to be measured."""
_ROUNDS = 3
_MOST = 0.8
_MOST_DETAIL = 0.05
_REPEAT = 1 / 30
"""Seconds between the letters of a key that is held down."""
_MOST_JUMP = 0.015
_JUMPS = 60
_PLACES = 20
_PAGES = 3
_DOWN = b"\x1b[B"
_UP = b"\x1b[A"
_PAGE_DOWN = b"\x1b[6~"
_HOME = b"\x1b[H"


@dataclass(frozen=True, slots=True)
class _Moved:
    wall: float
    cpu: float
    detail: float = 0.0
    """Seconds from the last row to its detail."""


def measure_held(place: Path, rows: int) -> list[Line]:
    """300 moves at once, and at the pace of a key that is held, against a list of 100 lines."""
    with copied(place, rows) as environ:
        bare, ours = [], []
        for _ in range(_ROUNDS):
            bare.append(_bare_at_once(environ))
            ours.append(_ours_at_once(environ))
        with _bare_list(environ) as terminal:
            bare_pace = _paced(terminal, _DOWN)
        with inbox(environ, (), _total(environ)) as terminal:
            our_pace = _paced(terminal, b"j")
    name = f"j, {_MOVES} at once, {rows:,}"
    bare_wall, our_wall = (statistics.median(one.wall for one in side) for side in (bare, ours))
    bare_cpu, our_cpu = (statistics.median(one.cpu for one in side) for side in (bare, ours))
    detail = statistics.median(one.detail for one in ours)
    return [
        Line(f"{name}, wall", bare_wall, our_wall, _MOST, "a bare list"),
        Line(f"{name}, CPU", bare_cpu, our_cpu, _MOST, "a bare list"),
        Line("j, 30 a second, CPU", bare_pace, our_pace, _MOST, "a bare list"),
        Line("detail of the last row", _MOST_DETAIL, detail, 1.0, "allowed"),
    ]


def measure_jumps(place: Path, rows: int) -> list[Line]:
    """`G`, and page down at places all over the list, until their rows are drawn."""
    with copied(place, rows) as environ:
        bare = _bare_pages(environ)
        total = _total(environ)
        first, last = _rows_at(environ, [0, total - 1])
        rng = random.Random("places")
        places = [rng.randrange(SCREEN, total - 5 * SCREEN) for _ in range(_PLACES)]
        paged = [[at, *(at + (SCREEN - 1) * page + 1 for page in range(1, _PAGES + 1))] for at in places]
        shown = [[row_pattern(row) for row in _rows_at(environ, each)] for each in paged]
        ends, jumps, pages = [], [], []
        with inbox(environ, (), total) as terminal:
            for _ in range(_JUMPS):
                ends.append(terminal.answer(b"G", row_pattern(last)))
                rest(terminal)
                terminal.answer(b"gg", row_pattern(first))
                rest(terminal)
            for at, (there, *below) in zip(places, shown, strict=True):
                jumps.append(terminal.answer(b"%dG" % (at + 1), there))
                for row in below:
                    rest(terminal)
                    pages.append(terminal.answer(_PAGE_DOWN, row))
                rest(terminal)
    note = f"allowed; a page of a bare list {percentile(bare, 0.95) * 1000:.1f} ms"
    return [
        Line(f"G, {rows:,}, p95", _MOST_JUMP, percentile(ends, 0.95), 1.0, note),
        Line(f"page down anywhere, {rows:,}, p95", _MOST_JUMP, percentile(pages, 0.95), 1.0, "allowed"),
        Line(f"123456G, {rows:,}, p95", _MOST_JUMP, percentile(jumps, 0.95), None, "-"),
        *(
            Line(f"{name}, p50", percentile(bare, 0.5), percentile(side, 0.5), None, "a page of a bare list")
            for name, side in (("G", ends), ("page down", pages), ("123456G", jumps))
        ),
    ]


def _ours_at_once(environ: Mapping[str, str]) -> _Moved:
    """From a row such that the one 300 below it has a number, which its detail shows."""
    with open_workspace(environ).local() as local:
        total = local.reader.count(parse_query(_QUERY))
        rows = local.reader.rows(local.reader.rowids_from(parse_query(_QUERY), _MOVES, SCREEN))
    ahead, row = next((at, row) for at, row in enumerate(rows) if row.ref.startswith("SUB-"))
    with inbox(environ, (), total) as terminal:
        terminal.press_and_settle(b"jk" + b"j" * ahead)  # the bare list has seen a key, too
        used, walls, details = cpu_of(terminal.pid), [], []
        for _ in range(_BURSTS):
            walls.append(terminal.press(b"j" * _MOVES, re.compile(rf"\D{ahead + _MOVES + 1}/".encode())))
            arrived = time.perf_counter()
            details.append(terminal.wait_for(re.compile(re.escape(row.ref.encode()))) - arrived)
            terminal.press_and_settle(b"k" * _MOVES)
        cpu = (cpu_of(terminal.pid) - used) / (2 * _BURSTS)
        return _Moved(statistics.median(walls), cpu, statistics.median(details))


def _bare_at_once(environ: Mapping[str, str]) -> _Moved:
    with _bare_list(environ) as terminal:
        used, walls = cpu_of(terminal.pid), []
        for _ in range(_BURSTS):
            walls.append(terminal.press_and_settle(_DOWN * _MOVES))
            terminal.press_and_settle(_UP * _MOVES)
        return _Moved(statistics.median(walls), (cpu_of(terminal.pid) - used) / (2 * _BURSTS))


def _paced(terminal: Terminal, key: bytes) -> float:
    """The seconds of computing for 300 moves at the pace of a held key."""
    terminal.settle()
    used = cpu_of(terminal.pid)
    for _ in range(_MOVES):
        terminal.send(key)
        terminal.read_for(_REPEAT)
    terminal.settle()
    return cpu_of(terminal.pid) - used


def _bare_list(environ: Mapping[str, str]) -> Terminal:
    terminal = Terminal([*program("tests.bench.bare_app"), "list"], environ)
    terminal.wait_for(re.compile(rb"bare line 20"))
    terminal.press_and_settle(_DOWN)
    return terminal


def _bare_pages(environ: Mapping[str, str]) -> list[float]:
    taken = []
    with _bare_list(environ) as terminal:
        for _ in range(_JUMPS):
            taken.append(terminal.answer(_PAGE_DOWN, re.compile(rb"bare line")))
            rest(terminal)
            terminal.answer(_HOME, re.compile(rb"bare line"))
            rest(terminal)
    return taken


def _total(environ: Mapping[str, str]) -> int:
    with open_workspace(environ).local() as local:
        return local.reader.count(parse_query(_QUERY))


def _rows_at(environ: Mapping[str, str], places: Sequence[int]) -> list[Row]:
    with open_workspace(environ).local() as local:
        query = parse_query(_QUERY)
        rowids = [rowid for at in places for rowid in local.reader.rowids_from(query, at, 1)]
        return list(local.reader.rows(rowids))
