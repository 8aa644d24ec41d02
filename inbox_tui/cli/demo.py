"""`inbox-tui demo`: the reference server with generated submissions, and the inbox on it."""

import contextlib
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from inbox_tui.outcome import ExitCode, Failure

if TYPE_CHECKING:
    from inbox_tui.demo.launch import Listening
    from inbox_tui.demo.limits import Rate

__all__ = ["demo_command"]


@click.command(
    "demo",
    help="Try the inbox on a server of its own with generated submissions. Your configuration is not"
    " read.\n\n"
    "With --serve only the server runs: it prints a configuration for it on standard output and goes on until"
    " it is interrupted.",
)
@click.option("--serve", is_flag=True, help="Run only the server.")
@click.option(
    "--dir",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Keep the data here; otherwise it is removed at the end.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0: any free one."
)
@click.option(
    "--submissions",
    type=click.IntRange(min=0),
    default=120,
    show_default=True,
    help="How many each of the four systems holds.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Which data is generated.")
@click.option(
    "--rate",
    default="60/1000",
    show_default=True,
    metavar="PER_MIN/PER_HOUR",
    help="Requests Awardee allows; the other systems have limits of their own.",
)
@click.option("--live", is_flag=True, help="Let submissions arrive and move on while the server runs.")
@click.option("--print-key", metavar="PROVIDER", hidden=True)
def demo_command(
    serve: bool,
    directory: Path | None,
    port: int,
    submissions: int,
    seed: int,
    rate: str,
    live: bool,
    print_key: str | None,
) -> int:
    """Run the reference server, and the inbox on it."""
    from inbox_tui.demo import launch
    from inbox_tui.demo.limits import parse_rate

    if print_key is not None:
        try:
            click.echo(launch.print_key(print_key, seed))
        except ValueError as error:
            raise Failure(str(error), ExitCode.USAGE) from error
        return ExitCode.OK
    try:
        allowed = parse_rate(rate)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--rate") from error
    if serve:
        return launch.serve(
            directory,
            on_listening=_announce,
            port=port,
            submissions=submissions,
            seed=seed,
            rate=allowed,
            live=live,
        )
    return _inbox(directory, port=port, submissions=submissions, seed=seed, rate=allowed, live=live)


def _announce(listening: "Listening") -> None:
    sys.stdout.write(listening.announcement)
    sys.stdout.flush()
    sys.stderr.write(f"Serving on {listening.url}; data in {listening.paths.directory}.\n")


def _inbox(
    directory: Path | None, *, port: int, submissions: int, seed: int, rate: "Rate", live: bool
) -> int:
    """Run the server as a child, and the inbox here."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Failure(
            "The inbox needs a terminal; `inbox-tui demo --serve` runs the server alone.", ExitCode.USAGE
        )
    from inbox_tui.demo import launch
    from inbox_tui.start import run_inbox

    with contextlib.ExitStack() as stack:
        if directory is None:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="inbox-tui-demo-")))
        try:
            child = stack.enter_context(
                launch.start_child(
                    directory, port=port, submissions=submissions, seed=seed, rate=rate, live=live
                )
            )
        except (launch.ChildError, OSError) as error:
            raise Failure(str(error)) from error
        environ = {
            **os.environ,
            "INBOX_TUI_CONFIG": str(child.paths.config),
            "INBOX_TUI_DATA": str(child.paths.data),
        }
        return int(run_inbox([], environ))
