"""The engine over real HTTP against the reference server, with the server's own faults."""

import sqlite3
from datetime import UTC, datetime
from functools import partial

import pytest

from cache.models import Key
from cache.outbox.outbox import Edit, Outbox
from cache.schema import OUTBOX, open_database
from cache.store.elsewhere import ReadingProcess
from cache.store.overlay import server_triage
from cache.store.writer import Writer
from cache.sync.reading import TextReader
from cache.sync.spec import SourceSpec
from inbox_tui.demo.faults import Fault
from inbox_tui.providers.awardee import decode
from tests.cache.indexes import contents, fresh_index, index_of
from tests.providers.remotes import remote_at
from tests.providers.syncing import Directory, serving

START = datetime(2026, 5, 22, 10, 0, tzinfo=UTC)
PATCH = "PATCH /v1/submissions/{id}"
ONE = "GET /v1/submissions/{id}"


class Inbox(Directory):
    """A data directory synced with Awardee."""

    def __init__(self, directory, server, time):
        super().__init__(directory, time)
        self.server = server
        self.key = "awardee"
        self.outbox = Outbox(open_database(directory, OUTBOX), wall=self.wall)

    def open_remote(self):
        return remote_at(self.server, "awardee", "acme", self.key, clock=self.wall, deadline=5.0)

    def engine(self, **options):
        return self.engine_of("acme", "awardee", self.open_remote, decode, **options)

    async def sync(self, **options):
        (report,) = await self.engine().sync_once(**options)
        return report

    async def push(self):
        (report,) = await self.engine().push_once()
        return report

    def edit(self, identifier, **wants):
        edits = [Edit(Key("acme", identifier), name, want) for name, want in wants.items()]
        self.outbox.edit("edit", edits, lambda key: server_triage(self.cache, key))

    def states(self):
        return {edit.field: edit.state.value for edit in self.outbox.pending()}

    def patches(self):
        return [request for request in self.server.requests if request.method == "PATCH"]

    def close(self):
        self.cache.close()
        self.outbox.close()


@pytest.fixture
def server(tmp_path, time):
    with serving(tmp_path / "server.db", time, 30, moment=START) as running:
        yield running


@pytest.fixture
async def inbox(tmp_path, server, time):
    made = Inbox(tmp_path / "data", server, time)
    await made.sync()
    server.forget_requests()
    yield made
    made.close()


@pytest.fixture
def fresh(server):
    """The id of a submission that is new and nobody's."""
    return next(row["id"] for row in server.submissions() if row["status"] == "new" and not row["flagged"])


UNKNOWN = {
    "dropped after": (Fault(PATCH, "drop_after_apply", times=1), 1),
    "dropped before": (Fault(PATCH, "drop_before_apply", times=1), 2),
    "500": (Fault(PATCH, "status", status=500, times=1), 2),
    "503": (Fault(PATCH, "status", status=503, times=1), 2),
    "cut JSON": (Fault(PATCH, "truncated_json", times=1), 1),
}


@pytest.mark.parametrize(("fault", "sent"), UNKNOWN.values(), ids=UNKNOWN)
async def test_unknown_outcome_is_verified_and_sent_again_only_when_it_was_not_applied(
    inbox, server, fresh, fault, sent
):
    inbox.edit(fresh, flagged=True)
    server.faults.add(fault)
    began = inbox.wall()
    report = await inbox.push()
    assert report.error is None
    assert inbox.states() == {}
    assert server.submission(fresh)["flagged"] is True
    assert len(inbox.patches()) == sent
    assert inbox.wall() - began >= 60
    if sent == 2:
        first, second = inbox.patches()
        assert (second.at - first.at).total_seconds() >= 60


async def test_429_waits_for_retry_after_and_then_sends(inbox, server, fresh):
    inbox.edit(fresh, flagged=True)
    server.faults.add(Fault(PATCH, "rate_limited", retry_after=37, times=1))
    assert (await inbox.push()).error is None
    assert inbox.states() == {}
    first, second = inbox.patches()
    assert (second.at - first.at).total_seconds() >= 37


async def test_a_rate_budget_that_is_nearly_used_up_makes_no_429(inbox, server):
    server.limits.rate = (12, 1000)
    for row in server.submissions()[:10]:
        inbox.edit(row["id"], notes="hello")
    for _ in range(5):
        await inbox.sync()
    assert inbox.states() == {}
    assert {request.status for request in server.requests} == {200}


async def test_a_redirect_is_not_followed_and_keeps_the_edit(inbox, server, fresh):
    inbox.edit(fresh, flagged=True)
    server.faults.add(Fault(PATCH, "redirect", location=f"{server.url}/v1/submissions/{fresh}"))
    report = await inbox.push()
    assert "another address" in report.error
    assert inbox.states() == {"flagged": "queued"}
    assert [request.method for request in server.requests][-1] == "PATCH"
    assert server.submission(fresh)["flagged"] is False


async def test_only_the_field_the_server_names_is_rejected(inbox, server, fresh):
    inbox.edit(fresh, flagged=True, notes="too long")
    server.faults.add(
        Fault(
            PATCH,
            "status",
            status=400,
            field_errors={"notes": ["is too long"]},
            when=lambda request: b"notes" in request.body,
        )
    )
    await inbox.push()
    assert inbox.states() == {"notes": "rejected"}
    assert next(iter(inbox.outbox.pending())).error.startswith("is too long")
    assert server.submission(fresh)["flagged"] is True


async def test_an_assignee_who_left_is_rejected_alone(inbox, server, fresh):
    inbox.edit(fresh, flagged=True, assignee_id="5f0f4b8e-0000-4000-8000-000000000000")
    await inbox.push()
    assert inbox.states() == {"assignee_id": "rejected"}
    assert server.submission(fresh)["flagged"] is True


async def test_a_submission_that_is_gone_is_orphaned_after_a_second_look(inbox, server, fresh):
    inbox.edit(fresh, flagged=True)
    server.faults.add(Fault(ONE, "status", status=404))
    began = inbox.wall()
    await inbox.push()
    assert inbox.states() == {"flagged": "orphaned"}
    assert inbox.wall() - began > 29
    assert inbox.patches() == []


@pytest.mark.parametrize(
    ("status", "code"), [(401, "api_key_revoked"), (401, "api_key_expired"), (403, "api_key_paused")]
)
async def test_a_dead_key_keeps_the_edit_until_the_key_is_good_again(inbox, server, fresh, status, code):
    inbox.edit(fresh, flagged=True)
    server.faults.add(Fault("*", "status", status=status, code=code))
    report = await inbox.push()
    assert code in report.error
    assert inbox.states() == {"flagged": "queued"}
    assert len(server.requests) == 1
    server.faults.clear()
    assert (await inbox.push()).error is None
    assert server.submission(fresh)["flagged"] is True


async def test_a_token_without_the_scope_is_read_only_and_keeps_the_edit(inbox, server, fresh):
    inbox.edit(fresh, flagged=True)
    inbox.key = "awardee.read_only"
    await inbox.push()
    assert inbox.states() == {"flagged": "queued"}
    assert inbox.patches() == []
    assert any(status.read_only for status in inbox.statuses)


async def test_the_key_of_another_organisation_sends_and_reads_nothing(inbox, server, fresh):
    inbox.edit(fresh, flagged=True)
    inbox.key = "awardee.second"
    report = await inbox.sync()
    assert "another organisation" in report.error
    assert [request.path for request in server.requests] == ["/v1/me"]
    assert inbox.states() == {"flagged": "queued"}


async def test_reopening_clears_the_stamps_also_where_the_server_refuses_null(inbox, server, fresh):
    server.act_as(server.me, fresh, {"status": "resolved"})
    await inbox.sync(full=True)
    inbox.edit(fresh, status="read")
    server.faults.add(
        Fault(
            PATCH,
            "status",
            status=400,
            field_errors={"resolved_at": ["Cannot be cleared."]},
            when=lambda request: b"resolved_at" in request.body,
        )
    )
    await inbox.push()
    assert inbox.states() == {}
    assert server.submission(fresh)["status"] == "read"


async def test_a_colleagues_change_meanwhile_is_a_conflict_and_stays(inbox, server, fresh):
    inbox.edit(fresh, status="read", priority="high")
    server.act_as(server.me, fresh, {"status": "spam"})
    await inbox.push()
    assert inbox.states() == {"status": "conflict"}
    held = server.submission(fresh)
    assert (held["status"], held["priority"]) == ("spam", "high")


async def test_one_malformed_row_costs_only_itself(inbox, server):
    server.faults.add(Fault("GET /v1/submissions", "malformed_row", times=1))
    report = await inbox.sync(full=True)
    assert (report.received, report.unreadable) == (29, 1)
    assert inbox.cache.execute("SELECT count(*) FROM submission").fetchone() == (30,)


@pytest.fixture
def many(tmp_path, time):
    """A server with more submissions than this process reads alone."""
    with serving(tmp_path / "server.db", time, 1_100, seed=4, moment=START) as running:
        yield running


CURSOR_REFUSED = Fault("GET /v1/submissions", "status", status=400, after=8, times=1)


@pytest.fixture
def answers(monkeypatch):
    """How many pages another process has read."""
    read, receive = [], ReadingProcess.receive

    def counted(process, job):
        read.append(sum(len(each.texts) for each in job))
        return receive(process, job)

    monkeypatch.setattr(ReadingProcess, "receive", counted)
    return read


@pytest.mark.slow
@pytest.mark.parametrize("fault", [None, CURSOR_REFUSED])
async def test_another_process_reads_what_this_one_would_have_read(tmp_path, time, many, answers, fault):
    held = []
    for other_process in (False, True):
        inbox = Inbox(tmp_path / f"data-{other_process}", many, time)
        if fault is not None:
            many.faults.add(fault)
        with TextReader({}) as reader:
            engine = inbox.engine(reader=reader if other_process else None)
            (report,) = await engine.sync_once()
        assert (report.error, report.unreadable) == (None, 0)
        assert (sum(answers) >= 500) == other_process
        assert fresh_index(inbox.cache, decode) == index_of(inbox.cache)  # unpacks every row
        held.append(contents(inbox.cache))
        inbox.close()
    assert len(held[0]["submission"]) == 1_100
    for each in held:
        each["triage"] = [row[:6] for row in each["triage"]]  # not when each was seen
        del each["source"]
    assert held[0] == held[1]


@pytest.mark.slow
async def test_sources_read_at_once_share_one_other_process(tmp_path, time, many, answers, monkeypatch):
    started, start = [], ReadingProcess.__init__

    def counted(process, summaries):
        started.append(process)
        start(process, summaries)

    monkeypatch.setattr(ReadingProcess, "__init__", counted)
    inbox = Inbox(tmp_path / "data", many, time)
    specs = [
        SourceSpec(name, "awardee", partial(remote_at, many, "awardee", name), decode)
        for name in ("acme", "again")
    ]
    with TextReader({}) as reader:
        reports = await inbox.engine_of_all(specs, reader=reader).sync_once()
    assert [(report.error, report.arrived) for report in reports] == [(None, 1_100)] * 2
    assert len(started) == 1
    assert sum(answers) >= 1_500
    inbox.close()


@pytest.mark.slow
async def test_a_disk_that_fills_up_costs_nothing_that_was_stored(tmp_path, time, many, answers, monkeypatch):
    """inv 16, with another process that reads ahead."""
    monkeypatch.setattr("cache.sync.pull._SIZES", (200, 200))
    room = [2]
    store = Writer.apply_page

    def apply_page(writer, *args, **options):
        if not room[0]:
            raise sqlite3.OperationalError("database or disk is full")
        room[0] -= 1
        return store(writer, *args, **options)

    monkeypatch.setattr(Writer, "apply_page", apply_page)
    inbox = Inbox(tmp_path / "data", many, time)
    with TextReader({}) as reader:
        (report,) = await inbox.engine(reader=reader).sync_once()
    assert "the disk is full" in report.error
    (held,) = inbox.cache.execute("SELECT count(*) FROM submission").fetchone()
    assert 100 < held < 1_100
    room[0] = 100
    with TextReader({}) as reader:
        (report,) = await inbox.engine(reader=reader).sync_once()
    assert report.error is None
    assert inbox.cache.execute("SELECT count(*) FROM submission").fetchone() == (1_100,)
    assert sum(answers) > 0
    inbox.close()
