"""The fields a query may name, their aliases, their kinds and the values they take."""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from cache.models import OPEN_STATUSES, PRIORITIES, STATUSES

__all__ = [
    "ALIASES",
    "FIELDS",
    "HABITS",
    "HAS",
    "IS_STATES",
    "IS_STATUS",
    "ORDERED",
    "PERSONS",
    "SORT_FIELDS",
    "VALUES",
    "Kind",
    "kind_of",
]

Kind: TypeAlias = Literal[
    "choice",
    "rank",
    "person",
    "number",
    "share",
    "time",
    "length",
    "text",
    "part",
    "tag",
    "named",
    "answer",
    "meta",
]
"""How the values of a field are read.

`choice` one of a fixed set, `rank` the same with an order, `person` a colleague, `number` a whole number,
`share` from 0 to 1, `time`, `length` of time, `text` words that follow one another, `part` a piece of an
identifier, `tag` a value as the provider gave it, `named` something with a name here, `answer` and `meta` the
fields whose name goes on.
"""

FIELDS: Final[Mapping[str, Kind]] = {
    "status": "choice",
    "priority": "rank",
    "assignee": "person",
    "resolver": "person",
    "is": "choice",
    "has": "choice",
    "no": "choice",
    "num": "number",
    "id": "part",
    "source": "named",
    "provider": "named",
    "form": "named",
    "dest": "tag",
    "name": "text",
    "email": "part",
    "domain": "tag",
    "phone": "part",
    "contact": "part",
    "body": "text",
    "note": "text",
    "country": "tag",
    "browser": "tag",
    "lang": "tag",
    "spam": "share",
    "reply": "tag",
    "delivery": "tag",
    "result": "tag",
    "processing": "tag",
    "created": "time",
    "resolved": "time",
    "viewed": "time",
    "completed": "time",
    "age": "length",
    "fill": "length",
    "in": "named",
    "sort": "choice",
    "limit": "number",
}
"""Every field by its full name, besides `f.LABEL` and `meta.KEY`."""
ALIASES: Final[Mapping[str, str]] = {
    "st": "status",
    "p": "priority",
    "a": "assignee",
    "page": "form",
    "bot": "form",
    "number": "num",
    "notes": "note",
}
ORDERED: Final[frozenset[Kind]] = frozenset(("rank", "number", "share", "time", "length", "answer", "meta"))
"""The kinds that can be compared and have ranges."""

HABITS: Final[Mapping[str, tuple[str, str]]] = {
    "older_than": ("age", ">"),
    "newer_than": ("age", "<"),
    "before": ("created", "<"),
    "after": ("created", ">="),
    "from": ("contact", "="),
}
"""Fields of other programs: the field and operator each stands for."""

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
HAS: Final = (
    "email",
    "phone",
    "notes",
    "reply",
    "conversation",
    "assignee",
    "url",
    "utm",
    "translation",
)
VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    "status": STATUSES,
    "priority": PRIORITIES,
    "is": (*IS_STATUS, "flagged", "unassigned", "mine", *IS_STATES, "local", "unseen"),
    "has": HAS,
    "no": HAS,
}
"""Fields with a fixed set of values; the others depend on what is cached."""

PERSONS: Final = ("me", "none", "any")
"""What can stand in the place of a colleague's name."""

SORT_FIELDS: Final = (
    *("created", "age", "number", "priority", "status", "name", "assignee", "source", "resolved"),
)


def kind_of(field: str) -> Kind:
    """How values are read of a field by its full name, `f` and `meta` among them."""
    if field == "f":
        return "answer"
    return "meta" if field == "meta" else FIELDS[field]
