"""Rows in: pages and answers from a source become cache rows, in one transaction each.

Only the leader's engine thread owns a `Writer`.
"""

import contextlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

from cache.clock import WallClock
from cache.models import OPEN_STATUSES, ROWIDS_A_SECOND, Decoder, Event, Key, Submission, Triage
from cache.schema import transaction
from cache.store.alone import alone
from cache.store.bulk import begin_bulk, end_bulk, is_bulk
from cache.store.changes import ChangeSet
from cache.store.derive import DERIVATION, Derived, derive
from cache.store.mirror import MirrorTable
from cache.store.packing import Dictionary
from cache.store.presence import PresenceTable
from cache.store.raw import decoded, encoded, raw_hash
from cache.store.ready import Ready, make_ready
from cache.store.rows import NewRow, RowTable
from cache.store.sources import Coverage, SourceTable
from cache.sync.remote import FetchedSubmission, QuarantinedItem

__all__ = ["LARGE_CACHE", "USUAL_CACHE", "Seen", "Writer"]
LARGE_CACHE: Final = 12_288
"""KiB of pages that are kept in memory while thousands of rows are stored at once: a tenth quicker."""
USUAL_CACHE: Final = 2_048
_CHECKPOINT_PAGES: Final = 2_000
"""Pages that are written again and again reach the file less often."""
_MAX_INT: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Seen:
    """The triage values of a submission as they were last read."""

    triage: Triage
    as_of: int
    """The logical moment at which that read began."""
    seen_at: int
    """When it was stored, in seconds since the epoch."""


class Shown(NamedTuple):
    """What a source has shown of a submission."""

    key: Key
    digest: bytes
    as_of: int
    seen_at: int
    ready: Callable[[], Ready]
    """Makes what is stored; asked only where something is."""


class Writer:
    """The one writer of `cache.db`."""

    def __init__(
        self,
        conn: sqlite3.Connection,
        *,
        wall: WallClock,
        summaries: Mapping[str, Sequence[str]] | None = None,
        page_cache: int = USUAL_CACHE,
    ) -> None:
        """`page_cache` is in KiB."""
        self._conn = conn
        for pragma in (f"cache_size={-page_cache}", f"wal_autocheckpoint={_CHECKPOINT_PAGES}"):
            conn.execute(f"PRAGMA {pragma}")
        if is_bulk(conn):
            end_bulk(conn, merge=False)
        self._wall = wall
        self.summaries: Final = summaries or {}
        """Of each source the labels of the answers to show as the subject, as far as they were configured."""
        self.lock = threading.RLock()
        """Held while a thread writes."""
        self.sources = SourceTable(conn, self.lock)
        self._rows = RowTable(conn)
        self.presence = PresenceTable(conn, self.lock, self._rows)
        self.mirror = MirrorTable(conn, self.lock, self._rows)

    @contextlib.contextmanager
    def first_reading(self) -> Iterator[None]:
        """Meanwhile the indexes of words are merged less often; later writes catch up, a little each."""
        with self.lock:
            begin_bulk(self._conn, merging=True)
        try:
            yield
        finally:
            with self.lock, contextlib.suppress(sqlite3.Error):  # the next writer does it, too
                end_bulk(self._conn, merge=False)

    @alone
    def apply(
        self,
        source: str,
        items: Sequence[FetchedSubmission],
        as_of: int,
        *,
        coverage: Coverage | None = None,
        quarantined: Iterable[QuarantinedItem] = (),
    ) -> ChangeSet:
        """Store what a source showed at the logical moment `as_of`; older answers never replace newer ones.

        Of two with one id the first counts. Unchanged submissions cost one narrow update. Everything,
        `coverage` included, is one transaction.
        """
        now = int(self._wall())
        told = [self._shown(item, as_of, now) for item in reversed(items)]
        return self._store_page(source, told, now, coverage, quarantined)

    @alone
    def apply_page(
        self,
        source: str,
        items: Sequence[Ready],
        as_of: int,
        *,
        coverage: Coverage | None = None,
        quarantined: Iterable[QuarantinedItem] = (),
    ) -> ChangeSet:
        """Store what was made ready in advance, as `apply` would."""
        now = int(self._wall())
        told = [_told(item, as_of, now) for item in reversed(items)]
        return self._store_page(source, told, now, coverage, quarantined)

    @alone
    def apply_ready(self, items: Iterable[tuple[Ready, int, int]]) -> ChangeSet:
        """Store submissions of any sources that were made ready elsewhere, as `apply` would.

        Each comes with the logical moment at which its source showed it, and the seconds since the epoch; of
        two with one id the later one counts.
        """
        told = [_told(*item) for item in items]
        told.sort(key=_as_of)
        with self._rows.writing():
            return self._store(told)

    def _store_page(
        self,
        source: str,
        items: Sequence[Shown],
        now: int,
        coverage: Coverage | None,
        quarantined: Iterable[QuarantinedItem],
    ) -> ChangeSet:
        with self._rows.writing():
            changes = self._store(items)
            self._quarantine(source, quarantined, now)
            if coverage is not None:
                self.sources.set_coverage(source, coverage)
        return changes

    def _shown(self, item: FetchedSubmission, as_of: int, now: int) -> Shown:
        raw = encoded(item.raw)
        digest = raw_hash(raw)
        return Shown(
            item.submission.key, digest, as_of, now, partial(self._ready, item.submission, raw, digest)
        )

    def _store(self, items: Sequence[Shown]) -> ChangeSet:
        """Store what sources have shown; of two with one id the last counts."""
        changed: set[int] = set()
        known = self._known(item.key for item in items)
        new: list[tuple[Ready, int, int]] = []
        fresh: list[tuple[int, int, int]] = []
        for item in {item.key: item for item in items}.values():
            row = known.get(item.key)
            if row is None:
                new.append((item.ready(), item.as_of, item.seen_at))
                continue
            rowid, held_digest, held_as_of, presence = row
            if held_as_of > item.as_of:
                continue
            fresh.append((item.as_of, item.seen_at, rowid))
            if presence != "listed":
                changed.add(rowid)
            if held_digest != item.digest:
                self._rows.update(rowid, item.ready())
                changed.add(rowid)
        self._freshen(fresh)
        arrived = self._insert(new)
        return ChangeSet(frozenset(changed | arrived), frozenset(arrived))

    def ready(self, items: Iterable[FetchedSubmission]) -> list[Ready]:
        """Make items ready for `apply_page`; needs neither the file nor its lock."""
        told = [(item.submission, encoded(item.raw)) for item in items]
        return [self._ready(submission, raw, raw_hash(raw)) for submission, raw in told]

    def _ready(self, submission: Submission, raw: bytes, digest: bytes) -> Ready:
        return make_ready(submission, self._derived(submission), digest, raw)

    @alone
    def dictionary(self, source: str) -> Dictionary | None:
        """What rows of a source are packed with, None as long as there are few."""
        return self._rows.packing.dictionary(source)

    def _derived(self, submission: Submission) -> Derived:
        return derive(submission, self.summaries.get(submission.source, ()))

    @alone
    def rowid(self, source: str, submission_id: str) -> int | None:
        """Where a submission stands, None when it is not cached."""
        row = self._conn.execute(
            "SELECT rowid FROM submission WHERE source = ? AND id = ?", (source, submission_id)
        ).fetchone()
        return int(row[0]) if row else None

    @alone
    def seen(self, source: str, submission_id: str) -> Seen | None:
        """What was last read of a submission, None when it is not cached."""
        row = self._conn.execute(
            "SELECT t.status, t.priority, t.flagged, t.assignee_id, s.notes, t.as_of, t.seen_at"
            " FROM submission s JOIN triage t ON t.rowid = s.rowid WHERE s.source = ? AND s.id = ?",
            (source, submission_id),
        ).fetchone()
        return Seen(Triage(row[0], row[1], bool(row[2]), *row[3:5]), row[5], row[6]) if row else None

    @alone
    def stale_open(self, source: str, before: int, limit: int) -> list[Key]:
        """Submissions held as open that nothing has shown since the logical moment `before`."""
        marks = ",".join("?" * len(OPEN_STATUSES))
        rows = self._conn.execute(
            "SELECT s.source, s.id FROM triage t JOIN submission s ON s.rowid = t.rowid WHERE t.source = ?"
            f" AND t.status IN ({marks}) AND t.as_of < ? AND t.presence = 'listed'"
            " ORDER BY t.as_of, t.rowid DESC LIMIT ?",
            (source, *OPEN_STATUSES, before, limit),
        ).fetchall()
        return [Key(*row) for row in rows]

    @alone
    def remove(self, source: str, ids: Iterable[str]) -> ChangeSet:
        """Delete submissions and everything that is indexed of them."""
        with self._rows.writing():
            held = (self.rowid(source, submission_id) for submission_id in ids)
            rowids = [rowid for rowid in held if rowid is not None]
            self._rows.remove(rowids)
        return ChangeSet(frozenset(rowids))

    @alone
    def set_events(self, source: str, submission_id: str, events: Sequence[Event]) -> ChangeSet:
        """Replace the cached timeline of one submission, which is known from now on even if it is empty."""
        rowid = self.rowid(source, submission_id)
        with transaction(self._conn):
            self._conn.execute(
                "DELETE FROM event WHERE source = ? AND submission_id = ?", (source, submission_id)
            )
            self._conn.executemany(
                "INSERT OR REPLACE INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        source,
                        submission_id,
                        event.id,
                        event.type,
                        int(event.created_at.timestamp()) if event.created_at else None,
                        event.actor_id,
                        event.actor_name,
                        json.dumps(event.before),
                        json.dumps(event.after),
                    )
                    for event in events
                ],
            )
            self._conn.execute("INSERT OR IGNORE INTO timeline VALUES (?, ?)", (source, submission_id))
        return ChangeSet(frozenset({rowid} if rowid is not None else ()))

    @alone
    def rederive(self, source: str, decoder: Decoder, *, batch: int = 500) -> ChangeSet:
        """Derive a source's rows again when the way it is done, or the configured summary, has changed."""
        wanted = json.dumps([DERIVATION, list(self.summaries.get(source, ()))])
        row = self._conn.execute("SELECT derived_by FROM source WHERE name = ?", (source,)).fetchone()
        if row is None or row[0] == wanted:
            return ChangeSet()
        changed: set[int] = set()
        after = -_MAX_INT
        while True:
            rows = self._conn.execute(
                "SELECT rowid, answers, raw FROM submission WHERE source = ? AND rowid > ?"
                " ORDER BY rowid LIMIT ?",
                (source, after, batch),
            ).fetchall()
            if not rows:
                break
            people: dict[int, str | None] = {}
            texts = {rowid: self._rows.packing.raw(answers, raw) for rowid, answers, raw in rows}
            spelled = {rowid: decoded(raw) for rowid, raw in texts.items()}
            with self._rows.writing():
                self._rows.packing.number(source, [((), raw) for raw in texts.values()])
                for rowid, raw in texts.items():
                    try:
                        submission = decoder(json.loads(spelled[rowid]), source)
                    except ValueError:
                        continue  # no longer understood: what was derived before stands
                    people |= self._rows.derive(rowid, self._ready(submission, raw, raw_hash(raw)))
                    changed.add(rowid)
                self._rows.set_people(people)
            after = rows[-1][0]
        self._conn.execute("UPDATE source SET derived_by = ? WHERE name = ?", (wanted, source))
        return ChangeSet(frozenset(changed))

    def _known(self, keys: Iterable[Key]) -> dict[Key, tuple[int, bytes, int, str]]:
        """Place, hash, moment and presence of those that are held."""
        asked: dict[str, list[str]] = {}
        for key in keys:
            asked.setdefault(key.source, []).append(key.id)
        found: dict[Key, tuple[int, bytes, int, str]] = {}
        for source, ids in asked.items():
            for start in range(0, len(ids), 500):
                chunk = ids[start : start + 500]
                marks = ",".join("?" * len(chunk))
                for row in self._conn.execute(
                    "SELECT s.id, s.rowid, s.raw_hash, t.as_of, t.presence FROM submission s JOIN triage t"
                    f" ON t.rowid = s.rowid WHERE s.source = ? AND s.id IN ({marks})",
                    (source, *chunk),
                ):
                    found[Key(source, row[0])] = row[1:]
        return found

    def _rowids(self, seconds: Sequence[int]) -> list[int]:
        """The first free rowid from each second of creation on: rowids are in order of creation."""
        looked = set(seconds)
        taken = self._taken(looked)
        rowids: list[int] = []
        for second in seconds:
            while True:
                if second not in looked:
                    looked.add(second)
                    taken |= self._taken({second})
                slots = range(second * ROWIDS_A_SECOND, (second + 1) * ROWIDS_A_SECOND)
                rowid = next((slot for slot in slots if slot not in taken), None)
                if rowid is not None:
                    break
                second += 1  # the next second takes what does not fit
            taken.add(rowid)
            rowids.append(rowid)
        return rowids

    def _taken(self, seconds: Iterable[int]) -> set[int]:
        """The rowids in use in these seconds."""
        rows = self._conn.execute(
            "SELECT t.rowid FROM json_each(?) CROSS JOIN triage t"
            " ON t.rowid >= value AND t.rowid < value + ?",
            (json.dumps([second * ROWIDS_A_SECOND for second in seconds]), ROWIDS_A_SECOND),
        )
        return {row[0] for row in rows}

    def _insert(self, items: list[tuple[Ready, int, int]]) -> set[int]:
        """Add new submissions, each at the place of its second of creation."""
        items.sort(key=_in_order)
        rowids = self._rowids([item.created for item, _, _ in items])
        self._rows.insert([NewRow(rowid, *item) for rowid, item in zip(rowids, items, strict=True)])
        return set(rowids)

    def _freshen(self, rows: list[tuple[int, int, int]]) -> None:
        self._conn.executemany(
            "UPDATE triage SET as_of = ?, seen_at = ?, presence = 'listed', missed_at = NULL, gone_at = NULL"
            " WHERE rowid = ?",
            rows,
        )

    def _quarantine(self, source: str, items: Iterable[QuarantinedItem], now: int) -> None:
        self._conn.executemany(
            "INSERT INTO quarantine (source, id, reason, seen_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (source, id) DO UPDATE SET reason = excluded.reason, seen_at = excluded.seen_at",
            [(source, item.id or f"position {item.position}", item.reason, now) for item in items],
        )


def _in_order(item: tuple[Ready, int, int]) -> tuple[float, str]:
    return item[0].order, item[0].id


def _as_of(item: Shown) -> int:
    return item.as_of


def _told(item: Ready, as_of: int, seen_at: int) -> Shown:
    return Shown(Key(item.source, item.id), item.digest, as_of, seen_at, partial(_same, item))


def _same(item: Ready) -> Ready:
    return item
