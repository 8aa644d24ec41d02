import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from inbox_tui import __version__, workspace
from inbox_tui.cli import main


def test_version_needs_no_configuration(bare):
    result = bare("--version")
    assert (result.exit_code, result.stdout) == (0, f"inbox-tui {__version__}\n")
    assert not bare.data.exists()


def test_an_unknown_command_names_the_nearest(bare):
    result = bare("lst")
    assert result.exit_code == 2
    assert result.stderr.startswith('inbox-tui: There is no command "lst". Did you mean `inbox-tui list`?\n')
    assert bare("xyzzy").exit_code == 2


@pytest.mark.parametrize(
    "words",
    [
        ["list"],
        ["show", "7"],
        ["sync"],
        ["set", "7", "--flag"],
        ["undo"],
        ["redo"],
        ["outbox", "list"],
        ["config", "check"],
    ],
    ids=" ".join,
)
def test_without_a_configuration_it_is_exit_2_and_says_how_to_begin(bare, words):
    result = bare(*words)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"inbox-tui: There is no configuration at {bare.config}")
    assert "`inbox-tui demo`" in result.stderr
    assert not bare.data.exists()


@pytest.mark.parametrize(
    "words", [["--version"], ["config", "path"], ["keys"], ["keys", "--json"], ["themes"]]
)
@pytest.mark.parametrize("text", ["[sources", '[sources.a]\nprovidr = "awardee"'])
def test_these_run_with_a_configuration_that_cannot_be_used(bare, words, text):
    bare.config.write_text(text, encoding="utf-8")
    assert bare(*words).exit_code == 0


def test_a_mistake_in_the_configuration_is_exit_2_with_file_and_key(bare):
    bare.config.write_text('[sources.a]\nprovidr = "awardee"', encoding="utf-8")
    result = bare("list")
    assert result.exit_code == 2
    assert f"inbox-tui: {bare.config}, [sources.a]: unknown key providr" in result.stderr
    assert "provider" in result.stderr


def test_config_path_is_where_the_environment_says(bare):
    assert bare("config", "path").stdout == f"{bare.config}\n"


def test_config_check_finds_what_the_inbox_would_only_mention(bare):
    bare.config.write_text('[ui]\ntheme = "dusk"\n[sources.acme]\nprovider = "awardee"\n', encoding="utf-8")
    assert bare("config", "check").exit_code == 0
    bare.config.write_text(
        '[ui]\ntheme = "dsk"\n[keys]\n"triage.resolv" = "e"\n[views.bad]\nquery = "status:opne"\n',
        encoding="utf-8",
    )
    themes = bare.directory / "themes"
    themes.mkdir()
    (themes / "broken.toml").write_text("dark = 3", encoding="utf-8")
    result = bare("config", "check")
    assert result.exit_code == 2
    for part in ("triage.resolv", "[views.bad]", "broken.toml", 'no theme "dsk"'):
        assert part in result.stderr
    assert bare("list").exit_code == 0


def test_keys_are_printed_as_configured_and_problems_are_told(bare):
    bare.config.write_text('[keys]\n"triage.resolve" = "D"\n"nothing.here" = "q"\n', encoding="utf-8")
    result = bare("keys", "--json")
    table = {row["id"]: row["keys"] for row in json.loads(result.stdout)}
    assert table["triage.resolve"] == ["D"]
    assert "nothing.here" in result.stderr
    assert "(triage.resolve)" in bare("keys").stdout


def test_themes_lists_bundled_and_own_and_names_broken_ones(bare):
    themes = bare.directory / "themes"
    themes.mkdir()
    (themes / "mine.toml").write_text('base = "paper"\n', encoding="utf-8")
    (themes / "broken.toml").write_text("dark = 3", encoding="utf-8")
    listed = bare.json("themes", "--json")
    names = {theme["name"]: theme["bundled"] for theme in listed["themes"]}
    assert names == {"dusk": True, "paper": True, "contrast": True, "terminal": True, "mine": False}
    assert [Path(problem["path"]).name for problem in listed["problems"]] == ["broken.toml"]
    result = bare("themes")
    assert "mine" in result.stdout
    assert "broken.toml" in result.stderr


@pytest.mark.parametrize("name", ["cache.db", "outbox.db"])
def test_a_file_of_a_newer_version_is_exit_3_and_left_as_it_is(synced, name):
    with closing(sqlite3.connect(synced.data / name)) as conn:
        conn.execute("PRAGMA user_version=99")
    before = (synced.data / name).read_bytes()
    result = synced("list")
    assert result.exit_code == 3
    assert "newer version" in result.stderr
    assert (synced.data / name).read_bytes() == before


def test_a_damaged_file_is_one_sentence(synced):
    (synced.data / "cache.db-wal").unlink(missing_ok=True)
    (synced.data / "cache.db").write_bytes(b"this is no database at all" * 400)
    result = synced("list")
    assert result.exit_code == 0
    assert result.stderr.startswith("inbox-tui: The local copy was damaged; your edits are safe.")
    assert result.stderr.count("inbox-tui: ") == 1


def test_a_data_directory_others_can_write_to_is_refused(synced):
    synced.data.chmod(0o777)
    result = synced("list")
    assert result.exit_code == 1
    assert "chmod 700" in result.stderr
    synced.data.chmod(0o700)


def test_an_error_nobody_expected_shows_no_values(synced, monkeypatch):
    def broken(environ=None):
        raise KeyError("mara@lindqvist.example")

    monkeypatch.setattr(workspace, "open_workspace", broken)
    result = CliRunner().invoke(main, ["list"], env=synced.environ)
    assert result.exit_code == 1
    assert "KeyError" in result.stderr
    assert "mara" not in result.output


def test_an_argument_too_many_is_a_usage_error_in_one_line_and_a_hint(bare):
    result = bare("undo", "7")
    assert result.exit_code == 2
    assert result.stderr.startswith("inbox-tui: ")
    assert "Try: inbox-tui undo --help" in result.stderr


def test_every_command_explains_itself(bare):
    for command in main.list_commands(None):
        result = bare(command, "--help")
        assert result.exit_code == 0
        assert result.stdout.startswith(f"Usage: inbox-tui {command}")


def test_a_group_without_a_subcommand_shows_its_help_and_is_exit_2(bare):
    result = bare("config")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == bare("config", "--help").stdout
    assert result.stderr.startswith("Usage: inbox-tui config [OPTIONS] COMMAND")


def test_config_check_ends_a_question_with_its_own_mark_alone(bare):
    bare.config.write_text('[keys]\n"triage.resolv" = ["r"]\n', encoding="utf-8")
    said = bare("config", "check").stderr
    assert "did you mean triage.resolve?\n" in said


def test_config_check_names_the_file_in_every_problem(bare):
    bare.config.write_text(
        '[ui]\ntheme = "dsk"\n[keys]\n"triage.spam" = ["!", "s d"]\n[views.bad]\nquery = "status:opne"\n',
        encoding="utf-8",
    )
    result = bare("config", "check")
    assert result.exit_code == 2
    told = [line for line in result.stderr.splitlines() if not line.startswith("  ")]
    assert [line.startswith(f"inbox-tui: {bare.config}, [") for line in told] == [True] * 3
    assert f'{bare.config}, [keys] "triage.spam" = "s d": it already runs triage.status' in result.stderr


def test_config_check_warns_of_a_key_that_is_not_set_and_calls_the_file_good_but_for_it(bare):
    bare.config.write_text(
        '[sources.acme]\nprovider = "awardee"\nkey_env = "NO_SUCH_KEY"\n', encoding="utf-8"
    )
    result = bare("config", "check")
    assert result.exit_code == 0
    assert result.stderr == (
        f"inbox-tui: {bare.config}, [sources.acme]:"
        " key_env names NO_SUCH_KEY, but that variable is not set.\n"
    )
    assert result.stdout == f"{bare.config} is good: 1 source, 1 of them without a key.\n"
    bare.environ["NO_SUCH_KEY"] = "k"
    assert bare("config", "check").stdout == f"{bare.config} is good: 1 source.\n"


def test_options_of_the_inbox_do_not_go_before_a_command(bare):
    result = bare("--view", "mine", "list")
    assert result.exit_code == 2
    assert "put them after it" in result.stderr
