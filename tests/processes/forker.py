"""`python -m tests.processes.forker`: starts workers as processes of its own, and ends them when told.

It has loaded the program and holds nothing open, so that a worker is there within milliseconds. Each line
of its input is one order as JSON, each line of its output the answer. When its input ends, all workers are
killed.
"""

from __future__ import annotations

from tests.processes.hurry import hurry

hurry()

import gc  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import traceback  # noqa: E402
from typing import Any  # noqa: E402

import httpx  # noqa: E402, F401 - loaded once, here

import inbox_tui.cli.change  # noqa: E402
import inbox_tui.cli.leading  # noqa: E402
import inbox_tui.cli.session  # noqa: E402
import inbox_tui.cli.sync  # noqa: E402
import inbox_tui.providers.awardee  # noqa: E402, F401
from cache.sync import engine  # noqa: E402, F401
from tests.processes.worker import KINDS  # noqa: E402


def _start(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        for name, number in (("out", 1), ("err", 2)):
            file = os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(file, number)
            os.close(file)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.environ.update(order["environ"])
        result = KINDS[order["kind"]](**order["options"])
        code = result if isinstance(result, int) else 0
    except BaseException:  # noqa: BLE001 - the top of a process
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    """Take orders until the input ends."""
    gc.freeze()
    alive: set[int] = set()
    for line in sys.stdin:
        order = json.loads(line)
        answer: int | None = None
        if order["what"] == "start":
            answer = _start(order)
            alive.add(answer)
        elif order["pid"] in alive:
            if order["what"] == "signal":
                os.kill(order["pid"], order["number"])
            pid, status = os.waitpid(order["pid"], 0 if order.get("wait") else os.WNOHANG)
            if pid:
                alive.discard(pid)
                answer = os.waitstatus_to_exitcode(status)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    for pid in alive:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
