"""What the remotes of all systems do alike. A system's remote says what is its own, and nothing else.

`SourceRemote` is for any system, `MergedRemote` for one with a list for each form or bot and none over all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

from cache.models import Container
from cache.sync.remote import FetchedSubmission, Identity, Page, QuarantinedItem, Refused
from inbox_tui.providers import capabilities
from inbox_tui.providers.http import AnswerTooBig
from inbox_tui.providers.items import BadItem

if TYPE_CHECKING:
    from cache.models import Capability, Event, JSONValue, Member, TriageField
    from cache.sync.remote import Budget
    from inbox_tui.providers.http import JsonClient
    from inbox_tui.providers.merged import Merger

__all__ = ["MergedRemote", "SourceRemote", "ask_for_less", "read_page"]

_T = TypeVar("_T")


class SourceRemote:
    """One source behind one client: it is read and never written, and has neither timelines nor colleagues.

    A subclass adds what is left of `cache.sync.remote.Remote`: `page_size`, `poll_floor`, `identity`,
    `page`, `get` and `containers`.
    """

    provider: ClassVar[str]

    def __init__(self, source: str, client: JsonClient) -> None:
        self.source: Final = source
        self._client = client

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.source!r})"

    @property
    def capabilities(self) -> Mapping[TriageField, Capability]:
        """Where each triage field is stored, as the registry says."""
        return capabilities(self.provider)

    @property
    def budget(self) -> Budget:
        """The rate windows as the last answer told them."""
        return self._client.budget

    async def patch(self, submission_id: str, changes: Mapping[str, JSONValue]) -> FetchedSubmission:
        """Raises Refused: the system takes no changes."""
        name = self.provider.capitalize()
        raise Refused(f"{name} takes no changes; triage is kept on this computer.", status=405)

    async def events(self, submission_id: str) -> tuple[Event, ...]:
        """Nothing: the system has no timelines."""
        return ()

    async def members(self) -> tuple[Member, ...]:
        """Nobody: the system has no colleagues."""
        return ()

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    def _read_one(self, submission_id: str, read: Callable[[], FetchedSubmission]) -> FetchedSubmission:
        """The submission that was asked for alone. Raises BadAnswer when it is another, or none."""
        try:
            fetched = read()
        except BadItem as exc:
            raise self._client.unexpected(f"the submission has something wrong ({exc.reason})") from exc
        if fetched.submission.id != submission_id:
            raise self._client.unexpected("it is about another submission")
        return fetched


class MergedRemote(SourceRemote):
    """A source whose forms or bots a `Merger` makes one list of, and whose system does not name the account.

    No form is polled more often than every `poll_seconds`, and all together `polls_a_minute` times a minute
    at most.
    """

    poll_seconds: ClassVar[float]
    polls_a_minute: ClassVar[float]

    def __init__(self, source: str, client: JsonClient, merger: Merger) -> None:
        super().__init__(source, client)
        self._merger = merger

    @property
    def poll_floor(self) -> float:
        """The least number of seconds between two automatic polls; more when there is much to ask for."""
        return self._merger.poll_floor(self.poll_seconds, self.polls_a_minute)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know: the forms or bots that cannot be read."""
        return self._merger.notes

    async def identity(self) -> Identity:
        """Whether the key is good, and which forms or bots it shows; the system does not tell whose it is."""
        seen = await self._merger.seen()
        return Identity(account_id=self.provider, account_name=self.provider.capitalize(), containers=seen)

    async def containers(self) -> tuple[Container, ...]:
        """The forms or bots that are followed."""
        return tuple(Container(self.source, part.id, part.name) for part in await self._merger.parts())


def read_page(
    rows: Iterable[_T], read: Callable[[_T], FetchedSubmission], next_cursor: str | None = None
) -> Page:
    """A page of rows; one of which `read` raises BadItem is told of and costs no other."""
    items: list[FetchedSubmission] = []
    quarantined: list[QuarantinedItem] = []
    for position, row in enumerate(rows):
        try:
            items.append(read(row))
        except BadItem as exc:
            quarantined.append(QuarantinedItem(position, exc.reason, exc.id))
    return Page(tuple(items), tuple(quarantined), next_cursor)


async def ask_for_less(ask: Callable[[int], Awaitable[_T]], first: int, then: Iterable[int]) -> _T:
    """Asks for so many rows at once, and for fewer while the answer is too large to be read."""
    sizes = [size for size in then if size < first]
    for size in (first, *sizes):
        try:
            return await ask(size)
        except AnswerTooBig as exc:
            too_big = exc
    raise too_big
