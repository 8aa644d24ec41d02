"""The local ledger's values in the local copy, so that lists and counts know one kind of triage."""

import json
import sqlite3
import threading

from cache.models import Decoder, Submission, Triage
from cache.schema import transaction
from cache.store.alone import alone
from cache.store.changes import ChangeSet
from cache.store.overlay import server_triage

__all__ = ["MirrorTable"]


class MirrorTable:
    """Reads submissions for the ledger and writes what it keeps of them, on the writing connection."""

    def __init__(self, conn: sqlite3.Connection, lock: "threading.RLock") -> None:
        self._conn = conn
        self.lock = lock
        """Held while a thread uses the connection."""

    @alone
    def submission(self, source: str, submission_id: str, decoder: Decoder) -> tuple[Submission, str] | None:
        """A submission and its JSON text as the provider gave them, None when it is not cached."""
        row = self._conn.execute(
            "SELECT raw FROM submission WHERE source = ? AND id = ?", (source, submission_id)
        ).fetchone()
        return (decoder(json.loads(row[0]), source), row[0]) if row else None

    @alone
    def show(self, submission: Submission) -> ChangeSet:
        """Let the local copy show these triage values."""
        with transaction(self._conn):
            if server_triage(self._conn, submission.key) in (None, submission.triage):
                return ChangeSet()
            triage: Triage = submission.triage
            (rowid,) = self._conn.execute(
                "UPDATE submission SET notes = ? WHERE source = ? AND id = ? RETURNING rowid",
                (triage.notes, *submission.key),
            ).fetchone()
            self._conn.execute(
                "UPDATE triage SET status = ?, priority = ?, flagged = ?, assignee_id = ? WHERE rowid = ?",
                (triage.status, triage.priority, int(triage.flagged), triage.assignee_id, rowid),
            )
        return ChangeSet(frozenset({rowid}))
