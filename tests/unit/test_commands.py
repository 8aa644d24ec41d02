import re
import subprocess
import sys

import pytest

from inbox_tui.commands import COMMANDS, COMMANDS_BY_ID, Context
from inbox_tui.keynames import BANNED_KEYS, EDITING_KEYS, parse_key

ALL_KEYS = [(entry.id, sequence) for entry in COMMANDS for sequence in entry.keys]


def test_ids_are_unique_and_found_by_id():
    assert len(COMMANDS_BY_ID) == len(COMMANDS)
    assert COMMANDS_BY_ID["triage.resolve"].keys == ("e",)


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.id)
def test_each_entry_has_a_dotted_id_a_title_and_one_plain_line_of_help(entry):
    assert re.fullmatch(r"[a-z]+(\.[a-z0-9_]+)+", entry.id)
    assert 0 < len(entry.title) <= 20
    assert 0 < len(entry.help) <= 72
    assert entry.help[0].isupper()
    assert not entry.help.endswith(".")
    assert entry.help.isascii()
    assert "\n" not in entry.help
    assert entry.contexts
    assert entry.keys


@pytest.mark.parametrize(("command_id", "sequence"), ALL_KEYS)
def test_default_keys_are_written_canonically_and_are_keys_every_terminal_sends(command_id, sequence):
    taken_by_terminals = {"ctrl+a", "ctrl+b", "ctrl+z", "ctrl+j", *BANNED_KEYS}
    for key in sequence.split(" "):
        assert parse_key(key) == key
        assert key not in taken_by_terminals


def test_no_key_of_the_list_is_a_text_key_of_the_filter_bar():
    for entry in COMMANDS:
        if Context.FILTER in entry.contexts:
            assert not any(key in EDITING_KEYS or len(key) == 1 for key in entry.keys)


def test_there_are_two_ways_out_that_are_not_escape():
    assert COMMANDS_BY_ID["app.quit"].keys == ("ctrl+q",)
    assert COMMANDS_BY_ID["app.back"].keys == ("q",)


def test_the_modules_of_keys_and_commands_load_no_textual():
    script = (
        "import sys, inbox_tui.resolver, inbox_tui.keymap, inbox_tui.commands; "
        "sys.exit('textual' in sys.modules or 'rich' in sys.modules)"
    )
    finished = subprocess.run([sys.executable, "-c", script], check=False, timeout=60)
    assert finished.returncode == 0
