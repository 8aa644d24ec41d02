"""Full disks, held locks and clocks that jump, with real files and real HTTP."""

import asyncio
import contextlib
import random
import sqlite3
import threading
from collections.abc import Callable
from typing import Any

import pytest

from cache.errors import NotSaved
from cache.models import EditState, Key
from cache.outbox.outbox import Edit, Outbox
from cache.schema import OUTBOX, open_database
from inbox_tui.demo.running import RunningServer
from tests.processes.fleet import Fleet, until
from tests.processes.hurry import Hurry
from tests.processes.place import Place
from tests.processes.worker import SOURCE

pytestmark = pytest.mark.slow

YEARS = 10 * 365 * 86_400.0


def test_an_edit_on_a_full_disk_is_whole_or_absent_and_says_so(
    fleet: Fleet, place: Place, server: RunningServer
) -> None:
    """inv 26"""
    rows = server.submissions()
    with place.local() as local, contextlib.closing(open_database(place.data, OUTBOX)) as full:
        pages = full.execute("PRAGMA page_count").fetchone()[0]
        full.execute(f"PRAGMA max_page_count={pages}")
        outbox = Outbox(full, wall=lambda: 1_800_000_000.0)
        saved: dict[str, str] = {}
        refused = 0
        for at, row in enumerate(rows):
            note = f"{at} " + "x" * 700
            try:
                outbox.edit("edit", [Edit(Key(SOURCE, row["id"]), "notes", note)], local.reader.server)
                saved[row["id"]] = note
            except NotSaved:
                refused += 1
        assert refused
        assert {edit.key.id: edit.want for edit in outbox.pending()} == saved
        assert full.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert fleet.command("sync").wait() == 0
    for identifier, note in saved.items():
        assert server.submission(identifier)["notes"] == note
    assert place.pending() == ()


def test_an_edit_waits_for_a_lock_that_another_process_holds_for_a_moment(
    fleet: Fleet, place: Place, server: RunningServer
) -> None:
    """inv 26, 28"""
    row = next(row for row in server.submissions() if not row["flagged"])
    holder = sqlite3.connect(place.data / "outbox.db", isolation_level=None)
    try:
        holder.execute("BEGIN IMMEDIATE")
        engine = fleet.start("engine")
        command = fleet.command("set", row["id"], "--flag")
        with pytest.raises(TimeoutError):
            until(lambda: command.ended, "the command ends", seconds=1.5)
        assert command.said == ""
        holder.execute("ROLLBACK")
    finally:
        holder.close()
    assert command.wait() == 0, command.complained
    until(lambda: not place.pending(), "the edit settles")
    assert server.submission(row["id"])["flagged"] is True
    assert engine.stop() == 0, engine.complained


def test_a_lock_that_is_not_given_back_is_told_and_no_edit_is_called_saved(
    place: Place, fleet: Fleet, server: RunningServer
) -> None:
    """inv 26: busy"""
    row = next(row for row in server.submissions() if not row["flagged"])
    holder = sqlite3.connect(place.data / "outbox.db", isolation_level=None)
    try:
        holder.execute("BEGIN EXCLUSIVE")
        with contextlib.ExitStack() as stack:
            stack.callback(holder.execute, "ROLLBACK")
            command = fleet.command("set", row["id"], "--flag")
            assert command.wait(30) != 0
    finally:
        holder.close()
    assert command.said == ""
    assert command.complained.startswith("inbox-tui: ")
    assert "something went wrong" not in command.complained
    assert place.pending() == ()


class Jumping:
    """An engine in this process, with real HTTP and a clock that runs fast and can be set."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._fast = Hurry(20.0)
        self.ahead = 0.0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._failure: BaseException | None = None

    def wall(self) -> float:
        return self._fast.wall() + self.ahead

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._engine().run())
        except BaseException as error:  # noqa: BLE001 - told at the end
            self._failure = error
        finally:
            self._loop.close()

    def _engine(self) -> Any:
        from cache.sync.engine import Engine

        workspace = self._place.workspace
        spec = workspace._spec(workspace.config.sources[SOURCE], self.wall)
        self.running = Engine(
            workspace.data,
            [spec],
            on_change=lambda _: None,
            on_status=lambda _: None,
            wall=self.wall,
            steady=self._fast.wall,
            sleep=self._fast.sleep,
            rng=random.Random(3),
        )
        return self.running

    def __enter__(self) -> "Jumping":
        self._thread.start()
        until(lambda: self._place.leader() is not None, "it leads")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self.running.stop)
        self._thread.join(20)
        assert not self._thread.is_alive()
        assert self._failure is None

    def edit(self, row: dict[str, Any], **wants: Any) -> None:
        with contextlib.closing(self._place.workspace.open_local(wall=self.wall)) as local:
            edits = [Edit(Key(SOURCE, row["id"]), name, want) for name, want in wants.items()]  # type: ignore[arg-type]
            assert local.outbox.edit("edit", edits, local.reader.server).steps


def _arrived(server: RunningServer, row: dict[str, Any], name: str, want: object) -> Callable[[], bool]:
    return lambda: server.submission(row["id"])[name] == want


@pytest.mark.parametrize("moment", ["before the edit", "after the edit"])
def test_a_clock_set_ten_years_ahead_and_back_stops_no_edit_for_a_minute(
    fleet: Fleet, place: Place, server: RunningServer, moment: str
) -> None:
    """inv 20"""
    first, second, third = server.submissions()[:3]
    with Jumping(place) as clock:
        clock.edit(first, notes="before")
        until(_arrived(server, first, "notes", "before"), "an edit arrives")
        for at, (row, ahead) in enumerate(((second, YEARS), (third, 0.0))):
            if moment == "before the edit":
                clock.ahead = ahead
                clock.edit(row, notes=f"note {at}")
            else:
                clock.edit(row, notes=f"note {at}")
                clock.ahead = ahead
            until(_arrived(server, row, "notes", f"note {at}"), "an edit arrives", seconds=60 / 20 + 2)
        until(lambda: not place.pending(), "every edit settles")


def test_a_clock_set_back_during_the_hold_neither_ends_it_early_nor_stretches_it_for_years(
    fleet: Fleet, place: Place, server: RunningServer
) -> None:
    """inv 8, 20"""
    from inbox_tui.demo.faults import Fault

    row = server.submissions()[0]
    with Jumping(place) as clock:
        clock.ahead = YEARS
        server.faults.add(Fault("PATCH /v1/submissions/{id}", "drop_before_apply", times=1))
        clock.edit(row, notes="once")
        until(lambda: place.states() == [EditState.VERIFYING], "the edit is verified")
        clock.ahead = 0.0
        until(_arrived(server, row, "notes", "once"), "the edit arrives", seconds=2 * 61 / 20 + 3)
        until(lambda: not place.pending(), "the edit settles")
    first, second = [request for request in server.requests if request.method == "PATCH"]
    assert (second.at - first.at).total_seconds() * 20 >= 60
