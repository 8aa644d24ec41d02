"""A damaged outbox: what can be read is saved and counted, and it never starts empty in silence."""

import random
import sqlite3
import stat
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from cache.errors import OutboxBroken
from cache.models import EditState, PendingEdit
from cache.outbox import Delivery, Outbox
from cache.recovery import OpenFiles, open_files
from cache.salvage import REBUILT
from cache.schema import OUTBOX
from cache.sync.leader import LeaderLock
from tests.cache.making import LocalCopy, Wall, fetched

PAGE = 4096


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Sixty edits in several states, one delivered, one undone, over some thirty pages."""
    place = tmp_path / "data"
    with LocalCopy(place) as local:
        local.show(*(fetched(f"id-{number}") for number in range(30)))
        for number in range(30):
            local.edit(f"id-{number}", notes=f"{number} " + "n" * (number * 40), status="spam")
        local.edit("id-3", status="new")
        local.outbox.undo(local.reader.server)
        local.outbox.set_me("acme", "u1")
        delivery = Delivery(local.outbox_file, wall=Wall())
        delivery.bind("acme", "org-1", "Acme")
        edits = local.outbox.registers.of(fetched("id-1").submission.key)
        body = {edit.field: edit.want for edit in edits}
        attempt = delivery.begin_attempt(edits[0].key, body, edits)
        assert attempt is not None
        delivery.acknowledge(attempt, local.seen("id-1"))
    return place


def pending(directory: Path) -> dict[tuple[str, str], PendingEdit]:
    """The unsettled edits as the real code reads them from a file that is in order."""
    with closing(sqlite3.connect(directory / "outbox.db", isolation_level=None)) as conn:
        return {(edit.key.id, edit.field): edit for edit in Outbox(conn, wall=Wall()).pending()}


def table(directory: Path, name: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(directory / "outbox.db")) as conn:
        return sorted(conn.execute(f"SELECT * FROM {name}").fetchall(), key=repr)


def scribble(directory: Path, pages: Iterable[int], rng: random.Random) -> bytes:
    """Scribble over whole pages; returns what the file is then."""
    path = directory / "outbox.db"
    content = bytearray(path.read_bytes())
    for page in pages:
        content[page * PAGE : (page + 1) * PAGE] = rng.randbytes(PAGE)
    path.write_bytes(content)
    return bytes(content)


def page_of(directory: Path, name: str) -> int:
    """Where a table begins, counted from 0."""
    with closing(sqlite3.connect(directory / "outbox.db")) as conn:
        row = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()
        return int(row[0]) - 1


def opened(directory: Path) -> OpenFiles:
    files = open_files(directory, wall=Wall())
    files.cache.close()
    files.outbox.close()
    return files


def test_outbox_that_is_in_order_is_opened_without_a_word(directory: Path) -> None:
    before = (directory / "outbox.db").read_bytes()
    files = opened(directory)
    assert (files.notices, files.lost) == ((), False)
    assert (directory / "outbox.db").read_bytes() == before
    assert not (directory / "quarantine").exists()


def test_lost_first_page_costs_nothing(directory: Path) -> None:
    names = ("register", "history", "gesture", "attempt", "me", "binding")
    before, rows = pending(directory), {name: table(directory, name) for name in names}
    damaged = scribble(directory, [0], random.Random(1))
    files = opened(directory)
    (notice,) = files.notices
    assert notice.startswith(f"The outbox was damaged: {len(before)} edits saved.")
    assert not files.lost
    assert pending(directory) == before
    assert {name: table(directory, name) for name in names} == rows
    (place,) = (directory / "quarantine").iterdir()
    assert str(place) in notice
    assert (place / "outbox.db").read_bytes() == damaged
    assert stat.S_IMODE((place / "outbox.db").stat().st_mode) == 0o600
    assert not (directory / "salvage").exists()
    assert opened(directory).notices == ()


def test_lost_registers_are_made_again_from_the_history_and_never_sent_by_themselves(directory: Path) -> None:
    before = pending(directory)
    scribble(directory, [page_of(directory, "register")], random.Random(2))
    files = opened(directory)
    assert files.lost
    after = pending(directory)
    assert {place: edit.want for place, edit in after.items()} == {
        place: edit.want for place, edit in before.items()
    }
    rebuilt = [edit for edit in after.values() if edit.error == REBUILT]
    assert rebuilt
    assert {edit.state for edit in rebuilt} == {EditState.REJECTED}
    assert all(edit.base == before[edit.key.id, edit.field].base for edit in rebuilt)
    assert f"{len(rebuilt)} edits made again from the history" in files.notices[0]
    assert ("id-1", "notes") not in after  # it was delivered


def test_lost_history_loses_no_edit(directory: Path) -> None:
    before = pending(directory)
    scribble(directory, [page_of(directory, "history")], random.Random(3))
    files = opened(directory)
    assert pending(directory) == before
    assert "parts of history could not be read" in files.notices[0]
    assert files.lost


@pytest.mark.parametrize("seed", range(15))
def test_every_edit_is_there_or_counted_whatever_page_is_lost(directory: Path, seed: int) -> None:
    rng = random.Random(seed)
    before = pending(directory)
    pages = (directory / "outbox.db").stat().st_size // PAGE
    scribble(directory, rng.sample(range(pages), rng.randint(1, 2)), rng)
    files = opened(directory)
    after = pending(directory)
    for place, edit in after.items():
        if edit.error != REBUILT and not edit.damaged:
            assert edit == before[place]
    if after.keys() != before.keys() or any(edit.error == REBUILT for edit in after.values()):
        assert files.lost
    clock = table(directory, "meta")
    with closing(sqlite3.connect(directory / "outbox.db")) as conn:
        (newest,) = conn.execute("SELECT max(clock) FROM register").fetchone()
    assert dict(clock)["clock"] * (1 << 24) >= newest  # type: ignore[call-overload]


def test_register_that_does_not_match_its_checksum_is_kept_and_counted(directory: Path) -> None:
    with closing(sqlite3.connect(directory / "outbox.db")) as conn, conn:
        conn.execute(
            "UPDATE register SET want = '\"read\"' WHERE submission_id = 'id-7' AND field = 'status'"
        )
    scribble(directory, [0], random.Random(1))
    files = opened(directory)
    assert "1 edit not readable" in files.notices[0]
    assert files.lost
    assert pending(directory)["id-7", "status"].damaged


@pytest.mark.parametrize("content", [b"nothing of it is left " * 900, b"", b"\0" * 20_000])
def test_outbox_of_which_nothing_can_be_read_is_refused_and_left_alone(
    directory: Path, content: bytes
) -> None:
    with closing(sqlite3.connect(directory / "cache.db")) as conn, conn:
        conn.execute("UPDATE source SET account_id = 'org-1'")
    (directory / "outbox.db").write_bytes(content)
    for _ in range(2):
        with pytest.raises(OutboxBroken, match="nothing in it can be read") as caught:
            opened(directory)
        said = str(caught.value)
        assert str(directory / "outbox.db") in said
        assert "move it away to start with an empty outbox" in said
        assert (directory / "outbox.db").read_bytes() == content
    (directory / "outbox.db").unlink()
    assert opened(directory).notices == ()
    assert pending(directory) == {}


def test_first_start_that_was_cut_short_is_no_damage(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir(mode=0o700)
    for name in ("outbox.db", "cache.db"):
        (directory / name).touch(0o600)
    assert opened(directory).notices == ()


def test_outbox_is_not_replaced_while_another_process_leads(directory: Path) -> None:
    damaged = scribble(directory, [0], random.Random(1))
    lock = LeaderLock(directory)
    assert lock.acquire()
    with pytest.raises(OutboxBroken, match="quit that first"):
        opened(directory)
    assert (directory / "outbox.db").read_bytes() == damaged
    lock.release()
    assert len(opened(directory).notices) == 1


def test_salvage_that_was_cut_short_is_done_again(directory: Path) -> None:
    before = pending(directory)
    scribble(directory, [0], random.Random(1))
    (directory / "salvage" / "new").mkdir(parents=True)
    (directory / "salvage" / "new" / OUTBOX.name).write_bytes(b"half of it")
    opened(directory)
    assert pending(directory) == before


def test_interrupted_transaction_is_rolled_back_before_rows_are_saved(directory: Path) -> None:
    before = pending(directory)
    path = directory / "outbox.db"
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("PRAGMA cache_size=1")
    conn.execute("PRAGMA cache_spill=1")
    conn.execute("BEGIN IMMEDIATE")
    conn.execute("UPDATE register SET want = '\"lost\"', checksum = x'00'")
    conn.execute("UPDATE history SET after = '\"lost\"'")
    files = {name: (directory / name).read_bytes() for name in ("outbox.db", "outbox.db-journal")}
    conn.close()
    for name, content in files.items():
        (directory / name).write_bytes(content)
    scribble(directory, [page_of(directory, "me")], random.Random(4))
    (directory / "outbox.db-journal").write_bytes(files["outbox.db-journal"])
    opened(directory)
    assert {place: edit.want for place, edit in pending(directory).items()} == {
        place: edit.want for place, edit in before.items()
    }


def test_triage_that_is_kept_here_only_and_what_was_opened_are_carried_over(directory: Path) -> None:
    with closing(sqlite3.connect(directory / "outbox.db")) as conn, conn:
        conn.execute("""INSERT INTO ledger VALUES ('acme', 'id-1', 'status', '"spam"', 5, 5)""")
        conn.execute("INSERT INTO opened VALUES ('acme', 'id-2', 7)")
    held = [table(directory, name) for name in ("ledger", "opened")]
    scribble(directory, [page_of(directory, "gesture")], random.Random(3))
    assert "damaged" in " ".join(opened(directory).notices)
    assert [table(directory, name) for name in ("ledger", "opened")] == held
    assert all(held)
