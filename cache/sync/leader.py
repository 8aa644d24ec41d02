"""One process at a time talks to the sources: the holder of a lock the kernel releases on death."""

import contextlib
import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cache.files import private_directory, private_file

__all__ = ["LOCK_NAME", "Leader", "LeaderLock"]

LOCK_NAME: Final = "leader.lock"


@dataclass(frozen=True, slots=True)
class Leader:
    """Who leads."""

    pid: int | None

    def __str__(self) -> str:
        """As part of a sentence."""
        return f"process {self.pid}" if self.pid is not None else "another process"


class LeaderLock:
    """An advisory lock on a file in the data directory."""

    def __init__(self, directory: Path) -> None:
        private_directory(directory)
        self._path = private_file(directory / LOCK_NAME)
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """True while this process leads."""
        return self._descriptor is not None

    def acquire(self) -> bool:
        """Take the lead if nobody has it; never waits."""
        if self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor
        return True

    def leader(self) -> Leader:
        """Who holds the lock, as far as it says."""
        with contextlib.suppress(OSError, ValueError):
            return Leader(int(self._path.read_text(encoding="ascii").strip()))
        return Leader(None)

    def release(self) -> None:
        """Give the lead away."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
