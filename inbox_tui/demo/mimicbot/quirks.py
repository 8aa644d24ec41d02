"""Where nothing is published about Mimicbot: one switch for each open question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Quirks"]


@dataclass(frozen=True)
class Quirks:
    """The answers this server gives to open questions (docs/contracts/mimicbot.md)."""

    envelope: Literal["items", "named", "bare"] = "items"
    """What a list stands in: `items`, its own name (`bots`, `submissions`), or nothing."""
    error: Literal["code", "code_and_message", "string"] = "code"
    """What an error says (section 5)."""
    retry_after: Literal["seconds", "date", "absent"] = "seconds"
    """How a 429 names the wait (section 6)."""
    malformed_id: Literal[400, 404] = 404
    """How an id that is no UUID is refused."""
    dismissed: Literal[200, 204] = 200
    """How a dismissed question is acknowledged."""
