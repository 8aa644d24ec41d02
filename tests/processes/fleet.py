"""Worker processes as a test sees them: started, listened to, killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from tests.processes.hurry import Hurry

__all__ = ["Fleet", "Worker", "until"]

_ROOT = Path(__file__).resolve().parents[2]
_T = TypeVar("_T")


def until(condition: Callable[[], _T], what: str, seconds: float = 30.0) -> _T:
    """Look again and again until the condition gives something true. Raises TimeoutError."""
    give_up = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > give_up:
            raise TimeoutError(f"in {seconds} seconds it did not come about that {what}")
        time.sleep(0.005)
    return found


class Worker:
    """One process."""

    def __init__(self, fleet: Fleet, pid: int, out: Path, err: Path) -> None:
        self._fleet = fleet
        self.pid = pid
        self._out, self._err = out, err
        self.code: int | None = None
        """The exit code once it has ended; negative after a signal."""

    @property
    def said(self) -> str:
        """What it wrote to its standard output so far."""
        return self._out.read_text(encoding="utf-8") if self._out.exists() else ""

    @property
    def complained(self) -> str:
        """What it wrote to its standard error so far."""
        return self._err.read_text(encoding="utf-8") if self._err.exists() else ""

    @property
    def ended(self) -> bool:
        """Whether it has ended by itself."""
        if self.code is None:
            self.code = self._fleet.order(what="look", pid=self.pid)
        return self.code is not None

    def kill(self) -> int:
        """Kill it with SIGKILL, unless it has ended; gives the exit code."""
        return self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to end, and wait until it has."""
        return self._end(signal.SIGTERM)

    def wait(self, seconds: float = 60.0) -> int:
        """Wait until it has ended by itself; gives the exit code."""
        until(lambda: self.ended, f"process {self.pid} ends", seconds)
        assert self.code is not None
        return self.code

    def _end(self, number: int) -> int:
        if self.code is None:
            self.code = self._fleet.order(what="signal", pid=self.pid, number=number, wait=True)
        assert self.code is not None
        return self.code


class Fleet:
    """Starts workers; on leaving, all that are left are killed."""

    def __init__(self, directory: Path, environ: Mapping[str, str], hurried: Hurry | None = None) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._environ = dict(environ)
        self._count = 0
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("INBOX_TUI")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.processes.forker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**inherited, **(hurried.environ() if hurried else {})},
            cwd=_ROOT,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Fleet:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, where: TracebackType | None
    ) -> None:
        """Ends every worker."""
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def start(self, kind: str, environ: Mapping[str, str] | None = None, **options: Any) -> Worker:
        """Start a worker of a kind in `tests.processes.worker`."""
        self._count += 1
        out, err = (self._directory / f"{self._count:04}-{kind}.{name}" for name in ("out", "err"))
        pid = self.order(
            what="start",
            kind=kind,
            options=options,
            environ={**self._environ, **(environ or {})},
            out=str(out),
            err=str(err),
        )
        assert pid is not None
        return Worker(self, pid, out, err)

    def command(self, *words: str) -> Worker:
        """Start one command of the program."""
        return self.start("command", words=words)

    def order(self, **order: object) -> int | None:
        """Give the forker an order and take its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: int | None = json.loads(self._process.stdout.readline())
        return answer
