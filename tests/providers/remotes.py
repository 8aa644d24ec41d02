"""Remotes of the systems of a reference server, and what asking them fails with."""

import pytest

from cache.sync.remote import RemoteError
from inbox_tui.providers import awardee, mantlz, mimicbot, postbox
from inbox_tui.providers.awardee_remote import AwardeeRemote
from inbox_tui.providers.http import JsonClient, Wire
from inbox_tui.providers.mantlz_remote import MantlzRemote
from inbox_tui.providers.mimicbot_remote import MimicbotRemote
from inbox_tui.providers.postbox_remote import PostboxRemote
from inbox_tui.secrets import Secret

PREFIXES = {"awardee": "/v1", "mantlz": "/mantlz/api/v1", "mimicbot": "/mimicbot", "postbox": "/postbox"}
SYSTEMS = {
    "awardee": (awardee, AwardeeRemote),
    "mantlz": (mantlz, MantlzRemote),
    "mimicbot": (mimicbot, MimicbotRemote),
    "postbox": (postbox, PostboxRemote),
}


def remote_at(server, provider, source, key=None, *, clock=None, deadline=30.0, kind=None, **options):
    """The remote of one system of a server; `key` names one of the server's, `kind` another class."""
    clock = clock or (lambda: server.clock().timestamp())
    module, usual = SYSTEMS[provider]
    at = module.ENDPOINT
    secret = Secret(server.keys[key or provider])
    wire = Wire(source, server.url + PREFIXES[provider], secret, at.header, at.scheme)
    if provider != "awardee":
        options["clock"] = clock
    return (kind or usual)(source, JsonClient(wire, clock=clock, deadline=deadline), **options)


async def failing(asking):
    """What a request fails with."""
    with pytest.raises(RemoteError) as caught:
        await asking
    return caught.value


async def walk(remote, cursor=None, **options):
    """All items of a list from a cursor on, and all that was set aside."""
    items, quarantined = [], []
    for _ in range(1_000):
        page = await remote.page(cursor=cursor, **options)
        items += page.items
        quarantined += page.quarantined
        cursor = page.next_cursor
        if cursor is None:
            return items, quarantined
    raise AssertionError("the walk does not end")


async def read_all(remote, **options):
    """All items of a list of which nothing is set aside."""
    items, quarantined = await walk(remote, **options)
    assert quarantined == []
    return items
