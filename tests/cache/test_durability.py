"""What the disk, a second process or a sudden death may do to an edit: nothing, or refuse it whole."""

import random
import select
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from cache.errors import NotSaved
from cache.models import Key, Triage, TriageField, TriageValue
from cache.outbox import Edit, Outbox
from cache.schema import CACHE, OUTBOX, open_database, transaction
from tests.cache.making import LocalCopy, Wall, fetched, interruption

ROOT = Path(__file__).parents[2]

WRITER = """
import sys
from pathlib import Path
from cache.models import Key, Triage
from cache.outbox import Edit, Outbox
from cache.schema import OUTBOX, open_database

directory, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
outbox = Outbox(open_database(directory, OUTBOX), wall=lambda: 1.0)
print("ready", flush=True)
sys.stdin.readline()
for number in range(count):
    key = Key("acme", f"{name}-{number}")
    outbox.edit("note", [Edit(key, "notes", "x" * (number % 700) + str(number))], lambda key: Triage())
    print(number, flush=True)
outbox.close()
"""

HOLDER = """
import sqlite3, sys
conn = sqlite3.connect(sys.argv[1], isolation_level=None)
conn.execute(sys.argv[2])
print("held", flush=True)
sys.stdin.readline()
conn.close()
"""


@contextmanager
def process(script: str, *arguments: object) -> Iterator["subprocess.Popen[str]"]:
    """A Python process that has said its first word."""
    with subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as started:
        assert started.stdout is not None
        try:
            assert started.stdout.readline() in ("ready\n", "held\n")
            yield started
        finally:
            started.kill()


def let_go(started: "subprocess.Popen[str]") -> None:
    assert started.stdin is not None
    started.stdin.write("go\n")
    started.stdin.flush()


def contents(path: Path) -> list[str]:
    """All that a file holds."""
    with closing(sqlite3.connect(path)) as conn:
        return list(conn.iterdump())


Do = Callable[[LocalCopy], object]
DOINGS: dict[str, Do] = {
    "edit": lambda local: local.edit("b", notes="x" * 200_000, status="spam", flagged=True),
    "undo": lambda local: local.outbox.undo(local.reader.server),
    "redo": lambda local: local.outbox.redo(local.reader.server),
    "discard": lambda local: local.outbox.discard(Key("acme", "a")),
    "retry": lambda local: local.outbox.retry(Key("acme", "a")),
    "me": lambda local: local.outbox.set_me("acme", "u1"),
}


@pytest.fixture
def copy(local: LocalCopy) -> LocalCopy:
    """A local copy with two submissions, an edit and an undone edit."""
    local.show(fetched("a"), fetched("b"))
    local.edit("a", status="spam", notes="y" * 5000)
    local.edit("b", priority="high")
    local.outbox.undo(local.reader.server)
    return local


@pytest.mark.parametrize("doing", DOINGS.values(), ids=DOINGS)
def test_nothing_is_saved_while_another_process_holds_the_outbox(
    copy: LocalCopy, monkeypatch: pytest.MonkeyPatch, doing: Do
) -> None:
    """Invariant 26."""
    monkeypatch.setattr("cache.schema.BUSY_TIMEOUT_MS", 30)
    path = copy.directory / "outbox.db"
    with LocalCopy(copy.directory) as impatient:
        impatient.reader.refresh()
        before, seen = contents(path), impatient.seen("a")
        with process(HOLDER, path, "BEGIN IMMEDIATE") as holder:
            with pytest.raises(NotSaved, match=r"^NOT SAVED: another program holds the outbox") as caught:
                doing(impatient)
            assert "Nothing was changed" in str(caught.value)
            assert contents(path) == before
            assert impatient.seen("a") == seen
            let_go(holder)
            holder.wait(30)
        doing(impatient)
        assert contents(path) != before


@pytest.mark.parametrize("room", range(4))
def test_nothing_is_saved_when_the_disk_is_full(copy: LocalCopy, room: int) -> None:
    """Invariant 26: whole or absent, wherever the room ends."""
    path = copy.directory / "outbox.db"
    before, seen = contents(path), copy.seen("b")
    pages = int(copy.outbox_file.execute("PRAGMA page_count").fetchone()[0])
    copy.outbox_file.execute(f"PRAGMA max_page_count={pages + room * 15}")
    with pytest.raises(NotSaved, match=r"^NOT SAVED: the disk is full") as caught:
        DOINGS["edit"](copy)
    assert isinstance(caught.value.__cause__, sqlite3.Error)
    assert contents(path) == before
    assert copy.seen("b") == seen
    copy.outbox_file.execute(f"PRAGMA max_page_count={pages + 10_000}")
    DOINGS["edit"](copy)
    assert copy.seen("b").status == "spam"


@pytest.mark.parametrize("doing", DOINGS.values(), ids=DOINGS)
def test_nothing_is_saved_when_the_file_cannot_be_written(copy: LocalCopy, doing: Do) -> None:
    path = copy.directory / "outbox.db"
    before = contents(path)
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)) as conn:
        readable = Outbox(conn, wall=Wall())
        copy.outbox, usable = readable, copy.outbox
        with pytest.raises(NotSaved, match=r"^NOT SAVED: the data directory cannot be written"):
            doing(copy)
        copy.outbox = usable
    assert contents(path) == before


def test_nothing_is_saved_when_a_statement_fails_anywhere(copy: LocalCopy) -> None:
    """Invariant 26, with the connection interrupted after ever more steps, its first one included."""
    path, conn = copy.directory / "outbox.db", copy.outbox_file
    before = contents(path)
    wants: dict[TriageField, TriageValue] = {"status": "spam", "flagged": True, "notes": "new"}
    edits = [Edit(Key("acme", "b"), field, want) for field, want in wants.items()]
    failed = 0
    for stop_at in range(1, 10_000):
        conn.set_progress_handler(interruption(stop_at), 3)
        try:
            copy.outbox.edit("edited", edits, copy.reader.server)
        except NotSaved:
            failed += 1
        else:
            break
        finally:
            conn.set_progress_handler(None, 0)
        assert not conn.in_transaction
        if stop_at % 7 == 0:
            assert contents(path) == before
    assert failed > 30
    assert copy.seen("b") == Triage("spam", "none", True, None, "new")


@pytest.mark.slow
def test_saved_edits_are_there_after_the_process_was_killed(tmp_path: Path) -> None:
    """Invariants 22 and 23: every edit that was told as saved, and no gap among them."""
    rng = random.Random(5)
    open_database(tmp_path, OUTBOX).close()
    killed_at: list[int] = []
    for turn in range(20):
        with process(WRITER, tmp_path, f"turn{turn}", 100_000) as writer:
            assert writer.stdout is not None
            let_go(writer)
            for _ in range(rng.randrange(1, 25)):
                writer.stdout.readline()
            select.select([], [], [], rng.random() * 0.004)  # let it die anywhere in a transaction
            writer.kill()
            told = [int(line) for line in writer.stdout.read().split()]
        with closing(open_database(tmp_path, OUTBOX)) as conn:
            held = {edit.key.id: edit.want for edit in Outbox(conn, wall=Wall()).pending()}
        mine = {name: want for name, want in held.items() if name.startswith(f"turn{turn}-")}
        assert mine == {f"turn{turn}-{n}": "x" * (n % 700) + str(n) for n in range(len(mine))}
        last = told[-1] + 1 if told else 1
        assert len(mine) >= last
        killed_at.append(len(mine))
        assert len(held) == sum(killed_at)
    with closing(open_database(tmp_path, OUTBOX)) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert conn.execute("SELECT count(*) FROM history").fetchone() == (sum(killed_at),)
        assert conn.execute("SELECT value FROM meta WHERE key = 'clock'").fetchone() == (sum(killed_at),)


@pytest.mark.slow
def test_two_processes_and_a_reader_get_along(tmp_path: Path) -> None:
    """Invariant 28."""
    each = 300
    with LocalCopy(tmp_path) as local:
        local.show(fetched("one-7"))
        with process(WRITER, tmp_path, "one", each) as one, process(WRITER, tmp_path, "two", each) as two:
            let_go(one)
            let_go(two)
            most = 0
            while one.poll() is None or two.poll() is None:
                if local.reader.refresh():
                    found = len(local.outbox.pending())
                    assert found >= most
                    most = found
                for writer in (one, two):
                    assert writer.stdout is not None
                    if select.select([writer.stdout], [], [], 0.002)[0]:
                        writer.stdout.readline()
            assert (one.returncode, two.returncode) == (0, 0)
        local.reader.refresh()
        wanted: dict[tuple[str, str], Any] = {
            (f"{name}-{n}", "notes"): "x" * (n % 700) + str(n) for name in ("one", "two") for n in range(each)
        }
        assert local.wants() == wanted
        assert local.seen("one-7").notes == "xxxxxxx7"
        moments = [edit.clock for edit in local.outbox.pending()]
        assert len(set(moments)) == 2 * each


def test_edits_outlive_the_cache(tmp_path: Path) -> None:
    """Invariant 25."""
    with LocalCopy(tmp_path) as local:
        local.show(fetched("a"))
        local.edit("a", status="spam", notes="mine")
    for name in ("cache.db", "cache.db-wal", "cache.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    open_database(tmp_path, CACHE).close()
    with LocalCopy(tmp_path) as local:
        assert local.ids() == []
        assert local.wants() == {("a", "status"): "spam", ("a", "notes"): "mine"}
        local.show(fetched("a"))
        assert local.seen("a") == Triage("spam", "none", False, None, "mine")


def test_edit_waits_for_a_short_transaction_of_another_connection(tmp_path: Path) -> None:
    with closing(open_database(tmp_path, OUTBOX)) as conn:
        outbox = Outbox(conn, wall=Wall())
        with process(HOLDER, tmp_path / "outbox.db", "BEGIN IMMEDIATE") as holder:
            let_go(holder)
            result = outbox.edit("spam", [Edit(Key("acme", "a"), "status", "spam")], lambda _: Triage())
        assert result.steps
        with transaction(conn):
            assert len(outbox.pending()) == 1
