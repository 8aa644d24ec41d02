"""What the reader tells of a query besides its rows."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cache.errors import CacheBroken, Interrupted
from cache.models import Container, Key, Member
from cache.query import QueryError, parse_query
from cache.store.reader import Reader
from tests.cache.making import NOW, LocalCopy, fetched, interruption
from tests.hostile_corpus import HOSTILE


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[LocalCopy]:
    """Twelve submissions of two sources, two of them edited."""
    views = {"hot": "p:high is:open", "loop": "in:loop"}
    with LocalCopy(tmp_path, sources=("acme", "beta"), me={"acme": "u1"}, views=views) as local:
        local.writer.sources.set_members("acme", (Member("acme", "u1", "Ben Ruiz"),))
        local.writer.sources.set_containers((Container("acme", "p1", "Contact us"),))
        local.show(
            *(
                fetched(
                    f"id-{n}",
                    source="acme" if n < 8 else "beta",
                    created=NOW - n * 60,
                    number=n,
                    container="p1" if n % 2 else None,
                    status=("new", "read", "resolved", "spam")[n % 4],
                    priority="high" if n % 3 == 0 else "none",
                    assignee="u1" if n < 3 else None,
                    fields=(("m", "form_text", "Message", f"pricing of {n} seats", 1),),
                )
                for n in range(12)
            )
        )
        local.edit("id-2", status="new", notes="zebra")
        local.edit("id-4", priority="high")
        yield local


def count(local: LocalCopy, text: str) -> int:
    return local.reader.count(parse_query(text))


def test_terms_are_explained_with_the_rows_each_finds_alone(desk: LocalCopy) -> None:
    explained = desk.reader.explain(parse_query("P:high pricing -(is:spam OR zebra) limit:2"))
    assert explained[:3] == ((0, "priority:high", 5), (0, "pricing", 12), (0, "-(is:spam OR zebra)", 8))
    assert desk.reader.explain(parse_query("")) == ()


def test_a_group_is_explained_by_its_parts(desk: LocalCopy) -> None:
    explained = desk.reader.explain(parse_query("-(is:spam OR zebra) (p:high OR (pricing -is:new)) -is:new"))
    terms = [(one.depth, one.term) for one in explained]
    assert terms == [
        (0, "-(is:spam OR zebra)"),
        (1, "is:spam"),
        (1, "zebra"),
        (0, "priority:high OR pricing -is:new"),
        (1, "priority:high"),
        (1, "pricing -is:new"),
        (2, "pricing"),
        (2, "-is:new"),
        (0, "-is:new"),
    ]
    assert [one.rows for one in explained] == [count(desk, term) for _, term in terms]


def test_term_to_drop_is_the_one_without_which_most_is_found(desk: LocalCopy) -> None:
    drop = desk.reader.best_drop
    assert drop(parse_query("is:open pricing nowhere")) == ("nowhere", count(desk, "is:open pricing"))
    assert drop(parse_query("nowhere")) is None
    assert drop(parse_query("nowhere nothing")) is None
    assert drop(parse_query("")) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "status:new status:read",
            ("matches nothing: a submission has one status. Write `status:new,read`",),
        ),
        ("p:low demo p:high", ("matches nothing: a submission has one priority. Write `priority:low,high`",)),
        (
            "source:acme source:beta",
            ("matches nothing: a submission has one source. Write `source:acme,beta`",),
        ),
        ("status:new,read status:read", ()),
        ("status:new -status:read", ()),
        ("status:new OR status:read", ()),
        ("is:open", ()),
    ],
)
def test_terms_that_exclude_one_another_are_told(desk: LocalCopy, text: str, told: tuple[str, ...]) -> None:
    assert tuple(hint.text for hint in desk.reader.warnings(parse_query(text))) == told
    if told:
        assert count(desk, text) == 0


def test_counts_of_several_queries_follow_an_edit(desk: LocalCopy) -> None:
    texts = ["", "is:open", "is:mine", "source:acme is:spam", "pricing", "is:unsettled", "in:hot"]
    queries = [parse_query(text) for text in texts]
    assert desk.reader.counts(queries) == (12, 7, 3, 2, 12, 2, 3)
    desk.edit("id-5", status="spam", assignee_id="u1")
    assert desk.reader.counts(queries) == (12, 6, 4, 3, 12, 3, 3)


def test_count_stops_where_it_is_told_to(desk: LocalCopy) -> None:
    pricing = parse_query("pricing has:email")
    assert desk.reader.count_at_least(pricing, 5) == 6
    assert desk.reader.count_at_least(pricing, 12) == 12
    assert desk.reader.count_at_least(parse_query("is:open"), 3) == 4
    assert desk.reader.count_at_least(parse_query("zebra"), 3) == 1


def test_limit_cuts_rows_counts_and_windows(desk: LocalCopy) -> None:
    for text in ("limit:4", "pricing limit:4", "sort:-num limit:4", "has:email limit:4"):
        query = parse_query(text)
        whole = desk.reader.rowids(parse_query(text.replace("limit:4", "")))
        assert desk.reader.rowids(query) == whole[:4]
        assert desk.reader.count(query) == 4
        window = desk.reader.window(query, count=10, first=2)
        assert (window.total, [row.rowid for row in window.rows]) == (4, whole[:4])
        assert desk.reader.window(query, count=3, around=whole[7]).cursor is None
        assert desk.reader.top(query, 10).total == 4
    assert desk.reader.rowids(parse_query("limit:99 is:spam")) == desk.reader.rowids(parse_query("is:spam"))


def test_values_are_offered_with_their_counts(desk: LocalCopy) -> None:
    values = desk.reader.values
    assert dict(values("status"))["new"] == count(desk, "status:new")
    assert values("status", "RES") == (("resolved", count(desk, "status:resolved")),)
    assert dict(values("is"))["unsettled"] == 2
    assert dict(values("is"))["mine"] == 3
    assert values("source") == (("acme", 8), ("beta", 4))
    assert values("provider") == (("plain", 12),)
    assert ("Ben Ruiz", 3) in values("assignee", "b")
    assert values("form", "con") == (("Contact us", 4),)
    assert values("domain") == (("example.com", 12),)
    assert values("f", "me") == (("message", None),)
    assert values("has", "no") == (("notes", None),)
    assert values("in") == (("hot", None), ("loop", None))
    assert values("name") == values("created") == values("nothing") == ()


def test_values_without_me_leave_me_out(tmp_path: Path) -> None:
    with LocalCopy(tmp_path) as local:
        local.show(fetched("a"))
        assert "me" not in dict(local.reader.values("assignee"))
        assert dict(local.reader.values("assignee"))["none"] == 1


def test_submission_that_was_opened_is_seen_from_then_on(desk: LocalCopy) -> None:
    assert count(desk, "is:unseen") == 12
    assert desk.outbox.opened.add(Key("acme", "id-1"))
    assert not desk.outbox.opened.add(Key("acme", "id-1"))
    desk.outbox.opened.add(Key("acme", "not held"))
    assert desk.ids("-is:unseen") == ["id-1"]
    assert count(desk, "is:unseen") == 11


def test_pending_note_is_found_and_the_one_it_replaces_is_not(desk: LocalCopy) -> None:
    desk.show(fetched("id-20", notes="giraffe in the garden"))
    assert desk.ids("giraffe") == ["id-20"]
    desk.edit("id-20", notes="elephant")
    assert desk.ids("giraffe") == []
    assert desk.ids("eleph") == desk.ids("el") == desk.ids("note:elephant seats") == ["id-20"]
    desk.edit("id-20", notes="mouse")
    assert desk.ids("elephant") == []
    assert desk.ids("mouse") == ["id-20"]
    desk.outbox.discard(Key("acme", "id-20"))
    assert desk.ids("giraffe") == ["id-20"]


def test_time_goes_on_while_nothing_changes(desk: LocalCopy) -> None:
    assert count(desk, "age:<5min") == 5
    desk.wall.at += 120
    assert not desk.reader.refresh()
    assert count(desk, "age:<5min") == 3


def test_many_submissions_of_one_second_keep_their_time(tmp_path: Path) -> None:
    with LocalCopy(tmp_path) as local:
        local.show(*(fetched(f"id-{n}", created=NOW + n // 40) for n in range(120)))
        for second in range(3):
            assert count(local, f"created:{_stamp(NOW + second)}..{_stamp(NOW + second)}") == 120
        low, high = NOW // 60 * 60 - 1, NOW // 60 * 60
        local.show(*(fetched(f"early-{n}", created=low) for n in range(50)), fetched("late", created=high))
        minute = _stamp(low)
        assert count(local, f"created:{minute}") == 50
        assert count(local, f"created:>{minute}") == 121
        assert count(local, f"-created:<={minute}") == 121


def _stamp(seconds: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M")


def test_read_that_is_called_off_says_so_and_the_next_one_is_whole(desk: LocalCopy) -> None:
    reader, asked = desk.reader, parse_query("pricing has:email -zebra")
    expected = reader.rowids(asked)
    stopped = 0
    for step in range(1, 200, 7):
        desk.edit("id-4", notes=f"note {step}")
        conn = reader_connection(reader)
        conn.set_progress_handler(interruption(step), 1)
        try:
            reader.refresh()
            reader.rowids(asked)
        except Interrupted:
            stopped += 1
        conn.set_progress_handler(None, 0)
        reader.refresh()
        assert reader.rowids(asked) == expected
    assert stopped > 10


def test_another_thread_calls_a_read_off(desk: LocalCopy) -> None:
    reader = desk.reader
    conn = reader_connection(reader)
    running = threading.Event()

    def told() -> int:
        running.set()
        return 0

    def call_off() -> None:
        running.wait(5)
        reader.interrupt()

    conn.set_progress_handler(told, 1)
    conn.create_function("body_of", 1, lambda _: stopped.join() or "")
    stopped = threading.Thread(target=call_off)
    stopped.start()
    with pytest.raises(Interrupted):
        reader.rowids(parse_query("?!"))
    conn.set_progress_handler(None, 0)
    assert reader.count(parse_query("is:spam")) == 3


def reader_connection(reader: Reader) -> sqlite3.Connection:
    conn = reader._conn
    assert isinstance(conn, sqlite3.Connection)
    return conn


def test_damaged_answers_are_told_as_damage(desk: LocalCopy) -> None:
    desk.cache.execute("UPDATE submission SET answers = x'00ff00' WHERE id = 'id-5'")
    desk.reader.refresh()
    with pytest.raises(CacheBroken):
        desk.ids("f.message:pricing")
    assert len(desk.ids("is:open")) == 7


@pytest.mark.parametrize("text", ["has:notes", "note:*"])
def test_rows_with_notes_are_counted_by_an_index_that_holds_nothing_else(desk: LocalCopy, text: str) -> None:
    desk.show(fetched("id-20", notes="call back"), fetched("id-21", notes=""))
    desk.reader.refresh()
    asked: list[str] = []
    conn = reader_connection(desk.reader)
    conn.set_trace_callback(asked.append)
    assert count(desk, text) == 2  # one of them has a note that is not sent yet
    conn.set_trace_callback(None)
    plans = [row[3] for sql in asked for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert "SCAN d USING INDEX submission_notes" in plans
    assert [plan for plan in plans if plan.startswith(("SCAN s", "SCAN t"))] == ["SCAN t"]  # the edited ones


def test_damaged_facts_are_told_as_damage(desk: LocalCopy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cache.store.roads.MANY", 1)  # so that each row is asked for its facts
    desk.show(fetched("id-20", fields=(("n", "form_number", "Seats", 40, 1),)))
    assert desk.ids("f.seats:40 pricing") == []
    desk.cache.execute("UPDATE submission SET facts = x'05' WHERE id = 'id-5'")
    desk.reader.refresh()
    with pytest.raises(CacheBroken):
        desk.reader.top(parse_query("f.seats:>1 is:open pricing"), 5)


@pytest.mark.parametrize(
    "text", [text for text in HOSTILE.values() if text.strip()], ids=lambda text: repr(text[:12])
)
def test_any_text_is_searched_for_or_refused_with_a_column(desk: LocalCopy, text: str) -> None:
    quoted = '"' + text.replace('"', " ") + '"'
    for asked in (quoted, text, f"body:{quoted}", f"f.message:{quoted}", f"email:{quoted}", f"lang:{quoted}"):
        try:
            found = desk.reader.count(parse_query(asked))
        except QueryError as error:
            found = 0 if error.column >= 1 else -1
        assert 0 <= found <= 12


def test_an_id_of_digits_is_found_as_the_list_shows_it(local: LocalCopy) -> None:
    local.show(
        fetched("01234567-89ab", number=None), fetched("a", number=1_234_567), fetched("b", number=123_456)
    )
    local.reader.refresh()

    def found(text: str) -> set[str]:
        reader, query = local.reader, parse_query(text)
        return {row.key.id for row in reader.rows(reader.rowids(query))}

    assert found("#012345") == {"01234567-89ab"}
    assert found("#01234567") == {"01234567-89ab", "a"}
    assert found("-#01234567") == {"b"}
    assert found("SUB-01234567") == {"a"}


def test_a_name_is_not_looked_for_in_what_is_shown_instead_of_one(local: LocalCopy) -> None:
    local.show(
        fetched("named", contact=("Ada Lovelace", "ada@example.com", None)),
        fetched("as typed", contact=("ada@example.com", "ada@example.com", None)),
        fetched("nameless", contact=(None, "ada@example.com", None)),
        fetched("blank", contact=(" ", None, "+49 170 1234")),
        fetched("visi", contact=(None, None, None)),
    )
    found = {
        "name:ada": {"named", "as typed"},
        "name:example": {"as typed"},
        "name:170,visitor": set(),
        "-name:ada": {"nameless", "blank", "visi"},
        "contact:ada": {"named", "as typed", "nameless"},
        "ada": {"named", "as typed", "nameless"},
        "visitor": {"visi"},
    }
    assert {query: set(local.ids(query)) for query in found} == found
