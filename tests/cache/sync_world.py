"""A scripted source, a clock that only the test moves, and the real engine between them."""

import asyncio
import contextlib
import heapq
import itertools
import json
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from cache.models import TRIAGE_FIELDS, Capability, Event, Key, Member, Submission
from cache.outbox.outbox import Edit, Outbox
from cache.schema import CACHE, OUTBOX, open_database
from cache.store.overlay import server_triage
from cache.sync.engine import Engine
from cache.sync.remote import (
    Budget,
    FetchedSubmission,
    Identity,
    NotFound,
    Page,
    QuarantinedItem,
    Refused,
)
from cache.sync.spec import SourceSpec
from tests.cache.making import LocalCopy

START = 1_780_000_000.0
SOURCE = "acme"


def key(identifier, source=SOURCE):
    return Key(source, identifier)


class Time:
    """Seconds pass when the test lets them, or when everybody sleeps."""

    def __init__(self, now=START):
        self.now = now
        self.set_by = 0.0
        self.booted = START
        self._waiting = []
        self._count = itertools.count()

    def wall(self):
        return self.now + self.set_by

    def steady(self):
        """What passes whatever somebody sets the wall clock to, by `set_by` seconds."""
        return self.now - self.booted

    async def sleep(self, seconds):
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (self.now + seconds, next(self._count), future))
        await future

    async def settle(self):
        loop = asyncio.get_running_loop()
        await asyncio.sleep(0)
        while loop._ready:
            await asyncio.sleep(0)

    async def step(self, limit=float("inf")):
        """Let those wake who wake next, all of one moment; False when nobody does before `limit`."""
        await self.settle()
        while self._waiting and self._waiting[0][2].done():
            heapq.heappop(self._waiting)
        if not self._waiting or self._waiting[0][0] > limit:
            return False
        moment = self._waiting[0][0]
        self.now = max(self.now, moment)
        while self._waiting and self._waiting[0][0] == moment:
            _, _, future = heapq.heappop(self._waiting)
            if not future.done():
                future.set_result(None)
        return True

    async def passes(self, seconds):
        """Let time go by; everybody who sleeps wakes when they should."""
        end = self.now + seconds
        while await self.step(end):
            pass
        self.now = max(self.now, end)

    async def until_done(self, awaitable):
        """Run something to its end, jumping over every sleep."""
        task = asyncio.ensure_future(awaitable)
        while not task.done():
            if not await self.step() and not task.done():
                await self.settle()
                assert task.done() or self._waiting, "everybody waits for something that never comes"
        return await task


@dataclass
class Trouble:
    """A failure of one kind of request; `applied` raises it only after a change was carried out."""

    kind: str
    error: Exception
    times: float = 1
    applied: bool = False
    when: object = None


@dataclass
class Call:
    kind: str
    what: object
    at: float
    body: dict = field(default_factory=dict)


class ScriptedRemote:
    """Implements the remote protocol over a dictionary, and fails as told."""

    def __init__(self, time, *, source=SOURCE, rows=0, page_size=10, account="org-1"):
        self.time = time
        self.source = source
        self.provider = "awardee"
        self.capabilities = dict.fromkeys(TRIAGE_FIELDS, Capability.REMOTE)
        self.granted = None
        self.containers_shown = None
        self.budget = Budget()
        self.page_size = page_size
        self.poll_floor = 30.0
        self.account = account
        self.rows = {}
        self.calls = []
        self.troubles = []
        self.filters = True
        self.normalise = lambda row, body: None
        self.before = lambda call: None
        self.bad = set()
        self.timeline = ()
        self.closed = 0
        self.local = False
        self.reads_one = True
        self.deletes = False
        self.converses = True
        self.latency = 0.0
        for _ in range(rows):
            self.arrive()

    def arrive(self, **fields):
        number = len(self.rows) + 1
        identifier = f"s{number:04}"
        self.rows[identifier] = {
            "id": identifier,
            "status": "new",
            "priority": "none",
            "flagged": False,
            "assignee_id": None,
            "notes": None,
            "resolved_at": None,
            "resolved_by": None,
            "created": number * 10,
            **fields,
        }
        return identifier

    def trouble(self, kind, error, **options):
        trouble = Trouble(kind, error, **options)
        self.troubles.append(trouble)
        return trouble

    def count(self, *kinds):
        return sum(1 for call in self.calls if not kinds or call.kind in kinds)

    def patches(self, identifier=None):
        return [call.body for call in self.calls if call.kind == "patch" and identifier in (None, call.what)]

    def kinds(self):
        return Counter(call.kind for call in self.calls)

    async def _asked(self, kind, what=None, body=None, apply=lambda: None):
        call = Call(kind, what, self.time.now, dict(body or {}))
        self.calls.append(call)
        self.before(call)
        if self.latency:
            await self.time.sleep(self.latency)
        for trouble in self.troubles:
            if trouble.kind in (kind, "*") and trouble.times > 0 and (not trouble.when or trouble.when(call)):
                trouble.times -= 1
                if trouble.applied:
                    apply()
                raise trouble.error
        apply()

    def fetched(self, identifier):
        row = self.rows[identifier]
        return FetchedSubmission(decode(row, self.source), json.dumps(row))

    async def identity(self):
        await self._asked("me")
        shown = self.containers_shown
        return Identity(self.account, self.account.upper(), capabilities=self.granted, containers=shown)

    async def page(self, *, cursor=None, open_only=False):
        await self._asked("open" if open_only else "page", cursor)
        rows = sorted(self.rows.values(), key=lambda row: (row["created"], row["id"]), reverse=True)
        if open_only and self.filters:
            rows = [row for row in rows if row["status"] in ("new", "read", "in_progress")]
        if cursor is not None:
            place = next((place for place, row in enumerate(rows) if row["id"] == cursor), None)
            if place is None:
                raise Refused("The cursor is dead.", status=400, code="invalid_query")
            rows = rows[place + 1 :]
        shown = rows[: self.page_size]
        return Page(
            tuple(self.fetched(row["id"]) for row in shown if row["id"] not in self.bad),
            tuple(
                QuarantinedItem(place, "no good", row["id"])
                for place, row in enumerate(shown)
                if row["id"] in self.bad
            ),
            shown[-1]["id"] if len(rows) > self.page_size else None,
        )

    async def get(self, submission_id):
        await self._asked("get", submission_id)
        if submission_id not in self.rows:
            raise NotFound("There is no such record.", status=404)
        return self.fetched(submission_id)

    async def patch(self, submission_id, changes):
        def apply():
            if submission_id not in self.rows:
                raise NotFound("There is no such record.", status=404)
            row = self.rows[submission_id]
            if changes.get("status") == "resolved" and row["status"] != "resolved":
                row["resolved_at"] = "2026-05-22T10:00:00+00:00"
            row.update(changes)
            self.normalise(row, changes)

        await self._asked("patch", submission_id, changes, apply)
        return self.fetched(submission_id)

    async def delete(self, submission_id, container_id=None):
        def apply():
            if self.rows.pop(submission_id, None) is None:
                raise NotFound("There is no such record.", status=404)

        await self._asked("delete", submission_id, {"container": container_id}, apply)

    async def events(self, submission_id):
        await self._asked("events", submission_id)
        return self.timeline

    async def messages(self, conversation_id):
        await self._asked("messages", conversation_id)
        return ()

    async def members(self):
        await self._asked("members")
        return (Member(self.source, "u-1", "Ana Lima"),)

    async def containers(self):
        await self._asked("containers")
        return ()

    async def aclose(self):
        self.closed += 1


def decode(raw, source):
    return Submission(
        source=source,
        provider="awardee",
        id=raw["id"],
        number=int(raw["id"][1:]),
        created_at=datetime.fromtimestamp(START - 1_000_000 + raw["created"], UTC),
        status=raw["status"],
        priority=raw["priority"],
        flagged=raw["flagged"],
        assignee_id=raw["assignee_id"],
        notes=raw["notes"],
        container_id=raw.get("container"),
    )


class World:
    """A data directory, sources, a person who edits, and engines over them."""

    def __init__(self, directory, *, rows=3, page_size=10, time=None):
        self.directory = directory
        self.time = time or Time()
        LocalCopy(directory).close()  # files that are made already cost no migration
        self.remotes = {SOURCE: ScriptedRemote(self.time, rows=rows, page_size=page_size)}
        self.statuses = []
        self.changes = []
        self.opening = {}
        self._stack = contextlib.ExitStack()
        self.cache = self._open(CACHE)
        self.outbox = Outbox(self._open(OUTBOX), wall=self.time.wall)
        self.db = self.outbox._conn
        self._running = []

    @property
    def remote(self):
        return self.remotes[SOURCE]

    def _open(self, kind):
        return self._stack.enter_context(contextlib.closing(open_database(self.directory, kind)))

    def add_source(self, name, **options):
        self.remotes[name] = ScriptedRemote(self.time, source=name, **options)
        return self.remotes[name]

    def engine(self, **options):
        def opener(name):
            def open_remote():
                if (error := self.opening.get(name)) is not None:
                    raise error
                return self.remotes[name]

            return open_remote

        async def at_once(work):
            return work()

        return Engine(
            self.directory,
            [
                SourceSpec(name, "awardee", opener(name), decode, 60.0, local_triage=remote.local)
                for name, remote in self.remotes.items()
            ],
            on_change=self.changes.append,
            on_status=self.statuses.append,
            wall=self.time.wall,
            steady=self.time.steady,
            sleep=self.time.sleep,
            rng=random.Random(7),
            in_thread=at_once,
            **options,
        )

    async def start(self, **options):
        engine = self.engine(**options)
        self._running.append((engine, asyncio.ensure_future(engine.run())))
        await self.time.settle()
        return engine

    async def end(self, engine):
        task = next(task for running, task in self._running if running is engine)
        self._running = [pair for pair in self._running if pair[0] is not engine]
        engine.stop()
        await self.time.until_done(task)

    async def close(self):
        for engine, _ in list(self._running):
            await self.end(engine)
        self._stack.close()

    async def sync(self, **options):
        return await self.time.until_done(self.engine().sync_once(**options))

    async def push(self):
        return await self.time.until_done(self.engine().push_once())

    def edit(self, identifier, source=SOURCE, **wants):
        edits = [Edit(key(identifier, source), name, want) for name, want in wants.items()]
        return self.outbox.edit("edit", edits, lambda at: server_triage(self.cache, at))

    def states(self, source=SOURCE):
        return {
            (edit.key.id, edit.field): edit.state.value
            for edit in self.outbox.pending()
            if edit.key.source == source
        }

    def pending(self, identifier, name):
        return self.outbox.registers.get(key(identifier), name)

    def held(self, identifier, source=SOURCE):
        """What the cache says the server holds."""
        return server_triage(self.cache, key(identifier, source))

    def cached(self, source=SOURCE):
        rows = self.cache.execute("SELECT id FROM submission WHERE source = ?", (source,))
        return {row[0] for row in rows}

    def attempts(self):
        return self.db.execute("SELECT submission_id, body, outcome FROM attempt ORDER BY id").fetchall()

    def status(self, source=SOURCE):
        return [status for status in self.statuses if status.source == source][-1]

    def said(self, connection):
        return any(status.connection == connection for status in self.statuses)


def event(identifier, **fields):
    return replace(Event(identifier, "status_changed", None), **fields)
