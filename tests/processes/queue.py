"""Many queued edits on as many submissions, and what their delivery costs at the server."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from cache.models import Key
from cache.outbox.outbox import Edit
from inbox_tui.demo.running import running_server
from tests.processes.fleet import Fleet, until
from tests.processes.place import Place
from tests.processes.worker import SOURCE

__all__ = ["Queued", "deliver_many"]


@dataclass(frozen=True)
class Queued:
    """How it went."""

    edits: int
    reads: Counter[int]
    """How many submissions were read how often."""
    changes: Counter[int]
    """How many submissions were changed how often."""
    others: int
    """Every other request meanwhile."""
    seconds: float
    unsettled: int
    wrong: int
    """Submissions that do not hold what was wanted."""

    @property
    def well(self) -> bool:
        """Whether each edit took one read and one change, and arrived."""
        once = Counter({1: self.edits})
        return self.reads == once and self.changes == once and not self.unsettled and not self.wrong

    def text(self) -> str:
        """It as lines of text."""
        return (
            f"{self.edits} edits on as many submissions in {self.seconds:.1f} s\n"
            f"submissions by number of reads {dict(self.reads)}, of PATCHes {dict(self.changes)}\n"
            f"other requests {self.others}, unsettled {self.unsettled}, wrong at the server {self.wrong}"
        )


def deliver_many(directory: Path, count: int) -> Queued:
    """Queue that many edits while nobody leads, then let an engine deliver them."""
    with running_server(directory / "server.db", submissions=count) as server:
        place = Place.made(directory / "inbox", server, poll=3600)
        ids = [row["id"] for row in server.submissions()]
        with Fleet(directory / "out", place.environ) as fleet:
            assert fleet.command("sync").wait() == 0
            server.forget_requests()
            with place.local() as local:
                edits = [
                    Edit(Key(SOURCE, identifier), "notes", f"note of {identifier}") for identifier in ids
                ]
                local.outbox.edit("edit", edits, local.reader.server)
            began = time.monotonic()
            engine = fleet.start("engine")
            try:
                until(lambda: not place.pending(), "every edit settles", 60 + count / 5)
            finally:
                taken = time.monotonic() - began
                engine.stop()
            unsettled = len(place.pending())
        reads: Counter[str] = Counter()
        changes: Counter[str] = Counter()
        others = 0
        for request in server.requests:
            identifier = request.path.removeprefix("/v1/submissions/")
            if identifier not in ids:
                others += 1
            elif request.method == "PATCH":
                changes[identifier] += 1
            else:
                reads[identifier] += 1
        return Queued(
            edits=count,
            reads=Counter(reads[identifier] for identifier in ids),
            changes=Counter(changes[identifier] for identifier in ids),
            others=others,
            seconds=taken,
            unsettled=unsettled,
            wrong=sum(row["notes"] != f"note of {row['id']}" for row in server.submissions()),
        )
