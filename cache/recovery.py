"""Opening both files, whatever happened to them: a damaged cache is set aside, a damaged outbox salvaged.

Other processes may have the files open. Only the holder of the leader lock replaces one; everybody else asks
it to, through the outbox, and opens the files anew when they are no longer those it has open.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cache.clock import WallClock
from cache.errors import CacheBroken, CacheError, OutboxBroken, is_damage
from cache.outbox.requests import RequestTable
from cache.quarantine import move_aside
from cache.schema import CACHE, OUTBOX, open_database, transaction

if TYPE_CHECKING:
    from cache.sync.leader import LeaderLock

__all__ = [
    "REBUILD",
    "OpenFiles",
    "ask_rebuild",
    "diagnose",
    "file_ids",
    "open_cache",
    "open_files",
]

REBUILD: Final = "rebuild"
"""The kind of request that names a cache file that cannot be read."""


@dataclass(frozen=True, slots=True)
class OpenFiles:
    """Both files of a data directory, opened for one thread."""

    cache: sqlite3.Connection
    outbox: sqlite3.Connection
    ids: tuple[int, ...]
    """Which files these are; see `file_ids`."""
    notices: tuple[str, ...] = ()
    """What was mended on the way, a sentence each."""
    lost: bool = False
    """True when not everything of a damaged outbox could be read."""


def file_ids(directory: Path) -> tuple[int, ...]:
    """What changes when another file takes the place of one of the two; 0 for one that is not there."""
    return tuple(_id(directory / kind.name) for kind in (CACHE, OUTBOX))


def _id(path: Path) -> int:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0


def open_files(directory: Path, *, wall: WallClock) -> OpenFiles:
    """Open both files and mend what can be mended. Raises CacheError with a sentence when it cannot be."""
    outbox, notices, lost = _open_outbox(directory, wall)
    try:
        cache, notice = open_cache(directory, outbox, wall=wall)
    except BaseException:
        outbox.close()
        raise
    if notice is not None:
        notices.append(notice)
    return OpenFiles(cache, outbox, file_ids(directory), tuple(notices), lost)


# The cache


def open_cache(
    directory: Path, outbox: sqlite3.Connection, *, wall: WallClock, lock: "LeaderLock | None" = None
) -> tuple[sqlite3.Connection, str | None]:
    """Open the cache; a damaged one is set aside first. Returns a sentence about that.

    `lock` is that of a process that leads. Raises CacheBroken when the file is damaged and another process
    leads: that one is asked to set it aside.
    """
    try:
        conn = open_database(directory, CACHE)
    except CacheBroken as error:
        with _lead(directory, lock) as leads:
            if leads:
                return _open_anew(directory, outbox, wall)
        ask_rebuild(directory, outbox, wall=wall)
        raise CacheBroken(
            f"{_sentence(error)} {_leader(directory)} is asked to read it anew: try again in a moment."
            " Your edits are safe."
        ) from error
    if not _rebuild_wanted(directory, outbox):
        return conn, None
    with _lead(directory, lock) as leads:
        if not leads:
            return conn, None  # the leader was asked and does it while it runs
        conn.close()
        return _open_anew(directory, outbox, wall)


def _open_anew(
    directory: Path, outbox: sqlite3.Connection, wall: WallClock
) -> tuple[sqlite3.Connection, str | None]:
    if not _rebuild_wanted(directory, outbox):
        with suppress(CacheBroken):  # another process may have mended it before this one led
            return open_database(directory, CACHE), None
    place = move_aside(directory, wall=wall)
    with suppress(sqlite3.Error), transaction(outbox):
        outbox.execute(
            "UPDATE request SET done_at = ? WHERE kind = ? AND done_at IS NULL", (int(wall()), REBUILD)
        )
    said = (
        "The local copy was damaged; your edits are safe. It is read again from the sources."
        f" The damaged file is in {place}."
    )
    return open_database(directory, CACHE), said


def ask_rebuild(directory: Path, outbox: sqlite3.Connection, *, wall: WallClock) -> None:
    """Ask whoever leads now or next to set aside the cache that is there now. Raises sqlite3.Error."""
    if not _rebuild_wanted(directory, outbox):
        RequestTable(outbox, wall=wall).ask(REBUILD, {"file": _id(directory / CACHE.name)})


def _rebuild_wanted(directory: Path, outbox: sqlite3.Connection) -> bool:
    rows = outbox.execute(
        "SELECT payload FROM request WHERE kind = ? AND done_at IS NULL", (REBUILD,)
    ).fetchall()
    there = _id(directory / CACHE.name)
    return any(json.loads(row[0]).get("file") == there for row in rows)


def diagnose(
    directory: Path, outbox: sqlite3.Connection, error: BaseException, *, wall: WallClock
) -> CacheError:
    """Which file a failure speaks of, as a sentence; for the cache, the leader is asked to set it aside."""
    try:
        _check(outbox)
        ask_rebuild(directory, outbox, wall=wall)
    except sqlite3.Error as exc:
        if is_damage(exc):
            return OutboxBroken(
                "The outbox is damaged: nothing more is saved in it. Quit and start again; every edit that"
                " can be read is saved then."
            )
    cause = str(error).rstrip(".")
    return CacheBroken(
        "The local copy is damaged; your edits are safe. It is read again now, or at the next start"
        f" ({cause})."
    )


# The outbox


def _open_outbox(directory: Path, wall: WallClock) -> tuple[sqlite3.Connection, list[str], bool]:
    try:
        return _checked_outbox(directory), [], False
    except OutboxBroken as error:
        with _lead(directory) as leads:
            if leads:
                return _salvaged(directory, wall)
        raise OutboxBroken(
            f"{_sentence(error)} {_leader(directory)} has it open: quit that first, then start again."
            " Every edit that can be read is saved then."
        ) from error


def _salvaged(directory: Path, wall: WallClock) -> tuple[sqlite3.Connection, list[str], bool]:
    from cache.salvage import salvage  # needed hardly ever

    with suppress(OutboxBroken):  # another process may have done it before this one led
        return _checked_outbox(directory), [], False
    done = salvage(directory, wall=wall)
    return _checked_outbox(directory), [str(done)], not done.complete


def _checked_outbox(directory: Path) -> sqlite3.Connection:
    path = directory / OUTBOX.name
    if path.exists() and not path.stat().st_size and _was_used(directory):
        raise OutboxBroken(f"{path} is damaged: it is empty.")
    conn = open_database(directory, OUTBOX)
    try:
        _check(conn)
    except sqlite3.Error as exc:
        conn.close()
        if is_damage(exc):
            raise OutboxBroken(f"{path} is damaged: {exc}.") from exc
        raise CacheError(f"{path} cannot be read: {exc}.") from exc
    return conn


def _check(outbox: sqlite3.Connection) -> None:
    """Raises sqlite3.DatabaseError when the structure of the file is damaged."""
    found = outbox.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(f"malformed: {str(found).splitlines()[-1]}")


def _was_used(directory: Path) -> bool:
    """Whether the cache knows an account: then an outbox without a single table has lost what it held."""
    if not _id(directory / CACHE.name):
        return False
    with suppress(CacheError, sqlite3.Error), closing(open_database(directory, CACHE)) as conn:
        return conn.execute("SELECT 1 FROM source WHERE account_id IS NOT NULL").fetchone() is not None
    return False


@contextmanager
def _lead(directory: Path, lock: "LeaderLock | None" = None) -> Iterator[bool]:
    """Lead for a moment, or as long as `lock` does; False when another process leads."""
    from cache.sync.leader import LeaderLock

    if lock is not None and lock.held:
        yield True
        return
    own = LeaderLock(directory)
    try:
        yield own.acquire()
    finally:
        own.release()


def _leader(directory: Path) -> str:
    from cache.sync.leader import LeaderLock

    return str(LeaderLock(directory).leader()).capitalize()


def _sentence(error: BaseException) -> str:
    return str(error).rstrip(".") + "."
