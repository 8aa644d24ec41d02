"""Signals that tell a program to end: the terminal is given back before it does."""

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from inbox_tui.app import InboxApp

__all__ = ["EndSignals"]

_NUMBERS: Final = (signal.SIGTERM, signal.SIGHUP)
_LOAD_SECONDS: Final = 2.0
"""So long a signal waits for what is being loaded."""


class EndSignals:
    """Ends the application with 128 and the number of the signal as its exit code."""

    def __init__(self, app: "InboxApp") -> None:
        self._app = app
        self._number = 0
        """The signal that came, 0 for none."""

    def listen(self) -> None:
        """Take them from now on, on the loop that runs here."""
        with contextlib.suppress(ValueError, RuntimeError):  # signals come to the main thread only
            for number in _NUMBERS:
                asyncio.get_running_loop().add_signal_handler(number, self._came, number)

    def loaded(self) -> bool:
        """All is loaded: end if that was told meanwhile, and say whether."""
        if self._number:
            self._end()
        return self._number != 0

    def _came(self, number: int) -> None:
        self._number = number
        if self._app.inbox.is_complete:
            self._end()
        else:  # once it ends nothing can be mounted any more: it does when all is loaded, if that goes well
            asyncio.get_running_loop().call_later(_LOAD_SECONDS, self._end)

    def _end(self) -> None:
        self._app.exit(return_code=128 + self._number)
