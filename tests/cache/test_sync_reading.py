"""Texts that another process reads: the same result in the same order, whatever becomes of that process."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.models import Submission
from cache.segments import segment
from cache.store.answers import joined
from cache.store.elsewhere import Read, Texts, Unreadable, _read, read_here
from cache.store.packing import Dictionary
from cache.store.ready import Ready
from cache.sync.reading import TextReader
from tests.cache.making import LocalCopy, decode, fetched

SUMMARIES = {"acme": ("Message",)}


def texts(number: int, *, dictionary: Dictionary | None = None) -> Texts:
    """The texts of a page of its own, one of them broken."""
    found = [
        fetched(f"{number}-{row}", fields=(("a", "form_text", "Message", f"row {row}", 1),)).raw.encode()
        for row in range(number % 7 + 1)
    ]
    return Texts("acme", refusing, [*found, json.dumps({"id": f"bad-{number}"}).encode()], dictionary)


def refusing(raw: Mapping[str, Any], source: str) -> Submission:
    """A decoder that raises what decoders raise."""
    if "created" not in raw:
        error = ValueError("no")
        error.reason, error.id = "no time", raw["id"]  # type: ignore[attr-defined]
        raise error
    return decode(raw, source)


def here(jobs: Sequence[Texts]) -> list[Read]:
    return [read_here([job], SUMMARIES)[0] for job in jobs]


@pytest.mark.parametrize("alone", [0, 20, 10_000])
async def test_many_jobs_at_once_are_each_answered_with_their_own(alone: int) -> None:
    jobs = [texts(number) for number in range(30)]
    with TextReader(SUMMARIES, alone=alone) as reader:
        found = await asyncio.gather(*map(reader.read, jobs))
        assert (reader._process is None) == (alone == 10_000)
    assert found == here(jobs)
    assert found[3][-1] == Unreadable("no time", "bad-3")


async def test_a_process_that_was_started_ahead_is_the_one_that_reads() -> None:
    with TextReader(SUMMARIES, alone=20) as reader:
        reader.start()
        started = reader._process
        assert started is not None
        jobs = [texts(number) for number in range(10)]
        assert [await reader.read(job) for job in jobs] == here(jobs)
        assert reader._process is started


async def test_the_end_of_the_process_costs_nothing() -> None:
    jobs = [texts(number) for number in range(20)]
    with TextReader(SUMMARIES, alone=0) as reader:
        first = [await reader.read(job) for job in jobs[:5]]
        assert reader._process is not None
        reader._process._process.send_signal(signal.SIGSTOP)  # so that it dies over a job
        rest = asyncio.gather(*map(reader.read, jobs[5:]))
        while not reader._receiving.locked():
            await asyncio.sleep(0)
        reader._process._process.kill()
        assert [*first, *await rest] == here(jobs)
        assert await reader.read(jobs[0]) == here(jobs[:1])[0]


async def test_a_closed_pipe_costs_nothing() -> None:
    with TextReader(SUMMARIES, alone=0) as reader:
        await reader.read(texts(1))
        assert reader._process is not None
        assert reader._process._process.stdin is not None
        reader._process._process.stdin.close()
        assert await reader.read(texts(2)) == here([texts(2)])[0]


async def test_an_answer_nobody_waited_for_is_not_taken_for_the_next_one() -> None:
    with TextReader(SUMMARIES, alone=0) as reader:
        await reader.read(texts(1))
        waiting = asyncio.ensure_future(reader.read(texts(6)))
        while not reader._receiving.locked():
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert await reader.read(texts(13)) == here([texts(13)])[0]


async def test_whoever_stops_waiting_for_their_turn_ends_nothing() -> None:
    with TextReader(SUMMARIES, alone=0) as reader:
        await reader.read(texts(1))
        async with reader._sending:
            waiting = asyncio.ensure_future(reader.read(texts(2)))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        assert waiting.cancelled()
        assert reader._process is not None
        assert await reader.read(texts(3)) == here([texts(3)])[0]


async def test_a_closed_reader_starts_nothing() -> None:
    with TextReader(SUMMARIES, alone=0) as reader:
        reader.close()
        reader.start()
        assert reader._process is None


async def test_whoever_stops_waiting_ends_the_process_too() -> None:
    with TextReader(SUMMARIES, alone=0) as reader:
        await reader.read(texts(1))
        assert reader._process is not None
        process = reader._process._process
        process.send_signal(signal.SIGSTOP)  # it will never answer
        waiting = asyncio.ensure_future(reader.read(texts(2)))
        while not reader._receiving.locked():
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert process.returncode == -signal.SIGKILL


async def test_what_it_packs_is_unpacked_here(local: LocalCopy) -> None:
    local.show(*(fetched(f"old-{number}") for number in range(20)))
    dictionary = local.writer.dictionary("acme")
    assert dictionary is not None
    job = texts(6, dictionary=dictionary)
    with TextReader({}, alone=0) as reader:
        found = [item for item in await reader.read(job) if isinstance(item, Ready)]
    for item, own in zip(found, read_here([job], {})[0][:-1], strict=True):
        assert isinstance(own, Ready)
        assert item.packed is not None
        assert item.packed.body == segment(joined(own.derived.answers))
        same = item.derived._replace(answers=own.derived.answers)
        assert item._replace(packed=None, derived=same) == own
    local.writer.apply_page("acme", found, 9)
    for item in found:
        held = local.cache.execute("SELECT answers, raw FROM submission WHERE id = ?", (item.id,)).fetchone()
        assert item.packed is not None
        assert held == item.packed[:2]
    local.check_index()


async def test_few_submissions_have_no_dictionary(local: LocalCopy) -> None:
    local.show(fetched("one"))
    assert local.writer.dictionary("acme") is None


def test_the_process_ends_in_silence_with_the_one_that_asked() -> None:
    asking = """
import os
from cache.store.elsewhere import ReadingProcess
from tests.cache.test_sync_reading import texts
process = ReadingProcess({})
process.send([texts(6)] * 60)  # the answer is more than a pipe holds
while not os.read(process._process.stdout.fileno(), 1):
    pass
os._exit(9)
"""
    ended = subprocess.run([sys.executable, "-c", asking], stderr=subprocess.PIPE, check=False)
    assert (ended.returncode, ended.stderr) == (9, b"")


@pytest.mark.parametrize("alone", [0, 10_000])
async def test_a_number_that_no_float_holds_is_kept_as_its_text(alone: int) -> None:
    (raw,) = texts(0).texts[:1]
    odd = raw[:-1] + b',"odd":[1e999,-1E+400,1.50]}'
    with TextReader(SUMMARIES, alone=alone) as reader:
        found = await reader.read(Texts("acme", decode, [odd, raw]))
    kept = [item.raw for item in found if isinstance(item, Ready)]
    assert json.loads(kept[0])["odd"] == ["1e999", "-1E+400", 1.5]
    assert kept[1] == raw


@pytest.mark.parametrize("alone", [0, 10_000])
@pytest.mark.parametrize("more", [b"", b',"n":1e999'])
async def test_bytes_that_are_no_text_are_kept_as_the_sign_for_that(alone: int, more: bytes) -> None:
    (raw,) = texts(0).texts[:1]
    odd = raw[:-1] + b',"odd":"a\xffb\xed\xa0\x80"' + more + b"}"
    with TextReader(SUMMARIES, alone=alone) as reader:
        (found,) = await reader.read(Texts("acme", decode, [odd]))
    assert isinstance(found, Ready)
    assert json.loads(found.raw)["odd"] == "a\ufffdb\ufffd\ufffd\ufffd"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.booleans())
def test_texts_are_read_as_the_standard_library_reads_them(value: object, escaped: bool) -> None:
    text = json.dumps(value, ensure_ascii=escaped).encode()
    if b"Infinity" not in text:
        assert repr(_read(text)) == repr((json.loads(text), text))
