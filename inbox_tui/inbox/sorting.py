"""The order of the list, chosen by key: it becomes the `sort:` of the query."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from cache.query import Order, Query
from cache.query.canonical import order_text

if TYPE_CHECKING:
    from inbox_tui.screens.inbox import InboxScreen

__all__ = ["SORTS", "reverse_order", "sort_by"]

SORTS: Final[Mapping[str, Order]] = {
    "sort.newest": Order("created", descending=True),
    "sort.oldest": Order("created", descending=False),
    "sort.priority": Order("priority", descending=True),
    "sort.status": Order("status", descending=False),
    "sort.name": Order("name", descending=False),
    "sort.number": Order("number", descending=True),
    "sort.assignee": Order("assignee", descending=False),
    "sort.source": Order("source", descending=False),
    "sort.resolved": Order("resolved", descending=True),
}
"""The order of each command."""


def sort_by(screen: "InboxScreen", command_id: str) -> None:
    """Show the list in the order of a command."""
    _show(screen, (SORTS[command_id],))


def reverse_order(screen: "InboxScreen") -> None:
    """Show the list the other way round."""
    order = screen.listing.query.order
    _show(screen, tuple(Order(one.field, not one.descending) for one in order))


def _show(screen: "InboxScreen", order: tuple[Order, ...]) -> None:
    query = screen.listing.query
    screen.filtering.change(Query("", query.root, order, query.limit))
    screen.say(f"sort:{order_text(order)}")
