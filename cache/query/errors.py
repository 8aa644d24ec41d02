"""Why a query cannot be run, and where in it."""

__all__ = ["MeUnknown", "QueryError"]


class QueryError(ValueError):
    """A query that cannot be honoured as it stands.

    QueryError
    +-- MeUnknown    the query speaks of the person, and nobody has said who that is
    """

    def __init__(self, column: int, cause: str) -> None:
        super().__init__(f"column {column}: {cause}")
        self.column = column
        """Where the trouble begins, counted in characters from 1."""
        self.cause = cause
        """One line that says what is wrong and what to type."""


class MeUnknown(QueryError):
    """`me` has no meaning yet."""

    def __init__(self, column: int) -> None:
        super().__init__(
            column,
            "nobody has said who you are. Set `me` in the config, or press `a a` in the inbox and choose",
        )
