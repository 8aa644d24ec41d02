"""The whole inbox for tests: the real app on a data directory filled from the reference server."""

import asyncio
import atexit
import contextlib
import gc
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from textual import events
from textual.pilot import Pilot
from textual.screen import Screen

from cache.models import Key, Row, Triage
from cache.sync.leader import LeaderLock
from cache.sync.status import Connection
from inbox_tui.app import InboxApp
from inbox_tui.demo.running import RunningServer, running_server
from inbox_tui.keymap import build_keymap
from inbox_tui.screens.inbox import InboxScreen
from inbox_tui.screens.note_editor import NoteEditor
from inbox_tui.signs import PLAIN, SignSet
from inbox_tui.store_thread import StoreThread
from inbox_tui.views import find_view
from inbox_tui.widgets.detail_pane import DetailPane
from inbox_tui.widgets.submission_list import SubmissionList
from inbox_tui.workspace import LocalCopy, Workspace, open_workspace
from tests.textual_keys import textual_key
from tests.ui.harness import screen_text
from tests.ui.waiting import until

__all__ = [
    "NOW",
    "SUBMISSIONS",
    "Home",
    "Inbox",
    "colleague",
    "home_for",
    "lone_home",
    "moving_clock",
    "my_id",
    "open_inbox",
    "serving",
]

NOW = 1_779_444_840
"""22 May 2026, 10:14 UTC: when every test begins."""
SUBMISSIONS = 60


def moving_clock(start: float = NOW) -> Callable[[], float]:
    """A clock that shows `start` now and goes on from there."""
    began = time.monotonic()
    return lambda: start + time.monotonic() - began


@dataclass
class Home:
    """One person's configuration and data."""

    directory: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.directory / "config.toml"

    @property
    def data(self) -> Path:
        return self.directory / "data"

    def workspace(self) -> Workspace:
        return open_workspace(self.environ)

    def configure(self, url: str, *, key: str | None, me: str = "", ui: str = "", more: str = "") -> None:
        """Write a configuration with one source, `acme`."""
        lines = ["# kept by hand", "[sources.acme]", 'provider = "awardee"', f'base_url = "{url}/v1"']
        lines += ['key_env = "ACME_KEY"', "poll_seconds = 3600", *([f'me = "{me}"'] if me else [])]
        lines += ["[ui]", 'mark_read = "never"', ui, more]
        self.write(lines)
        if key is not None:
            self.environ["ACME_KEY"] = key

    def write(self, lines: Sequence[str]) -> None:
        """Write these lines as the configuration, and say in the environment where everything is."""
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.environ |= {
            "INBOX_TUI_CONFIG": str(self.config),
            "INBOX_TUI_DATA": str(self.data),
            "HOME": str(self.directory),
            "XDG_CONFIG_HOME": str(self.directory),
            "TZ": "UTC",
        }

    @contextlib.contextmanager
    def local(self) -> Iterator[LocalCopy]:
        """The local copy as another process would see it."""
        with self.workspace().local() as local:
            yield local

    def seen(self, key: Key) -> Triage:
        """What a person sees of a submission by what is on the disk."""
        with self.local() as local:
            triage = local.reader.seen(key)
        assert triage is not None
        return triage

    def unsettled(self) -> int:
        """How many edits wait."""
        with self.local() as local:
            return len(local.outbox.pending())


@contextlib.contextmanager
def serving(directory: Path) -> Iterator[RunningServer]:
    """The reference server on a copy of its data, with the clock of the tests."""
    target = directory / "server.db"
    if not target.exists():
        shutil.copy(_filled().directory / "server.db", target)
    clock = moving_clock()
    with running_server(target, now=lambda: datetime.fromtimestamp(clock(), UTC)) as server:
        yield server


@dataclass(frozen=True)
class _Filled:
    directory: Path
    me: str
    members: tuple[str, ...]


@cache
def _filled() -> _Filled:
    """A server's data and the local copy after one sync with it, made once for all tests."""
    home = Home(Path(tempfile.mkdtemp(prefix="inbox-filled-")))
    atexit.register(shutil.rmtree, home.directory, ignore_errors=True)
    now = datetime.fromtimestamp(NOW, UTC)
    with running_server(home.directory / "server.db", submissions=SUBMISSIONS, now=now) as server:
        home.configure(server.url, key=server.keys["awardee"])
        engine = home.workspace().engine(
            on_change=lambda _: None, on_status=lambda _: None, wall=moving_clock()
        )
        with ThreadPoolExecutor(1) as aside:  # a test's own loop may be running on this thread
            reports = aside.submit(lambda: asyncio.run(engine.sync_once())).result()
        assert reports is not None
        assert [report.error for report in reports] == [None]
        return _Filled(home.directory, server.me, tuple(one["user_id"] for one in server.members()))


def my_id() -> str:
    """The user id of the person at the keyboard."""
    return _filled().me


def colleague() -> str:
    """The user id of somebody else."""
    return next(user for user in _filled().members if user != my_id())


def lone_home(directory: Path, *, me: bool = True, filled: bool = True, ui: str = "", more: str = "") -> Home:
    """A home with the filled local copy, and a server that does not answer."""
    home = Home(directory)
    home.configure("http://127.0.0.1:9", key="key", me=my_id() if me else "", ui=ui, more=more)
    if filled and not home.data.exists():
        shutil.copytree(_filled().directory / "data", home.data)
    return home


def home_for(
    server: RunningServer,
    directory: Path,
    *,
    me: bool = True,
    key: str | None = "awardee",
    filled: bool = True,
    ui: str = "",
    more: str = "",
) -> Home:
    """A home that is configured for the server, with the filled local copy."""
    home = Home(directory)
    home.configure(
        server.url, key=server.keys[key] if key else None, me=server.me if me else "", ui=ui, more=more
    )
    if filled and not home.data.exists():
        shutil.copytree(_filled().directory / "data", home.data)
    return home


@dataclass
class Inbox:
    """A running inbox and what a person sees of it."""

    app: InboxApp
    pilot: Pilot[None]
    home: Home

    @property
    def screen(self) -> InboxScreen:
        return self.app.inbox

    @property
    def rows(self) -> SubmissionList:
        return self.screen.list_view

    @property
    def detail(self) -> DetailPane:
        return self.screen.detail_view

    @property
    def row(self) -> Row:
        row = self.screen.row
        assert row is not None
        return row

    @property
    def refs(self) -> list[str]:
        """The short names of the rows in view."""
        rows = (self.rows.row_at(position) for position in self.rows.visible_range)
        return [row.ref for row in rows if row is not None]

    @property
    def text(self) -> str:
        return "\n".join(screen_text(self.app))

    @property
    def note(self) -> str | None:
        """The text in the small box for notes, None while it is not open."""
        screen = self.app.screen
        return screen.text if isinstance(screen, NoteEditor) and screen.focused is not None else None

    @property
    def status(self) -> str:
        """The status bar."""
        region = self.screen.query_one("#status").region
        return screen_text(self.app)[region.y]

    @property
    def connection(self) -> Connection | None:
        told = self.screen.statuses.get("acme")
        return told.connection if told is not None else None

    async def press(self, *keys: str) -> None:
        """Press keys one after the other, each when the one before was dealt with."""
        for key in keys:
            self.send(key)
            await self.pilot._wait_for_screen()
            await self.pilot._wait_for_screen()

    def send(self, *keys: str) -> None:
        """Press keys in one burst."""
        driver = self.app._driver
        assert driver is not None
        for key in keys:
            character = " " if key == "space" else key if len(key) == 1 else None
            event = events.Key(textual_key(key), character)
            event.set_sender(self.app)
            driver.send_message(event)

    async def typed(self, text: str) -> None:
        """Type a text."""
        await self.press(*("space" if letter == " " else letter for letter in text))

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Wait for something to become true; fail with what is on the screen when it does not."""
        await until(self.pilot, condition, what or "it")

    async def shown(self) -> None:
        """Wait until rows and the detail of the one under the cursor are shown and facts are read."""
        await self.until(lambda: self.rows.is_loaded, "the first rows")
        await self.until(lambda: self.screen.facts.counts, "the counts")
        if self.rows.total:
            await self.read()

    async def opened(self, kind: type[Screen[Any]]) -> None:
        """Wait until a screen of a kind is over the inbox and takes keys."""
        await self.until(
            lambda: isinstance(self.app.screen, kind) and self.app.screen.focused is not None, kind.__name__
        )

    async def opened_any(self, kind: type[Screen[Any]]) -> None:
        """Wait until a screen of a kind is drawn over the inbox."""
        await self.until(lambda: isinstance(self.app.screen, kind) and self.text.strip(), kind.__name__)

    async def to(self, key: Key) -> None:
        """Move the cursor down to a submission."""
        while self.row.key != key:
            before = self.rows.cursor_position
            await self.press("j")
            assert self.rows.cursor_position > before
        await self.read()

    async def read(self) -> None:
        """Wait until the detail of the row under the cursor is shown."""
        await self.until(
            lambda: (
                self.screen.row is not None
                and self.detail.detail is not None
                and self.detail.detail.submission.key == self.row.key
            ),
            "the detail",
        )

    async def settled(self) -> None:
        """Wait until nothing is on its way to the disk or from it."""
        screen = self.screen
        await self.until(
            lambda: (
                not screen.editing._waiting
                and not screen.listing.is_waiting
                and not screen.reading.is_waiting
                and not screen.facts_reader.is_waiting
            ),
            "the edit",
        )
        done: list[bool] = []
        self.app.store.submit(lambda _: True, done.append, pace="aside")
        await self.until(lambda: done, "the store thread")
        await self.pilot._wait_for_screen()

    async def online(self) -> None:
        await self.until(lambda: self.connection is Connection.ONLINE, "the connection")


@contextlib.asynccontextmanager
async def open_inbox(
    home: Home,
    *,
    size: tuple[int, int] = (120, 32),
    view: str | None = None,
    query: str | None = None,
    signs: SignSet = PLAIN,
    clock: Callable[[], float] | None = None,
    leads: bool = True,
    rows: bool = True,
) -> AsyncIterator[Inbox]:
    """Run the inbox. Without `leads` somebody else has the lead, and nothing goes over the network.

    Waits until it shows rows, unless there will be none to wait for.
    """
    workspace = home.workspace()
    keymap, problems = build_keymap(workspace.config.keys)
    clock = clock or moving_clock()
    other = None if leads else LeaderLock(home.data)
    if other is not None:
        assert other.acquire()
    store = StoreThread(workspace, wall=clock)
    store.start()
    app = InboxApp(
        workspace,
        store,
        keymap,
        signs,
        query=query,
        problems=[str(problem) for problem in problems],
        clock=clock,
        zone=UTC,
    )
    if view is not None:
        found = find_view(app.inbox.views, view)
        assert found is not None
        app.inbox._first = found
    try:
        async with app.run_test(size=size) as pilot:
            inbox = Inbox(app, pilot, home)
            await inbox.until(lambda: app.inbox.is_mounted and app.screen is app.inbox, "the inbox")
            if rows:
                await inbox.shown()
            yield inbox
    finally:
        app.stop_threads()
        gc.unfreeze()  # an inbox keeps what is there at its start out of the search for garbage
        if other is not None:
            other.release()
