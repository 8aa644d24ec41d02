"""`python -m tests.processes kills|duel|queue`: long runs of real processes on the reference server."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.processes.duel import Dueling, fight
from tests.processes.kills import Killing, kill_many
from tests.processes.queue import deliver_many


def main() -> int:
    """Run what was named; the exit code is 1 after a violation."""
    parser = argparse.ArgumentParser(prog="python -m tests.processes")
    commands = parser.add_subparsers(dest="what", required=True)
    kills = commands.add_parser("kills", help="kill processes that edit and send, at random points")
    kills.add_argument("--count", type=int, default=200)
    duel = commands.add_parser("duel", help="two inboxes edit the same submissions")
    duel.add_argument("--minutes", type=float, default=5.0)
    duel.add_argument("--one-key", action="store_true", help="both use the same API key")
    queue = commands.add_parser("queue", help="deliver many queued edits and count the requests")
    queue.add_argument("--count", type=int, default=1_000)
    for command in (kills, duel):
        command.add_argument("--seed", type=int, default=None, help="a new one each time by default")
    chosen = parser.parse_args()
    if chosen.what == "queue":
        with tempfile.TemporaryDirectory(prefix="inbox-tui-processes-") as directory:
            queued = deliver_many(Path(directory), chosen.count)
        print(queued.text())  # noqa: T201
        return 0 if queued.well else 1
    seed = chosen.seed if chosen.seed is not None else time.time_ns() % 1_000_000
    with tempfile.TemporaryDirectory(prefix="inbox-tui-processes-") as directory:
        result: Killing | Dueling
        if chosen.what == "kills":
            result = kill_many(Path(directory), chosen.count, seed, progress=_tell)
        else:
            keys = ("awardee", "awardee") if chosen.one_key else ("awardee", "awardee.oauth")
            result = fight(Path(directory), seed, seconds=chosen.minutes * 60, keys=keys, progress=_tell)
    print(result.text())  # noqa: T201
    return 1 if result.problems else 0


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
