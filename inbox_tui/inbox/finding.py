"""What the commands do that find submissions: filter, order and saved views."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from inbox_tui.inbox.explaining import explain
from inbox_tui.inbox.facts import Facts
from inbox_tui.inbox.saved_views import SavedViews
from inbox_tui.inbox.sorting import SORTS, reverse_order, sort_by

if TYPE_CHECKING:
    from inbox_tui.screens.inbox import InboxScreen

__all__ = ["Finding"]


class Finding:
    """Runs the commands of the filter bar, the sort menu and the saved views."""

    def __init__(self, screen: "InboxScreen") -> None:
        self._screen = screen
        self.saved_views = SavedViews(screen)
        self._told: set[str] = set()
        filtering = screen.filtering
        self.handlers: Mapping[str, Callable[[int | None], None]] = {
            **{command: self._sort(command) for command in SORTS},
            "sort.reverse": lambda _: reverse_order(screen),
            "filter.open": lambda _: filtering.open(),
            "filter.keep": lambda _: screen.filter_bar.accept(),
            "filter.complete": lambda _: filtering.completing.step(1),
            "filter.complete_back": lambda _: filtering.completing.step(-1),
            "filter.older": lambda _: filtering.older(),
            "filter.newer": lambda _: filtering.newer(),
            "filter.explain": lambda _: explain(screen),
            "filter.drop_term": lambda _: filtering.drop_term(),
            "view.save": lambda _: self.saved_views.save(),
        }

    def facts_taken(self, facts: Facts) -> None:
        """Say once of each saved view that cannot be shown what is wrong with it."""
        new = [problem for problem in facts.problems if problem not in self._told]
        self._told.update(new)
        self._screen.bottom.say_first(new)

    def _sort(self, command_id: str) -> Callable[[int | None], None]:
        return lambda _: sort_by(self._screen, command_id)
