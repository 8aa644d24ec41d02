"""The configuration file: what it may hold, and the sentence for everything else."""

import dataclasses
import os
import re
import stat
from pathlib import Path

import pytest

from cache.query import parse_query
from inbox_tui.config import ConfigError, ConfigMissing, SourceConfig, UiConfig, ViewConfig, load, parse
from inbox_tui.config_write import set_ui, write_atomic
from inbox_tui.keymap import build_keymap
from inbox_tui.views import all_views

PATH = Path("/somewhere/config.toml")

FULL = """
# my sources
[sources.acme]
provider = "awardee"
base_url = "https://api.example/v1"
key_env = "AWARDEE_API_KEY"
containers = ["p1"]
poll_seconds = 90
me = "u-1"
summary = ["Message"]
proxy = "http://proxy.example:3128"
ca_file = "/etc/ca.pem"

[ui]
theme = "paper"   # for daylight
layout = "wide"
signs = "plain"
advance = "stay"
mark_read = "never"
wrap = false

[keys]
"triage.resolve" = "e"
"triage.spam" = ["!", "s d"]
"app.quit" = []

[views.hot]
query = "is:open p:high"
sort = "-created"
"""


def test_everything_a_file_may_say_is_read():
    config = parse(FULL, PATH)
    assert config.sources["acme"] == SourceConfig(
        name="acme",
        provider="awardee",
        file="/somewhere/config.toml",
        base_url="https://api.example/v1",
        key_env="AWARDEE_API_KEY",
        containers=("p1",),
        poll_seconds=90.0,
        me="u-1",
        summary=("Message",),
        proxy="http://proxy.example:3128",
        ca_file="/etc/ca.pem",
    )
    assert config.ui == UiConfig("paper", "wide", "plain", "stay", "never", wrap=False)
    assert config.keys == {"triage.resolve": ("e",), "triage.spam": ("!", "s d"), "app.quit": ()}
    assert (config.views["hot"].query, config.views["hot"].sort) == ("is:open p:high", "-created")
    assert config.key_problems == ()


def test_an_empty_file_gives_the_defaults():
    config = parse("", PATH)
    assert config.ui == UiConfig()
    assert not config.sources
    assert not config.views


def test_empty_texts_count_as_not_set():
    source = parse('[sources.a]\nprovider="awardee"\nme=""\nproxy=""\nca_file=""\nkey_env=""', PATH).sources[
        "a"
    ]
    assert (source.me, source.proxy, source.ca_file, source.key_env) == (None, None, None, None)


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:1", "[::1]:80"])
def test_plain_http_is_allowed_on_this_machine(host):
    text = f'[sources.a]\nprovider="awardee"\nbase_url="http://{host}/v1"'
    assert parse(text, PATH).sources["a"].base_url == f"http://{host}/v1"


SOURCE = '[sources.acme]\nprovider = "awardee"\n'

MISTAKES = {
    "unknown table": ("[source.acme]", ["unknown table source", "nearest known one is sources"]),
    "top-level key": ("theme = 'x'", ["unknown table theme"]),
    "unknown source key": (SOURCE + "bas_url = 'x'", ["[sources.acme]", "unknown key bas_url", "base_url"]),
    "unknown ui key": ("[ui]\nthem = 'x'", ["[ui]", "unknown key them", "theme"]),
    "unknown view key": ("[views.hot]\nquery='x'\nsrt='y'", ["[views.hot]", "srt", "sort"]),
    "unknown provider": ("[sources.a]\nprovider='awarde'", ["provider", "awarde is unknown", "awardee"]),
    "no provider": ("[sources.a]\nkey_env='X'", ["[sources.a]", "provider is missing"]),
    "unknown layout": ("[ui]\nlayout='wid'", ["layout", "wid is unknown", "nearest known one is wide"]),
    "empty enum": ("[ui]\nsigns=''", ["signs", "an empty text is unknown"]),
    "wrong type": ("[ui]\nwrap='yes'", ["wrap", "must be true or false, not a text"]),
    "number for text": ("[ui]\ntheme=3", ["theme", "must be a text, not a number"]),
    "date for text": ("[ui]\ntheme=2026-01-01", ["theme", "not a date or time"]),
    "poll true": (
        SOURCE + "poll_seconds=true",
        ["poll_seconds", "number of seconds, not a true/false value"],
    ),
    "poll nan": (SOURCE + "poll_seconds=nan", ["poll_seconds", "between 1 and 86400"]),
    "poll zero": (SOURCE + "poll_seconds=0", ["poll_seconds", "between 1 and 86400"]),
    "source name": ("[sources.Acme]\nprovider='awardee'", ["[sources.Acme]", "a-z, 0-9, _ and -"]),
    "dotted source name": ("[sources.'a.b']\nprovider='awardee'", ["a-z, 0-9, _ and -"]),
    "source no table": ("[sources]\nacme='awardee'", ["[sources]", "acme", "must be a table, not a text"]),
    "sources no table": ("sources=3", ["sources", "must be a table, not a number"]),
    "both keys": (SOURCE + "key_env='A'\nkey_command=['x']", ["[sources.acme]", "key_env and key_command"]),
    "command as text": (SOURCE + "key_command='pass show x'", ["key_command", "a list of texts, not a text"]),
    "empty command": (SOURCE + "key_command=[]", ["key_command", "needs a program"]),
    "key_env shape": (SOURCE + "key_env='A=B'", ["key_env", "name of an environment variable"]),
    "plain key": (SOURCE + "key='aw_live_1'", ["unknown key key", "key_env"]),
    "http elsewhere": (SOURCE + "base_url='http://api.example'", ["base_url", "must begin with https://"]),
    "loopback look-alike": (
        SOURCE + "base_url='http://localhost.evil.example'",
        ["must begin with https://"],
    ),
    "no scheme": (SOURCE + "base_url='api.example/v1'", ["base_url", "is not an address"]),
    "other scheme": (SOURCE + "base_url='ftp://api.example'", ["must begin with https://"]),
    "userinfo": (SOURCE + "base_url='https://me:pw@api.example'", ["password does not belong"]),
    "query": (SOURCE + "base_url='https://api.example/?k=1'", ["nothing after the path"]),
    "bad port": (SOURCE + "base_url='https://api.example:99999'", ["base_url", "is not an address"]),
    "proxy": (SOURCE + "proxy='socks5://p.example:1'", ["proxy", "http:// or https://"]),
    "control character": ('[ui]\ntheme="a\\u001bb"', ["theme", "control character"]),
    "view without query": ("[views.hot]\nsort='-created'", ["[views.hot]", "query is missing"]),
    "view no table": ("[views]\nhot='is:open'", ["[views]", "hot", "must be a table"]),
    "syntax": ("[ui]\ntheme = \n", ["not valid TOML", "line 2"]),
    "twice": ("[ui]\n[ui]\n", ["not valid TOML", "line 2"]),
}


@pytest.mark.parametrize(("text", "parts"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_one_sentence_that_names_file_and_key(text, parts):
    with pytest.raises(ConfigError) as caught:
        parse(text, PATH)
    message = str(caught.value)
    assert message.startswith("/somewhere/config.toml")
    assert message.endswith(".")
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_a_password_in_an_address_is_not_repeated():
    with pytest.raises(ConfigError) as caught:
        parse(SOURCE + "base_url='https://me:hunter2@api.example'", PATH)
    assert "hunter2" not in str(caught.value)


def test_hostile_text_in_a_message_is_cleaned():
    with pytest.raises(ConfigError) as caught:
        parse('[ui]\nlayout="w"\n"\\u009b31m" = 1', PATH)
    assert "\x9b" not in str(caught.value)


def test_bad_key_lines_are_skipped_and_told_and_the_rest_stays():
    config = parse('[keys]\n"a.b" = "x"\n"c.d" = 3\ntriage.resolve = "e"\n"e.f" = ["x", 1]', PATH)
    assert config.keys == {"a.b": ("x",)}
    assert len(config.key_problems) == 3
    assert "in quotes" in next(problem for problem in config.key_problems if "triage" in problem)


def test_keys_that_are_no_table_are_a_problem_and_no_error():
    config = parse("keys = 3", PATH)
    assert config.keys == {}
    assert len(config.key_problems) == 1


def test_a_missing_file_says_how_to_make_one_and_that_the_demo_needs_none(tmp_path):
    with pytest.raises(ConfigMissing) as caught:
        load(tmp_path / "config.toml")
    assert "`inbox-tui init`" in str(caught.value)
    assert "inbox-tui demo" in str(caught.value)


def test_a_file_that_is_not_text_is_an_error(tmp_path):
    (tmp_path / "config.toml").write_bytes(b"[ui]\ntheme = '\xff'")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(tmp_path / "config.toml")


def test_a_directory_in_place_of_the_file_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path)


def test_setting_a_ui_key_keeps_comments_and_everything_else(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(FULL)
    config = set_ui(path, "theme", "dusk")
    assert config.ui.theme == "dusk"
    assert path.read_text() == FULL.replace('"paper"', '"dusk"')
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["config.toml"]


def test_setting_a_ui_key_makes_a_missing_file(tmp_path):
    path = tmp_path / "deep" / "config.toml"
    set_ui(path, "wrap", False)
    assert load(path).ui.wrap is False
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(("key", "value"), [("layout", "wid"), ("nothing", "x"), ("wrap", "yes")])
def test_a_value_that_is_not_allowed_leaves_the_file_as_it_was(tmp_path, key, value):
    path = tmp_path / "config.toml"
    path.write_text(FULL)
    with pytest.raises(ConfigError):
        set_ui(path, key, value)
    assert path.read_text() == FULL


def test_a_broken_file_is_not_written_over(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text("[ui\n")
    with pytest.raises(ConfigError):
        set_ui(path, "theme", "dusk")
    assert path.read_text() == "[ui\n"


def test_a_failed_write_leaves_the_old_file_and_no_temporary_one(tmp_path, monkeypatch):
    path = tmp_path / "config.toml"
    path.write_text("old")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="No space left"):
        write_atomic(path, "new")
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["config.toml"]


def test_a_linked_file_stays_a_link(tmp_path):
    real = tmp_path / "dotfiles.toml"
    real.write_text("")
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    set_ui(link, "theme", "dusk")
    assert link.is_symlink()
    assert "dusk" in real.read_text()


def test_the_documented_examples_are_valid_and_every_key_is_described():
    page = (Path(__file__).parents[2] / "docs" / "config.md").read_text(encoding="utf-8")
    examples = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert examples
    for example in examples:
        config = parse(example, PATH)
        assert config.key_problems == ()
        assert list(map(str, build_keymap(config.keys)[1])) == []
        for view in all_views(config):
            parse_query(view.query)
    hidden = {"name", "file", "path"}
    names = [
        field.name for kind in (SourceConfig, UiConfig, ViewConfig) for field in dataclasses.fields(kind)
    ]
    assert [name for name in names if name not in hidden and f"`{name}`" not in page] == []
