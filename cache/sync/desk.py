"""Where the edits of a source go whose provider stores no triage: into the local ledger, connected or not."""

import asyncio

from cache.sync.gate import LONGEST_REST, Gate, rest
from cache.sync.local import LedgerDesk
from cache.sync.push import Pusher
from cache.sync.remote import FetchedSubmission
from cache.sync.spec import LOCAL_ERRORS, SourceSpec, Tools

__all__ = ["LocalDesk"]

_RETRY_SECONDS = 5.0


class LocalDesk:
    """Delivers edits by the same engine as an API does, but asks no server and never waits for one."""

    def __init__(self, spec: SourceSpec, tools: Tools) -> None:
        self._spec = spec
        self._tools = tools
        self._edits = asyncio.Event()
        self._busy = asyncio.Lock()
        remote = LedgerDesk(spec.name, tools.ledger, held=self._held, mirror=self._mirror)
        gate = Gate(
            spec.name,
            wall=tools.wall,
            steady=tools.steady,
            sleep=tools.sleep,
            rng=tools.rng,
            on_status=lambda _: None,
        )
        self.pusher = Pusher(remote, gate, tools)

    def _held(self, submission_id: str) -> FetchedSubmission | None:
        found = self._tools.writer.mirror.submission(self._spec.name, submission_id, self._spec.decoder)
        return FetchedSubmission(*found) if found is not None else None

    def _mirror(self, fetched: FetchedSubmission) -> None:
        self._tools.on_change(self._tools.writer.mirror.show(fetched.submission))

    def wake(self) -> None:
        """Edits may be waiting."""
        self._edits.set()

    async def run(self) -> None:
        """Take edits until cancelled."""
        while True:
            self._edits.clear()
            try:
                await self.push()
                due = self.pusher.due(flush=True)
                wait = LONGEST_REST if due.next_at is None else due.next_at - self._tools.wall()
            except LOCAL_ERRORS as error:
                self._tools.on_local_error(error)
                self._tools.delivery.adopt(self._spec.name)
                wait = _RETRY_SECONDS
            await rest(self._tools.sleep, max(wait, 0.05), self._edits)

    async def push(self) -> None:
        """Take every edit that waits; an edit of a submission the local copy does not have stays."""
        async with self._busy:
            for key in self.pusher.due(flush=True).keys:
                await self.pusher.deliver(key)
