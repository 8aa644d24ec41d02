"""Damaged files are set aside, never deleted at once: each with its journals, in a dated directory."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cache.clock import WallClock
from cache.errors import CacheError
from cache.files import private_directory, sync_directory

__all__ = ["CACHE_FILES", "KEPT", "link_aside", "move_aside", "newest"]

CACHE_FILES: Final = ("cache.db", "cache.db-wal", "cache.db-shm")
KEPT: Final = 3
"""How many damaged caches are kept. Damaged outboxes are all kept: they hold what a person wrote."""


def move_aside(directory: Path, *, wall: WallClock) -> Path:
    """Move `cache.db` with its journals into `quarantine/`; returns where they are. Raises CacheError."""
    place = _new_place(directory, "cache", wall)
    for name in CACHE_FILES:
        with contextlib.suppress(FileNotFoundError), _told(directory / name):
            (directory / name).rename(place / name)
    sync_directory(directory)
    for old in sorted(place.parent.glob("*-cache*"))[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)  # one that cannot be removed takes room and nothing else
    return place


def link_aside(directory: Path, names: tuple[str, ...], *, wall: WallClock) -> Path:
    """Keep files of the outbox under a second name in `quarantine/`; the first stays. Raises CacheError."""
    place = _new_place(directory, "outbox", wall)
    for name in names:
        if (directory / name).exists():
            with _told(directory / name):
                _link(directory / name, place / name)
    sync_directory(place)
    return place


def newest(directory: Path) -> Path | None:
    """What was set aside last, None when nothing ever was."""
    found = sorted((directory / "quarantine").glob("*-*"))
    return found[-1] if found else None


def _link(path: Path, other: Path) -> None:
    try:
        os.link(path, other)  # what another process still writes into the old file is kept with it
    except OSError:
        shutil.copyfile(path, other)
        other.chmod(0o600)


def _new_place(directory: Path, what: str, wall: WallClock) -> Path:
    root = private_directory(directory / "quarantine")
    name = f"{datetime.fromtimestamp(wall(), UTC):%Y-%m-%dT%H-%M-%SZ}-{what}"
    number = 1
    while True:
        place = root / (name if number == 1 else f"{name}-{number}")
        if not place.exists():
            return private_directory(place)
        number += 1


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as exc:
        raise CacheError(f"{path} is damaged and cannot be set aside: {exc.strerror}.") from exc
