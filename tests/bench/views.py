"""The counts of twelve views: after an edit, and from nothing, with 200 unsettled edits."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from cache.outbox import Edit
from cache.query import Query, parse_query
from inbox_tui.views import all_views
from inbox_tui.workspace import LocalCopy, Workspace, open_workspace
from tests.bench.measure import Line
from tests.bench.million import copied

__all__ = ["measure_views"]

_SAVED = ("is:open p:high", "is:open p:>=medium is:unassigned", "is:flagged -is:spam")
_ROUNDS = 15
_MOST_AFTER_EDIT = 0.015
_MOST_FROM_NOTHING = 0.080


def measure_views(place: Path, rows: int) -> list[Line]:
    """What the store thread does between an edit and the counts, and what it does at the start."""
    with copied(place, rows) as environ:
        workspace = open_workspace(environ)
        # nobody has said who they are: there is nothing to count of theirs
        views = [view.query for view in all_views(workspace.config) if view.name != "mine"]
        queries = [parse_query(text) for text in (*views, *_SAVED)]
        first = statistics.median(_from_nothing(workspace, queries) for _ in range(_ROUNDS))
        with workspace.local() as local:
            unsettled = len(local.outbox.pending())
            parts = [_after_edit(local, queries, at) for at in range(_ROUNDS)]
    taking, counting = (statistics.median(part) for part in zip(*parts, strict=True))
    name = f"{len(queries)} counts after an edit, {rows:,}"
    return [
        Line(name, _MOST_AFTER_EDIT, taking + counting, 1.0, f"allowed; {unsettled} unsettled edits"),
        Line("of it the counting", _MOST_AFTER_EDIT, counting, None, "the rest takes the edit in"),
        Line(f"{len(queries)} counts from nothing, {rows:,}", _MOST_FROM_NOTHING, first, 1.0, "allowed"),
    ]


def _from_nothing(workspace: Workspace, queries: Sequence[Query]) -> float:
    """Open the files and count."""
    began = time.perf_counter()
    with workspace.local() as local:
        local.reader.counts(queries)
        return time.perf_counter() - began


def _after_edit(local: LocalCopy, queries: Sequence[Query], at: int) -> tuple[float, float]:
    """Edit one submission; gives the seconds to take the edit in and those to count."""
    row = local.reader.top(parse_query("is:open -is:queued -source:shop"), at + 1).rows[-1]
    local.reader.counts(queries)
    edit = Edit(row.key, "priority", "low" if row.priority == "high" else "high")
    local.outbox.edit("edited", [edit], local.reader.server)
    began = time.perf_counter()
    local.reader.refresh()
    taken_in = time.perf_counter()
    local.reader.counts(queries)
    return taken_in - began, time.perf_counter() - taken_in
