"""What happened in one run, in order, and what it means when a promise was broken."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Entry", "Record", "Violation"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened."""

    order: int
    at: float
    """Virtual seconds."""
    kind: str
    data: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.order:5} {self.at:9.2f} {self.kind:9} " + " ".join(
            f"{name}={value!r}" for name, value in self.data.items()
        )


class Violation(BaseException):
    """An invariant did not hold."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(f"invariant {number}: {text}")
        self.number = number
        self.text = text
        self.seed: object = None
        self.tail: tuple[str, ...] = ()

    def report(self) -> str:
        """Everything needed to look into it."""
        head = f"invariant {self.number} broken, seed {self.seed}: {self.text}"
        return "\n".join([head, *self.tail, f"replay: python -m tests.simulator replay {self.seed}"])


@dataclass
class Record:
    """The log of one run; its orders compare everything that happens."""

    entries: list[Entry] = field(default_factory=list)
    now: Any = None
    """Gives virtual seconds."""
    broken: Violation | None = None
    """The first invariant that did not hold."""
    on_break: Callable[[], object] = lambda: None
    """Ends the run."""

    @property
    def order(self) -> int:
        """The order of the newest entry."""
        return len(self.entries)

    def add(self, kind: str, **data: Any) -> int:
        """Log something; returns its order."""
        order = len(self.entries) + 1
        self.entries.append(Entry(order, self.now(), kind, data))
        return order

    def breaks(self, number: int, text: str) -> None:
        """An invariant does not hold: keep the first one and stop what runs now."""
        if self.broken is None:
            self.broken = Violation(number, text)
            self.add("BROKEN", number=number, text=text)
            self.on_break()
        raise self.broken

    def tail(self, count: int = 60) -> tuple[str, ...]:
        """The last entries as text."""
        return tuple(map(str, self.entries[-count:]))
