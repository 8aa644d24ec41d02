"""What stands around the list: views, the detail pane, the line of hints and the popup of keys."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from inbox_tui.inbox.layout import MIN_COLUMNS, MIN_ROWS
from inbox_tui.signs import SignSet
from inbox_tui.views import View
from inbox_tui.widgets.detail_pane import DetailPane
from inbox_tui.widgets.hint_line import HintLine
from inbox_tui.widgets.key_popup import KeyPopup
from inbox_tui.widgets.views_panel import ViewEntry, ViewsPanel, ViewTabs

if TYPE_CHECKING:
    from inbox_tui.screens.inbox import InboxScreen

__all__ = ["Panes"]


class Panes:
    """Loaded and mounted after the first rows; which of them show is a matter of the layout's class."""

    def __init__(self, signs: SignSet) -> None:
        self.detail = DetailPane(id="detail")
        self.popup = KeyPopup(signs)
        self.hints = HintLine(id="hints")
        self._panel = ViewsPanel(signs, id="views")
        self._tabs = ViewTabs(signs, id="view-tabs")
        self._too_small = Static("", id="too-small", markup=False)

    async def mount(self, screen: "InboxScreen") -> None:
        """Put each in its place around the list."""
        body = screen.query_one("#body")
        await body.mount(self._panel, before=screen.list_view)
        await body.mount(self.detail)
        await screen.mount(self._tabs, before=body)
        await screen.mount(self.hints, self.popup, self._too_small)

    def use_signs(self, signs: SignSet) -> None:
        """Draw with another set of signs."""
        self.detail.signs = signs
        self._panel.use_signs(signs)
        self._tabs.use_signs(signs)
        self.popup.use_signs(signs)

    def show_views(
        self,
        views: tuple[View, ...],
        counts: Mapping[str, int],
        current: View,
        marked: Collection[str] = (),
    ) -> None:
        """Draw the views with their counts, and a sign beside the sources in `marked`."""
        entries = tuple(
            ViewEntry(
                view.name,
                view.title,
                view.group,
                counts.get(view.name),
                view == current,
                view.group == "sources" and view.title in marked,
            )
            for view in views
        )
        self._panel.show(entries)
        self._tabs.show(entries)

    def say_too_small(self, columns: int, rows: int) -> None:
        """Say that nothing can be drawn in this terminal."""
        least = f"{MIN_COLUMNS} x {MIN_ROWS}"
        self._too_small.update(
            Content(f"inbox-tui needs {least} cells; this terminal has {columns} x {rows}.")
        )
