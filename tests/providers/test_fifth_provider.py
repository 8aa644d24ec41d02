"""A provider nobody knew: its module and its line in the registry are all that the program needs."""

import contextlib
import json
import re
import threading
from pathlib import Path

import keyring
import pytest
from click.testing import CliRunner
from keyring.backends.fail import Keyring as NoKeyring
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from cache.models import TRIAGE_FIELDS
from cache.sync import remote
from cache.sync.remote import Remote
from inbox_tui import providers
from inbox_tui.cli import main
from inbox_tui.config import ConfigError, parse
from inbox_tui.demo.server import LoopbackServer, listen
from tests.providers.slate import PAGE

KEY = "slate-key-0123456789"


class Slate:
    """The system itself, on a loopback port."""

    def __init__(self):
        self.lines = [
            {
                "id": f"line-{number}",
                "written": f"2026-05-{number:02}T10:00:00Z",
                "says": {"email": f"n{number}@example.org", "words": f"line number {number}"},
            }
            for number in range(7, 0, -1)
        ]
        self.methods = []
        self.key = KEY
        routes = [Route("/owner", self.owner), Route("/lines", self.listed)]
        self._app = Starlette(routes=routes)

    async def owner(self, request):
        return self._answer(request, {"owner": "The Slate Club"})

    async def listed(self, request):
        start = int(request.query_params["from"])
        rest = len(self.lines) > start + PAGE
        more = {"next": str(start + PAGE)} if rest else {}
        return self._answer(request, {"lines": self.lines[start : start + PAGE], **more})

    def _answer(self, request, body):
        self.methods.append(request.method)
        if request.headers["authorization"] != f"Bearer {self.key}":
            return JSONResponse({"error": "wrong key"}, 401)
        return JSONResponse(body)

    @contextlib.contextmanager
    def served(self):
        listener = listen(0)
        server = LoopbackServer(self._app, listener)
        thread = threading.Thread(target=server.run_here, name="slate")
        thread.start()
        try:
            assert server.ready.wait(10)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.stop()
            thread.join()


@pytest.fixture
def slate():
    return Slate()


@pytest.fixture
def command(tmp_path, slate):
    """Runs commands; the configuration is made by `inbox-tui init`."""
    environ = {
        "INBOX_TUI_CONFIG": str(tmp_path / "config.toml"),
        "INBOX_TUI_DATA": str(tmp_path / "data"),
        "SLATE_KEY": KEY,
    }

    def run(*words, code=0):
        result = CliRunner().invoke(main, list(words), env=environ, prog_name="inbox-tui")
        assert result.exit_code == code, result.output
        return result

    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())
    with providers.registered("slate", "tests.providers.slate"), slate.served() as url:
        run(
            "init",
            "--provider",
            "slate",
            "--base-url",
            url,
            "--name",
            "club",
            "--key-env",
            "SLATE_KEY",
            "--yes",
        )
        yield run
    keyring.set_keyring(before)


def rows(command, *words):
    return {row["id"]: row for row in json.loads(command("list", *words, "--json").stdout)}


def test_it_is_set_up_synced_and_listed(command, slate):
    assert "club: 7 submissions here, 7 new" in command("sync").stdout
    listed = rows(command)
    assert set(listed) == {line["id"] for line in slate.lines}
    row = listed["line-3"]
    assert (row["provider"], row["source"], row["container_name"]) == ("slate", "club", "The slate")
    assert row["created_at"] == "2026-05-03T10:00:00Z"
    assert row["contact"]["email"] == "n3@example.org"
    assert [field["label"] for field in row["fields"]] == ["E-mail", "words"]
    assert row["triage"] == dict.fromkeys(TRIAGE_FIELDS, "local")
    assert set(rows(command, "n5@example.org")) == {"line-5"}
    assert "line number 3" in command("show", "line-3").stdout


def test_its_triage_is_kept_here_and_survives_a_sync_and_an_undo(command, slate):
    command("sync")
    command("set", "line-2", "--status", "resolved", "--note", "called back")
    result = command("sync")
    assert "0 waiting" in result.stdout
    row = rows(command, "is:resolved")["line-2"]
    assert (row["notes"], row["pending"], row["sync"]) == ("called back", [], "clean")
    command("sync", "--full")
    assert rows(command)["line-2"]["status"] == "resolved"
    command("undo")
    command("sync")
    assert (rows(command)["line-2"]["status"], rows(command)["line-2"]["notes"]) == ("new", None)
    assert set(slate.methods) == {"GET"}


def test_a_line_that_arrives_is_new_and_a_broken_one_is_left_out(command, slate):
    command("sync")
    slate.lines.insert(0, {"id": "line-9", "written": "2026-06-01T10:00:00Z", "says": "plain words"})
    slate.lines.insert(0, {"id": "line-8", "written": "some day", "says": {}})
    result = command("sync", code=1)
    assert "not readable and left out" in result.stderr
    assert set(rows(command)) - {f"line-{number}" for number in range(1, 8)} == {"line-9"}
    assert rows(command)["line-9"]["fields"][0]["value"] == "plain words"


def test_a_key_that_is_refused_is_a_sentence_and_the_rest_stays(command, slate):
    command("sync")
    slate.key = "another"
    result = command("sync", code=1)
    assert "127.0.0.1 does not accept the key of source club" in result.stderr
    assert len(rows(command)) == 7


def test_its_name_is_known_only_while_it_is_registered():
    text = '[sources.club]\nprovider = "slate"\n'
    with pytest.raises(ConfigError):
        parse(text, "config.toml")
    with providers.registered("slate", "tests.providers.slate"):
        assert parse(text, "config.toml").sources["club"].provider == "slate"
        assert providers.keeps_no_triage("slate")
    assert "slate" not in providers.provider_names()


@pytest.mark.parametrize("name", ["awardee", "postbox"])
def test_a_name_that_is_taken_is_not_given_again(name):
    with pytest.raises(ValueError, match=name), providers.registered(name, "tests.providers.slate"):
        pass
    assert name in providers.provider_names()


def test_the_page_on_adding_a_provider_names_all_that_is_asked_of_one():
    page = (Path(__file__).parents[2] / "docs" / "adding-a-provider.md").read_text(encoding="utf-8")
    kinds = (*Remote.__mro__, providers.ProviderModule)
    ours = [kind for kind in kinds if kind.__module__.startswith(("cache.", "inbox_tui."))]
    asked = [name for kind in ours for name in (*vars(kind), *kind.__annotations__) if name[0] != "_"]
    assert {"page", "decode", "aclose", "budget", "ENDPOINT"} <= set(asked)
    assert [name for name in asked if not re.search(rf"`{name}[(`]", page)] == []
    errors = [kind.__name__ for kind in vars(remote).values() if isinstance(kind, type) and is_error(kind)]
    assert {"NeverLeft", "BadAnswer"} <= set(errors)
    assert [name for name in errors if f"`{name}`" not in page] == []


def is_error(kind):
    return issubclass(kind, remote.RemoteError) and kind is not remote.RemoteError
