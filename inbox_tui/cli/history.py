"""`inbox-tui undo` and `redo`: the last gesture, whichever process made it."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cache.outbox.gestures import Step
    from cache.outbox.outbox import Undone
    from cache.store.reader import Reader

__all__ = ["redo_command", "undo_command"]


@click.command("undo", help="Take back the last change, here or in the inbox, even after it was sent.")
def undo_command() -> int:
    """Undo the last gesture."""
    return _reverse(redo=False)


@click.command("redo", help="Do again what was undone last.")
def redo_command() -> int:
    """Redo what was undone last."""
    return _reverse(redo=True)


def _reverse(*, redo: bool) -> int:
    from inbox_tui.outcome import ExitCode
    from inbox_tui.workspace import open_workspace

    with open_workspace().local() as local:
        reverse = local.outbox.redo if redo else local.outbox.undo
        done = reverse(local.reader.server)
        word = "redo" if redo else "undo"
        if done is None:
            click.echo(f"there is nothing to {word}.", err=True)
            return ExitCode.OK
        for line in _told(local.reader, done, word):
            click.echo(line)
        for step in done.conflicts:
            click.echo(_conflict(local.reader, step), err=True)
        return ExitCode.UNSETTLED if done.conflicts else ExitCode.OK


def _told(reader: "Reader", done: "Undone", word: str) -> list[str]:
    from cache.text import one_line

    verb = "undone" if word == "undo" else "done again"
    if done.steps or done.conflicts:
        lines = [f"{verb}: {one_line(done.label)}."]
    else:
        lines = [f"nothing to {word} in: {one_line(done.label)}."]
    lines += [f"left alone: {_field(reader, step)}, which was changed since." for step in done.skipped]
    return lines


def _conflict(reader: "Reader", step: "Step") -> str:
    from inbox_tui.cli.session import ref_of

    return (
        f"{_field(reader, step)} was changed by somebody since and waits for your word:"
        f" `inbox-tui outbox settle {ref_of(reader, step.key)} --mine` or `--theirs`."
    )


def _field(reader: "Reader", step: "Step") -> str:
    from inbox_tui.cli.session import ref_of
    from inbox_tui.triage import FIELD_NAMES

    return f"the {FIELD_NAMES[step.field]} of {ref_of(reader, step.key)}"
