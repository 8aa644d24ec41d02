"""A damaged cache is set aside and read anew; no edit is lost by it (invariant 25)."""

import os
import random
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cache.errors import CacheBroken
from cache.models import Key
from cache.outbox import Outbox
from cache.quarantine import KEPT, move_aside
from cache.recovery import OpenFiles, ask_rebuild, diagnose, file_ids, open_files
from cache.store import Writer
from cache.sync.leader import LeaderLock
from tests.cache.making import LocalCopy, Wall, fetched

WANTS = {("a", "status"): "spam", ("a", "notes"): "mine", ("b", "priority"): "high"}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A data directory with forty submissions and three edits."""
    place = tmp_path / "data"
    with LocalCopy(place) as local:
        local.show(fetched("a"), fetched("b"), *(fetched(f"id-{n}", notes="n" * 900) for n in range(38)))
        local.edit("a", status="spam", notes="mine")
        local.edit("b", priority="high")
    return place


def opened(directory: Path, wall: Wall | None = None) -> OpenFiles:
    return open_files(directory, wall=wall or Wall())


def close(files: OpenFiles) -> None:
    files.cache.close()
    files.outbox.close()


def wants(files: OpenFiles) -> dict[tuple[str, str], object]:
    return {(edit.key.id, edit.field): edit.want for edit in Outbox(files.outbox, wall=Wall()).pending()}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def scribble_all(path: Path) -> None:
    path.write_bytes(random.Random(3).randbytes(20_000))


def scribble_head(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[:100] = b"x" * 100
    path.write_bytes(content)


def scribble_mark(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[68:72] = b"\1\2\3\4"
    path.write_bytes(content)


DAMAGE: dict[str, Callable[[Path], None]] = {
    "scribbled over": scribble_all,
    "head lost": scribble_head,
    "another mark": lambda path: path.write_bytes(
        path.read_bytes()[:68] + b"\1\2\3\4" + path.read_bytes()[72:]
    ),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damaged_cache_is_set_aside_told_and_made_anew(
    directory: Path, damage: Callable[[Path], None]
) -> None:
    damage(directory / "cache.db")
    broken = (directory / "cache.db").read_bytes()
    files = opened(directory)
    with closing(files.cache), closing(files.outbox):
        (notice,) = files.notices
        for words in ("was damaged", "read again", "edits are safe", "quarantine"):
            assert words in notice
        assert not files.lost
        assert wants(files) == WANTS
        assert files.cache.execute("SELECT count(*) FROM submission").fetchone() == (0,)
    (place,) = (directory / "quarantine").iterdir()
    assert (place / "cache.db").read_bytes() == broken
    assert mode(directory / "quarantine") == mode(place) == 0o700
    with LocalCopy(directory) as local:
        local.show(fetched("a"))
        assert local.seen("a").status == "spam"
        assert local.seen("a").notes == "mine"
        assert local.wants() == WANTS


def test_journals_are_set_aside_with_their_file(tmp_path: Path) -> None:
    for name in ("cache.db", "cache.db-wal", "cache.db-shm", "outbox.db"):
        (tmp_path / name).write_text(name)
    place = move_aside(tmp_path, wall=Wall())
    assert {path.name: path.read_text() for path in place.iterdir()} == {
        name: name for name in ("cache.db", "cache.db-wal", "cache.db-shm")
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outbox.db", "quarantine"]


def test_quarantine_overwrites_nothing_and_keeps_the_newest(directory: Path) -> None:
    wall = Wall()
    for turn in range(KEPT + 2):
        (directory / "cache.db").write_bytes(b"damaged %d" % turn * 999)
        close(opened(directory, wall))
        wall.at += 60 * (turn % 2)
    found = sorted((directory / "quarantine").glob("*/cache.db"))
    assert [path.read_bytes()[:9] for path in found] == [b"damaged %d" % turn for turn in range(2, KEPT + 2)]


def test_other_process_that_leads_is_asked_and_nothing_is_moved(directory: Path) -> None:
    scribble_all(directory / "cache.db")
    before = (directory / "cache.db").read_bytes()
    lock = LeaderLock(directory)
    assert lock.acquire()
    for _ in range(2):
        with pytest.raises(CacheBroken, match=f"Process {os.getpid()} is asked") as caught:
            opened(directory)
    assert "try again in a moment" in str(caught.value)
    assert (directory / "cache.db").read_bytes() == before
    with closing(sqlite3.connect(directory / "outbox.db")) as conn:
        assert conn.execute("SELECT count(*) FROM request WHERE kind = 'rebuild'").fetchone() == (1,)
    lock.release()
    files = opened(directory)
    assert wants(files) == WANTS
    close(files)


def test_damage_found_while_reading_is_mended_at_the_next_start(directory: Path) -> None:
    files = opened(directory)
    error = sqlite3.DatabaseError("database disk image is malformed")
    said = diagnose(directory, files.outbox, error, wall=Wall())
    assert isinstance(said, CacheBroken)
    assert "edits are safe" in str(said)
    close(files)
    again = opened(directory)
    assert len(again.notices) == 1
    assert wants(again) == WANTS
    assert again.ids != files.ids
    close(again)
    third = opened(directory)
    assert third.notices == ()
    assert third.ids == again.ids == file_ids(directory)
    close(third)


def test_request_about_a_file_that_was_replaced_already_moves_nothing(directory: Path) -> None:
    files = opened(directory)
    ask_rebuild(directory, files.outbox, wall=Wall())
    close(files)
    (directory / "cache.db").rename(directory / "old")
    with LocalCopy(directory) as local:
        local.show(fetched("a"))
    again = opened(directory)
    assert again.notices == ()
    close(again)


def test_submission_whose_text_was_changed_on_the_disk_is_not_shown(directory: Path) -> None:
    with LocalCopy(directory) as local:
        local.falsify("a", "forty", "fifty")
        with pytest.raises(CacheBroken, match="not what was stored"):
            local.reader.detail(Key("acme", "a"))


@pytest.mark.parametrize("seed", range(12))
def test_no_edit_is_lost_however_the_cache_is_damaged(directory: Path, seed: int) -> None:
    """Invariant 25: bytes scribbled, pages cut off, files deleted, at any time; edits go on being made."""
    rng = random.Random(seed)
    expected: dict[tuple[str, str], object] = dict(WANTS)
    for turn in range(6):
        path = directory / rng.choice(["cache.db", "cache.db", "cache.db-wal", "cache.db-shm"])
        if path.exists():
            kind = rng.randrange(3)
            if kind == 0:
                path.unlink()
            elif kind == 1:
                os.truncate(path, rng.randrange(path.stat().st_size + 1))
            else:
                content = bytearray(path.read_bytes())
                for _ in range(rng.randrange(1, 60)):
                    place = rng.randrange(len(content)) if content else 0
                    if not 60 <= place < 64:  # the schema version: a newer one is refused, not mended
                        content[place : place + 8] = rng.randbytes(8)
                content[60:64] = (path.read_bytes() + bytes(64))[60:64]
                path.write_bytes(content)
        files = opened(directory)
        assert wants(files) == expected
        writer = Writer(files.cache, wall=Wall())
        try:
            writer.sources.ensure("acme", "plain")
            writer.apply("acme", [fetched("a"), fetched("b")], 10 + turn)
        except sqlite3.DatabaseError as error:
            diagnose(directory, files.outbox, error, wall=Wall())
        with closing(files.outbox):
            files.cache.close()
            outbox = Outbox(files.outbox, wall=Wall())
            outbox.set_me("acme", f"u{turn}")
            assert outbox.me() == {"acme": f"u{turn}"}
    files = opened(directory)
    assert wants(files) == expected
    close(files)
