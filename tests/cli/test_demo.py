import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from inbox_tui.demo.awardee import Awardee

ROOT = Path(__file__).resolve().parents[2]


def test_print_key_prints_what_the_server_accepts(bare):
    result = bare("demo", "--print-key", "awardee", "--seed", "7")
    assert (result.exit_code, result.stdout) == (0, f"{Awardee().keys(7)['awardee']}\n")
    assert bare("demo", "--print-key", "nobody").exit_code == 2


def test_a_rate_that_is_none_is_a_usage_error(bare):
    result = bare("demo", "--serve", "--rate", "fast")
    assert result.exit_code == 2
    assert "60/1000" in result.stderr


def test_without_a_terminal_nothing_is_started(bare):
    result = bare("demo", "--dir", str(bare.directory / "demo"))
    assert result.exit_code == 2
    assert "`inbox-tui demo --serve`" in result.stderr
    assert not (bare.directory / "demo").exists()


@pytest.mark.slow
def test_serve_prints_a_configuration_that_works_as_it_stands(bare):
    directory = bare.directory / "demo"
    line = [sys.executable, "-m", "inbox_tui", "demo", "--serve", "--dir", str(directory), "--port", "0"]
    process = subprocess.Popen(
        [*line, "--submissions", "5"],
        env={**os.environ, **bare.environ},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        printed = []
        for text in process.stdout:
            printed.append(text)
            if text.startswith("# listening on "):
                break
        bare.config.write_text("".join(printed), encoding="utf-8")
        assert list(tomllib.loads("".join(printed))["sources"]) == ["acme", "mantlz", "mimicbot", "postbox"]
        bare.environ["PYTHONPATH"] = str(ROOT)
        result = bare("sync")
        assert result.exit_code == 0, result.stderr
        assert "acme: 5 submissions here, 5 new" in result.stdout
        assert bare("list", "--view", "mine").exit_code == 0
    finally:
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert rest == ""
    assert "Serving on http://127.0.0.1:" in errors
