"""As many seeds as fit into a time, on several processes, with the ablation before them."""

import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.simulator.ablation import RULES, seeds_until_caught
from tests.simulator.record import Violation
from tests.simulator.world import run_seed

__all__ = ["Total", "ablation_table", "say", "soak"]

_LIMIT = 2_000
_CHUNK = 20


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@dataclass
class Total:
    """What all runs came to."""

    seeds: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    broken: list[tuple[object, int, str]] = field(default_factory=list)
    """Seed, invariant and report of every violation."""

    def add(self, other: "Total") -> None:
        """Take in what another process has done."""
        self.seeds += other.seeds
        self.counts.update(other.counts)
        self.broken += other.broken


def _chunk(first: int) -> Total:
    total = Total()
    for seed in range(first, first + _CHUNK):
        total.seeds += 1
        try:
            outcome = run_seed(seed)
        except Violation as violation:
            total.broken.append((seed, violation.number, violation.report()))
            continue
        total.counts.update(
            crashes=outcome.deaths,
            requests=outcome.requests,
            edits=outcome.edits,
            conflicts=outcome.conflicts,
            merges=outcome.merges,
            overwritten=outcome.overwritten,
            virtual_hours=int(outcome.virtual),
        )
    return total


def soak(seconds: float, jobs: int, first: int = 0) -> Total:
    """Run seeds from `first` on until the time is over; prints every violation and, each minute, progress."""
    total, started = Total(), time.monotonic()
    told = started

    def starts() -> Iterator[int]:
        at = first
        while time.monotonic() - started < seconds:
            yield at
            at += _CHUNK

    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        chunks = starts()
        running = [pool.apply_async(_chunk, (at,)) for _, at in zip(range(2 * jobs), chunks, strict=False)]
        while running:
            done = running.pop(0).get()
            total.add(done)
            for _, _, report in done.broken:
                say(report)
            if (at := next(chunks, None)) is not None:
                running.append(pool.apply_async(_chunk, (at,)))
            if time.monotonic() - told > 60:
                told = time.monotonic()
                say(summary(total, told - started))
    say(summary(total, time.monotonic() - started))
    return total


def summary(total: Total, seconds: float) -> str:
    """One line on what was done so far."""
    counts = total.counts
    return (
        f"{total.seeds} seeds in {seconds / 60:.1f} min ({total.seeds / seconds * 3600:.0f} an hour):"
        f" {counts['crashes']} crashes, {counts['edits']} edits, {counts['requests']} requests,"
        f" {counts['conflicts']} conflicts, {counts['merges']} merges,"
        f" {counts['overwritten']} values replaced unseen,"
        f" {counts['virtual_hours'] / 3600:.0f} virtual hours; violations: {len(total.broken)}"
    )


def ablation_table() -> tuple[str, bool]:
    """After how many seeds the absence of each rule is noticed: by its letter, and by what comes of it."""
    lines, whole = ["rule  by its letter          by what comes of it"], True
    for ablation in RULES:
        cells = []
        for effects_only in (False, True):
            seeds, broken = seeds_until_caught(ablation, _LIMIT, effects_only=effects_only)
            whole &= broken is not None
            cells.append(f"{seeds} seeds (invariant {broken.number})" if broken else f"NOT in {seeds} seeds")
        lines.append(f"{ablation.rule:5} {cells[0]:22} {cells[1]}")
    return "\n".join(lines), whole
