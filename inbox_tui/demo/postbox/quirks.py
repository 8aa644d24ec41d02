"""The three published states of Postbox, and what none of them says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Profile", "Quirks"]

Profile = Literal["A", "B", "C"]


@dataclass(frozen=True)
class Quirks:
    """The dialect; every default is the stated contract (docs/contracts/postbox.md)."""

    profile: Profile = "A"
    """Which published state is served (section 6)."""
    one: Literal["bare", "submission", "data"] = "bare"
    """What `GET` of one submission is wrapped in."""
    past_end: Literal["empty", "refuse"] = "empty"
    """What a page after the last one is answered with."""
    retry_after: Literal["error", "body", "header", "absent"] = "error"
    """Where a 429 names the seconds to wait (section 5)."""
    forms: Literal["forms", "data", "bare"] = "forms"
    """What the list of forms stands in."""
