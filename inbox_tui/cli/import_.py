"""`inbox-tui import`: a pack into the local copy."""

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import click

from cache.text import one_line
from inbox_tui.outcome import ExitCode, Failure

if TYPE_CHECKING:
    from cache.outbox.delivery import Delivery
    from cache.store.writer import Writer
    from inbox_tui.cli.progress import Progress
    from inbox_tui.importing import Importer, Tally
    from inbox_tui.packs import BadRow, PackReader, PackRow, PackSource
    from inbox_tui.workspace import LocalCopy, Workspace

__all__ = ["import_command"]

_STANDARD: Final = "-"


@click.command(
    "import",
    help="Take submissions into the local copy from a pack that `inbox-tui export --format pack` has written;"
    " FILE is - for standard input.\n\n"
    "What a pack says is older than anything a source has told here: submissions that were read from their"
    " source stay as they are, and the next sync looks at the others. Sources go by their names; with"
    " --source a pack of one source goes to that one, and of a pack of several only that one is taken.\n\n"
    "A line that cannot be read is left out and told, with exit code 1. No inbox may be running.",
)
@click.argument("file", metavar="FILE")
@click.option("--source", metavar="NAME", help="The source here that the submissions belong to.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object with what became of the pack.")
def import_command(file: str, source: str | None, as_json: bool) -> int:
    """Import a pack."""
    from inbox_tui.cli.progress import Progress
    from inbox_tui.workspace import open_workspace

    workspace = open_workspace()
    with _opened(file) as stream:
        pack = _begun(stream, file)
        taken = _taken(workspace, pack, source)
        with (
            workspace.local() as local,
            _leading(workspace),
            _importer(workspace, local) as importer,
            Progress() as progress,
        ):
            _bind(workspace, local, importer.writer, taken)
            interrupted = _run(workspace, importer, _counted(pack, progress), taken)
    tally = importer.tally
    _tell(tally, pack, as_json=as_json, interrupted=interrupted)
    if interrupted:
        return ExitCode.INTERRUPTED
    return ExitCode.OK if pack.complete and not tally.unreadable else ExitCode.FAILED


@contextlib.contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == _STANDARD:
        yield sys.stdin.buffer
        return
    try:
        stream = Path(file).open("rb", buffering=1 << 20)  # noqa: SIM115 - closed below
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Failure(f"{one_line(file, 200)} cannot be read: {why}.") from error
    with stream:
        yield stream


def _begun(stream: BinaryIO, file: str) -> "PackReader":
    from inbox_tui.packs import BadPack, PackReader

    try:
        return PackReader(stream)
    except (BadPack, OSError) as error:
        why = f"{error.strerror}." if isinstance(error, OSError) else str(error)
        raise Failure(f"{one_line(file, 200)}: {why}") from error


def _taken(workspace: "Workspace", pack: "PackReader", wanted: str | None) -> "dict[str, PackSource]":
    """The sources of the pack by the names they have here. Raises Failure for one that cannot be taken."""
    sources = dict(pack.sources)
    if wanted is not None and len(sources) > 1:
        if wanted not in sources:
            names = one_line(", ".join(sources), 200)
            raise Failure(f"The pack has several sources: --source takes one of {names}.", ExitCode.USAGE)
        sources = {wanted: sources[wanted]}
    elif wanted is not None:
        sources = dict(zip([wanted], sources.values(), strict=False))
    for name, source in sources.items():
        shown, provider = one_line(name, 60), one_line(source.provider, 60)
        configured = workspace.config.sources.get(name)
        if configured is None:
            raise Failure(
                f'There is no source "{shown}" here. `inbox-tui init` adds one, or [sources.{shown}] with'
                f' provider = "{provider}" in {workspace.config.path}; --source NAME takes what the pack'
                " holds to a source you have.",
                ExitCode.USAGE,
            )
        if configured.provider != source.provider:
            raise Failure(
                f"The source {shown} is at {configured.provider} here, and at {provider} in the pack."
                " --source NAME takes another one.",
                ExitCode.USAGE,
            )
    return sources


@contextlib.contextmanager
def _leading(workspace: "Workspace") -> Iterator[None]:
    """Be the one who writes the local copy."""
    from cache.sync.leader import LeaderLock

    lock = LeaderLock(workspace.data)
    if not lock.acquire():
        raise Failure(f"The running inbox ({lock.leader()}) writes the local copy now: quit it, then import.")
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _importer(workspace: "Workspace", local: "LocalCopy") -> "Iterator[Importer]":
    from cache.schema import CACHE, open_database
    from inbox_tui.importing import Importer

    with contextlib.closing(open_database(workspace.data, CACHE)) as cache:
        yield Importer(
            cache,
            local.files.outbox,
            edited=[(edit.key, edit.field) for edit in local.outbox.pending()],
            summaries={name: source.summary for name, source in workspace.config.sources.items()},
            wall=time.time,
        )


def _bind(
    workspace: "Workspace", local: "LocalCopy", writer: "Writer", taken: "dict[str, PackSource]"
) -> None:
    """See that the submissions are those of the account a source belongs to, and keep the names they need."""
    from dataclasses import replace

    from cache.clock import steady_clock
    from cache.outbox.delivery import Delivery
    from cache.sync.binding import remember
    from cache.sync.local import LOCAL_TRIAGE

    delivery = Delivery(local.files.outbox, wall=time.time, steady=steady_clock)
    holds_some = {name: writer.presence.holds_some(name) for name in taken}
    for name, source in taken.items():
        if (other := _other_account(delivery, name, source, holds_some=holds_some[name])) is not None:
            raise Failure(
                f"The pack holds submissions of {other}. Nothing was imported. Use another source for them."
            )
    for name, source in taken.items():
        if source.is_nameless:
            remember(delivery, name, source.container_ids, holds_some=holds_some[name])
        elif source.account_id is not None:
            delivery.bind(name, source.account_id, source.account_name or source.account_id)
    known = writer.sources.containers()
    staffed = {member.source for member in writer.sources.members()}
    for name, source in taken.items():
        writer.sources.ensure(name, source.provider)
        state = writer.sources.state(name)
        is_local = name in workspace.local_sources
        if state is None or (state.account_id is None and (is_local or source.account_id is not None)):
            writer.sources.set_account(
                name,
                account_id=source.account_id or source.provider,
                account_name=source.account_name or source.account_id or source.provider,
                user_id=None,
                user_name=None,
                capabilities=LOCAL_TRIAGE if is_local else None,
            )
        writer.sources.set_containers(
            tuple(replace(each, source=name) for each in source.containers if (name, each.id) not in known)
        )
        if source.members and name not in staffed:
            writer.sources.set_members(name, tuple(replace(each, source=name) for each in source.members))


def _other_account(delivery: "Delivery", name: str, source: "PackSource", *, holds_some: bool) -> str | None:
    """Whose the submissions of a pack are in words, where a source is bound to another account."""
    from cache.sync.binding import may_hold

    if source.account_id is None:
        return None  # that was never asked
    if source.is_nameless:
        if may_hold(delivery, name, source.container_ids, holds_some=holds_some):
            return None
        return f"another account than {name} has here: nothing they came through is known here"
    bound = delivery.bound(name)
    if bound is None or bound[0] == source.account_id:
        return None
    called = source.account_name or source.account_id
    return f"another organisation ({one_line(called, 80)}) than {name} has here ({one_line(bound[1], 80)})"


def _counted(pack: "PackReader", progress: "Progress") -> "Iterator[PackRow | BadRow]":
    for row in pack.rows():
        yield row
        progress.step()


def _run(
    workspace: "Workspace",
    importer: "Importer",
    rows: "Iterator[PackRow | BadRow]",
    taken: "dict[str, PackSource]",
) -> bool:
    """Import, and say whether the person has interrupted it."""
    from inbox_tui import providers
    from inbox_tui.importing import Target

    targets = {
        source.name: Target(name, providers.decoder(source.provider), name in workspace.local_sources)
        for name, source in taken.items()
    }
    try:
        importer.run(rows, targets)
    except KeyboardInterrupt:
        return True
    return False


def _tell(tally: "Tally", pack: "PackReader", *, as_json: bool, interrupted: bool) -> None:
    first = tally.first_unreadable
    if as_json:
        from inbox_tui.output import json_text

        told = {
            "stored": tally.read,
            "new": tally.new,
            "changed": tally.changed,
            "kept": tally.kept,
            "triaged": tally.triaged,
            "unreadable": tally.unreadable,
            "first_unreadable_line": first.line if first is not None else None,
            "complete": pack.complete,
        }
        click.echo(json_text(told, indent=2))
    else:
        click.echo(f"{tally.new:,} new, {tally.changed:,} changed, {tally.kept:,} kept as they were.")
    if first is not None:
        one = tally.unreadable == 1
        verb, place = ("is", "in") if one else ("are", "the first in")
        click.echo(
            f"inbox-tui: {_submissions(tally.unreadable)} of the pack {verb} not readable and left out,"
            f" {place} line {first.line}: {one_line(first.reason, 120)}.",
            err=True,
        )
    if interrupted:
        click.echo(
            f"inbox-tui: interrupted: {_submissions(tally.read)} of the pack are here."
            " Import it again for the others.",
            err=True,
        )
    elif (wrong := _miscounted(pack, tally.unreadable)) is not None:
        click.echo(f"inbox-tui: {wrong}. What could be read was stored.", err=True)


def _miscounted(pack: "PackReader", unreadable: int) -> str | None:
    """How a pack does not hold what it says, where that was not told as lines that are no submissions."""
    if pack.announced is None:
        return "the pack is cut short: its end is missing"
    if pack.met < pack.announced:
        return f"of {_submissions(pack.announced)} that the pack says it holds only {pack.met:,} are in it"
    if pack.met - unreadable > pack.announced:
        return f"the pack says that it holds {_submissions(pack.announced)}, but there are {pack.met:,}"
    return None


def _submissions(count: int) -> str:
    return f"{count:,} submission{'' if count == 1 else 's'}"
