"""What is done to a file while its writes are recorded; after each step that is told as saved, its contents.

Run as `python -m tests.durability.workload outbox|cache DIRECTORY STEPS SEED`.
"""

import hashlib
import os
import random
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from cache.models import EditState, Key, Triage
from cache.outbox import Delivery, Edit, Outbox
from cache.schema import CACHE, OUTBOX, open_database
from cache.store import Writer
from tests.cache.making import fetched

__all__ = ["ACK", "KINDS", "digest", "main"]

ACK = "saved "
KINDS = {"outbox": OUTBOX, "cache": CACHE}
WALL = 1_779_444_840.0
CONTENTS = {
    "meta": "key, value",
    "register": "source, submission_id, field, base, want, state, clock, attempts, next_try, error, theirs",
    "gesture": "id, label, at, undone",
    "history": "seq, gesture, kind, source, submission_id, field, before, after, clock",
    "attempt": "id, source, submission_id, body, clock, outcome, detail",
    "source": "name, provider",
    "submission": "rowid, source, id, raw_hash, notes, who, about",
    "triage": "rowid, source, status, priority, flagged, assignee_id, as_of",
}
NAMES = [f"s{number}" for number in range(6)]


def digest(conn: sqlite3.Connection) -> str:
    """A short text that differs for any two contents, whatever schema version they are kept in."""
    found = hashlib.sha256()
    there = {name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table, columns in CONTENTS.items():
        if table in there:
            rows = conn.execute(f"SELECT {columns} FROM {table}").fetchall()
            found.update(repr((table, sorted(rows, key=repr))).encode())
    return found.hexdigest()[:16]


def outbox_steps(conn: sqlite3.Connection, rng: random.Random) -> Callable[[], object]:
    """One durable change of the outbox at each call: by the person, or by the engine."""
    outbox, delivery = Outbox(conn, wall=lambda: WALL), Delivery(conn, wall=lambda: WALL)

    def server(_: Key) -> Triage:
        return Triage()

    def edit() -> object:
        edits = []
        for name in rng.sample(NAMES, rng.randint(1, 2)):
            edits += [
                Edit(Key("acme", name), "notes", rng.choice("abc") * rng.randrange(6000)),
                Edit(Key("acme", name), "status", rng.choice(["read", "spam", "resolved"])),
            ]
        return outbox.edit("edited", edits, server)

    def engine() -> object:
        key = Key("acme", rng.choice(NAMES))
        edits = [edit for edit in outbox.registers.of(key) if edit.state is EditState.QUEUED]
        open_row = conn.execute(
            "SELECT id FROM attempt WHERE outcome IS NULL AND submission_id = ?", (key.id,)
        ).fetchone()
        if open_row is None and edits:
            body = {edit.field: edit.want for edit in edits}
            attempt = delivery.begin_attempt(key, body, edits)
            if attempt is not None:
                pending.append(attempt)
            return attempt
        mine = [attempt for attempt in pending if attempt.key == key]
        if mine:
            pending.remove(mine[0])
            if rng.random() < 0.6:
                return delivery.acknowledge(mine[0], Triage())
            return delivery.end_attempt(mine[0], applied=rng.choice([None, False]), detail="lost")
        return delivery.adopt()

    pending: list[object] = []
    choices = [edit] * 5 + [engine] * 5
    choices += [lambda: outbox.undo(server), lambda: outbox.redo(server)]
    choices.append(lambda: outbox.discard(Key("acme", rng.choice(NAMES))))
    return lambda: rng.choice(choices)()


def cache_steps(conn: sqlite3.Connection, rng: random.Random) -> Callable[[], object]:
    """One page at each call, of submissions new and changed."""
    writer = Writer(conn, wall=lambda: WALL)
    writer.sources.ensure("acme", "plain")
    moment = iter(range(1, 1_000_000))

    def page() -> object:
        items = [
            fetched(
                f"s{rng.randrange(200)}", status=rng.choice(["new", "read"]), notes="n" * rng.randrange(3000)
            )
            for _ in range(rng.randint(1, 6))
        ]
        unique = {item.submission.id: item for item in items}
        return writer.apply("acme", list(unique.values()), next(moment))

    return page


def main(kind: str, directory: Path, count: int, seed: int) -> None:
    """Do `count` steps and tell each on standard output when it is saved."""
    with closing(open_database(directory, KINDS[kind])) as conn:
        step = (outbox_steps if kind == "outbox" else cache_steps)(conn, random.Random(seed))
        os.write(1, f"{ACK}{digest(conn)}\n".encode())
        for _ in range(count):
            step()
            os.write(1, f"{ACK}{digest(conn)}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
