"""The two database files: how they are opened, their tables and their migrations.

`cache.db` holds server facts only and can be rebuilt by a sync; `outbox.db` holds intentions and is precious.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

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

if TYPE_CHECKING:
    from sqlite_utils import Database

__all__ = [
    "CACHE",
    "OUTBOX",
    "DatabaseFile",
    "open_database",
    "transaction",
]

BUSY_TIMEOUT_MS: Final = 10_000


@dataclass(frozen=True, slots=True)
class DatabaseFile:
    """One kind of file: its name, its marks and the steps that bring it up to date."""

    name: str
    application_id: int
    pragmas: tuple[str, ...]
    steps: tuple[Callable[["Database"], None], ...]
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


def _run(db: "Database", statements: str) -> None:
    """Execute statements one by one: `executescript` would commit the transaction around the migration."""
    buffer = ""
    for line in statements.splitlines():
        buffer += line + "\n"
        if sqlite3.complete_statement(buffer):
            db.conn.execute(buffer)
            buffer = ""


def _cache_1(db: "Database") -> None:
    _run(
        db,
        """
        CREATE TABLE source (
            name TEXT PRIMARY KEY, provider TEXT NOT NULL,
            account_id TEXT, account_name TEXT, user_id TEXT, user_name TEXT,
            capabilities TEXT, derived_by TEXT,
            top_id TEXT, top_created INTEGER, complete INTEGER NOT NULL DEFAULT 0, backfill_cursor TEXT,
            synced_at INTEGER, error TEXT, error_at INTEGER, budget TEXT
        ) WITHOUT ROWID;
        CREATE TABLE container (
            source TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (source, id)
        ) WITHOUT ROWID;
        CREATE TABLE member (
            source TEXT NOT NULL, user_id TEXT NOT NULL, name TEXT NOT NULL, role TEXT,
            PRIMARY KEY (source, user_id)
        ) WITHOUT ROWID;
        CREATE TABLE submission (
            rowid INTEGER PRIMARY KEY,
            source TEXT NOT NULL, id TEXT NOT NULL, number INTEGER, container_id TEXT,
            created INTEGER NOT NULL, cleaned INTEGER NOT NULL,
            who TEXT NOT NULL, about TEXT NOT NULL,
            email TEXT, phone TEXT, notes TEXT, body TEXT NOT NULL,
            raw_hash BLOB NOT NULL, raw TEXT NOT NULL,
            UNIQUE (source, id)
        );
        CREATE INDEX submission_number ON submission (number);
        CREATE TABLE triage (
            rowid INTEGER PRIMARY KEY,
            source TEXT NOT NULL, status TEXT NOT NULL, priority TEXT NOT NULL, flagged INTEGER NOT NULL,
            assignee_id TEXT, presence TEXT NOT NULL DEFAULT 'listed',
            as_of INTEGER NOT NULL, seen_at INTEGER NOT NULL
        );
        CREATE INDEX triage_state ON triage (status, assignee_id, flagged, priority, source, presence);
        CREATE INDEX triage_flagged ON triage (flagged) WHERE flagged = 1;
        CREATE INDEX triage_assignee ON triage (assignee_id) WHERE assignee_id IS NOT NULL;
        CREATE TABLE event (
            source TEXT NOT NULL, submission_id TEXT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL,
            at INTEGER, actor_id TEXT, actor_name TEXT, before TEXT, after TEXT,
            PRIMARY KEY (source, submission_id, id)
        ) WITHOUT ROWID;
        CREATE TABLE quarantine (
            source TEXT NOT NULL, id TEXT NOT NULL, reason TEXT NOT NULL, seen_at INTEGER NOT NULL,
            PRIMARY KEY (source, id)
        ) WITHOUT ROWID;
        CREATE VIRTUAL TABLE search USING fts5 (
            who, email, phone, notes, body,
            content='submission', content_rowid='rowid',
            tokenize='unicode61 remove_diacritics 2', prefix='2 3'
        );
        INSERT INTO search (search, rank) VALUES ('hashsize', 8388608);
        CREATE TRIGGER submission_insert AFTER INSERT ON submission BEGIN
            INSERT INTO search (rowid, who, email, phone, notes, body)
            VALUES (new.rowid, new.who, new.email, new.phone, new.notes, new.body);
        END;
        CREATE TRIGGER submission_delete AFTER DELETE ON submission BEGIN
            INSERT INTO search (search, rowid, who, email, phone, notes, body)
            VALUES ('delete', old.rowid, old.who, old.email, old.phone, old.notes, old.body);
            DELETE FROM triage WHERE rowid = old.rowid;
        END;
        CREATE TRIGGER submission_update AFTER UPDATE OF who, email, phone, notes, body ON submission BEGIN
            INSERT INTO search (search, rowid, who, email, phone, notes, body)
            VALUES ('delete', old.rowid, old.who, old.email, old.phone, old.notes, old.body);
            INSERT INTO search (rowid, who, email, phone, notes, body)
            VALUES (new.rowid, new.who, new.email, new.phone, new.notes, new.body);
        END;
        """,
    )


def _cache_2(db: "Database") -> None:
    """Remember which timelines were read: one without events is otherwise like one nobody asked for."""
    _run(
        db,
        """
        CREATE TABLE timeline (
            source TEXT NOT NULL, submission_id TEXT NOT NULL,
            PRIMARY KEY (source, submission_id)
        ) WITHOUT ROWID;
        INSERT INTO timeline SELECT DISTINCT source, submission_id FROM event;
        """,
    )


def _cache_3(db: "Database") -> None:
    """Keep how far a scan for vanished rows has come, since when a row is missed, and a pause for rate."""
    _run(
        db,
        """
        ALTER TABLE source ADD COLUMN rate_until INTEGER;
        ALTER TABLE source ADD COLUMN scan_began INTEGER;
        ALTER TABLE source ADD COLUMN scan_cursor TEXT;
        ALTER TABLE source ADD COLUMN scan_spoiled INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE source ADD COLUMN scanned_at INTEGER;
        ALTER TABLE triage ADD COLUMN missed_at INTEGER;
        ALTER TABLE triage ADD COLUMN gone_at INTEGER;
        """,
    )


def _cache_4(db: "Database") -> None:
    """Keep by a clock nobody sets since when a row is missed."""
    _run(db, "ALTER TABLE triage ADD COLUMN missed_tick REAL;")


def _cache_5(db: "Database") -> None:
    """Keep by what a person is found again; the rows held are given theirs when they are derived again.

    The keys are random: an index of the usual kind would be written all over with every page of a first sync.
    """
    _run(
        db,
        """
        ALTER TABLE submission ADD COLUMN person TEXT;
        CREATE VIRTUAL TABLE contact USING fts5 (
            person, content='submission', content_rowid='rowid', tokenize='ascii', detail=none, columnsize=0
        );
        CREATE TRIGGER contact_insert AFTER INSERT ON submission WHEN new.person IS NOT NULL BEGIN
            INSERT INTO contact (rowid, person) VALUES (new.rowid, new.person);
        END;
        CREATE TRIGGER contact_delete AFTER DELETE ON submission WHEN old.person IS NOT NULL BEGIN
            INSERT INTO contact (contact, rowid, person) VALUES ('delete', old.rowid, old.person);
        END;
        CREATE TRIGGER contact_update AFTER UPDATE OF person ON submission BEGIN
            INSERT INTO contact (contact, rowid, person)
            SELECT 'delete', old.rowid, old.person WHERE old.person IS NOT NULL;
            INSERT INTO contact (rowid, person) SELECT new.rowid, new.person WHERE new.person IS NOT NULL;
        END;
        """,
    )


def _outbox_1(db: "Database") -> None:
    _run(
        db,
        """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
        INSERT INTO meta (key, value) VALUES ('clock', 0);
        CREATE TABLE register (
            source TEXT NOT NULL, submission_id TEXT NOT NULL, field TEXT NOT NULL,
            base TEXT NOT NULL, want TEXT NOT NULL, state TEXT NOT NULL,
            clock INTEGER NOT NULL, edited_at INTEGER NOT NULL,
            alone INTEGER NOT NULL DEFAULT 0,
            attempts INTEGER NOT NULL DEFAULT 0, next_try INTEGER, error TEXT, theirs TEXT,
            checksum BLOB NOT NULL,
            PRIMARY KEY (source, submission_id, field)
        ) WITHOUT ROWID;
        CREATE TABLE gesture (
            id INTEGER PRIMARY KEY AUTOINCREMENT, label TEXT NOT NULL, at INTEGER NOT NULL,
            undone INTEGER NOT NULL DEFAULT 0
        );
        CREATE TABLE history (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, gesture INTEGER, kind TEXT NOT NULL,
            source TEXT NOT NULL, submission_id TEXT NOT NULL, field TEXT NOT NULL,
            before TEXT NOT NULL, after TEXT NOT NULL, at INTEGER NOT NULL, clock INTEGER NOT NULL
        );
        CREATE INDEX history_gesture ON history (gesture);
        CREATE INDEX history_submission ON history (source, submission_id, field);
        CREATE TABLE attempt (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            source TEXT NOT NULL, submission_id TEXT NOT NULL, body TEXT NOT NULL,
            clock INTEGER NOT NULL, started_at INTEGER NOT NULL,
            outcome TEXT, ended_at INTEGER, detail TEXT
        );
        CREATE INDEX attempt_open ON attempt (source, submission_id)
            WHERE outcome IS NULL OR outcome = 'unknown';
        CREATE TABLE me (source TEXT PRIMARY KEY, user_id TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE binding (
            source TEXT PRIMARY KEY, account_id TEXT NOT NULL, account_name TEXT
        ) WITHOUT ROWID;
        CREATE TABLE request (
            id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, payload TEXT NOT NULL,
            created_at INTEGER NOT NULL, taken_by TEXT, taken_at INTEGER, done_at INTEGER, result TEXT
        );
        """,
    )


def _outbox_2(db: "Database") -> None:
    """Keep what an attempt may have overwritten, what it did overwrite, and edits nobody typed."""
    _run(
        db,
        """
        ALTER TABLE register ADD COLUMN implicit INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE attempt ADD COLUMN saw TEXT;
        ALTER TABLE attempt ADD COLUMN audit TEXT;
        ALTER TABLE attempt ADD COLUMN events TEXT;
        CREATE INDEX attempt_audit ON attempt (source, submission_id) WHERE audit IS NOT NULL;
        CREATE TABLE overwrite (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            source TEXT NOT NULL, submission_id TEXT NOT NULL, field TEXT NOT NULL,
            attempt INTEGER NOT NULL, theirs TEXT NOT NULL, known INTEGER NOT NULL, mine TEXT NOT NULL,
            actor_id TEXT, actor_name TEXT, at INTEGER NOT NULL, closed INTEGER NOT NULL DEFAULT 0,
            UNIQUE (attempt, field)
        );
        CREATE INDEX overwrite_open ON overwrite (source, submission_id) WHERE closed = 0;
        """,
    )


def _outbox_3(db: "Database") -> None:
    """Keep by a clock nobody sets when an attempt began; find the attempts on a submission quickly."""
    _run(
        db,
        """
        ALTER TABLE attempt ADD COLUMN steady REAL;
        CREATE INDEX attempt_submission ON attempt (source, submission_id);
        """,
    )


def _outbox_4(db: "Database") -> None:
    """Keep the triage of submissions whose provider stores none."""
    _run(
        db,
        """
        CREATE TABLE ledger (
            source TEXT NOT NULL, submission_id TEXT NOT NULL, field TEXT NOT NULL,
            value TEXT NOT NULL, clock INTEGER NOT NULL, at INTEGER NOT NULL,
            PRIMARY KEY (source, submission_id, field)
        ) WITHOUT ROWID;
        """,
    )


CACHE: Final = DatabaseFile(
    name="cache.db",
    application_id=0x494E4243,
    pragmas=("journal_mode=WAL", "synchronous=FULL"),
    steps=(_cache_1, _cache_2, _cache_3, _cache_4, _cache_5),
    backup=False,
    table="submission",
    broken=CacheBroken,
)
OUTBOX: Final = DatabaseFile(
    name="outbox.db",
    application_id=0x494E424F,
    pragmas=("journal_mode=DELETE", "synchronous=EXTRA"),
    steps=(_outbox_1, _outbox_2, _outbox_3, _outbox_4),
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
        conn.execute(f"PRAGMA {pragma}")
    if found < kind.version:
        _migrate(conn, path, kind)


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
