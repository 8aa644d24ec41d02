"""From a letter in the filter to the rows it changes, against a bare input and the SQL alone."""

from __future__ import annotations

import random
import re
import sqlite3
import statistics
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cache.outbox import Outbox
from cache.query import parse_query
from cache.schema import CACHE, OUTBOX, open_database
from cache.store.reader import Reader
from inbox_tui.views import all_views
from inbox_tui.workspace import open_workspace
from tests.bench.measure import Line, percentile
from tests.bench.million import copied
from tests.bench.shown import SCREEN, inbox, rest, row_pattern
from tests.bench.terminal import Terminal, program

if TYPE_CHECKING:
    from cache.models import Row

__all__ = ["Stroke", "bare_input", "compared", "measure_filter", "sql_alone", "strokes_of", "typed"]

_STROKES = 100
"""So many that change rows are measured with each beginning."""
_BEGINNINGS = ("", "is:open p:high ")
_MOST = 3.0
_MOST_SQL = 0.010
_WORD = re.compile(r"[^\W\d_]{3,6}")
_CLEAR = b"\x15"
_PASSES = 3
_PAUSE = 0.25
"""Seconds before the first letter of a word."""


class _Recorder(sqlite3.Connection):
    """A connection that remembers what it was asked."""

    asked: list[tuple[str, Any]]

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """Execute and remember."""
        vars(self).setdefault("asked", []).append((sql, parameters))
        return super().execute(sql, parameters)


@dataclass(frozen=True, slots=True)
class Stroke:
    """A letter in the filter, and what it must bring."""

    beginning: str
    word: str
    """As far as it is typed."""
    shown: re.Pattern[bytes] | None
    """The lowest row that it brings on the screen, None where it brings none."""
    asked: tuple[tuple[str, Any], ...]
    """The SQL for a screen of rows."""

    @property
    def text(self) -> str:
        """What is in the input."""
        return self.beginning + self.word


def measure_filter(place: Path, rows: int) -> list[Line]:
    """200 letters that change rows on the screen, half of them after `is:open p:high `."""
    with copied(place, rows) as environ:
        strokes, total = strokes_of(environ, _BEGINNINGS)
        sql = sql_alone(environ, strokes)
        bare = bare_input(environ, strokes)
        ours = _ours(environ, strokes, total)
    lines = compared(f"letter in the filter, {rows:,}", ours, bare, sql, f"{len(ours)} letters")
    half = len(ours) // 2
    parts = zip(_BEGINNINGS, (ours[:half], ours[half:]), (sql[:half], sql[half:]), strict=True)
    for start, drawn_of, sql_of in parts:
        floor = percentile(bare, 0.95) + percentile(sql_of, 0.95)
        lines.append(Line(f"after `{start}`, p95", floor, percentile(drawn_of, 0.95)))
    lines.append(Line("the SQL of a letter alone, p95", _MOST_SQL, percentile(sql, 0.95), 1.0, "allowed"))
    return lines


def compared(
    name: str, ours: Sequence[float], bare: Sequence[float], sql: Sequence[float], note: str
) -> list[Line]:
    """The letters against a bare input and the SQL alone."""
    lines: list[Line] = []
    for share, most in ((0.5, None), (0.95, _MOST)):
        drawn, read = percentile(bare, share), percentile(sql, share)
        floor = f"bare input {drawn * 1000:.1f} ms and SQL {read * 1000:.1f} ms; {note}"
        lines.append(Line(f"{name}, p{share * 100:.0f}", drawn + read, percentile(ours, share), most, floor))
    return lines


def strokes_of(environ: Mapping[str, str], beginnings: Sequence[str]) -> tuple[list[Stroke], int]:
    """Letters after each of these beginnings, `_STROKES` of which change rows; and how many rows are open."""
    with _recording(environ) as (reader, conn):
        total = reader.count(parse_query("is:open"))
        return [one for start in beginnings for one in _strokes(reader, conn, start)], total


@contextmanager
def _recording(environ: Mapping[str, str]) -> Iterator[tuple[Reader, _Recorder]]:
    """A reader as the inbox has it, on a connection that can tell what it was asked."""
    workspace = open_workspace(environ)
    conn = sqlite3.connect(workspace.data / CACHE.name, isolation_level=None, factory=_Recorder)
    for pragma in (*CACHE.pragmas, "temp_store=MEMORY"):
        conn.execute(f"PRAGMA {pragma}")
    outbox = Outbox(open_database(workspace.data, OUTBOX), wall=time.time)
    reader = Reader(
        conn,
        outbox,
        sources=workspace.source_names,
        decoders={},
        views={view.name: view.query for view in all_views(workspace.config)},
    )
    try:
        reader.refresh()
        reader.top(parse_query("warm", partial=True), 1)  # the small tables are filled with the first word
        yield reader, conn
    finally:
        reader.close()
        outbox.close()


def _strokes(reader: Reader, conn: _Recorder, beginning: str) -> Iterator[Stroke]:
    """Words out of the rows themselves, letter by letter, until enough letters change the screen."""
    left = _STROKES
    for word in _words(reader):
        held = _ids(reader.top(parse_query(beginning, partial=True), SCREEN).rows)
        for end in range(1, len(word) + 1):
            conn.asked.clear()
            rows = reader.top(parse_query(beginning + word[:end], partial=True), SCREEN).rows
            asked = tuple(conn.asked)
            new = [row for row in rows if row.rowid not in held]
            shown = row_pattern(new[-1]) if new else None
            left -= shown is not None
            yield Stroke(beginning, word[:end], shown, asked)
            if not left:
                return
            held = _ids(rows)
    raise RuntimeError("too few letters change rows")


def _words(reader: Reader) -> list[str]:
    every = reader.rowids(parse_query(""))
    rows = reader.rows(every[:: max(1, len(every) // 400)])
    words = {word.lower() for row in rows for word in _WORD.findall(f"{row.who} {row.about}")}
    chosen = sorted(words)
    random.Random("filter").shuffle(chosen)
    return chosen


def _ids(rows: Iterable[Row]) -> set[int]:
    return {row.rowid for row in rows}


def sql_alone(environ: Mapping[str, str], strokes: Sequence[Stroke]) -> list[float]:
    """The same SQL on another connection: the median of a few passes, for each letter that changes rows."""
    with _recording(environ) as (_, conn):
        passes = [[_run(conn, stroke) for stroke in strokes] for _ in range(_PASSES)]
    taken = [statistics.median(each) for each in zip(*passes, strict=True)]
    return [one for one, stroke in zip(taken, strokes, strict=True) if stroke.shown is not None]


def _run(conn: sqlite3.Connection, stroke: Stroke) -> float:
    began = time.perf_counter()
    for sql, parameters in stroke.asked:
        conn.execute(sql, parameters).fetchall()
    return time.perf_counter() - began


def bare_input(environ: Mapping[str, str], strokes: Sequence[Stroke]) -> list[float]:
    with Terminal([*program("tests.bench.bare_app"), "input"], environ) as terminal:
        terminal.wait_for(re.compile(rb"bare input"))
        return typed(
            terminal,
            [(one, re.compile(re.escape(one.text.encode())) if one.shown else None) for one in strokes],
        )


def _ours(environ: Mapping[str, str], strokes: Sequence[Stroke], total: int) -> list[float]:
    with inbox(environ, (), total) as terminal:
        terminal.press_and_settle(b"/")
        return typed(terminal, [(one, one.shown) for one in strokes])


def typed(terminal: Terminal, strokes: Sequence[tuple[Stroke, re.Pattern[bytes] | None]]) -> list[float]:
    """The seconds of the letters that change something."""
    taken: list[float] = []
    for stroke, shown in strokes:
        if len(stroke.word) == 1:
            for keys in (_CLEAR, stroke.beginning.encode()):
                terminal.send(keys)
                terminal.read_for(_PAUSE)
        letter = stroke.word[-1].encode()
        if shown is not None:
            taken.append(terminal.answer(letter, shown))
        else:
            terminal.send(letter)
        rest(terminal)
    return taken
