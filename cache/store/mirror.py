"""The local ledger's values in the local copy, so that lists and counts know one kind of triage."""

import json
import sqlite3
import threading

from cache.models import Decoder, Key, Submission
from cache.store.alone import alone
from cache.store.changes import ChangeSet
from cache.store.overlay import server_triage
from cache.store.raw import decoded
from cache.store.rows import RowTable

__all__ = ["MirrorTable"]


class MirrorTable:
    """Reads submissions for the ledger and writes what it keeps of them, on the writing connection."""

    def __init__(self, conn: sqlite3.Connection, lock: "threading.RLock", rows: RowTable) -> None:
        self._conn = conn
        self._rows = rows
        self.lock = lock
        """Held while a thread uses the connection."""

    @alone
    def submission(self, source: str, submission_id: str, decoder: Decoder) -> tuple[Submission, str] | None:
        """A submission and its JSON text as the provider gave them, None when it is not cached."""
        row = self._conn.execute(
            "SELECT answers, raw FROM submission WHERE source = ? AND id = ?", (source, submission_id)
        ).fetchone()
        if row is None:
            return None
        raw = decoded(self._rows.packing.raw(*row))
        return decoder(json.loads(raw), source), raw

    @alone
    def show(self, submission: Submission) -> ChangeSet:
        """Let the local copy show these triage values."""
        with self._rows.writing():
            if server_triage(self._conn, submission.key) in (None, submission.triage):
                return ChangeSet()
            (rowid,) = self._conn.execute(
                "SELECT rowid FROM submission WHERE source = ? AND id = ?", submission.key
            ).fetchone()
            self._rows.set_notes(rowid, submission.notes)
            self._rows.set_triage(rowid, submission.triage)
        return ChangeSet(frozenset({rowid}))

    @alone
    def answered(self, key: Key, as_of: int) -> None:
        """The ledger answered at the logical moment `as_of`; of the source nothing was seen."""
        self._conn.execute(
            "UPDATE triage SET as_of = max(as_of, ?)"
            " WHERE rowid = (SELECT rowid FROM submission WHERE source = ? AND id = ?)",
            (as_of, *key),
        )
