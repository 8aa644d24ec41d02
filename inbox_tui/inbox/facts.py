"""What is counted and named beside the rows: views, unsettled edits, people, the age of the data."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from cache.errors import NotSaved
from cache.models import Capability, TriageField
from cache.query import MeUnknown, Query, QueryError, parse_query
from cache.text import one_line
from inbox_tui.conflicts import Identity, identities
from inbox_tui.inbox.people import People, read_people
from inbox_tui.inbox.rereading import Rereading
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
    """Read off the UI thread; the counts a little after the rest."""

    counts: Mapping[str, int] = field(default_factory=dict)
    """Matches of each view, by name; empty until they were counted."""
    problems: tuple[str, ...] = ()
    """A sentence for each saved view whose query cannot be run."""
    states: Mapping[str, int] = field(default_factory=dict)
    """Unsettled edits by state, without those nobody asked for in so many words."""
    people: People = field(default_factory=lambda: People((), {}))
    synced_at: Mapping[str, int] = field(default_factory=dict)
    """When each source was last read, in seconds since the epoch."""
    imported: Collection[str] = ()
    """The sources that were never read, of which something was imported."""
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
        failed: Callable[[Exception], None],
        later: Callable[[float, Callable[[], None]], Any],
    ) -> None:
        self._store = store
        self._workspace = workspace
        self.views = views
        """What is counted."""
        self._then = then
        self._failed = failed
        self._last = Facts()
        self._beside = Rereading(_DELAY, self._read_beside, later)
        self._counting = Rereading(_DELAY, lambda _: self._count(), later)

    @property
    def is_waiting(self) -> bool:
        """Whether the facts are about to be read again."""
        return self._beside.is_waiting or self._counting.is_waiting

    def changed(self, *, awaited: bool = True) -> None:
        """Something is not what it was; `awaited`: because of what a person just did."""
        self._beside.changed(awaited=awaited)
        self._counting.changed(awaited=awaited)

    def read(self) -> None:
        """Read the facts now."""
        self._read_beside(awaited=True)
        self._count()

    def _read_beside(self, awaited: bool) -> None:
        number = self._beside.begun(stays=awaited)
        self._store.submit(
            self._facts,
            self._beside.taking(number, self._take),
            otherwise=self._beside.taking(number, self._failed),
            slot="facts",
            pace="whole" if awaited else "late",
        )

    def _count(self) -> None:
        views = self.views
        number = self._counting.begun(stays=True)
        self._store.submit(
            lambda local: _counted(local, views),
            self._counting.taking(number, self._take_counts),
            otherwise=self._counting.taking(number, self._failed),
            slot="counts",
            pace="aside",
        )

    def _take(self, facts: Facts) -> None:
        self._last = replace(facts, counts=self._last.counts, problems=self._last.problems)
        self._then(self._last)

    def _take_counts(self, answer: tuple[Mapping[str, int], tuple[str, ...]]) -> None:
        counts, problems = answer
        self._last = replace(self._last, counts=counts, problems=problems, merges=())
        self._then(self._last)

    def _facts(self, local: LocalCopy) -> Facts:
        reader = local.reader
        unsettled = (edit for edits in reader.unsettled().values() for edit in edits)
        states = Counter(edit.state.value for edit in unsettled if not edit.implicit)
        synced = {name: state.synced_at for name, state in reader.source_states().items() if state.synced_at}
        return Facts(
            states=states,
            people=read_people(reader),
            synced_at=synced,
            imported=reader.imported_sources(),
            waiting=identities(local),
            capabilities={
                name: self._workspace.capabilities(reader, name) for name in self._workspace.source_names
            },
            merges=_merges(local),
        )


def _counted(local: LocalCopy, views: Sequence[View]) -> tuple[Mapping[str, int], tuple[str, ...]]:
    """The matches of each view, and what is wrong with the others."""
    queries: dict[str, Query] = {}
    counts: dict[str, int] = {}
    problems: list[str] = []
    for view in views:
        try:
            queries[view.name] = query = parse_query(view.query)
            local.reader.compile(query)
        except MeUnknown:
            counts[view.name] = 0
        except QueryError as error:
            problems.append(f"The view {one_line(view.title, 60)} cannot be shown: {error}")
        else:
            continue
        queries.pop(view.name, None)
    found = local.reader.counts(tuple(queries.values()))
    return {**counts, **dict(zip(queries, found, strict=True))}, tuple(problems)


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
        merged[entry.key] = Merged(local.reader.ref(entry.key), (entry.key, entry.field) in newest)
    return tuple(merged.values())
