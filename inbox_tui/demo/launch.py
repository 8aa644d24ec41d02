"""What the command `inbox-tui demo` needs: prepare a directory, serve from it, or start a child that does."""

from __future__ import annotations

import json
import os
import re
import selectors
import subprocess
import sys
import tempfile
import time
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from inbox_tui.demo.faults import Faults, LoggedRequest
from inbox_tui.demo.live import tick
from inbox_tui.demo.making import DatabaseVersionError, open_database
from inbox_tui.demo.registry import contracts
from inbox_tui.demo.running import assemble, real_clock
from inbox_tui.demo.server import LoopbackServer, PortBusyError, listen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from types import TracebackType

    from inbox_tui.demo.limits import Rate

__all__ = [
    "DEFAULT_PORT",
    "DEFAULT_RATE",
    "DEFAULT_SEED",
    "DEFAULT_SUBMISSIONS",
    "ChildError",
    "DemoChild",
    "DemoPaths",
    "Listening",
    "prepare",
    "print_key",
    "serve",
    "start_child",
]

DEFAULT_PORT = 8765
DEFAULT_SUBMISSIONS = 120
DEFAULT_SEED = 1
DEFAULT_RATE: Rate = (60, 1000)

_SOURCES = {"awardee": "acme"}
"""Names of sources that are not called like their provider."""
_WATCH = "INBOX_TUI_DEMO_WATCH_STDIN"
"""Set for a child: the end of its standard input means that its parent is gone."""
_READY = "# listening on "
_LOGGED = 1_000
_START_SECONDS = 30.0
_STOP_SECONDS = 5.0
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class DemoPaths:
    """The files of one demo directory."""

    directory: Path
    database: Path
    config: Path
    data: Path
    seed: int
    """The seed the database was made from, whatever was asked for later."""


@dataclass(frozen=True)
class Listening:
    """A server that accepts connections."""

    url: str
    paths: DemoPaths
    announcement: str
    """The configuration as TOML and a last comment line with the address; meant for standard output."""


def print_key(provider: str, seed: int) -> str:
    """Return the credential that the written configuration uses for a provider.

    Raises:
        ValueError: the reference server does not serve this provider.
    """
    for contract in contracts():
        if contract.name == provider:
            return contract.keys(seed)[provider]
    known = ", ".join(contract.name for contract in contracts())
    message = f"the reference server knows {known}, not {provider!r}"
    raise ValueError(message)


def prepare(
    directory: Path,
    *,
    port: int = DEFAULT_PORT,
    submissions: int = DEFAULT_SUBMISSIONS,
    seed: int = DEFAULT_SEED,
    now: datetime | None = None,
) -> DemoPaths:
    """Make the directory with its database and configuration, or bring the port in an older one up to date.

    The database is made once; later calls keep it, and then its own seed counts.

    Raises:
        DatabaseVersionError: the database was made by another version.
        OSError: the directory cannot be written.
    """
    directory = directory.resolve()
    data = directory / "data"
    for folder in (directory, data):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    path = directory / "server.db"
    served = contracts()
    database, found = open_database(path, served, seed=seed, submissions=submissions, now=now or real_clock())
    database.close()
    paths = DemoPaths(directory, path, directory / "config.toml", data, found)
    if paths.config.exists():
        before = paths.config.read_text(encoding="utf-8")
        text = re.sub(r'(?m)^(base_url\s*=\s*"http://127\.0\.0\.1:)\d+', rf"\g<1>{port}", before)
        if text != before:
            _write(paths.config, text)
    else:
        _write(paths.config, _config(port, found))
    return paths


def _config(port: int, seed: int) -> str:
    lines = []
    for contract in contracts():
        command = [
            sys.executable,
            "-P",
            "-m",
            "inbox_tui",
            "demo",
            "--print-key",
            contract.name,
            "--seed",
            str(seed),
        ]
        me = contract.me(seed)
        lines += [
            f"[sources.{_SOURCES.get(contract.name, contract.name)}]",
            f"provider = {_quoted(contract.name)}",
            f"base_url = {_quoted(f'http://127.0.0.1:{port}{contract.prefix}')}",
            f"key_command = [{', '.join(map(_quoted, command))}]",
            *([f"me = {_quoted(me)}"] if me else []),
            "summary = []",
        ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _write(path: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def serve(
    directory: Path | None,
    *,
    on_listening: Callable[[Listening], None],
    port: int = DEFAULT_PORT,
    submissions: int = DEFAULT_SUBMISSIONS,
    seed: int = DEFAULT_SEED,
    rate: Rate = DEFAULT_RATE,
    live: bool = False,
    now: datetime | None = None,
) -> int:
    """Serve in the foreground until SIGINT, SIGTERM or, for a child, the end of its parent.

    Must be called in the main thread. Without a directory the data is temporary. `live` lets submissions
    arrive and move on while the server runs. `now` is the moment that ages in a new database count from.
    Returns the exit code: 1 after one sentence on standard error, else 0.
    """
    with ExitStack() as stack:
        try:
            listener = stack.enter_context(listen(port))
            if directory is None:
                directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="inbox-tui-demo-")))
            chosen = listener.getsockname()[1]
            paths = prepare(directory, port=chosen, submissions=submissions, seed=seed, now=now)
        except (PortBusyError, DatabaseVersionError, OSError) as problem:
            sys.stderr.write(f"{problem}\n")
            return 1
        served = contracts()
        database, found = open_database(
            paths.database, served, seed=seed, submissions=submissions, now=real_clock()
        )
        stack.callback(database.close)
        log: deque[LoggedRequest] = deque(maxlen=_LOGGED)
        app, _ = assemble(database, served, rate, real_clock, Faults(), log)
        url = f"http://127.0.0.1:{chosen}"
        announcement = paths.config.read_text(encoding="utf-8") + f"{_READY}{url}\n"
        server = LoopbackServer(app, listener)
        server.stop_on_signals = True
        server.watched_input = 0 if os.environ.get(_WATCH) else None
        if live:
            server.on_beat = lambda: tick(database, served, found, real_clock())
        server.on_ready = lambda: on_listening(Listening(url, paths, announcement))
        server.run_here()
    return 0


class ChildError(RuntimeError):
    """The server process did not start; the message is a sentence for people."""


@dataclass(frozen=True)
class DemoChild:
    """A server process of our own. It ends with `stop`, and by itself when this process goes away."""

    url: str
    paths: DemoPaths
    process: subprocess.Popen[bytes]

    def stop(self) -> int:
        """Stop the process and return its exit code; harmless when it has stopped."""
        return _end(self.process)

    def __enter__(self) -> DemoChild:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, where: TracebackType | None
    ) -> None:
        """Stop the process."""
        self.stop()


def start_child(
    directory: Path,
    *,
    port: int = 0,
    submissions: int = DEFAULT_SUBMISSIONS,
    seed: int = DEFAULT_SEED,
    rate: Rate = DEFAULT_RATE,
    live: bool = False,
    command: Sequence[str] | None = None,
    seconds: float = _START_SECONDS,
    monotonic: Callable[[], float] = time.monotonic,
) -> DemoChild:
    """Start the server as a child process and wait until it listens.

    `command` replaces `python -m inbox_tui demo --serve`; the options follow it. What the child says goes to
    `server.log` in the directory.

    Raises:
        ChildError: it ended or was not ready within `seconds`.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory = directory.resolve()
    log = directory / "server.log"
    line = [
        *(command or (sys.executable, "-m", "inbox_tui", "demo", "--serve")),
        *("--dir", str(directory), "--port", str(port), "--submissions", str(submissions)),
        *("--seed", str(seed), "--rate", f"{rate[0]}/{rate[1]}"),
        *(("--live",) if live else ()),
    ]
    # The package may lie in a source tree, and the working directory may hold a foreign package of our name.
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, _WATCH: "1", "PYTHONPATH": path, "PYTHONSAFEPATH": "1"}
    with log.open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            line,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment,
            start_new_session=True,
        )
    try:
        url = _wait_for_address(process, monotonic() + seconds, monotonic)
        if url is None:
            lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            reason = lines[-1] if lines else "it said nothing"
            message = f"The demo server did not start: {reason}"
            raise ChildError(message)
        paths = prepare(directory, port=int(url.rpartition(":")[2]), submissions=submissions, seed=seed)
    except BaseException:
        _end(process)
        raise
    return DemoChild(url, paths, process)


def _wait_for_address(
    process: subprocess.Popen[bytes], deadline: float, monotonic: Callable[[], float]
) -> str | None:
    stream = process.stdout
    if stream is None:
        return None
    said = b""
    pattern = re.compile(rf"^{re.escape(_READY)}(http://127\.0\.0\.1:\d+)\n".encode(), re.MULTILINE)
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while (left := deadline - monotonic()) > 0:
            if not selector.select(left):
                break
            part = os.read(stream.fileno(), 65_536)
            said += part
            found = pattern.search(said)
            if found:
                return found[1].decode()
            if not part:
                break
    return None


def _end(process: subprocess.Popen[bytes]) -> int:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    for last_resort in (process.terminate, process.kill):
        try:
            return process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            last_resort()
    return process.wait()
