import hashlib
import os
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cache.errors import CacheError, ForeignFile, NewerFile
from cache.schema import CACHE, OUTBOX, DatabaseFile, open_database, transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

ROOT = Path(__file__).parents[2]
KINDS = pytest.mark.parametrize("kind", [CACHE, OUTBOX], ids=lambda kind: kind.name)


def pragma(conn: sqlite3.Connection, name: str) -> object:
    return conn.execute(f"PRAGMA {name}").fetchone()[0]


@pytest.mark.parametrize(("kind", "journal", "synchronous"), [(CACHE, "wal", 2), (OUTBOX, "delete", 3)])
def test_every_connection_has_its_pragmas(
    tmp_path: Path, kind: DatabaseFile, journal: str, synchronous: int
) -> None:
    for _ in range(2):  # the one that creates the file, and a later one
        with closing(open_database(tmp_path, kind)) as conn:
            found = {
                name: pragma(conn, name)
                for name in (
                    "journal_mode",
                    "synchronous",
                    "foreign_keys",
                    "secure_delete",
                    "busy_timeout",
                    "application_id",
                    "user_version",
                )
            }
            assert found == {
                "journal_mode": journal,
                "synchronous": synchronous,
                "foreign_keys": 1,
                "secure_delete": 1,
                "busy_timeout": 10_000,
                "application_id": kind.application_id,
                "user_version": kind.version,
            }


@KINDS
def test_newer_file_is_refused_and_not_one_byte_changed(tmp_path: Path, kind: DatabaseFile) -> None:
    with closing(open_database(tmp_path, kind)) as conn:
        conn.execute(f"PRAGMA user_version={kind.version + 1}")
    before = (tmp_path / kind.name).read_bytes()
    with pytest.raises(NewerFile, match="newer version") as caught:
        open_database(tmp_path, kind)
    assert f"schema {kind.version + 1}" in str(caught.value)
    assert (tmp_path / kind.name).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [kind.name]


@KINDS
@pytest.mark.parametrize("mark", [0, 0x0BADCAFE])
def test_database_of_another_program_is_refused_and_not_one_byte_changed(
    tmp_path: Path, kind: DatabaseFile, mark: int
) -> None:
    """Invariant 27."""
    path = tmp_path / kind.name
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("CREATE TABLE songs (title)")
        conn.execute(f"PRAGMA application_id={mark}")
    before = path.read_bytes()
    with pytest.raises(ForeignFile, match="another program") as caught:
        open_database(tmp_path, kind)
    assert "INBOX_TUI_DATA" in str(caught.value)
    assert path.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [kind.name]


@KINDS
def test_file_of_ours_that_lost_its_mark_is_damaged_not_foreign(tmp_path: Path, kind: DatabaseFile) -> None:
    with closing(open_database(tmp_path, kind)) as conn:
        conn.execute("PRAGMA application_id=7")
    with pytest.raises(kind.broken, match="damaged"):
        open_database(tmp_path, kind)


OPENER = """
import sys
from pathlib import Path
from cache.schema import CACHE, OUTBOX, open_database
sys.stdin.readline()
for kind in (CACHE, OUTBOX):
    conn = open_database(Path(sys.argv[1]), kind)
    conn.execute("SELECT count(*) FROM " + ("submission" if kind is CACHE else "register")).fetchone()
    conn.close()
print("opened")
"""


@pytest.mark.slow
def test_three_processes_that_open_a_new_directory_at_once_all_succeed(tmp_path: Path) -> None:
    """Invariant 27."""
    for turn in range(3):
        directory = tmp_path / f"data-{turn}"
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", OPENER, str(directory)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(3)
        ]
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        answers = [process.communicate(timeout=60) for process in processes]
        assert answers == [("opened\n", "")] * 3
        with closing(open_database(directory, OUTBOX)) as conn:
            assert conn.execute("SELECT value FROM meta WHERE key = 'clock'").fetchall() == [(0,)]
            assert pragma(conn, "integrity_check") == "ok"


def _outbox_next(db: "Database") -> None:
    db.conn.execute("ALTER TABLE me ADD COLUMN told_at INTEGER")


def _breaks(db: "Database") -> None:
    db.conn.execute("DELETE FROM me")
    raise ZeroDivisionError


def contents(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as conn:
        return list(conn.iterdump())


def test_migration_of_the_outbox_copies_it_first_and_keeps_every_row(tmp_path: Path) -> None:
    with closing(open_database(tmp_path, OUTBOX)) as conn:
        conn.execute("INSERT INTO me VALUES ('acme', 'u1')")
    before = contents(tmp_path / "outbox.db")
    newer = replace(OUTBOX, steps=(*OUTBOX.steps, _outbox_next))

    with closing(open_database(tmp_path, newer)) as conn:
        assert conn.execute("SELECT * FROM me").fetchall() == [("acme", "u1", None)]
        assert pragma(conn, "user_version") == newer.version

    backup = tmp_path / f"outbox.db.v{OUTBOX.version}.bak"
    assert contents(backup) == before
    assert backup.stat().st_mode & 0o777 == 0o600
    with pytest.raises(NewerFile):
        open_database(tmp_path, OUTBOX)


def test_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    with closing(open_database(tmp_path, OUTBOX)) as conn:
        conn.execute("INSERT INTO me VALUES ('acme', 'u1')")
    before = contents(tmp_path / "outbox.db")
    with pytest.raises(ZeroDivisionError):
        open_database(tmp_path, replace(OUTBOX, steps=(*OUTBOX.steps, _outbox_next, _breaks)))
    assert contents(tmp_path / "outbox.db") == before
    open_database(tmp_path, OUTBOX).close()


def test_cache_is_migrated_without_a_copy(tmp_path: Path) -> None:
    open_database(tmp_path, CACHE).close()

    def step(db: "Database") -> None:
        db.conn.execute("CREATE TABLE more (x)")

    with closing(open_database(tmp_path, replace(CACHE, steps=(*CACHE.steps, step)))) as conn:
        assert conn.execute("SELECT count(*) FROM more").fetchone() == (0,)
    assert [path.name for path in tmp_path.iterdir()] == ["cache.db"]


@KINDS
def test_file_that_is_no_database_is_broken_and_left_for_a_look(tmp_path: Path, kind: DatabaseFile) -> None:
    scribble = hashlib.sha512(b"noise").digest() * 200
    (tmp_path / kind.name).write_bytes(scribble)
    with pytest.raises(kind.broken, match="damaged"):
        open_database(tmp_path, kind)
    assert (tmp_path / kind.name).read_bytes() == scribble


@KINDS
def test_file_whose_tables_are_scribbled_over_is_broken(tmp_path: Path, kind: DatabaseFile) -> None:
    with closing(open_database(tmp_path, kind)) as conn:
        conn.execute("PRAGMA user_version=0")  # so that opening has to look further than the header
    content = bytearray((tmp_path / kind.name).read_bytes())
    content[100:4096] = b"\xff" * 3996
    (tmp_path / kind.name).write_bytes(content)
    with pytest.raises(kind.broken, match="damaged"):
        open_database(tmp_path, kind)


def test_directory_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cache.db").mkdir()
    with pytest.raises(CacheError):
        open_database(tmp_path, CACHE)


def test_busy_file_is_one_sentence_when_it_cannot_be_migrated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cache.schema.BUSY_TIMEOUT_MS", 20)
    with closing(open_database(tmp_path, OUTBOX)) as conn, transaction(conn):
        conn.execute("UPDATE meta SET value = 1")
        newer = replace(OUTBOX, steps=(*OUTBOX.steps, _outbox_next))
        with pytest.raises(CacheError, match="locked"):
            open_database(tmp_path, newer)


def test_new_file_that_another_process_is_just_writing_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two that start at once: SQLite does not wait by itself to change the journal mode."""
    with closing(sqlite3.connect(tmp_path / CACHE.name, isolation_level=None)) as other:
        (tmp_path / CACHE.name).chmod(0o600)
        other.execute("BEGIN IMMEDIATE")
        waited: list[float] = []

        def let_go(seconds: float) -> None:
            waited.append(seconds)
            other.rollback()

        monkeypatch.setattr("cache.schema.sleep", let_go)
        with closing(open_database(tmp_path, CACHE)) as conn:
            assert conn.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert len(waited) == 1


def test_nothing_but_the_standard_library_is_loaded_to_open_an_existing_file(tmp_path: Path) -> None:
    for kind in (CACHE, OUTBOX):
        open_database(tmp_path, kind).close()
    script = """
        import sys
        from pathlib import Path
        from cache.schema import CACHE, OUTBOX, open_database
        for kind in (CACHE, OUTBOX):
            open_database(Path(sys.argv[1]), kind).close()
        print(sorted({"sqlite_utils", "httpx", "textual", "pydantic"} & set(sys.modules)))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=dict(os.environ),
    )
    assert done.stdout == "[]\n"


def test_timelines_held_before_there_was_a_list_of_them_are_on_it(tmp_path: Path) -> None:
    with closing(open_database(tmp_path, replace(CACHE, steps=CACHE.steps[:1]))) as conn:
        conn.executemany(
            "INSERT INTO event (source, submission_id, id, type) VALUES ('acme', ?, ?, 'created')",
            [("a", "e1"), ("a", "e2"), ("b", "e3")],
        )
    with closing(open_database(tmp_path, CACHE)) as conn:
        found = conn.execute("SELECT source, submission_id FROM timeline ORDER BY submission_id").fetchall()
        assert found == [("acme", "a"), ("acme", "b")]
        assert pragma(conn, "user_version") == CACHE.version
