"""The terminal from the first rows on, in real processes: what is typed arrives, and all is given back."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from inbox_tui.early_screen import EarlyScreen
from tests.ui.inbox_harness import lone_home

ROOT = Path(__file__).resolve().parents[2]
ENTER, LEAVE, MOUSE = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?1000h"
PATIENCE = 60.0
OURS = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
START = "import sys; from inbox_tui.start import run_inbox; sys.exit(run_inbox([]))"
STALLED = f"""
import sys, threading

class Stall:
    @staticmethod
    def find_spec(name, path, target=None):
        if name == "inbox_tui.app":
            while not threading.Event().wait(0.1):  # a signal just before a wait without end waits as long
                pass

sys.meta_path.insert(0, Stall)
{START}
"""
BROKEN = f"""
import sys
sys.modules["inbox_tui.app"] = None
{START}
"""

ENDED_EARLY = f"""
import asyncio, os, signal

from inbox_tui.app import InboxApp

load = InboxApp.on_load

def on_load(app):
    load(app)
    asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGTERM)

InboxApp.on_load = on_load
{START}
"""

TOLD_LATE = f"""
import os, signal

from inbox_tui.app import InboxApp

stop_threads = InboxApp.stop_threads

def stop(app):
    os.kill(os.getpid(), signal.NUMBER)
    stop_threads(app)

InboxApp.stop_threads = stop
{START}
"""
TOLD_TWICE = TOLD_LATE.replace("NUMBER", "SIGHUP")
STOPPED_LATE = TOLD_LATE.replace("NUMBER", "SIGSTOP")

UNSTYLED = f"""
from pathlib import Path

from inbox_tui.app import InboxApp

InboxApp.CSS_PATH = Path("missing.tcss").absolute()
{START}
"""


class Screen:
    """A program on a terminal of its own, and what it wrote."""

    def __init__(self, code, environ, size=(120, 32), *, controls=True):
        self.near, self.far = pty.openpty()
        fcntl.ioctl(self.far, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.before = termios.tcgetattr(self.far)
        self.written = b""
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=self.far,
            stdout=self.far,
            stderr=self.far,
            cwd=ROOT,
            env={**OURS, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environ},
            start_new_session=True,
            preexec_fn=(lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)) if controls else None,
        )

    def read(self, seconds):
        ready, _, _ = select.select([self.near], [], [], seconds)
        if ready:
            self.written += os.read(self.near, 65_536)
        return bool(ready)

    def until(self, pattern):
        """Read until something was written; gives what was written up to it."""
        ends = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.written, re.DOTALL)):
            assert time.monotonic() < ends, self.written[-300:]
            assert self.process.poll() is None or self.read(0), self.written[-300:]
            self.read(0.1)
        return self.written[: found.end()]

    def send(self, keys):
        os.write(self.near, keys)

    def ended(self):
        """Its exit code, when it is over and everything is read."""
        ends = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < ends, self.written[-300:]
            self.read(0.05)
        while self.read(0):
            pass
        return self.process.returncode

    def stopped(self):
        """Read until the program is stopped."""
        ends = time.monotonic() + PATIENCE
        while os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOHANG) is None:
            assert time.monotonic() < ends, self.written[-300:]
            self.read(0.05)
        while self.read(0):
            pass

    @property
    def attributes(self):
        return termios.tcgetattr(self.far)

    def hang_up(self):
        """Take the terminal away, as a closed window does; gives the exit code of the program."""
        os.close(self.near)
        self.near = None
        return self.process.wait(PATIENCE)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for number in (self.near, self.far):
            if number is not None:
                os.close(number)


@pytest.fixture
def start(tmp_path):
    """Starts a program on the filled local copy."""
    with contextlib.ExitStack() as open_screens:

        def begin(code=START, *, ui="", size=(120, 32), environ=None, controls=True):
            home = lone_home(tmp_path, ui=ui)
            screen = Screen(code, {**home.environ, **(environ or {})}, size, controls=controls)
            open_screens.callback(screen.close)
            return screen

        yield begin


def given_back(screen):
    """Whether the terminal is as it was: the alternate screen left, cursor and attributes put back."""
    assert screen.written.count(ENTER) == screen.written.count(LEAVE) == 1
    assert screen.written.rindex(b"\x1b[?25h") > screen.written.rindex(b"\x1b[?25l")
    assert screen.written.rindex(b"\x1b[?7h") > screen.written.rindex(b"\x1b[?7l")
    return screen.attributes == screen.before


@pytest.mark.slow
def test_rows_are_written_before_textual_starts_and_the_screen_is_not_entered_twice(start):
    screen = start()
    before = screen.until(re.escape(MOUSE))
    assert before.startswith(ENTER)
    assert b"S P" in before
    assert "山田".encode() in before
    screen.until(rb"filter")
    assert screen.written.count(ENTER) == 1


@pytest.mark.slow
def test_keys_typed_before_textual_is_there_are_not_shown_and_arrive(start):
    screen = start()
    screen.until(rb"S P")
    screen.send(b"jj")
    before = screen.until(re.escape(MOUSE))
    assert b"jj" not in before
    screen.until(rb"Inbox 3/\d+")
    screen.send(b"\x11")
    assert screen.ended() == 0
    assert given_back(screen)


def test_an_interrupt_while_textual_is_loaded_gives_the_terminal_back(start):
    screen = start(STALLED)
    screen.until(rb"S P")
    assert screen.attributes != screen.before
    screen.send(b"\x03")
    assert screen.ended() == 130
    assert given_back(screen)
    assert b"Traceback" not in screen.written


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_while_textual_is_loaded_gives_the_terminal_back(start, number):
    screen = start(STALLED)
    screen.until(rb"S P")
    screen.process.send_signal(number)
    assert screen.ended() == -number
    assert given_back(screen)


@pytest.mark.slow
def test_a_signal_to_end_before_there_is_a_screen_is_no_error(start):
    screen = start(ENDED_EARLY)
    assert screen.ended() == 128 + signal.SIGTERM
    assert given_back(screen)
    assert b"error of its own" not in screen.written


@pytest.mark.slow
def test_a_signal_to_end_gives_the_terminal_back(start):
    screen = start()
    screen.until(rb"Inbox 1/\d+")
    screen.process.send_signal(signal.SIGTERM)
    assert screen.ended() == 128 + signal.SIGTERM
    assert given_back(screen)
    assert b"Traceback" not in screen.written


@pytest.mark.parametrize("controls", [True, False], ids=["told by a signal", "seen by its input alone"])
@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(re.escape(MOUSE), id="while Textual takes it"),
        pytest.param(rb"filter", id="when all is loaded"),
    ],
)
def test_a_terminal_that_goes_away_ends_the_program(start, shown, controls):
    screen = start(controls=controls)
    screen.until(shown)
    assert screen.hang_up() == 128 + signal.SIGHUP


def test_a_terminal_that_goes_away_before_textual_has_it_ends_the_program(start):
    screen = start(controls=False)
    screen.until(rb"S P")
    assert screen.hang_up() == 128 + signal.SIGHUP


def test_being_told_of_a_lost_terminal_twice_does_not_keep_edits_from_being_saved(start):
    screen = start(TOLD_TWICE)
    screen.until(rb"filter")
    assert screen.hang_up() == 128 + signal.SIGHUP


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTSTP, signal.SIGSTOP], ids=["asked to stop", "stopped unasked"])
def test_a_program_that_was_stopped_draws_everything_again_and_gives_the_terminal_back(start, number):
    screen = start()
    screen.until(rb"filter")
    screen.process.send_signal(number)
    screen.stopped()
    is_given_back = number == signal.SIGTSTP
    assert screen.written.count(LEAVE) == is_given_back
    assert (screen.attributes == screen.before) is is_given_back
    before, screen.written = screen.written, b""
    screen.process.send_signal(signal.SIGCONT)
    screen.until(rb"VIEWS.*WHO.*ABOUT.*resolve.*filter")
    screen.send(b"\x11")
    assert screen.ended() == 0
    assert screen.attributes == screen.before
    written = before + screen.written
    assert written.rindex(LEAVE) > written.rindex(ENTER)
    assert len(re.findall(rb"\x1b\[>\d+u", written)) == written.count(b"\x1b[<u") == 2


@pytest.mark.slow
def test_a_program_that_is_stopped_while_it_ends_ends_when_it_goes_on(start):
    screen = start(STOPPED_LATE)
    screen.until(rb"filter")
    screen.send(b"\x11")
    screen.stopped()
    screen.process.send_signal(signal.SIGCONT)
    assert screen.ended() == 0
    assert given_back(screen)
    assert b"Traceback" not in screen.written


@pytest.mark.parametrize(
    ("program", "told"),
    [
        pytest.param(BROKEN, b"ModuleNotFoundError", id="while Textual is loaded"),
        pytest.param(UNSTYLED, b"an error of its own", id="before the first frame"),
    ],
)
def test_a_failure_gives_the_terminal_back_before_it_is_told(start, program, told):
    screen = start(program)
    screen.until(rb"S P")
    assert screen.ended() == 1
    assert given_back(screen)
    assert screen.written.index(LEAVE) < screen.written.index(told)


@pytest.mark.parametrize(
    ("size", "environ", "ui"),
    [
        ((39, 32), {}, ""),
        ((120, 32), {"NO_COLOR": "1"}, ""),
        ((120, 32), {"TERM": "dumb"}, ""),
        ((120, 32), {}, 'theme = "missing"'),
    ],
)
def test_nothing_is_shown_early_where_something_else_will_be(start, size, environ, ui):
    screen = start(size=size, environ=environ, ui=ui)
    before = screen.until(re.escape(MOUSE))
    assert b"S P" not in before
    assert screen.written.count(ENTER) == 1


def test_an_unknown_view_is_told_without_touching_the_terminal(start):
    screen = start(START.replace("[]", '["--view", "nowhere"]'))
    assert screen.ended() == 2
    assert b"no view" in screen.written
    assert ENTER not in screen.written
    assert screen.attributes == screen.before


def test_without_a_terminal_nothing_is_shown():
    near, far = os.pipe()
    try:
        screen = EarlyScreen(near, far)
        with pytest.raises(termios.error):
            screen.show("rows")
        assert screen.attributes is None
    finally:
        os.close(near)
        os.close(far)


def test_the_inbox_is_not_opened_on_what_is_no_terminal(tmp_path):
    home = lone_home(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "inbox_tui"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=ROOT,
        env={**OURS, "TERM": "xterm-256color", **home.environ},
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == (
        "inbox-tui: the inbox needs a terminal; `inbox-tui list` prints submissions.\n"
    )
