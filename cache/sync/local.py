"""A source whose provider stores no triage: read from the provider, triaged in the local ledger.

The ledger answers like any API, so the engine, the rules and the screens know one road only. It costs no
request, needs no connection, and is never out of reach.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final, cast

from cache.models import TRIAGE_FIELDS, Capability, Container, Event, JSONValue, Key, Member, TriageField
from cache.outbox.ledger import Kept, Ledger, with_kept
from cache.sync.budget import Budget
from cache.sync.remote import (
    Deleting,
    FetchedSubmission,
    Identity,
    NotFound,
    Page,
    Refused,
    Remote,
    deletes,
    fixed_window,
    full_windows,
    notes_of,
    reads_one,
)

__all__ = ["LOCAL_TRIAGE", "LedgerDesk", "WithLedger"]

LOCAL_TRIAGE: Final[Mapping[TriageField, Capability]] = dict.fromkeys(TRIAGE_FIELDS, Capability.LOCAL)


class LedgerDesk:
    """Takes the edits of a read-only source; implements `cache.sync.remote.Writable`.

    `held` gives a submission as the local copy has it, None when it has none. `mirror` brings the ledger's
    values of a submission into the local copy; it is called before an edit is said to be kept.
    """

    def __init__(
        self,
        source: str,
        ledger: Ledger,
        *,
        held: Callable[[str], FetchedSubmission | None],
        mirror: Callable[[FetchedSubmission], None],
    ) -> None:
        self.source = source
        self.capabilities = LOCAL_TRIAGE
        self.is_ledger = True
        self.budget = Budget()
        self._ledger = ledger
        self._held = held
        self._mirror = mirror

    async def get(self, submission_id: str) -> FetchedSubmission:
        """The submission with what the ledger holds. Raises NotFound when it is not in the local copy."""
        held = self._held(submission_id)
        if held is None:
            raise NotFound("The local copy does not have this submission.")
        kept = self._ledger.of(self.source, [submission_id]).get(submission_id, ())
        fetched = replace(held, submission=with_kept(held.submission, kept))
        self._mirror(fetched)
        return fetched

    async def patch(self, submission_id: str, changes: Mapping[str, JSONValue]) -> FetchedSubmission:
        """Keep the named fields; durable in the ledger and mirrored in the local copy when it returns."""
        self._ledger.put(Key(self.source, submission_id), changes)
        return await self.get(submission_id)


class WithLedger:
    """A provider that stores no triage, as the pull side reads it: the ledger's values laid over."""

    def __init__(self, inner: Remote, ledger: Ledger) -> None:
        self._inner = inner
        self._ledger = ledger

    @property
    def source(self) -> str:
        """The configured name of the source."""
        return self._inner.source

    @property
    def provider(self) -> str:
        """The system behind it."""
        return self._inner.provider

    @property
    def capabilities(self) -> Mapping[TriageField, Capability]:
        """Everything is kept locally."""
        return LOCAL_TRIAGE

    @property
    def budget(self) -> Budget:
        """The provider's rate windows."""
        return self._inner.budget

    @property
    def page_size(self) -> int:
        """The provider's."""
        return self._inner.page_size

    @property
    def poll_floor(self) -> float:
        """The provider's."""
        return self._inner.poll_floor

    @property
    def window(self) -> int | None:
        """The provider's."""
        return fixed_window(self._inner)

    @property
    def full_windows(self) -> Mapping[str, datetime] | None:
        """The provider's."""
        return full_windows(self._inner)

    @property
    def deletes(self) -> bool:
        """The provider's."""
        return deletes(self._inner)

    @property
    def notes(self) -> tuple[str, ...]:
        """The provider's."""
        return notes_of(self._inner)

    @property
    def reads_one(self) -> bool:
        """The provider's."""
        return reads_one(self._inner)

    def _over(self, fetched: FetchedSubmission, held: Mapping[str, tuple[Kept, ...]]) -> FetchedSubmission:
        kept = held.get(fetched.submission.id, ())
        return replace(fetched, submission=with_kept(fetched.submission, kept))

    async def page(self, *, cursor: str | None = None, open_only: bool = False) -> Page:
        """One page of the provider's list."""
        page = await self._inner.page(cursor=cursor, open_only=open_only)
        kept = self._ledger.of(self.source, [item.submission.id for item in page.items])
        return replace(page, items=tuple(self._over(item, kept) for item in page.items))

    async def get(self, submission_id: str) -> FetchedSubmission:
        """One submission from the provider. Raises NotFound."""
        fetched = await self._inner.get(submission_id)
        return self._over(fetched, self._ledger.of(self.source, [submission_id]))

    async def patch(self, submission_id: str, changes: Mapping[str, JSONValue]) -> FetchedSubmission:
        """Never sent to the provider."""
        self._ledger.put(Key(self.source, submission_id), changes)
        return await self.get(submission_id)

    async def delete(self, submission_id: str, container_id: str | None = None) -> None:
        """Deleted at the provider; what the ledger keeps of it stays. Raises Refused where that cannot be."""
        if not deletes(self._inner):
            raise Refused("Nothing can be deleted there.", status=405)
        await cast("Deleting", self._inner).delete(submission_id, container_id)

    async def identity(self) -> Identity:
        """Whose account the credential opens."""
        return await self._inner.identity()

    async def events(self, submission_id: str) -> tuple[Event, ...]:
        """The provider's timeline."""
        return await self._inner.events(submission_id)

    async def members(self) -> tuple[Member, ...]:
        """The provider's colleagues."""
        return await self._inner.members()

    async def containers(self) -> tuple[Container, ...]:
        """The provider's forms or bots."""
        return await self._inner.containers()

    async def aclose(self) -> None:
        """Close the provider's connection."""
        await self._inner.aclose()
