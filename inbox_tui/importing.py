"""Takes the submissions of a pack into the local copy, as knowledge that is older than any server's answer.

A submission that a server has shown here stays as it was shown. Of two packs the one that saw a submission
later counts. Triage that is kept on this machine is replaced only by what was set later than here.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Final, NamedTuple

from cache.clock import WallClock
from cache.models import Decoder, Key, TriageField
from cache.outbox.ledger import Kept, Ledger, with_kept
from cache.outbox.registers import same_value
from cache.outbox.write import durable_write
from cache.schema import transaction
from cache.store.elsewhere import Texts, Unreadable
from cache.store.load import BATCH, Loader
from cache.store.raw import encoded
from cache.store.ready import Ready
from inbox_tui.packs import BadRow, PackRow

__all__ = ["Importer", "Tally", "Target"]

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
        if self.first_unreadable is None or row.line < self.first_unreadable.line:
            self.first_unreadable = row


class _Told(NamedTuple):
    """What a pack says of a submission beside its JSON."""

    line: int
    seen_at: int
    triage: tuple[Kept, ...]


@dataclass(slots=True)
class _Batch:
    """Rows of several sources, in the order in which the loader is given them."""

    targets: list[Target]
    told: list[list[_Told]]
    """For each target what goes with its texts."""


class _Item(NamedTuple):
    ready: Ready
    told: _Told
    target: Target

    @property
    def key(self) -> Key:
        return Key(self.ready.source, self.ready.id)


class _Moment:
    """A clock that shows what it was set to: things are stored with the time at which they happened."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Importer:
    """Stores packs through the one writer; whoever uses it leads.

    The next submissions are read in another process while those before are stored.
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
        self._set_at = _Moment()
        self._wall = wall
        self._loader: Loader[_Batch] = Loader(cache, wall=wall, summaries=summaries)
        self.writer = self._loader.writer
        self._ledger = Ledger(outbox, wall=self._set_at)
        self.tally = Tally()

    def run(self, rows: Iterable[PackRow | BadRow], targets: Mapping[str, Target]) -> None:
        """Store every row of the sources in `targets`; others are passed over.

        However it ends, `tally` counts what is stored then. Raises CacheError and sqlite3.Error.
        """
        for target in targets.values():
            self.writer.rederive(target.source, target.decoder)  # what comes is derived as it is done now
        with self._loader as loader:
            for batch, found in loader.read(self._batches(rows, targets)):
                self._store(batch, found)

    def _batches(
        self, rows: Iterable[PackRow | BadRow], targets: Mapping[str, Target]
    ) -> Iterator[tuple[_Batch, list[Texts]]]:
        batch: dict[str, tuple[list[bytes], list[_Told]]] = {}
        count = size = 0
        for row in rows:
            if isinstance(row, BadRow):
                self.tally.leave_out(row)
                continue
            if row.source not in targets:
                continue
            texts, told = batch.setdefault(row.source, ([], []))
            texts.append(encoded(row.raw))
            told.append(_Told(row.line, row.seen_at, row.triage))
            count += 1
            size += len(row.raw)
            if count >= BATCH or size >= _BATCH_TEXT:
                yield _batch(batch, targets)
                batch, count, size = {}, 0, 0
        if batch:
            yield _batch(batch, targets)

    def _store(self, batch: _Batch, found: Sequence[Sequence[Ready | Unreadable]]) -> None:
        items: list[_Item] = []
        for target, told, each in zip(batch.targets, batch.told, found, strict=True):
            for one, ready in zip(told, each, strict=True):
                if isinstance(ready, Unreadable):
                    self.tally.leave_out(BadRow(one.line, ready.reason))
                else:
                    items.append(_Item(ready, one, target))
        set_here = self._keep(items)
        ready_items = self._laid_over(items)
        with self.writer.lock, transaction(self._cache) if set_here else nullcontext():
            change = self._loader.apply(ready_items)
            self._show(set_here)
        self.tally.read += len(items)
        self.tally.new += len(change.arrived)
        self.tally.changed += len(change.rowids - change.arrived)
        self.tally.triaged += len(set_here)

    # Triage that is kept here

    def _keep(self, items: Sequence[_Item]) -> dict[Key, Decoder]:
        """Put into the ledger what was set later than what it has; gives the submissions that concerns."""
        told = {item.key: item for item in items if item.told.triage and item.target.keeps_triage}
        if not told:
            return {}
        set_here: dict[Key, Decoder] = {}
        with durable_write(self._outbox):
            held = self._held(told)
            for key, item in told.items():
                known = {each.field: each for each in held.get(key, ())}
                for kept in item.told.triage:
                    if self._counts(key, kept, known.get(kept.field)):
                        self._set_at.now = min(kept.at, self._wall())  # another machine's clock may be ahead
                        self._ledger.put(key, {kept.field: kept.value})
                        set_here[key] = item.target.decoder
        return set_here

    def _counts(self, key: Key, kept: Kept, held: Kept | None) -> bool:
        if (key, kept.field) in self._edited:
            return False
        return held is None or (held.at < kept.at and not same_value(kept.field, held.value, kept.value))

    def _laid_over(self, items: Sequence[_Item]) -> list[tuple[Ready, int, int]]:
        """The submissions with what the ledger keeps of them, each with its moment."""
        held = self._held([item.key for item in items if item.target.keeps_triage])
        return [
            (
                _with_kept(item.ready, held.get(item.key, ())),
                item.told.seen_at - _BEFORE_ANY_SERVER,
                item.told.seen_at,
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


def _batch(
    batch: Mapping[str, tuple[list[bytes], list[_Told]]], targets: Mapping[str, Target]
) -> tuple[_Batch, list[Texts]]:
    chosen = [targets[source] for source in batch]
    texts = [
        Texts(target.source, target.decoder, each)
        for target, (each, _) in zip(chosen, batch.values(), strict=True)
    ]
    return _Batch(chosen, [told for _, told in batch.values()]), texts


def _with_kept(ready: Ready, kept: Sequence[Kept]) -> Ready:
    if not kept:
        return ready
    changes = {item.field: item.value for item in kept}
    return ready._replace(triage=ready.triage._replace(**changes))  # type: ignore[arg-type]
