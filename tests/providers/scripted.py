"""What the transport tests share: scripted answers, and the check every failure must pass."""

import httpx
import pytest

from cache.sync.remote import (
    RemoteError,
)

CANARY = "aw_live_0123456789abcdef0123456789abcdef"
NOW = 1_780_000_000.0


def answering(status, body=None, headers=None, **options):
    def handler(request):
        if body is None:
            return httpx.Response(status, headers=headers, **options)
        return httpx.Response(status, headers=headers, json=body)

    return handler


def raising(exc_type):
    def handler(request):
        raise exc_type(f"secretly {CANARY}"[:8], request=request)

    return handler


async def failure(client, method="get"):
    with pytest.raises(RemoteError) as caught:
        await (client.get("/x") if method == "get" else client.patch("/x", {"status": "read"}))
    error = caught.value
    assert type(error).__name__ != "RemoteError"
    assert error.message
    assert "\n" not in error.message
    assert "/v1" not in error.message
    return error
