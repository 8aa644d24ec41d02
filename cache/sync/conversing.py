"""The messages behind a submission, read when somebody looks at them."""

from typing import Final, cast

from cache.models import Message
from cache.sync.gate import Gate
from cache.sync.pace import Lane
from cache.sync.remote import Conversing, RateLimited, Refused, RemoteError, converses
from cache.sync.session import Session

__all__ = ["read_messages"]

_PATIENCE: Final = 30.0
"""The longest that somebody who looks waits for the turn of the request, in seconds."""


async def read_messages(session: Session | None, gate: Gate, conversation_id: str) -> tuple[Message, ...]:
    """What was said in a conversation, oldest first. Raises RemoteError with a sentence for the person."""
    if session is None or gate.blocked or gate.pause_left > 0:
        raise RemoteError(gate.status.message or "The source cannot be reached now.")
    remote = session.remote
    if not converses(remote):
        raise Refused("This source tells of no conversations.", status=405)
    if (wait := gate.wait(Lane.FOCUS, remote.budget)) > _PATIENCE:
        raise RateLimited(f"The rate budget allows it in {wait:.0f} seconds.", retry_after=wait)
    conversing = cast("Conversing", remote)
    return await gate.call(Lane.FOCUS, lambda: remote.budget, lambda: conversing.messages(conversation_id))
