"""`n` and `N`: from one open submission of the list to another."""

from typing import TYPE_CHECKING, Final

from cache.query import Query, parse_query
from cache.query.tree import conjunction
from inbox_tui.workspace import LocalCopy

if TYPE_CHECKING:
    from inbox_tui.screens.inbox import InboxScreen

__all__ = ["go_by_open"]

_OPEN: Final = parse_query("is:open")


def go_by_open(screen: "InboxScreen", steps: int) -> None:
    """Go to the next row of the list that is open (with negative `steps` an earlier one)."""
    submissions, listing = screen.list_view, screen.listing
    row, position = submissions.cursor_row, submissions.cursor_position
    if row is None:
        return
    shown = listing.query
    both = Query(_OPEN.text, conjunction((*shown.terms, *_OPEN.terms)), shown.order)

    def find(local: LocalCopy) -> int | None:
        start = local.reader.position(both, row.rowid)
        here = int(row.rowid in local.reader.rowids_from(both, start, 1))
        wanted = start + (steps - 1 + here if steps > 0 else steps)
        found = local.reader.rowids_from(both, wanted, 1) if wanted >= 0 else []
        at = local.reader.position(shown, found[0]) if found else None
        return at if at is None or shown.limit is None or at < shown.limit else None

    def go(found: int | None) -> None:
        if found is not None and submissions.cursor_position == position:
            submissions.move_to(found)

    screen.app.store.submit(find, go, otherwise=listing.failed_of(shown), slot="seek", pace="read")
