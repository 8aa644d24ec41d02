"""What is written to the terminal: at once, by whoever wrote it, and without waiting for the terminal.

Textual hands what it draws to a thread. It gets the interpreter only after the one that drew and
the one that reads the database: frames came milliseconds after they were ready.
"""

import asyncio
import os
import select
import threading
from typing import Final, TextIO

__all__ = ["TerminalOutput"]

_MOST_WAITING: Final = 1_000_000
"""So many bytes may wait for a terminal that takes none; who writes more waits with them."""
_LAST_SECONDS: Final = 2.0
"""So long the end waits for a terminal that takes nothing at all."""


class TerminalOutput:
    """Writes to a terminal, in the place of the thread Textual would start for that.

    The terminal is opened once more for it: that a file does not wait is a property it shares with everybody
    who has it from the same opening, the shell among them. Where it cannot be, as one of another user, who
    writes waits for it; one that is gone takes whatever is written.
    """

    def __init__(self, file: TextIO) -> None:
        """Open the terminal that `file` writes to."""
        self._file = file
        try:
            name = os.ttyname(file.fileno())
            self._fd = os.open(name, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            self._fd = os.dup(file.fileno())
        self._lock = threading.RLock()
        self._waiting = bytearray()
        """What the terminal did not take yet."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_over = False

    def start(self) -> None:
        """Begin; from now on the loop that runs here writes what had to wait."""
        self._loop = asyncio.get_running_loop()

    def isatty(self) -> bool:
        """True: it is a terminal."""
        return True

    def fileno(self) -> int:
        """The number of the file it writes for."""
        return self._file.fileno()

    def flush(self) -> None:
        """Nothing: it is written already, or waits for the terminal."""

    def write(self, text: str) -> None:
        """Write a text, or what of it the terminal takes now; the rest follows by itself. Any thread may."""
        data = text.encode(self._file.encoding, self._file.errors or "strict")
        with self._lock:
            if self._is_over:
                return
            was_waiting = bool(self._waiting)
            self._waiting += data
            if not was_waiting:
                self._write_some()
            elif len(self._waiting) > _MOST_WAITING:
                self._write_all(None)
            begins_to_wait = bool(self._waiting) and not was_waiting
        if begins_to_wait and self._loop is not None:
            self._loop.call_soon_threadsafe(self._watch)

    def stop(self) -> None:
        """Write what is left, until the terminal takes nothing for two seconds, and end."""
        with self._lock:
            if self._is_over:
                return
            self._write_all(_LAST_SECONDS)
            if self._loop is not None:
                self._loop.remove_writer(self._fd)
            self._is_over = True
            os.close(self._fd)

    def _watch(self) -> None:
        with self._lock:
            if self._waiting and not self._is_over and self._loop is not None:
                self._loop.add_writer(self._fd, self._go_on)

    def _go_on(self) -> None:
        with self._lock:
            self._write_some()
            if not self._waiting and self._loop is not None:
                self._loop.remove_writer(self._fd)

    def _write_some(self) -> None:
        try:
            taken = os.write(self._fd, bytes(self._waiting))  # a signal's handler may add to it meanwhile
        except BlockingIOError:
            return
        except OSError:
            self._waiting.clear()  # there is no terminal any more, and the program is told so by a signal
            return
        del self._waiting[:taken]

    def _write_all(self, seconds: float | None) -> None:
        poll = select.poll()
        poll.register(self._fd, select.POLLOUT)
        while self._waiting and poll.poll(None if seconds is None else seconds * 1000):
            self._write_some()
