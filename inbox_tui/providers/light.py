"""httpx without its own command line, which would bring in a syntax highlighter and double the time to load.

It is left out as where `click` is not installed, which httpx allows for.
"""

import sys

_HIDDEN = "click"
_is_hidden = _HIDDEN not in sys.modules
if _is_hidden:
    sys.modules[_HIDDEN] = None  # type: ignore[assignment]  # the mark of the import system for "not there"
try:
    import httpx
finally:
    if _is_hidden:
        del sys.modules[_HIDDEN]

__all__ = ["httpx"]
