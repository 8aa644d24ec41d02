"""A scripted remote whose every change leaves a row in a timeline, whoever makes it."""

import itertools
from datetime import UTC, datetime

from cache.models import TRIAGE_FIELDS, Event
from cache.sync.remote import Budget, Identity, RateWindow
from tests.cache.sync_world import START

MINE, THEIRS = "u-me", "u-her"
PLENTY = Budget((RateWindow("hour", 1000, 900, START + 3000),))
_KINDS = {"status": "status_changed", "priority": "priority_changed", "notes": "notes_updated"}
_numbers = itertools.count()


def change(name, before, after, actor=MINE, at=START, identifier=None):
    kind = _KINDS.get(name)
    if name == "flagged":
        kind = "flagged" if after else "unflagged"
    if name == "assignee_id":
        kind = "assigned" if after else "unassigned"
    moment = datetime.fromtimestamp(at, UTC)
    return Event(identifier or f"e{next(_numbers)}", kind, moment, actor, actor.upper(), before, after)


class Timeline:
    """The events of a scripted remote: every change of a row writes one, as the contract says."""

    def __init__(self, world):
        self.world = world
        self.rows = {}
        world.remote.budget = PLENTY
        patch = world.remote.patch

        async def patched(identifier, changes):
            before = dict(world.remote.rows.get(identifier, {}))
            try:
                return await patch(identifier, changes)
            finally:
                self._note(identifier, before, MINE)

        async def events(identifier):
            await world.remote._asked("events", identifier)
            return tuple(self.rows.get(identifier, ()))

        async def identity():
            await world.remote._asked("me")
            return Identity("org-1", "ORG-1", actor_ids=frozenset({MINE}))

        world.remote.patch, world.remote.events, world.remote.identity = patched, events, identity

    def foreign(self, identifier, **fields):
        before = dict(self.world.remote.rows[identifier])
        self.world.remote.rows[identifier].update(fields)
        self._note(identifier, before, THEIRS)

    def between(self, identifier, **fields):
        """Somebody changes the submission after our read and before our change reaches the server."""
        real = self.world.remote.patch

        async def late(what, changes):
            if what == identifier and fields:
                self.foreign(identifier, **fields)
                fields.clear()
            return await real(what, changes)

        self.world.remote.patch = late

    def _note(self, identifier, before, actor):
        for name, value in self.world.remote.rows.get(identifier, {}).items():
            if name in TRIAGE_FIELDS and value != before.get(name):
                self.rows.setdefault(identifier, []).append(
                    change(name, before.get(name), value, actor, self.world.time.now)
                )
