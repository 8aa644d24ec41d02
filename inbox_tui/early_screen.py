"""The terminal while the first rows are shown by ourselves: what was changed there is always changed back.

Keys typed meanwhile stay in the terminal's buffer, unseen, for whoever takes the screen over.
"""

import contextlib
import os
import signal
import termios
from types import FrameType
from typing import Any, Final

__all__ = ["ENTER", "EarlyScreen"]

ENTER: Final = "\x1b[?1049h"
"""The alternate screen on."""
_PREPARE: Final = "\x1b[?25l\x1b[?7l"
"""Cursor away, no line wrap."""
_LEAVE: Final = "\x1b[0m\x1b[?7h\x1b[?1049l\x1b[?25h"
_ENDINGS: Final = (signal.SIGTERM, signal.SIGHUP)
_OFF: Final = b"\0"
_INPUT_FLAGS, _LOCAL_FLAGS, _CHARACTERS = 0, 3, 6


class EarlyScreen:
    """The alternate screen of a terminal, until it is taken over or given back."""

    def __init__(self, keyboard: int, screen: int) -> None:
        """`keyboard` and `screen` are file descriptors of the terminal."""
        self._keyboard = keyboard
        self._screen = screen
        self._before: list[Any] | None = None

    def show(self, text: str) -> None:
        """Show a text on the alternate screen. Raises OSError or termios.error when there is no terminal.

        Whatever happens, `give_back` has to follow. From now on keys are not echoed and not gathered to
        lines. Ctrl-C still interrupts; the other keys that would send a signal are keys like any other.
        """
        changed = termios.tcgetattr(self._keyboard)
        self._before = termios.tcgetattr(self._keyboard)
        for number in _ENDINGS:
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, self._ended)
        termios.tcsetattr(self._keyboard, termios.TCSANOW, _without_echo(changed))
        self._write(ENTER + _PREPARE + text)

    @property
    def attributes(self) -> list[Any] | None:
        """The attributes that are to be put back in the end, None once somebody has the screen."""
        return self._before

    def take_over(self) -> None:
        """Leave everything to somebody else, who puts the attributes back."""
        self._before = None
        self._forget_endings()

    def give_back(self) -> None:
        """Leave the alternate screen and put the attributes back, unless somebody took it over."""
        before, self._before = self._before, None
        if before is None:
            return
        with contextlib.suppress(OSError, termios.error):  # the terminal may be gone
            termios.tcsetattr(self._keyboard, termios.TCSANOW, before)
            self._write(_LEAVE)
        self._forget_endings()

    def _ended(self, number: int, frame: FrameType | None) -> None:
        self.give_back()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    def _forget_endings(self) -> None:
        for number in _ENDINGS:
            if signal.getsignal(number) == self._ended:
                signal.signal(number, signal.SIG_DFL)

    def _write(self, text: str) -> None:
        left = memoryview(text.encode("utf-8", "replace"))
        while left:
            left = left[os.write(self._screen, left) :]


def _without_echo(attributes: list[Any]) -> list[Any]:
    attributes[_LOCAL_FLAGS] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
    attributes[_INPUT_FLAGS] &= ~(
        termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR
    )
    attributes[_CHARACTERS][termios.VMIN] = 1
    for key in (termios.VSUSP, termios.VQUIT):
        attributes[_CHARACTERS][key] = _OFF
    return attributes
