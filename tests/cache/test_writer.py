import random
import sqlite3
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.models import Container, Event, Key, Member
from cache.query import parse_query
from cache.schema import CACHE, open_database
from cache.store import Coverage, Writer
from cache.sync.remote import FetchedSubmission, QuarantinedItem
from tests.cache.making import NOW, LocalCopy, Wall, decode, fetched, interruption

settled = settings(max_examples=20, deadline=None)

pages = st.lists(
    st.builds(
        fetched,
        name=st.sampled_from(["a", "b", "c", "d"]),
        created=st.just(NOW),
        status=st.sampled_from(["new", "read", "spam"]),
        notes=st.sampled_from([None, "", "call back"]),
        contact=st.sampled_from([("Ada", None, None), ("Grace", "grace@example.com", None)]),
    ),
    max_size=4,
)


def test_page_becomes_rows_and_says_which(local: LocalCopy) -> None:
    changes = local.show(fetched("a", number=7, status="read"), fetched("b", flagged=True))
    assert changes.arrived == changes.rowids
    assert len(changes.arrived) == 2
    assert local.rows()["acme", "a"][0] == 7
    assert local.show(fetched("a", number=7, status="read"), fetched("b", flagged=True)).rowids == frozenset()
    changed = local.show(fetched("a", number=7, status="resolved"))
    assert changed.rowids == {local.writer.rowid("acme", "a")}
    assert not changed.arrived


@pytest.mark.slow
@settled
@given(pages, pages)
def test_pages_applied_twice_or_in_either_order_give_the_same_cache(
    older: list[FetchedSubmission], newer: list[FetchedSubmission]
) -> None:
    """Invariant 17."""
    found = []
    for order in ((older, newer), (newer, older), (older, older, newer, newer), (newer, older, newer, older)):
        with tempfile.TemporaryDirectory() as directory, LocalCopy(Path(directory)) as local:
            for page in order:
                local.show(*page, as_of=1 if page is older else 2)
            local.check_index()
            found.append(local.rows())
    assert found[1:] == found[:1] * 3


def test_page_that_shows_a_submission_twice_counts_its_first_appearance(local: LocalCopy) -> None:
    page = [fetched("a", status="read"), fetched("a", status="spam")]
    local.show(*page)
    once = local.rows()
    assert local.seen("a").status == "read"
    assert local.show(*page, as_of=1).rowids == frozenset()
    assert local.rows() == once


def test_older_answer_never_replaces_a_newer_one(local: LocalCopy) -> None:
    local.show(fetched("a", status="resolved", notes="done"), as_of=10)
    changes = local.show(fetched("a", status="new"), fetched("b"), as_of=9)
    assert changes.rowids == {local.writer.rowid("acme", "b")}
    assert local.seen("a").status == "resolved"
    assert local.seen("a").notes == "done"
    local.show(fetched("a", status="new"), as_of=11)
    assert local.seen("a").status == "new"


def test_unchanged_rows_do_not_touch_the_text_index(local: LocalCopy) -> None:
    page = [fetched(f"id-{n}", created=NOW + n, notes="remember") for n in range(50)]
    local.show(*page)

    def index() -> tuple[list[object], list[object]]:
        return (
            local.cache.execute("SELECT id, block FROM search_data ORDER BY id").fetchall(),
            local.cache.execute("SELECT id, block FROM ident_data ORDER BY id").fetchall(),
        )

    before, changes = index(), local.cache.total_changes
    local.show(*page)
    assert index() == before
    assert local.cache.total_changes - changes == len(page)  # the moment each row was seen, nothing else

    triaged = [fetched(f"id-{n}", created=NOW + n, notes="remember", status="read") for n in range(50)]
    assert len(local.show(*triaged).rowids) == 50
    assert index() == before

    local.show(fetched("id-0", created=NOW, notes="something else"))
    assert index() != before
    assert local.ids("else") == ["id-0"]
    assert "id-0" not in local.ids("remember")


def test_rows_are_in_order_of_creation_even_when_many_share_a_second(local: LocalCopy) -> None:
    rng = random.Random(7)
    page = [fetched(f"{n:03d}", created=NOW + n // 40 + (n % 40) / 100) for n in range(120)]
    page += [fetched("early", created=NOW - 1), fetched("late", created=NOW + 3600)]
    rng.shuffle(page)
    local.show(*page)
    assert local.ids() == ["late", *(f"{n:03d}" for n in reversed(range(120))), "early"]


def test_rows_that_come_later_find_their_place_by_the_second(local: LocalCopy) -> None:
    for n in (5, 1, 4, 2, 3):
        local.show(*(fetched(f"{n}-{i}", created=NOW + n) for i in range(10)))
    assert [name[0] for name in local.ids()] == [str(n) for n in (5, 4, 3, 2, 1) for _ in range(10)]


@pytest.mark.parametrize("created", [-62_135_596_800, 0, 253_402_300_799])
def test_submissions_of_any_year_have_a_place(local: LocalCopy, created: int) -> None:
    local.show(fetched("now", created=NOW), fetched("odd", created=created))
    assert local.ids() == (["odd", "now"] if created > NOW else ["now", "odd"])
    row = local.reader.row(Key("acme", "odd"))
    assert row is not None
    assert row.created == created


class Stop(Exception):
    pass


def test_coverage_is_saved_with_its_rows_or_not_at_all(local: LocalCopy, tmp_path: Path) -> None:
    """Invariant 16: whatever step the writer dies at, the claim is true."""
    old = Coverage("a", NOW, complete=False, backfill_cursor="c1")
    local.writer.apply("acme", [fetched("a")], 1, coverage=old)
    before = local.rows()
    page = [fetched("a", status="read"), *(fetched(f"n{n}", created=NOW + n) for n in range(5))]
    new = Coverage("n4", NOW + 4, complete=True)
    cut = 0
    for stop_at in (*range(1, 100, 7), 10**9):
        local.cache.set_progress_handler(interruption(stop_at), 20)
        try:
            local.writer.apply("acme", page, 2, coverage=new)
        except sqlite3.OperationalError:
            cut += 1
            local.cache.set_progress_handler(None, 0)
            state = local.writer.sources.state("acme")
            assert state is not None
            assert state.coverage == old
            assert local.rows() == before
            local.check_index()
    local.cache.set_progress_handler(None, 0)
    assert cut >= 5
    state = local.writer.sources.state("acme")
    assert state is not None
    assert state.coverage == new
    assert len(local.rows()) == 6
    local.writer.sources.forget_coverage("acme")
    state = local.writer.sources.state("acme")
    assert state is not None
    assert state.coverage == Coverage()


def test_quarantined_items_are_kept_with_their_latest_reason(local: LocalCopy) -> None:
    local.writer.apply(
        "acme", [fetched("a")], 1, quarantined=[QuarantinedItem(3, "no id"), QuarantinedItem(4, "deep", "x")]
    )
    local.wall.at += 60
    local.writer.apply("acme", [], 2, quarantined=[QuarantinedItem(0, "too deep", "x")])
    rows = local.cache.execute("SELECT source, id, reason, seen_at FROM quarantine ORDER BY id").fetchall()
    assert rows == [("acme", "position 3", "no id", NOW), ("acme", "x", "too deep", NOW + 60)]
    assert local.ids() == ["a"]


def plan(name: str, plan: str) -> FetchedSubmission:
    fields = [["m", "form_text", "Message", f"hello {name}", 1], ["p", "form_select", "Plan", plan, 2]]
    return fetched(name, fields=fields)


def test_rows_are_derived_again_when_the_summary_changes(tmp_path: Path) -> None:
    with LocalCopy(tmp_path) as local:
        local.writer.rederive("acme", decode)
        local.show(*(plan(f"id-{n}", f"Team {n}") for n in range(7)))
        index = local.cache.execute("SELECT id, block FROM search_data ORDER BY id").fetchall()
        assert not local.writer.rederive("acme", decode)
    with LocalCopy(tmp_path, summaries={"acme": ["Plan"]}) as local:
        changes = local.writer.rederive("acme", decode, batch=3)
        assert len(changes.rowids) == 7
        local.reader.refresh()
        row = local.reader.row(Key("acme", "id-4"))
        assert row is not None
        assert row.about == "Team 4"
        assert not local.writer.rederive("acme", decode)
        assert local.cache.execute("SELECT id, block FROM search_data ORDER BY id").fetchall() == index


def test_rows_of_which_nobody_knows_how_they_were_derived_are_derived_again(tmp_path: Path) -> None:
    with LocalCopy(tmp_path) as local:
        local.show(*(plan(f"id-{n}", f"Team {n}") for n in range(7)))
    with LocalCopy(tmp_path, summaries={"acme": ["Plan"]}) as local:
        assert len(local.writer.rederive("acme", decode).rowids) == 7
        assert not local.writer.rederive("acme", decode)


def test_rows_are_derived_again_after_a_crash_in_the_middle(tmp_path: Path) -> None:
    with LocalCopy(tmp_path) as local:
        local.writer.rederive("acme", decode)
        local.show(*(plan(f"id-{n}", f"Team {n}") for n in range(7)))
    with LocalCopy(tmp_path, summaries={"acme": ["Plan"]}) as local:
        seen: list[str] = []

        def dying(raw, source):  # type: ignore[no-untyped-def]
            seen.append(raw["id"])
            if len(seen) == 5:
                raise Stop
            return decode(raw, source)

        with pytest.raises(Stop):
            local.writer.rederive("acme", dying, batch=2)
        assert len(local.writer.rederive("acme", decode).rowids) == 7


steps = st.lists(
    st.tuples(
        st.sampled_from(["show", "show", "show", "delete"]),
        st.integers(0, 5),
        st.sampled_from([None, "", "blue whale", "blue", "naïve café", "漢字", "\u0301x"]),
        st.sampled_from(["Ada", "Grace Hopper", "漢", "x" * 300]),
    ),
    max_size=14,
)


@pytest.mark.slow
@settled
@given(steps)
def test_text_index_agrees_with_the_rows_after_any_changes(
    changes: Sequence[tuple[str, int, str | None, str]],
) -> None:
    with tempfile.TemporaryDirectory() as directory, LocalCopy(Path(directory)) as local:
        held: dict[str, str | None] = {}
        for action, number, notes, name in changes:
            if action == "show":
                local.show(fetched(f"id-{number}", notes=notes, contact=(name, None, None)))
                held[f"id-{number}"] = notes
            else:
                local.writer.remove("acme", [f"id-{number}"])
                held.pop(f"id-{number}", None)
            local.check_index()
        assert set(local.ids()) == set(held)
        blue = {name for name, notes in held.items() if notes and "blue" in notes}
        assert set(local.ids("blue")) == blue
        orphans = local.cache.execute(
            "SELECT count(*) FROM triage WHERE rowid NOT IN (SELECT rowid FROM submission)"
        )
        assert orphans.fetchone() == (0,)


def test_presence_is_marked_and_a_later_sight_lists_it_again(local: LocalCopy) -> None:
    local.show(fetched("a"), fetched("b"))
    changes = local.writer.presence.set("acme", "a", "missing")
    assert changes.rowids == {local.writer.rowid("acme", "a")}
    local.reader.refresh()
    assert [(row.key.id, row.missing) for row in local.reader.window(parse_query(""), count=5).rows] == [
        ("b", False),
        ("a", True),
    ]
    local.show(fetched("a"))
    row = local.reader.row(Key("acme", "a"))
    assert row is not None
    assert not row.missing
    assert not local.writer.presence.set("acme", "never seen", "missing")


def test_stale_open_names_open_listed_rows_that_nothing_has_shown_since(local: LocalCopy) -> None:
    local.show(*(fetched(f"id-{n}", created=NOW + n) for n in range(4)), as_of=5)
    local.show(fetched("done", status="resolved"), fetched("spam", status="spam"), as_of=5)
    local.show(fetched("id-1", created=NOW + 1), as_of=6)
    local.writer.presence.deleted("acme", "id-2", 5, NOW)
    assert local.writer.stale_open("acme", 6, 10) == [Key("acme", "id-3"), Key("acme", "id-0")]
    assert local.writer.stale_open("acme", 6, 1) == [Key("acme", "id-3")]
    assert local.writer.stale_open("acme", 5, 10) == []
    assert local.writer.stale_open("beta", 99, 10) == []


def test_timeline_is_replaced_as_a_whole_and_read_oldest_first(local: LocalCopy) -> None:
    local.show(fetched("a"))
    local.writer.sources.set_members("acme", (Member("acme", "u1", "Ben"),))
    at = datetime(2026, 5, 22, 10, tzinfo=UTC)
    first = Event("e1", "status_changed", at, "u1", None, {"status": "new"}, {"status": "read"})
    second = Event("e2", "note", at.replace(hour=11), None, "Somebody", None, [1, "ü"])
    unknown = Event("e0", "created", None)
    local.writer.set_events("acme", "a", [second, first, unknown])
    local.reader.refresh()
    found = local.reader.events(Key("acme", "a"))
    assert [event.id for event in found] == ["e0", "e1", "e2"]
    assert found[1].actor_name == "Ben"
    assert found[2] == second
    local.writer.set_events("acme", "a", [first])
    assert [event.id for event in local.reader.events(Key("acme", "a"))] == ["e1"]
    assert local.reader.events(Key("acme", "b")) == ()


def test_a_timeline_without_events_is_another_thing_than_one_nobody_has_read(local: LocalCopy) -> None:
    local.show(fetched("a"), fetched("b"))
    local.writer.set_events("acme", "a", [])
    assert local.reader.has_timeline(Key("acme", "a"))
    assert not local.reader.has_timeline(Key("acme", "b"))
    local.writer.set_events("acme", "a", [])
    assert local.reader.has_timeline(Key("acme", "a"))


def test_source_facts_are_kept_over_a_restart(tmp_path: Path) -> None:
    with LocalCopy(tmp_path) as local:
        table = local.writer.sources
        table.set_account(
            "acme",
            account_id="o1",
            account_name="Acme",
            user_id="u1",
            user_name="Ben",
            capabilities={"status": "remote", "notes": "none"},  # type: ignore[dict-item]
        )
        table.set_error("acme", "no answer", NOW)
        table.set_error("acme", "still none", NOW + 60)
        table.set_containers((Container("acme", "p1", "Contact"), Container("acme", "p2", "Demo")))
        table.set_containers((Container("acme", "p1", "Contact us"),))
    with LocalCopy(tmp_path) as local:
        state = local.writer.sources.state("acme")
        assert state is not None
        assert (state.account_id, state.user_id, state.error, state.error_at) == (
            "o1",
            "u1",
            "still none",
            NOW,
        )
        assert state.capabilities == {"status": "remote", "notes": "none"}
        assert local.writer.sources.containers() == {("acme", "p1"): "Contact us", ("acme", "p2"): "Demo"}
        local.writer.sources.set_synced("acme", NOW + 90)
        state = local.writer.sources.state("acme")
        assert state is not None
        assert (state.synced_at, state.error, state.error_at) == (NOW + 90, None, None)


def test_sources_with_the_same_ids_do_not_mix(tmp_path: Path) -> None:
    with LocalCopy(tmp_path, sources=("acme", "beta")) as local:
        local.show(fetched("a", source="acme", status="new"), fetched("a", source="beta", status="spam"))
        assert local.seen("a", "acme").status == "new"
        assert local.seen("a", "beta").status == "spam"
        local.show(fetched("a", source="beta", status="read"))
        assert local.seen("a", "acme").status == "new"


def test_page_larger_than_the_number_of_parameters_is_stored(tmp_path: Path) -> None:
    conn = open_database(tmp_path, CACHE)
    try:
        writer = Writer(conn, wall=Wall())
        page = [fetched(f"id-{n}", created=NOW + n) for n in range(1200)]
        assert len(writer.apply("acme", page, 1).arrived) == 1200
        assert not writer.apply("acme", page, 2)
    finally:
        conn.close()
