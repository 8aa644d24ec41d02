"""`inbox-tui init`: a source is asked for, tried out over HTTP, and written down whole or not at all."""

import os
import stat

import keyring
import pytest
from click.testing import CliRunner
from keyring.backends.fail import Keyring as NoKeyring

from inbox_tui import config_write
from inbox_tui.cli import init, main
from inbox_tui.config import load
from inbox_tui.config_check import ConfigError
from inbox_tui.demo.faults import Fault
from tests.keyrings import ForgetfulKeyring, LockedKeyring, MemoryKeyring

BASES = {"awardee": "/v1", "mantlz": "/mantlz/api/v1", "mimicbot": "/mimicbot", "postbox": "/postbox"}
NOUNS = {"awardee": "page", "mantlz": "form", "mimicbot": "bot", "postbox": "form"}


@pytest.fixture
def ring():
    before = keyring.get_keyring()
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@pytest.fixture
def setting_up(bare, server, ring):
    """Runs `init` against the server; the answers are typed one a line."""

    def run(*words, provider="awardee", answers=(), base_url=None, **environ):
        line = ["init", "--base-url", base_url or server.url + BASES[provider], *words]
        typed = "".join(f"{answer}\n" for answer in answers)
        env = {**bare.environ, **environ}
        result = CliRunner().invoke(main, line, input=typed, env=env, prog_name="inbox-tui")
        assert "something went wrong that should not" not in result.stderr, result.stderr
        for key in server.keys.values():
            assert key not in result.output
        return result

    return run


def nothing_was_written(cli, ring, text=None):
    written = cli.config.read_text(encoding="utf-8") if cli.config.exists() else None
    left = [path.name for path in cli.directory.iterdir() if "config.toml" in path.name]
    return written == text and not ring.held and left == ([] if text is None else ["config.toml"])


def is_one_sentence(result):
    told = [line for line in result.stderr.splitlines() if line.startswith("inbox-tui: ")]
    return len(told) == 1 and told[0].endswith(".") and result.stderr.splitlines()[-1] == told[0]


@pytest.mark.parametrize("provider", list(BASES))
def test_every_provider_is_set_up_by_answering_the_questions(setting_up, bare, server, ring, provider):
    key = server.keys[provider]
    result = setting_up(provider=provider, answers=[provider, key, "mine", "y"])
    assert result.exit_code == 0, result.stderr
    assert "The key opens " in result.stdout
    assert f"{NOUNS[provider]}s:\n" in result.stdout
    source = load(bare.config).sources["mine"]
    assert (source.provider, source.base_url, source.key_env) == (
        provider,
        server.url + BASES[provider],
        None,
    )
    assert ring.held == {("inbox-tui", "mine"): key}
    assert key not in bare.config.read_text(encoding="utf-8")
    assert stat.S_IMODE(bare.config.stat().st_mode) == 0o600


def test_what_was_set_up_can_be_synced_at_once(setting_up, bare, server, ring):
    assert setting_up(answers=["awardee", server.keys["awardee"], "", ""]).exit_code == 0
    (name,) = load(bare.config).sources
    result = bare("sync")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith(f"{name}: 100 submissions here")


@pytest.mark.parametrize("provider", list(BASES))
def test_a_script_sets_up_a_source_without_a_question(setting_up, bare, server, ring, provider):
    words = ["--provider", provider, "--name", "acme", "--key-env", "ACME_KEY", "--yes"]
    result = setting_up(*words, provider=provider, ACME_KEY=server.keys[provider])
    assert result.exit_code == 0, result.stderr
    assert load(bare.config).sources["acme"].key_env == "ACME_KEY"
    assert ring.held == {}
    assert "Set ACME_KEY" not in result.stdout


def test_a_script_may_pipe_the_key_in(setting_up, bare, server, ring):
    result = setting_up("--provider", "awardee", "--yes", answers=[server.keys["awardee"]])
    assert result.exit_code == 0, result.stderr
    (name,) = load(bare.config).sources
    assert ring.held == {("inbox-tui", name): server.keys["awardee"]}


def test_the_names_of_the_account_are_cleaned_and_a_long_list_is_cut(monkeypatch, setting_up, server):
    from inbox_tui.cli import probe

    account = probe.Account("Acme\x1b[31m", tuple(f"page {number}\x07" for number in range(25)))
    monkeypatch.setattr(probe, "look", lambda config, secret: account)
    result = setting_up(answers=["awardee", server.keys["awardee"], "acme", "y"])
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    assert "\x07" not in result.stdout
    assert "25 pages:" in result.stdout
    assert "and 5 more" in result.stdout
    assert "page 20" not in result.stdout


def test_comments_and_the_other_sources_stay(setting_up, bare, server, ring):
    before = '# mine\n[sources.old]  # the first\nprovider = "awardee"\n\n[ui]\ntheme = "paper" # daylight'
    bare.config.write_text(before, encoding="utf-8")
    result = setting_up(answers=["awardee", server.keys["awardee"], "new", "y"])
    assert result.exit_code == 0, result.stderr
    assert bare.config.read_text(encoding="utf-8").startswith(before + "\n\n[sources.new]\n")
    assert list(load(bare.config).sources) == ["old", "new"]


@pytest.mark.parametrize(
    ("provider", "key"),
    [
        ("awardee", "no-such-key"),
        ("mantlz", "no-such-key"),
        ("mimicbot", "no-such-key"),
        ("postbox", "no-such-key"),
        ("mantlz", "mantlz.inactive"),
        ("mimicbot", "mimicbot.expired"),
        ("mimicbot", "mimicbot.no_agency"),
        ("postbox", "postbox.revoked"),
    ],
)
def test_a_key_that_opens_nothing_is_told_and_nothing_is_written(
    setting_up, bare, server, ring, provider, key
):
    result = setting_up(
        provider=provider, answers=[provider, server.keys.get(key, "wrong-key-0123456789"), "acme", "y"]
    )
    assert result.exit_code == 1
    assert is_one_sentence(result), result.stderr
    assert "127.0.0.1" in result.stderr or f"source {provider}" in result.stderr
    assert nothing_was_written(bare, ring)


def test_no_connection_is_told_and_nothing_is_written(setting_up, bare, server, ring):
    address = server.url
    server.stop()
    result = setting_up(base_url=f"{address}/v1", answers=["awardee", "k" * 20])
    assert (result.exit_code, is_one_sentence(result)) == (1, True)
    assert "cannot be reached" in result.stderr
    assert nothing_was_written(bare, ring)


def test_a_redirect_is_refused_and_nothing_is_written(setting_up, bare, server, ring):
    server.faults.add(Fault("*", "redirect"))
    server.forget_requests()
    result = setting_up(answers=["awardee", server.keys["awardee"]])
    assert (result.exit_code, is_one_sentence(result)) == (1, True)
    assert "never followed" in result.stderr
    assert [request.path for request in server.requests] == ["/v1/me"]
    assert nothing_was_written(bare, ring)


def test_pages_that_may_not_be_listed_do_not_stop_it(setting_up, bare, server, ring):
    server.faults.add(Fault("GET /v1/pages", "status", status=403, code="forbidden"))
    result = setting_up(answers=["awardee", server.keys["awardee"], "acme", "y"])
    assert result.exit_code == 0, result.stderr
    assert "The pages cannot be listed: 127.0.0.1 does not permit this" in result.stderr
    assert ("inbox-tui", "acme") in ring.held


def test_a_name_that_is_taken_or_not_allowed_is_asked_for_again(setting_up, bare, server, ring):
    bare.config.write_text('[sources.acme]\nprovider = "awardee"\n', encoding="utf-8")
    result = setting_up(answers=["awardee", server.keys["awardee"], "acme", "A B", "second", "y"])
    assert result.exit_code == 0
    assert "has a source acme already" in result.stderr
    assert "may hold only a-z" in result.stderr
    assert list(load(bare.config).sources) == ["acme", "second"]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--name", "old"], "has a source old already"),
        (["--name", "A B"], "may hold only a-z"),
        (["--name", ""], "may hold only a-z"),
        (["--provider", "awarde"], "Did you mean awardee?"),
        (["--yes"], "--provider is needed: awardee, "),
        (["--key-env", "A=B"], "--key-env must be the name"),
        (["--provider", "awardee", "--key-env", "NO_SUCH_KEY", "--yes"], "NO_SUCH_KEY, but that variable"),
        (["--provider", "awardee", "--base-url", "http://api.example/v1"], "must begin with https://"),
        (["--provider", "awardee", "--base-url", "x"], "is not an address"),
        (["--provider", "awardee", "--base-url", ""], "--base-url is empty"),
    ],
)
def test_an_option_that_cannot_be_used_is_exit_2_before_anything_is_sent(
    setting_up, bare, server, ring, words, part
):
    text = '[sources.old]\nprovider = "awardee"\n'
    bare.config.write_text(text, encoding="utf-8")
    server.forget_requests()
    result = setting_up(*words)
    assert result.exit_code == 2
    assert part in result.stderr
    assert server.requests == []
    assert nothing_was_written(bare, ring, text)


@pytest.mark.parametrize("key", ["", "two words", "ключ"])
def test_what_cannot_be_a_key_is_exit_2_and_not_sent(setting_up, bare, server, ring, key):
    server.forget_requests()
    result = setting_up(answers=["awardee", key])
    assert (result.exit_code, is_one_sentence(result)) == (2, True)
    assert "cannot be a key" in result.stderr
    assert server.requests == []
    assert nothing_was_written(bare, ring)


@pytest.mark.parametrize("answered", range(4))
def test_answers_that_end_early_are_exit_2_and_nothing_is_written(setting_up, bare, server, ring, answered):
    answers = ["awardee", server.keys["awardee"], "acme", "y"][:answered]
    result = setting_up(answers=answers)
    assert result.exit_code == 2
    assert "The input ended before the " in result.stderr
    assert nothing_was_written(bare, ring)


def test_no_to_the_last_question_writes_nothing(setting_up, bare, server, ring):
    result = setting_up(answers=["awardee", server.keys["awardee"], "acme", "n"])
    assert result.exit_code == 1
    assert "inbox-tui: Nothing was written.\n" in result.stderr
    assert nothing_was_written(bare, ring)


def test_without_a_keyring_a_variable_is_asked_for_and_named(setting_up, bare, server, ring):
    keyring.set_keyring(NoKeyring())
    answers = ["awardee", server.keys["awardee"], "acme", "y", "not a name", ""]
    result = setting_up(answers=answers)
    assert result.exit_code == 0, result.stderr
    assert "There is no system keyring here" in result.stderr
    assert load(bare.config).sources["acme"].key_env == "ACME_KEY"
    assert "Set ACME_KEY to the key before you start inbox-tui" in result.stdout


@pytest.mark.parametrize("backend", [NoKeyring, ForgetfulKeyring])
def test_without_a_keyring_a_script_gets_a_variable(setting_up, bare, server, ring, backend):
    keyring.set_keyring(backend())
    words = ["--provider", "awardee", "--name", "2nd-org", "--yes"]
    result = setting_up(*words, answers=[server.keys["awardee"]])
    assert result.exit_code == 0, result.stderr
    assert load(bare.config).sources["2nd-org"].key_env == "_2ND_ORG_KEY"


def test_a_locked_keyring_is_told_and_nothing_is_written(setting_up, bare, server, ring):
    keyring.set_keyring(LockedKeyring())
    result = setting_up(answers=["awardee", server.keys["awardee"], "acme", "y"])
    assert (result.exit_code, is_one_sentence(result)) == (1, True)
    assert "did not take the key of source acme (KeyringLocked)" in result.stderr
    assert nothing_was_written(bare, ring)


@pytest.mark.parametrize("held", [{}, {("inbox-tui", "acme"): "an older key"}])
def test_a_file_that_cannot_be_written_leaves_the_keyring_as_it_was(
    setting_up, bare, server, ring, monkeypatch, held
):
    def full(handle):
        raise OSError(28, "No space left on device")

    ring.held.update(held)
    monkeypatch.setattr(os, "fsync", full)
    result = setting_up(answers=["awardee", server.keys["awardee"], "acme", "y"])
    monkeypatch.undo()
    assert (result.exit_code, is_one_sentence(result)) == (2, True)
    assert "No space left" in result.stderr
    assert ring.held == held
    ring.held.clear()
    assert nothing_was_written(bare, ring)


def test_a_broken_configuration_is_told_before_anything_is_asked(setting_up, bare, server, ring):
    bare.config.write_text("[sources", encoding="utf-8")
    result = setting_up()
    assert (result.exit_code, is_one_sentence(result)) == (2, True)
    assert "is not valid TOML" in result.stderr
    assert nothing_was_written(bare, ring, "[sources")


def test_a_source_added_meanwhile_is_not_replaced_and_the_key_is_taken_back(
    setting_up, bare, server, ring, monkeypatch
):
    text = '[sources.acme]\nprovider = "awardee"\nkey_env = "X"\n'

    def meanwhile(name, file, key_env):
        bare.config.write_text(text, encoding="utf-8")
        return "Add it?"

    monkeypatch.setattr(init, "_question", meanwhile)
    result = setting_up(answers=["awardee", server.keys["awardee"], "acme", "y"])
    assert result.exit_code == 2
    assert "there is a source of that name already" in result.stderr
    assert nothing_was_written(bare, ring, text)


def test_a_key_that_cannot_be_taken_back_is_told(setting_up, bare, server, ring, monkeypatch):
    def locked_meanwhile(path, name, values):
        keyring.set_keyring(LockedKeyring())
        raise ConfigError("The file cannot be written.")

    monkeypatch.setattr(config_write, "add_source", locked_meanwhile)
    result = setting_up(answers=["awardee", server.keys["awardee"], "acme", "y"])
    assert result.exit_code == 1
    assert "The file cannot be written. The key of acme is still in the system keyring." in result.stderr


def test_ctrl_c_while_the_keyring_works_leaves_nothing(setting_up, bare, server, ring, monkeypatch):
    def interrupted(path, name, values):
        assert ring.held
        raise KeyboardInterrupt

    monkeypatch.setattr(config_write, "add_source", interrupted)
    result = setting_up(answers=["awardee", server.keys["awardee"], "acme", "y"])
    assert result.exit_code == 130
    assert nothing_was_written(bare, ring)


@pytest.mark.parametrize(
    ("text", "ending"),
    [("", ""), ("# only this", "\n\n"), ("# this\r\n", "\r\n"), ("\ufeff# mark\n", "\n")],
)
def test_a_section_is_added_in_the_line_breaks_of_the_file(tmp_path, text, ending):
    path = tmp_path / "config.toml"
    path.write_bytes(text.encode("utf-8"))
    config = config_write.add_source(path, "acme", {"provider": "awardee", "key_env": "A"})
    assert config.sources["acme"].key_env == "A"
    assert load(path).sources == config.sources
    added = path.read_bytes().decode("utf-8")
    kept = text.removeprefix("\ufeff")
    lines = ["[sources.acme]", 'provider = "awardee"', 'key_env = "A"', ""]
    assert added == kept + ending + ("\r\n" if "\r\n" in text else "\n").join(lines)


@pytest.mark.parametrize(
    "text",
    [
        '[sources.acme]\nprovider = "awardee"\n[ui]\nwrap = true\n[sources.b]\nprovider = "awardee"\n',
        'sources.acme.provider = "awardee"\n',
        '[sources]\nacme = {provider = "awardee"}\n',
        '[sources]\nacme.provider = "awardee"\n',
    ],
)
def test_sources_written_in_another_form_stay(tmp_path, text):
    path = tmp_path / "config.toml"
    path.write_text(text)
    config = config_write.add_source(path, "new", {"provider": "postbox"})
    assert path.read_text().startswith(text)
    assert next(iter(config.sources)) == "acme"
    assert config.sources["new"].provider == "postbox"


def test_sources_in_one_line_are_left_alone_and_told(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text('sources = {acme = {provider = "awardee"}}\n')
    with pytest.raises(ConfigError, match=r"\[sources\.new\] cannot be added"):
        config_write.add_source(path, "new", {"provider": "awardee"})
    assert path.read_text() == 'sources = {acme = {provider = "awardee"}}\n'


@pytest.mark.parametrize("name", ["A", "a.b", 'a"]\nx', ""])
def test_a_name_that_is_not_allowed_is_refused_by_the_writer_too(tmp_path, name):
    path = tmp_path / "config.toml"
    with pytest.raises(ConfigError):
        config_write.add_source(path, name, {"provider": "awardee"})
    assert list(tmp_path.iterdir()) == []
