"""Lists that show a fixed number of their newest rows: what slid out is old, and some may never have shown.

A source has one such list, or one for each form or bot (`cache.sync.remote.full_windows`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cache.clock import WallClock
from cache.store.changes import ChangeSet
from cache.store.writer import Writer
from cache.sync.remote import Page, Remote, fixed_window, full_windows
from cache.text import one_line

__all__ = ["Windows"]

_SAID_SECONDS: Final = 86_400.0
"""How long a possible gap is said."""
_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class _Window:
    """A list that showed as many rows as it can: all of them may not have been seen."""

    container: str | None
    """Its form or bot, None where the source has one window."""
    ids: tuple[str, ...]
    oldest: int
    """When the oldest it shows came, in seconds since the epoch."""


class Windows:
    """Watches the full windows of a source."""

    def __init__(self, remote: Remote, writer: Writer, steady: WallClock) -> None:
        self._remote = remote
        self._writer = writer
        self._steady = steady
        self._gaps: dict[str | None, tuple[float, str]] = {}

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence for each possible gap of the last day."""
        now = self._steady()
        said = self._gaps.items()
        self._gaps = {name: gap for name, gap in said if 0 <= now - gap[0] < _SAID_SECONDS}
        return tuple(text for _, text in self._gaps.values())

    def look_for_gaps(self, page: Page) -> None:
        """Notice a full window that shares no row with what is held; called before its rows are."""
        for window in self._full(page):
            if not self._writer.presence.holds_any(self._remote.source, window.ids):
                self._gaps[window.container] = (self._steady(), self._gap(window))

    def age_out(self, page: Page, at: int) -> ChangeSet:
        """Mark what slid out of the full windows that were asked for at the logical moment `at`."""
        changes = ChangeSet()
        for window in self._full(page):
            source = self._remote.source
            changes |= self._writer.presence.age_out(source, at, window.oldest, window.container)
        return changes

    def _full(self, page: Page) -> Iterator[_Window]:
        """The full windows among those on a page; one that could not be read this time is not there."""
        told, limit = full_windows(self._remote), fixed_window(self._remote)
        shown: dict[str | None, list[str]] = {}
        for item in page.items:
            name = item.submission.container_id if told is not None else None
            shown.setdefault(name, []).append(item.submission.id)
        for name, ids in shown.items():
            if told is None:
                if limit is not None and len(ids) + len(page.quarantined) >= limit:
                    yield _Window(
                        None, tuple(ids), min(_second(item.submission.created_at) for item in page.items)
                    )
            elif name is not None and (oldest := told.get(name)) is not None:
                yield _Window(name, tuple(ids), _second(oldest))

    def _gap(self, window: _Window) -> str:
        if window.container is None:
            return "Submissions may have come and gone since the last look: a possible gap."
        source = self._remote.source
        name = self._writer.sources.containers().get((source, window.container)) or window.container[:8]
        newest = self._writer.presence.newest(source, window.container)
        since = f" after {_shown(newest)} and" if newest is not None else ""
        return (
            f"“{one_line(name, _NAME)}” may have received submissions{since}"
            f" before {_shown(window.oldest)} UTC that were never shown: a possible gap."
        )


def _second(moment: datetime) -> int:
    return int(moment.timestamp())


def _shown(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"
