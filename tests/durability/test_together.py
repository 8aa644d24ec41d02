"""Several processes on the same files: writers and a leader, and a cache that breaks under all of them."""

import json
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cache.models import Key, Triage
from cache.outbox import Edit, Outbox
from cache.recovery import ask_rebuild, open_files
from cache.schema import CACHE, OUTBOX, open_database
from tests.cache.making import LocalCopy, Wall
from tests.durability.test_leader_death import heard, process, until
from tests.durability.writers import ROWS, edit_and_lead

EACH = 120


@pytest.mark.slow
def test_two_writers_and_a_leader_lose_nothing_and_none_is_locked_out(tmp_path: Path) -> None:
    """Invariant 28."""
    ended, found = edit_and_lead(tmp_path, EACH)
    assert ended == [(0, "")] * 2
    assert found.history == (2 * EACH, 2 * EACH, 2 * EACH)
    assert found.sound
    for writer in ("one", "two"):
        for number in range(ROWS):
            name = f"{writer}-{number}"
            last = f"{writer} {EACH - ROWS + number}"
            assert found.pending.get(name, found.server[name]) == last


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A server with one submission, read once."""
    rows = {"rows": {"a": {"status": "new", "notes": None}}, "patches": []}
    (tmp_path / "server.json").write_text(json.dumps(rows))
    LocalCopy(tmp_path / "data").close()
    return tmp_path


def held(directory: Path) -> list[str]:
    try:
        with closing(sqlite3.connect(directory / "data" / "cache.db")) as conn:
            return [row[0] for row in conn.execute("SELECT id FROM submission")]
    except sqlite3.Error:
        return []


@pytest.mark.slow
def test_leader_sets_aside_what_another_process_found_damaged_and_reads_it_anew(directory: Path) -> None:
    """Invariant 25, with the file open in two processes; the leader goes on without a restart."""
    with process(directory, "answer", 0) as leader:
        heard(leader, "online")
        until(lambda: held(directory) == ["a"], leader.stdout)
        files = open_files(directory / "data", wall=Wall())
        with closing(files.cache), closing(files.outbox):
            outbox = Outbox(files.outbox, wall=Wall())
            outbox.edit("spam", [Edit(Key("acme", "a"), "status", "spam")], lambda _: Triage())
            ask_rebuild(directory / "data", files.outbox, wall=Wall())
            quarantine = directory / "data" / "quarantine"
            until(lambda: any(quarantine.glob("*/cache.db")), leader.stdout)
            until(lambda: held(directory) == ["a"], leader.stdout)

            def delivered() -> bool:
                return json.loads((directory / "server.json").read_text())["rows"]["a"]["status"] == "spam"

            until(delivered, leader.stdout)
        assert leader.poll() is None
        assert len(list(quarantine.iterdir())) == 1
    again = open_files(directory / "data", wall=Wall())
    with closing(again.cache), closing(again.outbox):
        assert again.notices == ()


@pytest.mark.parametrize("table", ["triage", "source"])
def test_leader_that_finds_a_damaged_page_sets_the_file_aside_by_itself(directory: Path, table: str) -> None:
    with closing(open_database(directory / "data", CACHE)) as conn:
        (page,) = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = directory / "data" / "cache.db"
    content = bytearray(path.read_bytes())
    size = int.from_bytes(content[16:18], "big")
    content[(page - 1) * size : page * size] = random.Random(1).randbytes(size)
    path.write_bytes(content)
    open_database(directory / "data", CACHE).close()  # opening does not find it
    with closing(open_database(directory / "data", OUTBOX)) as conn:
        outbox = Outbox(conn, wall=Wall())
        outbox.edit("spam", [Edit(Key("acme", "a"), "status", "spam")], lambda _: Triage())
    with process(directory, "answer", 0) as leader:
        until(lambda: held(directory) == ["a"], leader.stdout)
        assert leader.poll() is None
    assert [place.name[-5:] for place in (directory / "data" / "quarantine").iterdir()] == ["cache"]
    with closing(open_database(directory / "data", OUTBOX)) as conn:
        assert conn.execute("SELECT count(*) FROM history").fetchone() == (1,)
