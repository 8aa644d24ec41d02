"""What is pasted is text, whatever it holds: no byte of it may become a key.

Textual's parser takes an escape byte inside a bracketed paste for the beginning of a key sequence. Copied
log lines with colours, or a text made to do so, would then run commands. Terminals should filter this;
some, and multiplexers, do not.
"""

from collections.abc import Iterable
from typing import ClassVar, Final

from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.message import Message

from inbox_tui.early_screen import ENTER, EarlyScreen

__all__ = ["InboxDriver", "PasteFilter"]

_BEGIN: Final = "\x1b[200~"
_END: Final = "\x1b[201~"
_KEPT: Final = "\t\n\r"


class PasteFilter:
    """Takes the control characters out of pastes, however the input is cut into pieces.

    Where the pasted text holds the mark of its own end, the last one that came in the same piece counts.
    """

    def __init__(self) -> None:
        self._begun = ""
        """How much of the mark of a beginning was just seen; it has been passed on already."""
        self._held = ""
        """The tail of the last piece inside a paste: perhaps the first part of the mark of its end."""
        self._is_inside = False

    def clean(self, data: str) -> str:
        """The next piece of input, as the parser may have it."""
        parts: list[str] = []
        while data:
            data = self._inside(data, parts) if self._is_inside else self._outside(data, parts)
        return "".join(parts)

    def _outside(self, data: str, parts: list[str]) -> str:
        seen = self._begun + data
        at = seen.find(_BEGIN)
        if at < 0:
            self._begun = _partial(seen, _BEGIN)
            parts.append(data)
            return ""
        end = at + len(_BEGIN) - len(self._begun)
        parts.append(data[:end])
        self._begun, self._is_inside = "", True
        return data[end:]

    def _inside(self, data: str, parts: list[str]) -> str:
        seen = self._held + data
        following = seen.find(_BEGIN)
        this = seen if following < 0 else seen[:following]
        at = this.rfind(_END)
        if at < 0:
            self._held = _partial(seen, _END)
            parts.append(_plain(seen[: len(seen) - len(self._held)]))
            return ""
        parts += [_plain(this[:at]), _END]
        self._held, self._is_inside = "", False
        return seen[at + len(_END) :]


def _plain(text: str) -> str:
    text = text.replace(_END, "").replace(_BEGIN, "")
    return "".join(letter for letter in text if letter in _KEPT or not _is_control(letter))


def _is_control(letter: str) -> bool:
    return letter < " " or "\x7f" <= letter <= "\x9f"


def _partial(text: str, mark: str) -> str:
    """The longest beginning of `mark` that `text` ends with, short of the whole."""
    return next((mark[:size] for size in range(len(mark) - 1, 0, -1) if text.endswith(mark[:size])), "")


class _Parser(XTermParser):
    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._filter = PasteFilter()

    def feed(self, data: str) -> Iterable[Message]:
        """Parse a piece of input; an empty one is the end of it."""
        cleaned = self._filter.clean(data)
        return super().feed(cleaned) if cleaned or not data else ()


class InboxDriver(linux_driver.LinuxDriver):
    """The terminal, read by a parser that leaves pastes alone; takes over what was shown before it."""

    early: ClassVar[EarlyScreen | None] = None
    """What the terminal shows already, set before the application starts."""
    _keeps_screen = False

    def start_application_mode(self) -> None:
        """Take the terminal, the first time with what it shows; in the end it is as it was before that."""
        early = self.early if self.early is not None and self.early.is_shown else None
        self._keeps_screen = early is not None
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._keeps_screen = False
        if early is not None:
            self.attrs_before = early.take_over()

    def write(self, data: str) -> None:
        """Write to the terminal, but do not empty a screen that is taken over: some do when asked twice."""
        if not (self._keeps_screen and data == ENTER):
            super().write(data)

    def run_input_thread(self) -> None:
        """Read keys until the application ends."""
        vars(linux_driver)["XTermParser"] = _Parser  # the name that the reading loop makes its parser by
        super().run_input_thread()
