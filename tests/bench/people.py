"""How fast a local copy is filled, and how soon the other submissions of a person are found in it."""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cache.models import Attribution, Contact, Field, Submission
from cache.outbox import Outbox
from cache.query import parse_query
from cache.schema import CACHE, OUTBOX, open_database
from cache.store.reader import Reader
from cache.store.writer import Writer
from cache.sync.remote import FetchedSubmission
from tests.bench.measure import percentile

__all__ = ["measure_people"]

_BEGAN = 1_700_000_000
_PAGE = 500
_LOOKS = 1_000
_LETTERS = ("lorem", "ipsum", "dolor", "sit", "amet", "consectetur", "adipiscing", "elit", "sed", "tempor")


def measure_people(submissions: int) -> str:
    """Fill a copy with that many submissions and look people up; what it took, in words."""
    with tempfile.TemporaryDirectory(prefix="inbox-tui-bench-") as folder:
        data = Path(folder) / "data"
        lines = [_filling(data, submissions)]
        size = (data / CACHE.name).stat().st_size
        outbox = Outbox(open_database(data, OUTBOX), wall=lambda: _BEGAN)
        reader = Reader(open_database(data, CACHE), outbox, sources=("acme",), decoders={})
        try:
            reader.refresh()
            lines += [f"{size:,} bytes, {size // submissions:,} a row", _looking(reader)]
        finally:
            reader.close()
            outbox.close()
        return "\n".join(lines)


def _filling(data: Path, submissions: int) -> str:
    conn = open_database(data, CACHE)
    try:
        writer = Writer(conn, wall=lambda: _BEGAN)
        writer.sources.ensure("acme", "plain")
        wall = cpu = 0.0
        for page in _pages(submissions):
            began, used = time.perf_counter(), time.process_time()
            writer.apply_page("acme", writer.ready(page), 1)
            wall += time.perf_counter() - began
            cpu += time.process_time() - used
    finally:
        conn.close()
    return f"filling {submissions:,}: {submissions / wall:,.0f} rows/s, {submissions / cpu:,.0f} a CPU second"


def _looking(reader: Reader) -> str:
    keys = [row.key for row in reader.rows(reader.rowids(parse_query(""), 100_000)[:: 100_000 // _LOOKS])]
    found, taken = 0, []
    for key in keys:
        began = time.perf_counter()
        found += len(reader.same_person(key, 50))
        reader.same_person_count(key)
        taken.append(time.perf_counter() - began)
    slow = percentile(taken, 0.95) * 1e6
    return (
        f"{len(keys):,} lookups with their count, {found / len(keys):.1f} found each:"
        f" median {percentile(taken, 0.5) * 1e6:,.0f} us, p95 {slow:,.0f} us"
    )


def _pages(submissions: int) -> Iterator[list[FetchedSubmission]]:
    """Newest first, as a first sync brings them; a person wrote ten times on average."""
    chance = random.Random(7)
    page: list[FetchedSubmission] = []
    for number in range(submissions, 0, -1):
        page.append(_submission(chance, number, max(1, submissions // 10)))
        if len(page) == _PAGE:
            yield page
            page = []
    if page:
        yield page


def _submission(chance: random.Random, number: int, people: int) -> FetchedSubmission:
    person = chance.randrange(people)
    text = " ".join(chance.choices(_LETTERS, k=40))
    made = Submission(
        source="acme",
        provider="plain",
        id=f"{chance.getrandbits(128):032x}",
        created_at=datetime.fromtimestamp(_BEGAN + number * 40, UTC),
        number=number,
        fields=(Field("message", "form_textarea", "Message", text, 1.0),),
        contact=Contact(f"Person {person}", f"p{person}@example.com", f"+49 170 {person:07d}"),
        attribution=Attribution(visitor_id=f"v-{person:012x}"),
    )
    raw = {"id": made.id, "message": text, "contact": [made.contact.name, made.contact.email]}
    return FetchedSubmission(made, json.dumps(raw))
