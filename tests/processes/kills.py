"""Processes that edit and send are killed at random moments; then the books are compared with the server."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cache.models import TRIAGE_FIELDS, Key
from inbox_tui.demo.faults import Fault
from inbox_tui.demo.running import RunningServer, running_server
from tests.processes.accounts import Accounts
from tests.processes.fleet import Fleet, Worker, until
from tests.processes.hurry import Hurry
from tests.processes.place import Place
from tests.processes.worker import SOURCE

__all__ = ["Killing", "kill_many"]

_FACTOR = 20.0
_PATCH = "PATCH /v1/submissions/{id}"
_ROWS = 8
_PAUSE = 0.08
_LONGEST = 0.5
_SETTLING = 60.0
_ZOMBIE_SECONDS = 30.0
"""How long at most, in the time of the processes, a change is made after the death of who sent it."""


@dataclass
class Killing:
    """How it went."""

    seed: int
    kills: Counter[str] = field(default_factory=Counter)
    """How many processes of each kind were killed; `PATCH` counts leaders that waited for an answer."""
    tried: int = 0
    acknowledged: int = 0
    patches: int = 0
    problems: list[str] = field(default_factory=list)

    def text(self) -> str:
        """It as lines of text."""
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kills.items()))
        lines = [
            f"seed {self.seed}: {self.kills.total()} kills ({kinds})",
            f"edits tried {self.tried}, acknowledged {self.acknowledged}, PATCHes {self.patches}",
            f"violations {len(self.problems)}",
        ]
        return "\n".join([*lines, *self.problems])


class _Crew:
    """The processes that share one data directory; who is killed comes back."""

    def __init__(self, fleet: Fleet, ids: list[str], rng: random.Random) -> None:
        self._fleet, self._rng = fleet, rng
        self._ids = {
            kind: ids[at * _ROWS : (at + 1) * _ROWS] for at, kind in enumerate(("inbox", "set", "wait"))
        }
        self._shared = ids[3 * _ROWS :]
        self._began = 0
        self.accounts = Accounts()
        self.alive: dict[str, Worker] = {}
        self.complaints: list[str] = []
        self.timers: list[threading.Timer] = []

    def begin(self, kind: str) -> None:
        self._began += 1
        seed = self._rng.getrandbits(32)
        editing: dict[str, Any] = {
            "seed": seed,
            "shared": self._shared,
            "tag": f"{self._began}",
            "pause": _PAUSE,
        }
        if kind == "sync":
            worker = self._fleet.start("syncs", seed=seed, pause=1.0)
        elif kind == "inbox":
            worker = self._fleet.start("inbox", ids=self._ids[kind], **editing)
        else:
            worker = self._fleet.start("commands", ids=self._ids[kind], wait=kind == "wait", **editing)
        self.alive[kind] = worker

    def kill(self, kind: str) -> None:
        worker = self.alive.pop(kind)
        code = worker.kill()
        self.accounts.read(worker.said)
        if code != -9:
            self.complaints.append(f"{kind} had ended by itself with {code}: {worker.complained[-600:]}")
        if "something went wrong" in worker.complained or "locked" in worker.complained:
            self.complaints.append(f"{kind} complained: {worker.complained[-600:]}")


def kill_many(
    directory: Path, count: int, seed: int, *, progress: Callable[[str], None] = lambda _: None
) -> Killing:
    """Kill `count` processes, each at a random point, and see what became of every edit (inv 1, 22, 24)."""
    rng = random.Random(seed)
    result = Killing(seed)
    hurried = Hurry(_FACTOR)
    with running_server(directory / "server.db", submissions=3 * _ROWS + 6) as server:
        place = Place.made(directory / "inbox", server)
        before = {row["id"]: row for row in server.submissions()}
        known = {identifier: len(server.events(identifier)) for identifier in before}
        with Fleet(directory / "out", place.environ, hurried) as fleet:
            assert fleet.command("sync").wait() == 0
            crew = _Crew(fleet, list(before)[: 3 * _ROWS + 2], rng)
            for kind in ("inbox", "set", "wait", "sync"):
                crew.begin(kind)
            for number in range(count):
                victim = _strike(server, place, crew, rng)
                result.kills[victim[0]] += 1
                crew.begin(victim[1])
                if (number + 1) % 20 == 0:
                    progress(f"{number + 1} of {count} killed, {crew.accounts.acknowledged} edits")
            for kind in tuple(crew.alive):
                crew.kill(kind)
            for timer in crew.timers:
                timer.join()
            server.faults.clear()
            result.problems += crew.complaints
            engine = fleet.start("engine")
            try:
                until(lambda: not place.pending(), "every edit settles", _SETTLING)
            except TimeoutError:
                result.problems += [f"unsettled: {edit}" for edit in place.pending()]
            engine.stop()
            if place.open_attempts():
                result.problems.append(f"{place.open_attempts()} attempts have no known outcome")
        result.problems += place.damage()
        result.problems += _compared(server, place, crew.accounts, before, known)
        result.tried = sum(map(len, crew.accounts.tries.values()))
        result.acknowledged = crew.accounts.acknowledged
        result.patches = sum(request.method == "PATCH" for request in server.requests)
    return result


def _strike(server: RunningServer, place: Place, crew: _Crew, rng: random.Random) -> tuple[str, str]:
    """Kill one process; gives how that is called, and who it was."""
    kinds = sorted(crew.alive)
    if rng.random() < 0.4:
        arrived, over = threading.Event(), threading.Event()
        wait = Fault(_PATCH, "latency", times=1, seconds=5.0, arrived=arrived, until=over)
        server.faults.clear()
        server.faults.add(wait)
        victim = _leading(place, crew) if arrived.wait(3.0) else None
        if victim is None:
            over.set()
        else:
            crew.kill(victim)
            # The change is made although nobody waits for it any more, now or after the next processes began.
            late = rng.choice((0.0, rng.uniform(0.0, _ZOMBIE_SECONDS / _FACTOR)))
            timer = threading.Timer(late, over.set)
            timer.daemon = True
            timer.start()
            crew.timers.append(timer)
            return "PATCH", victim
    time.sleep(rng.uniform(0.0, _LONGEST))  # the random point: nothing is waited for here
    kind = rng.choice(kinds)
    crew.kill(kind)
    return kind, kind


def _leading(place: Place, crew: _Crew) -> str | None:
    pid = place.leader()
    return next((kind for kind, worker in crew.alive.items() if worker.pid == pid), None)


def _compared(
    server: RunningServer,
    place: Place,
    accounts: Accounts,
    before: dict[str, dict[str, Any]],
    known: dict[str, int],
) -> list[str]:
    after = {row["id"]: row for row in server.submissions()}
    events = {identifier: server.events(identifier)[known[identifier] :] for identifier in after}
    problems = accounts.problems(after, before, events)
    with place.local() as local:
        for identifier, wire in after.items():
            held = local.reader.server(Key(SOURCE, identifier))
            if held is None or any(held.value(name) != wire[name] for name in TRIAGE_FIELDS):
                problems.append(f"{identifier[:8]}: the cache holds {held}, the server {wire}")
    return problems
