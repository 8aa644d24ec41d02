"""How far a long command has come: one line on standard error that is written over, on a terminal only."""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, TextIO

__all__ = ["Progress"]

_SECONDS: Final = 0.25
"""How often the line is drawn at most."""
_ALOUD: Final = 64
"""How many steps are taken before the clock is looked at."""


class Progress:
    """Counts submissions; the line is taken away at the end of the `with` block."""

    def __init__(
        self,
        total: int | None = None,
        *,
        stream: TextIO | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._shows = self._stream.isatty()
        self._total = total
        self._monotonic = monotonic
        self._began = self._drawn = monotonic()
        self.done = 0
        """How many submissions were counted."""

    def step(self) -> None:
        """One more is done."""
        self.done += 1
        if not self._shows or self.done % _ALOUD:
            return
        now = self._monotonic()
        if now - self._drawn >= _SECONDS:
            self._drawn = now
            self._stream.write(f"\r\x1b[K{self.line(now)}")
            self._stream.flush()

    def line(self, now: float) -> str:
        """What is shown at this moment of the steady clock."""
        of = f" of {self._total:,}" if self._total is not None else ""
        rate = self.done / max(now - self._began, 0.001)
        return f"{self.done:,}{of} submissions, {rate:,.0f} a second"

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._shows:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
