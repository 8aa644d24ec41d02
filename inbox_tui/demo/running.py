"""The reference server inside a test: started in a thread, asked about, told to misbehave, stopped."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from inbox_tui.demo.app import FaultLayer, build_app
from inbox_tui.demo.awardee import Awardee
from inbox_tui.demo.awardee.ledger import Ledger
from inbox_tui.demo.contract import Clock, Context, Contract
from inbox_tui.demo.faults import Faults, LoggedRequest
from inbox_tui.demo.limits import Limits, Rate
from inbox_tui.demo.live import tick
from inbox_tui.demo.making import open_database
from inbox_tui.demo.registry import contracts as all_contracts
from inbox_tui.demo.server import LoopbackServer, listen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from inbox_tui.demo.database import Database

__all__ = ["PLENTY", "RunningServer", "assemble", "real_clock", "running_server"]

PLENTY: Rate = (100_000, 1_000_000)
"""Rate limits that no test meets by accident."""

Served = TypeVar("Served")

_KEPT_REQUESTS = 100_000
_START_SECONDS = 10.0


def real_clock() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


def assemble(
    database: Database,
    contracts: Sequence[Contract],
    rate: Rate,
    clock: Clock,
    faults: Faults,
    log: deque[LoggedRequest],
) -> tuple[FaultLayer, Limits]:
    """Put the application together."""
    limits = Limits(rate, clock)
    context = Context(database, clock, limits, lambda: uuid.uuid4().hex[:24])
    return FaultLayer(build_app(contracts, context), contracts, context, faults, log), limits


class RunningServer:
    """A reference server on a loopback port of this process."""

    def __init__(
        self,
        database: Database,
        contracts: Sequence[Contract],
        seed: int,
        rate: Rate,
        clock: Clock,
        port: int,
    ) -> None:
        self.database = database
        self.seed = seed
        self.clock = clock
        self.port = port
        """The port; once chosen it stays the same over stops and starts."""
        self.faults = Faults()
        """Trouble to switch on and off."""
        self.keys: dict[str, str] = {}
        """Every credential by name, e.g. `awardee`, `awardee.read_only`, `awardee.second`."""
        self.me = ""
        """User id behind `me` in the first organisation."""
        for contract in contracts:
            self.keys.update(contract.keys(seed))
            self.me = self.me or contract.me(seed)
        self.awardee = next(contract for contract in contracts if isinstance(contract, Awardee))
        self._contracts = contracts
        self._log: deque[LoggedRequest] = deque(maxlen=_KEPT_REQUESTS)
        self._app, self.limits = assemble(database, contracts, rate, clock, self.faults, self._log)
        self._ledger = Ledger(database, self.awardee.wire, seed)
        self._server: LoopbackServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address without a path; the base of Awardee is this and `/v1`."""
        return f"http://127.0.0.1:{self.port}"

    def contract(self, kind: type[Served]) -> Served:
        """Return the part of the server that serves one system, to change its dialect or its limits.

        Raises:
            StopIteration: it is not served.
        """
        return next(contract for contract in self._contracts if isinstance(contract, kind))

    def tick(self) -> None:
        """Let arrivals and changes happen in every system that are due by now."""
        tick(self.database, self._contracts, self.seed, self.clock())

    @property
    def requests(self) -> list[LoggedRequest]:
        """Every request so far, in the order they were answered."""
        return list(self._log)

    def forget_requests(self) -> None:
        """Empty the request log."""
        self._log.clear()

    def start(self) -> None:
        """Listen; returns when connections are accepted.

        Raises:
            RuntimeError: it runs already, or does not come up.
            PortBusyError: the port is taken.
        """
        if self._thread is not None:
            raise RuntimeError("the server is running")
        listener = listen(self.port)
        self.port = listener.getsockname()[1]
        self._server = LoopbackServer(self._app, listener)
        self._thread = threading.Thread(target=self._server.run_here, name="reference-server", daemon=True)
        self._thread.start()
        if not self._server.ready.wait(_START_SECONDS):
            raise RuntimeError("the reference server did not start")

    def stop(self) -> None:
        """Stop listening and close every connection; the data stays, and `start` works again."""
        if self._server is not None and self._thread is not None:
            self._server.stop()
            self._thread.join()
        self._server = self._thread = None

    def submission(self, submission_id: str) -> dict[str, Any]:
        """Return the truth about one submission, as the wire object.

        Raises:
            KeyError: there is none with this id.
        """
        return self._ledger.submission(submission_id)

    def submissions(self, org: str = "acme") -> list[dict[str, Any]]:
        """Return every submission of an organisation, newest first."""
        return self._ledger.submissions(org)

    def events(self, submission_id: str) -> list[dict[str, Any]]:
        """Return the timeline of one submission, oldest first."""
        return self._ledger.events(submission_id)

    def members(self, org: str = "acme") -> list[dict[str, Any]]:
        """Return the active members of an organisation as wire objects; the first is `me`."""
        return self._ledger.members(org)

    def act_as(self, member: str, submission_id: str, patch: Mapping[str, Any]) -> dict[str, Any]:
        """Make a colleague's change, with stamps and timeline, as if in the vendor's own web page.

        `member` is a user id.

        Raises:
            ApiError: the change is not valid, or there is no such submission.
        """
        return self._ledger.act_as(member, submission_id, patch, self.clock())

    def add_submission(self, org: str = "acme", **fields: Any) -> dict[str, Any]:  # noqa: ANN401
        """Let a submission arrive now and return it.

        `fields` replace members of the generated one: any key of the wire object but `id` and
        `submission_number`, with `created_at` and `viewed_at` as ISO text.
        """
        return self._ledger.add(org, fields, self.clock())


@contextmanager
def running_server(
    db_path: Path,
    *,
    seed: int = 1,
    submissions: int = 120,
    rate: Rate = PLENTY,
    now: datetime | Clock | None = None,
    port: int = 0,
    contracts: Sequence[Contract] | None = None,
) -> Iterator[RunningServer]:
    """Run the reference server while the block runs.

    The file at `db_path` is made when it is missing and kept otherwise; its own seed then counts. `now` is
    a fixed moment or a clock; by default time is real. With the rate left at `PLENTY` no system refuses
    anybody; with another one each keeps the limit its vendor publishes.
    """
    served = all_contracts(limited=rate != PLENTY) if contracts is None else tuple(contracts)
    clock = _as_clock(now)
    database, found_seed = open_database(db_path, served, seed=seed, submissions=submissions, now=clock())
    server = RunningServer(database, served, found_seed, rate, clock, port)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        database.close()


def _as_clock(now: datetime | Clock | None) -> Clock:
    if now is None:
        return real_clock
    if isinstance(now, datetime):
        moment = now
        return lambda: moment
    return now
