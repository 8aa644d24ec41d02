"""`inbox-tui sync`: edits out and news in, once."""

import asyncio
import difflib
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import click

from cache.models import EditState, PendingEdit
from cache.text import safe_text
from inbox_tui.outcome import ExitCode, Failure

if TYPE_CHECKING:
    from cache.sync.reading import TextReader
    from cache.sync.spec import SourceReport
    from cache.sync.status import SourceStatus
    from inbox_tui.workspace import LocalCopy, Workspace

__all__ = ["sync_command"]

_PARKED: Final = {
    EditState.CONFLICT: "in conflict",
    EditState.REJECTED: "rejected",
    EditState.ORPHANED: "orphaned",
}


@dataclass(frozen=True, slots=True)
class _Line:
    """How one source fared."""

    source: str
    held: int
    """Submissions in the local copy now."""
    sent: int
    left: tuple[PendingEdit, ...]
    report: "SourceReport | None" = None
    error: str | None = None

    @property
    def waiting(self) -> int:
        return sum(1 for edit in self.left if edit.state not in _PARKED)

    @property
    def note(self) -> str | None:
        """What else to know about what was read; no reason to fail."""
        return self.report.note if self.report is not None else None

    def complaints(self) -> list[str]:
        """What went wrong, as sentences."""
        found = [] if self.error is None else [self.error]
        if self.report is not None and self.report.unreadable:
            count = self.report.unreadable
            found.append(
                f"{count:,} submission{' was' if count == 1 else 's were'} not readable and left out."
            )
        return found

    def text(self) -> str | None:
        """What was done; None when there is nothing to say beside the complaints."""
        received = self.report.received if self.report is not None else 0
        if self.error is not None and not (received or self.sent or self.left):
            return None
        parts = []
        if self.error is None or received:
            parts.append(f"{self.held:,} submission{'' if self.held == 1 else 's'} here")
        if self.report is not None and (self.error is None or received):
            parts += [f"{self.report.arrived:,} new", f"{self.report.changed:,} changed"]
            if self.report.unreadable:
                parts.append(f"{self.report.unreadable:,} unreadable")
        parts += [f"{self.sent:,} edit{'' if self.sent == 1 else 's'} sent", f"{self.waiting:,} waiting"]
        for state, words in _PARKED.items():
            count = sum(1 for edit in self.left if edit.state is state)
            if count:
                parts.append(f"{count:,} {words}")
        return f"{self.source}: {', '.join(parts)}"

    def as_object(self) -> dict[str, object]:
        report = self.report
        return {
            "source": self.source,
            "held": self.held,
            "received": report.received if report else None,
            "new": report.arrived if report else None,
            "changed": report.changed if report else None,
            "unreadable": report.unreadable if report else None,
            "sent": self.sent,
            "waiting": self.waiting,
            "parked": len(self.left) - self.waiting,
            "error": self.error,
        }


@click.command(
    "sync",
    help="Send what waits and read what is new, once; of all sources or of those named.\n\n"
    "While an inbox runs, it does the work and this command waits for it. It prints how many submissions the"
    " local copy holds then, what is new and changed, and how many edits were sent and still wait.",
)
@click.argument("sources", metavar="[SOURCE]...", nargs=-1)
@click.option("--full", is_flag=True, help="Read every submission again.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array, an object for each source.")
def sync_command(sources: tuple[str, ...], full: bool, as_json: bool) -> int:
    """Sync once."""
    from inbox_tui.output import json_text
    from inbox_tui.workspace import open_workspace

    workspace = open_workspace()
    chosen = _chosen(workspace, sources)
    many = (os.cpu_count() or 1) > 1
    with workspace.text_reader() if many else nullcontext() as reader, workspace.local() as local:
        before = local.outbox.pending()
        reports = _lead(workspace, chosen, reader, full=full)
        if reports is None:
            if full:
                click.echo("It reads what is new; for --full no inbox may be running.", err=True)
            errors = _follow(workspace, chosen)
            local.reader.refresh()
            lines = [_line(local, source, before, error=errors.get(source)) for source in chosen]
        else:
            local.reader.refresh()
            lines = [
                _line(local, report.source, before, report=report, error=report.error) for report in reports
            ]
    if as_json:
        click.echo(json_text([line.as_object() for line in lines], indent=2))
    for line in lines:
        for sentence in line.complaints():
            click.echo(f"inbox-tui: {line.source}: {sentence}", err=True)
        if line.note is not None:
            click.echo(f"inbox-tui: {line.source}: {safe_text(line.note)}", err=True)
        if not as_json and (text := line.text()) is not None:
            click.echo(text)
    return _code(lines, reports)


def _chosen(workspace: "Workspace", sources: Sequence[str]) -> tuple[str, ...]:
    from cache.text import one_line

    known = workspace.source_names
    if not known:
        raise Failure(f"No source is configured in {workspace.config.path}.", ExitCode.USAGE)
    for name in sources:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
            raise Failure(f'There is no source "{one_line(name, 60)}". Did you mean {near}?', ExitCode.USAGE)
    return tuple(dict.fromkeys(sources)) or known


def _lead(
    workspace: "Workspace", sources: tuple[str, ...], reader: "TextReader | None", *, full: bool
) -> "list[SourceReport] | None":
    from cache.store.elsewhere import expect_many_rows

    expect_many_rows()
    progress = _Progress() if sys.stderr.isatty() else None
    engine = workspace.engine(
        on_change=lambda _: None,
        on_status=progress.take if progress else lambda _: None,
        only=sources,
        reader=reader,
    )

    async def sync() -> "list[SourceReport] | None":
        drawing = asyncio.ensure_future(progress.draw()) if progress else None
        try:
            return await engine.sync_once(full=full)
        finally:
            if drawing is not None:
                drawing.cancel()
                await asyncio.gather(drawing, return_exceptions=True)

    try:
        return asyncio.run(sync())
    finally:
        if progress is not None:
            progress.clear()


def _follow(workspace: "Workspace", sources: tuple[str, ...]) -> dict[str, str]:
    """Have the process that leads do it; a sentence for each source that failed."""
    from inbox_tui.cli.leading import ask_leader, leading

    leader = leading(workspace)
    if leader is None:
        raise Failure("The process that did the network work has just ended. Try again.")
    click.echo(f"The running inbox ({leader}) does the sync.", err=True)
    return ask_leader(workspace, sources, leader)


def _line(
    local: "LocalCopy",
    source: str,
    before: Sequence[PendingEdit],
    *,
    report: "SourceReport | None" = None,
    error: str | None = None,
) -> _Line:
    from cache.query import parse_query

    def own(edits: Sequence[PendingEdit]) -> tuple[PendingEdit, ...]:
        """What the person did; what was only opened is no edit of theirs."""
        return tuple(edit for edit in edits if edit.key.source == source and not edit.implicit)

    left = own(local.outbox.pending())
    there = {(edit.key, edit.field) for edit in left}
    sent = sum((edit.key, edit.field) not in there for edit in own(before))
    return _Line(source, local.reader.count(parse_query(f"source:{source}")), sent, left, report, error)


def _code(lines: Sequence[_Line], reports: "Sequence[SourceReport] | None") -> int:
    from inbox_tui.secrets import SecretError

    keyless = [
        report.failure is not None and isinstance(report.failure.__cause__, SecretError)
        for report in reports or ()
    ]
    if keyless and all(keyless):
        return ExitCode.USAGE
    if any(line.complaints() for line in lines):
        return ExitCode.FAILED
    return ExitCode.UNSETTLED if any(line.left for line in lines) else ExitCode.OK


class _Progress:
    """One line on standard error, written over while the sync runs."""

    def __init__(self, *, wall: Callable[[], float] = time.time) -> None:
        self._statuses: dict[str, SourceStatus] = {}
        self._wall = wall

    def take(self, status: "SourceStatus") -> None:
        """Remember the newest state of a source."""
        self._statuses[status.source] = status

    async def draw(self) -> None:
        """Draw four times a second until cancelled."""
        drawn = ""
        while True:
            line = "  ".join(map(self._part, self._statuses.values()))[:100]
            if line != drawn:
                sys.stderr.write(f"\r\x1b[K{line}")
                sys.stderr.flush()
                drawn = line
            await asyncio.sleep(0.25)

    def clear(self) -> None:
        """Take the line away."""
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()

    def _part(self, status: "SourceStatus") -> str:
        from cache.sync.status import Connection

        paced = status.connection.is_up or status.connection is Connection.RATE
        said = f"{status.received:,} received" if status.received else status.connection.value
        if status.retry_at is not None and status.retry_at > self._wall():
            why = ", rate limit" if paced else ""
            said += f"{why}, goes on in {status.retry_at - self._wall():.0f} s"
        return f"{status.source}: {said}"
