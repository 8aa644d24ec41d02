"""The directory, the written configuration and the server as a process."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import httpx
import pytest

from inbox_tui.demo import launch
from inbox_tui.demo.server import listen

_ROOT = Path(launch.__file__).resolve().parents[2]
_SERVE = """
import argparse, sys
from pathlib import Path
from inbox_tui.demo.launch import serve
from inbox_tui.demo.limits import parse_rate
wanted = argparse.ArgumentParser()
wanted.add_argument("--dir", type=Path)
wanted.add_argument("--port", type=int, default=0)
wanted.add_argument("--submissions", type=int, default=3)
wanted.add_argument("--seed", type=int, default=1)
wanted.add_argument("--live", action="store_true")
wanted.add_argument("--rate", type=parse_rate, default=(60, 1000))
got = wanted.parse_args()
def say(listening):
    sys.stdout.write(listening.announcement)
    sys.stdout.flush()
options = {"port": got.port, "submissions": got.submissions, "seed": got.seed, "rate": got.rate}
options["live"] = got.live
sys.exit(serve(got.dir, on_listening=say, **options))
"""
_COMMAND = (sys.executable, "-c", _SERVE)


def test_a_directory_is_prepared_once(tmp_path: Path) -> None:
    paths = launch.prepare(tmp_path / "demo", port=8765, submissions=3, seed=5)
    for folder in (paths.directory, paths.data):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in (paths.database, paths.config):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    source = tomllib.loads(paths.config.read_text())["sources"]["acme"]
    key_command = [sys.executable, "-P", "-m", "inbox_tui", "demo", "--print-key", "awardee", "--seed", "5"]
    assert source["base_url"] == "http://127.0.0.1:8765/v1"
    assert (source["provider"], source["key_command"], source["summary"]) == ("awardee", key_command, [])
    database = paths.database.read_bytes()
    again = launch.prepare(tmp_path / "demo", port=8765, submissions=50, seed=9)
    assert again == paths
    assert paths.database.read_bytes() == database


def test_a_new_port_is_corrected_and_the_rest_of_the_config_stays(tmp_path: Path) -> None:
    paths = launch.prepare(tmp_path, port=8765, submissions=3, seed=1)
    paths.config.write_text(paths.config.read_text() + '\n# mine\n[ui]\ntheme = "dusk"\n')
    before = paths.config.read_text()
    launch.prepare(tmp_path, port=8765, submissions=3, seed=1)
    assert paths.config.read_text() == before
    launch.prepare(tmp_path, port=9001, submissions=3, seed=1)
    assert paths.config.read_text() == before.replace(":8765", ":9001")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml", "data", "server.db"]


def test_the_printed_key_opens_the_server(tmp_path: Path) -> None:
    with launch.start_child(tmp_path / "demo", submissions=3, seed=6, command=_COMMAND) as child:
        source = tomllib.loads(child.paths.config.read_text())["sources"]["acme"]
        assert source["base_url"] == child.url + "/v1"
        key = launch.print_key("awardee", 6)
        headers = {"Authorization": f"Bearer {key}"}
        with httpx.Client(
            base_url=source["base_url"], headers=headers, trust_env=False, verify=False
        ) as client:
            me = client.get("/me")
            members = client.get("/team/members").json()["data"]
            listed = client.get("/submissions").json()["data"]
        assert (me.status_code, me.headers["X-RateLimit-Limit-Minute"], len(listed)) == (200, "60", 3)
        assert source["me"] in {member["user_id"] for member in members}
    assert child.process.returncode == 0
    assert child.stop() == 0


@pytest.mark.parametrize("live", [True, False])
def test_time_passes_on_a_live_server_only(tmp_path: Path, live: bool) -> None:
    with launch.start_child(tmp_path / "demo", submissions=1, live=live, command=_COMMAND) as child:
        with httpx.Client(base_url=child.url, trust_env=False, verify=False) as client:
            assert client.get("/v1/me").status_code == 401
        database = child.paths.database
    with contextlib.closing(sqlite3.connect(database)) as connection:
        begun = connection.execute("SELECT name FROM facts WHERE name LIKE '%.live'").fetchall()
    assert len(begun) == (4 if live else 0)


def test_an_unknown_provider_has_no_key() -> None:
    with pytest.raises(ValueError, match="awardee"):
        launch.print_key("unheard-of", 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_foreground_server_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    # Standard input is at its end from the start: that only means something to a child of ours.
    line = [*_COMMAND, "--dir", str(tmp_path / "demo")]
    with subprocess.Popen(
        line, cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = []
        for text in process.stdout:
            lines.append(text)
            if text.startswith("# listening on "):
                break
        config = tomllib.loads("".join(lines))
        assert config == tomllib.loads((tmp_path / "demo" / "config.toml").read_text())
        process.send_signal(number)
        assert process.wait(10) == 0
        assert process.stderr.read() == ""


def test_a_child_goes_when_its_parent_is_gone(tmp_path: Path) -> None:
    child = launch.start_child(tmp_path / "demo", submissions=1, command=_COMMAND)
    assert child.process.stdin is not None
    child.process.stdin.close()
    assert child.process.wait(10) == 0
    child.stop()


def test_a_temporary_directory_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with subprocess.Popen(_COMMAND, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("[sources.acme]")
        assert [path.name.startswith("inbox-tui-demo-") for path in tmp_path.iterdir()] == [True]
        process.terminate()
        assert process.wait(10) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_busy_port_is_one_sentence_and_exit_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with listen(0) as taken:
        port = taken.getsockname()[1]
        assert launch.serve(tmp_path / "demo", on_listening=lambda _: None, port=port, submissions=1) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == 1
        assert str(port) in said.err
        assert not (tmp_path / "demo").exists()
        with pytest.raises(launch.ChildError, match=str(port)):
            launch.start_child(tmp_path / "demo", port=port, submissions=1, command=_COMMAND)


def test_a_child_that_never_speaks_is_given_up(tmp_path: Path) -> None:
    command = (sys.executable, "-c", "import sys; sys.stdin.read()")
    with pytest.raises(launch.ChildError, match="said nothing"):
        launch.start_child(tmp_path / "demo", command=command, seconds=0.3)
