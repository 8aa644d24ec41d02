"""What tests share that sync a source of the reference server through the real engine, over real HTTP."""

import asyncio
import json
import random

from cache.schema import CACHE, OUTBOX, open_database
from cache.store.packing import Packing
from cache.sync.engine import Engine
from cache.sync.spec import SourceSpec
from inbox_tui import providers
from inbox_tui.config import SourceConfig
from inbox_tui.secrets import Secret

PREFIXES = {"awardee": "/v1", "mantlz": "/mantlz/api/v1", "mimicbot": "/mimicbot", "postbox": "/postbox"}


class Inbox:
    """A data directory synced with one source of a server; waiting costs no time."""

    def __init__(self, directory, server, time, provider, containers=(), *, key=None, make=None):
        self.directory, self.server, self.time, self.provider = directory, server, time, provider
        self.key = key or provider
        self.config = SourceConfig(
            name="src",
            provider=provider,
            base_url=f"{server.url}{PREFIXES[provider]}",
            containers=tuple(containers),
        )
        self.make = make
        self.cache = open_database(directory, CACHE)
        self.outbox = open_database(directory, OUTBOX)

    def wall(self):
        return self.time[0]

    async def sleep(self, seconds):
        self.time[0] += seconds
        await asyncio.sleep(0)

    def open_remote(self):
        secret = Secret(self.server.keys[self.key])
        if self.make is not None:
            return self.make(self.config, secret, self.wall)
        return providers.open_remote(self.config, secret, clock=self.wall)

    async def try_sync(self, **options):
        """What a sync reports, whether it went well or not."""
        engine = Engine(
            self.directory,
            [
                SourceSpec(
                    "src",
                    self.provider,
                    self.open_remote,
                    providers.decoder(self.provider),
                    local_triage=providers.keeps_no_triage(self.provider),
                )
            ],
            on_change=lambda change: None,
            on_status=lambda status: None,
            wall=self.wall,
            sleep=self.sleep,
            rng=random.Random(5),
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
