"""What goes into the outbox and what comes out of it: wishes, and what became of a gesture."""

from collections.abc import Callable
from dataclasses import dataclass

from cache.models import Key, Triage, TriageField, TriageValue
from cache.outbox.gestures import Step

__all__ = ["Edit", "EditResult", "ServerValues", "Undone"]

ServerValues = Callable[[Key], Triage | None]
"""Reads the cached server values of a submission, None when it is not cached."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One wish: this field of this submission shall hold this value."""

    key: Key
    field: TriageField
    want: TriageValue
    saw: Triage | None = None
    """The values on the person's screen when they said so; None: what the cache holds."""
    implicit: bool = False
    """Nobody asked for it in so many words: opening a submission makes it read.

    It never replaces another wish, is no gesture that could be undone, and always yields.
    """
    adds: str | None = None
    """For notes: a text that goes on a line of its own below what is there when the edit is recorded.

    Another process may have changed the notes since `want` was put together, so `want` is not used then.
    """


@dataclass(frozen=True, slots=True)
class EditResult:
    """What a gesture changed. Values equal to what was seen already change nothing."""

    gesture: int | None
    steps: tuple[Step, ...] = ()
    label: str = ""

    @property
    def keys(self) -> frozenset[Key]:
        """The submissions it touched."""
        return frozenset(step.key for step in self.steps)


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo or redo did."""

    label: str
    steps: tuple[Step, ...]
    skipped: tuple[Step, ...]
    """Fields that hold something else by now and were left alone."""
    conflicts: tuple[Step, ...] = ()
    """Fields that somebody else changed after the gesture was sent: the person has to rule on them."""

    @property
    def keys(self) -> frozenset[Key]:
        """The submissions it touched."""
        return frozenset(step.key for step in (*self.steps, *self.conflicts))
