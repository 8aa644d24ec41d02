"""Takes the submissions of a pack into the local copy, as knowledge that is older than any server's answer.

A submission that a server has shown here stays as it was shown. Of two packs the one that saw a submission
later counts. Triage that is kept on this machine is replaced only by what was set later than here.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Final

from cache.clock import WallClock
from cache.models import Decoder, Key, TriageField
from cache.outbox.ledger import Kept, Ledger, with_kept
from cache.outbox.registers import same_value
from cache.outbox.write import durable_write
from cache.schema import transaction
from cache.store.changes import ChangeSet
from cache.store.derive import Derived
from cache.store.writer import Writer
from cache.sync.remote import FetchedSubmission
from inbox_tui.packs import BadRow, PackRow

__all__ = ["Importer", "Tally", "Target"]

_BATCH: Final = 2_000
"""Submissions in one transaction."""
_BATCH_TEXT: Final = 8 * 1024 * 1024
"""Characters of JSON after which a transaction holds no more, however few submissions they are."""
_BEFORE_ANY_SERVER: Final = 1 << 40
"""Taken from the seconds at which a submission was seen it gives a logical moment before every server's."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where the submissions of one source of a pack go."""

    source: str
    """The name of the source here."""
    decoder: Decoder
    keeps_triage: bool
    """Whether triage is kept on this machine, the provider having no place for it."""


@dataclass(slots=True)
class Tally:
    """What became of a pack; only what is stored counts as read."""

    read: int = 0
    new: int = 0
    changed: int = 0
    triaged: int = 0
    """Submissions whose triage on this machine was set."""
    unreadable: int = 0
    first_unreadable: BadRow | None = None

    @property
    def kept(self) -> int:
        """Submissions that stayed as they were: the local copy has them as the pack does, or newer."""
        return self.read - self.new - self.changed

    def leave_out(self, row: BadRow) -> None:
        """Count a line that could not be read."""
        self.unreadable += 1
        self.first_unreadable = self.first_unreadable or row


@dataclass(frozen=True, slots=True)
class _Item:
    fetched: FetchedSubmission
    row: PackRow
    target: Target


@dataclass(slots=True)
class _Batch:
    items: list[_Item] = field(default_factory=list)
    prepared: dict[str, dict[str, Derived]] = field(default_factory=dict)
    """By source what the writer would compute otherwise."""


class _Moment:
    """A clock that shows what it was set to: things are stored with the time at which they happened."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Importer:
    """Stores packs through the one writer; whoever uses it leads.

    The next submissions are read while those before are stored on a thread of their own.
    """

    def __init__(
        self,
        cache: sqlite3.Connection,
        outbox: sqlite3.Connection,
        *,
        edited: Iterable[tuple[Key, TriageField]],
        summaries: Mapping[str, Sequence[str]],
        wall: WallClock,
    ) -> None:
        """`edited` are the fields with an edit that has not settled: the person's word stands."""
        self._cache = cache
        self._outbox = outbox
        self._edited = frozenset(edited)
        self._seen_at, self._set_at = _Moment(), _Moment()
        self._wall = wall
        self.writer = Writer(cache, wall=self._seen_at, summaries=summaries)
        self._ledger = Ledger(outbox, wall=self._set_at)
        self.tally = Tally()

    def run(self, rows: Iterable[PackRow | BadRow], targets: Mapping[str, Target]) -> None:
        """Store every row of the sources in `targets`; others are passed over.

        However it ends, `tally` counts what is stored then. Raises CacheError and sqlite3.Error.
        """
        storing: Future[None] | None = None
        with ThreadPoolExecutor(1, "import") as thread:
            try:
                for batch in self._batches(rows, targets):
                    if storing is not None:
                        storing.result()
                    storing = thread.submit(self._store, batch)
            finally:
                if storing is not None:
                    storing.result()

    def _batches(self, rows: Iterable[PackRow | BadRow], targets: Mapping[str, Target]) -> Iterator[_Batch]:
        items: list[_Item] = []
        size = 0
        for row in rows:
            if isinstance(row, BadRow):
                self.tally.leave_out(row)
                continue
            target = targets.get(row.source)
            if target is None:
                continue
            try:
                submission = target.decoder(row.value, target.source)
            except ValueError as error:
                self.tally.leave_out(BadRow(row.line, getattr(error, "reason", "not understood")))
                continue
            items.append(_Item(FetchedSubmission(submission, row.raw), row, target))
            size += len(row.raw)
            if len(items) >= _BATCH or size >= _BATCH_TEXT:
                yield self._prepared(items)
                items, size = [], 0
        if items:
            yield self._prepared(items)

    def _prepared(self, items: list[_Item]) -> _Batch:
        batch = _Batch(items)
        for source in {item.target.source for item in items}:
            batch.prepared[source] = self.writer.prepare(
                item.fetched for item in items if item.target.source == source
            )
        return batch

    def _store(self, batch: _Batch) -> None:
        set_here = self._keep(batch.items)
        items = self._laid_over(batch.items)
        groups: dict[tuple[str, int], list[FetchedSubmission]] = {}
        for item, fetched in zip(batch.items, items, strict=True):
            groups.setdefault((item.target.source, item.row.seen_at), []).append(fetched)
        change = ChangeSet()
        alone = len(groups) == 1 and not set_here  # then the writer's own transaction is enough
        with self.writer.lock, nullcontext() if alone else transaction(self._cache):
            for (source, seen_at), group in sorted(groups.items(), key=lambda each: each[0]):
                self._seen_at.now = seen_at
                as_of = seen_at - _BEFORE_ANY_SERVER
                change |= self.writer.apply(source, group, as_of, prepared=batch.prepared[source])
            self._show(set_here)
        self.tally.read += len(batch.items)
        self.tally.new += len(change.arrived)
        self.tally.changed += len(change.rowids - change.arrived)
        self.tally.triaged += len(set_here)

    # Triage that is kept here

    def _keep(self, items: Sequence[_Item]) -> dict[Key, Decoder]:
        """Put into the ledger what was set later than what it has; gives the submissions that concerns."""
        told = {
            item.fetched.submission.key: item
            for item in items
            if item.row.triage and item.target.keeps_triage
        }
        if not told:
            return {}
        set_here: dict[Key, Decoder] = {}
        with durable_write(self._outbox):
            held = self._held(told)
            for key, item in told.items():
                known = {each.field: each for each in held.get(key, ())}
                for kept in item.row.triage:
                    if self._counts(key, kept, known.get(kept.field)):
                        self._set_at.now = min(kept.at, self._wall())  # another machine's clock may be ahead
                        self._ledger.put(key, {kept.field: kept.value})
                        set_here[key] = item.target.decoder
        return set_here

    def _counts(self, key: Key, kept: Kept, held: Kept | None) -> bool:
        if (key, kept.field) in self._edited:
            return False
        return held is None or (held.at < kept.at and not same_value(kept.field, held.value, kept.value))

    def _laid_over(self, items: Sequence[_Item]) -> list[FetchedSubmission]:
        """The submissions with what the ledger keeps of them."""
        held = self._held([item.fetched.submission.key for item in items if item.target.keeps_triage])
        if not held:
            return [item.fetched for item in items]
        return [
            FetchedSubmission(
                with_kept(item.fetched.submission, held.get(item.fetched.submission.key, ())), item.row.raw
            )
            for item in items
        ]

    def _show(self, set_here: Mapping[Key, Decoder]) -> None:
        """Let submissions that stayed as a server showed them have the triage that came with the pack."""
        held = self._held(set_here)
        for key, decoder in set_here.items():
            shown = self.writer.mirror.submission(*key, decoder)
            if shown is not None:
                self.writer.mirror.show(with_kept(shown[0], held.get(key, ())))

    def _held(self, keys: Iterable[Key]) -> dict[Key, tuple[Kept, ...]]:
        ids: dict[str, list[str]] = {}
        for key in keys:
            ids.setdefault(key.source, []).append(key.id)
        return {
            Key(source, each): kept
            for source, some in ids.items()
            for each, kept in self._ledger.of(source, some).items()
        }
