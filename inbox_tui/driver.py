"""The terminal: pastes are text, what it showed before stays, frames are written at once; with it we end."""

import os
import re
import signal
from asyncio import TimerHandle
from codecs import getincrementaldecoder
from collections.abc import Iterable
from typing import ClassVar, Final

from textual._xterm_parser import XTermParser
from textual.constants import ESCAPE_DELAY
from textual.drivers import linux_driver
from textual.message import Message

from inbox_tui.early_screen import ENTER, EarlyScreen
from inbox_tui.pasting import PasteFilter
from inbox_tui.terminal_output import TerminalOutput

__all__ = ["InboxDriver", "Parser"]

_PIECE: Final = 4096
"""So many bytes of input are read at once."""
_PAUSE: Final = ESCAPE_DELAY + 0.001
"""Seconds after which an escape byte that nothing follows is a key of its own."""
_STALLED: Final = 2 * _PAUSE
"""Seconds after which input is taken for several keys that waited, not for one key of several bytes."""
_TWO_KEYS: Final = re.compile(r"(?<=\x1b)(?=[^\x1b\x7f\[\]OPX^_])")
"""Between an escape byte and one that begins no sequence with it."""
_KEYS_AS_BEFORE: Final = "\x1b[<u"
"""Takes back what Textual asks of the keyboard each time it starts."""


class Parser(XTermParser):
    """Textual's parser of the input, behind a filter for pastes."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._filter = PasteFilter()

    def feed(self, data: str) -> Iterable[Message]:
        """Parse a piece of input; an empty one is the end of it."""
        cleaned = self._filter.clean(data)
        return super().feed(cleaned) if cleaned or not data else ()

    def feed_late(self, data: str) -> Iterable[Message]:
        """Parse input that has waited: escape and the key after it were pressed one after the other.

        In time they are told apart by the pause between them; together they are a key with Alt.
        """
        first, *others = _TWO_KEYS.split(data)
        yield from self.feed(first)
        for piece in others:
            if self._timeout_time is not None:
                self._timeout_time = 0.0
                yield from self.tick()
            yield from self.feed(piece)


class InboxDriver(linux_driver.LinuxDriver):
    """Textual's driver with a parser that leaves pastes alone; takes over what was shown before it."""

    early: ClassVar[EarlyScreen | None] = None
    """What the terminal shows already, set before the application starts."""
    _keeps_screen = False
    _has_terminal = False
    _beating: TimerHandle | None = None
    _went_round_at = 0.0
    """When the loop last went round, on its own clock."""

    def start_application_mode(self) -> None:
        """Take the terminal, the first time with what it shows; in the end it is as it was before that.

        This is done once more, by a signal, when the program goes on after it was stopped, and in the middle
        of it when the terminal goes away.
        """
        early = self.early.attributes if self.early is not None else None
        before = self.attrs_before if self._has_terminal else early
        goes_on = self._writer_thread is not None
        if self._has_terminal:
            self.write(_KEYS_AS_BEFORE)  # what asks for more of them is written once more
        if self._writer_thread is not None:
            self._writer_thread.stop()
        self._keeps_screen = early is not None
        vars(linux_driver)["WriterThread"] = TerminalOutput  # the name that it makes its writer by
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._keeps_screen = False
        self._has_terminal = True
        self._listen()
        if before is not None:
            self.attrs_before = before
            if self.early is not None:
                self.early.take_over()
        if goes_on:  # whatever was written meanwhile is on the screen
            self._loop.call_soon_threadsafe(lambda: self._app.refresh(layout=True))

    def stop_application_mode(self) -> None:
        """Give the terminal back."""
        self._has_terminal = False
        super().stop_application_mode()

    def write(self, data: str) -> None:
        """Write to the terminal, but do not empty a screen that is taken over: some do when asked twice."""
        if not (self._keeps_screen and data == ENTER):
            super().write(data)

    def run_input_thread(self) -> None:
        """Nothing: the loop reads the keys itself, which is sooner than from a thread."""

    def disable_input(self) -> None:
        """Take no more keys."""
        self._loop.remove_reader(self.fileno)
        if self._beating is not None:
            self._beating.cancel()
        super().disable_input()

    def send_message(self, message: Message) -> None:
        """Hand a message to the application, on whose loop this runs."""
        self._app.post_message(message)

    def _listen(self) -> None:
        """Take keys from now on."""
        self._parser = Parser(self._debug)
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._loop.add_reader(self.fileno, self._read)
        self._beat()

    def _beat(self) -> None:
        """Note that the loop goes round, ten times a second."""
        if self._beating is not None:
            self._beating.cancel()
        self._went_round_at = self._loop.time()
        self._beating = self._loop.call_later(_PAUSE, self._beat)

    def _read(self) -> None:
        """Take what came in. Where the terminal is gone the application is ended as by a hang-up.

        A terminal that is not the controlling one sends no signal when it goes away; its input is over.
        """
        try:
            data = os.read(self.fileno, _PIECE)
        except BlockingIOError:
            return  # somebody else took it
        except OSError:
            data = b""
        if not data:
            self._loop.remove_reader(self.fileno)
            os.kill(os.getpid(), signal.SIGHUP)
            return
        if text := self._decode(data):
            is_late = self._loop.time() - self._went_round_at > _STALLED
            self._tell(self._parser.feed_late(text) if is_late else self._parser.feed(text))
        self._loop.call_later(_PAUSE, lambda: self._tell(self._parser.tick()))

    def _tell(self, messages: Iterable[Message]) -> None:
        try:
            for message in messages:
                self.process_message(message)
        except Exception:  # noqa: BLE001 - the top of this callback
            from rich.traceback import Traceback

            self._app.panic(Traceback())
