"""Writes an outbox of the schema this program has now: an edit in every state, each with its history.

`python -m tests.golden.make` once for each new schema version; what older versions wrote is never changed.
"""

import sqlite3
import sys
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from cache.models import EditState, Key, Triage
from cache.outbox import Delivery, Edit, Outbox
from cache.schema import OUTBOX, open_database, transaction

WALL = 1_779_444_840.0
TEXT = "Zeile eins\n二行目 \U0001f4cb \u200f\"'\\ tab\there"


def fill(conn: sqlite3.Connection) -> None:
    """Edits of every kind in every state, by the real code."""
    outbox, delivery = Outbox(conn, wall=lambda: WALL), Delivery(conn, wall=lambda: WALL)

    def server(_: Key) -> Triage:
        return Triage(notes="theirs")

    for state in EditState:
        key = Key("acme", f"id-{state.value}")
        edits = [
            Edit(key, "status", "in_progress"),
            Edit(key, "priority", "high"),
            Edit(key, "flagged", True),
            Edit(key, "assignee_id", "user-7"),
            Edit(key, "notes", f"{TEXT} {state.value}"),
        ]
        outbox.edit(f"edited {state.value}", edits, server)
        held = outbox.registers.of(key)
        if state in (EditState.SENDING, EditState.VERIFYING):
            attempt = delivery.begin_attempt(key, {edit.field: edit.want for edit in held}, held)
            if state is EditState.VERIFYING and attempt is not None:
                delivery.end_attempt(attempt, applied=None, detail="no answer", next_try=int(WALL) + 60)
        else:
            with transaction(conn):
                for edit in held:
                    theirs = "read" if edit.field == "status" else None
                    outbox.registers.put(
                        replace(edit, state=state, error=f"why {state.value}", theirs=theirs, attempts=2)
                    )
    outbox.edit("undone", [Edit(Key("acme", "id-undone"), "status", "spam")], server)
    outbox.undo(server)
    outbox.edit("dropped", [Edit(Key("acme", "id-dropped"), "notes", "dropped")], server)
    outbox.discard(Key("acme", "id-dropped"))
    outbox.set_me("acme", "user-1")
    delivery.bind("acme", "org-1", "Acme")


def main(directory: Path) -> Path:
    """Write the file for the newest version."""
    path = directory / f"outbox-v{OUTBOX.version}.sql"
    with tempfile.TemporaryDirectory() as made, closing(open_database(Path(made), OUTBOX)) as conn:
        fill(conn)
        marks = [f"PRAGMA application_id={OUTBOX.application_id};", f"PRAGMA user_version={OUTBOX.version};"]
        path.write_text("\n".join([*conn.iterdump(), *marks, ""]), encoding="utf-8")
    return path


if __name__ == "__main__":
    sys.stdout.write(f"{main(Path(__file__).parent)}\n")
