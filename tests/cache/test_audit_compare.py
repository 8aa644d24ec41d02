"""What a timeline tells about our changes, as a pure function (inv 11)."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cache.models import Event
from cache.outbox.attempts import Attempt, Audit
from cache.sync.audit import look_through
from tests.cache.sync_world import START, key
from tests.cache.timelines import MINE, THEIRS, change

WORTH = {"status": ("new", "read", "spam"), "assignee_id": (None, "u-1", "u-2"), "notes": (None, "a", "b")}


def audit(name="status", saw="new", want="read", **more):
    attempt = Attempt(1, key("s0001"), {name: want}, 1, int(START), "applied")
    return Audit(
        attempt,
        {name: saw},
        more.get("age", 1),
        contended=False,
        later=more.get("later", {}),
        claimed=more.get("claimed", frozenset()),
    )


@st.composite
def stories(draw):
    """A field as others and we changed it: before the read, in the window, and after our change."""
    name = draw(st.sampled_from(sorted(WORTH)))
    values = st.sampled_from(WORTH[name])
    before, window, after = (draw(st.lists(values, max_size=3)) for _ in range(3))
    want = draw(values)
    return name, before, window, want, after


@given(stories(), st.sampled_from([frozenset(), frozenset({MINE})]))
def test_inv_11_whatever_others_did_the_value_we_replaced_is_found(story, own):
    name, before, window, want, after = story
    held, events, place = WORTH[name][0], [], 0

    def write(value, actor):
        nonlocal held, place
        if value != held:
            place += 1
            events.append(change(name, held, value, actor, START - 10 + place, f"e{place}"))
        held = value

    for value in before:
        write(value, THEIRS)
    saw = held
    if want == saw:
        return
    for value in window:
        write(value, THEIRS)
    replaced = held
    ours = len(events)
    write(want, MINE)
    if own:
        for value in after:
            write(value, THEIRS)
    (finding,) = look_through([audit(name, saw, want)], events, own)
    found = [item.theirs for item in finding.replaced]
    if own:
        assert found == ([replaced] if replaced not in (saw, want) else [])
        if replaced != want:
            assert finding.events == {events[ours].id}
    elif replaced not in (saw, want):
        assert found  # who shares our key may be taken for us: told too often, never too seldom


def test_inv_11_of_those_who_share_our_key_the_row_after_what_we_read_is_taken_for_ours():
    values = [None, "u-3", "u-1", "u-0", "u-2", "u-1"]
    events = [
        change("assignee_id", before, after, MINE, START + place, f"e{place}")
        for place, (before, after) in enumerate(pairwise(values))
    ]
    (finding,) = look_through([audit("assignee_id", "u-0", "u-1")], events, frozenset({MINE}))
    assert [item.theirs for item in finding.replaced] == ["u-2"]
    assert finding.events == {"e4"}


def test_inv_11_a_later_row_of_a_change_whose_answer_was_lost_is_not_taken_for_an_earlier_one():
    story = [
        ("none", "medium", MINE),
        ("medium", "high", THEIRS),
        ("high", "low", MINE),
        ("low", "medium", THEIRS),
        ("medium", "none", THEIRS),
        ("none", "low", MINE),
    ]
    events = [
        change("priority", before, after, actor, START + place, f"e{place}")
        for place, (before, after, actor) in enumerate(story)
    ]
    held = audit("priority", "medium", "low", claimed=frozenset({"e0"}))
    (finding,) = look_through([held], events, frozenset({MINE}))
    assert [item.theirs for item in finding.replaced] == ["high"]
    assert finding.events == {"e2"}


def test_a_timeline_without_values_tells_that_there_was_a_change_but_not_of_what():
    foreign = change("notes", None, None, THEIRS, START)
    own = change("notes", None, None, MINE, START + 1)
    (finding,) = look_through([audit("notes", None, "mine")], [foreign, own], frozenset({MINE}))
    assert [(item.known, item.event) for item in finding.replaced] == [(False, foreign)]
    early = change("notes", None, None, THEIRS, START - 60)
    (finding,) = look_through([audit("notes", None, "mine")], [early, own], frozenset({MINE}))
    assert finding.replaced == ()


def test_an_attempt_the_timeline_does_not_list_replaced_nothing():
    created = Event("e", "created", None)
    (finding,) = look_through([audit()], [created, change("priority", "none", "high")], frozenset())
    assert (finding.replaced, finding.events) == ((), frozenset())


def test_inv_11_notes_that_the_server_trimmed_are_known_as_ours():
    events = [
        change("notes", None, "theirs", THEIRS, START, "e1"),
        change("notes", "theirs", "mine\nmore", MINE, START + 1, "e2"),
    ]
    held = audit("notes", saw=None, want="mine \nmore\n")
    (finding,) = look_through((held,), events, frozenset({MINE}))
    assert [(item.field, item.theirs) for item in finding.replaced] == [("notes", "theirs")]
