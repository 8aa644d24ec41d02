"""The person at the client, and everybody else who writes at the same server."""

import random
from collections.abc import Callable, Mapping
from typing import Any

from cache.models import PRIORITIES, STATUSES, TRIAGE_FIELDS, EditState, TriageField
from cache.outbox.outbox import Edit, Outbox
from cache.store.overlay import server_triage
from tests.simulator.clockwork import pass_time
from tests.simulator.profile import Profile
from tests.simulator.server import GHOST, POISON, Server
from tests.simulator.watch import Files
from tests.simulator.wire import key_of

__all__ = ["Others", "Person"]

_COLLEAGUES = ("u-me", "u-bo", "u-cy", None)


def _value(rng: random.Random, name: str, seen: Any, mark: str, *, few: bool) -> Any:
    """A new value for a field somebody sees as `seen`."""
    if name == "flagged":
        return not seen
    if name == "status":
        return rng.choice([value for value in STATUSES if value != seen])
    if name == "priority":
        return rng.choice([value for value in PRIORITIES if value != seen])
    if name == "assignee_id":
        return rng.choice([value for value in _COLLEAGUES if value != seen])
    lines = (seen or "").split("\n") if seen else []
    how = rng.random()
    if few and how < 0.3:
        return rng.choice(("call", "mail", None))
    if how < 0.6 or not lines:
        return "\n".join([*lines, f"{mark} {rng.randrange(10_000)}"])
    if how < 0.7:
        return None
    place = rng.randrange(len(lines))
    lines[place] = f"{mark} {rng.randrange(10_000)} "
    return "\n".join(lines)


class Person:
    """Edits, changes their mind, rules on conflicts; each on one of two connections."""

    def __init__(
        self,
        outboxes: tuple[Outbox, ...],
        files: Files,
        server: Server,
        profile: Profile,
        rng: random.Random,
        wake: Callable[[], None],
    ) -> None:
        self._outboxes = outboxes
        self._files = files
        self._server = server
        self._profile = profile
        self._rng = rng
        self._wake = wake
        self.edits = 0

    async def live(self) -> None:
        """Do something now and then, until cancelled."""
        while True:
            await pass_time(self._rng.expovariate(1 / self._profile.edit_every))
            self.act()

    def act(self) -> None:
        """Do one thing."""
        chance = self._rng.random()
        if chance < 0.60:
            self.edit()
        elif chance < 0.68:
            self.open()
        elif chance < 0.80:
            self.undo(redo=False)
        elif chance < 0.84:
            self.undo(redo=True)
        elif chance < 0.96:
            self.rule()
        else:
            self.discard()

    def edit(self, identifier: str | None = None, names: tuple[str, ...] = ()) -> None:
        """Change one to three fields of a submission, or one field of several."""
        held = list(self._files.rows)
        if not held:
            return
        rng = self._rng
        chosen = [identifier] if identifier else [rng.choice(held)]
        if not identifier and rng.random() < 0.1:
            chosen = rng.sample(held, min(3, len(held)))
        fields = names or tuple(rng.sample(TRIAGE_FIELDS, rng.choice((1, 1, 1, 2, 3))))
        registers = self._files.registers()
        edits = []
        for one in chosen:
            server = self._server_values(one)
            if server is None:
                continue
            for name in fields:
                place = registers.get((one, name))
                seen = place.want if place else server.value(name)
                want = _value(rng, name, seen, "mine", few=self._profile.few_values)
                if rng.random() < self._profile.poison:
                    want = {"notes": POISON, "priority": POISON, "assignee_id": GHOST}.get(name, want)
                edits.append(Edit(key_of(one), name, want))  # type: ignore[arg-type]
        self.say("edit", edits)

    def open(self) -> None:
        """Open a submission, which makes it read."""
        if self._files.rows:
            chosen = key_of(self._rng.choice(list(self._files.rows)))
            self.say("open", [Edit(chosen, "status", "read", implicit=True)])

    def say(self, label: str, edits: list[Edit]) -> None:
        """Make these edits."""
        self._files.record.add("edits", wants=[(edit.key.id, edit.field, edit.want) for edit in edits])
        self._one().edit(label, edits, lambda key: self._server_values(key.id))
        self.edits += len(edits)
        self._done("edit")

    def undo(self, *, redo: bool) -> None:
        """Take the last step back, or take it again."""
        self._files.record.add("redo" if redo else "undo")
        outbox = self._one()
        (outbox.redo if redo else outbox.undo)(lambda key: self._server_values(key.id))
        self._done("undo")

    def rule(self, *, chance: float | None = None) -> None:
        """Look at what is parked and say what is to become of it."""
        for (identifier, name), held in self._files.registers().items():
            if self._rng.random() >= (self._profile.rulings if chance is None else chance):
                continue
            field: TriageField = name  # type: ignore[assignment]
            if held.state == EditState.CONFLICT:
                mine = self._rng.random() < 0.5
                self._files.record.add("rules", id=identifier, field=name, mine=mine, theirs=held.theirs)
                self._one().settle(key_of(identifier), field, mine=mine)
                self._done("theirs taken")
            elif held.state in (EditState.REJECTED, EditState.ORPHANED):
                again = self._rng.random() < 0.3
                self._files.record.add("retries" if again else "discards", id=identifier, field=name)
                if again:
                    self._one().retry(key_of(identifier))
                else:
                    self._one().discard(key_of(identifier), field)
                self._done("discard")

    def discard(self) -> None:
        """Drop an edit that has not settled."""
        places = list(self._files.registers())
        if places:
            identifier, name = self._rng.choice(places)
            self._files.record.add("discards", id=identifier, field=name)
            self._one().discard(key_of(identifier), name)  # type: ignore[arg-type]
            self._done("discard")

    def _one(self) -> Outbox:
        return self._rng.choice(self._outboxes)

    def _server_values(self, identifier: str) -> Any:
        return server_triage(self._files.cache, key_of(identifier))

    def _done(self, what: str) -> None:
        self._files.person(what)
        self._wake()


class Others:
    """Other agents of the organisation, and visitors."""

    def __init__(self, server: Server, profile: Profile, rng: random.Random) -> None:
        self._server = server
        self._profile = profile
        self._rng = rng

    async def write(self) -> None:
        """Change something now and then, until cancelled."""
        while True:
            await pass_time(self._rng.expovariate(1 / self._profile.foreign_every))
            if self._server.rows:
                self.change(self._rng.choice(list(self._server.rows)))

    async def arrive(self) -> None:
        """New submissions, until cancelled."""
        while True:
            await pass_time(self._rng.expovariate(1 / self._profile.arrivals))
            self._server.arrive()

    def change(self, identifier: str, name: str | None = None) -> None:
        """Change one field."""
        row = self._server.rows.get(identifier)
        if row is None:
            return
        name = name or self._rng.choice(TRIAGE_FIELDS)
        value = _value(self._rng, name, row[name], "their", few=self._profile.few_values)
        self._server.write(identifier, {name: value}, self._rng.choice(("u-bo", "u-cy")))

    def ambush(self, identifier: str, body: Mapping[str, Any]) -> None:
        """Write what is about to be written by the client."""
        names = [name for name in body if name in TRIAGE_FIELDS]
        if names:
            self.change(identifier, self._rng.choice(names))
