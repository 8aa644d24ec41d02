"""Where the Awardee contract leaves a choice open: one switch for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Quirks"]


@dataclass(frozen=True)
class Quirks:
    """The answers this server gives to open questions (docs/contracts/awardee.md, facts marked assumed)."""

    unknown_query: Literal["ignore", "refuse"] = "ignore"
    """What a list does with a query parameter it does not know."""
    filters: Literal["apply", "ignore", "refuse"] = "apply"
    """Whether the list knows the filter parameters at all."""
    hide_spam: bool = False
    """Whether a list without a status filter leaves spam out."""
    utc_suffix: Literal["+00:00", "Z"] = "+00:00"
    """How timestamps say that they are UTC."""
    unknown_keys: Literal["refuse", "ignore"] = "refuse"
    """What PATCH does with keys it cannot write."""
    empty_patch: Literal["refuse", "accept"] = "refuse"
    """What PATCH does with an empty object."""
    null_resolved_at: Literal["accept", "refuse"] = "accept"
    """Whether `resolved_at` can be cleared."""
    reopening_clears_stamps: bool = False
    """Whether leaving `resolved` clears both stamps."""
    stranger_status: Literal[400, 404] = 400
    """How an assignee who is no active member is refused."""
    me: Literal["full", "older"] = "full"
    """Which of the two published shapes `/me` has for an API key."""
    event_names: Literal["plain", "longer"] = "plain"
    """`type`, `from`, `to`, or `event_type`, `old_value`, `new_value`."""
