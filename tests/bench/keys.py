"""From a key to what it changes on the screen. For information: nothing is aimed at."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench.data import filled
from tests.bench.first_row import newest_row
from tests.bench.measure import Line, percentile
from tests.bench.terminal import Terminal, program

__all__ = ["measure_filter", "measure_keys"]

_PRESSES = 40
_ANYTHING = re.compile(rb"\S")
_WORDS = (b"ma", b"inv", b"que", b"the", b"sch", b"con", b"par", b"off")


def measure_keys(place: Path, submissions: int) -> list[Line]:
    """`j` and `f` in the list until the first change is drawn, against the cursor of a bare list."""
    environ = filled(place, submissions)
    bare = _presses([*program("tests.bench.bare_app"), "list"], environ, rb"bare line 0", b"\x1b[B")
    row = newest_row(environ).pattern
    lines: list[Line] = []
    for key in (b"j", b"f"):
        ours = _presses(program("inbox_tui"), environ, row, key)
        for share in (0.5, 0.95):
            name = f"{key.decode()} with {submissions:,}, p{share * 100:.0f}"
            lines.append(Line(name, percentile(bare, share), percentile(ours, share), note="a bare list"))
    return lines


def measure_filter(place: Path, submissions: int) -> list[Line]:
    """A letter in the filter until everything is drawn, against an input over plain SQL on the same file."""
    environ = filled(place, submissions)
    database = str(Path(environ["INBOX_TUI_DATA"]) / "cache.db")
    bare = _letters(
        [*program("tests.bench.bare_app"), "input", database], environ, rb"bare input", b"", b"\x15"
    )
    row = newest_row(environ).pattern
    ours = _letters(program("inbox_tui"), environ, row, b"/", b"\x15")
    return [
        Line(
            f"letter in the filter, {submissions:,}, p{share * 100:.0f}",
            percentile(bare, share),
            percentile(ours, share),
            note="a bare input and SQL",
        )
        for share in (0.5, 0.95)
    ]


def _presses(command: Sequence[str], environ: Mapping[str, str], shown: bytes, key: bytes) -> list[float]:
    with Terminal(command, environ) as terminal:
        terminal.wait_for(re.compile(shown))
        terminal.press(key, _ANYTHING)  # the first one warms things up
        return [terminal.press(key, _ANYTHING) for _ in range(_PRESSES)]


def _letters(
    command: Sequence[str], environ: Mapping[str, str], shown: bytes, opening: bytes, clearing: bytes
) -> list[float]:
    taken: list[float] = []
    with Terminal(command, environ) as terminal:
        terminal.wait_for(re.compile(shown))
        if opening:
            terminal.press_and_settle(opening)
        for word in _WORDS:
            taken += [terminal.press_and_settle(bytes([letter])) for letter in word]
            terminal.press_and_settle(clearing)
    return taken
