"""From a key to its row while a thousand edits are delivered, against the same inbox with nothing to do."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from cache.outbox.outbox import Edit
from cache.query import parse_query
from inbox_tui.workspace import open_workspace
from tests.bench.data import environ_of, served, sync_in_process
from tests.bench.measure import Line, percentile
from tests.bench.terminal import Terminal, program

__all__ = ["measure_busy"]

_PRESSES = 200
_SHOWN = 28
"""Rows that surely are on the screen of 32 lines; then the keys go the other way."""
_REST = 0.05
"""Seconds between an answer and the next key."""


def measure_busy(place: Path, submissions: int) -> list[Line]:
    """`j` and `k` until the row the cursor comes to is drawn, during delivery against idle.

    An edit for every submission is queued first, so the delivery lasts longer than the keys.
    """
    home = place / f"busy-{submissions}"
    with served(home, submissions) as child:
        environ = environ_of(child, home / f"copy-{time.time_ns()}")
        sync_in_process(environ)
        idle, _ = _pressed(environ)
        queued = _queue(environ)
        busy, left = _pressed(environ)
    note = f"idle; {left} of {queued} edits left at the end"
    return [
        Line(
            f"key during delivery, p{share * 100:.0f}",
            percentile(idle, share),
            percentile(busy, share),
            note=note,
        )
        for share in (0.5, 0.95)
    ]


def _pressed(environ: Mapping[str, str]) -> tuple[list[float], int]:
    """The seconds each key took, and how many edits are unsettled at the end."""
    names = _names(environ)
    taken: list[float] = []
    with Terminal([*program("inbox_tui"), "--query", ""], environ) as terminal:
        terminal.wait_for(re.compile(re.escape(names[0])))
        for key, name in _walk(names):
            taken.append(terminal.answer(key, re.compile(re.escape(name))))
            terminal.read_for(_REST)
    with open_workspace(environ).local() as local:
        return taken[5:], len(local.outbox.pending())


def _walk(names: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Down and up over the first rows: each key with the name it leads to."""
    places = [*range(_SHOWN), *range(_SHOWN - 2, 0, -1)]
    steps = [places[at % len(places)] for at in range(_PRESSES + 1)]
    for before, after in pairwise(steps):
        yield (b"j" if after > before else b"k"), names[after]


def _names(environ: Mapping[str, str]) -> list[bytes]:
    with open_workspace(environ).local() as local:
        rows = local.reader.rows(local.reader.rowids(parse_query(""), _SHOWN))
    return [row.who[:8].strip().encode() for row in rows]


def _queue(environ: Mapping[str, str]) -> int:
    with open_workspace(environ).local() as local:
        rows = local.reader.rows(local.reader.rowids(parse_query("")))
        now = time.time_ns()  # other texts than those of an earlier run on the same data
        edits = [Edit(row.key, "notes", f"queued for {row.ref} at {now}") for row in rows]
        return len(local.outbox.edit("a thousand edits", edits, local.reader.server).steps)
