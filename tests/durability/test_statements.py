"""Every statement of an edit, an attempt and an answer fails in turn: whole or absent, and told (inv 26)."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from cache.errors import NotSaved
from cache.models import EditState, Key, Triage
from cache.outbox import Attempt, Delivery, Edit, Outbox
from cache.schema import OUTBOX, open_database
from tests.cache.making import Wall

KEY, OTHER = Key("acme", "a"), Key("acme", "b")
ERRORS = {
    "disk I/O error": "the outbox could not be written",
    "database or disk is full": "the disk is full",
    "database is locked": "another program holds the outbox",
}


class Failing:
    """A connection whose nth statement that does something fails."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn
        self._left: int | None = None
        self._error = ""

    @contextmanager
    def at(self, number: int, error: str) -> Iterator[None]:
        """Let statement `number` from now on, counted from 1, fail."""
        self._left, self._error = number, error
        try:
            yield
        finally:
            self._left = None

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if self._left is not None and not statement.startswith(("ROLLBACK", "PRAGMA")):
            self._left -= 1
            if self._left == 0:
                raise sqlite3.OperationalError(self._error)
        return self._conn.execute(statement, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._conn, name)


class Desk:
    """An outbox with edits in it, an attempt on the wire and one whose answer was lost."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "outbox.db"
        self.conn = open_database(directory, OUTBOX)
        self.failing = Failing(self.conn)
        self.outbox = Outbox(self.failing, wall=Wall())  # type: ignore[arg-type]
        self.delivery = Delivery(self.failing, wall=Wall())  # type: ignore[arg-type]
        self.edit(KEY, status="spam", notes="y" * 3000)
        self.edit(OTHER, status="read")
        self.edit(OTHER, priority="high")
        self.outbox.undo(self.server)
        self.sent = self.begin(KEY)
        self.lost = self.begin(OTHER)
        self.delivery.end_attempt(self.lost, applied=None, detail="no answer")

    def server(self, _: Key) -> Triage:
        return Triage()

    def edit(self, key: Key, **wants: Any) -> object:
        edits = [Edit(key, field, want) for field, want in wants.items()]  # type: ignore[arg-type]
        return self.outbox.edit("edited", edits, self.server)

    def begin(self, key: Key) -> Attempt:
        edits = self.outbox.registers.of(key)
        attempt = self.delivery.begin_attempt(key, {edit.field: edit.want for edit in edits}, edits)
        assert attempt is not None
        return attempt

    def contents(self) -> list[str]:
        with closing(sqlite3.connect(self.path)) as conn:
            return list(conn.iterdump())


DOINGS: dict[str, Callable[[Desk], object]] = {
    "edit": lambda desk: desk.edit(Key("acme", "c"), status="spam", flagged=True, notes="new"),
    "edit again": lambda desk: desk.edit(KEY, status="resolved", notes="other"),
    "undo": lambda desk: desk.outbox.undo(desk.server),
    "redo": lambda desk: desk.outbox.redo(desk.server),
    "discard": lambda desk: desk.outbox.discard(OTHER),
    "me": lambda desk: desk.outbox.set_me("acme", "u1"),
    "acknowledge": lambda desk: desk.delivery.acknowledge(desk.sent, Triage("spam", notes="y" * 3000)),
    "answer lost": lambda desk: desk.delivery.end_attempt(desk.sent, applied=None, detail="reset"),
    "not applied": lambda desk: desk.delivery.end_attempt(desk.sent, applied=False, next_try=9),
    "verified": lambda desk: desk.delivery.conclude(desk.lost, applied=True, server=Triage("read")),
    "conflict": lambda desk: desk.delivery.update(
        desk.outbox.registers.of(OTHER)[0], state=EditState.CONFLICT, theirs="resolved"
    ),
    "converged": lambda desk: desk.delivery.converge(desk.outbox.registers.of(OTHER)[0]),
    "merged": lambda desk: desk.delivery.merge(
        desk.outbox.registers.of(KEY)[0], theirs="theirs", merged="both"
    ),
    "adopt": lambda desk: desk.delivery.adopt(),
    "bind": lambda desk: desk.delivery.bind("acme", "org-1", "Acme"),
}
DOINGS["attempt"] = lambda desk: desk.delivery.begin_attempt(
    Key("acme", "d"), {"status": "spam"}, desk.outbox.registers.of(Key("acme", "d"))
)


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("doing", DOINGS.values(), ids=DOINGS)
def test_failure_at_any_statement_leaves_all_or_nothing_and_is_told(
    tmp_path: Path, doing: Callable[[Desk], object], error: str
) -> None:
    """Invariant 26."""
    desk = Desk(tmp_path)
    with closing(desk.conn):
        desk.edit(Key("acme", "d"), status="spam")
        before = desk.contents()
        failed = 0
        for number in range(1, 200):
            with desk.failing.at(number, error):
                try:
                    doing(desk)
                except NotSaved as refused:
                    said = str(refused)
                except sqlite3.OperationalError:
                    said = ""  # a read before the transaction: nothing was begun
                else:
                    break
            if said:
                assert said.startswith(f"NOT SAVED: {ERRORS[error]}"), said
            failed += 1
            assert not desk.conn.in_transaction
            assert desk.contents() == before
        assert failed >= 3
        assert desk.contents() != before


@pytest.mark.parametrize("doing", DOINGS.values(), ids=DOINGS)
def test_full_disk_leaves_all_or_nothing_of_any_step(tmp_path: Path, doing: Callable[[Desk], object]) -> None:
    """Invariant 26, by SQLite itself: the file may not grow by a page."""
    desk = Desk(tmp_path)
    with closing(desk.conn):
        desk.edit(Key("acme", "d"), status="spam")
        before = desk.contents()
        pages = int(desk.conn.execute("PRAGMA page_count").fetchone()[0])
        desk.conn.execute(f"PRAGMA max_page_count={pages}")
        try:
            doing(desk)
        except NotSaved as refused:
            said = str(refused)
        else:
            said = ""
        assert not desk.conn.in_transaction
        after = desk.contents()
        assert (after == before) == bool(said)
        assert said in ("", "NOT SAVED: the disk is full. Nothing was changed; what you typed is kept.")
