"""The filter: what is typed into the bar becomes the query of the list, or a sentence that says why not."""

from typing import TYPE_CHECKING

from cache.query import Query, QueryError, canonical, parse_query
from cache.query.tree import conjunction
from inbox_tui.inbox.completing import CompletionController

if TYPE_CHECKING:
    from inbox_tui.screens.inbox import InboxScreen
    from inbox_tui.workspace import LocalCopy

__all__ = ["FilterController"]


class FilterController:
    """Opens and closes the filter bar, and keeps it and the list at one query."""

    def __init__(self, screen: "InboxScreen") -> None:
        self._screen = screen
        self._bar = screen.filter_bar
        self._bar.typed = self.typed
        self.completing = CompletionController(screen)
        self._before: tuple[str, int | None] = ("", None)
        """The query and the row to go back to when the bar is left with Esc."""
        self._history: tuple[str, ...] | None = None
        """Filters used before, the newest last; None until they were read."""
        self._draft = ""
        """What was typed before an older filter was put in its place."""
        self._back = 0
        """How many filters ago the one in the bar was used; 0 for what is typed."""

    def open(self) -> None:
        """Type a query, after the one that is in force."""
        screen = self._screen
        self._before = (screen.listing.query_text, screen.row.rowid if screen.row else None)
        text = screen.listing.query_text.strip()
        self._back = 0
        self._bar.open(f"{text} " if text else "")
        if self._history is None:
            self._read_history()

    def show_query(self, text: str, rowid: int | None = None) -> None:
        """Show the matches of a query, the cursor on a row if it is there; else say what is wrong."""
        screen = self._screen
        try:
            screen.listing.show_query(text, rowid)
        except QueryError as error:
            self.failed(error)
        self._bar.show_query(screen.listing.query_text)
        screen.show_totals()

    def failed(self, error: QueryError) -> None:
        """The query cannot be run: say so where it is typed, or in the status bar."""
        if self._bar.is_open:
            self._bar.show_error(error.cause, error.column)
        else:
            self._screen.say(str(error), "warning")

    def typed(self, text: str) -> None:
        """Another letter: its rows are asked for before it is drawn. Without a meaning the rows stay."""
        self.completing.typed()
        self._bar.show_error(None)
        try:
            self._screen.listing.show_query(text, partial=True)
        except QueryError as error:
            self._bar.show_error(error.cause, error.column)
        self.show_counts()

    def show_counts(self) -> None:
        """Say how many match of how many, and what is worth knowing of the query."""
        listing = self._screen.listing
        matching, stored = listing.matching, listing.emptiness.stored
        if matching is not None and stored is not None and matching > stored:
            stored = None  # more have come since it was counted
        self._bar.show_counts(
            matching,
            stored,
            at_least=not listing.is_counted,
            hint="; ".join(hint.text for hint in listing.warnings),
        )

    def accepted(self, text: str) -> None:
        """Take what is chosen in the list of completions, else keep what is typed, if it means something."""
        if self.completing.take():
            return
        try:
            query = parse_query(text)
        except QueryError as error:
            self._bar.show_error(error.cause, error.column, loud=True)
            return
        listing = self._screen.listing
        if listing.refusal is not None and listing.query_text == text:
            self._bar.show_error(listing.refusal.cause, listing.refusal.column, loud=True)
            return
        if any(hint.kind == "read_as" for hint in query.hints):
            text = canonical(query)
        self._remember(query)
        self._close(text)

    def cancelled(self) -> None:
        """Close the list of completions, else go back to the query and the row of before."""
        if not self.completing.close():
            self._close(*self._before)

    def drop_term(self) -> None:
        """Show the list without the last term of its query; when there is none, without its order."""
        screen = self._screen
        query = screen.listing.query
        terms = query.terms[:-1]
        if not canonical(query):
            screen.say("There is no filter: everything is listed")
            return
        rest = Query("", conjunction(terms), query.order, query.limit) if query.terms else Query("")
        self.change(rest)

    def change(self, query: Query) -> None:
        """Show the matches of another query in its canonical spelling, the cursor on the same row."""
        screen = self._screen
        text = screen.listing.view.query if self._is_views_own(query) else canonical(query)
        self.show_query(text, screen.row.rowid if screen.row else None)

    def _is_views_own(self, query: Query) -> bool:
        try:
            own = parse_query(self._screen.listing.view.query)
        except QueryError:
            return False
        return canonical(query) == canonical(own)

    def _close(self, text: str, rowid: int | None = None) -> None:
        screen = self._screen
        text = text.strip()
        self.completing.close()
        self._bar.close()
        screen.set_focus(screen.list_view)
        screen.listing.emptiness.keep_quiet(False)
        if text != screen.listing.query_text.strip() or not self._means_what_is_shown(text):
            self.show_query(text, rowid)
        self._bar.show_query(screen.listing.query_text)
        screen.show_totals()

    def _means_what_is_shown(self, text: str) -> bool:
        """False where the text was shown while it was still open at its end, and means something else."""
        try:
            query = parse_query(text)
        except QueryError:
            return True  # said already, and nothing better can be shown
        shown = self._screen.listing.query
        return (query.root, query.order, query.limit) == (shown.root, shown.order, shown.limit)

    # What was typed before

    def older(self) -> None:
        """Put the filter used before the present one into the bar; in the list of completions, go up."""
        self._walk(1)

    def newer(self) -> None:
        """Go back towards what was typed; in the list of completions, go down."""
        self._walk(-1)

    def _walk(self, steps: int) -> None:
        if self.completing.is_open:
            self.completing.step(-steps)
            return
        history = self._history or ()
        back = max(0, min(self._back + steps, len(history)))
        if back == self._back:
            return
        if not self._back:
            self._draft = self._bar.text
        self._back = back
        self._bar.put(history[-back] if back else self._draft)

    def _read_history(self) -> None:
        data = self._screen.app.workspace.data

        def read(_: "LocalCopy") -> tuple[str, ...]:
            from inbox_tui.filter_history import read_filters

            return read_filters(data)

        def take(history: tuple[str, ...]) -> None:
            if self._history is None:
                self._history = history

        self._screen.app.store.submit(read, take)

    def _remember(self, query: Query) -> None:
        """Keep a filter for later, on the disk too."""
        screen = self._screen
        text = canonical(query)
        if not text or self._is_views_own(query):
            return
        self._history = (*(one for one in self._history or () if one != text), text)

        def keep(_: "LocalCopy") -> str:
            from inbox_tui.config_check import ConfigError
            from inbox_tui.filter_history import add_filter

            try:
                add_filter(screen.app.workspace.data, text)
            except ConfigError as error:
                return str(error)
            return ""

        screen.app.store.submit(keep, lambda problem: screen.say(problem, "warning") if problem else None)
