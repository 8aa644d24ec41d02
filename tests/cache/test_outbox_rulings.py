from cache.models import EditState, Key, PendingEdit, Triage
from tests.cache.making import NOW, LocalCopy, fetched

A = Key("acme", "a")


def conflicted(local: LocalCopy) -> PendingEdit:
    local.edit("a", status="spam")
    local.show(fetched("a", status="in_progress", notes="call"))
    local.put(local.pending(), state=EditState.CONFLICT, theirs="in_progress", attempts=1, next_try=NOW)
    return local.pending()


def test_conflict_settled_as_mine_is_queued_over_their_value(copy: LocalCopy) -> None:
    edit = conflicted(copy)
    assert edit.theirs == "in_progress"
    assert copy.outbox.settle(A, "status", mine=True) == edit
    now = copy.pending()
    assert (now.base, now.want, now.state, now.next_try) == ("in_progress", "spam", EditState.QUEUED, None)
    assert now.clock > edit.clock
    assert copy.history()[-1][:3] == ("lost", '"in_progress"', '"spam"')
    assert copy.outbox.settle(A, "status", mine=True) is None


def test_conflict_settled_as_theirs_keeps_the_lost_value_in_the_history(copy: LocalCopy) -> None:
    conflicted(copy)
    assert copy.outbox.settle(A, "status", mine=False) is not None
    assert copy.outbox.pending() == ()
    assert copy.seen("a").status == "in_progress"
    assert copy.history()[-1][:3] == ("lost", '"spam"', '"in_progress"')


def test_ruling_where_there_is_no_conflict_changes_nothing(copy: LocalCopy) -> None:
    copy.edit("a", status="spam")
    before = copy.outbox.pending()
    assert copy.outbox.settle(A, "status", mine=False) is None
    assert copy.outbox.settle(A, "notes", mine=True) is None
    assert copy.outbox.pending() == before


def test_discard_drops_one_field_or_all_and_remembers_them(copy: LocalCopy) -> None:
    copy.edit("a", status="spam", flagged=True, priority="high")
    copy.edit("b", status="spam")
    assert [edit.field for edit in copy.outbox.discard(A, "status")] == ["status"]
    assert copy.seen("a") == Triage("new", "high", True, None, "call")
    assert len(copy.outbox.discard(A)) == 2
    assert copy.wants() == {("b", "status"): "spam"}
    assert copy.outbox.discard(A) == ()
    assert [row[:3] for row in copy.history() if row[0] == "discard"] == [
        ("discard", '"spam"', '"new"'),
        ("discard", "true", "false"),
        ("discard", '"high"', '"none"'),
    ]


def test_discarding_a_conflict_tells_the_value_that_shows_then(copy: LocalCopy) -> None:
    conflicted(copy)
    assert len(copy.outbox.discard(A)) == 1
    assert copy.seen("a").status == "in_progress"
    assert copy.history()[-1][:3] == ("discard", '"spam"', '"in_progress"')


def test_retry_queues_what_waits_or_was_refused_and_nothing_else(copy: LocalCopy) -> None:
    copy.edit("a", status="spam", flagged=True, priority="high", notes="x", assignee_id="u1")
    states = {
        "status": EditState.REJECTED,
        "flagged": EditState.ORPHANED,
        "priority": EditState.QUEUED,
        "notes": EditState.CONFLICT,
        "assignee_id": EditState.VERIFYING,
    }
    for edit in copy.outbox.pending():
        copy.put(edit, state=states[edit.field], error="no", next_try=NOW + 9, theirs="theirs")
    assert {edit.field for edit in copy.outbox.retry(A)} == {"status", "flagged", "priority"}
    for edit in copy.outbox.pending():
        if edit.field in ("status", "flagged", "priority"):
            assert (edit.state, edit.error, edit.next_try) == (EditState.QUEUED, None, None)
        else:
            assert (edit.state, edit.error, edit.next_try) == (states[edit.field], "no", NOW + 9)
    assert copy.wants()["a", "status"] == "spam"
