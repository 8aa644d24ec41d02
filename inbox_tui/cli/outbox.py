"""`inbox-tui outbox`: edits that have not settled."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import click

from cache.models import EditState, Key, PendingEdit, TriageField
from inbox_tui.outcome import Failure

if TYPE_CHECKING:
    from cache.store.reader import Reader
    from inbox_tui.workspace import LocalCopy

__all__ = ["outbox_command", "sentence"]

_FIELDS: Final[dict[str, TriageField]] = {
    "status": "status",
    "priority": "priority",
    "flagged": "flagged",
    "flag": "flagged",
    "assignee": "assignee_id",
    "assignee_id": "assignee_id",
    "notes": "notes",
    "note": "notes",
}
_field_option = click.option(
    "--field", type=click.Choice(tuple(_FIELDS)), metavar="FIELD", help="Only this field, such as status."
)


@click.group("outbox", help="Edits that have not settled: waiting, refused, in conflict or orphaned.")
def outbox_command() -> None:
    """Edits that have not settled."""


@outbox_command.command("list", help="List the edits that have not settled, oldest first.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def list_edits(as_json: bool) -> None:
    """List unsettled edits."""
    from inbox_tui.output import edit_object, json_text
    from inbox_tui.workspace import open_workspace

    with open_workspace().local() as local:
        edits, reader = local.outbox.pending(), local.reader
        if not as_json:
            for edit in edits:
                click.echo(sentence(reader, edit))
            if not edits:
                click.echo("every edit has settled.", err=True)
            return
        objects = []
        for edit in edits:
            detail = reader.detail(edit.key)
            number = detail.submission.number if detail is not None else None
            objects.append(edit_object(edit, number=number, server=reader.server(edit.key)))
        click.echo(json_text(objects, indent=2))


@outbox_command.command("retry", help="Send refused and waiting edits again: all of them, or those of IDs.")
@click.argument("references", metavar="[ID]...", nargs=-1)
def retry(references: tuple[str, ...]) -> None:
    """Queue edits again."""
    from inbox_tui.workspace import open_workspace

    with open_workspace().local() as local:
        keys = _keys(local, references) or list(dict.fromkeys(edit.key for edit in local.outbox.pending()))
        again = [edit for key in keys for edit in local.outbox.retry(key)]
        click.echo(f"{_edits(again)} will be sent again." if again else "there is nothing to send again.")


@outbox_command.command("discard", help="Drop the unsettled edits of a submission; the server's values stay.")
@click.argument("reference", metavar="ID")
@_field_option
def discard(reference: str, field: str | None) -> None:
    """Drop unsettled edits."""
    from inbox_tui.workspace import open_workspace

    with open_workspace().local() as local:
        key = _keys(local, [reference])[0]
        dropped = local.outbox.discard(key, _FIELDS[field] if field else None)
        if not dropped:
            raise Failure(f"{_ref(local.reader, key)} has no unsettled edit to discard.")
        click.echo(f"discarded {_edits(dropped)} of {_ref(local.reader, key)}.")


@outbox_command.command("settle", help="Rule on the conflicts of a submission.")
@click.argument("reference", metavar="ID")
@_field_option
@click.option("--mine", "rule", flag_value="mine", help="Send your value over the server's.")
@click.option("--theirs", "rule", flag_value="theirs", help="Take the server's value.")
def settle(reference: str, field: str | None, rule: str | None) -> None:
    """Rule on conflicts."""
    from inbox_tui.workspace import open_workspace

    if rule is None:
        raise click.UsageError("Say --mine or --theirs.")
    with open_workspace().local() as local:
        key = _keys(local, [reference])[0]
        chosen = [_FIELDS[field]] if field else list(dict.fromkeys(_FIELDS.values()))
        settled = [
            edit
            for name in chosen
            if (edit := local.outbox.settle(key, name, mine=rule == "mine")) is not None
        ]
        if not settled:
            raise Failure(f"{_ref(local.reader, key)} has no conflict to settle.")
        which = "your values will be sent" if rule == "mine" else "the server's values stay"
        click.echo(f"settled {_edits(settled)} of {_ref(local.reader, key)}: {which}.")


def sentence(reader: "Reader", edit: PendingEdit) -> str:
    """One edit and how it stands, on one line."""
    from cache.text import one_line
    from inbox_tui.triage import FIELD_NAMES

    name = f"{edit.key.source}:{_ref(reader, edit.key)} {FIELD_NAMES[edit.field]}"
    what = f"{name}: {_shown(reader, edit, edit.want)}"
    state = edit.state.value
    if edit.state is EditState.CONFLICT:
        return f"{what}  {state} (the server has {_shown(reader, edit, edit.theirs)})"
    return f"{what}  {state}" + (f" ({one_line(edit.error, 200)})" if edit.error else "")


def _shown(reader: "Reader", edit: PendingEdit, value: str | bool | None) -> str:
    from cache.text import one_line

    if value is None or value == "":
        return "nobody" if edit.field == "assignee_id" else "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if edit.field == "assignee_id":
        return one_line(reader.person(value) or value, 60)
    return f'"{one_line(value, 60)}"' if edit.field == "notes" else one_line(value, 60)


def _keys(local: "LocalCopy", references: Sequence[str]) -> list[Key]:
    from inbox_tui.cli.session import find_key

    pending = tuple(dict.fromkeys(edit.key for edit in local.outbox.pending()))
    return list(dict.fromkeys(find_key(local.reader, reference, pending) for reference in references))


def _ref(reader: "Reader", key: Key) -> str:
    from inbox_tui.cli.session import ref_of

    return ref_of(reader, key)


def _edits(edits: Sequence[PendingEdit]) -> str:
    return "1 edit" if len(edits) == 1 else f"{len(edits)} edits"
