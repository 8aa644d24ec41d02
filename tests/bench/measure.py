"""Floor and subject, timed in turns: the machine's bad moments fall on both."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Line", "in_turns", "percentile", "table"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. `most` is the ratio that is aimed at, if there is one.

    Values are seconds, shown as milliseconds, unless `unit` says what they are.
    """

    name: str
    floor: float
    subject: float
    most: float | None = None
    note: str = ""
    unit: str = "ms"

    @property
    def ratio(self) -> float:
        """How many times the floor the subject takes; infinite where the floor was too short to be told."""
        return self.subject / self.floor if self.floor else math.inf

    def told(self, value: float) -> str:
        """A value with its unit."""
        return f"{value * 1000 if self.unit == 'ms' else value:,.1f} {self.unit}"

    @property
    def verdict(self) -> str:
        """Whether the aim is met; nothing where there is none."""
        if self.most is None:
            return "-"
        return "met" if self.ratio <= self.most else "MISSED"


def in_turns(sides: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Measure every side once a round and give the median of each; a side gives its own seconds."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            taken[name].append(side())
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def percentile(seconds: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of the measurements do not exceed."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def table(lines: Sequence[Line]) -> str:
    """The lines as text, the ratio first: the times hold for this machine and this moment only."""
    heads = ("what", "ratio", "aim", "", "floor", "subject", "")
    rows = [
        (
            line.name,
            f"{line.ratio:.2f} x",
            f"{line.most:.2g} x" if line.most is not None else "-",
            line.verdict,
            line.told(line.floor),
            line.told(line.subject),
            line.note,
        )
        for line in lines
    ]
    widths = [max(len(row[at]) for row in (heads, *rows)) for at in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (heads, *rows)
    )
