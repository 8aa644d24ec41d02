"""What tests share that sync a source of the reference server through the real engine, over real HTTP."""

import asyncio
import json
import random
from contextlib import contextmanager
from datetime import UTC, datetime

from cache.schema import CACHE, OUTBOX, open_database
from cache.store.packing import Packing
from cache.sync.engine import Engine
from cache.sync.spec import SourceSpec
from inbox_tui import providers
from tests.providers.remotes import remote_at
from tests.reference import reference_server


@contextmanager
def serving(path, time, submissions, **options):
    """A server whose time is the one in the list `time`."""

    def now():
        return datetime.fromtimestamp(time[0], UTC)

    with reference_server(path, submissions, now=now, **options) as running:
        yield running


class Directory:
    """A data directory for an engine whose waiting costs no time; `time` is a list with the time in it."""

    def __init__(self, directory, time):
        self.directory, self.time = directory, time
        self.statuses = []
        self.cache = open_database(directory, CACHE)

    def wall(self):
        return self.time[0]

    async def sleep(self, seconds):
        self.time[0] += seconds
        await asyncio.sleep(0)

    def engine_of(self, *spec, reader=None, **options):
        return self.engine_of_all([SourceSpec(*spec, **options)], reader=reader)

    def engine_of_all(self, specs, *, reader=None):
        return Engine(
            self.directory,
            specs,
            on_change=lambda change: None,
            on_status=self.statuses.append,
            wall=self.wall,
            sleep=self.sleep,
            rng=random.Random(5),
            reader=reader,
        )


class Inbox(Directory):
    """A data directory synced with one source of a server; `options` are for its remote."""

    def __init__(self, directory, server, time, provider, *, key=None, **options):
        super().__init__(directory, time)
        self.server, self.provider, self.key, self.options = server, provider, key, options
        self.outbox = open_database(directory, OUTBOX)

    def open_remote(self):
        return remote_at(self.server, self.provider, "src", self.key, clock=self.wall, **self.options)

    async def try_sync(self, **options):
        """What a sync reports, whether it went well or not."""
        engine = self.engine_of(
            "src",
            self.provider,
            self.open_remote,
            providers.decoder(self.provider),
            local_triage=providers.keeps_no_triage(self.provider),
        )
        (report,) = await engine.sync_once(**options)
        return report

    async def sync(self, **options):
        report = await self.try_sync(**options)
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
