"""Every window of every list is a slice of what a plain evaluator finds."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cache.models import TRIAGE_FIELDS, EditState, Key, Member, Row, Submission
from cache.query import Query, parse_query, resolve
from cache.schema import transaction
from tests.cache.judging import Judged, judge, ordered
from tests.cache.making import NOW, LocalCopy, fetched

SOURCES = ("acme", "beta")
MEMBERS = (
    Member("acme", "u1", "Ben Ruiz"),
    Member("acme", "u2", "Ada Adler"),
    Member("beta", "v1", "Ben Vogel"),
)
PEOPLE = {Key(member.source, member.user_id): member.name for member in MEMBERS}
ME = {"acme": "u1", "beta": "v1"}
WORDS = ["pricing", "price", "sso", "sso login", "seats?", "late", "lately", ""]
NAMES = ["Ada", "ben", "Ben", "Zoe", "carl"]


def _choice(rng: random.Random, options: list[dict[str, Any]]) -> dict[str, Any]:
    return rng.choice(options)


class World:
    """A copy with 300 submissions, some of a source that left the config, 60 of them edited."""

    def __init__(self, local: LocalCopy) -> None:
        rng = random.Random(11)
        self.local = local
        self.held: dict[Key, Submission] = {}
        pages = []
        for n in range(300):
            source = rng.choice(["acme", "acme", "beta", "gone"])
            text, name, notes = rng.choice(WORDS), rng.choice(NAMES), rng.choice([None, "late", "call"])
            number = rng.randrange(1, 90) if rng.random() < 0.7 else None
            item = fetched(
                f"id-{n}",
                source=source,
                created=NOW + rng.randrange(150),
                number=number,
                status=rng.choice(["new", "read", "in_progress", "resolved", "spam", "triaged"]),
                priority=rng.choice(["none", "low", "medium", "high", "urgent"]),
                flagged=rng.random() < 0.2,
                assignee=rng.choice([None, None, "u1", "u2", "v1", "x9"]),
                notes=notes,
                contact=(name, None, None),
                fields=[["m", "form_text", "Message", text, 1]],
            )
            self.held[item.submission.key] = item.submission
            pages.append(item)
        local.writer.sources.ensure("gone", "plain")
        local.writer.sources.set_members("acme", MEMBERS[:2])
        local.writer.sources.set_members("beta", MEMBERS[2:])
        local.show(*pages)
        for item in rng.sample(pages, 60):
            key = item.submission.key
            local.edit(
                key.id,
                source=key.source,
                **_choice(
                    rng,
                    [
                        {"status": rng.choice(["new", "read", "resolved"])},
                        {"priority": rng.choice(["none", "high"]), "flagged": True},
                        {"assignee_id": rng.choice([None, "u1", "v1"])},
                        {"notes": "pending words are searched"},
                    ],
                ),
            )
        with transaction(local.outbox_file):
            for edit in local.outbox.pending():
                local.outbox.registers.put(replace(edit, state=rng.choice(list(EditState))))
        local.reader.refresh()
        self.rows = self._rows()

    def _rows(self) -> list[Judged]:
        """What a person sees of each row, put together from the single submissions."""
        rows = []
        for key, submission in self.held.items():
            row, detail = self.local.reader.row(key), self.local.reader.detail(key)
            assert row is not None
            assert detail is not None
            seen = detail.seen
            shown = (row.status, row.priority, row.flagged, row.assignee_id, row.sync)
            assert shown == (seen.status, seen.priority, seen.flagged, seen.assignee_id, detail.sync)
            changes = {name: getattr(seen, name) for name in TRIAGE_FIELDS}
            if key.source in SOURCES:
                rows.append(Judged(submission._replace(**changes), row.rowid, detail.sync, opened=False))
        return rows

    def naive(self, query: Query) -> list[int]:
        meaning = resolve(query, self.local.reader.context)
        found = [one for one in self.rows if judge(meaning, one)]
        return [one.rowid for one in ordered(found, query.order, PEOPLE)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory: Path = tmp_path_factory.mktemp("windows") / "data"
    with LocalCopy(directory, sources=SOURCES, me=ME) as local:
        yield World(local)


TERMS = [
    *(f"status:{value}" for value in ("new", "read,spam", "in_progress", "resolved")),
    *(f"p:{value}" for value in ("high", "none,low", ">=medium", "<high", "<=low", ">low", "!=high")),
    *(f"a:{value}" for value in ("me", "none", "any", "ben", "ada,none")),
    *(f"source:{value}" for value in SOURCES),
    *(f"is:{value}" for value in ("open", "progress", "read,spam", "flagged", "unassigned", "mine")),
    *(f"is:{value}" for value in ("queued", "conflict", "rejected", "orphaned", "unsettled")),
    *("pric", "price", "sso", "late", '"sso login"', '"late"', "sso-login", "#7", "SUB-0012", "?", "ben"),
]
SORTS = ["", "", "sort:created", "sort:-number", "sort:priority", "sort:-status,name", "sort:name,-created"]
SORTS += ["sort:assignee,-number", "sort:-assignee", "sort:source", "sort:age", "sort:-age", "sort:-resolved"]


@st.composite
def queries(draw: st.DrawFn) -> str:
    terms = draw(st.lists(st.tuples(st.sampled_from(["", "", "-"]), st.sampled_from(TERMS)), max_size=3))
    texts = [sign + term for sign, term in terms]
    return " ".join([*texts, draw(st.sampled_from(SORTS))])


relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("term", TERMS)
@pytest.mark.parametrize("sign", ["", "-"])
def test_every_term_finds_exactly_its_rows(world: World, sign: str, term: str) -> None:
    query = parse_query(sign + term)
    expected = world.naive(query)
    assert world.local.reader.rowids(query) == expected
    assert 0 < len(expected) < len(world.rows)


@relaxed
@given(text=queries())
def test_any_query_finds_exactly_its_rows_in_order_and_counts_them(world: World, text: str) -> None:
    query, reader = parse_query(text), world.local.reader
    expected = world.naive(query)
    assert reader.count(query) == len(expected)
    assert reader.rowids(query) == expected
    assert reader.rowids(query, 7) == expected[:7]


@relaxed
@given(
    text=queries(),
    jumps=st.lists(st.tuples(st.integers(0, 260), st.integers(1, 70), st.booleans()), min_size=1, max_size=5),
    held=st.integers(0, 10**6) | st.none(),
)
def test_every_window_is_a_slice_of_the_list(
    world: World, text: str, jumps: list[tuple[int, int, bool]], held: int | None
) -> None:
    query, reader = parse_query(text), world.local.reader
    expected = matching = world.naive(query)
    hold = world.rows[held % len(world.rows)].rowid if held is not None else None
    if hold is not None and hold not in expected:
        wider = Query("", None, query.order)
        place = world.naive(wider)
        expected = [rowid for rowid in place if rowid in {*expected, hold}]
    known: tuple[int, int, int] | None = None
    for first, count, hint in jumps:
        window = reader.window(query, count=count, first=first, hold=hold, known=known if hint else None)
        assert window.total == len(expected)
        assert window.first == max(0, min(first, len(expected) - count))
        assert [row.rowid for row in window.rows] == expected[window.first : window.first + count]
        for row in window.rows:
            assert row.matches == (row.rowid in matching)
        if window.rows:
            known = (window.generation, window.first, window.rows[0].rowid)


@relaxed
@given(text=queries(), count=st.integers(1, 60), pick=st.integers(0, 10**6), held=st.booleans())
def test_window_around_a_row_has_it_where_the_cursor_says(
    world: World, text: str, count: int, pick: int, held: bool
) -> None:
    query, reader = parse_query(text), world.local.reader
    around = world.rows[pick % len(world.rows)].rowid
    window = reader.window(query, count=count, around=around, hold=around if held else None)
    if not held and around not in world.naive(query):
        assert window.cursor is None
        assert window.first == 0
        return
    assert window.cursor is not None
    row = window.rows[window.cursor - window.first]
    assert row.rowid == around
    assert row.matches == (around in world.naive(query))


def test_hint_from_a_window_with_a_held_row_shifts_nothing(world: World) -> None:
    query, reader = parse_query("is:open"), world.local.reader
    expected = world.naive(query)
    hold = next(known.rowid for known in world.rows if known.rowid not in expected)
    for asked in (hold, None):
        held = reader.window(query, count=30, first=60, hold=hold)
        known = (held.generation, held.first + 20, held.rows[20].rowid)
        window = reader.window(query, count=20, first=10, hold=asked, known=known)
        listed = sorted({*expected, hold}, reverse=True) if asked else expected
        assert [row.rowid for row in window.rows] == listed[10:30]


def test_hint_of_another_list_or_another_time_is_worth_nothing(world: World) -> None:
    reader = world.local.reader
    everything, some = parse_query(""), parse_query("is:resolved")
    last = reader.window(everything, count=10, first=100)
    known = (last.generation, last.first, last.rows[0].rowid)
    expected = world.naive(some)
    for hint in (known, (last.generation - 1, 3, last.rows[0].rowid), (last.generation, 3, 12345)):
        window = reader.window(some, count=10, first=5, known=hint)
        assert [row.rowid for row in window.rows] == expected[5:15]


def test_position_of_a_row_is_the_number_of_matches_before_it(world: World) -> None:
    reader = world.local.reader
    for text in ("", "is:open", "late", "sort:priority is:open", "sort:created"):
        query = parse_query(text)
        expected = world.naive(query)
        order = world.naive(Query("", None, query.order))
        for known in world.rows[::17]:
            before = order[: order.index(known.rowid)]
            assert reader.position(query, known.rowid) == sum(1 for rowid in before if rowid in expected)
        assert reader.rowids_from(query, 5, 6) == expected[5:11]


def test_rows_come_as_asked_and_those_that_are_gone_are_left_out(world: World) -> None:
    ids = [known.rowid for known in world.rows]
    asked = [ids[5], -1, ids[0], ids[9]]
    found: tuple[Row, ...] = world.local.reader.rows(asked)
    assert [row.rowid for row in found] == [ids[5], ids[0], ids[9]]
    assert len(world.local.reader.rows(ids * 3)) == len(ids) * 3
