"""Which of the held submissions the source still has: listed, missing from a scan, gone, or aged out.

Not being listed proves nothing by itself: it marks a row `missing`, to be asked for singly. Only two answers
that there is no such record, ten minutes apart, make it `gone`.
"""

import sqlite3
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from cache.models import Key
from cache.store.alone import alone
from cache.store.changes import ChangeSet
from cache.store.rows import RowTable

__all__ = ["ABSENT", "GONE_SECONDS", "SECOND_LOOK_SECONDS", "PresenceTable", "ScanState"]

ABSENT: Final = ("missing", "gone")
"""What is shown as no longer there. A row that a fixed window has moved past is merely old."""
SECOND_LOOK_SECONDS: Final = 600
"""The least time between the two answers that make a submission gone."""
GONE_SECONDS: Final = 30 * 86_400
"""How long a submission that is gone is kept."""
_OWED_SECONDS: Final = 3_600
"""After how long a list is read again of which a form or bot was left out."""
_CLOCKS_AGREE: Final = 5
"""By how many seconds two clocks may differ on how long something took."""
_MOST: Final = 0.2
"""A scan that misses more than this share of the rows held is not believed."""


@dataclass(frozen=True, slots=True)
class ScanState:
    """How far the walk over the whole list has come that looks for vanished rows."""

    began: int | None = None
    """The logical moment at which it began, None when there is none; what was seen since then is there."""
    cursor: str | None = None
    spoiled: bool = False
    """True when it met something unreadable that may be any row: then it marks nothing.

    With none going on: the last reading left a form or bot out that may be readable another time.
    """
    scanned_at: int | None = None
    """When the list was last read as a whole, in seconds since the epoch."""

    def is_owed(self, now: int) -> bool:
        """Whether the list is to be read as a whole again because part of it had to be left out."""
        if self.began is not None or not self.spoiled:
            return False
        return self.scanned_at is None or not 0 <= now - self.scanned_at < _OWED_SECONDS


class PresenceTable:
    """Reads and writes of presence on the writing connection."""

    def __init__(self, conn: sqlite3.Connection, lock: "threading.RLock", rows: RowTable) -> None:
        self._conn = conn
        self._rows = rows
        self.lock = lock
        """Held while a thread uses the connection."""

    @alone
    def set(
        self, source: str, submission_id: str, presence: Literal["listed", "missing", "aged_out"]
    ) -> ChangeSet:
        """Mark a submission; nothing is deleted. What makes it `gone` has a time: `deleted` and `missed`."""
        rows = self._conn.execute(
            "UPDATE triage SET presence = ? WHERE rowid ="
            " (SELECT rowid FROM submission WHERE source = ? AND id = ?) RETURNING rowid",
            (presence, source, submission_id),
        ).fetchall()
        return ChangeSet(frozenset(row[0] for row in rows))

    @alone
    def deleted(self, source: str, submission_id: str, as_of: int, now: int) -> ChangeSet:
        """The source said, at the logical moment `as_of`, that it has deleted a submission or never had it.

        It is gone at once; a list that was asked for before that does not bring it back.
        """
        rows = self._conn.execute(
            "UPDATE triage SET presence = 'gone', gone_at = ?, missed_at = NULL, missed_tick = NULL,"
            " as_of = max(as_of, ?) WHERE rowid ="
            " (SELECT rowid FROM submission WHERE source = ? AND id = ?) RETURNING rowid",
            (now, as_of, source, submission_id),
        ).fetchall()
        return ChangeSet(frozenset(row[0] for row in rows))

    @alone
    def missed(self, source: str, submission_id: str, as_of: int, now: int, tick: float) -> ChangeSet:
        """The source answered that there is no such record, to a question asked at `as_of`.

        The first time it is missing, a second time after ten minutes it is gone; a question older than the
        last sight of it says nothing. `tick` is `now` by the steady clock, which measures the ten minutes.
        """
        row = self._conn.execute(
            "SELECT t.rowid, t.presence, t.missed_at, t.missed_tick"
            " FROM triage t JOIN submission s ON s.rowid = t.rowid"
            " WHERE s.source = ? AND s.id = ? AND t.as_of <= ?",
            (source, submission_id, as_of),
        ).fetchone()
        if row is None or row[1] == "gone":
            return ChangeSet()
        rowid, presence, missed_at, since = row
        asked = missed_at is not None and since is not None and since <= tick
        if asked and tick - since >= SECOND_LOOK_SECONDS:
            self._conn.execute(
                "UPDATE triage SET presence = 'gone', gone_at = ? WHERE rowid = ?", (now, rowid)
            )
            return ChangeSet(frozenset({rowid}))
        if not asked:
            self._conn.execute(
                "UPDATE triage SET presence = 'missing', missed_at = ?, missed_tick = ? WHERE rowid = ?",
                (now, tick, rowid),
            )
        return ChangeSet(frozenset({rowid} if presence != "missing" else ()))

    @alone
    def resume(self, source: str, now: int, tick: float) -> None:
        """Take over the waits for a second look that an earlier process has begun.

        Where both clocks agree on how long one has lasted, it goes on. Else one was set, or the machine was
        started anew: the ten minutes begin again.
        """
        self._conn.execute(
            "UPDATE triage SET missed_at = ?, missed_tick = ? WHERE source = ? AND presence = 'missing'"
            " AND missed_at IS NOT NULL AND (missed_tick IS NULL OR missed_tick > ?"
            " OR abs((? - missed_at) - (? - missed_tick)) > ?)",
            (now, tick, source, tick, now, tick, _CLOCKS_AGREE),
        )

    @alone
    def to_look_for(self, source: str, tick: float, limit: int) -> list[Key]:
        """Missing submissions that may be asked for: not asked for yet, or ten minutes ago and before."""
        rows = self._conn.execute(
            "SELECT s.source, s.id FROM triage t JOIN submission s ON s.rowid = t.rowid"
            " WHERE t.source = ? AND t.presence = 'missing'"
            " AND (t.missed_at IS NULL OR t.missed_tick <= ?)"
            " ORDER BY t.missed_at, t.rowid DESC LIMIT ?",
            (source, tick - SECOND_LOOK_SECONDS, limit),
        ).fetchall()
        return [Key(*row) for row in rows]

    @alone
    def stalest(self, source: str, keys: Sequence[Key], before: int) -> Key | None:
        """The one of these submissions that was seen longest ago, if that was before `before`."""
        found = (
            self._conn.execute(
                "SELECT t.seen_at, s.source, s.id FROM submission s JOIN triage t ON t.rowid = s.rowid"
                " WHERE s.source = ? AND s.id = ? AND t.seen_at < ? AND t.presence = 'listed'",
                (*key, before),
            ).fetchone()
            for key in keys
            if key.source == source
        )
        oldest = min((row for row in found if row is not None), default=None)
        return Key(*oldest[1:]) if oldest is not None else None

    @alone
    def mark_unseen(self, source: str, since: int) -> tuple[ChangeSet, int, int]:
        """Mark as missing what nothing has shown since `since`, after a complete walk without an error.

        Returns how many were not seen and how many are held beside the changes: nothing is marked when too
        many were not seen to be believed.
        """
        unseen = (
            "source = ? AND presence = 'listed' AND as_of < ? AND NOT EXISTS (SELECT 1 FROM quarantine q"
            " JOIN submission s ON s.source = q.source AND s.id = q.id WHERE s.rowid = triage.rowid)"
        )
        held = self._count("source = ? AND presence = 'listed'", source)
        missed = self._count(unseen, source, since)
        if missed > held * _MOST:
            return ChangeSet(), missed, held
        rows = self._conn.execute(
            f"UPDATE triage SET presence = 'missing', missed_at = NULL WHERE {unseen} RETURNING rowid",
            (source, since),
        ).fetchall()
        return ChangeSet(frozenset(row[0] for row in rows)), missed, held

    @alone
    def age_out(self, source: str, since: int, oldest: int, container: str | None = None) -> ChangeSet:
        """Rows a fixed window has moved past: not newer than its oldest and not shown since `since`.

        A window may be that of one `container`. A row that was shown but could not be read stays.
        """
        rows = self._conn.execute(
            "UPDATE triage SET presence = 'aged_out', missed_at = NULL WHERE source = ? AND as_of < ?"
            " AND presence IN ('listed', 'missing') AND rowid IN (SELECT rowid FROM submission s"
            " WHERE s.source = ? AND s.created <= ? AND (? IS NULL OR s.container_id = ?)"
            " AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.source = s.source AND q.id = s.id))"
            " RETURNING rowid",
            (source, since, source, oldest, container, container),
        ).fetchall()
        return ChangeSet(frozenset(row[0] for row in rows))

    @alone
    def holds_any(self, source: str, ids: Collection[str]) -> bool:
        """Whether one of these submissions is held."""
        found = (
            self._conn.execute("SELECT 1 FROM submission WHERE source = ? AND id = ?", (source, each))
            for each in ids
        )
        return any(row.fetchone() is not None for row in found)

    @alone
    def holds_some(self, source: str) -> bool:
        """Whether any submission of a source is held."""
        row = self._conn.execute("SELECT 1 FROM submission WHERE source = ? LIMIT 1", (source,)).fetchone()
        return row is not None

    @alone
    def newest(self, source: str, container: str) -> int | None:
        """When the newest submission that is held of a form or bot came, in seconds since the epoch."""
        row = self._conn.execute(
            "SELECT max(created) FROM submission WHERE source = ? AND container_id = ?", (source, container)
        ).fetchone()
        return int(row[0]) if row[0] is not None else None

    @alone
    def remove_gone(self, source: str, now: int, keep: Collection[Key]) -> ChangeSet:
        """Delete what has been gone for thirty days, but for `keep`: what has an unsettled edit stays."""
        with self._rows.writing():
            rows = self._conn.execute(
                "SELECT t.rowid, s.id FROM triage t JOIN submission s ON s.rowid = t.rowid"
                " WHERE t.source = ? AND t.presence = 'gone' AND t.gone_at <= ?",
                (source, now - GONE_SECONDS),
            ).fetchall()
            gone = [(rowid, name) for rowid, name in rows if Key(source, name) not in keep]
            for _, name in gone:
                for table in ("event", "timeline"):
                    self._conn.execute(
                        f"DELETE FROM {table} WHERE source = ? AND submission_id = ?", (source, name)
                    )
            self._rows.remove([rowid for rowid, _ in gone])
        return ChangeSet(frozenset(rowid for rowid, _ in gone))

    @alone
    def scan(self, source: str) -> ScanState:
        """How far the scan of a source has come."""
        row = self._conn.execute(
            "SELECT scan_began, scan_cursor, scan_spoiled, scanned_at FROM source WHERE name = ?", (source,)
        ).fetchone()
        return ScanState(row[0], row[1], bool(row[2]), row[3]) if row is not None else ScanState()

    @alone
    def set_scan(self, source: str, scan: ScanState) -> None:
        """Keep how far a scan has come, after the rows it has shown."""
        self._conn.execute(
            "UPDATE source SET scan_began = ?, scan_cursor = ?, scan_spoiled = ?, scanned_at = ?"
            " WHERE name = ?",
            (scan.began, scan.cursor, int(scan.spoiled), scan.scanned_at, source),
        )

    def _count(self, condition: str, *values: object) -> int:
        row = self._conn.execute(f"SELECT count(*) FROM triage WHERE {condition}", values).fetchone()
        return int(row[0])
