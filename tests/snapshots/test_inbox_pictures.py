"""Pictures of the whole inbox. A changed picture is accepted only after somebody looked at it."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static, TextArea

from cache.models import EditState, Key, PendingEdit, TriageField, TriageValue
from cache.outbox.outbox import Outbox
from cache.outbox.overwrites import OverwriteLog
from cache.outbox.write import durable_write
from cache.query import parse_query
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


FILTER = ("slash", "p", "colon", "h", "i", "g", "h")
"""What types `p:high` after the query of the view."""


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
        ("note-small", ("i", "h", "i"), (60, 20)),
        ("held", ("e", "u", "U"), (60, 20)),
        ("sort", ("S",), (120, 32)),
        ("save-view", (*FILTER, "enter", "V", "h", "o", "t"), (120, 32)),
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


@pytest.mark.slow
def test_list_of_completions(snap_compare: Any, make_app: Callable[..., InboxApp]) -> None:
    async def run(pilot: Pilot[None]) -> None:
        await pressing("slash", "s", "t", "a", "t", "u", "s", "colon", "tab", "tab")(pilot)
        app = pilot.app
        assert isinstance(app, InboxApp)
        await until(pilot, lambda: app.inbox.filtering.completing.is_open, "the list")
        await ready(pilot)

    assert snap_compare(make_app(), terminal_size=(120, 32), run_before=run)


@pytest.mark.slow
def test_panel_that_explains_the_filter(snap_compare: Any, make_app: Callable[..., InboxApp]) -> None:
    async def run(pilot: Pilot[None]) -> None:
        await pressing(*FILTER, "ctrl+g")(pilot)
        text = pilot.app.screen.query_one("#explain-text", Static)
        await until(
            pilot, lambda: "together" in str(text.content) and "…" not in str(text.content), "numbers"
        )
        await ready(pilot)

    assert snap_compare(make_app(), terminal_size=(120, 32), run_before=run)


def test_hostile_and_wide_names_keep_the_columns(
    snap_compare: Any, make_app: Callable[..., InboxApp]
) -> None:
    assert snap_compare(make_app(query="status:resolved,spam"), terminal_size=(120, 32), run_before=ready)


MINE = "Called on Monday: no answer.\nAsked ops about importing their spreadsheets, they need two days."
THEIRS = "Called on Tuesday: wants a demo next week.\n日本語のメモ: 来週デモ"


def waiting(app: InboxApp, *fields: TriageField) -> InboxApp:
    """Edits that wait for the person's word, as the engine leaves them: one of each field asked for."""
    values: dict[TriageField, tuple[TriageValue, TriageValue, TriageValue]] = {
        "status": ("new", "resolved", "in_progress"),
        "priority": ("none", "high", None),
        "assignee_id": (None, next(iter(app.workspace.config.sources.values())).me, _colleague(app)),
        "notes": ("Called on Monday.", MINE, THEIRS),
    }
    with app.workspace.local() as local:
        rows = local.reader.top(parse_query("is:open"), 8).rows
        for row, field in zip(rows, fields, strict=False):
            base, want, theirs = values[field]
            state = EditState.REJECTED if field == "priority" else EditState.CONFLICT
            error = "Priority is frozen while an export runs" if field == "priority" else None
            _park(local.outbox, PendingEdit(row.key, field, base, want, state, 0, 0, 1, None, error, theirs))
        _overwrite(local.outbox, rows[7].key, _colleague(app))
    return app


def _colleague(app: InboxApp) -> str:
    me = next(iter(app.workspace.config.sources.values())).me
    with app.workspace.local() as local:
        members = local.reader.context.members
        return next(one.user_id for one in members if one.user_id != me and " " in one.name)


def _park(outbox: Outbox, edit: PendingEdit) -> None:
    with durable_write(outbox._conn) as clock:
        outbox.registers.put(replace(edit, clock=clock, edited_at=int(NOW.timestamp()) - 300))


def _overwrite(outbox: Outbox, key: Key, actor: str) -> None:
    with durable_write(outbox._conn):
        OverwriteLog(outbox._conn).record(
            key,
            "status",
            attempt=1,
            theirs="in_progress",
            mine="read",
            actor_id=actor,
            actor_name=None,
            at=int(NOW.timestamp()) - 600,
        )


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    ("name", "fields", "keys"),
    [
        ("notes", ("notes", "status", "priority", "assignee_id"), ("equals_sign", "b")),
        ("claim", ("assignee_id",), ("equals_sign", "h")),
    ],
)
def test_conflict_card_at_size(
    snap_compare: Any,
    make_app: Callable[..., InboxApp],
    size: tuple[int, int],
    name: str,
    fields: tuple[TriageField, ...],
    keys: tuple[str, ...],
) -> None:
    app = waiting(make_app(), *fields)
    assert snap_compare(app, terminal_size=size, run_before=carded(*keys))


@pytest.mark.parametrize("theme", ["paper", "contrast", "terminal"])
def test_conflict_card_in_theme(snap_compare: Any, make_app: Callable[..., InboxApp], theme: str) -> None:
    app = waiting(make_app(theme=theme), "status", "notes", "priority")
    assert snap_compare(app, terminal_size=(120, 32), run_before=carded("equals_sign", "h"))


def test_conflict_card_with_plain_signs(snap_compare: Any, make_app: Callable[..., InboxApp]) -> None:
    app = waiting(make_app(signs=PLAIN), "notes", "status", "priority")
    assert snap_compare(app, terminal_size=(80, 24), run_before=carded("equals_sign"))


def carded(*keys: str) -> RunBefore:
    """Press keys, the first of which opens the card, and wait until it shows something."""

    async def run(pilot: Pilot[None]) -> None:
        await ready(pilot)
        app = pilot.app
        assert isinstance(app, InboxApp)
        await pilot.press(keys[0])
        card = app.inbox.actions.conflicts._card
        await until(pilot, lambda: card is not None and card.entry is not None, "the card")
        for key in keys[1:]:
            await pilot.press(key)
        await ready(pilot)

    return run
