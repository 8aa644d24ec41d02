"""Pictures of the whole inbox. A changed picture is accepted only after somebody looked at it."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from cache.sync.status import Connection, SourceStatus
from inbox_tui import config
from inbox_tui.app import InboxApp
from inbox_tui.demo.running import running_server
from inbox_tui.keymap import build_keymap
from inbox_tui.signs import PLAIN, UNICODE, SignSet
from inbox_tui.store_thread import StoreThread
from inbox_tui.workspace import Workspace
from tests.ui.waiting import until

NOW = datetime(2026, 5, 22, 10, 14, tzinfo=UTC)
SIZES = [(120, 32), (80, 24), (60, 20)]

RunBefore = Callable[[Pilot[None]], Awaitable[None]]


class _StillApp(InboxApp):
    """The inbox with its engine at rest, so that a picture depends on nothing but the data."""

    def _start_engine(self) -> None:
        self.inbox.take_status(
            SourceStatus("acme", Connection.ONLINE, since=self.clock(), synced_at=self.clock() - 20)
        )


def _workspace(data: Path, port: int = 1, me: str = "", extra: str = "") -> Workspace:
    text = (
        f'[sources.acme]\nprovider = "awardee"\nbase_url = "http://127.0.0.1:{port}/v1"\n'
        f'key_env = "KEY"\nme = "{me}"\n{extra}'
    )
    return Workspace(config.parse(text, data / "config.toml"), data, {})


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data directory after one sync, and the person's user id."""
    base = tmp_path_factory.mktemp("pictures")
    with running_server(base / "server.db", seed=1, now=NOW) as server:
        workspace = _workspace(base / "data", server.port, server.me)
        workspace = Workspace(workspace.config, workspace.data, {"KEY": server.keys["awardee"]})
        engine = workspace.engine(
            on_change=lambda _: None, on_status=lambda _: None, wall=lambda: NOW.timestamp()
        )
        reports = asyncio.run(engine.sync_once())
        assert reports is not None
        assert reports[0].error is None
        return base / "data", server.me


@pytest.fixture
def make_app(filled: tuple[Path, str], tmp_path: Path) -> Iterator[Callable[..., InboxApp]]:
    """Makes inboxes on copies of the filled directory and ends their threads."""
    stores: list[StoreThread] = []

    def make(*, theme: str = "dusk", signs: SignSet = UNICODE, query: str | None = None) -> InboxApp:
        data, me = filled
        copy = tmp_path / f"data-{len(stores)}"
        shutil.copytree(data, copy)
        copy.chmod(0o700)
        workspace = _workspace(copy, me=me, extra=f'[ui]\ntheme = "{theme}"\n')
        store = StoreThread(workspace)
        store.start()
        stores.append(store)
        keymap, _ = build_keymap({})
        return _StillApp(
            workspace, store, keymap, signs, query=query, clock=lambda: NOW.timestamp() + 20, zone=UTC
        )

    yield make
    for store in stores:
        store.stop()


async def ready(pilot: Pilot[None]) -> None:
    """Wait until rows, detail and counts on screen are what the store would answer now."""
    app = pilot.app
    assert isinstance(app, InboxApp)
    inbox = app.inbox
    await until(
        pilot, lambda: inbox.is_mounted and inbox.list_view.is_loaded and inbox.facts.counts, "the rows"
    )
    await until(pilot, lambda: not (inbox.listing.is_waiting or inbox.facts_reader.is_waiting), "the news")
    answers: list[None] = []
    for round_trip in range(1, 3):
        app.store.submit(lambda _: None, answers.append)
        await until(pilot, lambda count=round_trip: len(answers) == count, "an answer")  # type: ignore[misc]
    for field in app.screen.query(Input):
        field.cursor_blink = False
    for area in app.screen.query(TextArea):
        area.cursor_blink = False
    row, detail = inbox.list_view.cursor_row, inbox.detail_view.detail
    assert (row and row.key) == (detail and detail.submission.key)
    await pilot.pause()


def pressing(*keys: str) -> RunBefore:
    """Wait, press keys, wait again; a prefix waits for its popup."""

    async def run(pilot: Pilot[None]) -> None:
        await ready(pilot)
        app = pilot.app
        assert isinstance(app, InboxApp)
        for key in keys:
            await pilot.press(key)
        if app.inbox.keys.pending_text:
            await until(pilot, lambda: app.inbox.popup.display, "the popup")
        await ready(pilot)

    return run


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_inbox_at_size(snap_compare: Any, make_app: Callable[..., InboxApp], size: tuple[int, int]) -> None:
    assert snap_compare(make_app(), terminal_size=size, run_before=ready)


def test_inbox_in_the_medium_layout(snap_compare: Any, make_app: Callable[..., InboxApp]) -> None:
    assert snap_compare(make_app(), terminal_size=(104, 28), run_before=ready)


@pytest.mark.parametrize("theme", ["paper", "contrast", "terminal"])
def test_inbox_in_theme(snap_compare: Any, make_app: Callable[..., InboxApp], theme: str) -> None:
    assert snap_compare(make_app(theme=theme), terminal_size=(120, 32), run_before=ready)


def test_inbox_with_plain_signs(snap_compare: Any, make_app: Callable[..., InboxApp]) -> None:
    assert snap_compare(make_app(signs=PLAIN), terminal_size=(120, 32), run_before=ready)


@pytest.mark.parametrize(
    ("name", "keys", "size"),
    [
        ("edits", ("j", "f", "p", "3"), (120, 32)),
        ("popup", ("s",), (120, 32)),
        ("popup-small", ("p",), (60, 20)),
        ("help", ("question_mark",), (120, 32)),
        ("help-small", ("question_mark",), (60, 20)),
        ("palette", ("colon", "r", "e", "s"), (120, 32)),
        ("palette-small", ("colon",), (60, 20)),
        ("note", ("i", "h", "i"), (80, 24)),
        ("assign", ("a", "slash"), (80, 24)),
        ("filter", ("slash", "d", "e", "m", "o"), (120, 32)),
        ("filter-error", ("slash", "s", "t", "a", "t", "s", ":", "n", "enter"), (80, 24)),
        ("metadata", ("t", "m"), (120, 32)),
        ("raw", ("t", "j"), (120, 32)),
        ("detail-narrow", ("enter",), (60, 20)),
    ],
)
def test_inbox_after_keys(
    snap_compare: Any,
    make_app: Callable[..., InboxApp],
    name: str,
    keys: tuple[str, ...],
    size: tuple[int, int],
) -> None:
    assert snap_compare(make_app(), terminal_size=size, run_before=pressing(*keys))


def test_hostile_and_wide_names_keep_the_columns(
    snap_compare: Any, make_app: Callable[..., InboxApp]
) -> None:
    assert snap_compare(make_app(query="status:resolved,spam"), terminal_size=(120, 32), run_before=ready)
