"""How the filter is read, and what each of its terms finds."""

from typing import TYPE_CHECKING

from cache.query import QueryError, parse_query
from inbox_tui.workspace import LocalCopy

if TYPE_CHECKING:
    from inbox_tui.screens.inbox import InboxScreen

__all__ = ["explain"]


def explain(screen: "InboxScreen") -> None:
    """Show the panel for what stands in the bar, or for the query of the list; it is counted meanwhile."""
    bar = screen.filter_bar
    text = bar.text if bar.is_open else screen.listing.query_text
    try:
        query = parse_query(text)
    except QueryError as error:
        if bar.is_open:
            bar.show_error(error.cause, error.column, loud=True)
        else:
            screen.say(str(error), "warning")
        return

    from inbox_tui.screens.explain import ExplainScreen, Explanation

    panel = ExplainScreen(query, screen.app.signs)

    def read(local: LocalCopy) -> Explanation:
        reader = local.reader
        terms, total = reader.explain(query), reader.count(query)
        drop = reader.best_drop(query) if not total else None
        return Explanation(tuple(term.rows for term in terms), total, drop, reader.warnings(query))

    screen.app.push_screen(panel)
    screen.app.store.submit(
        read,
        panel.show,
        otherwise=lambda error: panel.fail(str(error)),
        slot="explain",
        pace="aside",
    )
