import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cache.models import EditState, Key, Triage
from cache.outbox import Outbox, RequestTable
from cache.text import scrub
from tests.cache.making import NOW, LocalCopy, fetched
from tests.hostile_corpus import CLEAN, HOSTILE

A = Key("acme", "a")


@pytest.mark.parametrize(
    "wants",
    [{"status": "new"}, {"priority": "none"}, {"flagged": False}, {"assignee_id": None}, {"notes": "call"}],
    ids=str,
)
def test_edit_equal_to_what_is_seen_changes_nothing(copy: LocalCopy, wants: dict[str, Any]) -> None:
    result = copy.edit("a", **wants)
    assert (result.gesture, result.steps, result.keys) == (None, (), frozenset())
    assert copy.outbox.pending() == ()
    assert copy.history() == []
    assert copy.outbox.undo(copy.reader.server) is None


def test_empty_note_is_no_note(local: LocalCopy) -> None:
    local.show(fetched("a", notes=None), fetched("b", notes=""))
    assert not local.edit("a", notes="").steps
    assert not local.edit("b", notes=None).steps
    assert local.edit("a", notes=" ").steps


def test_edit_is_compared_with_the_pending_value_not_the_servers(copy: LocalCopy) -> None:
    copy.edit("a", status="spam")
    assert not copy.edit("a", status="spam").steps
    assert copy.edit("a", status="resolved").steps


def test_edits_of_a_field_become_one_register_with_the_newest_value(copy: LocalCopy) -> None:
    first = copy.edit("a", status="read")
    copy.wall.at += 5
    copy.edit("a", status="in_progress", priority="high")
    copy.edit("a", status="resolved")
    assert copy.wants() == {("a", "status"): "resolved", ("a", "priority"): "high"}
    edit = copy.outbox.registers.get(A, "status")
    assert edit is not None
    assert (edit.base, edit.state, edit.edited_at, edit.attempts) == ("new", EditState.QUEUED, NOW + 5, 0)
    assert [row[:3] for row in copy.history()] == [
        ("edit", '"new"', '"read"'),
        ("edit", '"read"', '"in_progress"'),
        ("edit", '"none"', '"high"'),
        ("edit", '"in_progress"', '"resolved"'),
    ]
    assert first.keys == {A}


def test_edit_back_to_the_base_is_withdrawn_when_it_was_never_sent(copy: LocalCopy) -> None:
    copy.edit("a", status="spam")
    assert copy.edit("a", status="new").steps
    assert copy.outbox.pending() == ()
    assert [row[0] for row in copy.history()] == ["edit", "edit"]


def test_edit_back_to_the_base_stays_when_it_may_have_been_sent(copy: LocalCopy) -> None:
    copy.edit("a", status="spam")
    copy.put(copy.pending(), attempts=1)
    copy.edit("a", status="new")
    assert copy.wants() == {("a", "status"): "new"}


def test_edit_back_to_the_base_stays_when_the_server_has_moved(copy: LocalCopy) -> None:
    copy.edit("a", status="spam")
    copy.show(fetched("a", status="resolved"))
    copy.edit("a", status="new")
    assert copy.wants() == {("a", "status"): "new"}
    assert copy.pending().base == "new"


def test_base_is_what_the_person_saw(copy: LocalCopy) -> None:
    saw = Triage(status="new")
    copy.show(fetched("a", status="resolved"))
    copy.edit("a", saw=saw, status="spam")
    assert copy.pending().base == "new"
    copy.edit("b", status="spam")
    edit = copy.outbox.registers.get(Key("acme", "b"), "status")
    assert edit is not None
    assert edit.base == "new"


def test_edit_of_a_submission_nobody_holds_is_no_edit(copy: LocalCopy) -> None:
    assert not copy.edit("nobody", status="spam").steps
    assert copy.outbox.pending() == ()


@pytest.mark.parametrize("state", [EditState.SENDING, EditState.VERIFYING])
def test_edit_while_an_older_value_is_under_way_keeps_waiting_for_it(
    copy: LocalCopy, state: EditState
) -> None:
    copy.edit("a", status="spam")
    copy.put(copy.pending(), state=state, attempts=1, next_try=NOW + 60, error="no answer")
    copy.edit("a", status="resolved")
    edit = copy.pending()
    assert (edit.state, edit.want, edit.base, edit.attempts) == (state, "resolved", "new", 1)
    assert edit.next_try == (NOW + 60 if state is EditState.VERIFYING else None)
    assert edit.error is None


@pytest.mark.parametrize("state", [EditState.REJECTED, EditState.ORPHANED, EditState.CONFLICT])
def test_edit_of_a_parked_field_queues_it_over_the_same_base(copy: LocalCopy, state: EditState) -> None:
    copy.edit("a", status="spam")
    copy.put(copy.pending(), state=state, attempts=1, error="no", theirs="read")
    copy.edit("a", status="resolved")
    edit = copy.pending()
    assert (edit.state, edit.want, edit.base, edit.error) == (EditState.QUEUED, "resolved", "new", None)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCopy]:
    """A local copy of one submission whose note is edited again and again."""
    with LocalCopy(tmp_path_factory.mktemp("written") / "data") as copy:
        copy.show(fetched("a", notes="before"))
        yield copy


@pytest.mark.parametrize("text", [*HOSTILE.values(), *CLEAN.values()], ids=[*HOSTILE, *CLEAN])
def test_any_note_is_kept_character_by_character(written: LocalCopy, text: str) -> None:
    written.edit("a", notes=text)
    assert written.seen("a").notes == scrub(text)
    assert written.pending().want == scrub(text)
    if text not in (HOSTILE["nul"], HOSTILE["all C0"]) and not re.search("[\ud800-\udfff]", text):
        assert scrub(text) == text


def test_who_the_person_is_is_kept(tmp_path: Path) -> None:
    with LocalCopy(tmp_path) as local:
        local.outbox.set_me("acme", "u1")
        local.outbox.set_me("acme", "u2")
        local.outbox.set_me("beta", "local:me")
    with LocalCopy(tmp_path) as local:
        assert local.outbox.me() == {"acme": "u2", "beta": "local:me"}


def test_request_is_taken_once_and_its_answer_is_read_by_who_asked(copy: LocalCopy) -> None:
    with LocalCopy(copy.directory) as other:
        asking = RequestTable(other.outbox_file, wall=other.wall)
        leader = RequestTable(copy.outbox_file, wall=copy.wall)
        first = asking.ask("sync", {"sources": ["acme"], "full": True})
        second = asking.ask("read", {"id": "ü"})
        request = asking.get(first)
        assert request is not None
        assert (request.taken_by, request.done, request.result) == (None, False, None)
        taken = leader.take("pid 7")
        assert [(item.id, item.kind, item.taken_by) for item in taken] == [
            (first, "sync", "pid 7"),
            (second, "read", "pid 7"),
        ]
        assert taken[0].payload == {"sources": ["acme"], "full": True}
        assert leader.take("pid 8") == ()
        leader.finish(first, {"ok": True})
        request = asking.get(first)
        assert request is not None
        assert (request.taken_by, request.done, request.result) == ("pid 7", True, {"ok": True})
        request = asking.get(second)
        assert request is not None
        assert not request.done
        assert asking.get(999) is None


def test_requests_of_yesterday_are_forgotten(copy: LocalCopy) -> None:
    table = RequestTable(copy.outbox_file, wall=copy.wall)
    old = table.ask("sync", {})
    copy.wall.at += 86_401
    new = table.ask("sync", {})
    assert table.get(old) is None
    assert [request.id for request in table.take("x")] == [new]


def test_outbox_tells_when_anything_changed(copy: LocalCopy) -> None:
    before = copy.outbox.generation
    assert copy.outbox.generation == before
    copy.edit("a", status="spam")
    assert copy.outbox.generation != before
    before = copy.outbox.generation
    with LocalCopy(copy.directory) as other:
        other.edit("b", status="spam")
        assert copy.outbox.generation != before


def test_registers_come_oldest_first(copy: LocalCopy) -> None:
    for name in "cab":
        copy.edit(name, status="spam")
    copy.edit("c", flagged=True)
    assert [(edit.key.id, edit.field) for edit in copy.outbox.pending()] == [
        ("c", "status"),
        ("a", "status"),
        ("b", "status"),
        ("c", "flagged"),
    ]


def test_closed_outbox_is_closed(tmp_path: Path) -> None:
    local = LocalCopy(tmp_path)
    local.close()
    with pytest.raises(Exception, match="closed"):
        Outbox(local.outbox_file, wall=local.wall).pending()
