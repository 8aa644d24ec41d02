"""Clients and remotes that are closed in the end, and a time that tests move."""

import httpx
import pytest

from inbox_tui.demo.running import real_clock
from inbox_tui.providers.http import JsonClient, Wire
from inbox_tui.secrets import Secret
from tests.providers.remotes import remote_at

CANARY = "aw_live_0123456789abcdef0123456789abcdef"
BASE = "https://api.example/v1"
NOW = 1_780_000_000.0


@pytest.fixture
async def make_client():
    """Makes a JsonClient whose every request is answered by a handler."""
    clients = []

    def make(handler, *, base_url=BASE, clock=lambda: NOW, deadline=30.0):
        transport = handler if isinstance(handler, httpx.AsyncBaseTransport) else httpx.MockTransport(handler)
        wire = Wire("acme", base_url, Secret(CANARY))
        client = JsonClient(wire, clock=clock, deadline=deadline, transport=transport)
        clients.append(client)
        return client

    yield make
    for client in clients:
        await client.aclose()


@pytest.fixture
async def open_remote():
    """Opens remotes of a reference server, as `remote_at` does."""
    opened = []

    def make(provider, source, server, key=None, **options):
        opened.append(remote_at(server, provider, source, key, **options))
        return opened[-1]

    yield make
    for remote in opened:
        await remote.aclose()


@pytest.fixture
def time():
    """Now, in a list, so that it can be moved."""
    return [real_clock().timestamp()]
