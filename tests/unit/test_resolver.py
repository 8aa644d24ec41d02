import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox_tui.commands import COMMANDS, Context
from inbox_tui.keymap import build_keymap
from inbox_tui.resolver import MAX_COUNT, Cancelled, Choice, Ignored, Pending, Resolver, Run, Unknown

DEFAULTS = build_keymap({})[0]
KEYS = sorted(
    {key for entry in COMMANDS for line in entry.keys for key in line.split()} | set("0123456789QZ")
)
BOUND = [
    (context, sequence, command_id)
    for context in Context
    for sequence, command_id in DEFAULTS.bindings[context].items()
]


@pytest.fixture
def resolver():
    return Resolver(DEFAULTS)


def press(resolver, keys, context=Context.LIST):
    return [resolver.feed(key, context) for key in keys.split()][-1]


@pytest.mark.parametrize(("context", "sequence", "command_id"), BOUND)
def test_every_default_sequence_runs_its_command(resolver, context, sequence, command_id):
    assert press(resolver, " ".join(sequence), context) == Run(command_id, None)
    assert not resolver.pending


@pytest.mark.parametrize(
    ("keys", "command_id", "count"),
    [
        ("5 j", "move.down", 5),
        ("1 2 G", "move.bottom", 12),
        ("3 e", "triage.resolve", 3),
        ("1 0 k", "move.up", 10),
        ("2 s n", "triage.status.new", 2),
        ("4 p 3", "triage.priority.high", 4),
        ("7 g g", "move.top", 7),
    ],
)
def test_a_number_before_a_command_is_its_count(resolver, keys, command_id, count):
    assert press(resolver, keys) == Run(command_id, count)
    assert press(resolver, "j") == Run("move.down", None)


def test_digits_after_a_prefix_belong_to_the_sequence(resolver):
    assert press(resolver, "p 3") == Run("triage.priority.high", None)
    assert press(resolver, "g 1") == Run("view.number.1", None)
    assert press(resolver, "p 0") == Run("triage.priority.none", None)


def test_zero_without_a_digit_before_it_is_no_count(resolver):
    assert press(resolver, "0") == Ignored()
    assert not resolver.pending


def test_a_prefix_waits_and_says_what_can_follow(resolver):
    outcome = press(resolver, "3 s")
    assert outcome == Pending(
        (
            Choice("n", "new", "triage.status.new"),
            Choice("r", "read", "triage.status.read"),
            Choice("p", "in progress", "triage.status.in_progress"),
            Choice("d", "resolved", "triage.status.resolved"),
            Choice("x", "spam", "triage.status.spam"),
        ),
    )
    assert resolver.pending_text == "3s"
    assert resolver.choices() == outcome.choices


def test_a_count_alone_waits_without_choices(resolver):
    assert press(resolver, "4 2") == Pending(())
    assert resolver.pending_text == "42"
    assert resolver.choices() == ()


def test_an_unknown_second_key_cancels_and_says_so(resolver):
    assert press(resolver, "3 s Q") == Unknown("3sQ is not a command here")
    assert resolver.pending_text == ""
    assert press(resolver, "n") == Run("submission.next_open", None)


def test_a_count_before_an_unknown_key_cancels_and_says_so(resolver):
    assert press(resolver, "3 Q") == Unknown("3Q is not a command here")
    assert not resolver.pending


def test_a_count_on_a_command_that_takes_none_runs_nothing(resolver):
    assert press(resolver, "3 ?") == Unknown("3?: keys takes no count")
    assert press(resolver, "3 y n") == Unknown("3yn: number takes no count")
    assert not resolver.pending


@pytest.mark.parametrize("digits", ["99999999", "999999999", "10000000", "123456789012345"])
def test_a_count_of_more_digits_than_fit_stays_at_the_largest(resolver, digits):
    assert press(resolver, " ".join(digits)) == Pending(())
    assert resolver.pending_text == str(MAX_COUNT)
    assert press(resolver, "G") == Run("move.bottom", MAX_COUNT)


def test_escape_takes_back_a_prefix_and_then_means_itself(resolver):
    assert press(resolver, "3 s escape") == Cancelled()
    assert press(resolver, "escape") == Run("app.escape", None)


def test_cancel_forgets_what_was_typed(resolver):
    press(resolver, "3 g")
    resolver.cancel()
    assert (resolver.pending, resolver.pending_text) == (False, "")


def test_a_key_of_nothing_is_left_to_the_focused_widget(resolver):
    assert press(resolver, "Q") == Ignored()
    assert press(resolver, "some_media_key") == Ignored()


def test_digits_and_letters_are_text_in_the_filter_bar(resolver):
    for key in ("5", "j", "?", "ctrl+u", "space", "backspace"):
        assert resolver.feed(key, Context.FILTER) == Ignored()
    assert resolver.feed("enter", Context.FILTER) == Run("filter.keep", None)


def test_a_prefix_does_not_outlive_a_change_of_focus(resolver):
    press(resolver, "3 s")
    assert resolver.feed("n", Context.DETAIL) == Run("submission.next_open", None)


def test_the_same_key_means_what_the_place_says(resolver):
    assert press(resolver, "J", Context.LIST) == Run("detail.scroll_down", None)
    assert press(resolver, "J", Context.DETAIL) == Run("submission.next", None)


def test_longer_sequences_show_their_family_on_the_way():
    keymap, problems = build_keymap({"triage.status.new": ["z s n"], "triage.status.read": ["z s r"]})
    assert problems == []
    resolver = Resolver(keymap)
    outcome = press(resolver, "z")
    assert Choice("s", "status ...", None) in outcome.choices
    assert [choice.key for choice in outcome.choices].count("s") == 1
    assert press(resolver, "s n") == Run("triage.status.new", None)


def test_keys_with_names_are_shown_with_spaces():
    resolver = Resolver(build_keymap({"app.redraw": ["ctrl+x r"]})[0])
    assert press(resolver, "ctrl+x") == Pending((Choice("r", "redraw", "app.redraw"),))
    assert resolver.pending_text == "ctrl+x"


@given(st.lists(st.tuples(st.sampled_from(KEYS) | st.text(max_size=3), st.sampled_from(Context))))
def test_any_keys_give_an_outcome_that_agrees_with_the_state_and_escape_empties_it(presses):
    resolver = Resolver(DEFAULTS)
    for key, context in presses:
        outcome = resolver.feed(key, context)
        assert isinstance(outcome, Pending) is resolver.pending
        assert bool(resolver.pending_text) is resolver.pending
        if isinstance(outcome, Run):
            assert outcome.count is None or 1 <= outcome.count <= MAX_COUNT
    resolver.feed("escape", presses[-1][1] if presses else Context.LIST)
    assert not resolver.pending
    assert resolver.pending_text == ""
    assert resolver.choices() == ()
