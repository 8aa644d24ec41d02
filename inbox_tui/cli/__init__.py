"""The commands of `inbox-tui`. Each is loaded when it is used, and none of them loads the terminal inbox."""

from inbox_tui.cli.group import main

__all__ = ["main"]
