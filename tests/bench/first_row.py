"""From the start of the process to the first row of the list, against the smallest Textual program.

The first row is there before Textual is; when Textual has drawn it too, keys are dealt with.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from cache.query import parse_query
from inbox_tui.workspace import open_workspace
from tests.bench.measure import Line, in_turns
from tests.bench.million import copied, crowded
from tests.bench.shown import row_pattern
from tests.bench.terminal import first_text, program

__all__ = ["imports", "measure_first_row", "newest_row"]

_MOST = 1.3
_MOST_FOR_KEYS = 1.5
_ROUNDS = 9
_BARE_TEXT = re.compile(rb"bare text is here")
_MOUSE_ON = b"\x1b[?1000h"
"""What Textual writes when it takes the terminal."""


def measure_first_row(place: Path, rows: int) -> list[Line]:
    """Both programs run with the same Python on the same kind of terminal."""
    with copied(place, rows) as environ:
        row = newest_row(environ)
        taken = in_turns(
            {
                "floor": lambda: first_text(program("tests.bench.bare_app"), environ, _BARE_TEXT),
                "row": lambda: first_text(program("inbox_tui"), environ, row),
                "keys": lambda: first_text(program("inbox_tui"), environ, row, after=_MOUSE_ON),
            },
            _ROUNDS,
        )
    return [
        Line(f"first row of {rows:,}", taken["floor"], taken["row"], _MOST, "in a terminal"),
        Line("the same, by Textual", taken["floor"], taken["keys"], _MOST_FOR_KEYS, "keys work"),
    ]


def newest_row(environ: Mapping[str, str], query: str = "is:open") -> re.Pattern[bytes]:
    """The number of the first row of a list, as the terminal gets it."""
    with open_workspace(environ).local() as local:
        rows = local.reader.rows(local.reader.rowids(parse_query(query), 1))
    return row_pattern(rows[0])


_LIST_MODULES = """
import functools, os, sys
from inbox_tui.start import run_inbox
from inbox_tui.app import InboxApp

def shown(app):
    names = sorted(sys.modules)
    roots = {}
    for name in names:
        root = name.partition(".")[0]
        if root not in sys.stdlib_module_names:
            roots[root] = roots.get(root, 0) + 1
    sys.__stderr__.write("\\n".join(f"{count:5} {root}" for root, count in sorted(roots.items())))
    sys.__stderr__.flush()
    os._exit(0)

InboxApp.first_rows_shown = shown
InboxApp.run = functools.partialmethod(InboxApp.run, headless=True)
run_inbox([])
"""


def imports(place: Path, rows: int) -> str:
    """The packages beyond Python's own that the first rows need, each with the number of its modules."""
    done = subprocess.run(
        [sys.executable, "-c", _LIST_MODULES],
        env=crowded(place, rows),
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    return done.stderr
