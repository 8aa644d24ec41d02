"""How the process gets its memory from the C library."""

import contextlib
import ctypes
from typing import Final

__all__ = ["share_one_heap"]

_ARENA_MAX: Final = -8
"""`M_ARENA_MAX` of glibc's malloc.h."""


def share_one_heap() -> None:
    """Have every thread use the same heap, before the first is started.

    Else each keeps what it once needed to itself, which was 13 MB of a running sync. They seldom meet there:
    most of the time the interpreter lets one run. A C library without that switch is left alone.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)
