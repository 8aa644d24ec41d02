"""Every outbox ever written opens, with every edit byte for byte (invariant 27)."""

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from cache.models import EditState
from cache.outbox import Delivery, Outbox
from cache.schema import OUTBOX, open_database
from tests.cache.making import Wall

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
VERSIONS = range(1, OUTBOX.version + 1)
OLDER = range(1, OUTBOX.version)
TABLES = ("register", "gesture", "history", "attempt", "me", "binding", "meta")


def put(directory: Path, version: int) -> Path:
    """A data directory with the outbox that a program of that version wrote."""
    directory.mkdir(mode=0o700)
    path = directory / "outbox.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.executescript((GOLDEN / f"outbox-v{version}.sql").read_text(encoding="utf-8"))
    return path


def rows(path: Path, columns: dict[str, list[str]]) -> dict[str, list[tuple[object, ...]]]:
    """What each table holds in these columns, texts as bytes."""
    with closing(sqlite3.connect(path)) as conn:
        conn.text_factory = bytes
        return {
            table: sorted(conn.execute(f"SELECT {', '.join(names)} FROM {table}").fetchall(), key=repr)
            for table, names in columns.items()
        }


def columns(path: Path) -> dict[str, list[str]]:
    with closing(sqlite3.connect(path)) as conn:
        return {table: [row[1] for row in conn.execute(f"PRAGMA table_info({table})")] for table in TABLES}


def test_there_is_a_file_of_every_version() -> None:
    """When this fails: `python -m tests.golden.make`."""
    assert [path.name for path in sorted(GOLDEN.glob("*.sql"))] == [
        f"outbox-v{version}.sql" for version in VERSIONS
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_outbox_of_any_version_opens_with_every_edit_byte_for_byte(tmp_path: Path, version: int) -> None:
    path = put(tmp_path / "data", version)
    held = columns(path)
    before = rows(path, held)
    with closing(open_database(path.parent, OUTBOX)) as conn:
        outbox = Outbox(conn, wall=Wall())
        edits = outbox.pending()
        assert {edit.state for edit in edits} == set(EditState)
        assert len(edits) == 5 * len(EditState)
        assert not any(edit.damaged for edit in edits)
        assert outbox.me() == {"acme": "user-1"}
        Delivery(conn, wall=Wall()).adopt()
        assert {edit.state for edit in outbox.pending()} == set(EditState) - {EditState.SENDING}
    again = put(tmp_path / "again", version)
    open_database(again.parent, OUTBOX).close()
    assert rows(again, held) == before


@pytest.mark.parametrize("version", OLDER)
def test_older_outbox_is_copied_first_and_the_copy_is_what_it_was(tmp_path: Path, version: int) -> None:
    path = put(tmp_path / "data", version)
    held, before = columns(path), rows(path, columns(path))
    open_database(path.parent, OUTBOX).close()
    copy = path.with_name(f"outbox.db.v{version}.bak")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert rows(copy, held) == before
    with closing(sqlite3.connect(copy)) as conn:
        assert conn.execute("PRAGMA user_version").fetchone() == (version,)
    path.unlink()
    copy.rename(path)
    open_database(path.parent, OUTBOX).close()
    assert rows(path, held) == before


@pytest.mark.parametrize("version", OLDER)
def test_migration_that_is_cut_short_at_any_step_leaves_the_old_file(tmp_path: Path, version: int) -> None:
    path = put(tmp_path / "data", version)
    before = rows(path, columns(path))

    def breaks(_: object) -> None:
        raise ZeroDivisionError

    for place in range(version, OUTBOX.version + 1):
        steps = (*OUTBOX.steps[:place], breaks, *OUTBOX.steps[place:])
        with pytest.raises(ZeroDivisionError):
            open_database(path.parent, replace(OUTBOX, steps=steps))
        assert rows(path, columns(path)) == before
        with closing(sqlite3.connect(path)) as conn:
            assert conn.execute("PRAGMA user_version").fetchone() == (version,)


OPENER = """
import sys
from contextlib import closing
from pathlib import Path
from cache.outbox import Outbox
from cache.recovery import open_files

print("ready", flush=True)
sys.stdin.readline()
files = open_files(Path(sys.argv[1]), wall=lambda: 1.0)
with closing(files.cache), closing(files.outbox):
    print(len(Outbox(files.outbox, wall=lambda: 1.0).pending()), files.notices)
"""


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_three_processes_that_start_at_once_all_succeed(tmp_path: Path, version: int) -> None:
    path = put(tmp_path / "data", version)
    held, before = columns(path), rows(path, columns(path))
    started = [
        subprocess.Popen(
            [sys.executable, "-c", OPENER, str(path.parent)],
            cwd=ROOT,
            env=dict(os.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60) for process in started]
    assert answers == [(f"{5 * len(EditState)} ()\n", "")] * 3
    assert rows(path, held) == before
