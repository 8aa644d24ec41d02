"""Credentials: found where the configuration says, shown nowhere."""

import copy
import pickle
import subprocess
import sys
import traceback

import keyring
import keyring.errors
import pytest

from inbox_tui.config import SourceConfig
from inbox_tui.secrets import BadKey, MissingKey, Secret, SecretError, load_secret, store_secret
from tests.keyrings import MemoryKeyring

CANARY = "aw_live_0123456789abcdef0123456789abcdef"


def source(**values):
    return SourceConfig("acme", "awardee", file="/c/config.toml", **values)


def command(*arguments):
    return source(key_command=(sys.executable, "-c", *arguments))


def spoken(exc):
    return "".join(traceback.format_exception(exc))


@pytest.mark.parametrize(
    "show", [repr, str, "{}".format, "{!r:>40}".format, lambda s: f"{s:>20}", lambda s: f"{[s]}"]
)
def test_no_text_form_shows_the_value(show):
    text = show(Secret(CANARY))
    assert CANARY not in text
    assert "****" in text


def test_only_reveal_gives_the_value():
    assert Secret(CANARY).reveal() == CANARY


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_secret_is_never_pickled(protocol):
    with pytest.raises(TypeError) as caught:
        pickle.dumps(Secret(CANARY), protocol)
    assert CANARY not in spoken(caught.value)


def test_copies_stay_secrets():
    assert copy.deepcopy([Secret(CANARY)]) == [Secret(CANARY)]
    assert Secret(CANARY) != CANARY


def test_redact_takes_the_value_out_of_a_text():
    assert Secret(CANARY).redact(f"the key {CANARY} is bad") == "the key [key] is bad"


@pytest.mark.parametrize(
    "value",
    ["", "sec ret", "a\nb", "key\n\n", "\x1bkey", "a\x7fb", "ключ", "a\u00a0b", "a\ud800", "x" * 5000],
)
def test_a_value_that_cannot_be_sent_is_refused_without_being_shown(value):
    with pytest.raises(BadKey) as caught:
        Secret(value)
    assert len(value) < 2 or value not in spoken(caught.value)
    assert str(caught.value).endswith(".")


def test_the_key_comes_from_the_named_variable():
    assert load_secret(source(key_env="K"), {"K": CANARY}).reveal() == CANARY


@pytest.mark.parametrize("environ", [{}, {"K": ""}])
def test_a_missing_variable_is_named_with_file_and_source(environ):
    with pytest.raises(MissingKey) as caught:
        load_secret(source(key_env="K"), environ)
    for part in ("/c/config.toml", "sources.acme", "key_env", " K,"):
        assert part in str(caught.value)


def test_a_bad_variable_is_told_without_its_value():
    with pytest.raises(BadKey) as caught:
        load_secret(source(key_env="K"), {"K": CANARY + " "})
    assert "holds a blank" in str(caught.value)
    assert "sources.acme" in str(caught.value)
    assert CANARY not in spoken(caught.value)


@pytest.mark.parametrize("ending", ["", "\\n", "\\r\\n"])
def test_a_command_gives_the_key_and_one_line_break_is_taken_off(ending):
    config = command(f"import sys; sys.stdout.write('{CANARY}{ending}')")
    assert load_secret(config, {}).reveal() == CANARY


def test_a_command_that_prints_two_lines_is_refused():
    with pytest.raises(BadKey) as caught:
        load_secret(command(f"print('{CANARY}'); print('more')"), {})
    assert CANARY not in str(caught.value)


def test_what_a_failing_command_says_is_never_shown(capfd):
    with pytest.raises(MissingKey) as caught:
        load_secret(command(f"import sys; print('{CANARY}'); sys.exit('{CANARY}')"), {})
    assert "exit code 1" in str(caught.value)
    assert CANARY not in str(caught.value)
    assert CANARY not in "".join(capfd.readouterr())


def test_a_command_is_run_without_a_shell_and_with_a_deadline():
    seen = {}

    def run(arguments, **options):
        seen.update(options, arguments=arguments)
        return subprocess.CompletedProcess(arguments, 0, CANARY.encode(), b"")

    load_secret(source(key_command=("pass", "show", "; rm -rf x")), {"A": "b"}, run)
    assert seen["arguments"] == ["pass", "show", "; rm -rf x"]
    assert seen["shell"] is False
    assert seen["timeout"] == 30
    assert seen["env"] == {"A": "b"}


def test_a_command_that_hangs_is_given_up_and_its_output_forgotten():
    def run(arguments, **options):
        raise subprocess.TimeoutExpired(arguments, 30, output=CANARY.encode())

    with pytest.raises(MissingKey) as caught:
        load_secret(source(key_command=("pass",)), {}, run)
    assert "30 seconds" in str(caught.value)
    assert caught.value.__cause__ is None
    assert CANARY not in spoken(caught.value)


@pytest.mark.parametrize(
    ("config", "part"),
    [
        (source(key_command=("/no/such/program",)), "was not found"),
        (command("pass"), "printed nothing"),
        (command("import sys; sys.stdout.buffer.write(bytes([255]))"), "not UTF-8"),
    ],
)
def test_other_command_failures_are_one_sentence(config, part):
    with pytest.raises(SecretError) as caught:
        load_secret(config, {})
    assert part in str(caught.value)
    assert "sources.acme" in str(caught.value)


class LockedKeyring(MemoryKeyring):
    def get_password(self, service, username):
        raise keyring.errors.KeyringLocked(CANARY)

    def set_password(self, service, username, password):
        raise keyring.errors.PasswordSetError(password)


@pytest.fixture
def use_keyring():
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)


def test_without_either_the_system_keyring_is_asked(use_keyring):
    backend = MemoryKeyring()
    use_keyring(backend)
    store_secret("acme", Secret(CANARY))
    assert backend.held == {("inbox-tui", "acme"): CANARY}
    assert load_secret(source(), {}).reveal() == CANARY


def test_an_empty_keyring_names_the_other_two_ways(use_keyring):
    use_keyring(MemoryKeyring())
    with pytest.raises(MissingKey) as caught:
        load_secret(source(), {})
    for part in ("key_env", "key_command", "inbox-tui", "acme"):
        assert part in str(caught.value)


def test_no_keyring_at_all_names_the_other_two_ways(use_keyring):
    from keyring.backends.fail import Keyring

    use_keyring(Keyring())
    with pytest.raises(MissingKey, match="no system keyring here; key_env or key_command"):
        load_secret(source(), {})


def test_a_keyring_that_refuses_says_so_without_the_key(use_keyring):
    use_keyring(LockedKeyring())
    for attempt in (lambda: load_secret(source(), {}), lambda: store_secret("acme", Secret(CANARY))):
        with pytest.raises(MissingKey) as caught:
            attempt()
        assert "key_env" in str(caught.value)
        assert CANARY not in str(caught.value)
