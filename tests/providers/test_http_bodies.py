"""The transport and the bodies of answers: what is read, and what is given up before it hurts."""

import asyncio
import gzip
import json
import tracemalloc
import zlib

import httpx
import pytest

from cache.sync.remote import (
    BadAnswer,
    OutcomeUnknown,
    RateLimited,
)
from inbox_tui.providers.body import MAX_BYTES
from inbox_tui.providers.http import AnswerTooBig
from tests.providers.scripted import failure

UNREADABLE = {
    "html": (b"<html></html>", {}),
    "cut": (b'{"a": [1, 2', {}),
    "empty": (b"", {}),
    "nan": (b'{"a": NaN}', {}),
    "infinity": (b"[-Infinity]", {}),
    "broken gzip": (b"not gzip at all", {"content-encoding": "gzip"}),
    "cut gzip": (gzip.compress(b"[1]" * 9)[:-6], {"content-encoding": "gzip"}),
    "after gzip": (gzip.compress(b"[1]") + b"tail", {"content-encoding": "gzip"}),
    "brotli": (b"[1]", {"content-encoding": "br"}),
    "twice": (b"[1]", {"content-encoding": "gzip, gzip"}),
}


@pytest.mark.parametrize(("content", "headers"), UNREADABLE.values(), ids=UNREADABLE.keys())
@pytest.mark.parametrize("method", ["get", "patch"])
async def test_a_good_status_with_an_unreadable_body_is_a_bad_answer(make_client, content, headers, method):
    transport = RawTransport([content], headers)
    error = await failure(make_client(transport), method)
    assert type(error) is BadAnswer
    assert error.status == 200


class RawTransport(httpx.AsyncBaseTransport):
    """Answers with exact bytes, packed or not, and counts how much of them was taken."""

    def __init__(self, chunks, headers=None, status=200, then=None):
        self.chunks = chunks
        self.headers = headers or {}
        self.status = status
        self.then = then
        self.taken = 0
        self.closed = False

    async def handle_async_request(self, request):
        outer = self

        class Stream(httpx.AsyncByteStream):
            async def __aiter__(self):
                for chunk in outer.chunks:
                    outer.taken += len(chunk)
                    yield chunk
                if outer.then is not None:
                    await outer.then()

            async def aclose(self):
                outer.closed = True

        return httpx.Response(self.status, headers=self.headers, stream=Stream())


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data, wbits=-15)),
        ("identity", bytes),
        ("", bytes),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 65_536])
async def test_packed_bodies_are_read_whatever_the_chunks(make_client, encoding, pack, size):
    value = {"data": ["ünïcödé " * 30, 1, None, True]}
    packed = pack(json.dumps(value).encode())
    chunks = [packed[at : at + size] for at in range(0, len(packed), size)]
    transport = RawTransport(chunks, {"content-encoding": encoding} if encoding else {})
    assert await make_client(transport).get("/x") == value
    assert transport.closed


@pytest.mark.slow
async def test_a_gzip_bomb_is_stopped_before_it_unfolds(make_client):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = b"0" * (1 << 20)
    bomb = b"".join(packer.compress(zeros) for _ in range(300)) + packer.flush()
    assert len(bomb) < 400_000
    client = make_client(RawTransport([bomb], {"content-encoding": "gzip"}))
    tracemalloc.start()
    try:
        with pytest.raises(AnswerTooBig):
            await client.get("/x")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * MAX_BYTES


async def test_an_endless_body_is_given_up_at_the_cap(make_client):
    chunk = b" " * 65_536
    transport = RawTransport([chunk] * 1000)
    with pytest.raises(AnswerTooBig) as caught:
        await make_client(transport).get("/x")
    assert transport.taken <= MAX_BYTES + len(chunk)
    assert transport.closed
    assert isinstance(caught.value, BadAnswer)


async def test_json_nested_too_deeply_is_too_big_and_not_a_crash(make_client):
    with pytest.raises(AnswerTooBig):
        await make_client(RawTransport([b"[" * 100_000])).get("/x")


async def test_numbers_out_of_range_and_broken_characters_cost_only_themselves(make_client):
    body = (
        b'\xef\xbb\xbf{"a": 9223372036854775807, "b": 9223372036854775808, "c": 1e999, "d": "\xff", "e": -%s}'
    )
    value = await make_client(RawTransport([body % (b"9" * 6000)])).get("/x")
    assert value["a"] == 2**63 - 1
    assert value["b"] == "9223372036854775808"
    assert value["c"] == "1e999"
    assert value["d"] == "\ufffd"
    assert value["e"] == "-" + "9" * 6000


async def test_a_body_that_breaks_off_is_told_by_its_status(make_client):
    async def cut():
        raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")

    assert type(await failure(make_client(RawTransport([b"{"], then=cut)), "patch")) is BadAnswer
    error = await failure(
        make_client(RawTransport([b"{"], status=429, headers={"retry-after": "5"}, then=cut))
    )
    assert isinstance(error, RateLimited)
    assert error.retry_after == 5


async def test_a_slow_body_meets_the_deadline_of_the_whole_request(make_client):
    async def forever():
        await asyncio.Event().wait()

    transport = RawTransport([b"{"], then=forever)
    error = await failure(make_client(transport, deadline=0.05), "patch")
    assert type(error) is OutcomeUnknown
    assert transport.closed
