"""`inbox-tui undo` and `redo`: the last gesture, whichever process made it."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cache.outbox.gestures import Step
    from cache.outbox.outbox import Undone
    from cache.store.reader import Reader

__all__ = ["redo_command", "undo_command"]


@click.command("undo", help="Take back the last change, here or in the inbox, even after it was sent.")
def undo_command() -> None:
    """Undo the last gesture."""
    _reverse(redo=False)


@click.command("redo", help="Do again what was undone last.")
def redo_command() -> None:
    """Redo what was undone last."""
    _reverse(redo=True)


def _reverse(*, redo: bool) -> None:
    from inbox_tui.workspace import open_workspace

    with open_workspace().local() as local:
        reverse = local.outbox.redo if redo else local.outbox.undo
        done = reverse(local.reader.server)
        word = "redo" if redo else "undo"
        if done is None:
            click.echo(f"there is nothing to {word}.", err=True)
            return
        for line in _told(local.reader, done, word):
            click.echo(line)


def _told(reader: "Reader", done: "Undone", word: str) -> list[str]:
    from cache.text import one_line

    verb = "undone" if word == "undo" else "done again"
    lines = [f"{verb}: {one_line(done.label)}." if done.steps else f"nothing to {word} in: {done.label}."]
    lines += [f"left alone: {_field(reader, step)}, which was changed since." for step in done.skipped]
    return lines


def _field(reader: "Reader", step: "Step") -> str:
    from inbox_tui.cli.session import ref_of
    from inbox_tui.triage import FIELD_NAMES

    return f"the {FIELD_NAMES[step.field]} of {ref_of(reader, step.key)}"
