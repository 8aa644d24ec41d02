"""How the delivering side reads a submission and stores what it is answered."""

from collections.abc import Callable

from cache.models import Key
from cache.store.changes import ChangeSet
from cache.store.writer import Writer
from cache.sync.gate import Gate
from cache.sync.pace import Lane
from cache.sync.remote import FetchedSubmission, Writable, is_ledger

__all__ = ["Rows"]


class Rows:
    """The submissions of one source, as the server shows them and as they are cached."""

    def __init__(
        self, remote: Writable, gate: Gate, writer: Writer, *, on_change: Callable[[ChangeSet], None]
    ) -> None:
        self._remote = remote
        self._gate = gate
        self._writer = writer
        self._on_change = on_change

    async def get(self, key: Key) -> FetchedSubmission:
        """Read one submission, ahead of everything that is not an edit. Raises RemoteError."""
        return await self._gate.call(
            Lane.DELIVER, lambda: self._remote.budget, lambda: self._remote.get(key.id)
        )

    def store(self, key: Key, fetched: FetchedSubmission, as_of: int) -> bool:
        """Store what the server showed at a logical moment; True when it differs from what was cached.

        What the local ledger answers is in the cache already, and does not mean that the source was seen.
        """
        if is_ledger(self._remote):
            self._writer.mirror.answered(key, as_of)
            return False
        change = self._writer.apply(key.source, [fetched], as_of)
        self._on_change(change)
        return bool(change.rowids - change.arrived)

    def missing(self, key: Key) -> None:
        """The server has no such submission now."""
        self._on_change(self._writer.presence.set(key.source, key.id, "missing"))

    def tell(self, key: Key) -> None:
        """The edits of a submission stand differently."""
        rowid = self._writer.rowid(key.source, key.id)
        if rowid is not None:
            self._on_change(ChangeSet(frozenset({rowid})))
