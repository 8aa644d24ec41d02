"""What is shown when the program itself fails: what and where, but nothing anybody wrote.

The one place that overrides a private method of Textual: its own crash screen prints the local variables,
answers and tokens included.
"""

import sys
import traceback
from pathlib import Path
from typing import Final

from rich.text import Text
from textual.app import App

from cache.text import one_line
from inbox_tui.driver import InboxDriver
from inbox_tui.timers import SureTimers

__all__ = ["SafeCrash"]

_HOME: Final = Path(__file__).resolve().parent.parent
_OURS: Final = ("cache", "inbox_tui", "themes")


class SafeCrash(SureTimers, App[None], inherit_bindings=False):
    """An app that ends with an error type, our own frames and a sentence."""

    def _fatal_error(self) -> None:
        error = sys.exc_info()[1]
        if InboxDriver.early is not None:
            InboxDriver.early.give_back()  # what is told on a screen that goes away is lost
        self.bell()
        lines = ["inbox-tui stopped because of an error of its own. Edits that were saved are safe."]
        if error is not None:
            lines.append(_named(error))
            for frame in traceback.extract_tb(error.__traceback__):
                path = Path(frame.filename)
                if any(path.is_relative_to(_HOME / package) for package in _OURS):
                    lines.append(f"  {path.relative_to(_HOME)}:{frame.lineno} in {frame.name}")
        self._exit_renderables.append(Text("\n".join(lines)))
        self._close_messages_no_wait()


def _named(error: BaseException) -> str:
    """The kind of error; its words only where we wrote them, since others quote what they choked on."""
    kind = type(error)
    if kind.__module__.partition(".")[0] in _OURS:
        return f"{kind.__name__}: {one_line(str(error), 300)}"
    return kind.__name__
