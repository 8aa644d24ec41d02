"""A running inbox, and commands, when a file breaks: what is told, and that they go on."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cache.errors import CacheBroken, CacheError, OutboxBroken
from cache.query import parse_query
from cache.schema import CACHE
from cache.sync.leader import LeaderLock
from inbox_tui.cli import main
from inbox_tui.workspace import Workspace, open_workspace
from tests.ui.inbox_harness import Home, home_for, lone_home, open_inbox, serving


def malformed(_: object) -> None:
    raise sqlite3.DatabaseError("database disk image is malformed")


def stored(home: Home) -> set[str]:
    """The references in the file, as another process sees them."""
    with home.local() as local:
        return {row.ref for row in local.reader.top(parse_query(""), 500).rows}


@pytest.mark.slow
async def test_running_inbox_reads_a_damaged_cache_anew_and_keeps_the_edits(tmp_path: Path) -> None:
    """Invariant 25: without a restart."""
    with serving(tmp_path) as server:
        (tmp_path / "home").mkdir()
        home = home_for(server, tmp_path / "home")
        async with open_inbox(home) as inbox:
            await inbox.online()
            before, edited = inbox.refs, inbox.row.key
            await inbox.press("p", "1")
            await inbox.until(lambda: inbox.row.priority == "low", "the edit")
            inbox.app.store.submit(malformed)
            await inbox.until(lambda: "local copy" in inbox.status, "the sentence")
            assert "your edits are safe" in inbox.status
            await inbox.until((home.data / "quarantine").exists, "the damaged file to be set aside")
            await inbox.until(lambda: stored(home) >= set(before), "the rows to be read again")
            await inbox.until(lambda: sorted(inbox.refs) == sorted(before), "the rows on the screen")
            assert home.seen(edited).priority == "low"


@pytest.mark.parametrize("failures", [0, 1])
async def test_inbox_that_does_not_lead_follows_to_the_file_the_leader_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    home = lone_home(tmp_path)
    open_local, left = Workspace.open_local, [CacheError("It cannot be opened yet.")] * failures

    def opened(*told: Any, **how: Any) -> Any:
        if left:
            raise left.pop()
        return open_local(*told, **how)

    async with open_inbox(home, leads=False) as inbox:
        monkeypatch.setattr(Workspace, "open_local", opened)
        made = home.data / "made"
        with closing(sqlite3.connect(home.data / "cache.db")) as old:
            old.execute("VACUUM INTO ?", (str(made),))
        with closing(sqlite3.connect(made)) as new, new:
            new.execute(f"PRAGMA application_id={CACHE.application_id}")
            new.execute("DELETE FROM submission WHERE number < 55")
        made.replace(home.data / "cache.db")  # between two steps the inbox might have made one itself
        await inbox.until(lambda: "read again" in inbox.status, "the sentence")
        await inbox.until(lambda: len(inbox.refs) < 6, "what the new file holds")


def run(home: Home, *words: str) -> Result:
    return CliRunner().invoke(main, list(words), env=home.environ, prog_name="inbox-tui")


def with_edits(directory: Path) -> tuple[Home, int]:
    """A home with two edits on the disk."""
    home = lone_home(directory)
    assert run(home, "set", "SUB-0059", "--priority", "low", "--note", "mine").exit_code == 0
    return home, home.unsettled()


def scribble(path: Path, page: int) -> None:
    content = bytearray(path.read_bytes())
    size = int.from_bytes(content[16:18], "big")
    content[page * size : (page + 1) * size] = b"\xa5" * size
    path.write_bytes(content)


def test_edits_are_listed_and_go_on_while_the_cache_is_empty(tmp_path: Path) -> None:
    """Invariant 25: what is known from the outbox alone can be seen."""
    home, count = with_edits(tmp_path)
    (home.data / "cache.db").write_bytes(b"no database, " * 999)
    listed = run(home, "outbox", "list")
    assert listed.exit_code == 0
    assert listed.stderr.startswith("inbox-tui: The local copy was damaged; your edits are safe")
    assert listed.stderr.count("\n") == 1
    assert len(listed.stdout.splitlines()) == count == 2
    assert '"mine"' in listed.stdout
    assert run(home, "outbox", "list").stderr == ""
    assert len(run(home, "outbox", "list", "--json").stdout) > 100


def test_command_after_a_whole_salvage_goes_on_and_says_what_was_saved(tmp_path: Path) -> None:
    home, count = with_edits(tmp_path)
    scribble(home.data / "outbox.db", 0)
    listed = run(home, "outbox", "list")
    assert listed.exit_code == 0
    assert listed.stderr.startswith(
        f"inbox-tui: The outbox was damaged: {count} edits saved. The damaged file"
    )
    assert listed.stderr.count("\n") == 1
    assert len(listed.stdout.splitlines()) == count


def test_command_after_a_salvage_with_losses_stops_once_with_code_1(tmp_path: Path) -> None:
    home, count = with_edits(tmp_path)
    with closing(sqlite3.connect(home.data / "outbox.db")) as conn:
        (page,) = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = 'register'").fetchone()
    scribble(home.data / "outbox.db", page - 1)
    stopped = run(home, "outbox", "list")
    assert stopped.exit_code == 1
    assert stopped.stdout == ""
    assert f"{count} edits made again from the history and not sent until you retry" in stopped.stderr
    assert stopped.stderr.rstrip().endswith("Run the command again to go on.")
    listed = run(home, "outbox", "list")
    assert listed.exit_code == 0
    assert listed.stderr == ""
    assert len(listed.stdout.splitlines()) == count
    assert listed.stdout.count("rejected") == count


def test_command_refuses_an_outbox_of_which_nothing_can_be_read(tmp_path: Path) -> None:
    home, _ = with_edits(tmp_path)
    (home.data / "outbox.db").write_bytes(b"no database, " * 999)
    refused = run(home, "list")
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert str(home.data / "outbox.db") in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_command_refuses_a_database_of_another_program_with_code_3(tmp_path: Path) -> None:
    """Invariant 27."""
    home, _ = with_edits(tmp_path)
    (home.data / "outbox.db").unlink()
    with closing(sqlite3.connect(home.data / "outbox.db")) as conn:
        conn.execute("CREATE TABLE songs (title)")
    before = (home.data / "outbox.db").read_bytes()
    refused = run(home, "list")
    assert refused.exit_code == 3
    assert "another program" in refused.stderr
    assert (home.data / "outbox.db").read_bytes() == before


def test_second_process_is_told_to_let_the_running_one_go_first(tmp_path: Path) -> None:
    home, _ = with_edits(tmp_path)
    scribble(home.data / "outbox.db", 0)
    lock = LeaderLock(home.data)
    assert lock.acquire()
    with pytest.raises(OutboxBroken, match="quit that first"):
        open_workspace(home.environ).open_local()
    lock.release()


def test_damage_found_by_a_command_is_one_sentence_and_mended_by_the_next(tmp_path: Path) -> None:
    home, count = with_edits(tmp_path)
    workspace = open_workspace(home.environ)
    with pytest.raises(CacheBroken, match="local copy is damaged") as caught, workspace.local():
        malformed(None)
    assert "edits are safe" in str(caught.value)
    with workspace.local() as local:
        assert len(local.files.notices) == 1
        assert len(local.outbox.pending()) == count
