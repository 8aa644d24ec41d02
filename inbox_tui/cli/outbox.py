"""`inbox-tui outbox`: edits that have not settled, and what was changed before."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import click

from cache.models import EditState, Key, PendingEdit, TriageField, TriageValue
from inbox_tui.outcome import ExitCode, Failure

if TYPE_CHECKING:
    from cache.outbox.gestures import HistoryEntry
    from cache.outbox.overwrites import Overwrite
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
_KINDS: Final = {
    "edit": "changed",
    "undo": "undone",
    "redo": "done again",
    "merge": "merged with a colleague's",
    "discard": "discarded",
    "lost": "given up in a conflict",
    "implicit": "opened",
}
_field_option = click.option(
    "--field", type=click.Choice(tuple(_FIELDS)), metavar="FIELD", help="Only this field, such as status."
)
_json_option = click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")


@click.group(
    "outbox",
    invoke_without_command=True,
    help="Edits that have not settled: waiting, refused, in conflict or orphaned.\n\n"
    "Without a command: `list`.",
)
@_json_option
@click.pass_context
def outbox_command(ctx: click.Context, as_json: bool) -> None:
    """Edits that have not settled."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_edits, as_json=as_json)
    elif as_json:
        ctx.fail("--json goes after the command.")


@outbox_command.command(
    "list",
    help="List the edits that have not settled, oldest first, and values of colleagues that were"
    " overwritten unseen.",
)
@_json_option
def list_edits(as_json: bool) -> None:
    """List unsettled edits."""
    from inbox_tui.output import json_text
    from inbox_tui.workspace import open_workspace

    with open_workspace().local() as local:
        edits, overwrites, reader = local.outbox.pending(), local.outbox.overwrites(), local.reader
        if as_json:
            objects = [*_objects(local, edits), *(_overwrite_object(reader, one) for one in overwrites)]
            click.echo(json_text(objects, indent=2))
            return
        for edit in edits:
            click.echo(sentence(reader, edit))
        for one in overwrites:
            click.echo(_overwrite_sentence(reader, one))
        if not edits and not overwrites:
            click.echo("every edit has settled.", err=True)


@outbox_command.command("retry", help="Send refused and waiting edits again: all of them, or those of IDs.")
@click.argument("references", metavar="[ID]...", nargs=-1)
@_field_option
@_json_option
def retry(references: tuple[str, ...], field: str | None, as_json: bool) -> None:
    """Queue edits again."""
    from inbox_tui.cli.leading import who_sends
    from inbox_tui.workspace import open_workspace

    workspace = open_workspace()
    with workspace.local() as local:
        keys = _keys(local, references) or list(dict.fromkeys(edit.key for edit in local.outbox.pending()))
        name = _FIELDS[field] if field else None
        again = [edit for key in keys for edit in local.outbox.retry(key, name)]
        if as_json:
            _print_now(local, again)
        else:
            later = f"{who_sends(workspace)} sends what is queued, once the source can be reached"
            click.echo(f"queued {_edits(again)}: {later}." if again else "there is nothing to send again.")


@outbox_command.command("discard", help="Drop the unsettled edits of a submission; the server's values stay.")
@click.argument("reference", metavar="ID")
@_field_option
@_json_option
def discard(reference: str, field: str | None, as_json: bool) -> None:
    """Drop unsettled edits."""
    from inbox_tui.output import json_text
    from inbox_tui.workspace import open_workspace

    with open_workspace().local() as local:
        key = _keys(local, [reference])[0]
        dropped = local.outbox.discard(key, _FIELDS[field] if field else None)
        if not dropped:
            raise Failure(f"{_ref(local.reader, key)} has no unsettled edit to discard.")
        if as_json:
            click.echo(json_text(_objects(local, dropped), indent=2))
        else:
            click.echo(f"discarded {_edits(dropped)} of {_ref(local.reader, key)}.")


@outbox_command.command(
    "settle",
    help="Rule on the conflicts of a submission.\n\nWhat is given up stays in `inbox-tui outbox history`.",
)
@click.argument("reference", metavar="ID")
@_field_option
@click.option("--mine", "rule", flag_value="mine", help="Send your value over the server's.")
@click.option("--theirs", "rule", flag_value="theirs", help="Take the server's value.")
@click.option(
    "--merge", "rule", flag_value="merge", help="Notes: send the server's text with yours below it."
)
@_json_option
def settle(reference: str, field: str | None, rule: str | None, as_json: bool) -> None:
    """Rule on conflicts."""
    from inbox_tui.output import json_text
    from inbox_tui.workspace import open_workspace

    if rule is None:
        raise click.UsageError("Say --mine, --theirs or --merge.")
    if rule == "merge" and field is not None and _FIELDS[field] != "notes":
        raise click.UsageError("--merge is for notes only.")
    with open_workspace().local() as local:
        key = _keys(local, [reference])[0]
        fields = ("notes",) if rule == "merge" else tuple(dict.fromkeys(_FIELDS.values()))
        chosen: Sequence[TriageField] = [_FIELDS[field]] if field else fields
        settled = [edit for name in chosen if (edit := _settle(local, key, name, rule)) is not None]
        if not settled:
            what = "conflict over notes" if rule == "merge" else "conflict"
            raise Failure(f"{_ref(local.reader, key)} has no {what} to settle.")
        if as_json:
            click.echo(json_text(_objects(local, settled), indent=2))
            return
        words = {"mine": "your values will be sent", "theirs": "the server's values stay"}
        which = words.get(rule, "both texts will be sent")
        click.echo(f"settled {_edits(settled)} of {_ref(local.reader, key)}: {which}.")


def _settle(local: "LocalCopy", key: Key, field: TriageField, rule: str) -> PendingEdit | None:
    from cache.outbox.notes import both_texts

    if rule != "merge":
        return local.outbox.settle(key, field, mine=rule == "mine")
    edit = local.outbox.registers.get(key, field)
    if edit is None:
        return None
    text = both_texts(edit.base, edit.want, edit.theirs)
    return local.outbox.settle_as(key, field, text, ruled_on=edit)


@outbox_command.command(
    "history",
    help="List what was changed here, newest first: each value that was replaced, and by what.\n\n"
    "The number before a line brings its old value back: `inbox-tui outbox restore NUMBER`.",
)
@click.argument("reference", metavar="[ID]", required=False)
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many lines."
)
@_json_option
def history(reference: str | None, limit: int, as_json: bool) -> None:
    """List the history."""
    from inbox_tui.output import json_text
    from inbox_tui.workspace import open_workspace

    with open_workspace().local() as local:
        key = _keys(local, [reference])[0] if reference else None
        entries = local.outbox.history(key, limit=limit)
        if as_json:
            click.echo(json_text([_entry_object(local.reader, entry) for entry in entries], indent=2))
            return
        for entry in entries:
            click.echo(_entry_sentence(local.reader, entry))
        if not entries:
            click.echo("nothing was changed yet.", err=True)


@outbox_command.command(
    "restore",
    help="Want an old value again: the one a line of `outbox history` replaced, or with --overwrite one of a"
    " colleague's that `outbox list` names.\n\n"
    "It is a change like any other: it is sent, and `inbox-tui undo` takes it back.",
)
@click.argument("number", type=click.IntRange(min=1))
@click.option("--overwrite", is_flag=True, help="NUMBER is that of an overwritten value.")
def restore(number: int, overwrite: bool) -> int:
    """Restore a value."""
    from inbox_tui.workspace import open_workspace

    with open_workspace().local() as local:
        server = local.reader.server
        if overwrite:
            one = _overwrite(local, number)
            if not one.known:
                raise Failure("What stood there is not known: it cannot be restored.")
            result = local.outbox.restore(one, server, f"restored {_place(local.reader, one.key, one.field)}")
        else:
            entry = local.outbox.gestures.entry(number)
            if entry is None:
                raise Failure(f"The history has no line {number}.")
            label = f"restored {_place(local.reader, entry.key, entry.field)}"
            found = local.outbox.restore_entry(number, server, label)
            assert found is not None
            result = found
        if result.steps:
            click.echo(f"{result.label}.")
        else:
            click.echo("nothing to change: the value is as wanted already.", err=True)
    return ExitCode.OK


@outbox_command.command("dismiss", help="Let an overwritten value of a colleague's be, by its number.")
@click.argument("number", type=click.IntRange(min=1))
def dismiss(number: int) -> None:
    """Let an overwritten value be."""
    from inbox_tui.workspace import open_workspace

    with open_workspace().local() as local:
        one = _overwrite(local, number)
        local.outbox.dismiss(one)
        click.echo(f"{_place(local.reader, one.key, one.field)} stays as it is.")


def sentence(reader: "Reader", edit: PendingEdit) -> str:
    """One edit and how it stands, on one line."""
    from cache.text import one_line
    from inbox_tui.triage import FIELD_NAMES

    name = f"{edit.key.source}:{_ref(reader, edit.key)} {FIELD_NAMES[edit.field]}"
    what = f"{name}: {_shown(reader, edit.field, edit.want)}"
    state = edit.state.value
    if edit.state is EditState.CONFLICT:
        return f"{what}  {state} (the server has {_shown(reader, edit.field, edit.theirs)})"
    reason = one_line(edit.error, 200) if edit.error else "because it was opened" if edit.implicit else ""
    return f"{what}  {state}" + (f" ({reason})" if reason else "")


def _overwrite_sentence(reader: "Reader", one: "Overwrite") -> str:
    from cache.text import one_line

    who = one_line(one.actor_name or reader.person(one.actor_id) or "somebody", 60)
    was = f" ({_shown(reader, one.field, one.theirs)})" if one.known else ""
    hint = f"`outbox restore --overwrite {one.id}` or " if one.known else ""
    place, mine = _place(reader, one.key, one.field), _shown(reader, one.field, one.mine)
    what = f"{one.key.source}:{place}: your {mine} overwrote what {who} had set{was}"
    return f"{what}  {hint}`outbox dismiss {one.id}`"


def _entry_sentence(reader: "Reader", entry: "HistoryEntry") -> str:
    from inbox_tui.output import local_time

    before, after = (_shown(reader, entry.field, value) for value in (entry.before, entry.after))
    place = f"{entry.key.source}:{_place(reader, entry.key, entry.field)}"
    return f"{entry.id:>6}  {local_time(entry.at)}  {place}: {before} -> {after}  {_KINDS[entry.kind]}"


def _objects(local: "LocalCopy", edits: Sequence[PendingEdit]) -> list[dict[str, object]]:
    from inbox_tui.output import edit_object

    objects = []
    for edit in edits:
        detail = local.reader.detail(edit.key)
        number = detail.submission.number if detail is not None else None
        objects.append(edit_object(edit, number=number, server=local.reader.server(edit.key)))
    return objects


def _print_now(local: "LocalCopy", edits: Sequence[PendingEdit]) -> None:
    """Print edits as they stand after a change."""
    from inbox_tui.output import json_text

    now = (local.outbox.registers.get(edit.key, edit.field) for edit in edits)
    click.echo(json_text(_objects(local, [edit for edit in now if edit is not None]), indent=2))


def _overwrite_object(reader: "Reader", one: "Overwrite") -> dict[str, object]:
    """An overwritten value like an edit: `base` is what was overwritten, `want` what overwrote it."""
    from inbox_tui.output import utc_time

    held = reader.server(one.key)
    return {
        "source": one.key.source,
        "id": one.key.id,
        "ref": _ref(reader, one.key),
        "field": one.field,
        "base": one.theirs,
        "want": one.mine,
        "server": held.value(one.field) if held is not None else None,
        "state": "overwrote",
        "attempts": 1,
        "next_try": None,
        "error": None,
        "edited_at": utc_time(one.at),
        "overwrite": one.id,
    }


def _entry_object(reader: "Reader", entry: "HistoryEntry") -> dict[str, object]:
    from inbox_tui.output import utc_time

    return {
        "number": entry.id,
        "source": entry.key.source,
        "id": entry.key.id,
        "ref": _ref(reader, entry.key),
        "field": entry.field,
        "kind": entry.kind,
        "before": entry.before,
        "after": entry.after,
        "at": utc_time(entry.at),
    }


def _shown(reader: "Reader", field: TriageField, value: TriageValue) -> str:
    from inbox_tui.triage import value_words

    words = value_words(field, value, reader.person)
    return f'"{words}"' if field == "notes" and value else words


def _place(reader: "Reader", key: Key, field: TriageField) -> str:
    from inbox_tui.triage import FIELD_NAMES

    return f"{_ref(reader, key)} {FIELD_NAMES[field]}"


def _overwrite(local: "LocalCopy", number: int) -> "Overwrite":
    found = next((one for one in local.outbox.overwrites() if one.id == number), None)
    if found is None:
        raise Failure(f"There is no overwritten value {number}; `inbox-tui outbox list` names them.")
    return found


def _keys(local: "LocalCopy", references: Sequence[str]) -> list[Key]:
    from inbox_tui.cli.session import find_key

    pending = tuple(dict.fromkeys(edit.key for edit in local.outbox.pending()))
    return list(dict.fromkeys(find_key(local.reader, reference, pending) for reference in references))


def _ref(reader: "Reader", key: Key) -> str:
    from inbox_tui.cli.session import ref_of

    return ref_of(reader, key)


def _edits(edits: Sequence[PendingEdit]) -> str:
    return "1 edit" if len(edits) == 1 else f"{len(edits)} edits"
