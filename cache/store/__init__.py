"""The cache file: rows in from a source, windows, counts and details out to a screen.

Each name is loaded when it is first asked for: a screen that only reads needs a part of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from cache.store.changes import ChangeSet
    from cache.store.reader import Reader, Window
    from cache.store.sources import Coverage, SourceState
    from cache.store.writer import Writer

__all__ = [
    "ChangeSet",
    "Coverage",
    "Reader",
    "SourceState",
    "Window",
    "Writer",
]

_HOMES: Final = {
    "ChangeSet": "cache.store.changes",
    "Reader": "cache.store.reader",
    "Window": "cache.store.reader",
    "Coverage": "cache.store.sources",
    "SourceState": "cache.store.sources",
    "Writer": "cache.store.writer",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
