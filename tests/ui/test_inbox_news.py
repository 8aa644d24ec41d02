"""News while somebody reads, moves and edits: what the person did is read first, and all is read."""

import json
from threading import Event
from typing import Any

from cache.query import parse_query
from cache.store.changes import ChangeSet
from cache.store.packing import Packing
from cache.store.reader import Reader, Window
from cache.sync.remote import FetchedSubmission
from inbox_tui.providers.awardee import decode
from tests.cache.making import LocalCopy
from tests.ui.inbox_harness import Home, lone_home, open_inbox
from tests.ui.test_inbox_moving import MANY, held_up, home_of_many

UNTIL_NEWS_COME = (
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT 1 FROM n WHERE NOT come()) SELECT count(*) FROM n"
)
NEWS = ChangeSet(frozenset({1}), frozenset({1}))


def arrive(home: Home, number: int = 1) -> ChangeSet:
    """A submission comes that is newer than all others, the later the higher its number; nobody is told."""
    with LocalCopy(home.data) as local:
        packed = local.cache.execute("SELECT answers, raw FROM submission LIMIT 1").fetchone()
        item = json.loads(Packing(local.cache).raw(*packed)) | {
            "id": f"id-new-{number}",
            "created_at": f"2999-01-{number:02}T00:00:00Z",
        }
        return local.show(FetchedSubmission(decode(item, "acme"), json.dumps(item)))


async def test_rows_and_counts_are_read_again_however_fast_news_come(tmp_path, monkeypatch) -> None:
    """Pages of a sync come while what the one before changed is being read."""
    ended, told = list[str](), [0]

    def slowly(name: str) -> None:
        read = getattr(Reader, name)

        def slow(reader: Reader, *asked: Any, **how: Any) -> Any:
            enough = told[0] + 3
            reader._conn.create_function("come", 0, lambda: told[0] >= enough or Event().wait(0.01))
            reader._conn.execute(UNTIL_NEWS_COME).fetchone()
            ended.append(name)
            return read(reader, *asked, **how)

        monkeypatch.setattr(Reader, name, slow)

    async with open_inbox(lone_home(tmp_path), size=(120, 16), leads=False) as inbox:
        await inbox.settled()

        def tell() -> None:
            told[0] += 1
            inbox.screen.take_news(NEWS)

        slowly("window")
        slowly("counts")
        timer = inbox.app.set_interval(0.15, tell)  # longer than anything waits before it is read
        await inbox.until(lambda: min(map(ended.count, ("window", "counts"))) > 1, "rows and counts, twice")
        timer.stop()
        told[0] = 1_000


async def test_a_row_that_is_edited_while_news_are_to_be_read_keeps_its_place(tmp_path) -> None:
    async with open_inbox(lone_home(tmp_path), size=(120, 30), leads=False) as inbox:
        await inbox.settled()
        await inbox.press("G")
        await inbox.settled()
        listing, go_on, key = inbox.screen.listing, Event(), inbox.row.key
        inbox.app.store.submit(lambda _: go_on.wait(60))
        inbox.screen.take_news(NEWS)
        await inbox.until(lambda: listing._rereading._due is None, "the question for the rows")
        await inbox.press("e")
        go_on.set()
        await inbox.until(lambda: not inbox.row.matches, "the dimmed row")
        assert inbox.row.key == key


async def test_news_do_not_make_what_a_person_did_wait(tmp_path, monkeypatch) -> None:
    """A submission that was edited is read again at once, though news come before it is its turn."""
    async with open_inbox(lone_home(tmp_path), size=(120, 30), leads=False) as inbox:
        await inbox.settled()
        go_on, counted, read, detail = Event(), Event(), list[Any](), Reader.detail

        def noted(reader: Reader, key: Any) -> Any:
            read.append(key)
            return detail(reader, key)

        monkeypatch.setattr(Reader, "detail", noted)
        inbox.app.store.submit(lambda _: go_on.wait(60))
        inbox.app.store.submit(lambda _: counted.wait(60), pace="aside")
        inbox.screen.take_news(None, awaited=True)
        inbox.screen.take_news(NEWS)
        go_on.set()
        try:
            await inbox.until(lambda: read, "the submission")
        finally:
            counted.set()


async def test_what_arrives_while_rows_are_being_read_is_counted_above(tmp_path, monkeypatch) -> None:
    home = lone_home(tmp_path)
    async with open_inbox(home, view="all", size=(120, 16), leads=False) as inbox:
        await inbox.settled()
        await inbox.press("G")
        await inbox.settled()
        before, window = inbox.rows.total, Reader.window
        is_reading, go_on = Event(), Event()

        def held(reader: Reader, query: Any, **how: Any) -> Window:
            answer = window(reader, query, **how)
            is_reading.set()
            go_on.wait(60)
            return answer

        monkeypatch.setattr(Reader, "window", held)
        inbox.screen.take_news(NEWS)
        await inbox.until(is_reading.is_set, "the rows as they were")
        monkeypatch.setattr(Reader, "window", window)
        inbox.screen.take_news(arrive(home))
        go_on.set()
        await inbox.until(lambda: inbox.rows.total == before + 1, "the arrival")
        assert inbox.rows.new_above == 1


async def test_what_arrives_is_counted_above_also_when_the_cursor_moves_on_meanwhile(tmp_path) -> None:
    home = lone_home(tmp_path)
    async with open_inbox(home, view="all", size=(120, 16), leads=False) as inbox:
        await inbox.settled()
        await inbox.press("G")
        await inbox.settled()
        before = inbox.rows.total
        with held_up(inbox.app.store):
            inbox.screen.take_news(arrive(home))
            await inbox.until(lambda: inbox.screen.listing._rereading._under_way, "the question")
            await inbox.press("k")
        await inbox.until(lambda: inbox.rows.total == before + 1, "the arrival")
        assert inbox.rows.new_above == 1


async def test_going_to_a_row_before_the_first_of_another_order_are_there_keeps_none_of_the_old(
    tmp_path,
) -> None:
    async with open_inbox(home_of_many(tmp_path), view="all", size=(120, 60), leads=False) as inbox:
        await inbox.until(lambda: inbox.rows.total > MANY, "the count")
        await inbox.settled()
        with inbox.home.local() as local:
            wanted = local.reader.rowids(parse_query("sort:-age"))
        inbox.rows.move_to(100)
        await inbox.settled()
        with held_up(inbox.app.store):
            inbox.screen.listing.show_query("sort:-age")
            inbox.screen.listing.go_to(wanted[130])
        await inbox.until(lambda: inbox.row.rowid == wanted[130], "the row")
        await inbox.settled()
        held = {at: row.rowid for at in range(inbox.rows.total) if (row := inbox.rows.row_at(at)) is not None}
        assert held == {at: wanted[at] for at in held}


async def test_going_to_a_row_that_is_gone_loses_no_news(tmp_path, monkeypatch) -> None:
    home = lone_home(tmp_path)
    async with open_inbox(home, view="all", size=(120, 30), leads=False) as inbox:
        await inbox.settled()
        before = inbox.rows.total
        monkeypatch.setattr(inbox.app.store, "_look", lambda: None)  # it is not told a second time
        with held_up(inbox.app.store):
            inbox.screen.take_news(arrive(home))
            await inbox.until(lambda: inbox.screen.listing._rereading._under_way, "the question")
            inbox.screen.listing.go_to(999_999)
        await inbox.until(lambda: inbox.rows.total == before + 1, "the arrival")


async def test_while_a_source_is_read_for_the_first_time_the_first_row_stays_the_first(tmp_path) -> None:
    home = lone_home(tmp_path)
    with LocalCopy(home.data) as local:
        local.cache.execute("UPDATE source SET synced_at = NULL")
        local.cache.commit()
    async with open_inbox(home, view="all", size=(120, 16), leads=False) as inbox:
        await inbox.settled()
        for number in (1, 2):
            inbox.screen.take_news(arrive(home, number))
            await inbox.until(lambda n=number: inbox.row.key.id == f"id-new-{n}", "the newest")
            assert (inbox.rows.cursor_position, inbox.rows.new_above) == (0, 0)
        await inbox.press("j", "k")
        await inbox.settled()
        inbox.screen.take_news(arrive(home, 3))
        await inbox.until(lambda: inbox.rows.new_above == 1, "the notice")
        assert inbox.row.key.id == "id-new-2"


async def test_going_from_one_held_row_to_another_keeps_no_row_of_the_first(tmp_path) -> None:
    """Both are shown although they do not match; the others stand elsewhere beside each of them."""
    async with open_inbox(home_of_many(tmp_path), view="all", size=(120, 16), leads=False) as inbox:
        await inbox.until(lambda: inbox.rows.total > MANY, "the count")
        await inbox.press("/")
        with inbox.home.local() as local:
            every = local.reader.rowids(parse_query("sort:-age"))
            first, last = (local.reader.rows(every[at : at + 1])[0] for at in (1, 50))
        query = f"-{first.ref} -{last.ref} sort:-age"
        inbox.screen.filter_bar.put(query)
        await inbox.press("enter")
        await inbox.until(lambda: inbox.screen.listing.matching == len(every) - 2, "the others")
        for row in (first, last):
            inbox.screen.listing.go_to(row.rowid)
            await inbox.until(lambda wanted=row: inbox.row.rowid == wanted.rowid, "the row")
        expected = [rowid for rowid in every if rowid != first.rowid]
        shown = {
            at: row.rowid for at in range(inbox.rows.total) if (row := inbox.rows.row_at(at)) is not None
        }
        assert inbox.rows.total == len(expected)
        assert shown == {at: expected[at] for at in shown}
