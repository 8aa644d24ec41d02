"""Files that a command writes for a person: private, whole or not there at all."""

import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cache.files import sync_directory
from cache.text import one_line
from inbox_tui.outcome import Failure

__all__ = ["output_file", "standard_output"]


@contextlib.contextmanager
def output_file(path: Path, *, force: bool) -> Iterator[BinaryIO]:
    """A file that takes its name only once everything is in it; mode 0600.

    Raises Failure when something has that name already, unless `force` is given and it is a plain file, and
    when the disk refuses.
    """
    shown = one_line(str(path), 200)
    try:
        _refuse_taken(path, shown, force=force)
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", suffix=".part", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb", buffering=1 << 20) as file:
                os.fchmod(file.fileno(), 0o600)
                yield file
                file.flush()
                os.fsync(file.fileno())
            _refuse_taken(path, shown, force=force)  # somebody may have made it meanwhile
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        sync_directory(path.parent)
    except OSError as error:
        raise Failure(f"{shown} cannot be written: {error.strerror or type(error).__name__}.") from error


@contextlib.contextmanager
def standard_output() -> Iterator[BinaryIO]:
    """Standard output, as bytes."""
    stream = sys.stdout.buffer
    yield stream
    stream.flush()


def _refuse_taken(path: Path, shown: str, *, force: bool) -> None:
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(kind):
        raise Failure(f"{shown} is not a plain file; nothing was written.")
    if not force:
        raise Failure(f"{shown} is there already; --force replaces it.")
