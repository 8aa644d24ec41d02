"""What the list says while it has no rows: nothing is stored, or nothing matches, and what is in the way."""

from typing import Final

from cache.query import Hint, MeUnknown, Query, QueryError
from cache.text import one_line
from inbox_tui.format import thousands
from inbox_tui.store_thread import StoreThread
from inbox_tui.widgets.submission_list import SubmissionList

__all__ = ["Emptiness"]

_WHO_ARE_YOU: Final = "Nobody has said who you are: press a a on a submission and choose yourself."


class Emptiness:
    """Keeps the sentence of an empty list true. It says nothing before it is known how much is stored."""

    def __init__(self, submissions: SubmissionList, store: StoreThread) -> None:
        self._list = submissions
        self._store = store
        self._stored: int | None = None
        self._sentence = ""
        self._is_quiet = False
        self._query: Query | None = None
        self._view: str | None = None
        self._is_counted = False
        self._warnings: tuple[Hint, ...] = ()

    @property
    def stored(self) -> int | None:
        """How many submissions are cached, None until they were counted."""
        return self._stored

    @stored.setter
    def stored(self, number: int | None) -> None:
        was, self._stored = self._stored, number
        if (was is None and not self._sentence) or 0 in (was, number):
            self._explain()

    def keep_quiet(self, is_quiet: bool) -> None:
        """While what is typed has no meaning, nothing is said of it."""
        self._is_quiet = is_quiet
        self._say(self._sentence)

    def refused(self, error: QueryError) -> None:
        """A query cannot be run: why is said elsewhere, but for what one could do about it on a row."""
        self._query = None
        self._say(_WHO_ARE_YOU if isinstance(error, MeUnknown) else "")

    def explain(
        self, query: Query, view: str | None, *, is_counted: bool, warnings: tuple[Hint, ...]
    ) -> None:
        """Rows of a query were read: say why there are none. `view` is the title of the view it is of."""
        self._query, self._view, self._is_counted, self._warnings = query, view, is_counted, warnings
        self._explain()

    def _explain(self) -> None:
        self._say_at_first()
        query = self._query
        if query is None or self._view is not None or not self._is_counted:
            return
        if self._list.total or self._stored == 0:
            return
        for hint in self._warnings:
            if hint.kind == "impossible":
                self._say(f"{hint.text[:1].upper()}{hint.text[1:]}.")
                return

        def told(drop: tuple[str, int] | None) -> None:
            if drop is not None and query is self._query and not self._list.total:
                term, number = drop
                self._say(
                    f"No submission matches. Without `{one_line(term, 200)}` there would be"
                    f" {thousands(number)}."
                )

        self._store.submit(lambda local: local.reader.best_drop(query), told, slot="drop", pace="aside")

    def _say_at_first(self) -> None:
        if self._query is None:
            return
        if self._stored is None:
            self._say("")
        elif self._stored == 0:
            self._say("Nothing is stored yet. Submissions appear here as they are read from the source.")
        elif self._view is None:
            self._say("No submission matches. Esc drops the filter.")
        else:
            self._say(f"Nothing in {self._view}.")

    def _say(self, sentence: str) -> None:
        self._sentence = sentence
        self._list.empty_text = "" if self._is_quiet else sentence
