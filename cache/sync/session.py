"""Opening a source: its remote is made, and nothing is sent or read before it is known whose key it has."""

from dataclasses import dataclass

from cache.models import Capability
from cache.sync.gate import Gate
from cache.sync.pace import Lane
from cache.sync.pull import Puller
from cache.sync.push import Pusher
from cache.sync.remote import Misconfigured, Remote, RemoteError
from cache.sync.spec import SourceSpec, Tools

__all__ = ["Session", "open_session"]


@dataclass(frozen=True, slots=True)
class Session:
    """An opened source: its key opens the account this cache belongs to."""

    remote: Remote
    puller: Puller
    pusher: Pusher


async def open_session(spec: SourceSpec, tools: Tools, gate: Gate) -> Session:
    """Make the remote, and see that the key opens the account this cache belongs to. Raises RemoteError."""
    tools.writer.sources.ensure(spec.name, spec.provider)
    try:
        remote = await tools.in_thread(spec.open_remote)
    except RemoteError as error:
        gate.refused(error)
        raise
    try:
        may_write = await _identify(remote, spec, tools, gate)
    except BaseException:
        await remote.aclose()
        raise
    puller = Puller(
        remote,
        gate,
        tools.writer,
        tools.clock,
        wall=tools.wall,
        on_change=tools.on_change,
        in_thread=tools.in_thread,
    )
    pusher = Pusher(
        remote,
        gate,
        tools.writer,
        tools.delivery,
        tools.clock,
        wall=tools.wall,
        on_change=tools.on_change,
        may_write=may_write,
    )
    return Session(remote, puller, pusher)


async def _identify(remote: Remote, spec: SourceSpec, tools: Tools, gate: Gate) -> bool:
    """Check whose key it is; returns whether it may write anything."""
    identity = await gate.call(Lane.HEAD, lambda: remote.budget, remote.identity)
    bound = tools.delivery.bind(spec.name, identity.account_id, identity.account_name)
    if bound is not None:
        stranger = Misconfigured(
            f"The key of {spec.name} opens another organisation ({identity.account_name})"
            f" than the one cached here ({bound}). Nothing is sent or read."
            " Use another source name for it."
        )
        gate.stop(stranger)
        raise stranger
    change = tools.writer.sources.set_account(
        spec.name,
        account_id=identity.account_id,
        account_name=identity.account_name,
        user_id=identity.user_id,
        user_name=identity.user_name,
        capabilities=identity.capabilities,
    )
    tools.on_change(change | tools.writer.rederive(spec.name, spec.decoder))
    held = identity.capabilities
    return held is None or any(value is not Capability.NONE for value in held.values())
