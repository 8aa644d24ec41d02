"""What is counted and named beside the rows: views, unsettled edits, people, the age of the data."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cache.query import MeUnknown, QueryError, parse_query
from inbox_tui.inbox.people import People
from inbox_tui.store_thread import StoreThread
from inbox_tui.views import View
from inbox_tui.workspace import LocalCopy

__all__ = ["Facts", "FactsController"]

_DELAY: Final = 0.12


@dataclass(frozen=True, slots=True)
class Facts:
    """Read together, off the UI thread."""

    counts: Mapping[str, int] = field(default_factory=dict)
    """Matches of each view, by name."""
    states: Mapping[str, int] = field(default_factory=dict)
    """Unsettled edits by state."""
    people: People = field(default_factory=lambda: People((), {}))
    synced_at: Mapping[str, int] = field(default_factory=dict)
    """When each source was last read, in seconds since the epoch."""


class FactsController:
    """Reads the facts a little after each change, many changes at once."""

    def __init__(
        self,
        store: StoreThread,
        views: tuple[View, ...],
        then: Callable[[Facts], None],
        later: Callable[[float, Callable[[], None]], Any],
    ) -> None:
        self._store = store
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
        states = Counter(edit.state.value for edits in reader.unsettled().values() for edit in edits)
        synced = {name: state.synced_at for name, state in reader.source_states().items() if state.synced_at}
        people = People(reader.context.members, dict(reader.context.me or {}))
        return Facts(counts, states, people, synced)
