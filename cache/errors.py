"""What can go wrong with the local files, each as one sentence for a person."""

import sqlite3
from typing import Final

__all__ = [
    "NOT_AS_STORED",
    "CacheBroken",
    "CacheError",
    "DamagedFile",
    "ForeignFile",
    "Interrupted",
    "NewerFile",
    "NotSaved",
    "OutboxBroken",
    "UnsafeFile",
    "is_damage",
]


class CacheError(Exception):
    """The local copy cannot do what was asked.

    CacheError
    +-- UnsafeFile        a directory or file is not private to this person
    +-- NewerFile         written by a newer version of inbox-tui
    +-- ForeignFile       an SQLite file of another program
    +-- DamagedFile       a file cannot be read as a database
    |   +-- CacheBroken   the cache: it can be set aside and read anew
    |   +-- OutboxBroken  the outbox: what can be read of it has to be saved first
    +-- NotSaved          an edit did not reach the disk
    +-- Interrupted       a read was called off, because something else is wanted by now
    """


class UnsafeFile(CacheError):
    """A directory or file is a symbolic link, somebody else's, or writable by others."""


class NewerFile(CacheError):
    """The file was written by a newer version; it was left as it is."""


class ForeignFile(CacheError):
    """The file belongs to another program; it was left as it is."""


class DamagedFile(CacheError):
    """The file is not a database that can be read."""


class CacheBroken(DamagedFile):
    """`cache.db` is damaged. It holds nothing that a sync does not bring back."""


NOT_AS_STORED: Final = "The local copy is damaged: a submission is not what was stored."
"""Said of the cache where a row of it cannot be read."""


class OutboxBroken(DamagedFile):
    """`outbox.db` is damaged."""


class NotSaved(CacheError):
    """The disk refused an edit: nothing of it was kept."""


class Interrupted(CacheError):
    """A read was called off while it ran; the next one is not concerned."""


_DAMAGE: Final = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT))
_SHORT_READS: Final = frozenset((sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_CORRUPTFS))
_OTHER_SCHEMA: Final = (
    "malformed",
    "no such table",
    "no such column",
    "unsupported file format",
    "not decode",
)


def is_damage(error: BaseException) -> bool:
    """Whether an error means that a file is damaged, not that it is busy, full or out of reach."""
    if isinstance(error, DamagedFile | UnicodeDecodeError):
        return True
    if not isinstance(error, sqlite3.DatabaseError):
        return False
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and (code & 0xFF in _DAMAGE or code in _SHORT_READS):
        return True
    return (code is None or code == sqlite3.SQLITE_ERROR) and any(
        words in str(error) for words in _OTHER_SCHEMA
    )
