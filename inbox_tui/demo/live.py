"""Time passing on the server: submissions arrive, and rows take the steps that were planned for them.

What happens depends on the seed, on the moment of the first tick and on the clock, not on how often the
clock is looked at.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inbox_tui.demo.generate import Generator, from_micros, seeded, to_micros
from inbox_tui.demo.making import known_people
from inbox_tui.demo.wire import compact

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from inbox_tui.demo.contract import Contract
    from inbox_tui.demo.database import Database

__all__ = ["Arrival", "Step", "advance", "arrivals", "plan_columns", "tick"]

Step = tuple[int, "Mapping[str, Any]"]
"""The microsecond at which columns of a row get new values."""

_SECOND = 1_000_000
_GAPS = (6.0, 40.0)
_LONG_SILENCE = 3_600 * _SECOND


@dataclass(frozen=True)
class Arrival:
    """One submission that is due."""

    number: int
    """Counted from 0 in each system."""
    at: int
    """When it arrives, in microseconds since 1970."""
    generator: Generator
    """Made for this arrival alone."""


def tick(database: Database, contracts: Sequence[Contract], seed: int, now: datetime) -> None:
    """Let everything happen in every system that is due by now."""
    with database.transaction() as connection:
        for contract in contracts:
            contract.tick(connection, seed, now)


def arrivals(connection: sqlite3.Connection, name: str, seed: int, now: datetime) -> Iterator[Arrival]:
    """Yield what has arrived at a system since the last tick; the first one only starts the wait.

    After an hour without ticks the wait starts again, so that a server that was off does not fill up.
    """
    fact = f"{name}.live"
    row = connection.execute("SELECT value FROM facts WHERE name = ?", (fact,)).fetchone()
    number, due = json.loads(row["value"]) if row else (0, None)
    present = to_micros(now)
    if due is None or present - due > _LONG_SILENCE:
        due = present + _gap(name, seed, number)
    people = known_people(connection) if due <= present else ()
    while due <= present:
        yield Arrival(number, due, Generator(seed, from_micros(due), f"{name} live {number}", people))
        number += 1
        due += _gap(name, seed, number)
    connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (fact, compact([number, due])))


def _gap(name: str, seed: int, number: int) -> int:
    return int(seeded("inbox-tui demo gap", seed, name, number).uniform(*_GAPS) * _SECOND)


def plan_columns(steps: Sequence[Step]) -> dict[str, Any]:
    """Return the columns `plan` and `due_at` for steps that lie ahead, earliest first."""
    return {"plan": compact(steps) if steps else None, "due_at": steps[0][0] if steps else None}


def advance(connection: sqlite3.Connection, table: str, now: datetime) -> None:
    """Take every planned step of a table that is due by now."""
    present = to_micros(now)
    found = f"SELECT seq, plan FROM {table} WHERE due_at <= ? ORDER BY seq"  # noqa: S608 - our own table
    for row in connection.execute(found, (present,)).fetchall():
        steps: list[Step] = [(at, changes) for at, changes in json.loads(row["plan"])]
        changed: dict[str, Any] = {}
        for at, changes in steps:
            if at <= present:
                changed.update(changes)
        changed.update(plan_columns([step for step in steps if step[0] > present]))
        marks = ", ".join(f"{name} = :{name}" for name in changed)
        update = f"UPDATE {table} SET {marks} WHERE seq = :seq"  # noqa: S608 - names from our own plans
        connection.execute(update, {**changed, "seq": row["seq"]})
