"""What the planner decides from evidence alone, and how notes are merged."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.models import PRIORITIES, STATUSES, TRIAGE_FIELDS, EditState, Key, PendingEdit, Triage
from cache.outbox.attempts import Attempt
from cache.outbox.registers import same_value
from cache.sync.planner import (
    HOLD_SECONDS,
    Conflict,
    Converge,
    Hold,
    Merge,
    ReadAgain,
    Send,
    Yield,
    merge_notes,
    patch_body,
    plan,
)

KEY = Key("acme", "s1")
NOW = 1_780_000_000
USERS = (None, "u-1", "u-2", "u-3")
NOTES = (None, "", "called", "called\nback", "called\nmail", "other")

values = {
    "status": st.sampled_from(STATUSES),
    "priority": st.sampled_from(PRIORITIES),
    "flagged": st.booleans(),
    "assignee_id": st.sampled_from(USERS),
    "notes": st.sampled_from(NOTES),
}
triages = st.builds(Triage, *(values[name] for name in TRIAGE_FIELDS))
moments = st.integers(0, 6)
times = st.integers(NOW - 130, NOW)


@st.composite
def edits(draw):
    names = draw(st.lists(st.sampled_from(TRIAGE_FIELDS), unique=True, min_size=1))
    return [
        PendingEdit(
            KEY,
            name,
            base=draw(values[name]),
            want=draw(values[name]),
            state=draw(st.sampled_from([EditState.QUEUED, EditState.VERIFYING, EditState.CONFLICT])),
            clock=draw(moments),
            edited_at=NOW - 60,
            theirs=draw(values[name]),
            implicit=name == "status" and draw(st.booleans()),
        )
        for name in names
    ]


@st.composite
def attempts(draw):
    names = draw(st.lists(st.sampled_from(TRIAGE_FIELDS), unique=True, min_size=1))
    body = {name: draw(values[name]) for name in names}
    return Attempt(1, KEY, body, draw(moments), draw(times), "unknown")


situations = st.tuples(edits(), triages, moments, st.lists(attempts(), max_size=3))


def decided(situation):
    pending, server, read_at, unknown = situation
    decisions, concluded = plan(pending, server, read_at, unknown, NOW)
    assert [decision.edit for decision in decisions] == pending
    standing = [
        attempt for attempt in unknown if attempt.started_at + HOLD_SECONDS > NOW or read_at <= attempt.clock
    ]
    return decisions, concluded, standing


@given(situations)
def test_every_attempt_either_stands_or_is_concluded(situation):
    _, concluded, standing = decided(situation)
    assert sorted(map(id, (item.attempt for item in concluded))) == sorted(
        id(attempt) for attempt in situation[3] if attempt not in standing
    )
    for item in concluded:
        assert item.applied == all(
            same_value(name, situation[1].value(name), value) for name, value in item.attempt.body.items()
        )


@given(situations)
def test_a_field_of_a_standing_attempt_is_held_and_nothing_else_is(situation):
    decisions, _, standing = decided(situation)
    for decision in decisions:
        ends = [
            attempt.started_at + HOLD_SECONDS for attempt in standing if decision.edit.field in attempt.body
        ]
        assert isinstance(decision, Hold) == bool(ends)
        if isinstance(decision, Hold):
            assert decision.until == max(ends)


@given(situations)
def test_nothing_settles_on_evidence_older_than_the_edit(situation):
    for decision in decided(situation)[0]:
        if isinstance(decision, Converge):
            assert situation[2] >= decision.edit.clock
            assert same_value(
                decision.edit.field, situation[1].value(decision.edit.field), decision.edit.want
            )


@given(situations)
def test_a_value_nobody_here_knows_is_never_sent_over(situation):
    decisions, concluded, _ = decided(situation)
    for decision in decisions:
        if not isinstance(decision, Send):
            continue
        name, theirs = decision.edit.field, situation[1].value(decision.edit.field)
        ours = [item.attempt.body[name] for item in concluded if name in item.attempt.body]
        known = any(same_value(name, theirs, value) for value in (decision.edit.base, *ours))
        known = known or (decision.edit.implicit and theirs == "new")
        settled_by_itself = name == "assignee_id" and theirs is None
        assert known or settled_by_itself
        assert not same_value(name, theirs, decision.edit.want)


@given(situations)
def test_only_a_foreign_value_is_a_conflict(situation):
    decisions, concluded, _ = decided(situation)
    for decision in decisions:
        if isinstance(decision, Conflict):
            name = decision.edit.field
            ours = [item.attempt.body[name] for item in concluded if name in item.attempt.body]
            for value in (decision.edit.base, decision.edit.want, *ours):
                assert not same_value(name, decision.theirs, value)
            assert name != "flagged" or decision.edit.base == decision.edit.want


@given(situations)
def test_an_edit_made_after_the_read_waits_for_another_read(situation):
    for decision in decided(situation)[0]:
        if isinstance(decision, Send | Conflict | Merge):
            assert situation[2] >= decision.edit.clock
        if isinstance(decision, ReadAgain):
            assert situation[2] < decision.edit.clock


@given(situations)
def test_inv_12_an_edit_nobody_asked_for_only_ever_turns_new_into_read(situation):
    server = situation[1]
    for decision in decided(situation)[0]:
        if not decision.edit.implicit:
            assert not isinstance(decision, Yield)
            continue
        assert isinstance(decision, Send | Yield | Converge | Hold | ReadAgain)
        if isinstance(decision, Send):
            assert (server.status, decision.edit.want) == ("new", "read")
        if isinstance(decision, Yield):
            assert (server.status, decision.edit.want) != ("new", "read")


@given(situations)
def test_inv_10_a_plan_says_exactly_one_thing_and_the_same_each_time(situation):
    """What is decided depends on the evidence alone: nothing is remembered from one call to the next."""
    assert decided(situation)[:2] == decided(situation)[:2]


@given(situations)
def test_inv_10_sending_over_a_value_means_that_it_was_seen_or_sent_from_here(situation):
    """A parked edit is sent again only when what the person saw, or our own late value, is back."""
    decisions, concluded, _ = decided(situation)
    for decision in decisions:
        if isinstance(decision, Send) and decision.edit.state is EditState.CONFLICT:
            name, theirs = decision.edit.field, situation[1].value(decision.edit.field)
            ours = [item.attempt.body[name] for item in concluded if name in item.attempt.body]
            assert (
                any(same_value(name, theirs, value) for value in (decision.edit.base, *ours))
                or (name == "assignee_id" and theirs is None)
                or (decision.edit.implicit and theirs == "new")
            )


@given(situations)
def test_inv_9_a_change_carries_only_what_differs_and_the_stamps(situation):
    decisions, _, _ = decided(situation)
    sends = [decision.edit for decision in decisions if isinstance(decision, Send)]
    body = patch_body(sends, situation[1])
    for name, value in body.items():
        if name in ("resolved_at", "resolved_by"):
            assert value is None
            assert situation[1].status == "resolved"
            assert body.get("status", "resolved") != "resolved"
        else:
            assert not same_value(name, value, situation[1].value(name))


@given(situations, st.integers(0, 200))
def test_inv_8_waiting_and_reading_again_ends_every_hold(situation, more):
    """A hold is over exactly when its time has passed and a read has begun since."""
    pending, server, _, unknown = situation
    late = NOW + HOLD_SECONDS + more
    decisions, concluded = plan(pending, server, 100, unknown, late)
    assert not any(isinstance(decision, Hold) for decision in decisions)
    assert len(concluded) == len(unknown)


@given(situations)
def test_inv_9_an_edit_that_went_back_to_what_was_seen_is_sent_over_nothing_foreign(situation):
    decisions, concluded, _ = decided(situation)
    for decision in decisions:
        edit = decision.edit
        if isinstance(decision, Send) and same_value(edit.field, edit.base, edit.want) and not edit.implicit:
            ours = [item.attempt.body[edit.field] for item in concluded if edit.field in item.attempt.body]
            theirs = situation[1].value(edit.field)
            assert any(same_value(edit.field, theirs, value) for value in ours)


def edit(name, base, want, **more):
    return replace(PendingEdit(KEY, name, base, want, EditState.QUEUED, 1, NOW - 60), **more)


@pytest.mark.parametrize(
    ("base", "theirs", "expected"),
    [("u-1", None, Send), ("u-1", "u-2", Converge), ("u-1", "u-3", Conflict), (None, "u-3", Conflict)],
)
def test_a_claim_yields_only_to_somebody_elses(base, theirs, expected):
    decisions, _ = plan([edit("assignee_id", base, "u-2")], Triage(assignee_id=theirs), 2, [], NOW)
    assert type(decisions[0]) is expected


def test_our_own_value_that_arrived_late_is_no_conflict_for_the_next_edit():
    sent = Attempt(1, KEY, {"status": "read"}, 1, NOW - HOLD_SECONDS, "unknown")
    later = edit("status", "new", "spam", clock=2, state=EditState.VERIFYING)
    decisions, concluded = plan([later], Triage("read"), 3, [sent], NOW)
    assert type(decisions[0]) is Send
    assert [item.applied for item in concluded] == [True]


@pytest.mark.parametrize("waited", [0, HOLD_SECONDS - 1])
def test_a_hold_lasts_its_whole_minute_even_when_the_value_shows(waited):
    sent = Attempt(1, KEY, {"status": "read"}, 1, NOW - waited, "unknown")
    decisions, concluded = plan([edit("status", "new", "read")], Triage("read"), 3, [sent], NOW)
    assert decisions == [Hold(decisions[0].edit, NOW - waited + HOLD_SECONDS)]
    assert concluded == []


@pytest.mark.parametrize(
    ("server", "want", "stamps"),
    [("resolved", "read", True), ("resolved", "resolved", False), ("new", "resolved", False)],
)
def test_only_leaving_resolved_clears_the_stamps(server, want, stamps):
    body = patch_body([edit("status", server, want)], Triage(server))
    cleared = {"resolved_at": None, "resolved_by": None} if stamps else {}
    assert body == {"status": want, **cleared}


def test_an_edit_of_another_field_leaves_the_stamps_alone():
    assert patch_body([edit("notes", "x", "")], Triage("resolved")) == {"notes": None}


texts = st.lists(st.sampled_from(["a", "b", "c", "", "call back"]), max_size=5).map("\n".join)
added = st.lists(st.sampled_from(["mine", "theirs", "x", ""]), min_size=1, max_size=3).map("\n".join)


@given(texts, texts)
def test_merging_with_an_unchanged_side_gives_the_other(base, changed):
    assert merge_notes(base, base, changed) == changed
    assert merge_notes(base, changed, base) == changed
    assert merge_notes(base, changed, changed) == changed


@given(texts, added, added)
def test_lines_added_below_by_both_are_kept_theirs_first(base, mine, theirs):
    merged = merge_notes(base, f"{base}\nM:{mine}", f"{base}\nT:{theirs}")
    assert merged == f"{base}\nT:{theirs}\nM:{mine}"


@given(texts, texts, texts)
def test_a_merge_keeps_every_line_either_side_added(base, mine, theirs):
    merged = merge_notes(base, mine, theirs)
    if merged is not None:
        lines = merged.split("\n")
        held = set(base.split("\n"))
        for side in (mine, theirs):
            assert set(side.split("\n")) - held <= set(lines)


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "expected"),
    [
        (None, "mine", "theirs", "theirs\nmine"),
        ("", "mine", None, "mine"),
        ("call", "call me", "caller", None),
        ("a\nb\nc", "A\nb\nc", "a\nb\nC", "A\nb\nC"),
        ("a\nb\nc", "A\nb\nc\nmine", "a\nb\nc\ntheirs", "A\nb\nc\ntheirs\nmine"),
        ("a", "b", "c", None),
        ("a", "", "c", None),
    ],
)
def test_notes_merge_line_by_line(base, mine, theirs, expected):
    assert merge_notes(base, mine, theirs) == expected
