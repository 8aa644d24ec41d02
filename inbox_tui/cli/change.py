"""`inbox-tui set`: edits of submissions, recorded as one gesture."""

import sys
import time
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Final

import click

from cache.models import PARKED, PRIORITIES, STATUSES, Key
from inbox_tui.cli.group import BulkCommand
from inbox_tui.outcome import ExitCode, Failure

if TYPE_CHECKING:
    from cache.outbox.outbox import EditResult
    from cache.store.reader import Reader
    from inbox_tui.triage import Action, Subject
    from inbox_tui.workspace import LocalCopy, Workspace

__all__ = ["set_command"]

_ASKED_ABOVE: Final = 25
"""So many submissions a query may change without a question."""


@click.command(
    "set",
    cls=BulkCommand,
    help="Change submissions. The changes are recorded at once and sent by the inbox that runs, or by the"
    " next `inbox-tui sync`; with --wait this command sends them.\n\n"
    "ID is a number (SUB-0421 or 421), an id or the beginning of one. WHO is `me`, a user id or the beginning"
    " of a colleague's name. The words of a QUERY go on to the next option; what it finds is changed"
    " together, so that one `inbox-tui undo` takes it back.",
)
@click.argument("references", metavar="[ID]...", nargs=-1)
@click.option("--status", type=click.Choice(STATUSES), help="Set the status.")
@click.option("--priority", type=click.Choice(PRIORITIES), help="Set the priority.")
@click.option("--flag/--no-flag", default=None, help="Set or take the flag.")
@click.option("--assign", metavar="WHO", help="Assign to a colleague.")
@click.option("--unassign", is_flag=True, help="Assign to nobody.")
@click.option("--note", metavar="TEXT", help="Replace the notes; an empty TEXT removes them.")
@click.option("--append-note", metavar="TEXT", help="Add a line with the time and your name to the notes.")
@click.option("--no-stamp", is_flag=True, help="Append the text alone, without time and name.")
@click.option("--query", metavar="QUERY", help="Change what matches a query, instead of ids.")
@click.option("--dry-run", is_flag=True, help="With --query: list what would be changed, and change nothing.")
@click.option(
    "--yes", is_flag=True, help=f"With --query: change more than {_ASKED_ABOVE} without being asked."
)
@click.option("--wait", is_flag=True, help="Return when the changes have reached their source.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    default=120,
    show_default=True,
    metavar="SECONDS",
    help="How long --wait waits.",
)
def set_command(
    references: tuple[str, ...],
    query: str | None,
    dry_run: bool,
    yes: bool,
    wait: bool,
    timeout: float,
    **changes: str | bool | None,
) -> int:
    """Change submissions."""
    from inbox_tui.cli.session import nothing_found, query_of
    from inbox_tui.subjects import subjects_of
    from inbox_tui.triage import combine
    from inbox_tui.workspace import open_workspace

    _check_usage(references, query, dry_run=dry_run, yes=yes, changes=changes)
    workspace = open_workspace()
    with workspace.local() as local:
        keys = _keys(workspace, local.reader, references, query)
        if not keys:
            wanted = query_of(workspace, local.reader, [query or ""])
            said = nothing_found(workspace, local.reader, wanted).removesuffix(".")
            click.echo(f"{said}. Nothing was changed.", err=True)
            return ExitCode.OK
        if dry_run:
            _print_rows(workspace, local.reader, keys)
            return ExitCode.OK
        subjects = subjects_of(workspace, local.reader, keys)
        action = combine(_actions(local.reader, subjects, changes), subjects)
        if query is not None and (changed := _changed(action, subjects)):
            action = combine(_actions(local.reader, changed, changes), changed)
            if not _agreed(len(changed), len(keys), yes=yes):
                click.echo("Nothing was changed.", err=True)
                return ExitCode.FAILED
        result = local.outbox.edit(action.label, action.edits, local.reader.server)
        if not result.steps:
            click.echo("nothing to change: the values are as wanted already.", err=True)
        else:
            click.echo(f"{action.label}.")
        if wait:
            return _wait(workspace, local, action, timeout)
        if result.steps:
            _say_who_sends(workspace, result)
    return ExitCode.OK


def _check_usage(
    references: tuple[str, ...],
    query: str | None,
    *,
    dry_run: bool,
    yes: bool,
    changes: dict[str, str | bool | None],
) -> None:
    if bool(references) == (query is not None):
        raise click.UsageError("Name submissions by their ids, or by --query.")
    if dry_run and query is None:
        raise click.UsageError("--dry-run goes with --query.")
    if yes and query is None:
        raise click.UsageError("--yes goes with --query.")
    if changes["assign"] is not None and changes["unassign"]:
        raise click.UsageError("Choose one of --assign and --unassign.")
    if changes["note"] is not None and changes["append_note"] is not None:
        raise click.UsageError("Choose one of --note and --append-note.")
    if changes["no_stamp"] and changes["append_note"] is None:
        raise click.UsageError("--no-stamp goes with --append-note.")
    asked = any(value not in (None, False) for value in changes.values()) or changes["flag"] is not None
    if not asked and not dry_run:
        raise click.UsageError("Say what to change, such as --status resolved.")


def _changed(action: "Action", subjects: Sequence["Subject"]) -> list["Subject"]:
    """Those that do not have the wanted values yet."""
    from cache.outbox.registers import same_value

    seen = {subject.key: subject.seen for subject in subjects}
    changed = {
        edit.key
        for edit in action.edits
        if not same_value(edit.field, edit.want, seen[edit.key].value(edit.field))
    }
    return [subject for subject in subjects if subject.key in changed]


def _agreed(changing: int, found: int, *, yes: bool) -> bool:
    """Say how many a query changes; when they are many, have the person's word for it."""
    of = f" of {found:,} found" if found != changing else ""
    click.echo(f"{changing:,} submission{'' if changing == 1 else 's'}{of} to change.", err=True)
    if yes or changing <= _ASKED_ABOVE:
        return True
    if not _can_ask():
        raise click.UsageError(f"More than {_ASKED_ABOVE} are changed only with --yes; --dry-run lists them.")
    return click.confirm("Change them?", err=True)


def _can_ask() -> bool:
    return sys.stdin.isatty()


def _keys(
    workspace: "Workspace", reader: "Reader", references: tuple[str, ...], query: str | None
) -> list[Key]:
    from inbox_tui.cli.session import find_key, query_of

    if query is None:
        return list(dict.fromkeys(find_key(reader, reference) for reference in references))
    parsed = query_of(workspace, reader, [query])
    return [row.key for row in reader.rows(reader.rowids(parsed))]


def _print_rows(workspace: "Workspace", reader: "Reader", keys: Sequence[Key]) -> None:
    from inbox_tui.cli.listing import table_lines

    rows = [row for key in keys if (row := reader.row(key)) is not None]
    for line in table_lines(
        rows, several_sources=len(workspace.source_names) > 1, local=workspace.local_sources
    ):
        click.echo(line)
    plural = "" if len(rows) == 1 else "s"
    click.echo(f"{len(rows):,} submission{plural} would be changed; nothing was.", err=True)


def _actions(
    reader: "Reader", subjects: Sequence["Subject"], changes: dict[str, str | bool | None]
) -> list["Action"]:
    from inbox_tui import triage
    from inbox_tui.cli.session import person

    sources = tuple(dict.fromkeys(subject.key.source for subject in subjects))
    actions: list[Action] = []
    if changes["status"] is not None:
        actions.append(triage.set_status(subjects, str(changes["status"])))
    if changes["priority"] is not None:
        actions.append(triage.set_priority(subjects, str(changes["priority"])))
    if changes["flag"] is not None:
        actions.append(triage.set_flag(subjects, bool(changes["flag"])))
    if changes["assign"] is not None:
        users, name = person(reader, str(changes["assign"]), sources)
        actions.append(triage.assign(subjects, users, name))
    if changes["unassign"]:
        actions.append(triage.unassign(subjects))
    if changes["note"] is not None:
        actions.append(triage.replace_note(subjects, str(changes["note"])))
    if changes["append_note"] is not None:
        text = str(changes["append_note"])
        if text.strip() and not changes["no_stamp"]:
            text = triage.stamped(text, now=time.time(), author=_author(reader, sources))
        actions.append(triage.append_note(subjects, text))
    return actions


def _author(reader: "Reader", sources: Sequence[str]) -> str | None:
    """The person's own name, where it is known."""
    names = {member.user_id: member.name for member in reader.context.members}
    states = reader.source_states()
    for source in sources:
        state = states.get(source)
        if state is not None and state.user_name:
            return state.user_name
        user = (reader.context.me or {}).get(source)
        if user in names:
            return names[user]
    return None


def _say_who_sends(workspace: "Workspace", result: "EditResult") -> None:
    from inbox_tui.cli.leading import who_sends

    who = who_sends(workspace)
    sent = [step for step in result.steps if step.key.source not in workspace.local_sources]
    if sent:
        what = "change" if len(sent) == 1 else "changes"
        click.echo(f"{who[0].upper()}{who[1:]} sends the {what}.", err=True)
    _say_what_stays(workspace, {step.key.source for step in result.steps})


def _say_what_stays(workspace: "Workspace", sources: Collection[str]) -> None:
    """Of some sources nothing is ever sent: say of which."""
    kept = sorted(workspace.local_sources.intersection(sources))
    if kept:
        click.echo(f"Kept on this machine only: {', '.join(kept)} has no place for it.", err=True)


def _wait(workspace: "Workspace", local: "LocalCopy", action: "Action", timeout: float) -> int:
    from inbox_tui.cli.leading import deliver, who_sends
    from inbox_tui.cli.outbox import sentence

    fields = [(edit.key, edit.field) for edit in action.edits]
    left, errors = deliver(workspace, local.outbox, fields, timeout)
    local.reader.refresh()
    for error in errors:
        click.echo(f"inbox-tui: {error}", err=True)
    if not left:
        sources = {key.source for key, _ in fields}
        if sources - workspace.local_sources:
            click.echo("delivered.", err=True)
        _say_what_stays(workspace, sources)
        return ExitCode.OK
    lines = [sentence(local.reader, edit) for edit in left]
    if any(edit.state not in PARKED for edit in left):
        lines.append(
            f"Saved here: {who_sends(workspace)} sends what is queued once the source can be reached."
        )
    raise Failure("\n".join(lines), ExitCode.UNSETTLED)
