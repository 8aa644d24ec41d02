import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.models import PRIORITIES, TRIAGE_FIELDS, Capability, Key, Triage
from inbox_tui import triage
from inbox_tui.triage import Subject

MORNING = 1779441240.0  # 2026-05-22 09:14 UTC


def subject(number=416, *, before=None, server=None, capabilities=None, source="acme", **seen):
    held = Triage(**seen)
    return Subject(
        Key(source, f"id-{number}"),
        f"SUB-{number:04d}",
        held,
        server if server is not None else held,
        before,
        capabilities,
    )


def wants(action):
    return [(edit.key.id, edit.field, edit.want) for edit in action.edits]


def test_one_submission_is_named_and_several_are_counted():
    assert triage.resolve([subject()]).label == "resolved SUB-0416"
    assert triage.resolve([subject(1), subject(2), subject(3)]).label == "resolved 3 submissions"


def test_an_edit_is_based_on_the_server_values_behind_the_screen():
    shown = subject(status="read", server=Triage(status="new"))
    assert triage.resolve([shown]).edits[0].saw == Triage(status="new")


@pytest.mark.parametrize(
    ("before", "status", "wanted"),
    [
        ("in_progress", "resolved", "in_progress"),
        (None, "resolved", "read"),
        ("spam", "resolved", "read"),
        ("new", "spam", "new"),
    ],
)
def test_reopen_gives_back_the_open_status_from_before_else_read(before, status, wanted):
    assert wants(triage.reopen([subject(status=status, before=before)])) == [("id-416", "status", wanted)]


def test_reopen_leaves_open_submissions_alone():
    action = triage.reopen([subject(1, status="new"), subject(2, status="resolved")])
    assert action.label == "reopened SUB-0002"
    assert wants(action) == [("id-2", "status", "read")]


@pytest.mark.parametrize(("before", "wanted"), [("resolved", "resolved"), ("spam", "read"), (None, "read")])
def test_spam_on_spam_takes_it_out_again(before, wanted):
    action = triage.toggle_spam([subject(status="spam", before=before)])
    assert action.label == "took SUB-0416 out of spam"
    assert wants(action) == [("id-416", "status", wanted)]


def test_spam_on_a_group_sets_and_never_toggles():
    action = triage.toggle_spam([subject(1, status="spam"), subject(2)])
    assert [edit.want for edit in action.edits] == ["spam", "spam"]
    assert action.label == "marked 2 submissions as spam"


def test_flag_toggles_one_and_sets_a_group():
    assert triage.toggle_flag([subject(flagged=True)]).edits[0].want is False
    assert triage.toggle_flag([subject(flagged=False)]).edits[0].want is True
    group = triage.toggle_flag([subject(1, flagged=True), subject(2)])
    assert [edit.want for edit in group.edits] == [True, True]


@given(st.sampled_from(PRIORITIES), st.integers(-5, 5))
def test_priority_moves_by_steps_and_stops_at_both_ends(held, steps):
    wanted = triage.change_priority([subject(priority=held)], steps).edits[0].want
    assert PRIORITIES.index(wanted) == max(0, min(3, PRIORITIES.index(held) + steps))


def test_each_priority_of_a_group_moves_from_where_it_is():
    action = triage.change_priority([subject(1, priority="none"), subject(2, priority="medium")], 1)
    assert [edit.want for edit in action.edits] == ["low", "high"]
    assert action.label == "raised the priority of 2 submissions"


def test_an_unknown_priority_counts_as_none_when_it_is_raised():
    assert triage.change_priority([subject(priority="urgent!")], 1).edits[0].want == "low"


def test_assigning_me_takes_the_user_id_of_each_source():
    group = [subject(1), subject(2, source="shop")]
    action = triage.assign(group, {"acme": "u1", "shop": "u2"}, "Tom Kay")
    assert [edit.want for edit in action.edits] == ["u1", "u2"]
    assert action.label == "assigned 2 submissions to Tom Kay"


def test_assigning_somebody_who_is_not_known_at_a_source_is_refused():
    with pytest.raises(triage.NotAllowed, match="who Tom Kay is at shop"):
        triage.assign([subject(1), subject(2, source="shop")], {"acme": "u1"}, "Tom Kay")


def test_unassign_wants_nobody():
    assert wants(triage.unassign([subject(assignee_id="u1")])) == [("id-416", "assignee_id", None)]


def test_an_empty_note_is_sent_as_no_note():
    assert triage.replace_note([subject(notes="old")], "").edits[0].want is None
    assert triage.replace_note([subject()], "new").edits[0].want == "new"


@pytest.mark.parametrize(("old", "wanted"), [(None, "b"), ("", "b"), ("a", "a\nb"), ("a\n", "a\nb")])
def test_appending_puts_the_text_on_a_line_of_its_own(old, wanted):
    assert triage.append_note([subject(notes=old)], "b").edits[0].want == wanted


def test_appending_blanks_changes_nothing():
    assert triage.append_note([subject(notes="a")], " \n").edits == ()


def test_the_stamp_has_minute_and_author_and_leaves_an_unknown_author_out():
    assert triage.stamped("called", now=MORNING, author="Tom Kay") == "2026-05-22 09:14Z Tom Kay: called"
    assert triage.stamped("called", now=MORNING) == "2026-05-22 09:14Z: called"


def test_a_stamp_is_free_of_control_characters_of_the_authors_name():
    assert "\x1b" not in triage.stamped("x", now=MORNING, author="\x1b[2JTom\nKay")
    assert "\n" not in triage.stamped("x", now=MORNING, author="Tom\nKay")


@pytest.mark.parametrize("field", TRIAGE_FIELDS)
def test_a_field_the_key_may_not_write_is_refused_with_the_reason(field):
    capabilities = dict.fromkeys(TRIAGE_FIELDS, Capability.REMOTE) | {field: Capability.NONE}
    shown = [subject(capabilities=capabilities)]
    action = {
        "status": lambda: triage.resolve(shown),
        "priority": lambda: triage.set_priority(shown, "high"),
        "flagged": lambda: triage.toggle_flag(shown),
        "assignee_id": lambda: triage.unassign(shown),
        "notes": lambda: triage.append_note(shown, "x"),
    }
    with pytest.raises(triage.NotAllowed, match=f"acme may not change the {triage.FIELD_NAMES[field]}"):
        action[field]()
    others = [name for name in TRIAGE_FIELDS if name != field]
    assert all(action[name]().edits for name in others)


def test_only_new_submissions_are_marked_read_by_opening():
    action = triage.mark_read([subject(1, status="new"), subject(2, status="resolved")], {})
    assert wants(action) == [("id-1", "status", "read")]
    assert all(edit.implicit for edit in action.edits)


def test_opening_reads_what_is_mine_or_nobodys_and_where_the_source_keeps_the_status():
    mine, others = subject(1, status="new", assignee_id="me"), subject(2, status="new", assignee_id="tom")
    held = dict.fromkeys(TRIAGE_FIELDS, Capability.LOCAL)
    local = subject(3, status="new", capabilities=held)
    assert wants(triage.mark_read([mine, others, local], {"acme": "me"})) == [("id-1", "status", "read")]


def test_combined_actions_are_called_after_the_fields_they_really_change():
    shown = [subject(status="resolved")]
    both = triage.combine([triage.resolve(shown), triage.set_flag(shown, True)], shown)
    assert both.label == "flagged SUB-0416"
    three = triage.combine(
        [triage.set_status(shown, "read"), triage.set_flag(shown, True), triage.set_priority(shown, "low")],
        shown,
    )
    assert three.label == "changed status, flag and priority of SUB-0416"
    assert len(three.edits) == 3


def test_a_hostile_reference_is_displayable_in_the_label():
    shown = Subject(Key("acme", "x"), "\x1b]0;x\x07", Triage(), Triage())
    assert "\x1b" not in triage.resolve([shown]).label
