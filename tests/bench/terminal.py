"""A program on a terminal of its own: what it draws, and when."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from types import TracebackType

__all__ = ["Terminal", "first_text", "program"]

_SIZE = struct.pack("HHHH", 32, 120, 0, 0)
_PATIENCE = 60.0
_QUIET = 0.25
"""Seconds without output after which a program has finished drawing."""
_ESCAPE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|P[^\x1b]*\x1b\\|[@-Z\\-_])")


class Terminal:
    """Starts a command on a pseudo-terminal of 120 by 32 cells and reads what it writes."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self._near, far = pty.openpty()
        fcntl.ioctl(far, termios.TIOCSWINSZ, _SIZE)
        self.began = time.perf_counter()
        self._process = subprocess.Popen(
            command,
            stdin=far,
            stdout=far,
            stderr=far,
            env={**environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            start_new_session=True,
        )
        os.close(far)
        self.written = b""
        """Everything the program has written since the last key."""

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def __enter__(self) -> Terminal:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, where: TracebackType | None
    ) -> None:
        """Ends the program."""
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._near)

    def wait_for(self, text: re.Pattern[bytes], after: bytes = b"") -> float:
        """Read until the text, without its escapes, is there; gives that moment. Raises TimeoutError.

        Only what is written after the bytes `after` counts.
        """
        until = time.perf_counter() + _PATIENCE
        while not text.search(_ESCAPE.sub(b"", _following(self.written, after))):
            if not self._read(max(0.0, until - time.perf_counter())):
                break
        else:
            return time.perf_counter()
        said = _ESCAPE.sub(b"", self.written)[-400:].decode(errors="replace")
        raise TimeoutError(f"{text.pattern!r} did not show; the last that did: {said}")

    def settle(self) -> None:
        """Read until nothing more comes."""
        while self._read(_QUIET):
            pass

    def press(self, key: bytes, answer: re.Pattern[bytes]) -> float:
        """Send a key when all is quiet; gives the seconds until the answer was drawn."""
        self.settle()
        self.written = b""
        began = time.perf_counter()
        os.write(self._near, key)
        return self.wait_for(answer) - began

    def answer(self, key: bytes, answer: re.Pattern[bytes]) -> float:
        """Send a key at once, quiet or not; gives the seconds until the answer was drawn."""
        self.written = b""
        began = time.perf_counter()
        os.write(self._near, key)
        return self.wait_for(answer) - began

    def send(self, keys: bytes) -> None:
        """Send keys and wait for nothing."""
        os.write(self._near, keys)

    def read_for(self, seconds: float) -> None:
        """Read what comes in that time."""
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            self._read(left)

    def press_and_settle(self, key: bytes) -> float:
        """Send a key when all is quiet; gives the seconds until the last of its answer was drawn."""
        self.settle()
        began = last = time.perf_counter()
        os.write(self._near, key)
        while self._read(_QUIET):
            last = time.perf_counter()
        return last - began

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._near], [], [], seconds)
        if not ready:
            return False
        try:
            part = os.read(self._near, 65_536)
        except OSError:
            return False  # the program has ended
        self.written += part
        return bool(part)


def program(module: str) -> list[str]:
    """The command that runs a module with this Python."""
    return [sys.executable, "-m", module]


def first_text(
    command: Sequence[str], environ: Mapping[str, str], text: re.Pattern[bytes], after: bytes = b""
) -> float:
    """The seconds from the start of a program until a text of it is on the terminal, after other bytes."""
    with Terminal(command, environ) as terminal:
        return terminal.wait_for(text, after) - terminal.began


def _following(written: bytes, mark: bytes) -> bytes:
    """What was written after the first of these bytes; nothing before they came."""
    at = written.find(mark)
    return b"" if at < 0 else written[at + len(mark) :]
