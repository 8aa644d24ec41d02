"""Where the published server code leaves the stated Mantlz contract, or the contract is silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Plan", "Quirks"]

Plan = Literal["FREE", "STANDARD", "PRO"]


@dataclass(frozen=True)
class Quirks:
    """The dialect; every default is the stated contract (docs/contracts/mantlz.md)."""

    one_row_more: bool = False
    """Quirk 1: submissions and logs bring up to `limit + 1` rows and never a `nextCursor` (section 3.2)."""
    last_row_cursor: Literal["nowhere", "forms", "everywhere"] = "nowhere"
    """Quirk 2: which lists name the last row of the page as `nextCursor`, so that it comes again."""
    end_of_list: Literal["absent", "null", "empty"] = "absent"
    """How the last page says that it is the last."""
    plan: str | None = None
    """Answers as if every account had this plan, e.g. after an upgrade; may be an unknown one."""
    limit_headers: Literal["always", "refusals"] = "always"
    """Whether answers of success have the `X-RateLimit-*` headers too (section 5)."""
    reset_unit: Literal["milliseconds", "seconds"] = "milliseconds"
    """The unit of `X-RateLimit-Reset`."""
    missing_form: Literal[403, 404] = 404
    """How a form that is missing or somebody else's is refused."""
    missing_key: Literal[400, 401] = 400
    """How a request without any key is refused."""
