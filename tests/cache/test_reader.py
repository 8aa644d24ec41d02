import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.errors import Interrupted
from cache.models import Container, Key, Member, Triage
from cache.outbox import Edit, Outbox
from cache.query import parse_query
from cache.schema import CACHE, OUTBOX, open_database
from cache.store import Reader
from tests.cache.making import DECODERS, NOW, LocalCopy, Wall, fetched, interruption
from tests.hostile_corpus import HOSTILE

VALUES: dict[str, list[Any]] = {
    "status": ["new", "read", "in_progress", "resolved", "spam"],
    "priority": ["none", "low", "high"],
    "flagged": [False, True],
    "assignee_id": [None, "u1", "u2"],
    "notes": [None, "", "call", "call\nback"],
}
FIELDS = list(VALUES)
changes = st.sampled_from(FIELDS).flatmap(
    lambda field: st.tuples(st.just(field), st.sampled_from(VALUES[field]))
)
names = st.sampled_from(["a", "b", "c"])
Move = tuple[str, str, list[tuple[str, Any]]]
moves: st.SearchStrategy[list[Move]] = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), names, st.lists(changes, min_size=1, max_size=3)),
        st.tuples(st.just("show"), names, st.lists(changes, max_size=4)),
        st.tuples(st.sampled_from(["undo", "redo"]), names, st.just([])),
        st.tuples(st.just("discard"), names, st.just([])),
        st.tuples(st.just("reopen"), names, st.just([])),
    ),
    max_size=14,
)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(moves)
def test_what_is_seen_is_the_wanted_value_else_the_servers(
    steps: list[Move],
) -> None:
    """Invariant 3."""
    with tempfile.TemporaryDirectory() as directory:
        local = LocalCopy(Path(directory))
        try:
            server: dict[str, dict[str, Any]] = {}
            for action, name, values in steps:
                if action == "show":
                    shown = server.setdefault(name, {field: VALUES[field][0] for field in FIELDS})
                    shown.update(values)
                    wire = {"assignee" if field == "assignee_id" else field: shown[field] for field in FIELDS}
                    local.show(fetched(name, created=NOW + ord(name), **wire))
                elif action == "edit":
                    before = local.reader.seen(Key("acme", name))
                    local.edit(name, **dict(values))
                    after = local.reader.seen(Key("acme", name))
                    assert (after is None) == (name not in server)
                    for field, want in dict(values).items():
                        if after is not None and before is not None:
                            assert after.value(field) in (want, before.value(field))  # type: ignore[arg-type]
                            same = (want or "") == (after.value(field) or "")  # type: ignore[arg-type]
                            assert after.value(field) == want or (field == "notes" and same)  # type: ignore[arg-type]
                elif action == "discard":
                    local.outbox.discard(Key("acme", name))
                elif action == "reopen":
                    local.close()
                    moment = local.moment
                    local = LocalCopy(Path(directory))
                    local.moment = moment
                else:
                    getattr(local.outbox, action)(local.reader.server)
                check(local, server)
        finally:
            local.close()


def check(local: LocalCopy, server: dict[str, dict[str, Any]]) -> None:
    """Compare every way to read a triage value with the two facts it comes from."""
    local.reader.refresh()
    wants = local.wants()
    listed = {row.key.id: row for row in local.reader.window(parse_query(""), count=10).rows}
    assert set(listed) == set(server)
    for name, facts in server.items():
        expected = Triage(**{field: wants.get((name, field), facts[field]) for field in FIELDS})
        detail = local.reader.detail(Key("acme", name))
        assert detail is not None
        assert detail.seen == expected
        assert detail.submission.triage == Triage(**facts)
        assert local.reader.seen(Key("acme", name)) == expected
        assert local.reader.server(Key("acme", name)) == Triage(**facts)
        row = listed[name]
        assert (row.status, row.priority, row.flagged, row.assignee_id) == (
            expected.status,
            expected.priority,
            expected.flagged,
            expected.assignee_id,
        )
        pending = {field for edited, field in wants if edited == name}
        assert row.sync == detail.sync == ("queued" if pending else "clean")
        assert {edit.field for edit in detail.pending} == pending
    for status in VALUES["status"]:
        expected_ids = {name for name, row in listed.items() if row.status == status}
        assert set(local.ids(f"status:{status}")) == expected_ids
    assert set(local.ids("is:unsettled")) == {name for name, _ in wants if name in server}


def test_refresh_takes_in_what_another_process_wrote(tmp_path: Path) -> None:
    with LocalCopy(tmp_path) as local:
        local.show(fetched("a"))
        assert not local.reader.refresh()
        generation = local.reader.generation
        with LocalCopy(tmp_path) as other:
            other.edit("a", status="spam")
            assert local.reader.refresh()
            assert local.ids("status:spam") == ["a"]
            other.show(fetched("b"), as_of=9)
            assert local.reader.refresh()
            assert local.reader.count(parse_query("")) == 2
        assert local.reader.generation > generation
        assert not local.reader.refresh()


def test_readers_never_give_two_states_of_the_files_the_same_number(tmp_path: Path) -> None:
    """Positions of another state mean nothing, also where the files were opened anew in between."""
    states = []
    for names in ("ab", "cd"):
        with LocalCopy(tmp_path) as local:
            for name in names:
                local.show(fetched(name))
                local.reader.refresh()
                states.append(local.reader.generation)
    assert sorted(set(states)) == states


def test_refresh_that_failed_is_made_up_for(local: LocalCopy) -> None:
    local.show(fetched("a"))
    local.edit("a", status="spam")
    failed = 0
    for step in range(1, 60):
        local.outbox.set_me("acme", f"u{step}")
        local.outbox_file.set_progress_handler(interruption(step), 1)
        try:
            local.reader.refresh()
        except Interrupted:
            failed += 1
        local.outbox_file.set_progress_handler(None, 0)
        local.reader.refresh()
        assert local.reader.context.me == {"acme": f"u{step}"}
        assert local.ids("status:spam") == ["a"]
        assert local.reader.unsettled()
    assert failed > 20


def test_reader_holds_no_lock_on_the_outbox_between_calls(tmp_path: Path) -> None:
    with LocalCopy(tmp_path) as local:
        local.show(fetched("a"))
        local.edit("a", status="spam")
        local.reader.window(parse_query("is:unsettled"), count=5)
        other = open_database(tmp_path, OUTBOX)
        try:
            other.execute("PRAGMA busy_timeout=0")
            other.execute("BEGIN EXCLUSIVE")
            assert [row.status for row in local.reader.window(parse_query(""), count=5).rows] == ["spam"]
            other.execute("ROLLBACK")
        finally:
            other.close()


def test_edit_of_a_submission_that_is_not_cached_waits_for_it(local: LocalCopy) -> None:
    local.show(fetched("a"))
    local.edit("a", status="spam")
    local.cache.execute("DELETE FROM submission")
    assert local.reader.refresh()
    assert local.reader.seen(Key("acme", "a")) is None
    assert local.reader.unsettled()[Key("acme", "a")][0].want == "spam"
    local.show(fetched("a"))
    assert local.seen("a").status == "spam"


def test_references_of_every_form_are_found(tmp_path: Path) -> None:
    with LocalCopy(tmp_path, sources=("acme", "beta")) as local:
        local.show(
            fetched("01hx4k-aaaa", number=421),
            fetched("01hx4k-bbbb", number=7),
            fetched("421", number=9),
            fetched("urn:x:1", number=10),
            fetched("01hx4k-aaaa", number=8, source="beta"),
            fetched("zz-9f", number=7, source="beta"),
            fetched("left-over", number=99, source="gone"),
        )

        def find(reference: str) -> list[str]:
            keys, count = local.reader.find(reference)
            assert len(keys) == count
            return [f"{key.source}:{key.id}" for key in keys]

        assert find("SUB-0009") == ["acme:421"]
        assert find("sub-9") == find("#9") == find("9") == ["acme:421"]
        assert find("421") == ["acme:421"]  # a whole id comes before a number
        assert find("SUB-0421") == find("SUB-421") == ["acme:01hx4k-aaaa"]
        assert find("SUB-0007") == ["acme:01hx4k-bbbb", "beta:zz-9f"]
        assert find("beta:SUB-0007") == find("beta:7") == ["beta:zz-9f"]
        assert find("01hx4k-aaaa") == ["acme:01hx4k-aaaa", "beta:01hx4k-aaaa"]
        assert find("beta:01hx4k-aaaa") == ["beta:01hx4k-aaaa"]
        assert find("01hx") == ["acme:01hx4k-aaaa", "acme:01hx4k-bbbb", "beta:01hx4k-aaaa"]
        assert find("01hx4k-b") == find("#01hx4k-b") == ["acme:01hx4k-bbbb"]
        assert find("beta:01hx") == ["beta:01hx4k-aaaa"]
        assert find("zz-") == []  # too short for a prefix
        assert local.reader.find("zz-", least=3) == ((Key("beta", "zz-9f"),), 1)
        assert find("zz-9") == ["beta:zz-9f"]
        assert find("urn:x:1") == find("acme:urn:x:1") == find("acme:urn:x") == ["acme:urn:x:1"]
        assert find("gone:left-over") == find("left-over") == find("99") == find("gone:99") == []
        for reference in ("", ":", "acme:", "acme::", "SUB-", "#", "SUB-99999999999999999999", "%", "____"):
            assert find(reference) == []


def test_a_source_is_imported_until_it_is_read(tmp_path: Path) -> None:
    with LocalCopy(tmp_path / "data") as local:
        assert local.reader.imported_sources() == frozenset()
        local.show(fetched("a"), as_of=-1)
        assert local.reader.imported_sources() == {"acme"}
        local.writer.sources.set_synced("acme", NOW)
        assert local.reader.imported_sources() == frozenset()


@pytest.mark.slow
def test_whether_a_source_is_imported_costs_the_same_however_much_a_first_sync_has_read(
    tmp_path: Path,
) -> None:
    steps: list[int] = []
    with LocalCopy(tmp_path / "data") as local:
        conn = local.reader._conn
        for many in (range(3), range(3, 600)):
            for at in many:
                local.show(fetched(f"a{at}"), as_of=1)
            steps.append(0)

            def told() -> int:
                steps[-1] += 1
                return 0

            conn.set_progress_handler(told, 1)
            assert local.reader.imported_sources() == frozenset()
            conn.set_progress_handler(None, 0)
    assert steps[1] <= steps[0] + 20


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCopy]:
    """A local copy of one submission that no test changes."""
    with LocalCopy(tmp_path_factory.mktemp("one") / "data") as copy:
        copy.show(fetched("a", number=1))
        yield copy


@pytest.mark.parametrize("reference", HOSTILE.values(), ids=HOSTILE)
def test_hostile_reference_finds_nothing_and_breaks_nothing(one: LocalCopy, reference: str) -> None:
    assert one.reader.find(reference) == ((), 0)
    assert one.reader.find(f"acme:{reference}") == ((), 0)


@pytest.mark.parametrize(
    "text", [text for text in HOSTILE.values() if text.strip()], ids=lambda text: repr(text[:12])
)
def test_hostile_words_are_searched_without_harm(one: LocalCopy, text: str) -> None:
    quoted = '"' + text.replace('"', " ") + '"'
    assert one.ids(f"-{quoted}") + one.ids(quoted) == ["a"]
    assert one.ids("seats") == ["a"]


def test_detail_has_everything_about_one_submission(local: LocalCopy) -> None:
    item = fetched("a", number=7, container="p1", assignee="u1", status="read", notes="hm")
    local.show(item)
    local.writer.sources.set_members("acme", (Member("acme", "u1", "Ben Ruiz"), Member("acme", "u2", "Ada")))
    local.writer.sources.set_containers((Container("acme", "p1", "Contact us"),))
    local.edit("a", assignee_id="u2")
    detail = local.reader.detail(Key("acme", "a"))
    assert detail is not None
    assert detail.raw == item.raw
    assert detail.submission.container_name == "Contact us"
    assert detail.submission.fields == item.submission.fields
    assert detail.submission.assignee_id == "u1"
    assert (detail.seen.assignee_id, detail.assignee_name) == ("u2", "Ada")
    assert [(edit.field, edit.base, edit.want) for edit in detail.pending] == [("assignee_id", "u1", "u2")]
    assert (detail.ref, detail.sync, detail.seen_at, detail.missing) == ("SUB-0007", "queued", NOW, False)
    assert detail.rowid == local.reader.rowid(Key("acme", "a"))
    assert local.reader.detail(Key("acme", "nobody")) is None
    assert local.reader.detail(Key("beta", "a")) is None
    assert local.reader.row(Key("acme", "nobody")) is None
    assert local.reader.rowid(Key("acme", "nobody")) is None


def test_people_have_their_names_and_strangers_the_start_of_their_id(local: LocalCopy) -> None:
    local.show(fetched("a", assignee="u1"), fetched("b", assignee="0123456789abc"), fetched("c"))
    local.writer.sources.set_members("acme", (Member("acme", "u1", "Ben Ruiz"),))
    local.reader.refresh()
    rows = {row.key.id: row.assignee_name for row in local.reader.window(parse_query(""), count=3).rows}
    assert rows == {"a": "Ben Ruiz", "b": "01234567", "c": None}
    local.writer.sources.set_members("acme", ())
    local.reader.refresh()
    row = local.reader.row(Key("acme", "a"))
    assert row is not None
    assert row.assignee_name == "u1"


def test_source_that_left_the_config_is_not_listed_and_comes_back(tmp_path: Path) -> None:
    with LocalCopy(tmp_path, sources=("acme", "beta")) as local:
        local.show(fetched("a"), fetched("b", source="beta"))
        local.edit("b", source="beta", status="spam")
    with LocalCopy(tmp_path) as local:
        assert local.ids() == ["a"]
        assert local.ids("status:spam") == []
        assert local.ids("is:unsettled") == []
        assert local.reader.count(parse_query("")) == 1
        assert set(local.reader.source_states()) == {"acme"}
        assert Key("beta", "b") in local.reader.unsettled()
    with LocalCopy(tmp_path, sources=("acme", "beta")) as local:
        assert local.ids("status:spam") == ["b"]


def test_who_the_person_is_comes_from_the_credential_then_the_config_then_their_answer(
    tmp_path: Path,
) -> None:
    sources = ("acme", "beta", "cori")
    with LocalCopy(tmp_path, sources=sources, me={"acme": "config", "beta": "config"}) as local:
        local.writer.sources.set_account(
            "acme", account_id="o", account_name="O", user_id="told", user_name=None, capabilities=None
        )
        for source in (*sources, "gone"):
            local.outbox.set_me(source, "answer")
        local.reader.refresh()
        assert local.reader.context.me == {"acme": "told", "beta": "config", "cori": "answer"}


def test_status_before_the_persons_own_is_known(local: LocalCopy) -> None:
    local.show(fetched("a", status="in_progress"))
    assert local.reader.before_status(Key("acme", "a"), "resolved") is None
    local.edit("a", status="resolved")
    assert local.reader.before_status(Key("acme", "a"), "resolved") == "in_progress"


def test_words_are_found_without_case_or_accents_and_symbols_literally(local: LocalCopy) -> None:
    fields = [["m", "form_text", "Message", "Größe: naïve CAFÉ 100% :) a\u2028b", 1]]
    local.show(fetched("a", fields=fields), fetched("b", notes="Größe"))
    assert set(local.ids("GROSSE")) == set()
    assert set(local.ids("grOße")) == {"a", "b"}
    assert local.ids("cafe") == ["a"]
    assert local.ids("caf") == ["a"]
    assert local.ids('"caf"') == []
    assert local.ids(":)".replace(")", "")) == local.ids('":)"') == ["a"]
    assert local.ids("%") == ["a"]
    assert local.ids("ada@example.com -naive") == ["b"]


def test_edit_recorded_through_the_readers_connection_is_seen_at_once(tmp_path: Path) -> None:
    with LocalCopy(tmp_path) as local:
        local.show(fetched("a"))
        conn = open_database(tmp_path, OUTBOX)
        outbox = Outbox(conn, wall=Wall())
        reader = Reader(open_database(tmp_path, CACHE), outbox, sources=("acme",), decoders=DECODERS)
        try:
            reader.refresh()
            outbox.edit("flagged", [Edit(Key("acme", "a"), "flagged", True)], reader.server)
            assert reader.refresh()
            seen = reader.seen(Key("acme", "a"))
            assert seen is not None
            assert seen.flagged
        finally:
            reader.close()
            conn.close()
