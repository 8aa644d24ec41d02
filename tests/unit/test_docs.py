import importlib
import tomllib

import click
import pytest

from inbox_tui.commands import COMMANDS
from inbox_tui.keymap import build_keymap
from tests import generate_docs


def test_generated_pages_are_what_the_program_says_now():
    assert generate_docs.stale_pages() == [], "run `make docs`"


def test_keys_page_has_a_line_for_every_command():
    lines = generate_docs.keys_page().splitlines()
    for entry in COMMANDS:
        assert sum(line.endswith(f"| `{entry.id}` |") for line in lines) == 1


def test_the_example_on_the_keys_page_can_be_used_as_it_stands():
    example = generate_docs.keys_page().partition("```toml\n")[2].partition("```")[0]
    keymap, problems = build_keymap(tomllib.loads(example)["keys"])
    assert problems == []
    assert keymap.keys_of("display.signs") == ()


def test_every_table_line_of_the_keys_page_has_four_cells():
    rows = [line for line in generate_docs.keys_page().splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {5}


def test_commands_page_shows_the_help_of_every_command_and_subcommand_but_hidden_ones():
    @click.group(help="The whole program.")
    def main() -> None:
        """Never called."""

    @main.group(help="Waiting edits.")
    def outbox() -> None:
        """Never called."""

    outbox.add_command(click.Command("list", help="List them."))
    main.add_command(click.Command("secret", help="Not for people.", hidden=True))

    page = generate_docs.commands_page(main)

    assert "## inbox-tui outbox list\n" in page
    assert "Usage: inbox-tui outbox list" in page
    assert "List them." in page
    assert "secret" not in page


def test_a_page_is_either_made_or_named_as_left_out():
    made, left_out = generate_docs.pages()
    has_commands = any(path.name == "commands.md" for path in made)
    has_main = hasattr(importlib.import_module("inbox_tui.cli"), "main")
    assert has_commands is has_main
    assert any("docs/commands.md" in sentence for sentence in left_out) is not has_main


def test_check_exits_1_on_a_stale_page_and_writes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(generate_docs, "ROOT", tmp_path)
    assert generate_docs.run(["--check"]) == 1
    assert "docs/keys.md" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_writing_the_pages_makes_the_check_pass(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(generate_docs, "ROOT", tmp_path)
    assert generate_docs.run([]) == 0
    assert "docs/keys.md" in capsys.readouterr().out
    assert generate_docs.run(["--check"]) == 0


def test_an_unknown_option_of_the_generator_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as caught:
        generate_docs.run(["--chekc"])
    assert caught.value.code == 2
    assert "--chekc" in capsys.readouterr().err
