"""What the engine asks of a provider, and the ways a provider can fail.

The engine knows these types only; a provider turns HTTP into them. A remote never retries and never waits
for a rate limit: that is the engine's part.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cache.models import (
    Capability,
    Container,
    Decoder,
    Event,
    JSONValue,
    Keeper,
    Member,
    Message,
    Submission,
    TriageField,
)
from cache.sync.budget import Budget, RateWindow

__all__ = [
    "AuthPaused",
    "BadAnswer",
    "Budget",
    "Conversing",
    "Deleting",
    "FetchedSubmission",
    "Forbidden",
    "Identity",
    "Misconfigured",
    "NeverLeft",
    "NotFound",
    "OutcomeUnknown",
    "Page",
    "QuarantinedItem",
    "RateLimited",
    "RateWindow",
    "Refused",
    "Remote",
    "RemoteError",
    "ServerFault",
    "TextPage",
    "Undecoded",
    "Writable",
    "converses",
    "deletes",
    "fixed_window",
    "full_windows",
    "gives_texts",
    "is_ledger",
    "notes_of",
    "reads_one",
]


@dataclass(frozen=True, slots=True)
class FetchedSubmission:
    """A submission as read, with the exact JSON text it came as (compact, UTF-8 safe)."""

    submission: Submission
    raw: str


@dataclass(frozen=True, slots=True)
class QuarantinedItem:
    """An item of a page that could not be understood, with a short reason that holds no personal data.

    A negative position stands for a whole form or bot that could not be read: any row may be missing.
    """

    position: int
    reason: str
    id: str | None = None
    may_pass: bool = False
    """Whether a whole form or bot may be readable another time: its rows are then looked for again."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, newest first."""

    items: tuple[FetchedSubmission, ...]
    quarantined: tuple[QuarantinedItem, ...] = ()
    next_cursor: str | None = None
    """None at the end of the list."""


@dataclass(frozen=True, slots=True)
class TextPage:
    """One page of a list, newest first, whose items are still to be decoded."""

    texts: tuple[bytes, ...]
    """In UTF-8; where one is not, whoever reads it puts U+FFFD."""
    decoder: Decoder
    next_cursor: str | None = None
    """None at the end of the list."""
    keep: Keeper | None = None
    """Makes of each text what `FetchedSubmission.raw` is; without it they are that already."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose data a credential sees, and what it may do."""

    account_id: str
    account_name: str
    user_id: str | None = None
    """The person behind the credential, where it tells."""
    user_name: str | None = None
    capabilities: Mapping[TriageField, Capability] | None = None
    """None: as the provider states for everybody."""
    actor_ids: frozenset[str] = frozenset()
    """Under which actors its changes are listed in timelines, as far as that is known."""
    containers: Mapping[str, datetime | None] | None = None
    """Where a system does not say whose a key is: every form or bot the key shows, and when it was made.

    None where `account_id` tells one account from another.
    """


class RemoteError(Exception):
    """Something a provider could not do.

    RemoteError
    +-- NeverLeft        the request was not sent (DNS, connect, TLS): not applied
    +-- OutcomeUnknown   sent, no answer that can be trusted (timeout, reset, 502, 504): perhaps applied
    |   +-- BadAnswer    an answer came but cannot be read (HTML, cut JSON, over the size cap)
    |   +-- ServerFault  500 or 503
    +-- RateLimited      429: not applied
    +-- AuthPaused       401, or 403 because the key is paused or revoked
    +-- Forbidden        any other 403
    +-- NotFound         404 or 410
    +-- Refused          400, 409 and other 4xx, perhaps naming fields
    +-- Misconfigured    3xx, or a request that must not be made at all

    `str(error)` is one plain sentence for a person, already cleaned and without secrets.
    """

    def __init__(self, message: str, *, status: int | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        """The HTTP status, None when there was no answer."""
        self.code = code
        """The provider's own error code."""


class NeverLeft(RemoteError):
    """The request never left this machine: it was certainly not applied."""


class OutcomeUnknown(RemoteError):
    """The request was sent; whether it was applied is not known."""


class BadAnswer(OutcomeUnknown):
    """An answer came that cannot be read."""


class ServerFault(OutcomeUnknown):
    """The server says it failed; whether a write was applied is not known."""


class RateLimited(RemoteError):
    """The rate window is used up; certainly not applied."""

    def __init__(
        self, message: str, *, retry_after: float | None, status: int = 429, code: str | None = None
    ) -> None:
        super().__init__(message, status=status, code=code)
        self.retry_after = retry_after
        """Seconds to wait, None when the server did not say."""


class AuthPaused(RemoteError):
    """The credential is missing, unknown, expired, paused or revoked."""


class Forbidden(RemoteError):
    """The credential is good but may not do this."""


class NotFound(RemoteError):
    """The server has no such record, or does not show it."""


class Refused(RemoteError):
    """The request itself was refused."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str | None = None,
        field_errors: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, status=status, code=code)
        self.field_errors: Mapping[str, str] = field_errors or {}
        """What the server said of single fields, by wire name."""


class Misconfigured(RemoteError):
    """The address or the set-up is wrong (a redirect, for one): nothing more is sent to this source."""


class Writable(Protocol):
    """Where edits go. Every method may raise `RemoteError`; none retries."""

    @property
    def source(self) -> str:
        """The configured name of the source."""
        ...

    @property
    def capabilities(self) -> Mapping[TriageField, Capability]:
        """What the provider stores for everybody."""
        ...

    @property
    def budget(self) -> Budget:
        """The rate windows as the last answer told them."""
        ...

    async def get(self, submission_id: str) -> FetchedSubmission:
        """One submission. Raises NotFound."""
        ...

    async def patch(self, submission_id: str, changes: Mapping[str, JSONValue]) -> FetchedSubmission:
        """Change exactly the named fields and return the submission as the server now holds it."""
        ...


class Remote(Writable, Protocol):
    """One configured source, written and read. Every method may raise `RemoteError`; none retries."""

    @property
    def provider(self) -> str:
        """The system behind it."""
        ...

    @property
    def page_size(self) -> int:
        """How many submissions a page holds at most."""
        ...

    @property
    def poll_floor(self) -> float:
        """The least number of seconds between two automatic polls of the head."""
        ...

    async def identity(self) -> Identity:
        """Whose account the credential opens."""
        ...

    async def page(self, *, cursor: str | None = None, open_only: bool = False) -> Page:
        """One page, newest first; `open_only` asks the server for open submissions where it can."""
        ...

    async def events(self, submission_id: str) -> tuple[Event, ...]:
        """The timeline, oldest first."""
        ...

    async def members(self) -> tuple[Member, ...]:
        """Who can be assigned."""
        ...

    async def containers(self) -> tuple[Container, ...]:
        """The forms, pages or bots the credential sees."""
        ...

    async def aclose(self) -> None:
        """Close what is open."""
        ...


class Deleting(Protocol):
    """What a source whose system deletes submissions offers besides; it says so with `deletes = True`."""

    async def delete(self, submission_id: str, container_id: str | None = None) -> None:
        """Delete a submission for good; `container_id` is its form, where that is known.

        Raises NotFound when there is no such record, and any other RemoteError.
        """
        ...


def deletes(remote: Remote) -> bool:
    """Whether a source offers what `Deleting` says."""
    answer: bool = getattr(remote, "deletes", False)
    return answer


class Undecoded(Protocol):
    """What a source offers besides that leaves the decoding to others; it says so by `gives_texts`."""

    async def text_page(self, *, cursor: str | None = None) -> TextPage:
        """What `page` shows, not decoded yet."""
        ...


def gives_texts(remote: Remote) -> bool:
    """Whether a source offers what `Undecoded` says."""
    answer: bool = getattr(remote, "gives_texts", False)
    return answer


class Conversing(Protocol):
    """What a source offers besides whose system holds conversations; it says so with `converses = True`."""

    async def messages(self, conversation_id: str) -> tuple[Message, ...]:
        """What was said in a conversation, oldest first. Raises NotFound."""
        ...


def converses(remote: Remote) -> bool:
    """Whether a source offers what `Conversing` says."""
    answer: bool = getattr(remote, "converses", False)
    return answer


def notes_of(remote: Remote) -> tuple[str, ...]:
    """Sentences a person should know about what was read; a remote that has some offers `notes`."""
    notes: tuple[str, ...] = getattr(remote, "notes", ())
    return notes


def is_ledger(remote: Writable) -> bool:
    """Whether what it answers comes from this machine and shows nothing of the source."""
    answer: bool = getattr(remote, "is_ledger", False)
    return answer


def reads_one(remote: Remote) -> bool:
    """Whether a source can be asked for one submission; one that cannot says so with `reads_one = False`."""
    answer: bool = getattr(remote, "reads_one", True)
    return answer


def fixed_window(remote: Remote) -> int | None:
    """How many rows a source lists at most whatever it holds; None where its list goes down to the oldest.

    A remote with such a list says so with an attribute `window`.
    """
    window: int | None = getattr(remote, "window", None)
    return window


def full_windows(remote: Remote) -> Mapping[str, datetime] | None:
    """Of each form or bot that showed as many rows as it can, when the oldest of them came.

    None where a source has one window over all its rows, or none; one with a window for each says so with
    an attribute `full_windows`.
    """
    windows: Mapping[str, datetime] | None = getattr(remote, "full_windows", None)
    return windows
