"""The command line as a whole: which commands there are, and how every one of them ends."""

import difflib
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import Any, Final, NoReturn, cast

import click

from cache.text import one_line
from inbox_tui import __version__
from inbox_tui.outcome import ExitCode, failure_of

__all__ = ["BulkCommand", "QueryCommand", "main"]

_COMMANDS: Final = {
    "demo": "demo",
    "init": "init",
    "sync": "sync",
    "list": "listing",
    "show": "show",
    "set": "change",
    "export": "export",
    "import": "import_",
    "undo": "history",
    "redo": "history",
    "outbox": "outbox",
    "config": "config",
    "keys": "keys",
    "themes": "themes",
}
"""The module each command is in, as the attribute `NAME_command`."""


class _CommandLine(click.Group):
    """Loads a command when it is named, and turns every way to fail into a sentence and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the help."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name, None when there is none."""
        module = _COMMANDS.get(cmd_name)
        if module is None:
            return None
        return cast("click.Command", getattr(import_module(f"inbox_tui.cli.{module}"), f"{cmd_name}_command"))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command the first word names."""
        if args[0] not in _COMMANDS:
            near = difflib.get_close_matches(args[0], _COMMANDS, n=1, cutoff=0.5)
            hint = f" Did you mean `inbox-tui {near[0]}`?" if near else f" Commands: {', '.join(_COMMANDS)}."
            ctx.fail(f'There is no command "{one_line(args[0], 60)}".{hint}')
        return super().resolve_command(ctx, args)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,  # noqa: ANN401 - as click declares it
    ) -> NoReturn:
        """Run the command line and exit with its code."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        try:
            code = super().main(args, prog_name or "inbox-tui", complete_var, False, **extra)
        except click.Abort:
            click.echo("inbox-tui: interrupted.", err=True)
            sys.exit(ExitCode.INTERRUPTED)
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message(), err=True)
            sys.exit(error.exit_code)
        except click.ClickException as error:
            _say(error.format_message())
            if isinstance(error, click.UsageError) and error.ctx is not None:
                click.echo(f"Try: {error.ctx.command_path} --help", err=True)
            sys.exit(error.exit_code)
        except Exception as error:  # noqa: BLE001 - the top of the program
            _leave(error)
        sys.exit(code if isinstance(code, int) else ExitCode.OK)


def _leave(error: Exception) -> NoReturn:
    failure = failure_of(error)
    if failure is not None:
        _say(str(failure))
        sys.exit(failure.code)
    stack = traceback.extract_tb(error.__traceback__)
    frames = [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in stack]
    # Neither values nor the message: both may hold what a visitor wrote.
    _say("\n".join([f"something went wrong that should not ({type(error).__name__}).", *frames[-8:]]))
    sys.exit(ExitCode.FAILED)


def _say(sentence: str) -> None:
    click.echo(f"inbox-tui: {sentence}", err=True)


class QueryCommand(click.Command):
    """A command whose words are a query, which may begin with `-`; it has no short options.

    A lone `-o` is no word of a query: it stands for `--output` where there is that option.
    """

    ignore_unknown_options = True

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, and refuse what looks like an option but is none."""
        known = [name for parameter in self.get_params(ctx) for name in parameter.opts]
        if "--output" in known:
            args = ["--output" if word == "-o" else word for word in args]
        rest = super().parse_args(ctx, args)
        for word in ctx.params.get("query", ()):
            if word.startswith("--"):
                near = difflib.get_close_matches(word, known, n=1)
                hint = f" Did you mean {near[0]}?" if near else ""
                ctx.fail(f"There is no option {one_line(word, 60)}.{hint}")
        return rest


class BulkCommand(click.Command):
    """A command with an option `--query`: the words of the query go on to the next option, without quotes."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, the words of a query put together."""
        words: list[str] = []
        at = 0
        while at < len(args):
            name, separator, value = args[at].partition("=")
            at += 1
            if name != "--query":
                words.append(args[at - 1])
                continue
            query = [value] if separator else []
            while at < len(args) and not args[at].startswith("--"):
                query.append(args[at])
                at += 1
            if not query:
                ctx.fail("--query needs a query, such as is:open.")
            words.append(f"--query={' '.join(query)}")
        return super().parse_args(ctx, words)


@click.group(
    cls=_CommandLine,
    invoke_without_command=True,
    help="Triage form and chat submissions in the terminal, online and offline.\n\n"
    "Without a command the inbox opens.",
    epilog="Exit codes: 0 done; 1 failed; 2 wrong usage, query or configuration; 3 the local copy is newer"
    " than this program; 4 an edit is unsettled; 130 interrupted.",
)
@click.option("--view", metavar="NAME", help="Open the inbox on this view.")
@click.option("--query", metavar="QUERY", help="Open the inbox with this query.")
@click.version_option(__version__, message="%(prog)s %(version)s", prog_name="inbox-tui")
@click.pass_context
def main(ctx: click.Context, view: str | None, query: str | None) -> int | None:
    """Open the inbox, or run the command that was named."""
    if ctx.invoked_subcommand is not None:
        if view is not None or query is not None:
            ctx.fail(f"Before `{ctx.invoked_subcommand}` no options can stand; put them after it.")
        return None
    from inbox_tui.start import run_inbox

    argv = [word for name, value in (("--view", view), ("--query", query)) if value for word in (name, value)]
    return int(run_inbox(argv, os.environ))
