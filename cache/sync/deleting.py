"""Deleting one submission where its system can do that: asked once, believed when it was answered."""

from typing import Final, cast

from cache.models import Key
from cache.sync.gate import Gate
from cache.sync.pace import Lane
from cache.sync.remote import (
    Deleting,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    RemoteError,
    deletes,
)
from cache.sync.session import Session
from cache.sync.spec import Tools

__all__ = ["delete_one"]

_PATIENCE: Final = 30.0
"""The longest that somebody who asks for a deletion waits for its turn, in seconds."""


async def delete_one(
    session: Session | None, gate: Gate, tools: Tools, key: Key, container_id: str | None
) -> None:
    """Delete a submission at its source; then it is marked as gone, and what is kept of it here stays.

    That there is no such submission counts as deleted. Raises RemoteError with a sentence for the person;
    the submission is as it was then. Nothing is sent without a connection.
    """
    if session is None or gate.blocked or gate.pause_left > 0:
        why = gate.status.message or "The source cannot be reached now."
        raise RemoteError(f"{why} Nothing was deleted: that needs a connection.")
    remote = session.remote
    if not deletes(remote):
        raise Refused("This source takes no deletions.", status=405)
    if (wait := gate.wait(Lane.DELIVER, remote.budget)) > _PATIENCE:
        raise RateLimited(
            f"Nothing was deleted: the rate budget allows it in {wait:.0f} seconds.", retry_after=wait
        )
    deleting = cast("Deleting", remote)
    try:
        await gate.call(Lane.DELIVER, lambda: remote.budget, lambda: deleting.delete(key.id, container_id))
    except NotFound:
        pass  # it is not there: what was wanted
    except OutcomeUnknown as error:
        raise OutcomeUnknown(
            f"{error.message} Perhaps it was deleted: delete it again to be sure.",
            status=error.status,
            code=error.code,
        ) from error
    now = int(tools.wall())
    tools.on_change(tools.writer.presence.deleted(key.source, key.id, tools.clock.now(), now))
