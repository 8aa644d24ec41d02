"""`inbox-tui init` as a process: on a terminal of its own, and without one."""

import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from inbox_tui.config import load
from inbox_tui.demo.faults import Fault

ROOT = Path(__file__).resolve().parents[2]
LINE = [sys.executable, "-m", "inbox_tui", "init"]

RUN = """
import json, sys
from inbox_tui.cli import main

try:
    main(sys.argv[1:], prog_name="inbox-tui")
except SystemExit as end:
    code = end.code
sys.stderr.write("\\n" + json.dumps([int(code), "textual" in sys.modules]))
"""


@pytest.fixture
def environ(bare):
    bare.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    return {**os.environ, **bare.environ, "PYTHONPATH": str(ROOT)}


class Terminal:
    """A process on a terminal, and what the terminal showed of it."""

    def __init__(self, words, environ):
        self.shown = ""
        self.child, self._master = pty.fork()
        if self.child == 0:
            os.chdir(ROOT)
            os.execve(sys.executable, [*LINE, *words], environ)

    def until(self, text):
        """Read until a text shows."""
        while text not in self.shown:
            readable, _, _ = select.select([self._master], [], [], 30)
            assert readable, self.shown
            self.shown += os.read(self._master, 4096).decode()

    def type(self, text):
        """Type as a person does."""
        os.write(self._master, text.encode())

    def interrupt(self):
        """Press Ctrl+C; again where it went by unheard while the line was being made ready for typing."""
        self.type("\x03")
        while "interrupted" not in self.shown:
            readable, _, _ = select.select([self._master], [], [], 5)
            if readable:
                self.shown += os.read(self._master, 4096).decode()
            else:
                self.type("\x03")

    def end(self):
        """Read to the end and give the exit code."""
        with contextlib.suppress(OSError):  # how Linux says that the other end is closed
            while part := os.read(self._master, 4096):
                self.shown += part.decode()
        _, status = os.waitpid(self.child, 0)
        os.close(self._master)
        return os.waitstatus_to_exitcode(status)


@pytest.mark.slow
def test_the_key_is_not_shown_while_it_is_typed(bare, server, environ):
    terminal = Terminal(["--base-url", f"{server.url}/v1"], environ)
    terminal.until("Provider")
    terminal.type("awardee\n")
    terminal.until("Key: ")
    terminal.type(server.keys["awardee"] + "\n")
    terminal.until("Name of the source")
    terminal.type("acme\n")
    terminal.until("[Y/n]")
    terminal.type("\n")
    terminal.until("Name of the variable")
    terminal.type("\n")
    assert terminal.end() == 0, terminal.shown
    assert server.keys["awardee"] not in terminal.shown
    assert load(bare.config).sources["acme"].key_env == "ACME_KEY"


@pytest.mark.parametrize("question", ["Provider", "Key: ", "Name of the source", "[Y/n]", "variable ["])
def test_ctrl_c_at_any_question_is_130_and_nothing_is_written(bare, server, environ, question):
    answers = {
        "Provider": "awardee",
        "Key: ": server.keys["awardee"],
        "Name of the source": "acme",
        "[Y/n]": "y",
    }
    terminal = Terminal(["--base-url", f"{server.url}/v1"], environ)
    for asked, answer in answers.items():
        if asked == question:
            break
        terminal.until(asked)
        terminal.type(answer + "\n")
    terminal.until(question)
    terminal.interrupt()
    assert terminal.end() == 130
    assert "inbox-tui: interrupted." in terminal.shown
    assert not bare.config.exists()


@pytest.mark.slow
def test_an_interrupt_while_the_key_is_tried_is_130(bare, server, environ):
    arrived, until = Event(), Event()
    server.faults.add(Fault("*", "latency", seconds=60, arrived=arrived, until=until))
    words = ["--base-url", f"{server.url}/v1", "--provider", "awardee", "--yes"]
    process = subprocess.Popen(
        [*LINE, *words], env=environ, cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process.stdin.write(server.keys["awardee"] + "\n")
    process.stdin.flush()
    assert arrived.wait(30)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    until.set()
    assert process.returncode == 130
    assert told.splitlines()[-1] == "inbox-tui: interrupted."
    assert not bare.config.exists()


@pytest.mark.slow
def test_it_loads_no_textual(bare, server, environ):
    words = ["init", "--provider", "awardee", "--base-url", f"{server.url}/v1", "--name", "acme", "--yes"]
    done = subprocess.run(
        [sys.executable, "-c", RUN, *words],
        env=environ,
        cwd=ROOT,
        input=server.keys["awardee"] + "\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr.splitlines()[-1] == "[0, false]", done.stderr
    assert list(load(bare.config).sources) == ["acme"]
