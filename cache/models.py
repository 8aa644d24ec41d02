"""The canonical submission and the small frozen values that travel between cache, engine and screen."""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, TypeAlias

__all__ = [
    "OPEN_STATUSES",
    "PARKED",
    "PRIORITIES",
    "ROWIDS_A_SECOND",
    "STATUSES",
    "TRIAGE_FIELDS",
    "Attribution",
    "Capability",
    "Contact",
    "Container",
    "Decoder",
    "Delivery",
    "Destination",
    "Detail",
    "EditState",
    "Event",
    "Field",
    "JSONValue",
    "Key",
    "Member",
    "Message",
    "PendingEdit",
    "Processing",
    "Reply",
    "Row",
    "Spam",
    "Submission",
    "SyncSign",
    "Triage",
    "TriageField",
    "TriageValue",
    "human_number",
]

JSONValue: TypeAlias = Any
"""A value as `json.loads` gives it; typed only here, at the JSON edge."""

TriageField: TypeAlias = Literal["status", "priority", "flagged", "assignee_id", "notes"]
TriageValue: TypeAlias = str | bool | None

TRIAGE_FIELDS: Final[tuple[TriageField, ...]] = ("status", "priority", "flagged", "assignee_id", "notes")
STATUSES: Final = ("new", "read", "in_progress", "resolved", "spam")
OPEN_STATUSES: Final = ("new", "read", "in_progress")
PRIORITIES: Final = ("none", "low", "medium", "high")


ROWIDS_A_SECOND: Final = 16
"""Rowids are in order of creation: each second has so many, and what does not fit takes later ones."""


class Key(NamedTuple):
    """What names one submission everywhere: its source and the id the provider gave it."""

    source: str
    id: str


class Capability(enum.StrEnum):
    """Where an edit of one triage field of one source ends up."""

    REMOTE = "remote"
    """The provider stores it."""
    LOCAL = "local"
    """The provider has no such field: the local ledger keeps it."""
    NONE = "none"
    """The provider has it, but this credential may not write it."""


class EditState(enum.StrEnum):
    """Where an unsettled edit stands."""

    QUEUED = "queued"
    SENDING = "sending"
    VERIFYING = "verifying"
    """The outcome of the last attempt is unknown."""
    CONFLICT = "conflict"
    REJECTED = "rejected"
    ORPHANED = "orphaned"
    """The submission is no longer there on the server."""


PARKED: Final = (EditState.CONFLICT, EditState.REJECTED, EditState.ORPHANED)
"""The states of edits that wait for the person and are not sent."""

SyncSign: TypeAlias = Literal[
    "conflict", "rejected", "orphaned", "verifying", "sending", "queued", "local", "clean"
]
"""The worst state among a submission's unsettled edits; `clean` when there is none."""


class Triage(NamedTuple):
    """The five values an agent edits. Unknown status and priority values survive verbatim."""

    status: str = "new"
    priority: str = "none"
    flagged: bool = False
    assignee_id: str | None = None
    notes: str | None = None

    def value(self, name: TriageField) -> TriageValue:
        """The value of one field by its name."""
        value: TriageValue = getattr(self, name)
        return value


class Field(NamedTuple):
    """One answer, as the visitor gave it; nothing here is cleaned for display."""

    key: str
    type: str
    label: str
    value: JSONValue
    order: float


class Contact(NamedTuple):
    """Who sent the submission, as far as its answers tell."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the visitor was sent afterwards; `value` is kept as the provider gave it."""

    type: str
    value: JSONValue


class Attribution(NamedTuple):
    """What brought the visitor to the form."""

    qr_code_id: str | None = None
    product_id: str | None = None
    object_id: str | None = None
    conversation_id: str | None = None
    visitor_id: str | None = None
    action_id: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a provider's own delivery of the submission went, in its words."""

    status: str
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Spam:
    """A machine's judgement; `confidence` between 0 and 1."""

    flag: bool
    confidence: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply the provider drafted or sent."""

    status: str
    content: str | None = None
    subject: str | None = None
    reason: str | None = None
    replied_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Processing:
    """How far the provider's own pipeline has come with the submission."""

    status: str
    reason: str | None = None


_NOTHING: Final[Mapping[str, JSONValue]] = MappingProxyType({})


class Submission(NamedTuple):
    """One record from one system in the vocabulary shared by all of them.

    Times are aware UTC, durations are seconds. Strings are the provider's own, scrubbed of what SQLite
    cannot hold but not cleaned for display: that is `cache.text`.
    """

    source: str
    provider: str
    id: str
    created_at: datetime
    number: int | None = None
    container_id: str | None = None
    container_name: str | None = None
    status: str = "new"
    priority: str = "none"
    flagged: bool = False
    assignee_id: str | None = None
    notes: str | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    fields: tuple[Field, ...] = ()
    """In drawn order."""
    metadata: Mapping[str, JSONValue] = _NOTHING
    destination: Destination | None = None
    viewed_at: datetime | None = None
    completed_at: datetime | None = None
    duration_seconds: float | None = None
    attribution: Attribution = Attribution()
    contact: Contact = Contact()
    result: str | None = None
    delivery: Delivery | None = None
    spam: Spam | None = None
    language: str | None = None
    translation: Mapping[str, JSONValue] | None = None
    reply: Reply | None = None
    processing: Processing | None = None

    @property
    def key(self) -> Key:
        """What names this submission."""
        return Key(self.source, self.id)

    @property
    def triage(self) -> Triage:
        """The five editable values, as the server holds them."""
        return Triage(self.status, self.priority, self.flagged, self.assignee_id, self.notes)


def human_number(number: int | None, identifier: str) -> str:
    """The short name a person uses: `SUB-0421` where the provider counts, else eight characters of the id."""
    return f"SUB-{number:04d}" if number is not None else identifier[:8]


Decoder: TypeAlias = Callable[[Mapping[str, JSONValue], str], Submission]
"""From a provider's JSON object and the source's name to a submission. Raises ValueError."""


Keeper: TypeAlias = Callable[[bytes], bytes]
"""From the JSON text of an item to the one that is kept, in bounds and storable; both are UTF-8.

Raises ValueError.
"""


@dataclass(frozen=True, slots=True)
class Member:
    """A colleague who can be assigned; `user_id` is what a submission's `assignee_id` holds."""

    source: str
    user_id: str
    name: str
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Container:
    """What a list of submissions hangs on: a page, a form or a bot."""

    source: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Event:
    """One row of a submission's timeline; `before` and `after` are the provider's values."""

    id: str
    type: str
    created_at: datetime | None
    actor_id: str | None = None
    actor_name: str | None = None
    before: JSONValue = None
    after: JSONValue = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the conversation a submission came from."""

    id: str
    role: str
    """In the provider's word: `user` is the visitor."""
    created_at: datetime | None
    author_id: str | None = None
    parts: tuple[str, ...] = ()
    """In their order; what is no text is named in brackets."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list. Texts are cleaned and fit one line; triage values are what a person sees."""

    rowid: int
    key: Key
    ref: str
    created: int
    """Seconds since the epoch."""
    status: str
    priority: str
    flagged: bool
    assignee_id: str | None
    assignee_name: str | None
    sync: SyncSign
    who: str
    about: str
    cleaned: bool
    """True when foreign text was changed to be displayable."""
    missing: bool = False
    """True when the server no longer lists it, or no longer has it."""
    gone: bool = False
    """True when it is certain that the server no longer has it."""
    matches: bool = True
    """False for a row that is held in place although it no longer matches the query."""


@dataclass(frozen=True, slots=True)
class PendingEdit:
    """An edit that has not settled yet."""

    key: Key
    field: TriageField
    base: TriageValue
    want: TriageValue
    state: EditState
    clock: int
    edited_at: int
    """Seconds since the epoch."""
    attempts: int = 0
    next_try: int | None = None
    """Seconds since the epoch, None when nothing is waited for."""
    error: str | None = None
    theirs: TriageValue = None
    """The conflicting server value, meaningful in state `conflict`."""
    implicit: bool = False
    """True when nobody asked for it: a submission that was opened counts as read. It yields to anything."""
    damaged: bool = False
    """True when the stored row does not match its checksum: it is shown, and never sent."""


@dataclass(frozen=True, slots=True)
class Detail:
    """Everything the detail pane and `show` draw of one submission."""

    rowid: int
    submission: Submission
    """Server facts."""
    seen: Triage
    """What a person sees: the newest unsettled edit of each field, else the server's value."""
    pending: tuple[PendingEdit, ...]
    sync: SyncSign
    seen_at: int
    """When the server last showed it, in seconds since the epoch."""
    raw: str
    """The provider's JSON text."""
    cleaned: bool
    assignee_name: str | None = None
    missing: bool = False
    gone: bool = False

    @property
    def ref(self) -> str:
        """The short name a person uses."""
        return human_number(self.submission.number, self.submission.id)
