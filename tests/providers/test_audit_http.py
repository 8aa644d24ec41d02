"""What came between our read and our change is told, over real HTTP and from the server's own timeline."""

from datetime import UTC, datetime

import pytest

from cache.models import Key
from cache.outbox.outbox import Edit, Outbox
from cache.outbox.overwrites import OverwriteLog
from cache.schema import OUTBOX, open_database
from cache.store.overlay import server_triage
from inbox_tui.providers.awardee import decode
from inbox_tui.providers.awardee_remote import AwardeeRemote
from tests.providers.remotes import remote_at
from tests.providers.syncing import Directory
from tests.reference import reference_server

START = datetime(2026, 5, 22, 10, 0, tzinfo=UTC)


class Overtaken(AwardeeRemote):
    """A remote whose next change is overtaken by what somebody else does."""

    first = None

    async def patch(self, submission_id, changes):
        if self.first is not None:
            first, self.first = self.first, None
            await first()
        return await super().patch(submission_id, changes)


@pytest.fixture
def server(tmp_path):
    with reference_server(tmp_path / "server.db", 20, moment=START) as running:
        yield running


class Inbox(Directory):
    """One data directory on the server."""

    def __init__(self, directory, server, time):
        super().__init__(directory, time)
        self.server = server
        self.db = open_database(directory, OUTBOX)
        self.outbox = Outbox(self.db, wall=self.wall)
        self.first = None

    def open_remote(self):
        remote = remote_at(self.server, "awardee", "acme", clock=self.wall, deadline=5.0, kind=Overtaken)
        remote.first = self.first
        return remote

    async def sync(self):
        engine = self.engine_of("acme", "awardee", self.open_remote, decode)
        (report,) = await engine.sync_once()
        assert report.error is None

    def edit(self, identifier, **wants):
        edits = [Edit(Key("acme", identifier), name, want) for name, want in wants.items()]
        self.outbox.edit("edit", edits, lambda key: server_triage(self.cache, key))

    def told(self):
        return [(item.field, item.theirs, item.mine) for item in OverwriteLog(self.db).open()]


@pytest.fixture
async def inbox(tmp_path, server, time):
    made = Inbox(tmp_path / "data", server, time)
    await made.sync()
    server.forget_requests()
    yield made
    made.cache.close()
    made.db.close()


@pytest.fixture
def fresh(server):
    return next(row["id"] for row in server.submissions() if row["status"] == "new" and not row["notes"])


async def somebody(server, identifier, changes, *, shares_our_key):
    """Somebody else changes a submission: as a colleague, or through the key we use too."""
    if not shares_our_key:
        server.act_as(server.me, identifier, changes)
        return
    other = remote_at(server, "awardee", "acme", deadline=5.0)
    try:
        await other.patch(identifier, changes)
    finally:
        await other.aclose()


@pytest.mark.parametrize("shares_our_key", [True, False], ids=["same key", "a colleague"])
@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ({"status": "read"}, {"status": "in_progress"}),
        ({"priority": "high"}, {"priority": "low"}),
        ({"notes": "mine"}, {"notes": "theirs"}),
    ],
    ids=lambda change: next(iter(change)),
)
async def test_inv_11_what_overtook_our_change_is_reported(
    inbox, server, fresh, mine, theirs, shares_our_key
):
    inbox.edit(fresh, **mine)
    inbox.first = lambda: somebody(server, fresh, theirs, shares_our_key=shares_our_key)
    await inbox.sync()
    ((field, value),) = mine.items()
    assert server.submission(fresh)[field] == value
    assert inbox.told() == [(field, theirs[field], value)]
    (item,) = OverwriteLog(inbox.db).open()
    assert item.known
    assert (item.actor_id == server.me) != shares_our_key


async def test_changes_nobody_disputed_are_no_overwrites(inbox, server, fresh):
    for want in ("read", "new", "read", "resolved", "read"):
        inbox.edit(fresh, status=want, flagged=want == "read")
        await inbox.sync()
    assert server.submission(fresh)["status"] == "read"
    assert inbox.told() == []
