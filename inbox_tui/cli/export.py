"""`inbox-tui export`: what a query finds, as a file for other programs or for another local copy."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from inbox_tui.cli.group import QueryCommand

if TYPE_CHECKING:
    from cache.models import Detail, Row
    from cache.outbox.ledger import Kept, Ledger
    from cache.query import Query
    from inbox_tui.cli.progress import Progress
    from inbox_tui.packs import PackSource
    from inbox_tui.workspace import LocalCopy, Workspace

__all__ = ["export_command"]

_FORMATS: Final = ("json", "jsonl", "csv", "pack")
_STANDARD: Final = "-"


@click.command(
    "export",
    cls=QueryCommand,
    help="Write submissions to a file or to standard output; nothing is fetched.\n\n"
    "QUERY is as in `inbox-tui list`. json and jsonl hold what `inbox-tui list` prints; csv has a column for"
    " each label of an answer and is safe to open in a spreadsheet; a pack holds what the sources told, for"
    " `inbox-tui import`. All but a pack show values as you see them, unsent edits included.\n\n"
    "The file is private (mode 0600) and appears when it is whole. `-o FILE` is short for --output.",
)
@click.argument("query", nargs=-1, type=click.UNPROCESSED)
@click.option("--view", metavar="NAME", help="Start from this view.")
@click.option(
    "--format", "kind", type=click.Choice(_FORMATS), help="How it is written; else as the name of FILE ends."
)
@click.option("--output", metavar="FILE", help="Write here instead of to standard output.")
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@click.option("--limit", type=click.IntRange(min=0), metavar="N", help="Stop after N submissions.")
def export_command(
    query: tuple[str, ...],
    view: str | None,
    kind: str | None,
    output: str | None,
    force: bool,
    limit: int | None,
) -> None:
    """Export submissions."""
    from inbox_tui.cli.files import output_file, standard_output
    from inbox_tui.cli.progress import Progress
    from inbox_tui.cli.session import nothing_found, query_of
    from inbox_tui.workspace import open_workspace

    path = None if output in (None, _STANDARD) else Path(str(output))
    kind = kind or _kind_of(path)
    if kind == "pack" and path is None and _is_terminal():
        raise click.UsageError("A pack is not for a terminal: what is in it is not cleaned. Give -o FILE.")
    workspace = open_workspace()
    with workspace.local() as local:
        parsed = query_of(workspace, local.reader, query, view)
        found = local.reader.count(parsed)
        total = found if limit is None else min(found, limit)
        target = standard_output() if path is None else output_file(path, force=force)
        with target as file, Progress(total) as progress:
            for text in _text(workspace, local, parsed, limit, kind, progress):
                file.write(text.encode("utf-8"))
        if not progress.done:
            click.echo(nothing_found(workspace, local.reader, parsed), err=True)
    if path is not None:
        from cache.text import one_line

        plural = "" if progress.done == 1 else "s"
        click.echo(f"{progress.done:,} submission{plural} in {one_line(str(path), 200)}.", err=True)


def _is_terminal() -> bool:
    return sys.stdout.isatty()


def _kind_of(path: Path | None) -> str:
    ending = path.suffix.lower().removeprefix(".") if path is not None else ""
    if ending not in _FORMATS:
        raise click.UsageError(f"Say how to write it: --format {', '.join(_FORMATS[:-1])} or {_FORMATS[-1]}.")
    return ending


def _text(
    workspace: "Workspace",
    local: "LocalCopy",
    query: "Query",
    limit: int | None,
    kind: str,
    progress: "Progress",
) -> Iterator[str]:
    from inbox_tui.cli.walking import details
    from inbox_tui.output import json_pieces, submission_object

    reader = local.reader
    if kind == "pack":
        yield from _pack(workspace, local, query, limit, progress)
        return
    capabilities = {name: workspace.capabilities(reader, name) for name in workspace.source_names}

    def counted() -> "Iterator[Detail]":
        for detail in details(reader, query, limit):
            yield detail
            progress.step()

    if kind == "csv":
        from inbox_tui.tables import csv_text

        yield from csv_text(
            counted(),
            capabilities=capabilities.__getitem__,
            person=reader.person,
            directory=workspace.data,
        )
    else:
        objects = (submission_object(each, capabilities[each.submission.source]) for each in counted())
        yield from json_pieces(objects, as_lines=kind == "jsonl")


def _pack(
    workspace: "Workspace", local: "LocalCopy", query: "Query", limit: int | None, progress: "Progress"
) -> Iterator[str]:
    from cache.outbox.ledger import Ledger
    from inbox_tui.cli.walking import chunks
    from inbox_tui.packs import end_line, header_line, row_line

    reader = local.reader
    ledger = Ledger(local.files.outbox, wall=time.time)
    local_sources = workspace.local_sources
    sources = _sources(workspace, local, query, limit)
    names = {source.name for source in sources}
    yield header_line(sources, time.time())
    for rows in chunks(reader, query, limit):
        kept = _kept(local_sources, ledger, rows)
        for row in rows:
            detail = reader.detail(row.key) if row.key.source in names else None
            if detail is None:
                continue
            triage: tuple[Kept, ...] = ()
            if row.key.source in local_sources:
                triage = _with_edits(kept.get(row.key, ()), detail)
            yield row_line(row.key.source, detail.raw, detail.seen_at, triage)
            progress.step()
    yield end_line(progress.done)


def _sources(
    workspace: "Workspace", local: "LocalCopy", query: "Query", limit: int | None
) -> list["PackSource"]:
    """The sources that submissions of the query come from."""
    from cache.models import Container
    from inbox_tui.cli.walking import chunks
    from inbox_tui.packs import PackSource

    names: set[str] = set()
    for rows in chunks(local.reader, query, limit):
        names.update(row.key.source for row in rows)
        if len(names) == len(workspace.source_names):
            break
    table, states = local.reader.source_table, local.reader.source_states()
    containers, members = table.containers(), table.members()
    found = []
    for name in filter(names.__contains__, workspace.source_names):
        state = states.get(name)
        found.append(
            PackSource(
                name,
                workspace.config.sources[name].provider,
                state.account_id if state is not None else None,
                state.account_name if state is not None else None,
                tuple(
                    Container(name, identifier, called)
                    for (source, identifier), called in containers.items()
                    if source == name
                ),
                tuple(member for member in members if member.source == name),
            )
        )
    return found


def _kept(
    sources: "frozenset[str]", ledger: "Ledger", rows: "list[Row]"
) -> dict[tuple[str, str], tuple["Kept", ...]]:
    """What the ledger keeps of these rows."""
    found = {}
    for source in sources:
        ids = [row.key.id for row in rows if row.key.source == source]
        found.update({(source, each): kept for each, kept in ledger.of(source, ids).items()})
    return found


def _with_edits(kept: "tuple[Kept, ...]", detail: "Detail") -> tuple["Kept", ...]:
    """What is kept, with edits that have not got there yet in its place."""
    from cache.outbox.ledger import Kept

    values = {item.field: item for item in kept}
    values |= {
        edit.field: Kept(edit.field, edit.want, edit.edited_at)
        for edit in detail.pending
        if not edit.implicit and not edit.damaged
    }
    return tuple(values.values())
