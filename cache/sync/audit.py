"""Which values of others our changes replaced unseen: the timeline of a submission tells.

The answer to a change shows our value in any case, and a submission carries no version
(docs/contracts/awardee.md section 2.1). So what came in between the read before a change and the change
itself shows only in the timeline: there, the row of our change names the value it replaced.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from cache.clock import WallClock
from cache.models import Key
from cache.outbox.delivery import Delivery
from cache.store.changes import ChangeSet
from cache.store.writer import Writer
from cache.sync.attribution import look_through
from cache.sync.gate import Gate
from cache.sync.pace import Lane
from cache.sync.remote import Forbidden, NotFound, OutcomeUnknown, Refused, Remote

__all__ = ["Auditor"]

_FIRST_WAIT: Final = 60.0
_LONGEST_WAIT: Final = 3600.0
_SPARED: Final = 3
"""How many submissions in a row may have no timeline before none is asked for."""


@dataclass(slots=True)
class _Rest:
    """How long a timeline that could not be read is left alone."""

    until: float = 0.0
    tries: int = 0

    def lengthen(self, now: float, *, spared: int = 0) -> None:
        """It failed again; the first `spared` times that means no rest yet."""
        if self.tries >= spared:
            self.until = now + min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(self.tries - spared, 10))
        self.tries += 1


@dataclass(slots=True)
class Auditor:
    """Reads the timelines of one source after our changes and keeps what they replaced."""

    remote: Remote
    gate: Gate
    writer: Writer
    delivery: Delivery
    steady: WallClock
    on_change: Callable[[ChangeSet], None]
    own_actors: frozenset[str] = frozenset()
    _rests: dict[Key, _Rest] = field(default_factory=dict)
    _all: _Rest = field(default_factory=_Rest)
    """Where one timeline after the other cannot be read, all are left alone."""

    def next_key(self) -> Key | None:
        """The submission whose timeline is to be read now.

        Where there is a sign of somebody else, whatever it costs; else only while more than half of every
        rate window is left, which leaves the rest of the budget to edits and news.
        """
        plenty = self.gate.plenty(self.remote.budget)
        now = self.steady()
        if now < self._all.until:
            return None
        waiting = [
            (not contended, key)
            for key, contended in self.delivery.attempts.to_audit(self.remote.source).items()
            if (contended or plenty) and (key not in self._rests or self._rests[key].until <= now)
        ]
        return min(waiting, key=lambda pair: pair[0])[1] if waiting else None

    @property
    def waits(self) -> bool:
        """Whether there is a timeline still to be read."""
        return bool(self.delivery.attempts.to_audit(self.remote.source))

    async def audit(self, key: Key) -> None:
        """Read the timeline of a submission and compare. Raises RemoteError when the source failed."""
        audits = self.delivery.audits(key)  # only what was answered before the timeline is asked for
        try:
            events = await self.gate.call(
                Lane.FOCUS, lambda: self.remote.budget, lambda: self.remote.events(key.id)
            )
        except (NotFound, Forbidden, Refused, OutcomeUnknown) as error:
            now = self.steady()
            self._rests.setdefault(key, _Rest()).lengthen(now)
            self._all.lengthen(now, spared=0 if isinstance(error, OutcomeUnknown) else _SPARED)
            raise
        self._rests.pop(key, None)
        self._all = _Rest()
        self.on_change(self.writer.set_events(key.source, key.id, events))
        self.delivery.audited(look_through(audits, events, self.own_actors))
        rowid = self.writer.rowid(key.source, key.id)
        if audits and rowid is not None:
            self.on_change(ChangeSet(frozenset({rowid})))
