"""The two files as anybody else sees them: what is committed, compared with what was there before."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cache.models import TRIAGE_FIELDS
from cache.outbox.registers import same_value
from cache.store.packing import Packing
from tests.simulator.record import Record
from tests.simulator.server import SOURCE, Server, decode

__all__ = ["Files", "Held", "Wish"]


class Held(NamedTuple):
    """A register as it is committed."""

    base: Any
    want: Any
    state: str
    clock: int
    theirs: Any
    implicit: bool = False
    """Nobody asked for it: the submission was opened."""


@dataclass(slots=True)
class Wish:
    """The newest thing the person asked of one field, kept beside the client."""

    began: int
    """When its register came to be."""
    order: int
    """When the person last said it."""
    want: Any
    ruled: list[Any] = field(default_factory=list)
    """Server values the person, or a merge, has taken into account."""
    tried: list[Any] = field(default_factory=list)
    """What was written down as about to be sent, also where the client died before it left: of this wish,
    and of one that was dropped before, while nobody knows what became of it."""
    ended: str | None = None
    """delivered or dropped."""
    at: float = 0.0
    """When it came to be, in virtual seconds."""


class Files:
    """Reads both files on connections of its own after every commit."""

    def __init__(self, record: Record, server: Server) -> None:
        self.record = record
        self.server = server
        self.outbox: sqlite3.Connection
        self.cache: sqlite3.Connection
        self.held: dict[tuple[str, str], Held] = {}
        self.wishes: dict[tuple[str, str], Wish] = {}
        self.rows: dict[str, Any] = {}
        self.settled: Callable[[str, str, Held], None] = lambda identifier, name, held: None
        self._revs: dict[str, set[int]] = {}
        self._acked: dict[str, int] = {}
        self._floor: dict[str, int] = {}
        self._raw: dict[str, dict[str, Any]] = {}
        self.misses: dict[str, list[float]] = {}
        self.effects_only = False

    # Reading

    def registers(self) -> dict[tuple[str, str], Held]:
        """All registers as committed."""
        return {
            (row[0], row[1]): Held(
                json.loads(row[2]),
                json.loads(row[3]),
                row[4],
                row[5],
                json.loads(row[6] or "null"),
                bool(row[7]),
            )
            for row in self.outbox.execute(
                "SELECT submission_id, field, base, want, state, clock, theirs, implicit FROM register"
            ).fetchall()
        }

    def open_attempts(self, identifier: str) -> dict[int, Any]:
        """The bodies of committed attempts without an outcome, by their ids."""
        rows = self.outbox.execute(
            "SELECT id, body FROM attempt WHERE source = ? AND submission_id = ? AND outcome IS NULL",
            (SOURCE, identifier),
        ).fetchall()
        return {row[0]: json.loads(row[1]) for row in rows}

    def own_values(self, identifier: str, name: str) -> list[Any]:
        """What committed attempts whose fate is not known may have given a field, for all a client knows."""
        rows = self.outbox.execute(
            "SELECT body FROM attempt WHERE source = ? AND submission_id = ?"
            " AND (outcome IS NULL OR outcome = 'unknown')",
            (SOURCE, identifier),
        ).fetchall()
        bodies = [json.loads(row[0]) for row in rows]
        return [body[name] for body in bodies if name in body]

    def parsed(self, raw: str) -> dict[str, Any]:
        """A row from its raw text."""
        if raw not in self._raw:
            self._raw[raw] = json.loads(raw)
        return self._raw[raw]

    def cached_rev(self, identifier: str) -> int:
        """Which state of a row the cache holds; -1 where it holds none."""
        row = self.cache.execute(
            "SELECT answers, raw FROM submission WHERE source = ? AND id = ?", (SOURCE, identifier)
        ).fetchone()
        return int(self.parsed(Packing(self.cache).raw(*row))["rev"]) if row else -1

    # What the wire tells

    def shown(self, identifier: str, row: dict[str, Any]) -> None:
        """A response held this row."""
        self._revs.setdefault(identifier, set()).add(row["rev"])

    def acknowledged(self, identifier: str, rev: int) -> None:
        """A change was acknowledged with the row in this state."""
        self._acked[identifier] = max(self._acked.get(identifier, 0), rev)

    # What the person does

    def person(self, what: str) -> None:
        """The person has just changed the outbox: take it over as said."""
        order = self.record.order
        now = self.registers()
        for place, held in now.items():
            before = self.held.get(place)
            if before is not None and before.clock == held.clock and before.want == held.want:
                continue
            wish = self.wishes.get(place)
            if wish is None or wish.ended is not None or before is None:
                self.wishes[place] = Wish(
                    order, order, held.want, [held.base], self.own_values(*place), at=self.record.now()
                )
            else:
                wish.order, wish.want, wish.at = order, held.want, self.record.now()
                if before.base != held.base:
                    wish.ruled.append(held.base)
        for place in self.held.keys() - now.keys():
            if (wish := self.wishes.get(place)) is not None:
                wish.order, wish.ended = order, f"dropped: {what}"
        self.held = now

    def delivered(self, identifier: str, name: str) -> None:
        """The client has settled a wish."""
        self.wishes[identifier, name].ended = "delivered"

    def yielded(self, identifier: str, name: str) -> None:
        """The client has dropped what nobody had asked for."""
        self.wishes[identifier, name].ended = "dropped: it yielded"

    def reported(self) -> set[tuple[str, str, str]]:
        """Foreign values the person was told of: submission, field, its JSON text."""
        rows = self.outbox.execute(
            "SELECT submission_id, field, theirs FROM overwrite WHERE known"
        ).fetchall()
        return {(row[0], row[1], json.dumps(json.loads(row[2]))) for row in rows}

    def unread_timelines(self) -> set[str]:
        """Submissions whose timeline is still to be read."""
        rows = self.outbox.execute("SELECT submission_id FROM attempt WHERE audit IS NOT NULL").fetchall()
        return {row[0] for row in rows}

    def revs(self, identifier: str) -> set[int]:
        """The states of a row that answers have shown."""
        return self._revs.get(identifier, set())

    # What the client commits

    def committed(self, name: str) -> None:
        """The client has committed something."""
        if name == "outbox":
            self._outbox_changed()
        elif name == "cache":
            self._cache_changed()

    def _outbox_changed(self) -> None:
        now = self.registers()
        if now == self.held:
            return
        before, self.held = self.held, now
        for place, held in before.items():
            after = now.get(place)
            if after is None:
                self.record.add("settles", id=place[0], field=place[1], want=held.want)
                self.settled(*place, held)
                continue
            if after.state != held.state:
                self.record.add("state", id=place[0], field=place[1], state=after.state)
                if after.state == "sending" and place in self.wishes:
                    self.wishes[place].tried.append(after.want)
            if after.want != held.want:
                self._merged(place, held, after)
            elif after.clock != held.clock:
                self.record.breaks(1, f"{place}: the client made an edit of its own: {held} -> {after}")
        for place in now.keys() - before.keys():
            self.record.breaks(1, f"{place}: the client made an edit of its own: {now[place]}")

    def _merged(self, place: tuple[str, str], held: Held, after: Held) -> None:
        """Both sides' lines have to be there."""
        self.record.add("merges", id=place[0], mine=held.want, theirs=after.base, merged=after.want)
        if place[1] != "notes":
            self.record.breaks(1, f"{place}: the client changed {held.want!r} into {after.want!r}")
        lines = set((after.want or "").split("\n"))
        base = set((held.base or "").split("\n"))
        for side in (held.want, after.base):
            lost = set((side or "").split("\n")) - base - lines
            if lost:
                self.record.breaks(13, f"{place}: the merge lost {sorted(lost)}")
        wish = self.wishes[place]
        wish.want = after.want
        wish.ruled.append(after.base)

    def _cache_changed(self) -> None:
        rows = self.cache.execute(
            "SELECT s.id, s.raw, t.status, t.priority, t.flagged, t.assignee_id, s.notes, t.presence,"
            " s.answers FROM submission s JOIN triage t ON t.rowid = s.rowid WHERE s.source = ?",
            (SOURCE,),
        ).fetchall()
        unpack = Packing(self.cache).raw
        found = {row[0]: (row[0], unpack(row[8], row[1]), *row[2:8]) for row in rows}
        wanted = {identifier for identifier, _ in self.held}
        for identifier in self.rows.keys() - found.keys():
            if self.rows[identifier][7] == "gone" and identifier not in wanted:
                continue  # after thirty days, by a clock that may leap
            self.record.breaks(15, f"{identifier} has disappeared from the cache")
        for identifier, row in found.items():
            if self.rows.get(identifier) == row:
                continue
            raw = self.parsed(row[1])
            rev = raw["rev"]
            if rev not in self._revs.get(identifier, ()):
                self.record.breaks(3, f"the cache holds {identifier} as no answer showed it: {row[1]}")
            values = (row[2], row[3], bool(row[4]), row[5], row[6])
            told = decode(raw, SOURCE).triage
            if values != tuple(told.value(name) for name in TRIAGE_FIELDS):
                self.record.breaks(3, f"the cache shows {identifier} as {values}, its raw text says {told}")
            self._never_back(identifier, rev)
            if row[7] == "gone":
                self._proved_gone(identifier)
        self.rows = found
        self._coverage(found)

    def _never_back(self, identifier: str, rev: int) -> None:
        floor = self._floor.get(identifier, 0)
        if rev < floor:
            number = 4 if self.effects_only else 5
            self.record.breaks(
                number, f"{identifier} went back from {floor} to {rev} after an acknowledgement"
            )
        acked = self._acked.get(identifier, 0)
        if rev >= acked:
            self._floor[identifier] = acked

    def _proved_gone(self, identifier: str) -> None:
        misses = self.misses.get(identifier, [])
        if not misses or misses[-1] - misses[0] < 590:
            self.record.breaks(15, f"{identifier} is called gone after {misses}")

    def _coverage(self, found: dict[str, Any]) -> None:
        row = self.cache.execute(
            "SELECT top_created, complete, backfill_cursor FROM source WHERE name = ?", (SOURCE,)
        ).fetchone()
        if row is None or row[0] is None:
            return
        top, complete, cursor = row
        lowest = 0 if complete else int(cursor.partition(":")[2]) if cursor else None
        if lowest is None:
            return
        for identifier, held in self.server.rows.items():
            claimed = held["number"] >= lowest and held["created"] <= top
            if claimed and identifier not in found:
                self.record.breaks(16, f"{identifier} is claimed to be held: {row}")

    def forget_cache(self) -> None:
        """The cache file was lost: it may begin anew."""
        self.rows, self._floor = {}, {}


def equal(name: str, one: Any, other: Any) -> bool:
    """Whether two values mean the same."""
    return same_value(name, one, other)  # type: ignore[arg-type]
