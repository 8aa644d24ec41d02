"""A home with all four systems beside each other, filled from the reference server, for tests."""

import asyncio
import atexit
import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from inbox_tui.demo.registry import contracts
from inbox_tui.demo.running import RunningServer, running_server
from tests.ui.inbox_harness import NOW, Home, moving_clock

__all__ = ["KEYS", "SOURCES", "FourHome", "filled", "four_home", "serving_four"]

SOURCES = {"acme": "awardee", "mantlz": "mantlz", "mimicbot": "mimicbot", "postbox": "postbox"}
"""The provider of each source."""
KEYS = {"acme": "awardee", "mantlz": "mantlz.free", "mimicbot": "mimicbot", "postbox": "postbox"}
SUBMISSIONS = 80


class FourHome(Home):
    """One person's configuration with four sources."""

    def configure_four(self, port: int, keys: dict[str, str], *, me: str = "", ui: str = "") -> None:
        """Write the configuration and put the keys into the environment."""
        prefixes = {contract.name: contract.prefix for contract in contracts()}
        lines = []
        for source, provider in SOURCES.items():
            base = f"http://127.0.0.1:{port}{prefixes[provider]}"
            lines += [f"[sources.{source}]", f'provider = "{provider}"', f'base_url = "{base}"']
            lines += [f'key_env = "{source.upper()}_KEY"', "poll_seconds = 3600"]
            lines += [f'me = "{me}"'] if me and source == "acme" else []
            if source in keys:
                self.environ[f"{source.upper()}_KEY"] = keys[source]
        lines += ["[ui]", 'mark_read = "never"', ui]
        self.write(lines)


@cache
def filled(mantlz: str = KEYS["mantlz"], *, at_rest: bool = False) -> tuple[Path, str]:
    """A directory with the server's data and the local copy after one sync, and the person's user id.

    `mantlz` is the name of the key that is used there, which decides on the plan. With the clock `at_rest`
    every submission was seen at the same moment.
    """
    home = FourHome(Path(tempfile.mkdtemp(prefix="inbox-four-")))
    atexit.register(shutil.rmtree, home.directory, ignore_errors=True)
    now = datetime.fromtimestamp(NOW, UTC)
    with running_server(home.directory / "server.db", submissions=SUBMISSIONS, now=now) as server:
        names = {**KEYS, "mantlz": mantlz}
        home.configure_four(server.port, {name: server.keys[key] for name, key in names.items()})
        wall = (lambda: float(NOW)) if at_rest else moving_clock()
        engine = home.workspace().engine(on_change=lambda _: None, on_status=lambda _: None, wall=wall)
        with ThreadPoolExecutor(1) as aside:  # a test's own loop may be running on this thread
            reports = aside.submit(lambda: asyncio.run(engine.sync_once())).result()
        assert reports is not None
        assert [report.error for report in reports] == [None] * len(SOURCES)
        return home.directory, server.me


@contextlib.contextmanager
def serving_four(directory: Path) -> Iterator[RunningServer]:
    """The reference server on a copy of its data, with the clock of the tests."""
    target = directory / "server.db"
    if not target.exists():
        shutil.copy(filled()[0] / "server.db", target)
    clock = moving_clock()
    with running_server(target, now=lambda: datetime.fromtimestamp(clock(), UTC)) as server:
        yield server


def four_home(
    directory: Path, server: RunningServer | None = None, *, keys: dict[str, str] | None = None, ui: str = ""
) -> FourHome:
    """A home with the filled local copy; without a server nothing answers.

    `keys` names the credential of a source where it is not the usual one; an empty name takes it away.
    """
    made, me = filled()
    home = FourHome(directory)
    wanted = {source: name for source, name in {**KEYS, **(keys or {})}.items() if name}
    held = {source: server.keys[name] if server else "key" for source, name in wanted.items()}
    home.configure_four(server.port if server else 9, held, me=me, ui=ui)
    shutil.copytree(made / "data", home.data, dirs_exist_ok=True)
    return home
