"""Who does the network work now, and how a command has it done."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from cache.models import PARKED, Key, PendingEdit, TriageField
from inbox_tui.outcome import Failure

if TYPE_CHECKING:
    from cache.outbox.outbox import Outbox
    from cache.sync.leader import Leader
    from inbox_tui.workspace import Workspace

__all__ = ["ask_leader", "deliver", "leading", "who_sends"]

_LOOK_SECONDS: Final = 0.2
_TAKEN_SECONDS: Final = 10.0


def leading(workspace: "Workspace") -> "Leader | None":
    """Who leads, None when nobody does. Raises CacheError."""
    from cache.sync.leader import LeaderLock

    lock = LeaderLock(workspace.data)
    if lock.acquire():
        lock.release()
        return None
    return lock.leader()


def who_sends(workspace: "Workspace") -> str:
    """Who sends what waits, as the subject of a sentence. Raises CacheError."""
    leader = leading(workspace)
    return f"the running inbox ({leader})" if leader is not None else "the next inbox or `inbox-tui sync`"


def ask_leader(
    workspace: "Workspace",
    sources: Sequence[str],
    leader: "Leader",
    *,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
    wall: Callable[[], float] = time.time,
) -> dict[str, str]:
    """Have the leader sync sources; returns a sentence for each that failed.

    Raises Failure when nobody takes the request, or the leader ends before it is done.
    """
    from contextlib import closing

    from cache.outbox.requests import RequestTable
    from cache.schema import OUTBOX, open_database

    with closing(open_database(workspace.data, OUTBOX)) as conn:
        table = RequestTable(conn, wall=wall)
        number = table.ask("sync", {"sources": list(sources)})
        give_up = monotonic() + _TAKEN_SECONDS
        while True:
            request = table.get(number)
            if request is None:
                raise Failure(f"The request to {leader} was lost.")
            if request.done:
                errors = (request.result or {}).get("errors", {})
                return {str(name): str(error) for name, error in errors.items()}
            if request.taken_by is None and monotonic() > give_up:
                raise Failure(f"{str(leader).capitalize()} does the network work and does not answer.")
            if leading(workspace) is None:
                raise Failure(f"{str(leader).capitalize()} ended before it was done. Try again.")
            sleep(_LOOK_SECONDS)


def deliver(
    workspace: "Workspace",
    outbox: "Outbox",
    edits: Sequence[tuple[Key, TriageField]],
    timeout: float,
    *,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> tuple[list[PendingEdit], list[str]]:
    """Wait until edits are settled or parked, leading if nobody does; for at most `timeout` seconds.

    Returns those that are not settled, and a sentence for each source that failed, or one for the time that
    ran out.
    """
    give_up = monotonic() + timeout
    wanted = set(edits)

    def unsettled() -> list[PendingEdit]:
        return [edit for edit in outbox.pending() if (edit.key, edit.field) in wanted]

    while True:
        left = unsettled()
        remaining = give_up - monotonic()
        waiting = [edit for edit in left if edit.state not in PARKED]
        if not waiting:
            return left, []
        if remaining <= 0:
            return left, [_late(waiting, timeout)]
        sources = tuple(dict.fromkeys(edit.key.source for edit in waiting))
        try:
            errors = _push(workspace, sources, remaining)
        except TimeoutError:
            continue
        if errors is not None:
            return unsettled(), errors
        sleep(min(_LOOK_SECONDS, remaining))


def _late(waiting: Sequence[PendingEdit], timeout: float) -> str:
    sources = ", ".join(dict.fromkeys(edit.key.source for edit in waiting))
    return f"The {timeout:g} seconds of --timeout ran out before {sources} confirmed."


def _push(workspace: "Workspace", sources: tuple[str, ...], seconds: float) -> list[str] | None:
    """Lead for one delivery. None when another process leads. Raises TimeoutError."""
    engine = workspace.engine(on_change=lambda _: None, on_status=lambda _: None, only=sources)

    async def push() -> list[str] | None:
        reports = await asyncio.wait_for(engine.push_once(), seconds)
        return None if reports is None else [report.error for report in reports if report.error]

    return asyncio.run(push())
