"""Starts the inbox: the first rows are read and shown, then Textual is loaded and takes the screen over."""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from cache.errors import CacheError, ForeignFile, NewerFile
from inbox_tui.config import ConfigError
from inbox_tui.early_screen import EarlyScreen
from inbox_tui.memory import share_one_heap
from inbox_tui.signs import SignSet, choose_signs
from inbox_tui.store_thread import StoreThread
from inbox_tui.views import View, all_views, find_view, no_view
from inbox_tui.workspace import Workspace, open_workspace
from inbox_tui.zone import MachineZone

__all__ = ["run_inbox"]

_FRAMES: Final = "480"
"""Frames a second at most. What comes just after a frame is drawn up to two frames late: rows after the
letter that asked for them, and a key after news."""
_FAILED: Final = 1
_USAGE: Final = 2
_NEWER: Final = 3
_INTERRUPTED: Final = 130


def run_inbox(argv: Sequence[str], environ: Mapping[str, str] | None = None) -> int:
    """Run the inbox with `--view NAME` and `--query Q`; returns the exit code."""
    environ = os.environ if environ is None else environ
    try:
        workspace = open_workspace(environ)
        view, query = _options(argv, workspace)
    except (ConfigError, ValueError) as error:
        print(f"inbox-tui: {error}", file=sys.stderr)  # noqa: T201
        return _USAGE
    if not workspace.config.sources:
        print(  # noqa: T201
            f"inbox-tui: {workspace.config.path} names no source; `inbox-tui demo` needs none.",
            file=sys.stderr,
        )
        return _USAGE
    os.environ.setdefault("TEXTUAL_FPS", _FRAMES)
    share_one_heap()
    store = StoreThread(workspace)
    store.start()
    from inbox_tui import early  # while the store thread opens the files

    try:
        store.wait_until_open()
    except CacheError as error:
        print(f"inbox-tui: {error}", file=sys.stderr)  # noqa: T201
        return _NEWER if isinstance(error, NewerFile | ForeignFile) else _FAILED
    store.read_early((view or all_views(workspace.config)[0]).query if query is None else query)
    screen = EarlyScreen(0, 2)
    try:
        signs = choose_signs(workspace.config.ui.signs, sys.stdout.encoding or "ascii")  # type: ignore[arg-type]
        if store.early is not None:
            early.show_early(screen, workspace, store.early.window, signs, MachineZone())
        return _run_app(workspace, store, signs, view, query, screen)
    except KeyboardInterrupt:
        return _INTERRUPTED
    finally:
        screen.give_back()
        store.stop()


def _run_app(
    workspace: Workspace,
    store: StoreThread,
    signs: SignSet,
    view: View | None,
    query: str | None,
    screen: EarlyScreen,
) -> int:
    from inbox_tui.app import InboxApp
    from inbox_tui.driver import InboxDriver

    InboxDriver.early = screen
    app = InboxApp(
        workspace,
        store,
        signs=signs,
        view=view,
        query=query,
        problems=[" ".join(store.notices)] if store.notices else [],
    )
    try:
        app.run()
    finally:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # told again to end, it still saves what is queued
        for number in (signal.SIGTSTP, signal.SIGCONT):
            signal.signal(number, signal.SIG_DFL)  # Textual's need its loop
        app.stop_threads()
    return app.return_code or 0


def _options(argv: Sequence[str], workspace: Workspace) -> tuple[View | None, str | None]:
    values: dict[str, str] = {}
    words = iter(argv)
    for word in words:
        name, separator, value = word.partition("=")
        values[name] = value if separator else next(words, "")
    query = values.get("--query")
    if query is not None:
        from cache.query import parse_query

        parse_query(query)
    wanted = values.get("--view")
    if wanted is None:
        return None, query
    views = all_views(workspace.config)
    view = find_view(views, wanted)
    if view is None:
        raise ValueError(no_view(views, wanted))
    return view, query
