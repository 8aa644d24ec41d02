"""Watches one run: every request, answer and commit is held against the rules while it happens."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cache.models import TRIAGE_FIELDS
from cache.outbox.registers import same_value
from cache.sync.remote import FetchedSubmission, Identity, NotFound, OutcomeUnknown, Page, RateLimited
from tests.simulator.record import Record
from tests.simulator.watch import Files, Held

__all__ = ["Judge", "Request"]

_STAMPS = {"resolved_at", "resolved_by"}
_HOLD = 60.0
_FRESH = 5.5


@dataclass(eq=False)
class Request:
    """One request of the client and what it knows of its fate."""

    order: int
    at: float
    life: int
    kind: str
    what: str | None
    body: dict[str, Any]
    left: bool = True
    attempts: frozenset[int] = frozenset()
    """The committed attempts it may be, for a change."""
    outcome: str | None = None
    """None while it is awaited; ok, unknown, missing, or failed (then it was certainly not applied)."""
    answered: int = 0
    answered_at: float = 0.0
    shows: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """The rows it was answered with, by id."""

    @property
    def open_or_unknown(self) -> bool:
        """Whether it may be applied at any time, as far as the client knows."""
        return self.outcome in (None, "unknown") and self.left


class Judge:
    """Holds what happens against the invariants that can be told while it happens."""

    def __init__(self, record: Record, files: Files, account: str) -> None:
        self.record = record
        self.files = files
        self.account = account
        self.requests: list[Request] = []
        self.by_row: dict[str, list[Request]] = {}
        self.closed_until: dict[int, float] = {}
        self.strangers: set[int] = set()
        self.effects_only = False
        """Leave out the rules that are checked by their letter (5 to 8) and judge by what comes of them."""

    def sends(self, life: int, kind: str, what: str | None, body: dict[str, Any]) -> Request:
        """A request is about to leave."""
        order = self.record.add("sends", life=life, what=kind, id=what, body=body)
        request = Request(order, self.record.now(), life, kind, what, body)
        if (until := self.closed_until.get(life, 0.0)) > request.at + 1e-3:
            self.record.breaks(21, f"{kind} {what} goes out {until - request.at:.1f} s too early after a 429")
        if life in self.strangers and kind != "me":
            self.record.breaks(18, f"{kind} {what} goes to another organisation")
        if kind == "patch":
            self._may_send(request)
        self.requests.append(request)
        if what is not None:
            self.by_row.setdefault(what, []).append(request)
        return request

    def answered(self, request: Request, answer: Any) -> None:
        """Its answer has reached the client."""
        request.outcome = "ok"
        rows: tuple[FetchedSubmission, ...] = ()
        if isinstance(answer, FetchedSubmission):
            rows = (answer,)
        elif isinstance(answer, Page):
            rows = answer.items
        elif isinstance(answer, Identity):
            known = answer.account_id == self.account
            (self.strangers.discard if known else self.strangers.add)(request.life)
        for row in rows:
            shown = self.files.parsed(row.raw)
            request.shows[row.submission.id] = shown
            self.files.shown(row.submission.id, shown)
            if row.submission.id != request.what:
                self.by_row.setdefault(row.submission.id, []).append(request)
        request.answered = self.record.add("answer", to=request.order, what=request.kind, id=request.what)
        request.answered_at = self.record.now()
        if request.kind == "patch" and request.what is not None:
            self.files.acknowledged(request.what, request.shows[request.what]["rev"])

    def failed(self, request: Request, error: Exception) -> None:
        """The client has learned of a failure."""
        request.outcome = "unknown" if isinstance(error, OutcomeUnknown) else "failed"
        if isinstance(error, NotFound):
            request.outcome = "missing"
            if request.kind == "get":
                self.files.misses.setdefault(str(request.what), []).append(self.record.now())
        request.answered = self.record.add("failure", to=request.order, what=request.kind, error=repr(error))
        request.answered_at = self.record.now()
        if isinstance(error, RateLimited) and error.retry_after is not None:
            until = self.record.now() + error.retry_after
            self.closed_until[request.life] = max(self.closed_until.get(request.life, 0.0), until)

    def abandoned(self, request: Request) -> None:
        """The client no longer waits for it."""
        if request.outcome is None:
            request.outcome = "unknown"
            self.record.add("abandons", to=request.order)

    def death(self, life: int) -> None:
        """A client that died waits for nothing any more, and knows of no answer it did not keep."""
        for request in self.requests:
            if request.life == life:
                self.abandoned(request)
                if request.attempts & self.files.open_attempts(str(request.what)).keys():
                    request.outcome = "unknown"

    # What may be sent

    def _may_send(self, request: Request) -> None:
        identifier = str(request.what)
        mine = self.by_row.get(identifier, [])
        committed = self.files.open_attempts(identifier)
        request.attempts = frozenset(committed)
        patches = [other for other in mine if other.kind == "patch"]
        if not self.effects_only:
            self._logged(request, [*committed.values()], patches)
            self._held_back(request, patches, mine)
        registers = self.files.registers()
        for name, value in request.body.items():
            if name in _STAMPS:
                if request.body.get("status", "resolved") == "resolved":
                    self.record.breaks(9, f"{name} is sent although nothing leaves `resolved`")
                continue
            held = registers.get((identifier, name))
            if held is None or not same_value(name, held.want, value):  # type: ignore[arg-type]
                self.record.breaks(9, f"{identifier}.{name}={value!r} is sent, wanted is {held}")
            elif same_value(name, held.want, held.base):  # type: ignore[arg-type]
                self.record.breaks(9, f"{identifier}.{name} is sent although nothing changes: {held}")
            if held is not None:
                self._not_over(request, name, held, mine)

    def _logged(self, request: Request, committed: list[Any], patches: list[Request]) -> None:
        if committed != [request.body]:
            self.record.breaks(7, f"{request.what}: sends {request.body}, committed is {committed}")
        if any(other.outcome is None for other in patches):
            self.record.breaks(7, f"{request.what}: two changes at once on the wire")

    def _held_back(self, request: Request, patches: list[Request], mine: list[Request]) -> None:
        """Rule R4 by its letter."""
        for other in patches:
            if not other.open_or_unknown:
                continue
            differs = [
                name
                for name in other.body.keys() & request.body.keys()
                if other.body[name] != request.body[name] and name in TRIAGE_FIELDS
            ]
            if differs and (why := self._unproven(other, mine)) is not None:
                self.record.breaks(
                    8, f"{request.what}: {differs} sent differently after request {other.order}: {why}"
                )

    def _unproven(self, other: Request, mine: list[Request]) -> str | None:
        """Why the fate of a change is still open; None when a read may be believed."""
        if self.record.now() - other.at < _HOLD:
            return f"only {self.record.now() - other.at:.1f} s ago"
        if not any(read.outcome == "ok" and read.kind == "get" and read.order > other.order for read in mine):
            return "nothing was read since"
        return None

    def _not_over(self, request: Request, name: str, held: Held, mine: list[Request]) -> None:
        """No change over a foreign value that was read and that the person has not ruled on."""
        identifier = str(request.what)
        reads = [read for read in mine if read.outcome == "ok" and identifier in read.shows]
        gets = [read for read in reads if read.kind == "get"]
        wish = self.files.wishes.get((identifier, name))
        if wish is None:
            self.record.breaks(10, f"{identifier}.{name} is sent and nobody asked for it")
            return
        fresh = [read for read in gets if read.order > wish.order or self.record.now() - read.at <= _FRESH]
        if not fresh:
            self.record.breaks(10, f"{identifier}.{name} is sent without a look before")
        newest = max(reads, key=lambda read: read.answered if read.kind == "patch" else read.order)
        theirs = newest.shows[identifier][name]
        if held.implicit and (name, request.body[name], theirs) != ("status", "read", "new"):
            self.record.breaks(12, f"{identifier}: {request.body} is sent over {theirs!r}, and nobody asked")
        tries = [
            sent
            for sent in mine
            if sent.kind == "patch"
            and name in sent.body
            and (sent.answered > wish.began or sent.outcome != "ok")
        ]
        own = [sent.body[name] for sent in tries]
        own += [sent.shows[identifier][name] for sent in tries if sent.outcome == "ok"]
        if any(same_value(name, theirs, value) for value in (*wish.ruled, *wish.tried, *own)):  # type: ignore[arg-type]
            return
        if name == "flagged" or (name == "assignee_id" and theirs is None):
            return
        self.record.breaks(
            10,
            f"{identifier}.{name}: {request.body[name]!r} is sent over {theirs!r},"
            f" which request {newest.order} showed and nobody ruled on ({wish})",
        )

    # What may be settled

    def _moved_on(self, identifier: str, mine: list[Request]) -> bool:
        """Whether an answer has shown the submission as anything but new, or that it is gone."""
        if any(read.outcome == "missing" for read in mine):
            return True
        shown = [read.shows[identifier]["status"] for read in mine if identifier in read.shows]
        return any(status != "new" for status in shown)

    def settled(self, identifier: str, name: str, held: Held) -> None:
        """The client has dropped a register: was it right to?"""
        wish = self.files.wishes.get((identifier, name))
        if wish is None:
            return
        mine = self.by_row.get(identifier, [])
        acks = [
            sent
            for sent in mine
            if sent.kind == "patch" and sent.outcome == "ok" and name in sent.body and sent.order > wish.order
        ]
        if held.implicit and not acks and self._moved_on(identifier, mine):
            self.files.yielded(identifier, name)
            return
        reads = [
            read
            for read in mine
            if not (read.kind == "patch" and name in read.body)
            and read.order > wish.order
            and identifier in read.shows  # what it showed may be kept where its outcome is not
            and same_value(name, read.shows[identifier][name], held.want)  # type: ignore[arg-type]
        ]
        if not self.effects_only:
            if not acks and not reads:
                self.record.breaks(
                    6, f"{identifier}.{name}={held.want!r} is settled without evidence younger than it"
                )
            for other in mine:
                if acks or other.kind != "patch" or name not in other.body or not other.open_or_unknown:
                    continue
                if (why := self._unproven(other, mine)) is not None:
                    self.record.breaks(
                        8, f"{identifier}.{name} is settled by a read, but request {other.order}: {why}"
                    )
        if acks and not reads and self.files.cached_rev(identifier) < acks[-1].shows[identifier]["rev"]:
            self.record.breaks(4, f"{identifier}.{name} is settled before its answer is kept")
        self.files.delivered(identifier, name)
