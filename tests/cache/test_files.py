import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from cache.errors import CacheError, UnsafeFile
from cache.files import private_directory, private_file
from cache.schema import CACHE, OUTBOX, DatabaseFile, open_database, transaction

KINDS = pytest.mark.parametrize("kind", [CACHE, OUTBOX], ids=lambda kind: kind.name)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o277, 0o777], ids=oct)
def test_directory_and_files_are_private_whatever_the_umask(tmp_path: Path, mask: int) -> None:
    directory = tmp_path / "data"
    with umask(mask):
        for kind in (CACHE, OUTBOX):
            with closing(open_database(directory, kind)) as conn, transaction(conn):
                conn.execute("CREATE TABLE scratch (x)")
                conn.execute("INSERT INTO scratch VALUES (1)")
                assert {mode(path) for path in directory.iterdir()} == {0o600}
    assert mode(directory) == 0o700
    assert sorted(path.name for path in directory.iterdir()) == ["cache.db", "outbox.db"]


def test_journals_beside_the_files_are_private_too(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    with umask(0), closing(open_database(directory, CACHE)) as cache, transaction(cache):
        cache.execute("INSERT INTO source (name, provider) VALUES ('acme', 'plain')")
        with closing(open_database(directory, OUTBOX)) as outbox, transaction(outbox):
            outbox.execute("INSERT INTO me VALUES ('acme', 'u1')")
            names = {path.name for path in directory.iterdir()}
            assert {"cache.db-wal", "cache.db-shm", "outbox.db-journal"} <= names
            assert {mode(path) for path in directory.iterdir()} == {0o600}


def test_existing_directory_and_file_that_others_can_read_are_closed_to_them(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir(mode=0o755)
    directory.chmod(0o755)
    (directory / "outbox.db").touch()
    (directory / "outbox.db").chmod(0o644)
    open_database(directory, OUTBOX).close()
    assert mode(directory) == 0o700
    assert mode(directory / "outbox.db") == 0o600


@pytest.mark.parametrize("others", [0o720, 0o702, 0o777], ids=oct)
def test_directory_that_others_can_write_is_refused_and_left_alone(tmp_path: Path, others: int) -> None:
    directory = tmp_path / "data"
    directory.mkdir()
    directory.chmod(others)
    with pytest.raises(UnsafeFile, match="chmod 700"):
        open_database(directory, CACHE)
    assert mode(directory) == others
    assert list(directory.iterdir()) == []


def test_place_that_is_no_directory_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(CacheError, match="cannot be made"):
        private_directory(tmp_path / "data")


@pytest.mark.parametrize("target", ["there", "dangling"])
@KINDS
def test_symbolic_link_is_refused_and_its_target_untouched(
    tmp_path: Path, kind: DatabaseFile, target: str
) -> None:
    directory = private_directory(tmp_path / "data")
    other = tmp_path / "other"
    if target == "there":
        other.write_bytes(b"precious")
    (directory / kind.name).symlink_to(other)
    with pytest.raises(UnsafeFile, match="symbolic link"):
        open_database(directory, kind)
    assert (other.read_bytes() if other.exists() else None) == (b"precious" if target == "there" else None)


def test_pipe_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "cache.db")
    with pytest.raises(UnsafeFile, match="not a regular file"):
        private_file(tmp_path / "cache.db")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_directory_and_file_of_somebody_else_are_refused(tmp_path: Path) -> None:
    directory = private_directory(tmp_path / "data")
    private_file(directory / "outbox.db")
    os.chown(directory / "outbox.db", 12345, 12345)
    with pytest.raises(UnsafeFile, match="belongs to another user"):
        open_database(directory, OUTBOX)
    os.chown(directory, 12345, 12345)
    with pytest.raises(UnsafeFile, match="belongs to another user"):
        open_database(directory, OUTBOX)


PROBE = """
import sqlite3, sys
conn = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
try:
    conn.execute("BEGIN IMMEDIATE")
    print("free")
except sqlite3.OperationalError as exc:
    print(exc)
finally:
    conn.close()
"""


def _probe(path: Path) -> str:
    """What another process finds when it wants to write."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", PROBE, str(path)], capture_output=True, text=True, check=True, timeout=30
    )
    return done.stdout.strip()


@KINDS
def test_opening_again_in_this_process_drops_no_lock_that_it_holds(
    tmp_path: Path, kind: DatabaseFile
) -> None:
    path = tmp_path / kind.name
    with closing(open_database(tmp_path, kind)) as conn:
        assert _probe(path) == "free"
        with transaction(conn):
            conn.execute("CREATE TABLE scratch (x)")
            private_file(path)
            assert _probe(path) == "database is locked"
            # A second connection of the same kind waits for nothing that only readers need.
            open_database(tmp_path, kind).close()
            assert _probe(path) == "database is locked"
        assert _probe(path) == "free"


def _fail(conn: sqlite3.Connection, error: Exception, *, rolled_back: bool) -> None:
    with transaction(conn):
        conn.execute("INSERT INTO me VALUES ('acme', 'u1')")
        with transaction(conn):
            conn.execute("INSERT INTO me VALUES ('beta', 'u2')")
        if rolled_back:
            conn.execute("ROLLBACK")
        raise error


@pytest.mark.parametrize("rolled_back", [False, True])
def test_transaction_keeps_the_first_error_and_nothing_else(tmp_path: Path, rolled_back: bool) -> None:
    with closing(open_database(tmp_path, OUTBOX)) as conn:
        with pytest.raises(ZeroDivisionError):
            _fail(conn, ZeroDivisionError(), rolled_back=rolled_back)
        assert conn.execute("SELECT count(*) FROM me").fetchone() == (0,)
        assert not conn.in_transaction


@KINDS
def test_transaction_has_the_write_lock_before_its_first_statement(
    tmp_path: Path, kind: DatabaseFile
) -> None:
    with closing(open_database(tmp_path, kind)) as conn, transaction(conn):
        assert _probe(tmp_path / kind.name) == "database is locked"
