"""The books of a test: which edits were tried and acknowledged, and what the server may hold by them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from cache.models import TriageValue

__all__ = ["Accounts", "Try"]

_Place: TypeAlias = tuple[str, str]
_EVENT_FIELDS = {
    "status_changed": "status",
    "priority_changed": "priority",
    "flagged": "flagged",
    "unflagged": "flagged",
    "assigned": "assignee_id",
    "unassigned": "assignee_id",
}


@dataclass
class Try:
    """One edit somebody began to make; a line is added to the notes, any other value replaces the old."""

    id: str
    field: str
    want: TriageValue
    acknowledged: bool = False


@dataclass
class Accounts:
    """Every try in its order, by submission and field. Several processes at a time may only add to notes."""

    tries: dict[_Place, list[Try]] = field(default_factory=dict)

    def read(self, said: str) -> list[Try]:
        """Take the output of a worker: `try {...}`, then anything at all once that edit was acknowledged."""
        found: list[Try] = []
        for line in said.splitlines(keepends=True):
            if line.startswith("try ") and line.endswith("\n"):
                found.append(Try(**json.loads(line[4:])))
            elif found and line.strip() and not line.startswith("try "):
                found[-1].acknowledged = True
        for one in found:
            self.tries.setdefault((one.id, one.field), []).append(one)
        return found

    @property
    def acknowledged(self) -> int:
        """How many edits were said to be saved."""
        return sum(one.acknowledged for tries in self.tries.values() for one in tries)

    def problems(
        self,
        held: Mapping[str, Mapping[str, Any]],
        before: Mapping[str, Mapping[str, Any]],
        events: Mapping[str, Sequence[Mapping[str, Any]]],
    ) -> list[str]:
        """What is wrong with the server once everything has settled; nothing, it is hoped."""
        found: list[str] = []
        for (identifier, name), tries in self.tries.items():
            place = f"{identifier[:8]} {name}"
            now, was = held[identifier][name], before[identifier][name]
            if name == "notes":
                found += [f"{place}: {text}" for text in _lines_wrong(tries, now or "", was or "")]
                continue
            if now not in (allowed := _allowed(tries, was)):
                found.append(f"{place}: holds {now!r}, of {allowed!r}")
            told = [_to(event) for event in events[identifier] if _EVENT_FIELDS.get(event["type"]) == name]
            wants = [one.want for one in tries]
            if not _subsequence(told, wants):
                found.append(f"{place}: the server saw {told!r}, wanted were {wants!r}")
        return found


def _allowed(tries: Sequence[Try], was: TriageValue) -> list[TriageValue]:
    """The last acknowledged value, or one tried after it that may or may not have been saved."""
    last = max((at for at, one in enumerate(tries) if one.acknowledged), default=-1)
    kept = tries[last].want if last >= 0 else was
    return [kept, *(one.want for one in tries[last + 1 :])]


def _lines_wrong(tries: Iterable[Try], now: str, was: str) -> list[str]:
    lines = now.splitlines()
    wrong = [f"lost of before: {line}" for line in was.splitlines() if line not in lines]
    for one in tries:
        count = lines.count(str(one.want))
        if count > 1 or count < one.acknowledged:
            wrong.append(f"{one.want} is there {count} times")
    return wrong


def _to(event: Mapping[str, Any]) -> TriageValue:
    if event["type"] in ("flagged", "unflagged"):
        return bool(event["type"] == "flagged")
    return None if event["to"] is None else str(event["to"])


def _subsequence(part: Sequence[TriageValue], whole: Sequence[TriageValue]) -> bool:
    left = iter(whole)
    return all(any(value == other for other in left) for value in part)
