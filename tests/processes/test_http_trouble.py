"""The engine as a process of its own meets trouble over real HTTP; rows of the outcome table by name."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import pytest

from cache.models import EditState, Key
from cache.outbox.outbox import Edit
from cache.outbox.requests import Request, RequestTable
from cache.schema import OUTBOX, open_database
from inbox_tui.demo.faults import Fault, LoggedRequest
from inbox_tui.demo.running import RunningServer
from tests.processes.fleet import Fleet, Worker, until
from tests.processes.hurry import Hurry
from tests.processes.place import Place
from tests.processes.worker import SOURCE

pytestmark = pytest.mark.slow

PATCH = "PATCH /v1/submissions/{id}"
ONE = "GET /v1/submissions/{id}"


def edit(place: Place, hurried: Hurry, row: dict[str, Any], **wants: Any) -> None:
    """Make edits as the inbox does; their times are those of the hurried processes."""
    with place.workspace.local() as local:
        local.outbox._wall = hurried.wall
        edits = [Edit(Key(SOURCE, row["id"]), name, want) for name, want in wants.items()]  # type: ignore[arg-type]
        assert local.outbox.edit("edit", edits, local.reader.server).steps


def patches(server: RunningServer) -> list[LoggedRequest]:
    return [request for request in server.requests if request.method == "PATCH"]


@contextmanager
def leading(fleet: Fleet) -> Iterator[Worker]:
    """An engine that leads and has opened its source; at the end it has neither failed nor complained."""
    worker = fleet.start("engine")
    until(lambda: "status online" in worker.said or "status syncing" in worker.said, "the engine is online")
    yield worker
    assert worker.stop() == 0, worker.complained
    assert worker.complained == ""


def answer_of_the_leader(place: Place, hurried: Hurry, row: dict[str, Any]) -> Mapping[str, Any] | None:
    """Have the leading process read a submission; gives what it answers."""
    with closing(open_database(place.data, OUTBOX)) as conn:
        requests = RequestTable(conn, wall=hurried.wall)
        number = requests.ask("read", {"source": SOURCE, "id": row["id"]})

        def answered() -> Request | None:
            request = requests.get(number)
            return request if request is not None and request.done else None

        request = until(answered, "the leader answers")
        assert request is not None
        return request.result


def settled(place: Place) -> bool:
    return not place.pending()


def test_a_response_dropped_after_applying_is_verified_and_not_sent_twice(
    fleet: Fleet, place: Place, server: RunningServer, hurried: Hurry, fresh: dict[str, Any]
) -> None:
    """read timeout, reset after send (R4)"""
    server.faults.add(Fault(PATCH, "drop_after_apply", times=1))
    with leading(fleet):
        edit(place, hurried, fresh, flagged=True)
        until(lambda: place.states() == [EditState.VERIFYING], "the edit is verified")
        since = hurried.wall()
        until(lambda: settled(place), "the edit settles")
        assert hurried.wall() - since > 50
    assert len(patches(server)) == 1
    assert server.submission(fresh["id"])["flagged"] is True
    assert place.open_attempts() == 0


def test_a_response_dropped_before_applying_is_sent_again_after_the_hold(
    fleet: Fleet, place: Place, server: RunningServer, hurried: Hurry, fresh: dict[str, Any]
) -> None:
    """read timeout, reset after send (R4)"""
    server.faults.add(Fault(PATCH, "drop_before_apply", times=1))
    with leading(fleet):
        edit(place, hurried, fresh, flagged=True)
        until(lambda: settled(place), "the edit settles")
    first, second = patches(server)
    assert (second.at - first.at).total_seconds() * hurried.factor >= 60
    assert server.submission(fresh["id"])["flagged"] is True


def test_a_redirect_of_a_change_stops_the_source_and_is_not_followed(
    fleet: Fleet, place: Place, server: RunningServer, hurried: Hurry, fresh: dict[str, Any]
) -> None:
    """3xx: another edit and a question have come to the leader, and nothing went out for either."""
    other = next(row for row in server.submissions() if row["id"] != fresh["id"] and not row["flagged"])
    server.faults.add(Fault(PATCH, "redirect", location=f"{server.url}/v1/submissions/{fresh['id']}"))
    with leading(fleet) as worker:
        edit(place, hurried, fresh, flagged=True)
        until(lambda: "status stopped" in worker.said, "the source is stopped")
        assert answer_of_the_leader(place, hurried, fresh) == {"ok": False}  # nothing is under way any more
        count = len(server.requests)
        edit(place, hurried, other, flagged=True)
        assert answer_of_the_leader(place, hurried, fresh) == {"ok": False}
        assert len(server.requests) == count
    assert place.states() == [EditState.QUEUED] * 2
    assert len(patches(server)) == 1
    assert server.submission(fresh["id"])["flagged"] is False


def test_nothing_goes_out_before_retry_after_and_the_countdown_is_told(
    fleet: Fleet, place: Place, server: RunningServer, hurried: Hurry, fresh: dict[str, Any]
) -> None:
    """429 (inv 21)"""
    server.faults.add(Fault(PATCH, "rate_limited", retry_after=7, times=1))
    with leading(fleet) as worker:
        edit(place, hurried, fresh, flagged=True)
        until(lambda: settled(place), "the edit settles")
        said = [line.split() for line in worker.said.splitlines() if line.startswith("status rate ")]
    assert 5.0 < float(said[0][2]) <= 7.0
    refused = next(at for at, request in enumerate(server.requests) if request.status == 429)
    before, after = server.requests[refused : refused + 2]
    assert (after.at - before.at).total_seconds() * hurried.factor >= 7
    assert len(patches(server)) == 2
    assert server.submission(fresh["id"])["flagged"] is True


def test_a_refused_field_is_rejected_alone_and_the_others_arrive(
    fleet: Fleet, place: Place, server: RunningServer, hurried: Hurry, fresh: dict[str, Any]
) -> None:
    """400 with `fieldErrors` (inv 14)"""
    other = next(row for row in server.submissions() if row["id"] != fresh["id"] and not row["flagged"])
    refusal = Fault(
        PATCH,
        "status",
        status=400,
        field_errors={"priority": ["is not allowed here"]},
        when=lambda request: b"priority" in request.body,
    )
    server.faults.add(refusal)
    with leading(fleet):
        edit(place, hurried, fresh, flagged=True, priority="high", notes="called back")
        edit(place, hurried, other, flagged=True)
        until(lambda: place.states() == [EditState.REJECTED], "one edit is rejected and the others settle")
    (rejected,) = place.pending()
    assert rejected.field == "priority"
    assert rejected.want == "high"
    assert (rejected.error or "").startswith("is not allowed here")
    now = server.submission(fresh["id"])
    assert (now["flagged"], now["notes"], now["priority"]) == (True, "called back", fresh["priority"])
    assert server.submission(other["id"])["flagged"] is True


def test_a_submission_that_is_gone_keeps_its_edit_and_holds_up_no_other(
    fleet: Fleet, place: Place, server: RunningServer, hurried: Hurry, fresh: dict[str, Any]
) -> None:
    """404 on GET too: orphaned after a second look (inv 14)"""
    other = next(row for row in server.submissions() if row["id"] != fresh["id"] and not row["flagged"])
    path = f"/v1/submissions/{fresh['id']}"
    server.faults.add(Fault("*", "status", status=404, when=lambda request: request.path == path))
    with leading(fleet):
        edit(place, hurried, fresh, flagged=True)
        edit(place, hurried, other, flagged=True)
        until(lambda: place.states() == [EditState.ORPHANED], "the edit is orphaned")
    looks = [request for request in server.requests if request.path == path]
    assert {request.method for request in looks} == {"GET"}
    assert (looks[-1].at - looks[0].at).total_seconds() * hurried.factor >= 29
    assert patches(server)[0].path.endswith(other["id"])


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_error_is_verified_before_anything_is_sent_again(
    fleet: Fleet, place: Place, server: RunningServer, hurried: Hurry, fresh: dict[str, Any], status: int
) -> None:
    """500/503"""
    server.faults.add(Fault(PATCH, "status", status=status, times=1))
    with leading(fleet):
        edit(place, hurried, fresh, flagged=True)
        until(lambda: settled(place), "the edit settles")
    first, second = patches(server)
    assert (second.at - first.at).total_seconds() * hurried.factor >= 60


def test_a_server_that_is_away_gets_the_edit_once_it_is_back(
    fleet: Fleet, place: Place, server: RunningServer, hurried: Hurry, fresh: dict[str, Any]
) -> None:
    """never left (inv 19)"""
    with leading(fleet) as worker:
        server.stop()
        edit(place, hurried, fresh, flagged=True)
        until(lambda: "status offline" in worker.said, "the source is offline")
        assert place.states() == [EditState.QUEUED]
        server.start()
        until(lambda: settled(place), "the edit settles")
    assert len(patches(server)) == 1
    assert server.submission(fresh["id"])["flagged"] is True
