"""Unsettled edits laid over the server's values, in memory and in small temporary tables."""

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Final

from cache.models import TRIAGE_FIELDS, EditState, Key, PendingEdit, SyncSign, Triage
from cache.outbox.outbox import Outbox
from cache.outbox.registers import edit_of
from cache.segments import segment
from cache.store.inserting import insert_rows

__all__ = ["EditedRow", "Overlay", "server_triage", "with_edits", "worst_state"]

_WORST: Final[tuple[EditState, ...]] = (
    EditState.CONFLICT,
    EditState.REJECTED,
    EditState.ORPHANED,
    EditState.VERIFYING,
    EditState.SENDING,
    EditState.QUEUED,
)
_TABLES: Final = (
    (
        "CREATE TEMP TABLE IF NOT EXISTS edited (rowid INTEGER PRIMARY KEY, source TEXT, status TEXT,"
        " priority TEXT, flagged INTEGER, assignee_id TEXT, presence TEXT, sync TEXT, notes TEXT)"
    ),
    (
        "CREATE TEMP TABLE IF NOT EXISTS before (rowid INTEGER PRIMARY KEY, source TEXT, id TEXT,"
        " status TEXT, priority TEXT, flagged INTEGER, assignee_id TEXT, presence TEXT, notes TEXT,"
        " raw_hash BLOB, who TEXT, email TEXT, phone TEXT, size INTEGER)"
    ),
    "CREATE TEMP TABLE IF NOT EXISTS opened (rowid INTEGER PRIMARY KEY)",
    "CREATE TEMP TABLE IF NOT EXISTS stretch (rowid INTEGER PRIMARY KEY, low INTEGER, high INTEGER)",
)
_HELD: Final = (
    "s.source, s.id, t.status, t.priority, t.flagged, t.assignee_id, t.presence, s.notes, s.raw_hash, s.who,"
    " s.email, s.phone, length(s.answers)"
)
_HELD_BEFORE: Final = (
    "b.source, b.id, b.status, b.priority, b.flagged, b.assignee_id, b.presence, b.notes, b.raw_hash, b.who,"
    " b.email, b.phone, b.size"
)
_TEXTS: Final = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS temp.edited_text USING fts5 (who, email, phone, notes, body,"
    " tokenize='unicode61 remove_diacritics 2')"
)


@dataclass(frozen=True, slots=True)
class EditedRow:
    """What a person sees of a submission that has unsettled edits."""

    triage: Triage
    sync: SyncSign


class Overlay:
    """The edited submissions: what changed of them is copied whenever either file changed.

    `temp.edited` has the columns of `triage` that a query may name, as a person sees them, and the notes;
    `temp.before` has the server's values of the same rows; `temp.edited_text` is their text index, filled
    when it is first asked; `temp.opened` has the rows that were opened here, filled likewise.
    """

    def __init__(self, conn: sqlite3.Connection, outbox: Outbox) -> None:
        self._conn = conn
        self._outbox = outbox
        self.pending: dict[Key, tuple[PendingEdit, ...]] = {}
        """Every unsettled edit, by submission."""
        self.rows: dict[int, EditedRow] = {}
        """The cached ones among them, by row."""
        self._kept: Mapping[tuple[Any, ...], None] = {}
        self._places: dict[Key, int] = {}
        self._version: int | None = None
        self._signs: dict[int, tuple[Any, ...]] = {}
        self._indexed: dict[int, tuple[Any, ...]] | None = None
        self._has_opened = False
        for table in _TABLES:
            conn.execute(table)

    def reload(self, cache_version: int) -> None:
        """Take in what changed in the outbox, and in the cache where its version is another one.

        The file of the outbox is not held for longer than that takes. After an exception nothing is taken in.
        """
        kept = dict.fromkeys(self._outbox.registers.rows())
        changed = {Key(*row[:2]) for row in kept.keys() ^ self._kept.keys()}
        pending = self._pending(kept, changed) if changed else self.pending
        if cache_version != self._version:
            changed |= self._moved() | (pending.keys() - self._places.keys())
        new = self._held([key for key in changed if key in pending]) if changed else []
        before = {self._places[key] for key in changed if key in self._places}
        self._has_opened = False
        if changed:
            self._show(before, new, pending)
            places = {key: rowid for key, rowid in self._places.items() if key not in changed}
            self._places = places | {Key(*row[1:3]): row[0] for row in new}
        self.pending, self._kept, self._version = pending, kept, cache_version

    def _moved(self) -> set[Key]:
        """The edited submissions of which another thing is held now than when they were looked up."""
        rows = self._conn.execute(
            "SELECT b.source, b.id FROM temp.before b LEFT JOIN submission s ON s.rowid = b.rowid"
            " LEFT JOIN triage t ON t.rowid = b.rowid"
            f" WHERE ({_HELD_BEFORE}) IS NOT ({_HELD})"
        )
        return {Key(*row) for row in rows}

    def _pending(
        self, kept: Iterable[tuple[Any, ...]], changed: Set[Key]
    ) -> dict[Key, tuple[PendingEdit, ...]]:
        """The edits by submission, in the order of the registers; what did not change is not read again."""
        read: dict[Key, list[PendingEdit]] = {}
        for row in kept:
            key = Key(*row[:2])
            edits = read.setdefault(key, [])
            if key in changed:
                edits.append(edit_of(row))
        return {key: tuple(edits) if key in changed else self.pending[key] for key, edits in read.items()}

    def _show(
        self, before: Set[int], new: Sequence[tuple[Any, ...]], pending: Mapping[Key, tuple[PendingEdit, ...]]
    ) -> None:
        """Instead of what was seen of the rows `before`, take in what is seen of `new` (see `_held`)."""
        rows = {rowid: row for rowid, row in self.rows.items() if rowid not in before}
        signs = {rowid: sign for rowid, sign in self._signs.items() if rowid not in before}
        edited: list[tuple[Any, ...]] = []
        for row in new:
            rowid, source, name, status, priority, flagged, assignee, presence, notes, *texts = row
            edits = pending[Key(source, name)]
            seen = with_edits(Triage(status, priority, bool(flagged), assignee, notes), edits)
            rows[rowid] = EditedRow(seen, worst_state(edits))
            signs[rowid] = (*texts, seen.notes)
            edited.append(
                (
                    rowid,
                    source,
                    seen.status,
                    seen.priority,
                    int(seen.flagged),
                    seen.assignee_id,
                    presence,
                    rows[rowid].sync,
                    seen.notes,
                )
            )
        with self._writing():
            for table in ("edited", "before"):
                self._conn.executemany(
                    f"DELETE FROM temp.{table} WHERE rowid = ?", [(rowid,) for rowid in before]
                )
            insert_rows(self._conn, "INSERT INTO temp.edited", edited)
            insert_rows(self._conn, "INSERT INTO temp.before", new)
        self.rows, self._signs = rows, signs

    def index_texts(self) -> None:
        """Bring the text index of the edited rows up to date."""
        if self._indexed is self._signs:
            return
        if self._indexed is None:
            self._conn.execute(_TEXTS)
        indexed = self._indexed or {}
        gone = [rowid for rowid, sign in indexed.items() if self._signs.get(rowid) != sign]
        new = [rowid for rowid, sign in self._signs.items() if indexed.get(rowid) != sign]
        texts = self._conn.execute(
            "SELECT s.rowid, s.who, s.email, s.phone, e.notes, body_of(s.answers) FROM json_each(?) j"
            " CROSS JOIN temp.edited e ON e.rowid = j.value CROSS JOIN submission s ON s.rowid = e.rowid",
            (json.dumps(new),),
        ).fetchall()
        with self._writing():
            self._conn.executemany("DELETE FROM temp.edited_text WHERE rowid = ?", [(row,) for row in gone])
            self._conn.executemany(
                "INSERT INTO temp.edited_text (rowid, who, email, phone, notes, body)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (rowid, segment(who), email, phone, segment(notes or ""), segment(body or ""))
                    for rowid, who, email, phone, notes, body in texts
                ],
            )
        self._indexed = self._signs

    def load_opened(self) -> None:
        """Bring the list of the rows that were opened here up to date."""
        if self._has_opened:
            return
        opened = json.dumps([list(key) for key in self._outbox.opened.all()])
        with self._writing():
            self._conn.execute("DELETE FROM temp.opened")
            self._conn.execute(
                "INSERT OR IGNORE INTO temp.opened SELECT s.rowid FROM json_each(?) j CROSS JOIN submission s"
                " ON s.source = j.value ->> 0 AND s.id = j.value ->> 1",
                (opened,),
            )
        self._has_opened = True

    def _held(self, keys: list[Key]) -> list[tuple[Any, ...]]:
        """Those of the submissions that are cached: server values, then what tells whether texts changed."""
        return self._conn.execute(
            f"SELECT s.rowid, {_HELD} FROM json_each(?) j"
            " CROSS JOIN submission s ON s.source = j.value ->> 0 AND s.id = j.value ->> 1"
            " JOIN triage t ON t.rowid = s.rowid",
            (json.dumps([list(key) for key in keys]),),
        ).fetchall()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction on the temporary tables; no other file is locked by it."""
        self._conn.execute("BEGIN")
        try:
            yield
            self._conn.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._conn.execute("ROLLBACK")
            raise


def server_triage(conn: sqlite3.Connection, key: Key) -> Triage | None:
    """The cached server values of one submission, None when it is not cached."""
    row = conn.execute(
        "SELECT t.status, t.priority, t.flagged, t.assignee_id, s.notes FROM submission s"
        " JOIN triage t ON t.rowid = s.rowid WHERE s.source = ? AND s.id = ?",
        key,
    ).fetchone()
    return Triage(row[0], row[1], bool(row[2]), row[3], row[4]) if row else None


def with_edits(server: Triage, edits: Sequence[PendingEdit]) -> Triage:
    """What a person sees: the wanted value of each edited field, the server's of the others."""
    if not edits:
        return server
    wanted = {edit.field: edit.want for edit in edits}
    return Triage(**{name: wanted.get(name, server.value(name)) for name in TRIAGE_FIELDS})  # type: ignore[arg-type]


def worst_state(edits: Sequence[PendingEdit]) -> SyncSign:
    """The one sign that stands for several edits; those that nobody made in so many words have none."""
    states = {edit.state for edit in edits if not edit.implicit}
    worst = next((state for state in _WORST if state in states), None)
    sign: SyncSign = worst.value if worst is not None else "clean"
    return sign
