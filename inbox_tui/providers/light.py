"""httpx without its own command line, which would bring in a syntax highlighter and double the time to load.

It is left out as where what it needs is not installed, which httpx allows for.
"""

import sys

_COMMAND_LINE = "httpx._main"
if "httpx" not in sys.modules:
    sys.modules[_COMMAND_LINE] = None  # type: ignore[assignment]  # the mark of the import system for "not there"
try:
    import httpx
finally:
    if sys.modules.get(_COMMAND_LINE) is None:
        sys.modules.pop(_COMMAND_LINE, None)

__all__ = ["httpx"]
