"""Two processes that edit and one that leads, on the same files at the same time.

Run as `python -m tests.durability.writers DIRECTORY NAME COUNT` for one of those that edit.
"""

import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from cache.models import Key, Triage
from cache.outbox import Edit, Outbox
from cache.recovery import open_files
from cache.store.overlay import server_triage

__all__ = ["Count", "edit_and_lead"]

ROOT = Path(__file__).parents[2]
ROWS = 10


def edit_much(directory: Path, name: str, count: int) -> None:
    """Make `count` edits, over a few submissions, and say so after each."""
    files = open_files(directory / "data", wall=time.time)
    with closing(files.cache), closing(files.outbox):
        outbox = Outbox(files.outbox, wall=time.time)
        for number in range(count):
            key = Key("acme", f"{name}-{number % ROWS}")
            edit = Edit(key, "notes", f"{name} {number}")
            outbox.edit("edited", [edit], lambda key: server_triage(files.cache, key) or Triage())
            os.write(1, f"{number}\n".encode())


class Count:
    """What was there in the end."""

    def __init__(self, directory: Path) -> None:
        with closing(sqlite3.connect(directory / "data" / "outbox.db")) as conn:
            self.history = conn.execute(
                "SELECT count(*), count(DISTINCT after), count(DISTINCT clock) FROM history"
                " WHERE kind = 'edit'"
            ).fetchone()
            self.pending: dict[str, str] = {
                name: json.loads(want)
                for name, want in conn.execute("SELECT submission_id, want FROM register")
            }
            self.sound = conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        self.server: dict[str, str] = {
            name: row["notes"]
            for name, row in json.loads((directory / "server.json").read_text())["rows"].items()
        }


def edit_and_lead(directory: Path, count: int) -> tuple[list[tuple[int, str]], Count]:
    """Run all three; how each writer ended with what it complained of, and what was there in the end."""
    names = [f"{writer}-{number}" for writer in ("one", "two") for number in range(ROWS)]
    rows = {name: {"status": "new", "notes": None} for name in names}
    (directory / "server.json").write_text(json.dumps({"rows": rows, "patches": []}))
    lead = [sys.executable, "-m", "tests.durability.processes", str(directory), "answer", "0"]
    with subprocess.Popen(lead, cwd=ROOT, stdout=subprocess.PIPE, text=True) as leader:
        try:
            assert leader.stdout is not None
            while leader.stdout.readline().strip() != "online":
                assert leader.poll() is None
            writers = [
                subprocess.Popen(
                    [sys.executable, "-m", "tests.durability.writers", str(directory), name, str(count)],
                    cwd=ROOT,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    text=True,
                )
                for name in ("one", "two")
            ]
            ended = []
            for writer in writers:
                _, said = writer.communicate(timeout=600)
                ended.append((writer.returncode, said))
            assert leader.poll() is None
        finally:
            leader.kill()
    return ended, Count(directory)


if __name__ == "__main__":
    edit_much(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
