"""Many lists read as one: nothing lost, nothing twice, newest first, whatever fails on the way."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.models import Submission
from cache.sync.remote import (
    AuthPaused,
    FetchedSubmission,
    Forbidden,
    NotFound,
    Page,
    RateLimited,
    Refused,
    ServerFault,
)
from inbox_tui.providers.merged import LOST_PLACE, Merger, Part

START = datetime(2026, 1, 1, tzinfo=UTC)


def row(identifier, second):
    created = START + timedelta(seconds=second)
    return FetchedSubmission(Submission("src", "test", identifier, created), "{}")


class Lists:
    """Lists in memory, newest first, read by page; a cursor names the first row of the next page."""

    def __init__(self, rows, *, size=3, inclusive=False, counts=False):
        self.rows = {
            name: sorted(held, key=lambda item: item[1], reverse=True) for name, held in rows.items()
        }
        self.size = size
        self.inclusive = inclusive
        self.counts = counts
        self.errors = {}
        self.reads = []
        self.listings = 0
        self.now = 1_000_000.0

    async def listing(self):
        self.listings += 1
        return [
            Part(name, f"Form {name}", len(held) if self.counts else None) for name, held in self.rows.items()
        ]

    async def read(self, part, cursor):
        self.reads.append((part.id, cursor))
        if part.id in self.errors:
            raise self.errors[part.id]
        held = self.rows[part.id]
        places = {identifier: place for place, (identifier, _) in enumerate(held)}
        if cursor is not None and cursor not in places:
            raise Refused("no such place", status=400, code=LOST_PLACE)
        start = places[cursor] if cursor is not None else 0
        end = start + self.size
        following = held[end - 1 if self.inclusive else end][0] if end < len(held) else None
        return Page(tuple(row(*item) for item in held[start:end]), (), following)

    def add(self, name, identifier, second):
        self.rows[name].append((identifier, second))
        self.rows[name].sort(key=lambda item: item[1], reverse=True)

    def merger(self, **options):
        return Merger(self.listing, self.read, clock=lambda: self.now, **{"page_size": 5, **options})


async def walk(merger, cursor=None):
    items, pages = [], []
    for _ in range(10_000):
        page = await merger.page(cursor)
        pages.append(page)
        items += [item.submission for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return items, pages
    raise AssertionError("the walk does not end")


def ids(items):
    return [item.id for item in items]


def held_ids(lists):
    return {identifier for held in lists.rows.values() for identifier, _ in held}


@settings(deadline=None)
@given(
    seconds=st.dictionaries(st.sampled_from("abcdefgh"), st.lists(st.integers(0, 30), max_size=25)),
    size=st.integers(2, 7),
    page_size=st.integers(1, 12),
    inclusive=st.booleans(),
    restarts=st.lists(st.booleans(), min_size=60, max_size=60),
)
async def test_every_row_comes_once_and_newest_first_over_any_number_of_restarts(
    seconds, size, page_size, inclusive, restarts
):
    rows = {name: [(f"{name}{place}", at) for place, at in enumerate(held)] for name, held in seconds.items()}
    lists = Lists(rows, size=size, inclusive=inclusive)
    merger, cursor, items = lists.merger(page_size=page_size), None, []
    for turn in range(1_000):
        page = await merger.page(cursor)
        assert len(page.items) <= page_size
        items += [item.submission for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
        if turn < len(restarts) and restarts[turn]:
            merger = lists.merger(page_size=page_size)
    assert Counter(ids(items)) == Counter(held_ids(lists))
    moments = [item.created_at for item in items]
    assert moments == sorted(moments, reverse=True)


@settings(deadline=None)
@given(
    calls=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 8)), min_size=1, max_size=12),
    held=st.integers(0, 12),
)
async def test_the_first_page_goes_down_to_what_the_first_page_before_began_with(calls, held):
    lists = Lists({name: [(f"{name}{n}", n) for n in range(held)] for name in "abc"}, size=3)
    merger = lists.merger(page_size=2)
    seen = set(ids((await walk(merger))[0]))
    second = held
    for number, (away, new) in enumerate(calls):
        for place in range(new):
            lists.add("abc"[place % 3], f"new{number}.{place}", second)
            second += 1
        lists.errors = {away: ServerFault("down", status=500)}
        page = await merger.page()
        seen |= set(ids(item.submission for item in page.items))
    lists.errors = {}
    page = await merger.page()
    assert seen | set(ids(item.submission for item in page.items)) == held_ids(lists)


async def test_rows_that_were_dropped_to_save_memory_are_read_again():
    names = [f"f{number}" for number in range(400)]
    rows = {name: [(f"{name}.{n}", n * 7 + place % 5) for n in range(60)] for place, name in enumerate(names)}
    lists = Lists(rows, size=60)
    items, _ = await walk(lists.merger(page_size=1_000))
    assert Counter(ids(items)) == Counter(held_ids(lists))
    assert len(lists.reads) > len(names)


async def test_ten_thousand_forms_of_which_few_hold_anything_cost_no_more_than_those():
    rows = {f"f{number}": [] for number in range(10_000)} | {"x": [("x1", 1)], "y": [("y1", 2)]}
    lists = Lists(rows, counts=True)
    merger = lists.merger()
    items, _ = await walk(merger)
    assert ids(items) == ["y1", "x1"]
    assert len(lists.reads) == 2
    assert merger.polled == 2


async def test_the_first_page_asks_every_part_and_is_not_empty():
    lists = Lists({f"f{number}": [(f"r{number}", number)] for number in range(25)})
    page = await lists.merger(page_size=3).page()
    assert [item.submission.id for item in page.items] == ["r24", "r23", "r22"]
    assert len(lists.reads) == 25


async def test_many_parts_do_not_make_the_first_page_short():
    rows = {f"f{number}": [(f"r{number}", number)] for number in range(30)}
    lists = Lists(rows | {"busy": [(f"b{number}", 100 + number) for number in range(20)]})
    assert len((await lists.merger(page_size=15).page()).items) == 15


async def test_a_row_in_two_lists_comes_once():
    lists = Lists({"a": [("same", 5), ("a1", 1)], "b": [("same", 5), ("b1", 2)]})
    items, _ = await walk(lists.merger(page_size=1))
    assert ids(items) == ["same", "b1", "a1"]


async def test_a_page_after_a_restart_makes_few_requests_and_may_be_empty():
    lists = Lists({f"f{number}": [(f"r{number}", number)] for number in range(25)})
    first = await lists.merger(page_size=3).page()
    merger = lists.merger(page_size=100)
    lists.reads.clear()
    page = await merger.page(first.next_cursor)
    assert page.items == ()
    assert page.next_cursor is not None
    assert len(lists.reads) == 10
    items, _ = await walk(merger, page.next_cursor)
    assert len(items) == len(lists.reads) == 22


async def test_a_cursor_is_json_and_any_other_text_is_refused():
    lists = Lists({"a": [(f"a{n}", n) for n in range(9)]})
    cursor = (await lists.merger().page()).next_cursor
    assert json.loads(cursor)["v"] == 1
    wrong = ["", "x", "7", "[]", "{}", '{"v":2}', '{"v":1,"places":[],"done":[]}']
    for text in [*wrong, '{"v":1,"places":{"a":1},"done":[]}', '{"v":1,"at":"x","places":{},"done":[]}']:
        with pytest.raises(Refused):
            await lists.merger().page(text)


async def test_a_part_that_may_not_be_read_is_told_of_and_the_others_go_on():
    lists = Lists({"a": [("a1", 1)], "b": [("b1", 2)], "c": [("c1", 3)]})
    lists.errors = {"b": Forbidden("x.example does not permit this.", status=403)}
    merger = lists.merger(noun="bot")
    items, pages = await walk(merger)
    assert ids(items) == ["c1", "a1"]
    sentence = "The bot “Form b” could not be read: x.example does not permit this."
    assert merger.notes == (sentence,)
    assert [(told.reason, told.id) for page in pages for told in page.quarantined] == [(sentence, None)]
    lists.errors = {}
    assert ids((await walk(merger))[0]) == ["c1", "b1", "a1"]
    assert merger.notes == ()


async def test_a_part_that_is_gone_is_told_of_and_its_rows_count_as_no_longer_listed():
    lists = Lists({"a": [("a1", 1)], "b": [("b1", 2)]})
    lists.errors = {"b": NotFound("no such record", status=404)}
    merger = lists.merger()
    items, pages = await walk(merger)
    assert ids(items) == ["a1"]
    assert merger.notes == ("The form “Form b” is no longer there.",)
    assert not any(page.quarantined for page in pages)
    del lists.rows["b"]
    await walk(merger)
    assert merger.notes == ()


async def test_when_every_part_fails_the_source_fails():
    lists = Lists({"a": [("a1", 1)], "b": [("b1", 2)]})
    lists.errors = dict.fromkeys("ab", Forbidden("not permitted", status=403))
    merger = lists.merger()
    for _ in range(2):
        with pytest.raises(Forbidden):
            await merger.page()
    lists.errors = {}
    assert ids((await walk(merger))[0]) == ["b1", "a1"]


async def test_when_every_part_fails_in_the_middle_of_a_page_nothing_of_it_is_lost():
    lists = Lists({"a": [(f"a{second}", second) for second in range(9)], "b": [("b8", 8)], "c": [("c7", 7)]})
    merger = lists.merger(page_size=50)
    lists.errors = dict.fromkeys("bc", ServerFault("down", status=500))
    down = lists.read

    async def later(part, cursor):
        if cursor is not None:
            lists.errors["a"] = ServerFault("down", status=500)
        return await down(part, cursor)

    merger._read = later
    with pytest.raises(ServerFault):
        await merger.page()
    lists.errors, merger._read = {}, down
    assert Counter(ids((await walk(merger))[0])) == Counter(
        [f"a{second}" for second in range(9)] + ["b8", "c7"]
    )


async def test_a_server_that_is_down_is_not_asked_for_every_part():
    lists = Lists({f"f{number}": [(f"r{number}", number)] for number in range(9)})
    lists.errors = dict.fromkeys(lists.rows, ServerFault("down", status=500))
    merger = lists.merger()
    with pytest.raises(ServerFault):
        await merger.page()
    assert len(lists.reads) == 3


async def test_several_broken_parts_do_not_hide_the_others():
    lists = Lists({f"f{number}": [(f"r{number}", number)] for number in range(5)})
    lists.errors = dict.fromkeys(["f0", "f1", "f2", "f3"], ServerFault("down", status=500))
    merger = lists.merger()
    with pytest.raises(ServerFault):
        await merger.page()
    assert ids((await walk(merger))[0]) == ["r4"]
    assert len(merger.notes) == 4


async def test_a_part_that_failed_for_a_moment_is_asked_again_before_the_walk_ends():
    lists = Lists({"a": [(f"a{n}", n) for n in range(9)], "b": [("b1", 2)]})
    lists.errors = {"b": ServerFault("down", status=500)}
    merger = lists.merger()
    first = await merger.page()
    assert first.quarantined
    lists.errors = {}
    items, _ = await walk(merger, first.next_cursor)
    assert set(ids(items)) | {item.submission.id for item in first.items} == held_ids(lists)


@pytest.mark.parametrize(
    "error", [RateLimited("wait", retry_after=9), AuthPaused("no key", status=401)], ids=["429", "401"]
)
async def test_what_concerns_the_whole_source_is_raised_and_nothing_is_read_twice(error):
    lists = Lists({name: [(f"{name}1", place)] for place, name in enumerate("abcd")})
    lists.errors = {"c": error}
    merger = lists.merger()
    with pytest.raises(type(error)):
        await merger.page()
    lists.errors = {}
    assert ids((await walk(merger))[0]) == ["d1", "c1", "b1", "a1"]
    assert Counter(name for name, _ in lists.reads) == {"a": 1, "b": 1, "c": 2, "d": 1}


async def test_a_list_that_no_longer_takes_its_cursor_is_read_from_its_top():
    lists = Lists({"a": [(f"a{n}", n) for n in range(9)], "b": [("b1", 4)]})
    first = await lists.merger().page()
    lists.rows["a"] = [item for item in lists.rows["a"] if item[0] != "a2"]
    items, _ = await walk(lists.merger(), first.next_cursor)
    assert Counter(ids(items) + [item.submission.id for item in first.items]) == Counter(held_ids(lists))


async def test_rows_that_arrive_during_a_walk_do_not_disturb_it():
    lists = Lists({"a": [(f"a{n}", n) for n in range(9)], "b": [("b1", 4)]})
    before = held_ids(lists)
    first = await lists.merger().page()
    lists.add("a", "late", 100)
    items, _ = await walk(lists.merger(), first.next_cursor)
    assert Counter(ids(items) + [item.submission.id for item in first.items]) == Counter(before)


async def test_a_list_that_leads_in_a_circle_ends():
    async def listing():
        return [Part("a", "A")]

    async def read(part, cursor):
        return Page((row("a1" if cursor == "two" else "a2", 1),), (), "one" if cursor == "two" else "two")

    items, _ = await walk(Merger(listing, read, clock=lambda: 0.0))
    assert ids(items) == ["a2", "a1"]


async def test_a_page_that_brings_nothing_new_ends_a_list():
    async def listing():
        return [Part("a", "A")]

    async def read(part, cursor):
        return Page((row("a1", 1),), (), f"{cursor}+")

    items, _ = await walk(Merger(listing, read, clock=lambda: 0.0))
    assert ids(items) == ["a1"]


async def test_new_parts_are_found_after_a_minute_and_others_are_not_followed():
    lists = Lists({"a": [("a1", 1)]})
    merger = lists.merger(only=("a", "b"))
    await walk(merger)
    lists.rows |= {"b": [("b1", 2)], "c": [("c1", 3)]}
    assert ids((await walk(merger))[0]) == ["a1"]
    lists.now += 61
    assert ids((await walk(merger))[0]) == ["b1", "a1"]
    assert [part.id for part in await merger.parts()] == ["a", "b"]
    assert lists.listings == 2


async def test_an_account_without_parts_is_an_empty_list():
    merger = Lists({}).merger(noun="bot")
    assert await merger.page() == Page(())
    assert merger.notes == ("The key shows no bot.",)


async def test_parts_that_are_followed_but_not_there_are_told_of_and_all_others_are_seen():
    merger = Lists({"a": [("a1", 1)]}).merger(only=["b"])
    assert await merger.page() == Page(())
    assert merger.notes == ("The key shows none of the forms that are followed.",)
    assert await merger.seen() == {"a": None}


async def test_the_least_time_between_polls_grows_with_the_parts_that_are_polled():
    lists = Lists({f"f{number}": [(f"r{number}", 1)] for number in range(40)} | {"e": []}, counts=True)
    merger = lists.merger()
    assert merger.poll_floor(30.0, 20.0) == 30.0
    await merger.parts()
    assert merger.poll_floor(30.0, 20.0) == 120.0


async def test_rows_read_ahead_are_not_believed_for_ever():
    lists = Lists({"a": [(f"a{n}", n) for n in range(9)]}, size=100)
    merger = lists.merger()
    first = await merger.page()
    lists.rows["a"] = [item for item in lists.rows["a"] if item[0] != "a1"]
    lists.now += 3_600
    items, _ = await walk(merger, first.next_cursor)
    assert "a1" not in ids(items)
