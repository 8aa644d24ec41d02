"""The filter: what is typed into the bar becomes the query of the list, or a sentence that says why not."""

from typing import TYPE_CHECKING

from cache.query import QueryError, parse_query

if TYPE_CHECKING:
    from inbox_tui.screens.inbox import InboxScreen

__all__ = ["FilterController"]


class FilterController:
    """Opens and closes the filter bar, and keeps it and the list at one query."""

    def __init__(self, screen: "InboxScreen") -> None:
        self._screen = screen
        self._bar = screen.filter_bar
        self._bar.early = self.typed
        self._before: tuple[str, int | None] = ("", None)
        """The query and the row to go back to when the bar is left with Esc."""

    def open(self) -> None:
        """Type a query, after the one that is in force."""
        screen = self._screen
        self._before = (screen.listing.query_text, screen.row.rowid if screen.row else None)
        text = screen.listing.query_text.strip()
        self._bar.open(f"{text} " if text else "")

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
        """Another letter: its rows are asked for before it is drawn."""
        if self._is_whole(text):
            self._bar.show_error(None)
            self._screen.listing.show_query(text)

    def accepted(self, text: str) -> None:
        """Keep what is typed, if it means something."""
        if self._is_whole(text, loud=True):
            self._close(text)

    def cancelled(self) -> None:
        """Go back to the query and the row of before."""
        self._close(*self._before)

    def _is_whole(self, text: str, *, loud: bool = False) -> bool:
        try:
            parse_query(text)
        except QueryError as error:
            self._bar.show_error(error.cause, error.column, loud=loud)
            return False
        return True

    def _close(self, text: str, rowid: int | None = None) -> None:
        screen = self._screen
        text = text.strip()
        self._bar.close()
        screen.set_focus(screen.list_view)
        if text != screen.listing.query_text.strip():
            self.show_query(text, rowid)
        self._bar.show_query(screen.listing.query_text)
        screen.show_status()
