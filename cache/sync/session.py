"""Opening a source: its remote is made, and nothing is sent or read before it is known whose key it has."""

from collections.abc import Callable
from dataclasses import dataclass

from cache.models import Capability
from cache.store.changes import ChangeSet
from cache.sync.audit import Auditor
from cache.sync.binding import bind
from cache.sync.desk import LocalDesk
from cache.sync.gate import Gate
from cache.sync.local import LOCAL_TRIAGE, WithLedger
from cache.sync.pace import Lane
from cache.sync.pull import Puller
from cache.sync.push import Pusher
from cache.sync.remote import Identity, Misconfigured, RateLimited, Remote, RemoteError
from cache.sync.spec import SourceSpec, Tools

__all__ = ["Session", "open_session"]


@dataclass(frozen=True, slots=True)
class Session:
    """An opened source: its key opens the account this cache belongs to."""

    remote: Remote
    puller: Puller
    pusher: Pusher
    auditor: Auditor


async def open_session(
    spec: SourceSpec,
    tools: Tools,
    gate: Gate,
    *,
    wake: Callable[[], None] = lambda: None,
    desk: LocalDesk | None = None,
) -> Session:
    """Make the remote, and see that the key opens the account this cache belongs to. Raises RemoteError.

    `wake` is called when a read settled a conflict so that its edit is to be sent. With a `desk` edits go
    to the local ledger, and its values are laid over what is read.
    """
    tools.writer.sources.ensure(spec.name, spec.provider)
    if (until := tools.writer.sources.rate_until(spec.name)) is not None:
        gate.close_until(until)
        if gate.rate_left > 0 and gate.tries == 1:  # a one-off sync waits for it instead
            raise RateLimited("The server has asked to wait.", retry_after=gate.rate_left)
    try:
        remote = await tools.in_thread(spec.open_remote)
    except RemoteError as error:
        gate.refused(error)
        raise
    try:
        identity = await _identify(remote, spec, tools, gate)
    except BaseException:
        await remote.aclose()
        raise
    if desk is not None:
        remote = WithLedger(remote, tools.ledger)
    pusher = desk.pusher if desk is not None else Pusher(remote, gate, tools, may_write=_may_write(identity))

    def news(change: ChangeSet) -> None:
        tools.on_change(change)
        if change.rowids and pusher.reconsider():
            wake()

    puller = Puller(
        remote,
        gate,
        tools.writer,
        tools.clock,
        wall=tools.wall,
        steady=tools.steady,
        on_change=news,
        in_thread=tools.in_thread,
    )
    puller.resume()
    auditor = Auditor(
        remote,
        gate,
        tools.writer,
        tools.delivery,
        tools.steady,
        tools.on_change,
        identity.actor_ids,
    )
    pusher.reconsider()
    return Session(remote, puller, pusher, auditor)


async def _identify(remote: Remote, spec: SourceSpec, tools: Tools, gate: Gate) -> Identity:
    """Check whose key it is. Raises Misconfigured when it opens another account."""
    identity = await gate.call(Lane.FOCUS, lambda: remote.budget, remote.identity)
    holds_some = tools.writer.presence.holds_some(spec.name)
    try:
        bind(tools.delivery, spec.name, identity, now=tools.wall(), holds_some=holds_some)
    except Misconfigured as stranger:
        gate.stop(stranger)
        raise
    change = tools.writer.sources.set_account(
        spec.name,
        account_id=identity.account_id,
        account_name=identity.account_name,
        user_id=identity.user_id,
        user_name=identity.user_name,
        capabilities=LOCAL_TRIAGE if spec.local_triage else identity.capabilities,
    )
    tools.on_change(change | tools.writer.rederive(spec.name, spec.decoder))
    return identity


def _may_write(identity: Identity) -> bool:
    held = identity.capabilities
    return held is None or any(value is not Capability.NONE for value in held.values())
