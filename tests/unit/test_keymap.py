import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox_tui.commands import COMMANDS, COMMANDS_BY_ID, Context
from inbox_tui.keymap import build_keymap, help_sections, keys_table, live_contexts

IDS = [entry.id for entry in COMMANDS]
WORDS = [
    "e",
    "E",
    "s",
    "d",
    "n",
    "g",
    "p",
    "0",
    "5",
    "!",
    "+",
    "ctrl+r",
    "ctrl+d",
    "ctrl+i",
    "f5",
    "f9",
    "enter",
]
WORDS += ["escape", "ctrl+x", "tab", "space", "bogus", "ctrl+"]
sequences = st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join) | st.text(max_size=6)
default_keys = st.sampled_from([keys for entry in COMMANDS for keys in entry.keys])
overrides = st.dictionaries(
    st.sampled_from(IDS) | st.text(max_size=12),
    st.lists(sequences | default_keys, max_size=4) | sequences,
    max_size=12,
)


def messages(problems):
    return [problem.message for problem in problems]


def hidden(keymap):
    """Every binding that a shorter or equal one in the same context makes unreachable."""
    found = []
    for context in Context:
        taken = {}
        for entry in COMMANDS:
            for sequence in keymap.sequences[entry.id]:
                if context in live_contexts(entry, sequence):
                    taken.setdefault(sequence, []).append(entry.id)
        found += [(context, sequence, ids) for sequence, ids in taken.items() if len(ids) > 1]
        for sequence in taken:
            found += [(context, sequence) for end in range(1, len(sequence)) if sequence[:end] in taken]
    return found


def test_defaults_have_no_clash_and_nothing_to_report():
    keymap, problems = build_keymap({})
    assert problems == []
    assert hidden(keymap) == []
    assert {entry.id: entry.keys for entry in COMMANDS} == {id_: keymap.keys_of(id_) for id_ in IDS}


@given(overrides)
def test_any_overrides_give_a_keymap_without_clash_or_hidden_sequence(mapping):
    keymap, problems = build_keymap(mapping)
    assert hidden(keymap) == []
    assert set(keymap.sequences) == set(IDS)
    for context in Context:
        for sequence, command_id in keymap.bindings[context].items():
            assert keymap.lookup(context, sequence) == command_id
            assert sequence in keymap.sequences[command_id]
    assert {problem.command_id for problem in problems} <= set(mapping)


@given(overrides)
def test_every_line_is_either_applied_or_reported(mapping):
    keymap, problems = build_keymap(mapping)
    reported = {problem.command_id for problem in problems}
    for command_id, lines in mapping.items():
        if command_id not in reported:
            wanted = [lines] if isinstance(lines, str) else lines
            assert len(keymap.keys_of(command_id)) <= len(wanted)
            assert bool(keymap.keys_of(command_id)) is bool(wanted)


@given(overrides)
def test_commands_that_are_not_named_keep_their_default_keys(mapping):
    keymap, _ = build_keymap(mapping)
    for command_id in set(IDS) - set(mapping):
        assert keymap.keys_of(command_id) == COMMANDS_BY_ID[command_id].keys


def test_a_line_replaces_all_keys_of_its_command():
    keymap, problems = build_keymap({"edit.redo": ["ctrl+y", "f9"]})
    assert problems == []
    assert keymap.keys_of("edit.redo") == ("ctrl+y", "f9")
    assert keymap.lookup(Context.LIST, ("U",)) is None


def test_one_string_is_one_sequence():
    keymap, problems = build_keymap({"triage.resolve": "ctrl+e x"})
    assert problems == []
    assert keymap.keys_of("triage.resolve") == ("ctrl+e x",)


def test_an_empty_list_unbinds():
    keymap, problems = build_keymap({"triage.spam": []})
    assert problems == []
    assert keymap.keys_of("triage.spam") == ()
    assert keymap.lookup(Context.LIST, ("!",)) is None


def test_an_unknown_command_is_reported_with_the_nearest_one():
    _, problems = build_keymap({"triage.resolv": ["d"]})
    assert messages(problems) == ["unknown command; did you mean triage.resolve?"]
    assert str(problems[0]) == '[keys] "triage.resolv": unknown command; did you mean triage.resolve?'


def test_an_unknown_key_is_reported_with_the_nearest_one_and_the_default_stays():
    keymap, problems = build_keymap({"app.help": ["pagup"]})
    assert messages(problems) == ["unknown key pagup; did you mean pageup?"]
    assert keymap.keys_of("app.help") == ("?", "f1")


@pytest.mark.parametrize("key", ["ctrl+i", "ctrl+m", "ctrl+h", "ctrl+s", "ctrl+c", "alt+enter", "Ctrl+M"])
def test_keys_that_terminals_take_cannot_be_bound(key):
    keymap, problems = build_keymap({"app.sync": [key, "f9"]})
    assert len(problems) == 1
    assert "cannot be used" in problems[0].message
    assert keymap.keys_of("app.sync") == ("f9",)


def test_a_key_of_an_untouched_command_is_refused_and_its_holder_named():
    keymap, problems = build_keymap({"triage.flag": ["e"]})
    assert messages(problems) == ["it already runs triage.resolve in the list"]
    assert keymap.keys_of("triage.flag") == ("f",)
    assert keymap.lookup(Context.LIST, ("e",)) == "triage.resolve"


def test_two_commands_can_swap_their_keys():
    keymap, problems = build_keymap({"triage.flag": ["e"], "triage.resolve": ["f"]})
    assert problems == []
    assert keymap.lookup(Context.LIST, ("e",)) == "triage.flag"
    assert keymap.lookup(Context.LIST, ("f",)) == "triage.resolve"


def test_between_two_lines_the_earlier_one_wins():
    keymap, problems = build_keymap({"triage.flag": ["f9"], "triage.resolve": ["f9", "d"]})
    assert messages(problems) == ["it already runs triage.flag in the list"]
    assert keymap.lookup(Context.LIST, ("f9",)) == "triage.flag"
    assert keymap.keys_of("triage.resolve") == ("d",)


def test_a_command_whose_line_fails_takes_its_default_back_from_the_line_that_took_it():
    keymap, problems = build_keymap({"triage.flag": ["e"], "triage.resolve": ["u"]})
    assert [problem.command_id for problem in problems] == ["triage.resolve", "triage.flag"]
    assert keymap.keys_of("triage.flag") == ("f",)
    assert keymap.keys_of("triage.resolve") == ("e",)


def test_the_same_key_may_run_different_commands_in_different_places():
    keymap, problems = build_keymap({"detail.scroll_down": ["f9"], "submission.next": ["f9"]})
    assert problems == []
    assert keymap.lookup(Context.LIST, ("f9",)) == "detail.scroll_down"
    assert keymap.lookup(Context.DETAIL, ("f9",)) == "submission.next"


def test_a_sequence_behind_a_shorter_one_is_refused():
    _, problems = build_keymap({"app.redraw": ["e e"]})
    assert messages(problems) == ['"e" already runs triage.resolve in the list']


def test_a_key_that_begins_other_sequences_is_refused():
    _, problems = build_keymap({"app.redraw": ["s"]})
    assert messages(problems) == ['it begins "s n", which runs triage.status.new in the list']


def test_a_command_cannot_hide_its_own_longer_sequence():
    keymap, problems = build_keymap({"app.redraw": ["f9", "f9 f9"]})
    assert messages(problems) == ['"f9" already runs app.redraw']
    assert keymap.keys_of("app.redraw") == ("f9",)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "no key is named; write [] to leave the command without keys"),
        ("f9 escape", "escape cancels a sequence and cannot be part of one"),
        ("3 x", "a sequence cannot begin with a digit from 1 to 9, which begins a count"),
    ],
)
def test_sequences_that_could_never_be_typed_are_refused(line, message):
    _, problems = build_keymap({"app.redraw": [line]})
    assert messages(problems) == [message]


def test_a_command_of_the_filter_bar_cannot_be_on_a_key_that_types():
    _, problems = build_keymap({"filter.keep": ["x"]})
    assert messages(problems) == ["the filter bar would take it as text"]


def test_only_keys_that_type_nothing_are_live_in_the_filter_bar():
    keymap, _ = build_keymap({})
    live = keymap.bindings[Context.FILTER]
    assert live[("f1",)] == "app.help"
    assert live[("ctrl+q",)] == "app.quit"
    assert live[("enter",)] == "filter.keep"
    assert {("?",), ("q",), ("j",), ("ctrl+u",), ("ctrl+d",), ("home",)}.isdisjoint(live)


def test_the_prefix_of_a_family_follows_the_overrides():
    keymap, _ = build_keymap(
        {f"triage.status.{name}": [] for name in ("read", "in_progress", "resolved", "spam")}
    )
    assert keymap.prefix_of("status") == "s"
    keymap, problems = build_keymap({"triage.status.new": ["f9"]})
    assert problems == []
    assert build_keymap({"triage.status.new": ["f9 n"]})[0].prefix_of("status") == "f9"
    assert keymap.prefix_of("no such family") is None


def test_help_names_every_key_that_works_in_the_place_and_no_other():
    keymap, _ = build_keymap({"app.redraw": []})
    for context in Context:
        rows = [row for section in help_sections(keymap, context) for row in section.rows]
        shown = {key for row in rows for key in row.keys}
        series = {"g 1 to g 9"} if context in (Context.LIST, Context.DETAIL) else set()
        numbered = {("g", digit) for digit in "123456789"}
        live = {" ".join(keys) for keys in keymap.bindings[context] if keys not in numbered}
        assert shown == live | series
        assert all(section.rows for section in help_sections(keymap, context))


def test_help_of_a_series_is_one_line_even_when_part_of_it_is_unbound():
    keymap, _ = build_keymap({"view.number.1": [], "view.number.9": []})
    rows = [row for section in help_sections(keymap, Context.LIST) for row in section.rows]
    assert [row.keys for row in rows if row.command_id.startswith("view.number")] == [("g 2 to g 8",)]


def test_keys_table_lists_unbound_commands_too_and_is_ready_for_json():
    table = keys_table(build_keymap({"triage.flag": []})[0])
    assert [row["id"] for row in table] == IDS
    assert json.loads(json.dumps(table)) == table
    by_id = {row["id"]: row for row in table}
    assert by_id["triage.flag"]["keys"] == []
    assert by_id["triage.resolve"] == {
        "id": "triage.resolve",
        "keys": ["e"],
        "title": "resolve",
        "help": "Resolve and go on to the next one",
        "group": "Triage",
        "contexts": ["list", "detail"],
        "count": True,
    }
