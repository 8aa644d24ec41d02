"""Private directories and files: 0700 and 0600 whatever the umask, never followed through a link."""

import contextlib
import os
import stat
from pathlib import Path

from cache.errors import CacheError, UnsafeFile

__all__ = ["private_directory", "private_file", "sync_directory"]


def private_directory(path: Path) -> Path:
    """Make `path` a directory only this person can enter, or check that it is one.

    Raises UnsafeFile when it belongs to somebody else or others can write to it, CacheError when it
    cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _make(path)
    except OSError as exc:
        raise CacheError(f"The data directory {path} cannot be made: {exc.strerror}.") from exc
    info = path.stat()
    if info.st_uid != os.geteuid():
        raise UnsafeFile(f"The data directory {path} belongs to another user; inbox-tui will not use it.")
    if stat.S_IMODE(info.st_mode) & 0o022:
        raise UnsafeFile(f"Others can write to the data directory {path}. Run: chmod 700 {path}")
    if stat.S_IMODE(info.st_mode) & 0o077:
        path.chmod(0o700)
    return path


def _make(path: Path) -> None:
    """Make a directory with mode 0700 even where the umask would take our own rights."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        if not path.is_dir():
            raise
    else:
        path.chmod(0o700)
        sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Have the disk keep the names in a directory: those made, moved and removed in it so far.

    A directory that we may not read, or a file system that knows no such thing, is left to the kernel.
    """
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def private_file(path: Path) -> Path:
    """Create `path` empty with mode 0600 if it is missing, or check that it is a plain file of ours.

    An existing file is never opened here: closing any descriptor of a database file would drop the locks
    SQLite holds on it in this process.

    Raises UnsafeFile when it is a symbolic link, no regular file, or somebody else's, and CacheError when
    it cannot be made.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        pass
    except OSError as exc:
        raise CacheError(f"{path} cannot be made: {exc.strerror}.") from exc
    info = path.lstat()
    if stat.S_ISLNK(info.st_mode):
        raise UnsafeFile(f"{path} is a symbolic link; inbox-tui will not write through it.")
    if not stat.S_ISREG(info.st_mode):
        raise UnsafeFile(f"{path} is not a regular file; inbox-tui will not use it.")
    if info.st_uid != os.geteuid():
        raise UnsafeFile(f"{path} belongs to another user; inbox-tui will not use it.")
    if stat.S_IMODE(info.st_mode) != 0o600:
        path.chmod(0o600)
    return path
