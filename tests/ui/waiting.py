"""Waits until something became true in a running app, and says what was on the screen when it did not."""

import time
from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot

from tests.ui.harness import screen_text

__all__ = ["until"]

_PATIENCE = 30.0
"""Seconds after which nobody believes any more that it will happen."""


async def until(pilot: Pilot[Any], condition: Callable[[], object], what: str = "it") -> None:
    """Let the app work off what it has to do, again and again, until `condition` holds.

    Raises what the app failed with, and AssertionError with the screen when it takes too long.
    """
    app = pilot.app
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        if app._exception is not None:
            raise app._exception
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen\n" + "\n".join(screen_text(app)))
        await pilot.pause()
