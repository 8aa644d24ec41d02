"""When the edits of a submission are to be delivered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cache.models import EditState, Key, PendingEdit

__all__ = ["DEBOUNCE_SECONDS", "IMPLICIT_SECONDS", "LONGEST_HOLD", "MOVING", "Due", "due_at", "what_is_due"]

DEBOUNCE_SECONDS: Final = 3
"""How long an edit rests before it is sent, so that a change of mind costs no request."""
IMPLICIT_SECONDS: Final = 30
"""How long an edit nobody asked for waits for one of the same submission that takes it along."""
LONGEST_HOLD: Final = 600
"""A stored deadline further away than this was written before the clock was set back."""
MOVING: Final = (EditState.QUEUED, EditState.VERIFYING)
"""The states of edits that are on their way without the person."""


@dataclass(frozen=True, slots=True)
class Due:
    """Which submissions have edits to deliver now, and when the next one will."""

    keys: tuple[Key, ...]
    next_at: int | None
    """Seconds since the epoch; None when nothing waits."""


def what_is_due(
    waiting: Mapping[Key, Sequence[PendingEdit]],
    now: int,
    *,
    flush: bool,
    plenty: bool,
    unhurried: Mapping[Key, bool],
) -> Due:
    """Sort submissions by whether they are due at `now`, in seconds since the epoch.

    `flush` does not wait for edits to rest; `unhurried` are the submissions it may not hurry. Edits nobody
    asked for go along with others; alone only while there is `plenty` left of the rate windows.
    """
    at: dict[Key, int] = {}
    for key, edits in waiting.items():
        typed = [edit for edit in edits if not edit.implicit]
        if typed or plenty:
            at[key] = due_at(typed or edits, now, flush=flush and not unhurried.get(key, False))
    later = [moment for moment in at.values() if moment > now]
    return Due(tuple(key for key, moment in at.items() if moment <= now), min(later, default=None))


def due_at(edits: Sequence[PendingEdit], now: int, *, flush: bool) -> int:
    """When a submission is to be delivered: all its edits have rested, and one of them need not wait."""
    rested = max(now if flush or edit.edited_at > now else edit.edited_at + _rest(edit) for edit in edits)
    return max(rested, min(_wait_until(edit, now, flush=flush) for edit in edits))


def _rest(edit: PendingEdit) -> int:
    return IMPLICIT_SECONDS if edit.implicit else DEBOUNCE_SECONDS


def _wait_until(edit: PendingEdit, now: int, *, flush: bool) -> int:
    if flush or edit.next_try is None or edit.next_try > now + LONGEST_HOLD:
        return now
    return edit.next_try
