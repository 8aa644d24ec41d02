"""Cut the power at any point of a recording, reopen with the real code, and compare with what was told."""

import random
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from cache.errors import CacheError
from cache.schema import open_database
from tests.durability.disk import cut
from tests.durability.recording import Op, told
from tests.durability.workload import KINDS, digest

__all__ = ["Outcome", "cut_power"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many times the power was cut, and after which operations something told as saved was lost."""

    cuts: int
    lost: tuple[int, ...]
    later: int
    """How often the step in progress was found whole though nobody was told yet."""


def cut_power(kind: str, ops: Sequence[Op], *, cuts: int, seed: int, directory: Path) -> Outcome:
    """Reopen the files after each of `cuts` cuts; a file that does not open has lost everything."""
    rng = random.Random(seed)
    states = [told(op) for op in ops if op.kind == "saved"]
    lost: list[int] = []
    later = 0
    for number in range(cuts):
        at = rng.randrange(1, len(ops) + 1)
        saved = sum(op.kind == "saved" for op in ops[:at])
        place = directory / f"cut-{number}"
        cut(ops, at, rng, place)
        found = _contents(kind, place)
        shutil.rmtree(place)
        if (saved or not found) and found != states[saved - 1]:
            if saved < len(states) and found == states[saved]:
                later += 1
            else:
                lost.append(at)
    return Outcome(cuts, tuple(lost), later)


def _contents(kind: str, directory: Path) -> str:
    """What the real code finds; an empty text when it cannot open the file."""
    try:
        with closing(open_database(directory, KINDS[kind])) as conn:
            whole = conn.execute("PRAGMA quick_check").fetchone() == ("ok",)
            return digest(conn) if whole else ""
    except (CacheError, sqlite3.Error):
        return ""
