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
        if self._setting == "open" and (row := self._screen.row) is not None:
            self._read(row)

    def arrived(self, row: Row | None) -> None:
        """The cursor is on another submission, or the first one is shown."""
        if row is None or row.status != "new":
            return
        if self._setting == "dwell":
            self._screen.set_timer(_DWELL_SECONDS, lambda: self._stayed(row))
        elif self._setting == "open" and self._screen.in_detail:
            self._screen.set_timer(_REST_SECONDS, lambda: self._stayed(row))

    def _stayed(self, row: Row) -> None:
        screen = self._screen
        here = screen.row
        if here is None or here.key != row.key or not screen.is_active:
            return
        if screen.in_detail or (self._setting == "dwell" and screen.detail_view.region.area):
            self._read(here)

    def _read(self, row: Row) -> None:
        if row.status == "new":
            self._screen.listing.hold(row.rowid)
            self._screen.editing.read(row.key)
