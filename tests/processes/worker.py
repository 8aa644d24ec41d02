"""What the processes of a test do. Each runs in a process of its own until it ends or is killed."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from cache.models import Key, TriageValue
from cache.outbox.outbox import Edit
from inbox_tui.cli import main as command_line
from inbox_tui.engine_thread import EngineListener, EngineThread
from inbox_tui.workspace import open_workspace

if TYPE_CHECKING:
    from cache.sync.status import Connection, SourceStatus

__all__ = ["KINDS", "SOURCE", "Wish", "wishes"]

SOURCE: Final = "acme"
_STATUSES: Final = ("new", "read", "in_progress", "resolved", "spam")
_PRIORITIES: Final = ("none", "low", "medium", "high")
_OPTIONS: Final = {"status": "--status", "priority": "--priority", "notes": "--append-note"}
Wish = tuple[str, str, TriageValue]
"""A submission, a field and what it is to hold; of the notes the line that is added."""


def wishes(rng: random.Random, ids: Sequence[str], shared: Sequence[str], tag: str) -> Iterator[Wish]:
    """Random edits without end; every line of a note is one of its kind.

    To the submissions that others edit too only such lines are added.
    """
    for number in count():
        ours = rng.random() < 0.8
        identifier = rng.choice(ids if ours else shared)
        field = rng.choice(("status", "priority", "flagged", "notes")) if ours else "notes"
        want: TriageValue = {
            "status": rng.choice(_STATUSES),
            "priority": rng.choice(_PRIORITIES),
            "flagged": rng.random() < 0.5,
            "notes": f"line {tag}.{number}",
        }[field]
        yield identifier, field, want


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def _trying(wish: Wish) -> None:
    identifier, field, want = wish
    _say("try " + json.dumps({"id": identifier, "field": field, "want": want}))


def inbox(*, seed: int, ids: Sequence[str], shared: Sequence[str], tag: str, pause: float) -> None:
    """Edit as the inbox does, with its engine on a thread of its own."""
    workspace = open_workspace()
    engine = EngineThread(workspace, EngineListener())
    engine.start()
    rng = random.Random(seed)
    with workspace.local() as local:
        for wish in wishes(rng, ids, shared, tag):
            identifier, field, want = wish
            adds = str(want) if field == "notes" else None
            edit = Edit(Key(SOURCE, identifier), field, want, adds=adds)  # type: ignore[arg-type]
            _trying(wish)
            local.outbox.edit("edit", [edit], local.reader.server)
            _say("saved")
            engine.wake()
            time.sleep(rng.uniform(0, pause))


def commands(
    *, seed: int, ids: Sequence[str], shared: Sequence[str], tag: str, pause: float, wait: bool
) -> None:
    """Edit by one `set` after the other."""
    rng = random.Random(seed)
    for wish in wishes(rng, ids, shared, tag):
        identifier, field, want = wish
        words = ["--flag" if want else "--no-flag"] if field == "flagged" else [_OPTIONS[field], str(want)]
        more = ["--no-stamp"] if field == "notes" else []
        _trying(wish)
        code = command(["set", identifier, *words, *more, *(["--wait", "--timeout", "5"] if wait else [])])
        if code in (0, 4):
            _say("saved")
        time.sleep(rng.uniform(0, pause))


def syncs(*, seed: int, pause: float) -> None:
    """Sync again and again."""
    rng = random.Random(seed)
    while True:
        command(["sync"])
        time.sleep(rng.uniform(0, pause))


def command(words: Sequence[str]) -> int:
    """Run one command in this process; gives its exit code."""
    try:
        command_line(list(words))
    except SystemExit as end:
        sys.stdout.flush()
        sys.stderr.flush()
        return end.code if isinstance(end.code, int) else 0
    raise AssertionError("a command ends with its code")


def engine() -> None:
    """Run the engine until SIGTERM; says each status, with the seconds until it is tried again."""
    told: list[Connection] = []

    def status(now: SourceStatus) -> None:
        if not told or told[-1] is not now.connection:
            told.append(now.connection)
            left = "" if now.retry_at is None else f" {now.retry_at - time.time():.1f}"
            _say(f"status {now.connection.value}{left}")

    async def run() -> None:
        running = open_workspace().engine(on_change=lambda _: None, on_status=status)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.stop)
        await running.run()

    asyncio.run(run())
    _say("ended")


KINDS: Final[Mapping[str, Callable[..., Any]]] = {
    "inbox": inbox,
    "commands": commands,
    "syncs": syncs,
    "engine": engine,
    "command": command,
}
