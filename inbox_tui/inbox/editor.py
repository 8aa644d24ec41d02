"""Runs the person's own editor on a private file, and cleans up after it."""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cache.errors import CacheError
from cache.files import private_directory

if TYPE_CHECKING:
    from inbox_tui.app import InboxApp

__all__ = ["EditorFailed", "edit_text", "editor_command", "let_edit"]


class EditorFailed(Exception):
    """The editor could not be run, or left with an error; nothing changes. `str(error)` is one sentence."""


def editor_command(environ: Mapping[str, str]) -> list[str]:
    """The person's editor as an argument list: `$VISUAL`, else `$EDITOR`. Raises EditorFailed."""
    for name in ("VISUAL", "EDITOR"):
        value = environ.get(name, "").strip()
        if value:
            try:
                return shlex.split(value)
            except ValueError as exc:
                raise EditorFailed(f"${name} cannot be read as a command.") from exc
    raise EditorFailed("No editor is set: put its name into $VISUAL or $EDITOR, or press i for a short note.")


def let_edit(app: "InboxApp", text: str) -> str:
    """Leave the terminal to the person's editor; returns what they left. Raises EditorFailed."""
    command = editor_command(app.workspace.environ)
    outcome: str | EditorFailed
    with app.suspend():
        # Nothing may be raised in here: the terminal would not come back.
        try:
            outcome = edit_text(text, app.workspace.data / "drafts", command)
        except EditorFailed as failure:
            outcome = failure
    if isinstance(outcome, EditorFailed):
        raise outcome
    return outcome


def edit_text(text: str, directory: Path, command: list[str]) -> str:
    """Let the person edit a text; returns what they left. Raises EditorFailed.

    The file is 0600 in our own directory and always removed; no foreign text reaches a command line.
    """
    try:
        edited = _edited(text, directory, command)
    except (OSError, UnicodeError, CacheError) as exc:
        raise EditorFailed(f"The note could not be given to the editor ({exc}); it is as it was.") from exc
    return edited if text.endswith("\n") else edited.removesuffix("\n")


def _edited(text: str, directory: Path, command: list[str]) -> str:
    private_directory(directory)
    descriptor, name = tempfile.mkstemp(prefix="note-", suffix=".txt", dir=directory)
    path = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        try:
            done = subprocess.run([*command, name], check=False)  # noqa: S603 - the person's own editor
        except OSError as exc:
            raise EditorFailed(f"The editor {command[0]} cannot be started: {exc.strerror}.") from exc
        if done.returncode != 0:
            raise EditorFailed(f"The editor left with code {done.returncode}; the note is as it was.")
        try:
            edited = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as exc:
            raise EditorFailed("What the editor left cannot be read; the note is as it was.") from exc
    finally:
        path.unlink(missing_ok=True)
    return edited
