"""The filters a person used, newest last, in a file of their own beside the local copy."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from inbox_tui.config_write import write_atomic

__all__ = ["FILE_NAME", "MOST", "add_filter", "read_filters"]

FILE_NAME: Final = "filters.txt"
MOST: Final = 200
"""How many are kept."""
_LARGEST: Final = 4_000_000
"""Characters of a file that is still read."""


def read_filters(directory: Path) -> tuple[str, ...]:
    """The filters kept in a data directory, the newest last; none when there is no file that can be read."""
    try:
        with (directory / FILE_NAME).open(encoding="utf-8", newline="\n") as file:
            text = file.read(_LARGEST)
    except (OSError, UnicodeDecodeError):
        return ()
    return _kept(text.split("\n"))


def add_filter(directory: Path, query: str) -> tuple[str, ...]:
    """Keep a filter as the newest one and tell which are kept then. Raises ConfigError.

    The file is read again before it is written, so that another inbox's filters stay.
    """
    before = read_filters(directory)
    kept = _kept((*before, query))
    if kept != before:
        write_atomic(directory / FILE_NAME, "".join(f"{one}\n" for one in kept))
    return kept


def _kept(queries: Iterable[str]) -> tuple[str, ...]:
    """The newest of them, each once, where it was used last."""
    newest: dict[str, None] = {}
    for query in queries:
        if query.strip() and "\n" not in query:
            newest.pop(query, None)
            newest[query] = None
    return tuple(newest)[-MOST:]
