"""One sync of one source from beginning to end, as line mode makes it."""

from typing import Final

from cache.sync.pull import Puller
from cache.sync.remote import Forbidden, NotFound, OutcomeUnknown, Refused, RemoteError
from cache.sync.source import SourceRunner
from cache.sync.spec import SourceReport

__all__ = ["TRIES", "deliver_source", "sync_source"]

TRIES: Final = 3
"""How often a one-off sync makes one request."""
_HOLD_PATIENCE: Final = 90
_STALE_LOOKS: Final = 100
_RESTARTS: Final = 3


async def sync_source(runner: SourceRunner, *, full: bool, report: SourceReport) -> None:
    """Push, verify, read the head and what lies below it, and the open ones, once. Raises RemoteError."""
    session = await runner.open()
    puller = session.puller
    nameless: RemoteError | None = None
    try:
        await _push(runner)
        try:
            await puller.names()
        except (NotFound, Refused, Forbidden, OutcomeUnknown) as error:
            nameless = error
        fresh = full or not puller.coverage.complete
        if full:
            runner.tools.writer.sources.forget_coverage(runner.spec.name)
        await _read_all(puller)
        if not fresh:
            await puller.open_ones(looks=_STALE_LOOKS)
        await _verify(runner)
    finally:
        report.received, report.arrived = puller.received, puller.arrived
        report.changed, report.unreadable = puller.changed, puller.unreadable
    if nameless is not None:
        raise nameless


async def deliver_source(runner: SourceRunner) -> None:
    """Push and verify, once. Raises RemoteError."""
    await runner.open()
    await _push(runner)
    await _verify(runner)


async def _push(runner: SourceRunner) -> None:
    try:
        await runner.push(flush=True)
    except OutcomeUnknown:
        return  # news can be read all the same; what became of the edit is verified at the end


async def _read_all(puller: Puller) -> None:
    await puller.head()
    for _ in range(_RESTARTS):
        if await puller.backfill():
            return
        await puller.head()
    if not puller.coverage.complete:
        raise Refused("The list cannot be read to its end.", status=400)


async def _verify(runner: SourceRunner) -> None:
    """Wait for edits whose last attempt may still be on its way (rule R4), but not for ever."""
    tools = runner.tools
    deadline = tools.wall() + _HOLD_PATIENCE
    while runner.session is not None:
        due = runner.session.pusher.due()  # not flushed: an edit told to wait is not sent again and again
        now = tools.wall()
        if now > deadline or (not due.keys and (due.next_at is None or due.next_at > deadline)):
            return
        if due.keys:
            await runner.push(flush=False)
        elif due.next_at is not None:
            await tools.sleep(max(0.1, due.next_at - now))
