"""Commands run in this process against the real reference server, each test with files of its own."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from inbox_tui.cli import main
from tests.reference import reference_server

SUBMISSIONS = 100
NOW = datetime(2026, 5, 22, 9, 14, tzinfo=UTC)


TWO_SOURCES = """
[sources.acme]
provider = "awardee"
key_env = "A"

[sources.post]
provider = "postbox"
key_env = "B"
"""


@dataclass
class CommandLine:
    """Runs commands with one configuration and data directory."""

    directory: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.directory / "config.toml"

    @property
    def data(self) -> Path:
        return self.directory / "data"

    def configure(self, server, *, sources: Mapping[str, str] | None = None, more: str = "") -> None:
        """Write a configuration: the sources by name, each with the name of its key on the server."""
        lines = []
        for name, key in (sources or {"acme": "awardee"}).items():
            variable = f"KEY_{name.upper()}"
            self.environ[variable] = server.keys[key]
            lines += [f"[sources.{name}]", 'provider = "awardee"', f'base_url = "{server.url}/v1"']
            lines.append(f'key_env = "{variable}"')
            if key == "awardee":
                lines.append(f'me = "{server.me}"')
        self.config.write_text("\n".join([*lines, more]) + "\n", encoding="utf-8")

    def __call__(self, *words: str, answer: str | None = None) -> Result:
        """Run a command; `answer` is what is typed when it asks."""
        result = CliRunner().invoke(main, list(words), env=self.environ, prog_name="inbox-tui", input=answer)
        assert "something went wrong that should not" not in result.stderr, result.stderr
        return result

    def json(self, *words: str):
        """Run a command that must succeed and read its JSON."""
        result = self(*words)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)


@pytest.fixture
def server(tmp_path):
    """The reference server, with data that no other test sees."""
    with reference_server(tmp_path / "server.db", SUBMISSIONS, moment=NOW) as running:
        yield running


@pytest.fixture
def bare(tmp_path):
    """A command line without any configuration."""
    cli = CommandLine(tmp_path)
    cli.environ |= {
        "INBOX_TUI_CONFIG": str(cli.config),
        "INBOX_TUI_DATA": str(cli.data),
        "HOME": str(tmp_path),
        "TZ": "UTC",
    }
    return cli


@pytest.fixture
def cli(bare, server):
    """A command line configured for the server, nothing synced yet."""
    bare.configure(server)
    return bare


@pytest.fixture(scope="session")
def synced_data(tmp_path_factory):
    """The local copy after one sync, made once; the server is not needed for reading it."""
    directory = tmp_path_factory.mktemp("synced")
    cli = CommandLine(directory)
    cli.environ |= {"INBOX_TUI_CONFIG": str(cli.config), "INBOX_TUI_DATA": str(cli.data)}
    with reference_server(directory / "server.db", SUBMISSIONS, moment=NOW) as running:
        cli.configure(running)
        assert cli("sync").exit_code == 0
    return cli.data


@pytest.fixture
def synced(cli, synced_data):
    """A command line that has synced the server."""
    shutil.copytree(synced_data, cli.data)
    return cli


@pytest.fixture
def here(bare):
    """A command line with an Awardee and a Postbox source, and no local copy yet."""
    bare.config.write_text(TWO_SOURCES, encoding="utf-8")
    return bare
