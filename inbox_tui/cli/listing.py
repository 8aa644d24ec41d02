"""`inbox-tui list`: submissions from the local copy."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Final

import click

from cache.text import one_line, safe_text
from inbox_tui.cli.group import QueryCommand

if TYPE_CHECKING:
    from cache.models import JSONValue, Row
    from cache.query import Query
    from cache.store.advice import Explained
    from cache.store.reader import Reader
    from inbox_tui.workspace import Workspace

__all__ = ["list_command", "table_lines"]

_ROWS: Final = 50
"""Where the table stops unless `--limit` says otherwise."""
_WHO: Final = 26
_ABOUT: Final = 60
_ON_THE_WAY: Final = ("queued", "sending", "verifying")


@click.command(
    "list",
    cls=QueryCommand,
    help="List submissions from the local copy; nothing is fetched.\n\n"
    "QUERY is words to find and terms such as `is:open`, `p:high` or `-is:spam`, without quotes around the"
    " whole. Without a query or view everything is listed, spam included. The table stops at 50 rows;"
    " its times are those of this machine, in JSON they are UTC.",
)
@click.argument("query", nargs=-1, type=click.UNPROCESSED)
@click.option("--view", metavar="NAME", help="Start from this view.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@click.option("--jsonl", "as_lines", is_flag=True, help="Print a JSON object on each line.")
@click.option("--limit", type=click.IntRange(min=0), metavar="N", help="Stop after N submissions.")
@click.option("--explain", is_flag=True, help="Say how the query is understood and what each term finds.")
def list_command(
    query: tuple[str, ...],
    view: str | None,
    as_json: bool,
    as_lines: bool,
    limit: int | None,
    explain: bool,
) -> None:
    """List submissions."""
    from inbox_tui.cli.session import nothing_found, query_of
    from inbox_tui.workspace import open_workspace

    if as_json and as_lines:
        raise click.UsageError("Choose one of --json and --jsonl.")
    workspace = open_workspace()
    with workspace.local() as local:
        reader = local.reader
        parsed = query_of(workspace, reader, query, view)
        if explain:
            _explain(reader, parsed, as_json=as_json or as_lines)
            return
        for warning in reader.warnings(parsed):
            click.echo(safe_text(warning.text), err=True)
        if as_json or as_lines:
            _print_json(workspace, reader, parsed, limit, as_lines=as_lines)
            return
        shown = _ROWS if limit is None else limit
        rows = reader.rows(reader.rowids(parsed, shown))
        for line in table_lines(
            rows, several_sources=len(workspace.source_names) > 1, local=workspace.local_sources
        ):
            click.echo(line)
        if limit is None and (left := reader.count(parsed) - len(rows)) > 0:
            click.echo(f"{left:,} more; --limit N shows them, --json prints all.", err=True)
        elif not rows and shown:
            click.echo(nothing_found(workspace, reader, parsed), err=True)


def _explain(reader: "Reader", query: "Query", *, as_json: bool) -> None:
    from cache.query import canonical
    from inbox_tui.format import cell_len, cell_pad
    from inbox_tui.output import json_text

    terms, total, warnings = reader.explain(query), reader.count(query), reader.warnings(query)
    if as_json:
        told = {
            "query": canonical(query),
            "terms": _nested(terms),
            "rows": total,
            "warnings": [warning.text for warning in warnings],
        }
        click.echo(json_text(told, indent=2))
        return
    lines = [("  " * depth + one_line(term, 200), rows) for depth, term, rows in terms]
    lines.append(("all together", total))
    width = max(cell_len(term) for term, _ in lines)
    digits = max(len(f"{rows:,}") for _, rows in lines)
    click.echo(one_line(canonical(query), 1000) or "(everything)")
    for term, rows in lines:
        click.echo(f"  {cell_pad(term, width)}  {rows:>{digits},}")
    for warning in warnings:
        click.echo(safe_text(warning.text), err=True)


def _nested(terms: Sequence["Explained"]) -> list["JSONValue"]:
    """Terms as JSON objects, each with its parts."""
    levels: list[list[JSONValue]] = [[]]
    for depth, term, rows in terms:
        parts: list[JSONValue] = []
        del levels[depth + 1 :]
        levels[depth].append({"term": term, "rows": rows, "parts": parts})
        levels.append(parts)
    return levels[0]


def _print_json(
    workspace: "Workspace", reader: "Reader", query: "Query", limit: int | None, *, as_lines: bool
) -> None:
    from inbox_tui.cli.walking import details
    from inbox_tui.output import json_pieces, submission_object

    capabilities = {name: workspace.capabilities(reader, name) for name in workspace.source_names}
    objects = (
        submission_object(detail, capabilities[detail.submission.source])
        for detail in details(reader, query, limit)
    )
    for text in json_pieces(objects, as_lines=as_lines):
        click.echo(text, nl=False)


def table_lines(rows: Sequence["Row"], *, several_sources: bool, local: Collection[str] = ()) -> list[str]:
    """The rows as aligned lines under a heading, none for no rows; of `local` sources nothing is sent."""
    from inbox_tui.format import cell_cut, cell_len, cell_pad

    if not rows:
        return []
    table = [["NO.", "CREATED", "STATUS", "PRIORITY", "FLAG", "SYNC", "SOURCE", "WHO", "ABOUT", "BY"]]
    table += [_cells(row, is_local=row.key.source in local) for row in rows]
    columns = [
        column
        for column in zip(*table, strict=True)
        if column[0] not in ("FLAG", "SYNC", "SOURCE") or any(column[1:])
    ]
    if not several_sources:
        columns = [column for column in columns if column[0] != "SOURCE"]
    widths = {"WHO": _WHO, "ABOUT": _ABOUT}
    cut = [[cell_cut(cell, widths.get(column[0], 40)) for cell in column] for column in columns]
    padded = [[cell_pad(cell, max(map(cell_len, column))) for cell in column] for column in cut]
    return ["  ".join(cells).rstrip() for cells in zip(*padded, strict=True)]


def _cells(row: "Row", *, is_local: bool) -> list[str]:
    from inbox_tui.format import priority_name, status_name
    from inbox_tui.output import local_time

    return [
        one_line(row.ref, 40),
        local_time(row.created, seconds=False),
        status_name(row.status),
        priority_name(row.priority),
        "flagged" if row.flagged else "",
        "" if row.sync == "clean" else "local" if is_local and row.sync in _ON_THE_WAY else row.sync,
        row.key.source,
        one_line(row.who),
        one_line(row.about),
        one_line(row.assignee_name) if row.assignee_name else "--",
    ]
