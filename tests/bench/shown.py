"""What must be on the screen, known before a key is pressed from the same local copy."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from inbox_tui.widgets.row_renderer import number_label
from tests.bench.terminal import Terminal, program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cache.models import Row

__all__ = ["SCREEN", "cpu_of", "inbox", "rest", "row_pattern"]

SCREEN = 28
"""Rows of the list on a terminal of 32 lines."""
_REST = 0.1
"""Seconds between what a key changed and the next key."""
_TICKS = os.sysconf("SC_CLK_TCK")


def row_pattern(row: Row) -> re.Pattern[bytes]:
    """The number of a row as the list draws it; nothing else on the screen is written like that."""
    return re.compile(rb"(?<![\w,.:/-])" + re.escape(number_label(row).encode()) + rb"(?![\w,.:/-])")


@contextmanager
def inbox(environ: Mapping[str, str], arguments: Sequence[str], total: int) -> Iterator[Terminal]:
    """The inbox on a terminal, complete and counted: `total` rows match what it shows first."""
    with Terminal([*program("inbox_tui"), *arguments], environ) as terminal:
        terminal.wait_for(re.compile(rf"1/{total:,}\D".encode()))
        terminal.settle()
        yield terminal


def rest(terminal: Terminal) -> None:
    """Type no faster than a hand does."""
    terminal.read_for(_REST)


def cpu_of(pid: int) -> float:
    """Seconds a process has computed."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
