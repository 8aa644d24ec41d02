"""One sync of one source from beginning to end, as line mode makes it."""

from contextlib import nullcontext
from typing import Final

from cache.sync.pull import Puller
from cache.sync.remote import Forbidden, NotFound, OutcomeUnknown, Refused, RemoteError
from cache.sync.source import SourceRunner
from cache.sync.spec import SourceReport, Tools
from cache.sync.walks import OpenWalk, look_for_missing

__all__ = ["TRIES", "deliver_source", "sync_source"]

TRIES: Final = 3
"""How often a one-off sync makes one request."""
_HOLD_PATIENCE: Final = 90
_STALE_LOOKS: Final = 100
_RESTARTS: Final = 3


async def sync_source(runner: SourceRunner, *, full: bool, report: SourceReport) -> None:
    """Push, verify, read the head and what lies below it, and the open ones, once. Raises RemoteError."""
    tools = runner.tools
    is_long = full or not tools.writer.sources.coverage(runner.spec.name).complete
    if tools.reader is not None and is_long:
        tools.reader.start()  # it is ready when the source is open
    if runner.desk is not None:
        await _push(runner)  # needs no connection
    session = await runner.open()
    puller = session.puller
    nameless: RemoteError | None = None
    try:
        await _push(runner)
        try:
            await puller.names()
        except (NotFound, Refused, Forbidden, OutcomeUnknown) as error:
            nameless = error
        owed = puller.owes_a_scan
        fresh = full or owed or not puller.coverage.complete
        if full or owed:
            tools.writer.sources.forget_coverage(runner.spec.name)
        began = puller.moment()
        whole = await _read_all(puller, tools)
        if not fresh:
            walk = OpenWalk(puller, looks=_STALE_LOOKS)
            while await walk.step():
                pass
        doubt = await _sweep(puller, began) if full and whole else None
        await _verify(runner)
        await runner.audit()
    finally:
        report.received, report.arrived = puller.received, puller.arrived
        report.changed, report.unreadable = puller.changed, puller.unreadable
        report.note = runner.gate.note
    if (failure := nameless or doubt) is not None:
        raise failure


async def deliver_source(runner: SourceRunner) -> None:
    """Push and verify, once. Raises RemoteError."""
    if runner.desk is not None:
        await _push(runner)
        return
    await runner.open()
    await _push(runner)
    await _verify(runner)
    await runner.audit()


async def _push(runner: SourceRunner) -> None:
    try:
        await runner.push(flush=True)
    except OutcomeUnknown:
        return  # news can be read all the same; what became of the edit is verified at the end


async def _read_all(puller: Puller, tools: Tools) -> bool:
    """Read the head and what lies below it; True when the cursor held to the end, without starting again."""
    await puller.head()
    is_long = tools.reader is not None and not puller.coverage.complete
    with tools.writer.first_reading() if is_long else nullcontext():
        for start in range(_RESTARTS):
            if await puller.backfill(reader=tools.reader):
                return start == 0
            await puller.head()
    if not puller.coverage.complete:
        raise Refused("The list cannot be read to its end.", status=400)
    return False


async def _sweep(puller: Puller, began: int) -> RemoteError | None:
    """Look for what the whole list, read since `began`, did not show; returns what is in the way."""
    if puller.unreadable or puller.is_partial:
        return None  # what could not be read may be any of them
    doubt = puller.mark_unseen(began)
    if doubt is not None:
        return RemoteError(doubt)
    await look_for_missing(puller, looks=_STALE_LOOKS)
    return None


async def _verify(runner: SourceRunner) -> None:
    """Wait for edits whose last attempt may still be on its way (rule R4), but not for ever."""
    tools = runner.tools
    began = tools.steady()
    while runner.session is not None:
        due = runner.session.pusher.due()  # not flushed: an edit told to wait is not sent again and again
        left = _HOLD_PATIENCE - (tools.steady() - began)
        wait = None if due.next_at is None else due.next_at - tools.wall()
        if left < 0 or (not due.keys and (wait is None or wait > left)):
            return
        if due.keys:
            await runner.push(flush=False)
        elif wait is not None:
            await tools.sleep(max(0.1, wait))
