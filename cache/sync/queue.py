"""In which order the submissions with edits are delivered: the one in view first."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Protocol

from cache.models import Key

__all__ = ["DeliveryQueue"]


class _Source(Protocol):
    """Says which edits rest no longer."""

    def newest_due(self, key: Key) -> int | None:
        """The logical moment of the newest edit of a submission, None unless it is to be delivered now."""
        ...


class DeliveryQueue:
    """Submissions whose edits go out, each once, but for the one in view: it goes again when edited again."""

    def __init__(self, source: _Source, waiting: Sequence[Key]) -> None:
        self._source = source
        self._waiting = dict.fromkeys(waiting)
        self._busy: set[Key] = set()
        self._jumped: dict[Key, int] = {}

    def next(self, in_view: Sequence[Key]) -> Key | None:
        """The next one to deliver, None when all were."""
        for key in in_view:
            if key in self._busy:
                continue
            if key in self._waiting:
                del self._waiting[key]
                return key
            newest = self._source.newest_due(key)
            if newest is not None and self._jumped.get(key) != newest:
                self._jumped[key] = newest
                return key
        following = next((key for key in self._waiting if key not in self._busy), None)
        if following is not None:
            del self._waiting[following]
        return following

    @contextlib.contextmanager
    def busy(self, key: Key) -> Iterator[None]:
        """While one is being delivered nobody else takes it."""
        self._busy.add(key)
        try:
            yield
        finally:
            self._busy.discard(key)
