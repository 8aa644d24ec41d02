"""Writes the pages of `docs/` that are made from the program itself.

`python -m tests.generate_docs` writes them; with `--check` it writes nothing and exits 1 when one is stale.
"""

import argparse
import difflib
import importlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from inbox_tui.commands import Group
from inbox_tui.keymap import build_keymap, keys_table

ROOT = Path(__file__).resolve().parent.parent
_MADE = "<!-- Made by `make docs` from the program itself. Do not edit. -->\n"

_KEYS_INTRODUCTION = """
# Keys

Every key can be moved in the `[keys]` section of the config; the last column is the name to use there:

```toml
[keys]
"triage.resolve" = "d"                 # one sequence
"edit.undo" = ["u", "ctrl+y"]          # or several
"triage.status.spam" = "s s"           # keys of one sequence are separated by spaces
"display.signs" = []                   # no key at all
```

A line replaces all keys of its command. `inbox-tui keys` prints the keys as they are now; lines that cannot
be applied are named there and when the inbox opens, and the others hold.

Keys are written as the character they type (`e`, `E`, `!`, `/`, `+`), as a word (`space`, `enter`, `escape`,
`tab`, `backspace`, `insert`, `delete`, `up`, `down`, `left`, `right`, `home`, `end`, `pageup`, `pagedown`,
`f1` to `f24`), or with `ctrl+`, `alt+` and `shift+` before them (`ctrl+r`, `shift+tab`). A capital letter is
the letter with shift.

Where the table says *count*, a number can be typed first: `5j` moves down five rows, `12G` goes to row 12,
`3e` resolves three submissions. Escape takes back a number or the first key of a sequence.
"""

_COMMANDS_INTRODUCTION = """
# Commands

What each command prints for `--help`.
"""


def keys_page() -> str:
    """Return the text of `docs/keys.md`."""
    keymap, _ = build_keymap({})
    table = keys_table(keymap)
    parts = [_MADE + _KEYS_INTRODUCTION]
    for group in Group:
        parts.append(f"\n## {group.value}\n\n| Keys | Does | Where | Name |\n|---|---|---|---|\n")
        for row in table:
            if row["group"] == group.value:
                keys = ", ".join(_code(key) for key in row["keys"])
                count = " (count)" if row["count"] else ""
                where = ", ".join("everywhere" if name == "global" else name for name in row["contexts"])
                parts.append(f"| {keys} | {row['help']}{count} | {where} | `{row['id']}` |\n")
    return "".join(parts)


def commands_page(main: click.Group) -> str:
    """Return the text of `docs/commands.md` for a command tree."""
    parts = [_MADE + _COMMANDS_INTRODUCTION]
    for path, help_text in _help_texts(main, "inbox-tui", None):
        parts.append(f"\n## {path}\n\n```text\n{help_text.rstrip()}\n```\n")
    return "".join(parts)


def pages() -> tuple[dict[Path, str], list[str]]:
    """Return the text of each page by path, and a sentence for each page that cannot be made."""
    made = {ROOT / "docs" / "keys.md": keys_page()}
    left_out: list[str] = []
    main = getattr(importlib.import_module("inbox_tui.cli"), "main", None)
    if isinstance(main, click.Group):
        made[ROOT / "docs" / "commands.md"] = commands_page(main)
    else:
        left_out.append("docs/commands.md is not made: inbox_tui.cli has no click group named main")
    return made, left_out


def stale_pages() -> list[str]:
    """Return, for each page that differs from what is on disk, the difference."""
    found: list[str] = []
    for path, text in pages()[0].items():
        name = path.relative_to(ROOT).as_posix()
        saved = path.read_text(encoding="utf-8") if path.exists() else ""
        if saved != text:
            lines = difflib.unified_diff(saved.splitlines(), text.splitlines(), name, "made now", lineterm="")
            found.append("\n".join(lines))
    return found


def run(arguments: Sequence[str]) -> int:
    """Write or check the pages; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.generate_docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page is stale")
    check: bool = parser.parse_args(arguments).check
    made, left_out = pages()
    for sentence in left_out:
        sys.stderr.write(sentence + "\n")
    if check:
        stale = stale_pages()
        sys.stderr.write("".join(f"{difference}\nrun `make docs`\n" for difference in stale))
        return 1 if stale else 0
    for path, text in made.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT).as_posix()}\n")
    return 0


def _help_texts(command: click.Command, name: str, parent: click.Context | None) -> Iterator[tuple[str, str]]:
    context = click.Context(command, info_name=name, parent=parent, terminal_width=80, max_content_width=80)
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for child_name in command.list_commands(context):
            child = command.get_command(context, child_name)
            if child is not None and not child.hidden:
                yield from _help_texts(child, child_name, context)


def _code(key: str) -> str:
    return "`" + key.replace("|", "\\|") + "`"


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
