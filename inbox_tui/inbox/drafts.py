"""Notes that were begun and not saved: kept in private files, so that they outlive the program."""

import contextlib
import hashlib
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Literal, TypeAlias

from cache.errors import CacheError
from cache.files import private_directory, sync_directory
from cache.models import Key
from inbox_tui.store_thread import StoreThread

__all__ = ["DraftKind", "Drafts", "draft_name", "read_drafts", "remove_draft", "write_draft"]

DraftKind: TypeAlias = Literal["line", "whole"]
"""A line for the notes, or the notes as a whole: never taken for each other."""

_NAME: Final = re.compile(r"(line|whole)-[0-9a-f]{32}\.txt")


def draft_name(kind: DraftKind, key: Key) -> str:
    """The file of a draft. It tells nobody which submission it belongs to."""
    digest = hashlib.sha256("\0".join(map(repr, key)).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{kind}-{digest[:32]}.txt"


def write_draft(directory: Path, name: str, text: str) -> None:
    """Write a draft; it is on the disk, whole, when this returns. Raises CacheError."""
    try:
        private_directory(directory)
        new = directory / f"{name}.new"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(new, flags, 0o600), "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(text.encode("utf-8", "surrogatepass"))
            file.flush()
            os.fsync(file.fileno())
        new.replace(directory / name)
        sync_directory(directory)
    except OSError as exc:
        raise CacheError(f"the draft cannot be written ({exc.strerror})") from exc
    except CacheError as exc:
        raise CacheError(f"the draft cannot be written ({str(exc).rstrip('.')})") from exc


def remove_draft(directory: Path, name: str) -> None:
    """Forget a draft; there may be none. Raises CacheError."""
    try:
        for path in (directory / name, directory / f"{name}.new"):
            path.unlink(missing_ok=True)
    except NotADirectoryError:
        return
    except OSError as exc:
        raise CacheError(f"the old draft cannot be removed ({exc.strerror})") from exc


def read_drafts(directory: Path) -> dict[str, str]:
    """Every draft there is, by the name of its file; what cannot be read is no draft."""
    found: dict[str, str] = {}
    with contextlib.suppress(OSError):
        for path in directory.iterdir():
            if _NAME.fullmatch(path.name) and (text := _read(path)):
                found[path.name] = text
    return found


def _read(path: Path) -> str | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            return file.read().decode("utf-8", "surrogatepass")
    except (OSError, UnicodeDecodeError):
        return None


class Drafts:
    """The drafts in memory, and on the disk a moment later. The files belong to the store thread."""

    def __init__(self, store: StoreThread, directory: Path) -> None:
        self._store = store
        self._directory = directory
        self._texts: dict[str, str] = {}
        self._is_read = False

    @property
    def texts(self) -> Mapping[str, str]:
        """What is kept, by the name of its file."""
        return self._texts

    def read(self, then: Callable[[], None]) -> None:
        """Call `then` when it is known what was kept before: at once, but for the first time."""
        if self._is_read:
            then()
            return

        def known(found: dict[str, str]) -> None:
            if not self._is_read:
                self._is_read, self._texts = True, found
            then()

        self._store.submit(lambda _: read_drafts(self._directory), known)

    def get(self, kind: DraftKind, key: Key) -> str | None:
        """The draft of a submission."""
        return self._texts.get(draft_name(kind, key))

    def keep(
        self,
        kind: DraftKind,
        key: Key,
        text: str,
        *,
        then: Callable[[], None] = lambda: None,
        failed: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Keep a text, an empty one not at all. `then` is called when it is on the disk, else `failed`."""
        name, directory = draft_name(kind, key), self._directory
        if text:
            self._texts[name] = text
        else:
            self._texts.pop(name, None)

        def write(_: object) -> None:
            if text:
                write_draft(directory, name, text)
            else:
                remove_draft(directory, name)

        # Of several texts in a row only the newest has to reach the disk.
        self._store.submit(
            write, lambda _: then(), otherwise=lambda error: failed(str(error)), slot=f"draft {name}"
        )

    def drop(self, kind: DraftKind, key: Key) -> None:
        """Forget a draft: it was saved, or emptied."""
        self.keep(kind, key, "")
