"""The steps that bring the two files up to date, oldest first. A step that was released is never changed."""

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from sqlite_utils import Database

__all__ = ["CACHE_STEPS", "OUTBOX_STEPS", "Step"]

Step: TypeAlias = Callable[["Database"], None]


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


_CONTACT_TRIGGERS: Final = """
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
"""
_OUT_OF_CUBE: Final = """
UPDATE cube SET rows = rows - 1
WHERE (source, status, priority, flagged, assignee_id, presence) = (
    old.source, old.status, old.priority, old.flagged, coalesce(old.assignee_id, ''), old.presence
);
DELETE FROM cube
WHERE (source, status, priority, flagged, assignee_id, presence) = (
    old.source, old.status, old.priority, old.flagged, coalesce(old.assignee_id, ''), old.presence
) AND rows = 0;
"""
_INTO_CUBE: Final = """
INSERT INTO cube VALUES (
    new.source, new.status, new.priority, new.flagged, coalesce(new.assignee_id, ''),
    new.presence, 1
) ON CONFLICT DO UPDATE SET rows = rows + 1;
"""


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
        """,
    )
    _run(db, _CONTACT_TRIGGERS)


def _cache_6(db: "Database") -> None:
    """Compress the rows and index them for queries; facts follow when the rows are derived again.

    `search`, `ident`, `tagged` and `measured` are kept by the code that writes rows, from what stands in the
    row: an index without content has to be told the old texts. The first column of `search` takes the least
    room, so it is the one with the most words.
    """
    from cache.store.moving import index_rows, pack_rows

    _run(
        db,
        """
        DROP TRIGGER submission_insert;
        DROP TRIGGER submission_delete;
        DROP TRIGGER submission_update;
        DROP TABLE search;
        CREATE TABLE dictionary (id INTEGER PRIMARY KEY, source TEXT NOT NULL, words BLOB NOT NULL);
        CREATE TABLE packed (
            rowid INTEGER PRIMARY KEY,
            source TEXT NOT NULL, id TEXT NOT NULL, number INTEGER, container_id TEXT,
            created INTEGER NOT NULL, cleaned INTEGER NOT NULL,
            who TEXT NOT NULL, about TEXT NOT NULL,
            email TEXT, phone TEXT, notes TEXT, person TEXT,
            facts BLOB NOT NULL, raw_hash BLOB NOT NULL, answers BLOB NOT NULL, raw BLOB NOT NULL,
            UNIQUE (source, id)
        );
        CREATE VIRTUAL TABLE search USING fts5 (
            body, who, email, phone, notes,
            content='', columnsize=0, tokenize='unicode61 remove_diacritics 2', prefix='2 3'
        );
        INSERT INTO search (search, rank) VALUES ('hashsize', 8388608);
        CREATE VIRTUAL TABLE ident USING fts5 (
            email, phone, number, content='', columnsize=0, tokenize='trigram', detail=none
        );
        CREATE TABLE term (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL, value TEXT NOT NULL, UNIQUE (name, value)
        );
        CREATE TABLE tagged (
            term INTEGER NOT NULL, submission INTEGER NOT NULL, PRIMARY KEY (term, submission)
        ) WITHOUT ROWID;
        CREATE TABLE label (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
        CREATE TABLE measured (
            label INTEGER NOT NULL, value REAL NOT NULL, submission INTEGER NOT NULL,
            PRIMARY KEY (label, value, submission)
        ) WITHOUT ROWID;
        CREATE TABLE cube (
            source TEXT NOT NULL, status TEXT NOT NULL, priority TEXT NOT NULL, flagged INTEGER NOT NULL,
            assignee_id TEXT NOT NULL, presence TEXT NOT NULL, rows INTEGER NOT NULL,
            PRIMARY KEY (source, status, priority, flagged, assignee_id, presence)
        ) WITHOUT ROWID;
        """,
    )
    pack_rows(db.conn)
    _run(
        db,
        f"""
        DROP TABLE submission;
        ALTER TABLE packed RENAME TO submission;
        CREATE INDEX submission_number ON submission (number);
        CREATE TRIGGER submission_delete AFTER DELETE ON submission BEGIN
            DELETE FROM triage WHERE rowid = old.rowid;
        END;
        {_CONTACT_TRIGGERS}
        DROP INDEX triage_state;
        CREATE INDEX triage_status ON triage (status);
        UPDATE triage SET assignee_id = NULL WHERE assignee_id = '';
        INSERT INTO cube
            SELECT source, status, priority, flagged, coalesce(assignee_id, ''), presence, count(*)
            FROM triage GROUP BY 1, 2, 3, 4, 5, 6;
        CREATE TRIGGER triage_insert AFTER INSERT ON triage BEGIN
            {_INTO_CUBE}
        END;
        CREATE TRIGGER triage_delete AFTER DELETE ON triage BEGIN
            {_OUT_OF_CUBE}
        END;
        CREATE TRIGGER triage_update
        AFTER UPDATE OF source, status, priority, flagged, assignee_id, presence ON triage
        WHEN (old.source, old.status, old.priority, old.flagged, old.assignee_id, old.presence)
            IS NOT (new.source, new.status, new.priority, new.flagged, new.assignee_id, new.presence)
        BEGIN
            {_OUT_OF_CUBE}
            {_INTO_CUBE}
        END;
        """,
    )
    index_rows(db.conn)


def _cache_7(db: "Database") -> None:
    """Find the rows with a note, newest first, without a look at the others."""
    _run(db, "CREATE INDEX submission_notes ON submission (rowid) WHERE notes <> '';")


def _cache_8(db: "Database") -> None:
    """Compress the rows with learned dictionaries: in less room and in a fraction of the time."""
    from cache.store.moving import repack_rows

    repack_rows(db.conn)


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


def _outbox_5(db: "Database") -> None:
    """Remember which submissions were opened here."""
    _run(
        db,
        """
        CREATE TABLE opened (
            source TEXT NOT NULL, submission_id TEXT NOT NULL, at INTEGER NOT NULL,
            PRIMARY KEY (source, submission_id)
        ) WITHOUT ROWID;
        """,
    )


CACHE_STEPS: Final[tuple[Step, ...]] = (
    _cache_1,
    _cache_2,
    _cache_3,
    _cache_4,
    _cache_5,
    _cache_6,
    _cache_7,
    _cache_8,
)
OUTBOX_STEPS: Final[tuple[Step, ...]] = (_outbox_1, _outbox_2, _outbox_3, _outbox_4, _outbox_5)
