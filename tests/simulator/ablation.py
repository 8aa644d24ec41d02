"""Each of the four rules switched off from outside, on a schedule biased to the fault it guards against.

This tests the simulator: a run that stays quiet without a rule would prove nothing about the rule.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final
from unittest import mock

import cache.sync.planner as planner
import cache.sync.push as push
from cache.outbox.attempts import Attempt, AttemptLog
from cache.outbox.delivery import Delivery
from cache.outbox.write import durable_write
from cache.store.writer import Writer
from tests.simulator.profile import Profile
from tests.simulator.record import Violation
from tests.simulator.world import run_seed

__all__ = ["RULES", "Ablation", "seeds_until_caught"]


@dataclass(frozen=True, slots=True)
class Ablation:
    """A rule, how it is switched off, and the weather that shows it."""

    rule: str
    off: Callable[[], contextlib.AbstractContextManager[Any]]
    profile: Profile


class _Forgotten(AttemptLog):
    """Numbers attempts without writing them down before they are over."""

    last = 1_000_000

    def start(self, key: Any, body: Any, clock: int, at: int, **rest: Any) -> Attempt:
        type(self).last += 1
        return Attempt(type(self).last, key, dict(body), clock, at)


@contextlib.contextmanager
def _no_log() -> Iterator[None]:
    """R1 off: what leaves was not written down, neither the attempt nor that it is on its way."""
    begin = Delivery.begin_attempt

    def began(self: Delivery, *args: Any, **options: Any) -> Attempt | None:
        real, self.attempts = self.attempts, _Forgotten(self._conn)
        states = self.registers.of(args[0])
        try:
            attempt = begin(self, *args, **options)
        finally:
            self.attempts = real
        if attempt is not None:
            with durable_write(self._conn):
                for edit in states:
                    self.registers.put(edit)
        return attempt

    with mock.patch.object(Delivery, "begin_attempt", began):
        yield


@contextlib.contextmanager
def _no_fence() -> Iterator[None]:
    """R2 off: whatever arrives last is stored, however long ago it was asked for."""
    apply = Writer.apply

    def applied(self: Writer, source: str, items: Any, as_of: int, **options: Any) -> Any:
        newest = self._conn.execute("SELECT max(as_of) FROM triage").fetchone()[0] or 0
        return apply(self, source, items, max(as_of, newest), **options)

    with mock.patch.object(Writer, "apply", applied):
        yield


@contextlib.contextmanager
def _any_evidence() -> Iterator[None]:
    """R3 off: an acknowledgement or a read settles an edit that is younger than it."""
    acknowledge, converge, decide = Delivery.acknowledge, Delivery.converge, planner._decide

    def acknowledged(self: Delivery, attempt: Attempt, *args: Any, **options: Any) -> Any:
        newest = max((edit.clock for edit in self.registers.of(attempt.key)), default=0)
        return acknowledge(self, replace(attempt, clock=max(attempt.clock, newest + 1)), *args, **options)

    def converged(self: Delivery, edit: Any) -> bool:
        now = self.registers.get(edit.key, edit.field)
        return converge(self, now if now is not None else edit)

    def decided(edit: Any, server: Any, read_at: int, *rest: Any) -> Any:
        return decide(edit, server, max(read_at, edit.clock), *rest)

    with (
        mock.patch.object(Delivery, "acknowledge", acknowledged),
        mock.patch.object(Delivery, "converge", converged),
        mock.patch.object(planner, "_decide", decided),
    ):
        yield


@contextlib.contextmanager
def _no_hold() -> Iterator[None]:
    """R4 off: an unknown outcome is looked into at once and believed."""
    plan = planner.plan

    def planned(edits: Any, server: Any, read_at: int, unknown: Any, now: int) -> Any:
        return plan(edits, server, read_at, unknown, now + planner.HOLD_SECONDS)

    lost = Delivery.end_attempt

    def ended(self: Delivery, attempt: Attempt, **options: Any) -> Any:
        if options.get("next_try") is not None:
            options["next_try"] = int(self._wall())
        return lost(self, attempt, **options)

    with (
        mock.patch.object(push, "plan", planned),
        mock.patch.object(Delivery, "end_attempt", ended),
    ):
        yield


_ROUGH: Final = Profile(
    rows=1, seconds=150.0, edit_every=3.0, foreign_every=200.0, arrivals=1e6, latency=1.5, few_values=True
)
RULES: Final = (
    Ablation("R1", _no_log, replace(_ROUGH, zombie=0.3, death_steps=60, lost_after=0.1)),
    Ablation("R2", _no_fence, replace(_ROUGH, slow_read=0.5, rows=3, foreign_every=20.0)),
    Ablation("R3", _any_evidence, replace(_ROUGH, echo_edit=0.6)),
    Ablation("R4", _no_hold, replace(_ROUGH, zombie=0.5, edit_every=4.0)),
)


def seeds_until_caught(
    ablation: Ablation, limit: int, *, effects_only: bool = False
) -> tuple[int, Violation | None]:
    """How many seeds it took until an invariant broke without the rule, and which; None: within none."""
    with ablation.off():
        for seed in range(limit):
            try:
                run_seed((ablation.rule, seed), ablation.profile, effects_only=effects_only)
            except Violation as broken:
                return seed + 1, broken
    return limit, None
