"""The leader dies between the commit of an attempt and its answer; a real second process takes over."""

import json
import select
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

import pytest

from cache.models import Key, Triage
from cache.outbox import Edit, Outbox
from cache.schema import OUTBOX, open_database
from tests.cache.making import LocalCopy, Wall

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0


@contextmanager
def process(directory: Path, behaviour: str, ahead: float) -> Iterator["subprocess.Popen[str]"]:
    """An engine in a process of its own; killed at the end."""
    command = [sys.executable, "-m", "tests.durability.processes", str(directory), behaviour, str(ahead)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as started:
        try:
            yield started
        finally:
            started.kill()


def heard(started: "subprocess.Popen[str]", words: str) -> None:
    """Wait until a process says something."""
    assert started.stdout is not None
    for line in started.stdout:
        if line.strip() == words:
            return
    raise AssertionError(f"it ended and never said {words!r}")


def until(happened: Callable[[], bool], heard_from: IO[str] | None) -> None:
    """Wait for something a process does to a file, while it is listened to."""
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, "it never happened"
        if heard_from is not None:
            select.select([heard_from], [], [], 0.05)


def attempts(directory: Path) -> list[tuple[str, str | None]]:
    with closing(sqlite3.connect(directory / "data" / "outbox.db")) as conn:
        return conn.execute("SELECT body, outcome FROM attempt ORDER BY id").fetchall()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A server with one submission, and an edit of it nobody has sent."""
    rows = {"rows": {"a": {"status": "new", "notes": None}}, "patches": []}
    (tmp_path / "server.json").write_text(json.dumps(rows))
    LocalCopy(tmp_path / "data").close()
    with closing(open_database(tmp_path / "data", OUTBOX)) as conn:
        outbox = Outbox(conn, wall=Wall())
        outbox.edit("spam", [Edit(Key("acme", "a"), "status", "spam")], lambda _: Triage())
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize(("behaviour", "sent"), [("hang before", 1), ("hang after", 1)])
def test_follower_adopts_what_a_killed_leader_had_sent_and_verifies_it(
    directory: Path, behaviour: str, sent: int
) -> None:
    """Invariants 7, 20 and 22: the edit arrives once, whether or not the dead leader's attempt had."""
    with process(directory, behaviour, 0) as leader:
        heard(leader, "on the wire")
        assert attempts(directory) == [('{"status": "spam"}', None)]
        with process(directory, "answer", 300) as follower:
            heard(follower, "following")
            leader.kill()
            leader.wait(30)

            def settled() -> bool:
                with closing(sqlite3.connect(directory / "data" / "outbox.db")) as conn:
                    return conn.execute("SELECT count(*) FROM register").fetchone() == (0,)

            until(settled, follower.stdout)
    held = json.loads((directory / "server.json").read_text())
    assert held["rows"]["a"]["status"] == "spam"
    assert len(held["patches"]) == sent
    outcomes = [outcome for _, outcome in attempts(directory)]
    assert outcomes == (["applied"] if behaviour == "hang after" else ["not_applied", "applied"])


@pytest.mark.slow
def test_follower_holds_back_while_the_answer_may_still_be_on_its_way(directory: Path) -> None:
    """Invariant 8 across a death: nothing is sent before a minute has passed."""
    with process(directory, "hang before", 0) as leader:
        heard(leader, "on the wire")
        with process(directory, "answer", 5) as follower:
            heard(follower, "following")
            leader.kill()
            leader.wait(30)
            until(lambda: attempts(directory) == [('{"status": "spam"}', "unknown")], follower.stdout)
            heard(follower, "online")
            assert json.loads((directory / "server.json").read_text())["patches"] == []
            assert len(attempts(directory)) == 1
