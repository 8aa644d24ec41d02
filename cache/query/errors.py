"""Why a query cannot be run, and where in it."""

import re
from typing import Final

__all__ = ["MeUnknown", "QueryError"]

_MOST_QUOTED: Final = 80
_QUOTED: Final = re.compile(r"\"[^\"]*\"|`[^`]*`")


class QueryError(ValueError):
    """A query that cannot be honoured as it stands.

    QueryError
    +-- MeUnknown    the query speaks of the person, and nobody has said who that is
    """

    def __init__(self, column: int, cause: str) -> None:
        cause = _QUOTED.sub(_shortened, cause)
        super().__init__(f"column {column}: {cause}")
        self.column = column
        """Where the trouble begins, counted in characters from 1."""
        self.cause = cause
        """One line that says what is wrong and what to type."""


def _shortened(quoted: re.Match[str]) -> str:
    """What was typed, in its quotes, unless it is long: then its beginning."""
    text = quoted.group()
    return text if len(text) <= _MOST_QUOTED else f"{text[: _MOST_QUOTED - 2]}…{text[-1]}"


class MeUnknown(QueryError):
    """`me` has no meaning yet."""

    def __init__(self, column: int) -> None:
        super().__init__(
            column,
            "nobody has said who you are. Set `me` in the config, or press `a a` in the inbox and choose",
        )
