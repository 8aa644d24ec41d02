"""From a key to what it changes on the screen. For information: nothing is aimed at."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench.first_row import newest_row
from tests.bench.measure import Line, percentile
from tests.bench.million import copied
from tests.bench.terminal import Terminal, program

__all__ = ["measure_keys"]

_PRESSES = 40
_ANYTHING = re.compile(rb"\S")


def measure_keys(place: Path, rows: int) -> list[Line]:
    """`j` and `f` in the list until the first change is drawn, against the cursor of a bare list."""
    with copied(place, rows) as environ:
        bare = _presses([*program("tests.bench.bare_app"), "list"], environ, rb"bare line 0", b"\x1b[B")
        row = newest_row(environ).pattern
        lines: list[Line] = []
        for key in (b"j", b"f"):
            ours = _presses(program("inbox_tui"), environ, row, key)
            for share in (0.5, 0.95):
                name = f"{key.decode()} with {rows:,}, p{share * 100:.0f}"
                lines.append(Line(name, percentile(bare, share), percentile(ours, share), note="a bare list"))
        return lines


def _presses(command: Sequence[str], environ: Mapping[str, str], shown: bytes, key: bytes) -> list[float]:
    with Terminal(command, environ) as terminal:
        terminal.wait_for(re.compile(shown))
        terminal.press(key, _ANYTHING)  # the first one warms things up
        return [terminal.press(key, _ANYTHING) for _ in range(_PRESSES)]
