"""Tries a credential: whose account it opens, and what is in it. Only reads, and stores nothing."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from cache.sync.remote import Forbidden, NotFound, Remote
from inbox_tui.config import SourceConfig
from inbox_tui.providers import open_remote
from inbox_tui.secrets import Secret

__all__ = ["Account", "look"]


@dataclass(frozen=True, slots=True)
class Account:
    """What a credential opens."""

    name: str
    containers: tuple[str, ...] = ()
    """The names of its pages, forms or bots."""
    trouble: str | None = None
    """Why they cannot be listed although the credential is good, as a sentence."""


def look(config: SourceConfig, secret: Secret, *, clock: Callable[[], float] = time.time) -> Account:
    """Ask the API of a source that is not configured yet. Raises RemoteError."""

    async def ask() -> Account:
        remote = open_remote(config, secret, clock=clock)
        try:
            return await _account(remote)
        finally:
            await remote.aclose()

    return asyncio.run(ask())


async def _account(remote: Remote) -> Account:
    identity = await remote.identity()
    try:
        containers = await remote.containers()
    except (Forbidden, NotFound) as error:
        return Account(identity.account_name, trouble=error.message)
    return Account(identity.account_name, tuple(container.name for container in containers))
