"""A process that leads or follows, with a server that is one file: it outlives any process.

Run as `python -m tests.durability.processes DIRECTORY 'hang before'|'hang after'|answer SECONDS_AHEAD`.
"""

import asyncio
import fcntl
import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cache.models import TRIAGE_FIELDS, Capability, Event, JSONValue, Member
from cache.sync.engine import Engine
from cache.sync.remote import Budget, FetchedSubmission, Identity, NotFound, Page
from cache.sync.spec import SourceSpec
from tests.cache.making import decode, fetched

__all__ = ["FileServer", "main"]


class FileServer:
    """Implements the remote protocol over a JSON file; one that hangs never answers a change."""

    source = "acme"
    provider = "plain"
    page_size = 100
    poll_floor = 1.0

    def __init__(self, path: Path, behaviour: str) -> None:
        self._path = path
        self._behaviour = behaviour
        self.capabilities = dict.fromkeys(TRIAGE_FIELDS, Capability.REMOTE)
        self.budget = Budget()

    def rows(self) -> dict[str, Any]:
        """What the server holds."""
        with self._path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            found: dict[str, Any] = json.loads(file.read())
            return found

    def change(self, name: str, body: Mapping[str, JSONValue]) -> None:
        """Apply a change, and write down that it came."""
        with self._path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            held = json.loads(file.read())
            held["rows"][name].update(body)
            held["patches"].append([name, dict(body)])
            file.seek(0)
            file.truncate()
            file.write(json.dumps(held).encode())

    async def identity(self) -> Identity:
        return Identity("org-1", "Acme")

    async def page(self, *, cursor: str | None = None, open_only: bool = False) -> Page:
        return Page(tuple(self._fetched(name) for name in self.rows()["rows"]))

    async def get(self, submission_id: str) -> FetchedSubmission:
        if submission_id not in self.rows()["rows"]:
            raise NotFound("It is not there.", status=404)
        return self._fetched(submission_id)

    async def patch(self, submission_id: str, changes: Mapping[str, JSONValue]) -> FetchedSubmission:
        if self._behaviour == "hang before":
            say("on the wire")
            await asyncio.Event().wait()
        self.change(submission_id, changes)
        if self._behaviour == "hang after":
            say("on the wire")
            await asyncio.Event().wait()
        return self._fetched(submission_id)

    async def events(self, submission_id: str) -> tuple[Event, ...]:
        return ()

    async def members(self) -> tuple[Member, ...]:
        return ()

    async def containers(self) -> tuple[Any, ...]:
        return ()

    async def aclose(self) -> None:
        return None

    def _fetched(self, name: str) -> FetchedSubmission:
        row = self.rows()["rows"][name]
        return fetched(name, status=row["status"], notes=row["notes"])


def say(words: str) -> None:
    """Tell who watches this process."""
    os.write(1, f"{words}\n".encode())


async def main(directory: Path, behaviour: str, ahead: float) -> None:
    """Lead or follow until killed."""
    server = FileServer(directory / "server.json", behaviour)
    spec = SourceSpec("acme", "plain", lambda: server, decode, poll_seconds=1.0)
    engine = Engine(
        directory / "data",
        [spec],
        on_change=lambda _: None,
        on_status=lambda status: say(f"{status.connection.value}"),
        wall=lambda: time.time() + ahead,
    )
    await engine.run()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])))
