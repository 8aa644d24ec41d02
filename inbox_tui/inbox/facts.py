"""What is counted and named beside the rows: views, unsettled edits, people, the age of the data."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cache.errors import NotSaved
from cache.models import Capability, TriageField
from cache.query import MeUnknown, QueryError, parse_query
from inbox_tui.conflicts import Identity, identities
from inbox_tui.inbox.people import People
from inbox_tui.store_thread import StoreThread
from inbox_tui.views import View
from inbox_tui.workspace import LocalCopy, Workspace

__all__ = ["Facts", "FactsController", "Merged"]

_DELAY: Final = 0.12


@dataclass(frozen=True, slots=True)
class Merged:
    """A note that was put together of ours and a colleague's."""

    ref: str
    can_undo: bool
    """Whether undo would take our side out again: it was the last thing done."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Read together, off the UI thread."""

    counts: Mapping[str, int] = field(default_factory=dict)
    """Matches of each view, by name."""
    states: Mapping[str, int] = field(default_factory=dict)
    """Unsettled edits by state, without those nobody asked for in so many words."""
    people: People = field(default_factory=lambda: People((), {}))
    synced_at: Mapping[str, int] = field(default_factory=dict)
    """When each source was last read, in seconds since the epoch."""
    waiting: tuple[Identity, ...] = ()
    """What needs the person's word."""
    capabilities: Mapping[str, Mapping[TriageField, Capability]] = field(default_factory=dict)
    """Where edits of each field of each source end up; empty while nothing was read."""
    merges: tuple[Merged, ...] = ()
    """Notes merged since the facts were last read; told once."""


class FactsController:
    """Reads the facts a little after each change, many changes at once."""

    def __init__(
        self,
        store: StoreThread,
        workspace: Workspace,
        views: tuple[View, ...],
        then: Callable[[Facts], None],
        later: Callable[[float, Callable[[], None]], Any],
    ) -> None:
        self._store = store
        self._workspace = workspace
        self._views = views
        self._then = then
        self._later = later
        self._waits = False

    @property
    def is_waiting(self) -> bool:
        """Whether the facts are about to be read again."""
        return self._waits

    def changed(self) -> None:
        """Something is not what it was."""
        if not self._waits:
            self._waits = True
            self._later(_DELAY, self._read)

    def _read(self) -> None:
        self._waits = False
        self._store.submit(self._facts, self._then, slot="facts")

    def _facts(self, local: LocalCopy) -> Facts:
        reader = local.reader
        counts: dict[str, int] = {}
        for view in self._views:
            try:
                counts[view.name] = reader.count(parse_query(view.query))
            except MeUnknown:
                counts[view.name] = 0
            except QueryError:
                continue
        unsettled = (edit for edits in reader.unsettled().values() for edit in edits)
        states = Counter(edit.state.value for edit in unsettled if not edit.implicit)
        synced = {name: state.synced_at for name, state in reader.source_states().items() if state.synced_at}
        people = People(reader.context.members, dict(reader.context.me or {}))
        able = {name: self._workspace.capabilities(reader, name) for name in self._workspace.source_names}
        return Facts(counts, states, people, synced, identities(local), able, _merges(local))


def _merges(local: LocalCopy) -> tuple[Merged, ...]:
    try:
        entries = local.outbox.take_untold_merges()
    except NotSaved:
        return ()  # told once that can be written down
    if not entries:
        return ()
    last = local.outbox.gestures.last(undone=False)
    newest = {(step.key, step.field) for step in last.steps} if last is not None else set()
    merged: dict[Any, Merged] = {}
    for entry in entries:
        row = local.reader.row(entry.key)
        ref = row.ref if row is not None else entry.key.id[:8]
        merged[entry.key] = Merged(ref, (entry.key, entry.field) in newest)
    return tuple(merged.values())
