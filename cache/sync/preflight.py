"""Whether what was read already may stand in for the read before a change."""

from collections.abc import Sequence
from typing import Final

from cache.models import EditState, PendingEdit, Triage, TriageField
from cache.outbox.registers import same_value
from cache.sync.budget import Budget

__all__ = ["FRESH_SECONDS", "is_scarce", "may_stand_in", "oldest_allowed"]

FRESH_SECONDS: Final = 5.0
"""A change is sent at most this long after the read that allowed it."""
_SCARCE: Final = 0.3
_ALLOWED: Final[dict[TriageField, float]] = {"status": 30.0, "priority": 120.0, "flagged": 120.0}
"""How old the read may be while little is left of a rate window; notes and assignee are always read."""


def is_scarce(budget: Budget, now: float) -> bool:
    """Whether less than three tenths are left of a rate window; `now` in seconds since the epoch."""
    return any(
        window.reset_at > now and window.remaining < window.limit * _SCARCE for window in budget.windows
    )


def oldest_allowed(edits: Sequence[PendingEdit]) -> float:
    """How many seconds old a read may be that stands in for the one before these edits; 0 when none may."""
    return min((_ALLOWED.get(edit.field, 0.0) for edit in edits), default=0.0)


def may_stand_in(edits: Sequence[PendingEdit], seen: Triage, age: float) -> bool:
    """Whether edits may be sent over values seen `age` seconds ago: none of them has moved or was tried."""
    return 0 <= age <= oldest_allowed(edits) and all(
        edit.state is EditState.QUEUED
        and not edit.implicit
        and not edit.attempts
        and same_value(edit.field, edit.base, seen.value(edit.field))
        and not same_value(edit.field, edit.want, seen.value(edit.field))
        for edit in edits
    )
