"""The fields a query may name, their aliases and the values they take."""

from collections.abc import Mapping
from typing import Final

from cache.models import OPEN_STATUSES, PRIORITIES, STATUSES

__all__ = ["ALIASES", "FIELDS", "IS_STATES", "IS_STATUS", "SORT_FIELDS", "VALUES"]

FIELDS: Final = ("status", "priority", "assignee", "source", "is", "sort")
ALIASES: Final[Mapping[str, str]] = {"st": "status", "p": "priority", "a": "assignee"}

IS_STATUS: Final[Mapping[str, tuple[str, ...]]] = {
    "open": OPEN_STATUSES,
    "new": ("new",),
    "read": ("read",),
    "progress": ("in_progress",),
    "resolved": ("resolved",),
    "spam": ("spam",),
}
IS_STATES: Final[Mapping[str, tuple[str, ...]]] = {
    "queued": ("queued", "sending", "verifying"),
    "conflict": ("conflict",),
    "rejected": ("rejected",),
    "orphaned": ("orphaned",),
    "unsettled": ("queued", "sending", "verifying", "conflict", "rejected", "orphaned"),
}
VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    "status": STATUSES,
    "priority": PRIORITIES,
    "is": (*IS_STATUS, "flagged", "unassigned", "mine", *IS_STATES),
}
"""Fields with a fixed set of values; the others depend on what is cached."""

SORT_FIELDS: Final = ("created", "number", "priority", "status", "name")
