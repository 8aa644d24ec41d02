"""The two database files: how they are opened, their tables and their migrations.

`cache.db` holds server facts only and can be rebuilt by a sync; `outbox.db` holds intentions and is precious.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from cache.errors import (
    CacheBroken,
    CacheError,
    DamagedFile,
    ForeignFile,
    NewerFile,
    OutboxBroken,
    is_damage,
)
from cache.files import private_directory, private_file
from cache.steps import CACHE_STEPS, OUTBOX_STEPS, Step

__all__ = [
    "CACHE",
    "OUTBOX",
    "DatabaseFile",
    "open_database",
    "transaction",
]

BUSY_TIMEOUT_MS: Final = 10_000
_PAUSE_SECONDS: Final = 0.01


@dataclass(frozen=True, slots=True)
class DatabaseFile:
    """One kind of file: its name, its marks and the steps that bring it up to date."""

    name: str
    application_id: int
    pragmas: tuple[str, ...]
    steps: tuple[Step, ...]
    backup: bool
    """True when the file is copied before a migration touches it."""
    table: str
    """A table every file of this kind has."""
    broken: type[DamagedFile]
    """What is raised about a damaged one."""

    @property
    def version(self) -> int:
        """The newest schema version this program knows."""
        return len(self.steps)


CACHE: Final = DatabaseFile(
    name="cache.db",
    application_id=0x494E4243,
    pragmas=("page_size=8192", "journal_mode=WAL", "synchronous=FULL"),  # rows are long: less is left over
    steps=CACHE_STEPS,
    backup=False,
    table="submission",
    broken=CacheBroken,
)
OUTBOX: Final = DatabaseFile(
    name="outbox.db",
    application_id=0x494E424F,
    pragmas=("journal_mode=DELETE", "synchronous=EXTRA"),
    steps=OUTBOX_STEPS,
    backup=True,
    table="register",
    broken=OutboxBroken,
)


def open_database(directory: Path, kind: DatabaseFile) -> sqlite3.Connection:
    """Open one of the two files, creating or migrating it first.

    The connection belongs to the thread that uses it; transactions are explicit (see `transaction`).
    Raises UnsafeFile, NewerFile, ForeignFile, DamagedFile, or CacheError when the file cannot be opened at
    all. A file that is refused was not changed.
    """
    private_directory(directory)
    path = private_file(directory / kind.name)
    try:
        conn = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as exc:
        raise CacheError(f"{path} cannot be opened: {exc}.") from exc
    try:
        _prepare(conn, path, kind)
    except (sqlite3.Error, UnicodeDecodeError) as exc:  # even the text of an error may be damaged
        conn.close()
        if is_damage(exc):
            raise kind.broken(f"{path} is damaged: {exc}.") from exc
        raise CacheError(f"{path} cannot be opened: {exc}.") from exc
    except BaseException:
        conn.close()
        raise
    return conn


def _prepare(conn: sqlite3.Connection, path: Path, kind: DatabaseFile) -> None:
    conn.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    found = _version(conn)
    _refuse_others(conn, path, kind)
    _refuse_newer(found, path, kind)
    for pragma in (*kind.pragmas, "foreign_keys=ON", "secure_delete=ON", "temp_store=MEMORY"):
        _set(conn, pragma)
    if found < kind.version:
        _migrate(conn, path, kind)


def _set(conn: sqlite3.Connection, pragma: str) -> None:
    """Set a pragma. SQLite does not wait by itself to change the journal mode of a file being written."""
    deadline = monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            conn.execute(f"PRAGMA {pragma}")
            return
        except sqlite3.OperationalError as exc:
            if exc.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > deadline:
                raise
        sleep(_PAUSE_SECONDS)


def _version(conn: sqlite3.Connection) -> int:
    return int(conn.execute("PRAGMA user_version").fetchone()[0])


def _refuse_others(conn: sqlite3.Connection, path: Path, kind: DatabaseFile) -> None:
    """A file with another mark is another program's, unless it has our tables: then its head is damaged."""
    # tables first: a process that makes the file in between commits them together with the mark
    tables = {name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    mark = int(conn.execute("PRAGMA application_id").fetchone()[0])
    if mark == kind.application_id:
        return
    if kind.table in tables:
        raise kind.broken(f"{path} is damaged: its mark says that it belongs to another program.")
    if mark or tables:
        raise ForeignFile(
            f"{path} is a database of another program. Nothing was changed."
            " Move it away, or point INBOX_TUI_DATA elsewhere."
        )


def _refuse_newer(found: int, path: Path, kind: DatabaseFile) -> None:
    if found > kind.version:
        raise NewerFile(
            f"{path} was written by a newer version of inbox-tui (schema {found}, this one knows"
            f" {kind.version}). Nothing was changed. Update inbox-tui, or point INBOX_TUI_DATA elsewhere."
        )


def _migrate(conn: sqlite3.Connection, path: Path, kind: DatabaseFile) -> None:
    """Bring the file up to date: all steps or none, one process at a time."""
    from sqlite_utils import Database, Migrations  # 90 ms that only a new or old file has to pay

    with transaction(conn):
        found = _version(conn)  # another process may have been quicker
        _refuse_newer(found, path, kind)
        if found == kind.version:
            return
        if kind.backup and found:
            _back_up(path, path.with_name(f"{path.name}.v{found}.bak"))
        migrations = Migrations(kind.name)
        for step in kind.steps:
            migrations()(step)
        migrations.apply(Database(conn, execute_plugins=False))
        conn.execute(f"PRAGMA application_id={kind.application_id}")
        conn.execute(f"PRAGMA user_version={kind.version}")


def _back_up(path: Path, copy: Path) -> None:
    """Copy through a second connection: a plain file copy would drop the locks of the first."""
    private_file(copy)
    with (
        contextlib.closing(sqlite3.connect(path)) as source,
        contextlib.closing(sqlite3.connect(copy)) as into,
    ):
        source.backup(into)


def _inside(conn: sqlite3.Connection) -> bool:
    return conn.in_transaction


@contextlib.contextmanager
def transaction(conn: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """One write transaction that takes the write lock at once; nested uses join the outer one.

    The first error wins: a failing rollback never hides it.
    """
    if _inside(conn):
        yield conn
        return
    try:
        conn.execute("BEGIN IMMEDIATE")  # even this may be interrupted after it has taken effect
        yield conn
        conn.execute("COMMIT")
    except BaseException:
        _roll_back(conn)
        raise


def _roll_back(conn: sqlite3.Connection) -> None:
    """Leave no transaction behind that a later one would join, never to be committed."""
    for _ in range(2):
        if _inside(conn):
            with contextlib.suppress(sqlite3.Error):
                conn.execute("ROLLBACK")
