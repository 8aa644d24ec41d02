"""Two inboxes on two data directories edit the same submissions of one server, round after round.

A round: both know the present values; both edit at random; when all is quiet each field is judged by what
the server holds, what is parked as a conflict, and what was reported as overwritten. Then somebody rules on
the conflicts.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from cache.models import TRIAGE_FIELDS
from inbox_tui.demo.faults import Fault
from inbox_tui.demo.running import RunningServer, running_server
from tests.processes.fleet import until
from tests.processes.hurry import Hurry
from tests.processes.place import Place
from tests.processes.rival import Rival

__all__ = ["Dueling", "Judged", "fight", "judge"]

_FACTOR: Final = 10.0
_ROWS: Final = 10
_ROUND_TRIP: Final = 0.03
"""How long the server waits before it makes a change, in seconds: the time between read and write."""
_QUIET: Final = 30.0
_Place: TypeAlias = tuple[str, str]
_KINDS: Final = (
    "changed by one side",
    "both sides the same",
    "the second had seen the first",
    "clash: conflict",
    "clash: merged",
    "clash: assigned to nobody yields",
    "clash: overwritten and reported",
)


@dataclass
class Dueling:
    """How it went."""

    seed: int
    rounds: int = 0
    edits: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    rulings: Counter[str] = field(default_factory=Counter)
    patches: int = 0
    problems: list[str] = field(default_factory=list)

    def text(self) -> str:
        """It as a table."""
        lines = [f"seed {self.seed}: {self.rounds} rounds, {self.edits} edits, {self.patches} PATCHes"]
        lines += [f"{self.counts[kind]:7} {kind}" for kind in _KINDS]
        lines += [f"{self.rulings[kind]:7} conflicts ruled: {kind}" for kind in ("mine", "theirs")]
        return "\n".join([*lines, f"{len(self.problems):7} violations", *self.problems])


@dataclass(frozen=True)
class Judged:
    """One field of one submission after a round, as `judge` is given it."""

    wants: Mapping[str, Any]
    """By side; for the notes the line that side added."""
    knew: Mapping[str, Any]
    """What each side took for the server's value when it made its edit."""
    conflicts: Mapping[str, Any]
    """The server's value shown by each side that has a conflict."""
    overwrites: Mapping[str, Sequence[Any]]
    """The values each side reported as overwritten by it."""
    held: Any
    """What the server holds now."""
    field: str = "status"


def judge(case: Judged) -> tuple[str | None, str | None]:
    """How a field fared, or what is wrong: one of the two."""
    if case.field == "notes":
        return _judge_notes(case)
    parked = sorted(case.conflicts)
    if len(case.wants) == 1:
        ((side, want),) = case.wants.items()
        if parked or case.held != want:
            return None, f"{side} alone wanted {want!r}, the server holds {case.held!r}, parked {parked}"
        return "changed by one side", None
    if len(set(case.wants.values())) == 1:
        alike = not parked and case.held in case.wants.values()
        return ("both sides the same", None) if alike else (None, f"both alike, and yet {case}")
    if len(parked) == 1:
        (loser,) = parked
        (winner,) = set(case.wants) - {loser}
        if case.held == case.wants[winner] == case.conflicts[loser]:
            return "clash: conflict", None
        return None, f"{loser} is parked against {case.conflicts[loser]!r}: {case}"
    last = [side for side, want in case.wants.items() if want == case.held]
    if parked or len(last) != 1:
        return None, f"nobody's wish is there, or both are parked: {case}"
    (winner,) = last
    (loser,) = set(case.wants) - {winner}
    if case.knew[winner] == case.wants[loser]:
        return "the second had seen the first", None
    if case.wants[loser] in case.overwrites[winner]:
        return "clash: overwritten and reported", None
    if case.field == "assignee_id" and case.wants[loser] is None:
        return "clash: assigned to nobody yields", None
    return None, f"{winner} overwrote {case.wants[loser]!r} of {loser} unseen and did not say so: {case}"


def _judge_notes(case: Judged) -> tuple[str | None, str | None]:
    lines = str(case.held or "").splitlines()
    missing = [side for side, line in case.wants.items() if lines.count(line) == 0]
    twice = [side for side, line in case.wants.items() if lines.count(line) > 1]
    if twice:
        return None, f"the line of {twice} is there twice: {case}"
    if not missing:
        if case.conflicts:
            return None, f"both lines are there, and yet it is parked: {case}"
        return ("changed by one side" if len(case.wants) == 1 else "clash: merged"), None
    (loser, *more) = missing
    if more or len(case.wants) == 1:
        return None, f"lines are lost: {case}"
    if loser in case.conflicts:
        return "clash: conflict", None
    (winner,) = set(case.wants) - {loser}
    if any(case.wants[loser] in str(text or "").splitlines() for text in case.overwrites[winner]):
        return "clash: overwritten and reported", None
    return None, f"the line of {loser} was overwritten and nobody said so: {case}"


def fight(
    directory: Path,
    seed: int,
    *,
    rounds: int = 0,
    seconds: float = 0.0,
    keys: tuple[str, str] = ("awardee", "awardee.oauth"),
    progress: Callable[[str], None] = lambda _: None,
) -> Dueling:
    """Let two inboxes edit for so many rounds and at least that long.

    `keys` are the credentials, by name on the server.
    """
    rng = random.Random(seed)
    result = Dueling(seed)
    hurried = Hurry(_FACTOR)
    give_up = time.monotonic() + seconds
    with ExitStack() as stack:
        server = stack.enter_context(running_server(directory / "server.db", submissions=40))
        server.faults.add(Fault("PATCH /v1/submissions/{id}", "latency", seconds=_ROUND_TRIP))
        rivals = {
            side: stack.enter_context(Rival(Place.made(directory / side, server, key=key), hurried))
            for side, key in zip("AB", keys, strict=True)
        }
        ids = [row["id"] for row in server.submissions()]
        until(lambda: all(rival.look(ids).knows(ids) for rival in rivals.values()), "both have synced")
        while result.rounds < rounds or time.monotonic() < give_up:
            _Round(server, rivals, rng.sample(ids, _ROWS), rng, result).fight()
            progress(f"round {result.rounds}: {result.edits} edits, {len(result.problems)} violations")
        result.patches = sum(request.method == "PATCH" for request in server.requests)
    return result


class _Round:
    """One round of a duel."""

    def __init__(
        self,
        server: RunningServer,
        rivals: Mapping[str, Rival],
        ids: Sequence[str],
        rng: random.Random,
        result: Dueling,
    ) -> None:
        self._server, self._rivals, self._ids, self._rng, self._result = server, rivals, ids, rng, result

    def fight(self) -> None:
        """Edit, judge, rule."""
        self._refresh()
        reported = {side: len(rival.look(self._ids).overwrites) for side, rival in self._rivals.items()}
        wants = self._wishes()
        for side, rival in self._rivals.items():
            own = [(place, wishes[side]) for place, wishes in wants.items() if side in wishes]
            self._rng.shuffle(own)
            rival.begin_edits([(self._rng.uniform(0, 0.08), *place, want) for place, want in own])
        knew: dict[tuple[str, _Place], Any] = {}
        for side, rival in self._rivals.items():
            for identifier, name, _, held, made in rival.edits_made():
                if not made:  # what it wanted was there already: the other was quicker
                    del wants[identifier, name][side]
                knew[side, (identifier, name)] = held
                self._result.edits += 1
        self._quiet()
        self._read_timelines(wants)
        looks = {side: rival.look(self._ids) for side, rival in self._rivals.items()}
        for place, wishes in wants.items():
            case = Judged(
                wants=wishes,
                knew={side: knew[side, place] for side in wishes},
                conflicts={
                    side: look.conflicts[place] for side, look in looks.items() if place in look.conflicts
                },
                overwrites={
                    side: [
                        theirs
                        for *where, theirs, _ in look.overwrites[reported[side] :]
                        if tuple(where) == place
                    ]
                    for side, look in looks.items()
                },
                held=self._server.submission(place[0])[place[1]],
                field=place[1],
            )
            if wishes:
                self._count(place, case)
        self._rule()
        self._result.rounds += 1

    def _count(self, place: _Place, case: Judged) -> None:
        kind, problem = judge(case)
        if kind is not None:
            self._result.counts[kind] += 1
        else:
            self._result.problems.append(f"round {self._result.rounds}, {place[0][:8]} {place[1]}: {problem}")

    def _wishes(self) -> dict[_Place, dict[str, Any]]:
        """Who wants what of which field: one side, or both."""
        choices: dict[str, list[Any]] = {
            "status": ["new", "read", "in_progress", "resolved", "spam"],
            "priority": ["none", "low", "medium", "high"],
            "flagged": [True, False],
            "assignee_id": [None, *(member["user_id"] for member in self._server.members())],
        }
        wants: dict[_Place, dict[str, Any]] = {}
        for identifier in self._ids:
            now = self._server.submission(identifier)
            for name in self._rng.sample(TRIAGE_FIELDS, 2):
                sides = self._rng.choice((["A"], ["B"], ["A", "B"], ["A", "B"]))
                values = choices.get(name, [])
                wants[identifier, name] = {
                    side: f"round {self._result.rounds} of {side}"
                    if name == "notes"
                    else self._rng.choice([value for value in values if value != now[name]])
                    for side in sides
                }
        return wants

    def _refresh(self) -> None:
        """Have both read all submissions of the round, so that both know the same."""
        for rival in self._rivals.values():
            rival.read(self._ids)
        truth = {identifier: self._server.submission(identifier) for identifier in self._ids}

        def known() -> bool:
            looks = [rival.look(self._ids) for rival in self._rivals.values()]
            return all(
                look.cached[identifier][name] == truth[identifier][name]
                for look in looks
                for identifier in self._ids
                for name in TRIAGE_FIELDS
            )

        until(known, "both know the present values", _QUIET)

    def _quiet(self) -> None:
        """Wait until nothing but conflicts is left."""
        until(
            lambda: all(rival.look(self._ids).quiet for rival in self._rivals.values()),
            "everything settles or is parked",
            _QUIET,
        )

    def _read_timelines(self, places: Iterable[_Place]) -> None:
        """Open the timelines of what was edited: then every overwrite is known."""
        ids = sorted({identifier for identifier, _ in places})
        counts = {identifier: len(self._server.events(identifier)) for identifier in ids}
        for rival in self._rivals.values():
            rival.read(ids, events=True)
        until(
            lambda: all(rival.look(ids).events == counts for rival in self._rivals.values()),
            "the timelines were read",
            _QUIET,
        )

    def _rule(self) -> None:
        """Rule on every conflict, one way or the other, and see that this is what comes of it."""
        expected: dict[_Place, Any] = {}
        for rival in self._rivals.values():
            for place, theirs in rival.look(self._ids).conflicts.items():
                mine = self._rng.random() < 0.5
                own = rival.look(self._ids).wants[place]
                rival.settle(*place, mine=mine)
                self._result.rulings["mine" if mine else "theirs"] += 1
                expected[place] = own if mine else theirs
        self._quiet()
        for (identifier, name), want in expected.items():
            if (held := self._server.submission(identifier)[name]) != want:
                self._result.problems.append(
                    f"round {self._result.rounds}, {identifier[:8]} {name}: ruled {want!r}, there is {held!r}"
                )
