"""Pictures of what each system tells of a submission: its richest one, as the reference server sends it."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from cache.models import Key, Row, Submission
from cache.query import parse_query
from cache.sync.status import Connection, SourceStatus
from inbox_tui.app import InboxApp
from inbox_tui.keymap import build_keymap
from inbox_tui.screens.delete_screen import DeleteScreen
from inbox_tui.signs import UNICODE
from inbox_tui.store_thread import StoreThread
from tests.snapshots.test_inbox_pictures import NOW, RunBefore, pressing, ready
from tests.ui.four_systems import SOURCES, FourHome, filled
from tests.ui.waiting import until

SIZES = [(120, 32), (80, 24)]
MOST_ANSWERS = 20
"""Submissions with hundreds of answers are rich in nothing else."""


def _clock() -> float:
    return NOW.timestamp() + 20


class _StillApp(InboxApp):
    """The inbox with its engine at rest, so that a picture depends on nothing but the data."""

    def _start_engine(self) -> None:
        for source in SOURCES:
            at = self.clock()
            self.inbox.take_status(SourceStatus(source, Connection.ONLINE, since=at, synced_at=at - 20))


@pytest.fixture
def home(tmp_path: Path) -> FourHome:
    """A home with the data of the four systems, Mantlz on a paid plan."""
    made, me = filled("mantlz", at_rest=True)
    home = FourHome(tmp_path)
    home.configure_four(9, {}, me=me)
    shutil.copytree(made / "data", home.data)
    home.data.chmod(0o700)
    return home


@pytest.fixture
def app(home: FourHome) -> Iterator[Callable[[str], InboxApp]]:
    """Makes an inbox that shows one source, and ends its thread."""
    stores: list[StoreThread] = []

    def make(source: str) -> InboxApp:
        workspace = home.workspace()
        store = StoreThread(workspace)
        store.start()
        stores.append(store)
        keymap, _ = build_keymap({})
        query = f"source:{source}"
        return _StillApp(workspace, store, keymap, UNICODE, query=query, clock=_clock, zone=UTC)

    yield make
    for store in stores:
        store.stop()


def richness(submission: Submission) -> int:
    """How many kinds of facts a submission has beside its answers, then how many answers."""
    attribution, reply = submission.attribution, submission.reply
    facts = (
        *(submission.metadata, submission.destination, submission.notes, submission.duration_seconds),
        *(submission.result, submission.delivery, submission.spam, submission.processing),
        *(submission.language, submission.translation, reply.content if reply else None),
        *(attribution.conversation_id, attribution.visitor_id, attribution.qr_code_id),
    )
    return 100 * sum(bool(fact) for fact in facts) + sum(bool(field.value) for field in submission.fields)


def richest(home: FourHome, source: str) -> Key:
    """The submission of a source of which most is told."""
    with home.local() as local:
        reader = local.reader
        rows = reader.rows(reader.rowids(parse_query(f"source:{source}")))
        found = [detail.submission for row in rows if (detail := reader.detail(row.key)) is not None]
    return max((one for one in found if len(one.fields) <= MOST_ANSWERS), key=richness).key


def visited(home: FourHome) -> Key:
    """A submission whose contact wrote before, to other systems too, and was answered then."""
    with home.local() as local:
        reader = local.reader

        def variety(row: Row) -> tuple[bool, int, int]:
            last, others = reader.same_person_step(row.key, -1), reader.same_person(row.key, 9)
            was_resolved = last is not None and last.status == "resolved"
            return was_resolved, len({one.key.source for one in others}), len(others)

        return max(reader.rows(reader.rowids(parse_query("source:acme,mantlz"))), key=variety).key


def showing(key: Key, *keys: str) -> RunBefore:
    """Go to a submission, then press keys."""

    async def run(pilot: Pilot[None]) -> None:
        await ready(pilot)
        app = pilot.app
        assert isinstance(app, InboxApp)
        found: list[int | None] = []
        app.store.submit(lambda local: local.reader.rowid(key), found.append)
        await until(pilot, lambda: found, "the row")
        assert found[0] is not None
        app.inbox.listing.go_to(found[0])
        await until(pilot, lambda: (row := app.inbox.row) is not None and row.key == key, "the cursor")
        await pressing(*keys)(pilot)

    return run


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("keys", [(), ("enter", "G")], ids=["top", "end"])
@pytest.mark.parametrize("source", SOURCES)
def test_richest_submission(
    snap_compare: Any,
    home: FourHome,
    app: Callable[[str], InboxApp],
    source: str,
    keys: tuple[str, ...],
    size: tuple[int, int],
) -> None:
    key = richest(home, source)
    assert snap_compare(app(source), terminal_size=size, run_before=showing(key, *keys))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    ("source", "keys"),
    [
        ("mimicbot", ("t", "m", "enter")),
        ("postbox", ("L",)),
        ("postbox", ("L", "L")),
        ("postbox", ("p",)),
    ],
    ids=["metadata", "translated", "both-languages", "kept-here"],
)
def test_what_only_one_system_tells(
    snap_compare: Any,
    home: FourHome,
    app: Callable[[str], InboxApp],
    source: str,
    keys: tuple[str, ...],
    size: tuple[int, int],
) -> None:
    key = richest(home, source)
    assert snap_compare(app(source), terminal_size=size, run_before=showing(key, *keys))


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_question_before_a_deletion(
    snap_compare: Any, home: FourHome, app: Callable[[str], InboxApp], size: tuple[int, int]
) -> None:
    async def run(pilot: Pilot[None]) -> None:
        await showing(richest(home, "postbox"))(pilot)
        inbox = pilot.app
        assert isinstance(inbox, InboxApp)
        row = inbox.inbox.row
        assert row is not None
        await inbox.push_screen(DeleteScreen(row.ref, row.who, row.key.source, inbox.signs))
        await pressing(*row.ref)(pilot)

    assert snap_compare(app("postbox"), terminal_size=size, run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_history_of_a_contact(
    snap_compare: Any, home: FourHome, app: Callable[[str], InboxApp], size: tuple[int, int]
) -> None:
    key = visited(home)
    assert snap_compare(app(key.source), terminal_size=size, run_before=showing(key, "t", "h"))
