"""The transport and the key: where it goes, and all the places where it never is."""

import asyncio
import logging
import traceback

import httpx
import pytest

from cache.sync.remote import (
    Misconfigured,
)
from inbox_tui.providers.http import JsonClient, Wire
from inbox_tui.secrets import Secret
from tests.providers.scripted import CANARY, NOW, answering, failure, raising


async def test_the_key_goes_out_in_its_header_and_nowhere_else(make_client):
    seen = []

    def handler(request):
        seen.append(request)
        return httpx.Response(200, json={})

    client = make_client(handler)
    await client.get("/x y".replace(" ", "%20"), {"cursor": "a&b=c/ü"})
    await client.patch("/x", {"notes": "ü\ud800"})
    read, write = seen
    assert read.headers["authorization"] == f"Bearer {CANARY}"
    assert read.headers["accept-encoding"] == "gzip, deflate"
    assert str(read.url) == "https://api.example/v1/x%20y?cursor=a%26b%3Dc%2F%C3%BC"
    assert write.headers["content-type"] == "application/json"
    assert write.headers["content-length"] == str(len(write.content))
    assert write.content == '{"notes":"ü?"}'.encode()


async def test_a_redirect_is_not_followed_and_carries_no_key(make_client):
    seen = []

    def handler(request):
        seen.append(str(request.url))
        return httpx.Response(307, headers={"Location": "https://evil.example/take"})

    error = await failure(make_client(handler), "patch")
    assert seen == ["https://api.example/v1/x"]
    assert isinstance(error, Misconfigured)
    assert "evil" not in error.message


@pytest.mark.parametrize(
    "url", ["https://evil.example/v1/x", "http://api.example/v1/x", "https://api.example:8443/v1/x"]
)
async def test_a_request_to_another_origin_is_stopped_before_the_key_is_added(make_client, url):
    sent = []
    client = make_client(lambda request: sent.append(request) or httpx.Response(200))
    with pytest.raises(Misconfigured):
        await client._client.get(url)
    assert sent == []


@pytest.mark.parametrize(
    "base_url",
    [
        "http://api.example",
        "ftp://api.example",
        "api.example",
        "https://",
        "https://u:p@api.example",
        "https://api.example:x",
    ],
)
def test_a_base_address_that_is_not_safe_is_refused(base_url):
    with pytest.raises(Misconfigured):
        JsonClient(Wire("acme", base_url, Secret(CANARY)), clock=lambda: NOW)


def test_a_ca_file_that_cannot_be_read_is_misconfigured(tmp_path):
    wire = Wire("acme", "https://api.example", Secret(CANARY), ca_file=str(tmp_path / "none.pem"))
    with pytest.raises(Misconfigured, match="ca_file"):
        JsonClient(wire, clock=lambda: NOW)


async def test_the_environments_proxy_is_not_used(monkeypatch, unused_tcp_port):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", unused_tcp_port)
    client = JsonClient(
        Wire("acme", f"http://127.0.0.1:{unused_tcp_port}", Secret(CANARY)), clock=lambda: NOW
    )
    async with server:
        try:
            assert await client.get("/x") == []
        finally:
            await client.aclose()


LEAKS = [
    *(
        answering(status, {"error": "bad", "message": f"key {CANARY}"})
        for status in (301, 400, 401, 403, 429, 500)
    ),
    answering(400, {"error": f"key {CANARY} unknown", "details": {"fieldErrors": {CANARY: [CANARY]}}}),
    answering(401, text=f"Unauthorized {CANARY}"),
    raising(httpx.ConnectError),
    raising(httpx.ReadError),
]


@pytest.mark.parametrize("handler", LEAKS)
async def test_the_key_is_in_no_log_message_or_traceback(make_client, handler, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    client = make_client(handler)
    error = await failure(client, "patch")
    shown = [
        repr(client),
        str(client),
        repr(error),
        str(vars(error)),
        caplog.text,
        "".join(traceback.format_exception(error)),
        *capfd.readouterr(),
        repr(Wire("acme", "https://api.example", Secret(CANARY))),
    ]
    assert not [text for text in shown if CANARY in text]


async def test_the_request_an_exception_refers_to_does_not_hold_the_key(make_client):
    error = await failure(make_client(raising(httpx.ReadTimeout)))
    kept = error.__cause__.request
    assert CANARY not in str(kept.headers.raw)


async def test_addresses_are_not_logged(make_client, caplog):
    caplog.set_level(logging.DEBUG)
    await make_client(answering(200, {})).get("/submissions/private-id")
    assert "private-id" not in caplog.text
