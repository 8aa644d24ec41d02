"""A damaged outbox: what can be read of it is carried, row by row, into a new one that takes its place.

An edit is in the file twice: in its register, and in the history of what the person did. A register that
cannot be read is made again from the history, but is never sent unless the person says so.
"""

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from cache.clock import LOCAL_STEPS, WallClock
from cache.errors import CacheError, OutboxBroken
from cache.files import private_directory, private_file, sync_directory
from cache.models import EditState, Key, PendingEdit
from cache.outbox.registers import RegisterTable
from cache.quarantine import link_aside
from cache.salvage_rows import Row, columns_of, is_sound, read_rows
from cache.schema import OUTBOX, open_database, transaction

__all__ = ["REBUILT", "Salvaged", "salvage"]

REBUILT: Final = (
    "The stored edit was lost with a damaged file and is made again from the history. It is not sent"
    " until you retry it; discard drops it."
)
_TABLES: Final = (
    "meta",
    "register",
    "gesture",
    "history",
    "attempt",
    "overwrite",
    "me",
    "binding",
    "ledger",
    "opened",
)
_SINCE: Final = {"overwrite": 2, "ledger": 4, "opened": 5}
"""The version from which on a file has the table; others were there from the beginning."""
_CLOCKED: Final = ("register", "history", "attempt")
_DONE: Final = ("edit", "undo", "redo", "merge")
_JOURNAL: Final = "outbox.db-journal"


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What became of a damaged outbox."""

    place: Path
    """Where the damaged file is kept."""
    saved: int
    """Unsettled edits that are there as they were."""
    rebuilt: int
    """Unsettled edits that were made again from the history and wait for the person."""
    unreadable: int
    """Unsettled edits that do not match their checksum and are never sent."""
    missing: tuple[str, ...]
    """Tables of which something could not be read."""

    @property
    def complete(self) -> bool:
        """Whether everything was read."""
        return not (self.rebuilt or self.unreadable or self.missing)

    def __str__(self) -> str:
        said = f"The outbox was damaged: {_edits(self.saved)} saved"
        if self.rebuilt:
            said += f", {_edits(self.rebuilt)} made again from the history and not sent until you retry"
        if self.unreadable:
            said += f", {_edits(self.unreadable)} not readable"
        if self.missing:
            said += f"; parts of {' and '.join(self.missing)} could not be read"
        return f"{said}. The damaged file is kept in {self.place}."


def salvage(directory: Path, *, wall: WallClock) -> Salvaged:
    """Put a new outbox with everything that can be read in the place of a damaged one.

    Only while no other process has the outbox open, and none of this process. At no moment is there no
    outbox. Raises OutboxBroken when nothing can be read; then nothing was changed.
    """
    path = directory / OUTBOX.name
    work = directory / "salvage"
    shutil.rmtree(work, ignore_errors=True)  # of a salvage that was cut short
    try:
        with _copy(directory, private_directory(work)) as damaged:
            version = int(damaged.execute("PRAGMA user_version").fetchone()[0])
            there = [table for table in _TABLES if version >= _SINCE.get(table, 0)]
            found = {table: read_rows(damaged, table) for table in there}
        rows = [row for table in there if table != "meta" for row in found[table].rows]
        if not rows and all(found[table].broken for table in ("register", "history")):
            raise OutboxBroken(
                f"{path} is damaged and nothing in it can be read. Nothing was changed. Put a copy of yours"
                " in its place, or move it away to start with an empty outbox: edits in it that were not sent"
                " are lost then."
            )
        with closing(open_database(private_directory(work / "new"), OUTBOX)) as fresh:
            missing = _fill(fresh, {name: each.rows for name, each in found.items()})
            rebuilt = _rebuild(fresh) if found["register"].broken or "register" in missing else 0
            edits = RegisterTable(fresh).all()
        place = link_aside(directory, (OUTBOX.name, _JOURNAL), wall=wall)
        (directory / _JOURNAL).unlink(missing_ok=True)
        (work / "new" / OUTBOX.name).replace(path)
        sync_directory(directory)
    except OSError as exc:
        raise CacheError(f"{path} is damaged and cannot be mended: {exc.strerror}.") from exc
    finally:
        shutil.rmtree(work, ignore_errors=True)
    unreadable = sum(edit.damaged for edit in edits)
    broken = [name for name in there if found[name].broken or name in missing]
    return Salvaged(place, len(edits) - rebuilt - unreadable, rebuilt, unreadable, tuple(broken))


@contextmanager
def _copy(directory: Path, work: Path) -> Iterator[sqlite3.Connection]:
    """A copy of the damaged file to read from, its interrupted transaction rolled back."""
    for name in (OUTBOX.name, _JOURNAL):
        if (directory / name).exists():
            private_file(work / name).write_bytes((directory / name).read_bytes())
    conn = _readable(work / OUTBOX.name)
    if conn is None:
        for version in range(OUTBOX.version, 0, -1):
            _transplant(work / OUTBOX.name, version)
            conn = _readable(work / OUTBOX.name)
            if conn is not None:
                break
    with closing(conn or sqlite3.connect(":memory:")) as opened:
        opened.text_factory = lambda text: text.decode("utf-8", "replace")
        yield opened


def _readable(path: Path) -> sqlite3.Connection | None:
    """The file with its tables known, None when not even these can be read."""
    conn = sqlite3.connect(path, isolation_level=None)
    try:
        conn.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if columns_of(conn, OUTBOX.table):
            return conn
    except sqlite3.Error:
        conn.close()
        return None
    conn.close()
    return None


def _transplant(path: Path, version: int) -> None:
    """Give a file whose first page is damaged that of a new one: the tables begin at the same places."""
    with tempfile.TemporaryDirectory(dir=path.parent) as made:
        open_database(Path(made), replace(OUTBOX, steps=OUTBOX.steps[:version])).close()
        fresh = (Path(made) / OUTBOX.name).read_bytes()
    size = int.from_bytes(fresh[16:18], "big")
    page = bytearray(fresh[:size])
    content = path.read_bytes()
    page[28:32] = (len(content) // size).to_bytes(4, "big")
    page[32:40] = bytes(8)  # free pages: they are not read
    page[92:96] = page[24:28]
    path.write_bytes(bytes(page) + content[size:])


def _fill(fresh: sqlite3.Connection, found: dict[str, list[Row]]) -> set[str]:
    """Carry the rows over; returns the tables of which some were refused."""
    refused: set[str] = set()
    with transaction(fresh):
        for table, rows in found.items():
            columns = columns_of(fresh, table)
            for row in rows:
                kept = {name: value for name, value in row.items() if name in columns}
                if not is_sound(kept, columns):
                    refused.add(table)
                    continue
                names = ", ".join(kept)
                try:
                    fresh.execute(
                        f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({', '.join('?' * len(kept))})",
                        tuple(kept.values()),
                    )
                except sqlite3.IntegrityError:
                    refused.add(table)
        moments = [fresh.execute(f"SELECT max(clock) FROM {table}").fetchone()[0] for table in _CLOCKED]
        least = max(moment or 0 for moment in moments) // LOCAL_STEPS + 1
        fresh.execute("INSERT OR IGNORE INTO meta (key, value) VALUES ('clock', 0)")
        fresh.execute("UPDATE meta SET value = max(CAST(value AS INTEGER), ?) WHERE key = 'clock'", (least,))
    return refused


def _rebuild(fresh: sqlite3.Connection) -> int:
    """Make registers again that the history speaks of and no acknowledged attempt has settled."""
    registers = RegisterTable(fresh)
    sent: dict[tuple[str, str, str], int] = {}
    for source, name, body, clock in fresh.execute(
        "SELECT source, submission_id, body, clock FROM attempt WHERE outcome = 'applied' ORDER BY clock"
    ):
        for field in json.loads(body):
            sent[source, name, field] = clock
    open_steps: dict[tuple[str, str, str], list[tuple[Any, ...]]] = {}
    for row in fresh.execute(
        "SELECT source, submission_id, field, kind, before, after, clock, at FROM history ORDER BY seq"
    ):
        place, kind = row[:3], row[3]
        if kind not in _DONE:
            open_steps.pop(place, None)
        elif row[6] > sent.get(place, 0):
            open_steps.setdefault(place, []).append(row)
    made = 0
    with transaction(fresh):
        for (source, name, field), steps in open_steps.items():
            base, want = json.loads(steps[0][4]), json.loads(steps[-1][5])
            if base == want or registers.get(Key(source, name), field) is not None:  # type: ignore[arg-type]
                continue
            registers.put(
                PendingEdit(
                    Key(source, name),
                    field,  # type: ignore[arg-type]
                    base,
                    want,
                    EditState.REJECTED,
                    clock=steps[-1][6],
                    edited_at=steps[-1][7],
                    error=REBUILT,
                )
            )
            made += 1
    return made


def _edits(count: int) -> str:
    return "1 edit" if count == 1 else f"{count:,} edits"
