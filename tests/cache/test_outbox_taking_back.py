"""Undo and redo after an edit was sent: sent back, or put before the person, never skipped in silence."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.models import EditState, Key, Triage
from cache.outbox import Delivery, Edit
from cache.outbox.notes import both_texts, has_markers, marked_up, taken_out
from tests.cache.making import NOW, LocalCopy, fetched

A = Key("acme", "a")


def delivered(local: LocalCopy, **shown: object) -> None:
    """Everything that waits reaches the server, which then shows `shown`."""
    delivery = Delivery(local.outbox_file, wall=local.wall)
    body = {edit.field: edit.want for edit in local.outbox.pending()}
    attempt = delivery.begin_attempt(A, body, local.outbox.pending())
    assert attempt is not None
    local.show(fetched("a", **shown))  # type: ignore[arg-type]
    delivery.acknowledge(attempt, Triage())
    assert local.outbox.pending() == ()


def test_undo_of_a_sent_edit_that_somebody_changed_since_becomes_a_conflict(tmp_path: Path) -> None:
    """inv 10: nothing goes over their value before the person has ruled on it."""
    with LocalCopy(tmp_path) as local:
        local.show(fetched("a"))
        local.edit("a", status="resolved")
        delivered(local, status="resolved")
    with LocalCopy(tmp_path) as local:  # another process, later
        local.moment = 9
        local.show(fetched("a", status="in_progress"))
        undone = local.outbox.undo(local.reader.server)
        assert undone is not None
        assert (undone.steps, undone.skipped) == ((), ())
        assert [step.key for step in undone.conflicts] == [A]
        edit = local.pending()
        assert (edit.base, edit.want, edit.theirs, edit.state) == (
            "resolved",
            "new",
            "in_progress",
            EditState.CONFLICT,
        )
        assert undone.keys == {A}


def test_redo_withdraws_a_conflict_that_undo_made(copy: LocalCopy) -> None:
    copy.edit("a", status="resolved")
    delivered(copy, status="resolved")
    copy.show(fetched("a", status="in_progress"))
    copy.outbox.undo(copy.reader.server)
    redone = copy.outbox.redo(copy.reader.server)
    assert redone is not None
    assert copy.outbox.pending() == ()
    assert copy.seen("a").status == "in_progress"


def test_undo_of_an_edit_in_conflict_or_rejected_withdraws_it(copy: LocalCopy) -> None:
    for state in (EditState.CONFLICT, EditState.REJECTED, EditState.ORPHANED):
        copy.edit("a", priority="high")
        copy.put(copy.pending(), state=state, attempts=1, theirs="low", error="no")
        copy.outbox.undo(copy.reader.server)
        assert copy.outbox.pending() == ()


def test_undo_of_one_gesture_over_many_conflicts_only_where_somebody_changed(copy: LocalCopy) -> None:
    edits = [Edit(Key("acme", name), "status", "resolved") for name in "abc"]
    copy.outbox.edit("resolved 3", edits, copy.reader.server)
    for name in "abc":
        delivery = Delivery(copy.outbox_file, wall=copy.wall)
        key = Key("acme", name)
        attempt = delivery.begin_attempt(key, {"status": "resolved"}, copy.outbox.registers.of(key))
        assert attempt is not None
        copy.show(fetched(name, status="resolved"))
        delivery.acknowledge(attempt, Triage("resolved"))
    copy.show(fetched("b", status="spam"))
    undone = copy.outbox.undo(copy.reader.server)
    assert undone is not None
    assert {step.key.id for step in undone.steps} == {"a", "c"}
    assert [step.key.id for step in undone.conflicts] == ["b"]
    assert copy.outbox.undo(copy.reader.server) is None  # it was one step
    states = {edit.key.id: edit.state for edit in copy.outbox.pending()}
    assert states == {"a": EditState.QUEUED, "b": EditState.CONFLICT, "c": EditState.QUEUED}


def test_undo_of_a_sent_note_takes_only_our_lines_out_of_a_merged_text(copy: LocalCopy) -> None:
    """inv 13: what a colleague added stays."""
    copy.edit("a", notes="call\nmine")
    delivered(copy, notes="call\ntheirs\nmine")
    copy.outbox.undo(copy.reader.server)
    edit = copy.pending()
    assert (edit.base, edit.want, edit.state) == ("call\ntheirs\nmine", "call\ntheirs", EditState.QUEUED)
    copy.outbox.redo(copy.reader.server)
    assert copy.seen("a").notes == "call\ntheirs\nmine"


def test_undo_of_a_note_merged_before_it_was_sent_withdraws_our_side(copy: LocalCopy) -> None:
    copy.edit("a", notes="call\nmine")
    copy.show(fetched("a", notes="call\ntheirs"))
    delivery = Delivery(copy.outbox_file, wall=copy.wall)
    delivery.merge(copy.pending(), theirs="call\ntheirs", merged="call\ntheirs\nmine")
    assert copy.seen("a").notes == "call\ntheirs\nmine"
    copy.outbox.undo(copy.reader.server)
    assert copy.seen("a").notes == "call\ntheirs"
    assert copy.outbox.pending() == ()


def test_undo_of_a_note_whose_lines_somebody_rewrote_becomes_a_conflict(copy: LocalCopy) -> None:
    copy.edit("a", notes="call at nine")
    delivered(copy, notes="call at ten")
    undone = copy.outbox.undo(copy.reader.server)
    assert undone is not None
    assert len(undone.conflicts) == 1
    assert copy.pending().theirs == "call at ten"


def test_undo_of_unassigning_goes_on_when_nobody_has_it_now(copy: LocalCopy) -> None:
    copy.edit("a", assignee_id="u1")
    copy.edit("a", assignee_id="u2")
    delivered(copy, assignee="u2")
    copy.show(fetched("a", assignee=None))
    copy.outbox.undo(copy.reader.server)
    assert (copy.pending().want, copy.pending().state) == ("u1", EditState.QUEUED)


def test_implicit_edit_shows_at_once_and_is_never_undone(copy: LocalCopy) -> None:
    """inv 12"""
    implied = copy.outbox.edit("opened", [Edit(A, "status", "read", implicit=True)], copy.reader.server)
    assert implied.steps == ()
    assert copy.seen("a").status == "read"
    assert copy.pending().implicit
    assert copy.outbox.undo(copy.reader.server) is None


def test_implicit_edit_never_replaces_another_and_only_ever_follows_new(copy: LocalCopy) -> None:
    """inv 12"""
    copy.edit("a", status="in_progress")
    copy.show(fetched("b", status="resolved", notes="call"))
    edits = [Edit(Key("acme", name), "status", "read", implicit=True) for name in "ab"]
    copy.outbox.edit("opened", edits, copy.reader.server)
    assert copy.wants() == {("a", "status"): "in_progress"}
    assert not copy.pending().implicit


@pytest.mark.parametrize("status", ["read", "resolved"])
def test_explicit_edit_replaces_an_implicit_one(copy: LocalCopy, status: str) -> None:
    copy.outbox.edit("opened", [Edit(A, "status", "read", implicit=True)], copy.reader.server)
    copy.edit("a", status=status)
    assert (copy.pending().want, copy.pending().implicit) == (status, False)


def test_implicit_edit_does_not_end_redo(copy: LocalCopy) -> None:
    copy.edit("b", flagged=True)
    copy.outbox.undo(copy.reader.server)
    copy.outbox.edit("opened", [Edit(A, "status", "read", implicit=True)], copy.reader.server)
    assert copy.outbox.redo(copy.reader.server) is not None


def test_conflict_settled_with_a_text_of_both_sends_it_over_theirs(copy: LocalCopy) -> None:
    copy.edit("a", notes="call at nine")
    copy.put(copy.pending(), state=EditState.CONFLICT, theirs="call at ten", attempts=1)
    assert copy.outbox.settle_as(A, "notes", "call at nine or ten") is not None
    edit = copy.pending()
    assert (edit.base, edit.want, edit.state) == ("call at ten", "call at nine or ten", EditState.QUEUED)
    lost = [row[1] for row in copy.history() if row[0] == "lost"]
    assert lost == ['"call at nine"', '"call at ten"']
    assert copy.outbox.settle_as(A, "notes", "again") is None


def test_a_lost_value_is_restored_from_the_history_as_a_gesture(copy: LocalCopy) -> None:
    """inv 1"""
    copy.edit("a", status="spam")
    copy.put(copy.pending(), state=EditState.CONFLICT, theirs="in_progress", attempts=1)
    copy.show(fetched("a", status="in_progress"))
    copy.outbox.settle(A, "status", mine=False)
    newest = copy.outbox.history(A)[0]
    assert (newest.kind, newest.before, newest.after, newest.at) == ("lost", "spam", "in_progress", NOW)
    result = copy.outbox.restore_entry(newest.id, copy.reader.server, "restored")
    assert result is not None
    assert copy.pending().want == "spam"
    assert copy.outbox.restore_entry(999, copy.reader.server, "restored") is None
    undone = copy.outbox.undo(copy.reader.server)
    assert undone is not None
    assert undone.label == "restored"


def test_a_merge_is_told_once_even_over_a_restart(tmp_path: Path) -> None:
    with LocalCopy(tmp_path) as local:
        local.show(fetched("a", notes="call"))
        local.edit("a", notes="call\nmine")
        Delivery(local.outbox_file, wall=local.wall).merge(
            local.pending(), theirs="call\nt", merged="call\nt\nmine"
        )
        told = local.outbox.take_untold_merges()
        assert [(entry.key, entry.after) for entry in told] == [(A, "call\nt\nmine")]
        assert local.outbox.take_untold_merges() == ()
    with LocalCopy(tmp_path) as local:
        assert local.outbox.take_untold_merges() == ()


LINES = st.lists(st.text("abc ", max_size=4), max_size=5).map("\n".join)


@given(LINES, LINES)
def test_taking_a_change_out_of_itself_gives_the_text_before(before: str, after: str) -> None:
    assert (taken_out(after, before, after) or "").rstrip("\n") == before.rstrip("\n")


@given(LINES, LINES, LINES)
def test_both_texts_hold_all_of_theirs_and_every_line_added(base: str, added: str, theirs: str) -> None:
    """inv 13"""
    both = both_texts(base, f"{base}\n{added}", theirs)
    assert both.startswith(theirs)
    assert both.endswith(added.lstrip("\n"))


def test_text_for_the_editor_marks_only_what_clashes() -> None:
    text = marked_up("a\nb\nc", "a\nmine\nc", "a\ntheirs\nc\nd")
    assert text == "a\n<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> theirs\nc\nd"
    assert has_markers(text)
    assert not has_markers(marked_up("a\nb", "a\nb\nmine", "theirs\na\nb"))
