"""A new submission becomes read by being opened, or by being looked at, as `ui.mark_read` says."""

from typing import TYPE_CHECKING, Final

from cache.models import Row

if TYPE_CHECKING:
    from inbox_tui.screens.inbox import InboxScreen

__all__ = ["Opening"]

_DWELL_SECONDS: Final = 3.0
_REST_SECONDS: Final = 0.4
"""Going through submissions in the detail pane opens those it stops at, not those it passes."""


class Opening:
    """Notices that a submission was opened. Moving past one in the list never counts."""

    def __init__(self, screen: "InboxScreen") -> None:
        self._screen = screen

    @property
    def _setting(self) -> str:
        return self._screen.app.workspace.config.ui.mark_read

    def detail_entered(self) -> None:
        """The detail pane got the focus."""
        if (row := self._screen.row) is not None:
            self._opened(row)
            if self._setting == "open":
                self._read(row)

    def arrived(self, row: Row | None) -> None:
        """The cursor is on another submission, or the first one is shown."""
        if row is None:
            return
        if self._screen.in_detail:
            self._screen.set_timer(_REST_SECONDS, lambda: self._rested(row))
        if self._setting == "dwell" and row.status == "new":
            self._screen.set_timer(_DWELL_SECONDS, lambda: self._stayed(row))

    def _rested(self, row: Row) -> None:
        here = self._here(row)
        if here is not None and self._screen.in_detail:
            self._opened(here)
            if self._setting == "open":
                self._read(here)

    def _stayed(self, row: Row) -> None:
        here = self._here(row)
        if here is not None and (self._screen.in_detail or self._screen.detail_view.region.area):
            self._opened(here)
            self._read(here)

    def _here(self, row: Row) -> Row | None:
        """The row as it is now, if the cursor is on it still."""
        screen = self._screen
        here = screen.row
        return here if here is not None and here.key == row.key and screen.is_active else None

    def _read(self, row: Row) -> None:
        if row.status == "new":
            self._screen.listing.hold(row.rowid)
            self._screen.editing.read(row.key)

    def _opened(self, row: Row) -> None:
        """Remember that it was opened here: it is no longer `is:unseen`."""
        screen = self._screen

        def then(is_first: bool) -> None:
            texts = (screen.listing.query_text, *(view.query for view in screen.views))
            if is_first and any("unseen" in text.lower() for text in texts):
                screen.listing.hold(row.rowid)
                screen.listing.changed(None)
                screen.facts_reader.changed()

        screen.app.store.submit(
            lambda local: local.outbox.opened.add(row.key),
            then,
            otherwise=screen.bottom.say_failed,
        )
