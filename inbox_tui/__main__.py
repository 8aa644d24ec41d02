"""Where `inbox-tui` starts: the inbox itself by a short road, every other command through click."""

import gc
import os
import sys
from collections.abc import Sequence

__all__ = ["main"]

_INBOX_OPTIONS = ("--view", "--query")
_GARBAGE_THRESHOLDS = (50_000, 20, 50)
"""Rows are many small objects without cycles: looking for garbage as often as by default costs a fifth."""


def main() -> None:
    """Run the command line and exit with its code."""
    _refuse_foreign_packages()
    gc.set_threshold(*_GARBAGE_THRESHOLDS)
    argv = sys.argv[1:]
    if _wants_inbox(argv):
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            sys.stderr.write("inbox-tui: the inbox needs a terminal; `inbox-tui list` prints submissions.\n")
            sys.exit(2)
        gc.disable()  # until the first rows are on screen
        from inbox_tui.start import run_inbox

        sys.exit(run_inbox(argv))
    from inbox_tui.cli import main as command_line

    command_line(prog_name="inbox-tui")


def _wants_inbox(argv: Sequence[str]) -> bool:
    """The inbox opens when nothing but its own options is given."""
    words = iter(argv)
    for word in words:
        name, separator, _ = word.partition("=")
        if name not in _INBOX_OPTIONS:
            return False
        if not separator and next(words, None) is None:
            return False
    return True


def _refuse_foreign_packages() -> None:
    """`python -m inbox_tui` puts the current directory first: another `cache` there must not be ours."""
    from importlib.machinery import PathFinder

    home = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))  # noqa: PTH120 - pathlib takes longer
    for name in ("cache", "themes"):
        spec = PathFinder.find_spec(name)
        origin = os.path.realpath(spec.origin) if spec is not None and spec.origin else ""
        place = os.path.dirname(os.path.dirname(origin))  # noqa: PTH120
        if place != home:
            sys.stderr.write(
                f"inbox-tui: the package `{name}` would be taken from {place or 'nowhere'},"
                f" not from {home}. Start it as `inbox-tui`, or from another directory.\n"
            )
            sys.exit(1)


if __name__ == "__main__":
    main()
