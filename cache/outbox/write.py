"""The durable transaction every change of the outbox goes through."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from cache.clock import advance
from cache.errors import NotSaved
from cache.schema import transaction

__all__ = ["durable_write"]


@contextmanager
def durable_write(conn: sqlite3.Connection) -> Iterator[int]:
    """A write that advances the shared clock and gives the new moment.

    When it returns, the change has reached the disk. Raises NotSaved when the disk refuses; then nothing
    of it is kept.
    """
    try:
        with transaction(conn):
            yield advance(conn)
    except sqlite3.Error as exc:
        raise NotSaved(f"NOT SAVED: {_cause(exc)}. Nothing was changed; what you typed is kept.") from exc


def _cause(exc: sqlite3.Error) -> str:
    text = str(exc)
    if "full" in text:
        return "the disk is full"
    if "locked" in text or "busy" in text:
        return "another program holds the outbox"
    if "readonly" in text:
        return "the data directory cannot be written"
    return f"the outbox could not be written ({text})"
