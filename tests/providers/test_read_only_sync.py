"""Mimicbot and Postbox through the engine, over real HTTP: the cache holds what they hold."""

import asyncio
import json
import random
from datetime import UTC, datetime, timedelta

import pytest

from cache.schema import CACHE, OUTBOX, open_database
from cache.store.packing import Packing
from cache.sync.engine import Engine
from cache.sync.spec import SourceSpec
from inbox_tui import providers
from inbox_tui.config import SourceConfig
from inbox_tui.demo import mimicbot, postbox
from inbox_tui.demo.running import real_clock, running_server
from inbox_tui.secrets import Secret


class Inbox:
    """A data directory synced with one source of a server; waiting costs no time."""

    def __init__(self, directory, server, time, provider, containers):
        self.directory, self.server, self.time, self.provider = directory, server, time, provider
        self.config = SourceConfig(
            name="src", provider=provider, base_url=f"{server.url}/{provider}", containers=containers
        )
        self.cache = open_database(directory, CACHE)
        self.outbox = open_database(directory, OUTBOX)

    def wall(self):
        return self.time[0]

    async def sleep(self, seconds):
        self.time[0] += seconds
        await asyncio.sleep(0)

    def open_remote(self):
        return providers.open_remote(self.config, Secret(self.server.keys[self.provider]), clock=self.wall)

    async def sync(self, **options):
        decoder = providers.decoder(self.provider)
        engine = Engine(
            self.directory,
            [SourceSpec("src", self.provider, self.open_remote, decoder, local_triage=True)],
            on_change=lambda change: None,
            on_status=lambda status: None,
            wall=self.wall,
            sleep=self.sleep,
            rng=random.Random(5),
        )
        (report,) = await engine.sync_once(**options)
        assert report.error is None
        return report

    def held(self):
        """Presence by id."""
        rows = self.cache.execute(
            "SELECT s.id, t.presence FROM submission s JOIN triage t ON t.rowid = s.rowid"
        )
        return dict(rows.fetchall())

    def raw(self, identifier):
        found = self.cache.execute(
            "SELECT answers, raw FROM submission WHERE id = ?", (identifier,)
        ).fetchone()
        return json.loads(Packing(self.cache).raw(*found))

    def close(self):
        self.cache.close()
        self.outbox.close()


@pytest.fixture
def time():
    return [real_clock().timestamp()]


@pytest.fixture
def server(tmp_path, time):
    def now():
        return datetime.fromtimestamp(time[0], UTC)

    with running_server(tmp_path / "server.db", submissions=60, now=now) as running:
        yield running


@pytest.fixture
def open_inbox(tmp_path, server, time):
    opened = []

    def make(provider, *containers):
        opened.append(Inbox(tmp_path / "data", server, time, provider, containers))
        return opened[-1]

    yield make
    for inbox in opened:
        inbox.close()


async def test_rows_that_left_the_window_of_a_bot_are_kept_as_old(server, open_inbox, time):
    held = mimicbot.Ledger(server.database, server.seed)
    bot = held.bot_id("unused")
    start = server.clock()
    for second in range(200):
        held.add(bot, {"n": second}, start + timedelta(seconds=second))
    inbox = open_inbox("mimicbot", bot)
    await inbox.sync()
    first = inbox.held()
    assert (len(first), set(first.values())) == (200, {"listed"})
    for second in range(200, 230):
        held.add(bot, {"n": second}, start + timedelta(seconds=second))
    time[0] += 600
    await inbox.sync(full=True)
    rows = [row["id"] for row in held.submissions(bot)]
    assert inbox.held() == {
        **dict.fromkeys(rows[:200], "listed"),
        **dict.fromkeys(rows[200:], "aged_out"),
    }


async def test_a_pending_row_of_a_bot_is_overwritten_when_it_is_final(server, open_inbox, time):
    held = mimicbot.Ledger(server.database, server.seed)
    bot = held.bot_id("unused")
    added = held.add(bot, {"message": "hi"}, server.clock())
    inbox = open_inbox("mimicbot", bot)
    await inbox.sync()
    assert inbox.raw(added)["item"]["result"] == "pending"
    held.finish(added, "success", {"deliveryStatus": "optimistic"}, server.clock())
    time[0] += 60
    await inbox.sync()
    assert inbox.raw(added)["item"]["result"] == "success"
    assert inbox.held() == {added: "listed"}


async def test_a_bot_without_access_does_not_keep_the_others_from_being_synced(server, open_inbox):
    inbox = open_inbox("mimicbot")
    report = await inbox.sync()
    held = mimicbot.Ledger(server.database, server.seed)
    rows = {row["id"] for slug in ("website", "shop", "docs") for row in held.submissions(held.bot_id(slug))}
    assert inbox.held() == dict.fromkeys(rows, "listed")
    assert report.unreadable == 0


@pytest.mark.parametrize("profile", "ABC")
async def test_every_row_of_every_form_is_held_and_follows_what_becomes_of_it(
    server, open_inbox, time, profile
):
    server.contract(postbox.Postbox).quirks = postbox.Quirks(profile=profile)
    held = postbox.Ledger(server.database, server.seed)
    slugs = ("contact", "bestellung", "newsletter", "support")
    added = held.add(held.form_id("contact"), {"message": "hi"}, server.clock() - timedelta(days=900))
    inbox = open_inbox("postbox")
    await inbox.sync()
    rows = [row["id"] for slug in slugs for row in held.submissions(held.form_id(slug), profile)]
    assert inbox.held() == dict.fromkeys(rows, "listed")
    held.change(added, processing="completed", spam=1, confidence=0.9)
    time[0] += 600
    await inbox.sync(full=True)
    stored = inbox.raw(added)["item"]
    assert stored["spam" if profile == "C" else "spam_flag"] is True
    assert stored["processing_status"] == "completed"


async def test_the_cached_row_makes_the_same_submission_without_any_network(server, open_inbox):
    inbox = open_inbox("postbox")
    await inbox.sync()
    names = set()
    for identifier in inbox.held():
        submission = providers.decoder("postbox")(inbox.raw(identifier), "src")
        assert submission.id == identifier
        names.add(submission.container_name)
    assert names == {"Contact", "Bestellungen 📦", "Newsletter", "Support"}
